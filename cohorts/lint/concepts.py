"""cohorts: checks the concepts of a definition against the concepts of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from operator import or_

from pyroaring import BitMap

from cohorts.language import Label, shown_label
from cohorts.lint.finding import Remark, remark
from cohorts.model import Events, WhileExposed
from cohorts.parts import Place
from graph.snapshot import NONE, Numbers, Snapshot
from graph.value_sets import BadValueSet, Concepts, Item, members
from ontologies.curies import ontology

_FLAGS = (False, True)
_OMOP = "omop"
"""The prefix of OMOP concept_ids. Concepts of all terminologies have an OMOP concept_id."""
HasEvents = Callable[[BitMap], bool | None]
"""A function that returns whether any patient has an event of the given concepts.

None if disclosure control does not allow the caller to know.
"""


class ConceptFindings:
    """Finds problems with concepts. `hidden` are concepts that do not exist for the caller."""

    def __init__(self, snapshot: Snapshot, has_events: HasEvents, hidden: Numbers = NONE) -> None:
        self._snapshot, self._has_events, self._hidden = snapshot, has_events, hidden

    def of(self, place: Place) -> Iterator[Remark]:
        """Findings about a place of the definition that is a set of concepts or an item of a set."""
        if isinstance(place.part, Item):
            yield from self._item(place.path, place.part)
        if isinstance(place.part, Concepts):
            yield from self._set(place)

    def _number(self, id_: str) -> int | None:
        return self._snapshot.concept(id_, self._hidden)

    def _item(self, path: str, item: Item) -> Iterator[Remark]:
        if item.is_value_set:
            yield from self._value_set(path, item)
            return
        concept, id_ = self._number(item.id), item.id
        if concept is None:
            yield remark("unknown_concept", path, id=id_)
        elif self._snapshot.deprecated[concept]:
            replaced = self._snapshot.concepts["replaced_by"][concept].as_py()
            key = "obsolete_concept.replaced" if replaced else "obsolete_concept.not_replaced"
            yield remark(key, path, id=id_, replaced=replaced)
        elif self._snapshot.stub[concept]:
            yield remark("undefined_concept", path, id=id_)

    def _value_set(self, path: str, item: Item) -> Iterator[Remark]:
        try:
            unknown = members(self._snapshot, Concepts((item,))).unknown
        except BadValueSet as wrong:
            yield remark("unknown_value_set", path, wrong=wrong)
            return
        yield from self._missing(path, item.id, unknown)

    def _missing(self, path: str, id_: str, unknown: list[str]) -> Iterator[Remark]:
        """At most two findings about unknown concepts of a value set: one about the concepts whose terminology is not
        loaded, and one about the others.
        """
        loaded = {prefix.lower() for prefix in self._snapshot.terminologies.loaded}
        absent = [one for one in unknown if ontology(one).lower() not in (loaded | {_OMOP})]
        if absent:
            systems = ", ".join(dict.fromkeys(map(ontology, absent)))
            details = {"id": id_, "count": len(absent), "one": absent[0], "systems": systems}
            yield remark("unknown_concept.not_loaded", path, **details)
        if others := [one for one in unknown if one not in set(absent)]:
            yield remark("unknown_concept.in_value_set", path, id=id_, count=len(others), one=others[0])

    def _set(self, place: Place) -> Iterator[Remark]:
        concepts, path = place.part, place.path
        if all(item.excluded for item in concepts.items):
            yield remark("empty_set.all_excluded", path)
            return
        parts = [(item.excluded, self._reached(item, concepts)) for item in concepts.items]
        if any(part is None for _, part in parts):
            return
        known = [(excluded, part) for excluded, part in parts if part is not None]
        found = _union(known, False) - _union(known, True)
        if not found:
            yield remark("empty_set.nothing_left", path)
            return
        if isinstance(place.above[-1], Events | WhileExposed) and self._has_events(found) is False:
            yield remark("no_events", path)
        for n in _useless(known):
            key = "unused_item.excluded" if known[n][0] else "unused_item.included"
            yield remark(key, f"{path}.items[{n}]", id=concepts.items[n].id)

    def _reached(self, item: Item, concepts: Concepts) -> BitMap | None:
        if not item.is_value_set and self._number(item.id) is None:
            return None
        try:
            return self._members(item, concepts)
        except BadValueSet:
            return None

    def _members(self, item: Item, concepts: Concepts) -> BitMap:
        return members(self._snapshot, Concepts((Item(item.id, item.exact),), concepts.certain))[0]

    def label(self, label: Label, position: str) -> Iterator[Remark]:
        """A finding about a label that is not a name of its concept. `position` is the position of the label.

        Names of private concepts are not shown.
        """
        concept = self._number(label.id)
        if concept is None or concept in self._snapshot.private:
            return
        if label.label.casefold() not in self._names(concept):
            own = self._snapshot.concepts["label"][concept].as_py()
            yield remark("other_label", position, id=label.id, label=label.label, own=own)

    def _names(self, concept: int) -> set[str]:
        labels = self._snapshot.column(self._snapshot.labels, "text", self._snapshot.labels_of[concept].tolist())
        own = self._snapshot.concepts["label"][concept].as_py()
        return {shown_label(name).casefold() for name in (own, *labels) if name}


def _union(parts: Sequence[tuple[bool, BitMap]], excluded: bool) -> BitMap:
    return BitMap.union(BitMap(), *(part for flag, part in parts if flag == excluded))


def _useless(parts: Sequence[tuple[bool, BitMap]]) -> list[int]:
    """The positions of items that can all be left out without changing the set of concepts, the last position first.

    `parts` has, for each item, True if it is excluded, and its concepts.
    """
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
