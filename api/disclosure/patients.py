"""api: the patients of a concept, as groups for disclosure control.

A concept and its broader concepts often have the same or nearly the same patients. If each concept had its own number,
a caller would get many draws of noise for the same patients and could average them. So for a caller below EXACT, the
number of some concepts is replaced by the number of another concept:

- All concepts are processed at LIKELY, then all at CERTAIN. At each level, the broadest concepts are processed first.
- A concept takes over the number of an earlier concept if their patients differ by only a few (`is_few`) and the
  earlier concept has its own number. In addition, the earlier concept must be broader than the concept, or broader than
  a narrower concept that has nearly the same patients as the concept.
- A definition can ask for events of one kind. Groups of patients with events of one kind are processed after all groups
  without a kind, and are also compared with the groups without a kind.
- If a concept has too few patients, its number is still withheld. Whether a number is withheld depends only on the
  patients: if several concepts have the same patients, either all of their numbers are withheld or none.

The order of processing does not depend on patients. If a concept and a broader concept both have their own number, the
two concepts differ by more than a few patients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pyroaring import BitMap

from api.disclosure.control import AT_LEAST, NOBODY, UNCHANGED, Group, Role, is_few, is_known
from api.disclosure.noise import WIDEST
from cohorts.engine import Postings
from graph.hierarchy import Level, walked
from graph.snapshot import Snapshot
from graph.value_sets import Concepts, Item


class Meant(NamedTuple):
    """A group of concepts with the same meaning: the level, and the index of the group at this level.

    Only events of `kind` are counted. If `kind` is empty, events of all kinds are counted.
    """

    level: Level
    group: int
    kind: str = ""


class Shown(NamedTuple):
    """What to count instead of a concept: another or the same concept, a level and a kind of events."""

    concept: int
    level: Level
    kind: str = ""


class Known:
    """Results of Standing that are cached for a snapshot.

    `stands` has, for each group of concepts, the group to count instead; None if its number is withheld. `in_care` has,
    for each level, the groups that have patients in their reach.
    """

    def __init__(self, _: Snapshot) -> None:
        self.stands: dict[Meant, Meant | None] = {}
        self.in_care: dict[Level, set[int]] = {}


class Standing:
    """Finds the concept to count instead of a given concept, for a caller below EXACT."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known = snapshot.derived(Known)
        self._found = self._known.stands

    def of(self, concept: int, level: Level, kind: str = "") -> Shown | None:
        """Returns what to count instead of the given concept; None if the number is withheld."""
        meant = self._of(Meant(level, int(self._snapshot.hierarchy.closures[level].group[concept]), kind))
        return None if meant is None else Shown(self._concept(meant), meant.level, meant.kind)

    def _of(self, meant: Meant) -> Meant | None:
        """Returns the group to count instead of `meant`; None if `meant` has too few patients."""
        waiting = [] if meant in self._found else [(meant, self._earlier(meant))]
        # A recursive function could recurse as deep as the hierarchy, so this is a loop.
        while waiting:
            one, others = waiting[-1]
            unknown = next((other for other in others if other not in self._found), None)
            if unknown is not None:
                waiting.append((unknown, self._earlier(unknown)))
                continue
            other = next((other for other in others if self._found[other] == other), one)
            shown = other == one or is_known(self._snapshot.patients, Group(self._having(one), "part"))
            self._found[one] = other if shown else None
            waiting.pop()
        return self._found[meant]

    def _earlier(self, meant: Meant) -> list[Meant]:
        """Returns the groups that are processed before `meant` and differ from it by only a few patients."""
        own, place = self._having(meant), self._place(meant)
        near = (one for one in self._above(self._nearly(meant)) if one != meant and self._few(self._having(one), own))
        return [one for at, one in sorted((self._place(one), one) for one in near) if at < place]

    def _nearly(self, meant: Meant) -> list[Meant]:
        """Returns `meant`, and the narrower groups that have almost the same patients."""
        narrower, in_care = self._snapshot.hierarchy.closures[meant.level].narrower, self._in_care(meant.level)
        own, seen, left = self._having(meant), {meant.group}, [meant]
        for one in left:
            new = in_care.intersection(narrower[one.group].tolist()) - seen
            seen |= new
            left += [below for group in new if self._few(self._having(below := meant._replace(group=group)), own)]
        return left

    def _above(self, some: Sequence[Meant]) -> Iterator[Meant]:
        """Yields `some` and all broader groups, at the level of `some` and at LIKELY, with and without their kind of
        events.
        """
        closures, starts = self._snapshot.hierarchy.closures, [self._concept(one) for one in some]
        for level in {Level.LIKELY, some[0].level}:
            groups = walked(closures[level].broader, BitMap(closures[level].group[starts]))
            yield from (Meant(level, group, kind) for group in groups for kind in {"", some[0].kind})

    def _in_care(self, level: Level) -> set[int]:
        """Returns the groups of concepts at `level` that have patients in their reach."""
        if level not in self._known.in_care:
            reaching = self._snapshot.hierarchy.reaching(self._snapshot.patients.concepts, level)
            self._known.in_care[level] = {*self._snapshot.hierarchy.closures[level].group[reaching.to_array()].tolist()}
        return self._known.in_care[level]

    def _few(self, one: BitMap, other: BitMap) -> bool:
        """Returns True if two sets of patients differ by only a few. The sizes are compared first, because that is
        fast.
        """
        return abs(len(one) - len(other)) < AT_LEAST + 2 * WIDEST and is_few(self._snapshot.patients, one ^ other)

    def _place(self, meant: Meant) -> tuple[bool, bool, int, str]:
        """Returns the sort key for the order of processing: groups without a kind of events, groups at LIKELY, and
        groups with a larger reach come first.
        """
        concept = self._concept(meant)
        width = self._snapshot.hierarchy.reached(concept, meant.level)
        return bool(meant.kind), meant.level is Level.CERTAIN, -width, self._snapshot.ids[concept]

    def _concept(self, meant: Meant) -> int:
        return int(self._snapshot.hierarchy.closures[meant.level].members[meant.group][0])

    def _having(self, meant: Meant) -> BitMap:
        return having(self._snapshot, self._concept(meant), meant.level, meant.kind)


