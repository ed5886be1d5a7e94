"""api: the query for a cohort by a definition (cohorts/model.py), and its type."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from functools import cached_property
from typing import Annotated, Any, NamedTuple

import strawberry
from msgspec import DecodeError, ValidationError

from api.disclosure import UNCHANGED, Group, PatientNumber
from api.errors import BadInput, Forbidden
from api.fields import FAILS, Certainty, Context, disclosed_counts, hidden, resolved
from api.schema.cohort.cells import plain_number, steps
from api.schema.cohort.inputs import CohortDefinition, definition_of
from api.schema.cohort.joined import add_joined
from api.schema.cohort.loaders import events_known_to
from api.schema.cohort.plain import plain
from api.schema.cohort.queries import counted
from api.schema.cohort.results import add_results
from api.schema.cohort.single import add_single, label_of
from api.schema.concept.types import PatientCount
from cohorts.canonical import definition_hash, question_hash
from cohorts.encoding import decode, encode
from cohorts.engine import Answer, answer
from cohorts.errors import NotAnswered, NotUnderstood
from cohorts.language import Label, Language, labels, parse, printed
from cohorts.lint import Finding, find_unknown, lint, shown
from cohorts.model import Definition
from cohorts.results import Weighted, asked_for, frequent_concepts


@strawberry.enum(description="A language of the text of a definition.")
class CohortLanguage(Enum):
    EN = strawberry.enum_value("en", description="English.")
    NL = strawberry.enum_value("nl", description="Dutch.")


class Step(NamedTuple):
    """The data of an AttritionStep."""

    step: str
    kept: PatientNumber
    passed: PatientNumber


class Defined:
    """A definition of a cohort, and its answer, which is computed when a field first needs it."""

    def __init__(
        self, context: Context, definition: Definition, possible: bool, language: Language, labels: Sequence[Label]
    ) -> None:
        self.context, self.definition, self.possible = context, definition, possible
        self.language, self.labels = language, labels

    def _note_unknown(self) -> None:
        """Adds a note if the definition contains unknown concepts or value sets, because no event can match them."""
        wrong = find_unknown(self.definition, self.context.snapshot, hidden(self.context), self.language)
        if wrong:
            self.context.notes["unknown"] = "; ".join(shown(one, self.language) for one in wrong)

    @cached_property
    def answer(self) -> Answer:
        """The answer to the definition. Raises Forbidden for a role below EXACT."""
        if self.context.role not in UNCHANGED:
            raise Forbidden("this result of a cohort is answered", UNCHANGED)
        self._note_unknown()
        self.context.spend(f"{self.context.snapshot.epoch} {question_hash(self.definition)} {self.possible}")
        try:
            return answer(self.context.snapshot, self.definition, self.possible)
        except NotAnswered as wrong:
            raise BadInput(str(wrong)) from None

    @property
    def patients(self) -> PatientNumber:
        if self.context.role not in UNCHANGED:
            criteria, level = plain(self.definition)
            if criteria is not None:
                return counted(self.context, criteria, level).patients
            return plain_number(self.context, self.definition, "patients")
        return self.numbers("patients", [self.answer.patients])[0]

    def numbers(self, field: str, sets: Sequence[Any]) -> list[PatientNumber]:
        """Returns the number of patients in each of `sets`, after disclosure control. `field` is for the audit log."""
        read = {"field": f"definedCohort.{field}", "definition": encode(self.definition).decode()}
        groups = [Group(some, f"{definition_hash(self.definition)} {field} {n}") for n, some in enumerate(sets)]
        return disclosed_counts(self.context, read, Certainty.LIKELY.level, groups)

    @property
    def attrition(self) -> list[Step]:
        names = [rule.name for rule in self.definition.rules]
        if self.context.role not in UNCHANGED:
            told = [[plain_number(self.context, one, "attrition") for one in pair] for pair in steps(self.definition)]
            names = ["all patients", *(["also"] if self.definition.also else []), *names]
            return [Step(name, *numbers) for name, numbers in zip(names, told, strict=True)]
        found = self.answer
        kept, passed = [found.entered, *found.kept], [found.entered, *found.passed]
        if self.definition.also:
            names.insert(0, "also")
            kept.insert(1, found.qualified)
            passed.insert(1, found.qualified)
        names.insert(0, "entry events" if self.definition.entry else "all patients")
        numbers = (self.numbers(f"attrition.{name}", some) for name, some in (("kept", kept), ("passed", passed)))
        return [Step(*step) for step in zip(names, *numbers, strict=True)]

    @cached_property
    def concepts(self) -> dict[int, Weighted]:
        """The concepts by which records, such as studies, are found for the cohort, with their weights.

        Concepts that the caller is not allowed to know are left out.
        """
        snapshot, unknown = self.context.snapshot, hidden(self.context)
        try:
            found = asked_for(snapshot, self.definition)
        except NotAnswered as wrong:
            raise BadInput(str(wrong)) from None
        if self.context.role in UNCHANGED:
            found = frequent_concepts(snapshot, self.answer.patients) | found
        return {concept: weight for concept, weight in found.items() if concept not in unknown}

    @property
    def json(self) -> str:
        return encode(self.definition).decode()

    @property
    def hash(self) -> str:
        return definition_hash(self.definition)

    @property
    def not_compared(self) -> list[str]:
        return [f"{count}: {why}" for why, count in sorted(self.answer.not_compared.items())]


@strawberry.type(description="A remark on a definition: an error, or a part that may not mean what the author wants.")
class CohortFinding:
    code: str = strawberry.field(description="The kind of remark: `unknown_concept`.")
    path: str = strawberry.field(
        description="The part of the definition, or the position of a label in the text: `rules[0].group.of[1]`."
    )
    message: str = strawberry.field(description="The problem: `MONDO:1 is not a known concept`.")
    remedy: str = strawberry.field(description="What to do: `check the spelling`.")


@strawberry.type(description="How many patients are left after a step of a definition.")
class AttritionStep:
    step: str = strawberry.field(
        description="`entry events` or `all patients`, then `also` if the definition has it, then the name of each "
        "rule: `high HbA1c`."
    )
    kept: PatientCount = strawberry.field(description="The patients who meet this step and all earlier steps.")
    passed: PatientCount = strawberry.field(
        description="The patients who meet this step, whether or not they meet the other rules."
    )


def _code(language: CohortLanguage) -> Language:
    code: Language = str(language.value)  # type: ignore[assignment]
    return code


_Language = Annotated[CohortLanguage, strawberry.argument(description="The language of the text: `NL`.")]
_Findings = Annotated[
    CohortLanguage | None,
    strawberry.argument(description="The language of the remarks: `NL`. The default is the language of the text."),
]


def _findings(root: strawberry.Parent[Any], language: _Findings = None) -> list[Finding]:
    context, code = root.context, _code(language) if language else root.language
    return lint(root.definition, context.snapshot, events_known_to(context), hidden(context), root.labels, code)


def _text(root: strawberry.Parent[Any], language: _Language = CohortLanguage.EN) -> str:
    return printed(root.definition, _code(language), label_of(root.context))


_DESCRIPTION = (
    "A cohort by a definition. The role `exact` gets exact numbers for every definition. Other roles get `patients` "
    "only if all criteria are about concepts, kinds of events, sex, years of birth or sources of records."
)


class DefinedCohort:
    patients: PatientCount | None = strawberry.field(
        description=f"The number of patients in the cohort, after disclosure control. {FAILS}"
    )
    attrition: list[AttritionStep] = strawberry.field(
        description="How many patients are left after each step. Roles below `exact` get this field only for "
        "definitions for which they get `patients`. Each number then counts against the budget as one cohort."
    )
    not_compared: list[str] = strawberry.field(
        description="How many values could not be converted into the unit of a criterion, by concept and reason: `12: "
        "loinc:4548-4: values in % are not compared …`. Such values do not meet the criterion. Only for the role "
        "`exact`."
    )
    text: str = resolved(_text, "The definition in the controlled language (docs/cohort-language.md).")
    json: str = strawberry.field(description="The definition as JSON, without default values: `{}`.")
    hash: str = strawberry.field(
        description="Hash of the canonical form: `3b1f…`. Definitions with the same canonical form have the same hash."
    )
    findings: list[CohortFinding] = resolved(_findings, "Remarks on the definition, and on the labels in its text.")


add_joined(DefinedCohort)
add_results(DefinedCohort)
add_single(DefinedCohort)
strawberry.type(DefinedCohort, description=_DESCRIPTION)


_Definition = Annotated[
    CohortDefinition | None,
    strawberry.argument(
        description='The definition: `{rules: [{name: "women", group: {of: [{person: {sex: "female"}}]}}]}`. '
        "Give either this argument or `text`."
    ),
]
_Spelled = Annotated[
    str | None,
    strawberry.argument(
        description="The definition as text in the controlled language (docs/cohort-language.md): `patients "
        "with condition [MONDO:0005148]`. Or the definition as JSON. Give either this argument or "
        "`definition`."
    ),
]
_Possible = Annotated[
    bool,
    strawberry.argument(
        description="How partial dates and ages are compared. With `true`, a criterion holds if any possible day meets "
        "the criterion. With `false`, all possible days must meet the criterion."
    ),
]


def _defined(
    info: strawberry.Info[Context],
    definition: _Definition = None,
    text: _Spelled = None,
    language: _Language = CohortLanguage.EN,
    possible: _Possible = False,
) -> Defined:
    if (definition is None) == (text is None):
        raise BadInput("give either `definition` or `text`")
    code = _code(language)
    read, names = (definition_of(definition), []) if text is None else _read(text, code)
    return Defined(info.context, read, possible, code, names)


def _read(text: str, language: Language) -> tuple[Definition, list[Label]]:
    try:
        return (decode(text), []) if text.lstrip()[:1] == "{" else (parse(text, language), labels(text, language))
    except (NotUnderstood, ValidationError, DecodeError) as wrong:
        raise BadInput(f"text: {wrong}") from None


@strawberry.type
class DefinedCohortQuery:
    defined_cohort: DefinedCohort | None = resolved(
        _defined,
        "A cohort by a definition with events, times, values and rules. See docs/cohorts.md for what a definition can "
        f"say. {FAILS}",
    )
