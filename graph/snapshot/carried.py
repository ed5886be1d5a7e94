"""graph: reuses the patients and events of the last snapshot in a new snapshot (docs/decisions/0024).

Only the events of new and changed patients are read from the store. These events become a new part of the index of
events. If it is not certain that the last snapshot can be reused, NotCarried is raised, and all events are read.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.columns import load_array, load_table
from graph.events import (
    KINDS,
    PART,
    Index,
    Part,
    Rows,
    carry,
    kinds_of,
    renumbered,
    rows_of,
    save_part,
    save_parts,
    texts_in,
    together,
    used,
)
from graph.hierarchy import Hierarchy
from graph.snapshot import standing
from graph.snapshot.build_events import READ, EventRows
from graph.snapshot.files import epoch_of
from graph.snapshot.medicines import Medicines
from graph.snapshot.numbering import Group, Known, Members, People, erased, grouped, kept, numbers_of
from graph.snapshot.unmapped import carried_unmapped
from graph.store import CountedStore, places

MOST = 8
"""If more than an eighth of the patients are new or changed, all events are read."""
Ints = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Pairs = tuple[npt.NDArray[np.uint64], Ints]


class NotCarried(Exception):
    """The last snapshot cannot be reused. The message states the reason."""


class Made(NamedTuple):
    """The events of a new snapshot.

    `number` has the number of each person. `total` is the count of all numbers, including numbers that are gone.
    `members` has the patient records of numbers that are gone. `done` is true for tests and procedures (see `done_of`).
    graph/snapshot/build_events.py describes `kinds`, `absent`, `unmapped` and `uses`.
    """

    number: Ints
    total: int
    members: Members
    kinds: Flags
    absent: Flags
    done: Flags
    unmapped: list[pa.Table]
    uses: Pairs


class _Last:
    """The patients and events of the last snapshot. `concepts` has the new number of each concept, or -1."""

    def __init__(self, folder: Path, concepts: pa.Table) -> None:
        self.folder, self.index = folder, Index(folder)
        members = Members(*(load_array(folder / f"patient.{name}.npy") for name in ("member_key", "member")))
        key, born = (load_array(folder / f"patient.{name}.npy") for name in ("key", "born"))
        gone = np.zeros(len(key), bool)
        gone[load_array(folder / "patient.gone.npy")] = True
        self.known = Known(key, born, gone, members)
        earlier = load_table(folder, "concept")
        self.concepts = places(earlier["id"], concepts["id"])
        self.stub = np.asarray(earlier["stub"].fill_null(False))

    def touched(self, medicines: Medicines) -> Flags:
        """True for patients of the last snapshot with events of medicines whose codes have changed since."""
        pairs = self._codes(), medicines.keys()
        before, now = (dict(zip(*map(np.ndarray.tolist, pair), strict=True)) for pair in pairs)
        changed = [key for key in {*before, *now} if before.get(key) != now.get(key)]
        key, patient = _saved_uses(self.folder)
        found = np.zeros(len(self.known.key), bool)
        found[patient[np.isin(key, np.array(changed, np.uint64))]] = True
        return found

    def _codes(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
        key, codes = (load_array(self.folder / f"medicine.{name}.npy") for name in ("key", "codes"))
        return key, codes


class _Plan(NamedTuple):
    """A plan for the reuse of the parts of the last snapshot.

    keep     the earlier number of each person, or -1 for a new person
    new      the new persons
    gone     true for each earlier number that no person keeps
    groups   the groups of parts; the parts of a group become one part
    numbers  the new number of each earlier number, followed by the number of each new person
    again    True if all parts are rewritten, because a patient was erased
    """

    keep: Ints
    new: npt.NDArray[np.int64]
    gone: Flags
    groups: Sequence[Group]
    numbers: Ints
    again: bool

    def of(self, part: Part) -> Flags:
        return self.gone[part.first : part.first + part.patients]


def carried(
    store: CountedStore,
    concepts: pa.Table,
    tree: Hierarchy,
    medicines: Medicines,
    ids: pa.ChunkedArray,
    people: People,
    folder: Path,
    before: Path,
) -> Made:
    """Saves the index of events in `folder`, and reuses the index of the last snapshot, whose folder is `before`.

    `ids` has the ids of the patient records. Raises NotCarried if the last snapshot cannot be reused.
    """
    lineage = store.lineage()
    if not lineage or (before / "lineage").read_text() != lineage:
        raise NotCarried("the last snapshot belongs to another store")
    last = _Last(before, concepts)
    plan = _planned(store, last, medicines, ids, people)
    local = np.full(len(people.chosen), -1, np.int32)
    local[plan.new] = np.arange(len(plan.new))
    own = np.where(people.person >= 0, np.append(local, np.int32(-1))[people.person], np.int32(-1))
    rows = EventRows(concepts, medicines, ids, own)
    rows.read(store.edges("EVENT", ids.filter(pa.array(own >= 0)).combine_chunks(), READ))
    kinds, absent, done = _kinds(last, plan, rows, concepts, tree)
    _save_parts(last, plan, rows, done, people.born[plan.new], folder)
    keys, whose = last.known.members
    left = plan.gone[whose] & (plan.numbers[whose] >= 0)
    number = np.where(plan.keep >= 0, plan.numbers[plan.keep], 0)
    alive = np.where(plan.gone, np.int32(-1), plan.numbers[: len(plan.gone)])
    first = plan.numbers[len(plan.gone) :]
    number[plan.new] = first
    unmapped = [piece.set_column(1, "person", pa.array(first[piece["person"].to_numpy()])) for piece in rows.unmapped]
    stub = np.asarray(concepts["stub"].fill_null(False))
    unmapped.append(carried_unmapped(before, last.concepts, alive, stub))
    total = int(plan.numbers.max(initial=-1)) + 1
    members = Members(keys[left], plan.numbers[whose[left]])
    return Made(number, total, members, kinds, absent, done, unmapped, _uses(before, alive, rows.uses.pairs(), first))


def _planned(store: CountedStore, last: _Last, medicines: Medicines, ids: pa.ChunkedArray, people: People) -> _Plan:
    known, parts, size = last.known, last.index.parts, len(people.chosen)
    changed = np.zeros(len(ids), bool)
    marked = places(store.changed(epoch_of(last.folder))["id"], ids)
    changed[marked[marked >= 0]] = True
    keep = kept(people, known, changed, last.touched(medicines))
    if keep is None:
        raise NotCarried("two patients have the same key")
    new = np.flatnonzero(keep < 0)
    if not size:
        raise NotCarried
    if len(new) * MOST > size or len(new) > PART:
        raise NotCarried(f"{len(new):,} of {size:,} patients are new or changed")
    gone = np.ones(len(known.key), bool)
    gone[keep[keep >= 0]] = False
    of = [gone[part.first : part.first + part.patients] for part in parts]
    again = erased(known, people.keys)
    vanished = last.concepts < 0
    rewritten = [again or bool((used(part) & vanished).any()) for part in parts]
    sizes = [part.patients for part in parts]
    groups = grouped(sizes, [int((~some).sum()) for some in of], len(new), rewritten, PART)
    numbers = numbers_of(groups, [*accumulate(sizes, initial=0)], gone, len(new))
    return _Plan(keep, new, gone, groups, numbers, again)


def _kinds(last: _Last, plan: _Plan, rows: EventRows, concepts: pa.Table, tree: Hierarchy) -> tuple[Flags, ...]:
    """Returns masks of concepts: the kinds of their events, concepts with absent events, and tests and procedures.

    Raises NotCarried if the standing of a reused row would change, or if a code has lost its terminology.
    """
    there = last.concepts >= 0
    before = np.zeros((len(last.concepts), len(KINDS)), bool)
    for part in last.index.parts:
        before |= kinds_of(part, plan.of(part))
    now = last.concepts[there]
    kinds, absent = rows.kinds.copy(), rows.absent.copy()
    kinds[now] |= before[there]
    stub = np.asarray(concepts["stub"].fill_null(False))
    if (before[there].any(axis=1) & stub[now] & ~last.stub[there]).any():
        raise NotCarried("a code in events is no longer defined by a terminology")
    looked_for, were_done = load_array(last.folder / "absent.npy")
    were_done, looked_for = (some[there[looked_for]] for some in (were_done, looked_for))
    looked_for = last.concepts[looked_for]
    absent[looked_for] = True
    done = done_of(concepts, kinds, absent, tree)
    if (done[looked_for] != were_done.astype(bool)).any():
        raise NotCarried("a code has become a test or procedure, or is no longer a test or procedure")
    return kinds, absent, done


def _save_parts(last: _Last, plan: _Plan, rows: EventRows, done: Flags, born: Ints, folder: Path) -> None:
    """Saves the parts of the new index. Raises NotCarried if an event has a code that no longer exists."""
    texts, numbers = _texts(last, plan, rows)
    parts, size = last.index.parts, len(done)
    file, files = 1 + max(part.file for part in parts), []
    for group in plan.groups:
        if group.carried:
            part = parts[group.parts[0]]
            carry(part, last.folder, folder, last.concepts, size, plan.of(part))
            files.append((part.file, part.patients))
            continue
        some = [_rows_of(last, plan, parts[place], numbers) for place in group.parts]
        made = together([*some, *([rows.rows(done, born, texts)] if group.new else [])])
        save_part(folder, file, made.patients, size, made.columns, made.aged)
        files.append((file, made.patients))
        file += 1
    save_parts(folder, files, *texts)


def _rows_of(last: _Last, plan: _Plan, part: Part, numbers: Sequence[Ints]) -> Rows:
    found = rows_of(part, last.folder, last.concepts, plan.of(part))
    if found is None:
        raise NotCarried("a code in events no longer exists")
    return renumbered(found, numbers) if plan.again else found


def _texts(last: _Last, plan: _Plan, rows: EventRows) -> tuple[list[pa.Array], list[Ints]]:
    """Returns the coded texts and the free texts, and the new number of each earlier text (-1 if it is left out).

    New texts come last, so the numbers in reused parts stay valid. If all parts are rewritten, texts that no patient
    has any longer are left out.
    """
    earlier, new = last.index.all_texts(), rows.texts()
    texts = [_after(one, own) for one, own in zip(earlier, new, strict=True)]
    if plan.again:
        each = (texts_in(part, plan.of(part), earlier) for part in last.index.parts)
        used_now = [np.logical_or.reduce(found) for found in zip(*each, strict=True)]
        left = [one.filter(pa.array(found)) for one, found in zip(earlier, used_now, strict=True)]
        every = [_after(one, own) for one, own in zip(left, new, strict=True)]
        texts = [one.take(pc.sort_indices(one)) for one in every]
    places = [pc.index_in(one, value_set=now).fill_null(-1) for one, now in zip(earlier, texts, strict=True)]
    return texts, [np.asarray(number, np.int32) for number in places]


def _after(earlier: pa.Array, new: pa.Array) -> pa.Array:
    return pa.concat_arrays([earlier, new.filter(pc.invert(pc.is_in(new, value_set=earlier)))])


def _saved_uses(folder: Path) -> Pairs:
    key, patient = (load_array(folder / f"medicine.{name}.npy") for name in ("used", "patient"))
    return key, patient


def _uses(before: Path, alive: Ints, new: Pairs, first: Ints) -> Pairs:
    key, patient = _saved_uses(before)
    patient = alive[patient]
    return np.concatenate([key[patient >= 0], new[0]]), np.concatenate([patient[patient >= 0], first[new[1]]])


def done_of(concepts: pa.Table, kinds: Flags, absent: Flags, tree: Hierarchy) -> Flags:
    """True for each concept that is a test or procedure. If `absent` is false for all concepts, all are false."""
    if not absent.any():
        return np.zeros(concepts.num_rows, bool)
    return standing.done(concepts, used_of(kinds), tree)


def used_of(kinds: Flags) -> pa.Table:
    """Returns sorted pairs of a concept and a kind of event that uses the concept."""
    concept, kind = np.nonzero(kinds)
    pairs = pa.table({"concept": concept.astype(np.int32), "kind": pa.array(KINDS).take(pa.array(kind))})
    return pairs.sort_by([("concept", "ascending"), ("kind", "ascending")])


def save_for_later(members: Members, made: Made, medicines: Medicines, lineage: str, folder: Path) -> None:
    """Saves the files that the next snapshot needs to reuse this snapshot. Queries do not read these files."""
    looked_for = np.flatnonzero(made.absent)
    key, codes = medicines.keys()
    used_key, patient = made.uses
    arrays: dict[str, npt.NDArray[Any]] = {
        "patient.member_key": members.key,
        "patient.member": members.number,
        "absent": np.stack([looked_for, made.done[looked_for]]).astype(np.int32),
        "medicine.key": key,
        "medicine.codes": codes,
        "medicine.used": used_key,
        "medicine.patient": patient,
    }
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values)
    (folder / "lineage").write_text(lineage)
