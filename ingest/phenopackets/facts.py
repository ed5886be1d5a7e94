"""ingest: collects the events of one phenopacket."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

from graph.kinds import Event, EventKind
from ingest.codes import called, unfit
from ingest.phenopackets.messages import Quantity, Term, TimeElement
from ingest.phenopackets.times import Spell, span, when
from ingest.pseudonym import Pseudonym
from ingest.records import OUT_OF_RANGE
from ingest.text import line
from ontologies.ucum import NOT_COMPARABLE, SYSTEM, unit

NOT_UCUM = "unit is not a UCUM code"
NO_CODE = "no code"
MORE = "qualifier: several, only the first is stored"
NO_RANGE = "reference range: its end is not above its start"
OTHER_UNIT = "reference range in another unit than the value"
# The columns of an event from `status` to `answer`.
_EMPTY = (None,) * 6


class Facts:
    """Collects the events of a patient that one phenopacket states. `lost` has the reasons for values that were left
    out.

    `spell` is a function that converts a CURIE to its standard prefix.
    """

    def __init__(self, patient: str, record: str, spell: Spell, pseudonym: Pseudonym) -> None:
        self._patient, self._record, self._pseudonym = patient, record, pseudonym
        self.spell = spell
        self.events: list[Event] = []
        self.lost: list[str] = []

    def add(self, kind: EventKind, term: Term | None, row: str, **attributes: Any) -> None:
        """Adds an event of the given kind about the concept of `term`. `row` is its position in the phenopacket.

        `attributes` are further columns of the event.
        """
        if term is None or not term.id:
            self.lost.append(NO_CODE)
        elif concept := self.concept(term):
            label = line(term.label) if term.label else None
            event = Event(self._patient, self._record, concept, label, kind, *_EMPTY, row=row)
            self.events.append(event._replace(**attributes))

    def left_out(self, term: Term | None, reason: str) -> None:
        """Adds to `lost` the reason why `term` does not become an event, and another reason if its id is not valid."""
        self.concept(term)
        self.lost.append(reason)

    def concept(self, term: Term | None) -> str | None:
        """Returns the concept id of a term; None if it has no valid id. Adds to `lost` why an id is not valid."""
        if term is None or not term.id:
            return None
        prefix, colon, code = self.spell(term.id.strip()).partition(":")
        reason = unfit(prefix if colon else "", code)
        if reason:
            self.lost.append(reason)
            return None
        return called(self._system(prefix), code, self._pseudonym)

    def _system(self, prefix: str) -> str:
        """Returns the code system for which the site declared `prefix` (ingest.systems); without one, `prefix`."""
        declared = self._pseudonym.identity.systems.items()
        return next((system for system, its_prefix in declared if its_prefix == prefix), prefix)

    def qualifier(self, terms: Iterable[Term | None]) -> str | None:
        """Returns the concept id of the first of `terms` that has one, for the event column `qualifier`.

        Adds a reason to `lost` for each further concept, because the column has room for one.
        """
        found = [concept for concept in map(self.concept, terms) if concept]
        self.lost += [MORE] * (len(found) - 1)
        return found[0] if found else None

    def when(self, time: TimeElement | None) -> str | None:
        return when(time, self.spell, self.lost)

    def span(self, time: TimeElement | None) -> dict[str, str | None]:
        start, end = span(time, self.spell, self.lost)
        return {"start": start, "end": end}

    def measured(self, quantity: Quantity) -> dict[str, Any]:
        """Returns the event columns for a quantity: value, unit, and the limits of the reference range."""
        if not math.isfinite(quantity.value):
            self.lost.append(OUT_OF_RANGE)
            return {}
        code = self.unit(quantity.unit)
        return {"value": quantity.value, "unit": code, **self._range(quantity, code)}

    def unit(self, term: Term | None) -> str | None:
        if term is None:
            return None
        prefix, _, code = term.id.partition(":")
        found = unit(SYSTEM if prefix.lower() == "ucum" else prefix, code, term.label) or NOT_COMPARABLE
        if found == NOT_COMPARABLE:
            self.lost.append(NOT_UCUM)
        return found

    def _range(self, quantity: Quantity, code: str | None) -> dict[str, float]:
        found = quantity.reference_range
        if found is None or not found.low < found.high < math.inf:
            self.lost += [NO_RANGE] * (found is not None)
            return {}
        if found.unit and self.unit(found.unit) != code:
            self.lost.append(OTHER_UNIT)
            return {}
        return {"low": found.low, "high": found.high}
