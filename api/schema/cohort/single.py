"""api: lists the patients of a cohort, and explains why a patient is in it or not. Only for the role `records`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import strawberry

from api.errors import NotFound, Unavailable
from api.fields import FIRST, After, Connection, Context, First, Page, add, grouped, resolved, single_patients, start_of
from api.schema.cohort.results import answered
from api.schema.cohort.single_types import (
    CohortExplanation,
    CohortMember,
    CriterionData,
    EntryData,
    EventData,
    ExplanationData,
    MemberData,
    TimeData,
)
from api.schema.concept.loaders import CONCEPT
from cohorts.encoding import encode
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
from graph.errors import GraphError
from graph.events import day_text
from graph.snapshot import StoredEvent, stated_by

_Patient = Annotated[
    strawberry.ID,
    strawberry.argument(description="Pseudonym of the patient, as in `members`: `patient:0e5a0ef24ac419be`."),
]
_ONLY = "Only for the role `records`, and only if the server writes an audit log."


def label_of(context: Context) -> Callable[[str], str | None]:
    """Returns a function that gives the label of a concept by its CURIE, if the caller may see the concept."""

    def label(curie: str) -> str | None:
        concept = context.concept(curie)
        return None if concept is None else context.snapshot.concepts["label"][concept].as_py() or None

    return label


@contextmanager
def _reading() -> Iterator[None]:
    """Raises Unavailable if the store cannot be read."""
    try:
        yield
    except GraphError as wrong:
        raise Unavailable("single patients cannot be read now: try again in a moment", str(wrong)) from None


def _disclose(root: Any, field: str, **what: Any) -> None:
    """Adds an entry about the disclosed patients to the audit log."""
    read = {"field": f"definedCohort.{field}", "definition": encode(root.definition).decode()}
    root.context.reads.append(read | what)


def _members(root: strawberry.Parent[Any], first: First = FIRST, after: After = None) -> Page:
    records, snapshot = single_patients(root.context), root.context.snapshot
    start = start_of(snapshot.epoch, first, after)
    every = table(snapshot, root.answer)
    rows = every.rows(start, start + first)
    _disclose(root, "members", start=start, told=len(rows))
    with _reading():
        names = records.pseudonyms(snapshot, (one.patient for one in rows))
    found = [MemberData(name, one.start, one.end) for name, one in zip(names, rows, strict=True)]
    return Page(found, start, len(every), snapshot.epoch)


def _explanation(root: strawberry.Parent[Any], patient: _Patient) -> ExplanationData:
    records, snapshot = single_patients(root.context), root.context.snapshot
    with _reading():
        number = records.number(snapshot, patient)
        # A pseudonym that no patient has is not written to the log, because it can be any text.
        _disclose(root, "explanation", patient=None if number is None else patient)
        if number is None:
            raise NotFound("patient", patient, "definedCohort { members }")
        stored = records.events(snapshot, number)
    found = explain(snapshot, root.definition, number, root.possible)
    return _Explained(root, found, stored).data(patient)


class _Explained:
    """Makes the data of the type CohortExplanation."""

    def __init__(self, root: Any, found: Explanation, stored: list[StoredEvent]) -> None:
        self._context, self._definition, self._found, self._stored = root.context, root.definition, found, stored
        self._label = label_of(root.context)

    def data(self, patient: str) -> ExplanationData:
        found, aged = self._found, self._found.aged
        entries = [
            EntryData(
                one.event and self._event(one.event),
                one.excluded_by or None,
                step_words(self._definition, one.excluded_by) if one.excluded_by else None,
                [self._criterion(criterion) for criterion in one.criteria],
            )
            for one in found.entries
        ]
        times = [
            TimeData(day_text(one.start, one.start, aged), day_text(one.end, one.end, aged), end_words(one.ended_by))
            for one in found.times
        ]
        return ExplanationData(patient, found.inside, reason(self._definition, found), entries, times)

    def _criterion(self, one: Criterion) -> CriterionData:
        text = criterion_words(self._definition, one, self._label)
        return CriterionData(one.path, text, one.holds, one.found, [self._event(event) for event in one.events])

    def _event(self, event: Event) -> EventData:
        snapshot, aged = self._context.snapshot, self._found.aged
        concept = grouped(self._context, CONCEPT, [[event.concept]])[0][0]
        start, end = day_text(*event.start, aged), day_text(*event.end, aged)
        rows = [one.place for one in stated_by(snapshot, self._found.part, event.row, self._stored)]
        return EventData(concept, event.kind, start, end, event.value, event.unit, rows)


def add_single(cohort: Any) -> None:
    """Adds the fields `members` and `explanation` to the GraphQL type of a cohort."""
    description = f"The patients of the cohort, with the start and end of each time in the cohort. {_ONLY}"
    add(cohort, "members", Connection[CohortMember], resolved(answered(_members), description))
    description = f"Why a patient is or is not in the cohort. {_ONLY}"
    add(cohort, "explanation", CohortExplanation, resolved(answered(_explanation), description))
