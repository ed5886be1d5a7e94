"""api: the patients of a concept, as groups for the gate.

A concept and those above it often have the same patients, or nearly. If each showed a number of its own, many draws of
noise would be about the same people, and would average out. So for a caller below EXACT some concepts stand for others:

- Concepts are taken from the broadest to the narrowest, and at LIKELY before CERTAIN.
- One whose patients differ by few (`is_few`) from those of a concept that stands for itself, and is above it or has a
  common narrower one that differs by few too, takes the number of that one.
- One that too few patients have is withheld all the same. Whether they are too few is drawn by the patients alone, so
  that this is one draw too, however many concepts have the same patients.

No order depends on patients. Between those who stand for themselves the difference is not few.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from pyroaring import BitMap

from api.disclosure.control import AT_LEAST, Group, Role, is_few, is_known
from api.disclosure.noise import WIDEST
from graph.hierarchy import Level, walked
from graph.snapshot import Snapshot


class Meant(NamedTuple):
    """A meaning: the number of its group at a level."""

    level: Level
    group: int


class _Known(NamedTuple):
    """What stands for what, and the groups that patients have at each level, as far as they were asked for."""

    stands: dict[Meant, Meant | None]
    in_care: dict[Level, set[int]]


KNOWN: WeakKeyDictionary[Snapshot, _Known] = WeakKeyDictionary()
"""As long as the snapshot is open."""


class Standing:
    """Which meaning stands for which in one snapshot, for a caller below EXACT."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known = KNOWN.setdefault(snapshot, _Known({}, {}))
        self._found = self._known.stands

    def of(self, concept: int, level: Level) -> tuple[int, Level] | None:
        """The concept and the level whose patients are counted for these; None where nobody is."""
        meant = self._of(Meant(level, int(self._snapshot.hierarchy.closures[level].group[concept])))
        return None if meant is None else (self._concept(meant), meant.level)

    def _of(self, meant: Meant) -> Meant | None:
        """The meaning that stands for this one; None where another would, but too few patients have this one."""
        waiting = [] if meant in self._found else [(meant, self._earlier(meant))]
        # A loop in place of a recursion, which could be as deep as the hierarchy.
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
        """Those that come before and differ by few."""
        own, place = self._having(meant), self._place(meant)
        near = (one for one in self._above(self._nearly(meant)) if one != meant and self._few(self._having(one), own))
        return [one for at, one in sorted((self._place(one), one) for one in near) if at < place]

    def _nearly(self, meant: Meant) -> list[Meant]:
        """The meaning, and those below it in which few of its patients, but not all, are missing."""
        narrower, in_care = self._snapshot.hierarchy.closures[meant.level].narrower, self._in_care(meant.level)
        own, seen, left = self._having(meant), {meant.group}, [meant]
        for one in left:
            new = in_care.intersection(narrower[one.group].tolist()) - seen
            seen |= new
            left += [below for group in new if self._few(self._having(below := Meant(meant.level, group)), own)]
        return left

    def _above(self, some: Sequence[Meant]) -> Iterator[Meant]:
        """All that are above any of these at their level or, for CERTAIN, at LIKELY."""
        closures, starts = self._snapshot.hierarchy.closures, [self._concept(one) for one in some]
        for level in {Level.LIKELY, some[0].level}:
            groups = walked(closures[level].broader, BitMap(closures[level].group[starts]))
            yield from (Meant(level, group) for group in groups)

    def _in_care(self, level: Level) -> set[int]:
        """The groups that reach what any patient has."""
        if level not in self._known.in_care:
            reaching = self._snapshot.hierarchy.reaching(self._snapshot.patients.concepts, level)
            self._known.in_care[level] = {*self._snapshot.hierarchy.closures[level].group[reaching.to_array()].tolist()}
        return self._known.in_care[level]

    def _few(self, one: BitMap, other: BitMap) -> bool:
        """Whether they differ by few; looked at closely only where their sizes do."""
        return abs(len(one) - len(other)) < AT_LEAST + 2 * WIDEST and is_few(self._snapshot.patients, one ^ other)

    def _place(self, meant: Meant) -> tuple[bool, int, str]:
        """LIKELY comes before CERTAIN, then what reaches more concepts."""
        concept = self._concept(meant)
        width = self._snapshot.hierarchy.reached(concept, meant.level)
        return meant.level is Level.CERTAIN, -width, self._snapshot.ids[concept]

    def _concept(self, meant: Meant) -> int:
        return int(self._snapshot.hierarchy.closures[meant.level].members[meant.group][0])

    def _having(self, meant: Meant) -> BitMap:
        return self._snapshot.reached_patients(self._concept(meant), meant.level)


def spelled(snapshot: Snapshot, concept: int, level: Level) -> str:
    """The same for all concepts of one meaning at a level, which have one reach."""
    first = snapshot.ids[int(snapshot.hierarchy.meant(concept, level)[0])]
    return first if level is Level.LIKELY else f"{first} {level}"


def all_of(snapshot: Snapshot, concept: int, level: Level) -> Group:
    """Those with an event on anything in the reach of a concept."""
    return Group(snapshot.reached_patients(concept, level), f"all {spelled(snapshot, concept, level)}")


def standing(snapshot: Snapshot, concept: int, level: Level, role: Role) -> tuple[int, Level] | None:
    """The concept and level whose patients are counted for these, by the role of who asks; None if no patients are."""
    return (concept, level) if role is Role.EXACT else Standing(snapshot).of(concept, level)


def counted(snapshot: Snapshot, concept: int, level: Level, role: Role) -> Group:
    """The patients to count for a concept."""
    found = standing(snapshot, concept, level, role)
    return all_of(snapshot, *found) if found else Group(BitMap(), "nobody")


def own(snapshot: Snapshot, concept: int) -> Group:
    """Those with an event on the concept itself."""
    return Group(snapshot.patients.having(BitMap([concept])), f"own {snapshot.ids[concept]}")
