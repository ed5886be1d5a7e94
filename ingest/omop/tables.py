"""ingest: declares the tables of the OMOP Common Data Model 5.3 and 5.4, and the columns that become events.

https://ohdsi.github.io/CommonDataModel/cdm54.html; LOCATION_HISTORY and the region of a location are of version 6.0.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graph.kinds import EventKind
from ingest.words import SAID

DEATH = 4306655
"""The id of the concept *Death* (ingest.codes.DEATH), for a death without a cause."""
CODED = (
    "type", "status", "answer", "route", "qualifier", "reason", "place", "admitted_from", "discharged_to",
    "plan_source", "sponsor_source", "reason_source",
)  # fmt: skip
"""The columns of EVENT that come from an OMOP column with a concept id."""
KEYS = ("unit", "visit", "provider", "care_site")
"""The values of an event that come from an OMOP column with the concept id of a unit, or with the id of a visit,
provider or care site.
"""
REAL = ("value", "quantity", "low", "high")
WHOLE = ("days", "refills", "occurrences", "gap")
ATTRIBUTES = (*CODED, *KEYS, *REAL, *WHOLE, *SAID, "identifier")


class Table(NamedTuple):
    """An OMOP table whose rows become events. `columns` has, for each value in ATTRIBUTES, the column that has it.

    Two column names, separated by a space, are the names in two versions of the Common Data Model. `start` and `end`
    list the columns for the dates, and `concept` those for the concept, in order of preference. `source` is the column
    for the source concept. `default` is the concept of an event that states no concept. `period` is true if the event
    is a period. Then a row is refused if it ends before it starts. `undated` is true if an event may have no start.
    `view` is the table or view to read, if it differs from `name`.
    """

    name: str
    kind: EventKind
    id: str
    concept: tuple[str, ...]
    source: str
    start: tuple[str, ...]
    end: tuple[str, ...]
    columns: Mapping[str, str]
    default: int = 0
    period: bool = False
    undated: bool = False
    view: str = ""

    @property
    def read(self) -> frozenset[str]:
        """The names of all columns of the table that are read."""
        return frozenset(
            ("person_id", self.id, *self.concept, self.source, *self.start, *self.end, *self.of(*ATTRIBUTES))
        ) - {""}

    def of(self, *attributes: str) -> tuple[str, ...]:
        """Returns the columns of the table that have the values `attributes`, which are names in ATTRIBUTES."""
        return tuple(name for one in attributes for name in self.columns.get(one, "").split())


_WITH_VISIT = {"visit": "visit_occurrence_id", "provider": "provider_id"}


def _own(name: str, **columns: str) -> dict[str, str]:
    """Returns `columns` and the columns for type, visit and provider, as `Table.columns` needs them.

    `name` is the first part of the name of the type column.
    """
    return {"type": f"{name}_type_concept_id", **columns, **_WITH_VISIT}


def _dates(name: str) -> tuple[str, ...]:
    return f"{name}_date", f"{name}_datetime"


def _visit(name: str) -> Table:
    columns = _own(
        name,
        care_site="care_site_id",
        admitted_from="admitted_from_concept_id admitting_source_concept_id",
        discharged_to="discharged_to_concept_id discharge_to_concept_id",
    )
    kind: EventKind = "visit" if name == "visit" else "visit_detail"
    table = "visit_occurrence" if name == "visit" else name
    concept, source = f"{name}_concept_id", f"{name}_source_concept_id"
    start, end = (_dates(f"{name}_{point}") for point in ("start", "end"))
    return Table(table, kind, f"{table}_id", (concept,), source, start, end, columns, period=True)


def _era(name: str, kind: EventKind, concept: str, **columns: str) -> Table:
    start, end = (_dates(f"{name}_{point}") for point in ("start", "end"))
    return Table(name, kind, f"{name}_id", (concept,), "", start, end, columns, period=True)


TABLES: tuple[Table, ...] = (
    Table(
        "condition_occurrence",
        "condition",
        "condition_occurrence_id",
        ("condition_concept_id",),
        "condition_source_concept_id",
        _dates("condition_start"),
        _dates("condition_end"),
        _own("condition", status="condition_status_concept_id", stop_reason="stop_reason"),
    ),
    Table(
        "drug_exposure",
        "medication",
        "drug_exposure_id",
        ("drug_concept_id",),
        "drug_source_concept_id",
        _dates("drug_exposure_start"),
        _dates("drug_exposure_end"),
        _own(
            "drug",
            route="route_concept_id",
            quantity="quantity",
            days="days_supply",
            refills="refills",
            value="effective_drug_dose",
            unit="dose_unit_concept_id",
            stop_reason="stop_reason",
            identifier="lot_number",
        ),
    ),
    Table(
        "procedure_occurrence",
        "procedure",
        "procedure_occurrence_id",
        ("procedure_concept_id",),
        "procedure_source_concept_id",
        _dates("procedure"),
        _dates("procedure_end"),
        _own("procedure", qualifier="modifier_concept_id", quantity="quantity"),
    ),
    Table(
        "device_exposure",
        "device",
        "device_exposure_id",
        ("device_concept_id",),
        "device_source_concept_id",
        _dates("device_exposure_start"),
        _dates("device_exposure_end"),
        _own("device", quantity="quantity", unit="unit_concept_id", identifier="unique_device_id"),
    ),
    Table(
        "measurement",
        "observation",
        "measurement_id",
        ("measurement_concept_id",),
        "measurement_source_concept_id",
        _dates("measurement"),
        (),
        _own(
            "measurement",
            value="value_as_number",
            answer="value_as_concept_id",
            unit="unit_concept_id",
            low="range_low",
            high="range_high",
            qualifier="operator_concept_id",
        ),
    ),
    Table(
        "observation",
        "observation",
        "observation_id",
        ("observation_concept_id",),
        "observation_source_concept_id",
        _dates("observation"),
        (),
        _own(
            "observation",
            value="value_as_number",
            answer="value_as_concept_id",
            unit="unit_concept_id",
            qualifier="qualifier_concept_id",
            text="value_as_string",
        ),
    ),
    Table(
        "specimen",
        "specimen",
        "specimen_id",
        ("specimen_concept_id",),
        "",
        _dates("specimen"),
        (),
        {
            "type": "specimen_type_concept_id",
            "quantity": "quantity",
            "unit": "unit_concept_id",
            "qualifier": "anatomic_site_concept_id",
            "status": "disease_status_concept_id",
        },
    ),
    Table(
        "death",
        "death",
        "",
        ("cause_concept_id",),
        "cause_source_concept_id",
        _dates("death"),
        (),
        {"type": "death_type_concept_id"},
        default=DEATH,
    ),
    _visit("visit"),
    _visit("visit_detail"),
    Table(
        "observation_period",
        "observation_period",
        "observation_period_id",
        ("period_type_concept_id",),
        "",
        _dates("observation_period_start"),
        _dates("observation_period_end"),
        {"type": "period_type_concept_id"},
        period=True,
    ),
    _era("condition_era", "condition_era", "condition_concept_id", occurrences="condition_occurrence_count"),
    _era("drug_era", "drug_era", "drug_concept_id", occurrences="drug_exposure_count", gap="gap_days"),
    _era("dose_era", "dose_era", "drug_concept_id", value="dose_value", unit="unit_concept_id"),
    Table(
        "payer_plan_period",
        "payer_plan",
        "payer_plan_period_id",
        ("payer_concept_id", "plan_concept_id"),
        "payer_source_concept_id",
        _dates("payer_plan_period_start"),
        _dates("payer_plan_period_end"),
        {
            "answer": "plan_concept_id",
            "qualifier": "sponsor_concept_id",
            "reason": "stop_reason_concept_id",
            "plan_source": "plan_source_concept_id",
            "sponsor_source": "sponsor_source_concept_id",
            "reason_source": "stop_reason_source_concept_id",
        },
        period=True,
    ),
    Table(
        "location",
        "location",
        "location_id",
        ("region_concept_id", "country_concept_id"),
        "",
        ("start_date",),
        ("end_date",),
        {"place": "region_concept_id"},
        undated=True,
        view="person_location",
    ),
)

REFERENCES: Mapping[str, frozenset[str]] = {
    "person": frozenset(
        """
        person_id gender_concept_id year_of_birth birth_datetime race_concept_id race_source_concept_id
        ethnicity_concept_id ethnicity_source_concept_id care_site_id location_id
        """.split()
    ),
    "provider": frozenset(("provider_id", "specialty_concept_id")),
    "care_site": frozenset(("care_site_id", "care_site_name", "place_of_service_concept_id", "location_id")),
    "location": frozenset(("location_id", "region_concept_id", "country_concept_id")),
    "location_history": frozenset(("location_id", "domain_id", "entity_id", "start_date", "end_date")),
    "concept": frozenset(("concept_id", "concept_name", "vocabulary_id", "concept_code")),
    "cdm_source": frozenset(("cdm_source_name", "cdm_source_abbreviation", "cdm_release_date", "source_release_date")),
}
"""The tables that are read but have no events, such as PERSON and CONCEPT, with the columns that are read."""

VOCABULARY = frozenset(
    """
    concept_ancestor concept_class concept_cpt4 concept_relationship concept_synonym domain drug_strength relationship
    source_to_concept_map vocabulary
    """.split()
)
"""The vocabulary tables that `tricuspid ingest` does not read. `tricuspid load` reads a vocabulary export."""
LEFT_OUT = frozenset(
    """
    attribute_definition cohort cohort_attribute cohort_definition cost episode episode_event fact_relationship metadata
    note note_nlp survey_conduct
    """.split()
)
"""The tables of the Common Data Model that neither `tricuspid ingest` nor `tricuspid load` reads."""

READ: Mapping[str, frozenset[str]] = {table.view or table.name: table.read for table in TABLES} | dict(REFERENCES)
"""All tables that are read, with the columns that are read: the event tables in TABLES, and REFERENCES."""
NAMES = frozenset((*READ, *VOCABULARY, *LEFT_OUT)) - {table.view for table in TABLES}
"""The names of all tables of the Common Data Model, in lower case."""
