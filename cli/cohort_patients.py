"""cli: the commands `cohort table` and `cohort explain`, which show single patients. Both need the role `records`."""

from __future__ import annotations

import csv
import sys
from argparse import Namespace
from collections.abc import Iterator
from itertools import count
from typing import Any

from api.disclosure import Role, role
from cli.errors import CliError
from cli.safety import audit_of
from cli.serving import at_the_command_line
from cli.stores import label_of
from cohorts.encoding import encode
from cohorts.engine import answer
from cohorts.model import Definition
from cohorts.results import (
    Criterion,
    Event,
    Explanation,
    criterion_words,
    end_words,
    explain,
    reason,
    step_words,
    table,
)
from graph.events import day_text
from graph.settings import settings
from graph.snapshot import Snapshot, StoredEvent, patient_records, stated_by

_PAGE = 10_000


def print_table(options: Namespace, snapshot: Snapshot, definition: Definition) -> int:
    """Prints when each patient is in the cohort, as CSV: pseudonym, first day, last day."""
    _refuse_others(options)
    rows = table(snapshot, answer(snapshot, definition))
    _log(options, snapshot, definition, {"field": "cohort table", "told": len(rows)})
    records, written = patient_records(options.store), csv.writer(sys.stdout, lineterminator="\n")
    written.writerow(("patient", "start", "end"))
    for first in range(0, len(rows), _PAGE):
        page = rows.rows(first, first + _PAGE)
        names = records.pseudonyms(snapshot, (one.patient for one in page))
        written.writerows((name, one.start, one.end) for name, one in zip(names, page, strict=True))
    return 0


def print_explanation(options: Namespace, snapshot: Snapshot, definition: Definition) -> int:
    """Prints why a patient is or is not in a cohort."""
    _refuse_others(options)
    records = patient_records(options.store)
    number = records.number(snapshot, options.patient)
    # An unknown pseudonym can be any text, so it is not written to the audit log.
    _log(
        options,
        snapshot,
        definition,
        {"field": "cohort explain", "patient": None if number is None else options.patient},
    )
    if number is None:
        raise CliError(f"unknown pseudonym {options.patient[:100]!r}: tricuspid cohort table lists pseudonyms")
    found = explain(snapshot, definition, number)
    print("\n".join(_Told(snapshot, definition, found, records.events(snapshot, number)).lines()))
    return 0


def _refuse_others(options: Namespace) -> None:
    if role(options.role) is not Role.RECORDS:
        raise CliError("this command shows single patients and needs the role records: give --role records")
    if not settings().audit:
        raise CliError("this command shows single patients and needs an audit log: set TRICUSPID_AUDIT to a file path")


def _log(options: Namespace, snapshot: Snapshot, definition: Definition, read: dict[str, Any]) -> None:
    """Writes an entry to the audit log. Call this before anything is shown."""
    text = encode(definition).decode()
    if audit := audit_of(settings()):
        caller = at_the_command_line(options.role)
        audit.write(caller, text, None, snapshot.epoch, [read | {"definition": text}])


class _Told:
    """Makes the lines of text that explain why a patient is or is not in a cohort."""

    def __init__(
        self, snapshot: Snapshot, definition: Definition, found: Explanation, stored: list[StoredEvent]
    ) -> None:
        self._snapshot, self._definition, self._found, self._stored = snapshot, definition, found, stored
        self._label = label_of(snapshot, private=True)

    def lines(self) -> Iterator[str]:
        yield reason(self._definition, self._found)
        for number, entry in zip(count(1), self._found.entries, strict=False):
            if entry.event:
                yield f"entry event {number}: {self._event(entry.event)}"
                by = entry.excluded_by
                yield f"  excluded by {step_words(self._definition, by)}" if by else "  not excluded"
            for criterion in entry.criteria:
                yield from self._criterion(criterion)
        for time in self._found.times:
            days = (day_text(day, day, self._found.aged) or "unknown" for day in (time.start, time.end))
            yield f"in the cohort from {' to '.join(days)}, ended by {end_words(time.ended_by)}"

    def _criterion(self, one: Criterion) -> Iterator[str]:
        indent = "  " * (2 + one.path.count(".of["))
        found = "" if one.found is None else f"; found {one.found}"
        held = "holds" if one.holds else "does not hold"
        yield f"{indent}{criterion_words(self._definition, one, self._label)}: {held}{found}"
        yield from (f"{indent}  {self._event(event)}" for event in one.events)
        if one.found is not None and one.events and one.found > len(one.events):
            yield f"{indent}  only the first {len(one.events)} events are listed"

    def _event(self, event: Event) -> str:
        id_ = self._snapshot.ids[event.concept]
        label = self._label(id_)
        day = day_text(*event.start, self._found.aged) or "unknown day"
        value = "" if event.value is None else f", {event.value:g} {event.unit or ''}".rstrip()
        rows = stated_by(self._snapshot, self._found.part, event.row, self._stored)
        where = "; ".join(one.place for one in rows) or "row not found in the store"
        return f"{event.kind} {id_} {label or ''}".rstrip() + f", {day}{value} ({where})"