def having(snapshot: Snapshot, concept: int, level: Level, kind: str = "") -> BitMap:
    """Returns the patients with an event in the reach of a concept. If `kind` is not empty, the event has this kind."""
    if not kind:
        return snapshot.reached_patients(concept, level)
    concepts = Concepts((Item(snapshot.ids[concept]),), level is Level.CERTAIN)
    of_part = snapshot.derived(Postings).having
    return BitMap.union(*(of_part(part, concepts, (kind,)) for part in snapshot.events.parts))


def spelled(snapshot: Snapshot, concept: int, level: Level, kind: str = "") -> str:
    """Returns the standard spelling of a criterion about a concept: equal for all concepts with the same meaning at
    `level`.
    """
    first = snapshot.ids[int(snapshot.hierarchy.meant(concept, level)[0])]
    return " ".join(filter(None, (first, "" if level is Level.LIKELY else str(level), kind)))


def all_of(snapshot: Snapshot, concept: int, level: Level) -> Group:
    """Returns the patients with an event on any concept in the reach of a concept."""
    return Group(snapshot.reached_patients(concept, level), f"all {spelled(snapshot, concept, level)}")


def standing(snapshot: Snapshot, concept: int, level: Level, role: Role, kind: str = "") -> Shown | None:
    """Returns what to count for a caller with `role` who asks for the patients of `concept`; None if the number is
    withheld.
    """
    return Shown(concept, level, kind) if role in UNCHANGED else Standing(snapshot).of(concept, level, kind)


def counted(snapshot: Snapshot, concept: int, level: Level, role: Role) -> Group:
    """Returns the patients to count for a caller with `role` who asks for the patients of `concept`."""
    found = standing(snapshot, concept, level, role)
    return all_of(snapshot, found.concept, found.level) if found else NOBODY


def own(snapshot: Snapshot, concept: int) -> Group:
    """Returns the patients with an event on the concept itself."""
    return Group(snapshot.patients.having(BitMap([concept])), f"own {snapshot.ids[concept]}")
