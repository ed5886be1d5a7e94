"""cohorts: findings about the concepts of a definition, by the concepts of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate
from operator import or_

from pyroaring import BitMap

from cohorts.language import Label, shown_label
from cohorts.lint.finding import Finding
from cohorts.model import Events, WhileExposed
from cohorts.parts import Place
from graph.snapshot import NONE, Numbers, Snapshot
from graph.value_sets import BadValueSet, Concepts, Item, members

_FLAGS = (False, True)
HasEvents = Callable[[BitMap], bool | None]
"""Whether patients have events of any of these concepts, as far as the caller may know this; None if the caller may not
know it.
"""


class ConceptFindings:
    """`hidden` are concepts that are unknown to the caller."""

    def __init__(self, snapshot: Snapshot, has_events: HasEvents, hidden: Numbers = NONE) -> None:
        self._snapshot, self._has_events, self._hidden = snapshot, has_events, hidden

    def of(self, place: Place) -> Iterator[Finding]:
        """Findings about a set of concepts or about an item of a set."""
        if isinstance(place.part, Item):
            yield from self._item(place.path, place.part)
        if isinstance(place.part, Concepts):
            yield from self._set(place)

    def _number(self, id_: str) -> int | None:
        return self._snapshot.concept(id_, self._hidden)

    def _item(self, path: str, item: Item) -> Iterator[Finding]:
        if item.is_value_set:
            yield from self._value_set(path, item)
            return
        concept, id_ = self._number(item.id), item.id
        if concept is None:
            remedy = "check the CURIE, or load the terminology that has it"
            yield Finding("unknown_concept", path, f"{id_} is not a known concept", remedy)
        elif self._snapshot.deprecated[concept]:
            replaced = self._snapshot.concepts["replaced_by"][concept].as_py()
            remedy = f"use {replaced}" if replaced else "use another concept"
            yield Finding("obsolete_concept", path, f"{id_} is obsolete", remedy)
        elif self._snapshot.stub[concept]:
            remedy = "load its terminology; until then, it has no narrower concepts of its own"
            yield Finding("undefined_concept", path, f"no loaded terminology defines {id_}", remedy)

    def _value_set(self, path: str, item: Item) -> Iterator[Finding]:
        try:
            unknown = members(self._snapshot, Concepts((item,))).unknown
        except BadValueSet as wrong:
            yield Finding("unknown_value_set", path, str(wrong), "load or correct the value set")
            return
        if unknown:
            message = f"{item.id} has {len(unknown)} concepts that are not known, such as {unknown[0]}"
            yield Finding("unknown_concept", path, message, "load the terminology that has them")

    def _set(self, place: Place) -> Iterator[Finding]:
        concepts, path = place.part, place.path
        if all(item.excluded for item in concepts.items):
            yield Finding("empty_set", path, "no concept is in this set", "add a concept that is not excluded")
            return
        parts = [(item.excluded, self._reached(item, concepts)) for item in concepts.items]
        if any(part is None for _, part in parts):
            return
        known = [(excluded, part) for excluded, part in parts if part is not None]
        found = _union(known, False) - _union(known, True)
        if not found:
            yield Finding("empty_set", path, "the excluded concepts leave nothing in this set", "exclude less")
            return
        if isinstance(place.above[-1], Events | WhileExposed) and self._has_events(found) is False:
            message = "no patient of this store has an event of these concepts"
            yield Finding("no_events", path, message, "use concepts in use here, or map the codes of the source")
        for n in _useless(known):
            does = "excludes nothing that is in the set" if known[n][0] else "adds nothing to the set"
            yield Finding("unused_item", f"{path}.items[{n}]", f"{concepts.items[n].id} {does}", "leave it out")

    def _reached(self, item: Item, concepts: Concepts) -> BitMap | None:
        if not item.is_value_set and self._number(item.id) is None:
            return None
        try:
            return self._members(item, concepts)
        except BadValueSet:
            return None

    def _members(self, item: Item, concepts: Concepts) -> BitMap:
        return members(self._snapshot, Concepts((Item(item.id, item.exact),), concepts.certain))[0]

    def labels(self, labels: Iterable[Label]) -> Iterator[Finding]:
        """Findings about labels in a text that are not names of their concepts.

        The path of such a finding is the position in the text.
        """
        for label in labels:
            concept = self._number(label.id)
            if concept is not None and label.label.casefold() not in self._names(concept):
                own = self._snapshot.concepts["label"][concept].as_py()
                where, message = (
                    f"line {label.line}, column {label.column}",
                    f'{label.id} is not called "{label.label}"',
                )
                yield Finding("other_label", where, message, f'write "{own}", or correct the CURIE')

    def _names(self, concept: int) -> set[str]:
        labels = self._snapshot.column(self._snapshot.labels, "text", self._snapshot.labels_of[concept].tolist())
        own = self._snapshot.concepts["label"][concept].as_py()
        return {shown_label(name).casefold() for name in (own, *labels) if name}


def _union(parts: Sequence[tuple[bool, BitMap]], excluded: bool) -> BitMap:
    return BitMap.union(BitMap(), *(part for flag, part in parts if flag == excluded))


def _useless(parts: Sequence[tuple[bool, BitMap]]) -> list[int]:
    """The positions of items that can all be left out without changing the set. The last comes first."""
    before = {
        flag: list(accumulate((part if own == flag else BitMap() for own, part in parts), or_)) for flag in _FLAGS
    }
    whole, after, found = {flag: _union(parts, flag) for flag in _FLAGS}, {flag: BitMap() for flag in _FLAGS}, []
    for n, (excluded, part) in reversed([*enumerate(parts)]):
        matters = part & whole[False] if excluded else part - whole[True]
        others = after[excluded] | (before[excluded][n - 1] if n else BitMap())
        if matters <= others:
            found.append(n)
        else:
            after[excluded] |= part
    return found
