"""cohorts: finds the concepts that are most frequent before, on or after the day on which patients enter the cohort.

Compares their frequency with that in another cohort.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from pyroaring import BitMap

from cohorts.engine import Answer, bound
from cohorts.results.members import Members, on_parts, union
from graph.columns import Csr
from graph.events import KINDS, LOWEST
from graph.hierarchy import Level
from graph.kinds import NOT_OWN, EventKind
from graph.snapshot import NONE, Numbers, Snapshot

Floats = npt.NDArray[np.float64]


class Span(NamedTuple):
    """The lowest and highest number of days from the first entry into the cohort to the start of an event.

    Both limits are inclusive. None means no limit. A partial date is in the span if all its days are in the span. If
    `possible` is true in `frequent`, one day in the span is enough.
    """

    since: int | None = None
    until: int | None = None


YEAR_BEFORE, START, YEAR_AFTER = Span(-365, -1), Span(0, 0), Span(1, 365)


class Frequent(NamedTuple):
    """The patients with an event in a span, for each concept.

    `persons` are the patients of the cohort with a known start. `counts` has the number of patients for each concept of
    the snapshot. `parts` has a pair for each part of the event index: the number of the first patient of the part, and
    for each concept the numbers of its patients within the part.
    """

    persons: BitMap
    counts: npt.NDArray[np.int64]
    parts: list[tuple[int, Csr]]

    def patients(self, concept: int) -> BitMap:
        """The patients with an event of the concept in the span."""
        return union(BitMap(own[concept].astype(np.uint32)).shift(first) for first, own in self.parts)


class Row(NamedTuple):
    """A concept, its patients in a cohort and in a comparison cohort, and its share of the patients of each cohort.

    `difference` is the standardised difference: the difference of the shares divided by the standard deviation, which
    is the square root of the mean of both variances p(1-p) (https://doi.org/10.1080/03610910902859574). None if the
    variances are 0 and the shares differ.
    """

    concept: int
    one: BitMap
    other: BitMap
    share: float
    other_share: float
    difference: float | None


def frequent(
    snapshot: Snapshot,
    answer: Answer,
    spans: Sequence[Span],
    kinds: tuple[EventKind, ...] = (),
    broader: bool = False,
    level: Level = Level.LIKELY,
    possible: bool = False,
) -> list[Frequent]:
    """For each span, the patients with an event of each concept.

    Without `kinds`, events of all kinds about the patient's own health count. Events outside observation periods count
    too. If `broader` is true, an event of a concept also counts for every concept that has it in its reach at
    `level`. Of concepts with the same meaning, only the preferred concept then has patients. Raises NotAnswered for a
    cohort without entry events, unless the span has no limits.
    """
    parts = on_parts(snapshot, answer, lambda members: frequent_part(members, spans, kinds, broader, level), possible)
    return [added(some) for some in zip(*parts, strict=True)]


def added(parts: Sequence[Frequent]) -> Frequent:
    """Combines the results of `frequent_part` for all parts of the event index."""
    persons, counts, lists = zip(*parts, strict=True)
    return Frequent(union(persons), np.sum(counts, axis=0), [one for some in lists for one in some])


def frequent_part(
    members: Members,
    spans: Sequence[Span],
    kinds: tuple[EventKind, ...] = (),
    broader: bool = False,
    level: Level = Level.LIKELY,
) -> list[Frequent]:
    """Like `frequent`, for the patients in `members`, who belong to one part of the event index."""
    from cohorts.results.kernels import within

    if members.timed is None and {*spans} == {Span()}:
        start = np.where(members.flags(members.own), 0, LOWEST).astype(np.int32)
    else:
        members.periods("what is frequent around the start")
        start = members.start
    part, found = members.part, []
    wanted = sum(1 << n for n, kind in enumerate(KINDS) if (kind in kinds if kinds else kind not in NOT_OWN))
    persons = members.where(start > LOWEST)
    for span in spans:
        since, until = bound(span.since, -1), bound(span.until, 1)
        patients, sizes = within(part, wanted, start, since, until, members.asked.possible)
        lists = Csr(np.concatenate([[0], np.cumsum(sizes)]), patients)
        lists = _rolled_up(members, lists, level) if broader else lists
        found.append(Frequent(persons, lists.sizes(), [(part.first, lists)]))
    return found


def _rolled_up(members: Members, lists: Csr, level: Level) -> Csr:
    """For each preferred concept, the patients of all concepts in its reach. Other concepts have no patients."""
    snapshot = members.asked.snapshot
    closure, preferred = snapshot.hierarchy.closures[level], snapshot.meanings.preferred
    used = BitMap(np.flatnonzero(lists.sizes()))
    sets = {concept: BitMap(lists[concept].astype(np.uint32)) for concept in used}
    groups = np.unique(closure.group[closure.above(used).to_array()]).tolist()
    found = {}
    for group, patients in closure.in_each(groups, lambda concepts: union(sets[one] for one in concepts & used)):
        found[_head(closure.members[group], preferred)] = patients
    sizes = np.zeros(len(lists.offsets) - 1, np.int64)
    sizes[[*found]] = [len(patients) for patients in found.values()]
    values = [np.asarray(found[concept].to_array(), np.int32) for concept in sorted(found)]
    return Csr(np.concatenate([[0], np.cumsum(sizes)]), np.concatenate([np.empty(0, np.int32), *values]))


def _head(group: npt.NDArray[Any], preferred: npt.NDArray[np.int32]) -> int:
    """The concept that represents a group. At the level CERTAIN, a group may not contain its preferred concept."""
    head = int(preferred[group[0]])
    return head if head in group else int(group[0])


def most(one: Frequent, number: int, hidden: Numbers = NONE) -> list[tuple[int, BitMap]]:
    """The `number` most frequent concepts in `one`, with their patients.

    Equally frequent concepts are sorted by number.
    """
    order = _without(np.argsort(-one.counts, kind="stable"), hidden)
    return [(int(concept), one.patients(int(concept))) for concept in order[:number] if one.counts[concept]]


def beside(one: Frequent, other: Frequent, number: int, hidden: Numbers = NONE) -> list[Row]:
    """The `number` concepts with the largest standardised differences between `one` and `other`, largest first.

    A difference may have either sign (see `Row`). Concepts whose difference is not defined come first. Concepts with
    equal differences are sorted by number.
    """
    shares = [each.counts / max(len(each.persons), 1) for each in (one, other)]
    differences = _standardised(*shares)
    order = _without(np.argsort(-np.abs(differences), kind="stable"), hidden)
    order = order[(one.counts + other.counts)[order] > 0][:number]
    return [
        Row(
            concept,
            one.patients(concept),
            other.patients(concept),
            float(shares[0][concept]),
            float(shares[1][concept]),
            float(differences[concept]) if np.isfinite(differences[concept]) else None,
        )
        for concept in order.tolist()
    ]


def _standardised(one: Floats, other: Floats) -> Floats:
    deviation = np.sqrt((one * (1 - one) + other * (1 - other)) / 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(one == other, 0.0, (one - other) / deviation)


def _without(order: npt.NDArray[np.int64], hidden: Numbers) -> npt.NDArray[np.int64]:
    return order[~np.isin(order, np.asarray(hidden.to_array(), np.int64))] if hidden else order
