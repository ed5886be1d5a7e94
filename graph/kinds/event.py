"""graph: declares an event of a patient. The edge table EVENT has the same columns, except `display`."""

from __future__ import annotations

from typing import Annotated, Literal, NamedTuple

from graph.declaration import Said, columns_of

EventKind = Literal[
    "condition",
    "condition_era",
    "observation",
    "medication",
    "drug_era",
    "dose_era",
    "procedure",
    "immunization",
    "allergy",
    "family_history",
    "encounter",
    "visit",
    "visit_detail",
    "reason",
    "specimen",
    "device",
    "imaging",
    "care_plan",
    "payer_plan",
    "location",
    "death",
    "observation_period",
]


class Event(NamedTuple):
    """A dated fact of a patient about a concept.

    Readers yield all events of a record together. Dates are local dates, as in the source. `start` and `end` are
    inclusive.
    """

    patient: Annotated[str, Said("Pseudonym of the patient", "patient:3f0a")]
    record: Annotated[str, Said("Pseudonym of the record that states the event", "0c55d2e1a0b34f6e")]
    concept: Annotated[str, Said("CURIE of the code, or the id that stands for a FHIR Medication", "snomedct:44054006")]
    display: Annotated[
        str | None, Said("Name of the code in the source, never free text. The name is not stored in EVENT")
    ]
    kind: Annotated[EventKind, Said("Kind of event", "condition")]
    status: Annotated[
        str | None,
        Said(
            "Status. The status of an uncertain event begins with `unconfirmed`, `provisional` or `differential`. If "
            "the patient was examined and does not have the concept, the status begins with `absent` "
            "(docs/formats.md). Example",
            "active",
        ),
    ]
    start: Annotated[
        str | None,
        Said(
            "Start, as an ISO 8601 date, month or year. If the source gives an age instead of a date, the start is an "
            "ISO 8601 duration since birth: `P3Y2M`. If only a range is known, the start is an ISO 8601-2 interval, "
            "whose ends may be open: `P28D/P11M`, `P16Y/..`, `../P0D`. Example of a date",
            "2021-03-04",
        ),
    ]
    end: Annotated[str | None, Said("End, in the same format as the start", "2021-04")]
    value: Annotated[float | None, Said("Measured value, or dose of a drug", "7.5")]
    unit: Annotated[
        str | None,
        Said(
            "UCUM code of the unit of the value, or of the quantity if there is no value; `{not comparable}` if the "
            "unit is not a UCUM code. Example",
            "%",
        ),
    ]
    answer: Annotated[str | None, Said("CURIE of a coded value", "snomedct:260373001")]
    source_concept: Annotated[
        str | None, Said("CURIE of the source's original code, which the source mapped to `concept`", "icd10cm:E11.9")
    ] = None
    type: Annotated[
        str | None, Said("CURIE of the type of record that the fact comes from, such as a claim", "omop:32817")
    ] = None
    row: Annotated[str | None, Said("Table and number of the row in the source", "condition_occurrence 12")] = None
    visit: Annotated[
        str | None,
        Said(
            "Pseudonym of the visit in which the event happened; all events of a visit have the same pseudonym", "5d1f"
        ),
    ] = None
    specialty: Annotated[str | None, Said("CURIE of the specialty of the provider", "omop:38004456")] = None
    place: Annotated[
        str | None, Said("CURIE of the place of service of a visit, or of the region of a location", "omop:8717")
    ] = None
    quantity: Annotated[float | None, Said("Quantity that was dispensed, used or taken", "30")] = None
    days: Annotated[int | None, Said("Days of supply", "90")] = None
    refills: Annotated[int | None, Said("Number of refills", "3")] = None
    route: Annotated[str | None, Said("CURIE of the route of administration", "snomedct:26643006")] = None
    low: Annotated[float | None, Said("Lower limit of the normal range, in the unit of the value", "4.0")] = None
    high: Annotated[float | None, Said("Upper limit of the normal range, in the unit of the value", "6.0")] = None
    qualifier: Annotated[
        str | None, Said("CURIE of a qualifier or modifier, such as a body side or a severity", "snomedct:24028007")
    ] = None
    reason: Annotated[
        str | None, Said("CURIE of the reason why a treatment or plan was stopped", "snomedct:182856006")
    ] = None
    occurrences: Annotated[int | None, Said("Number of events that the source combined into an era", "3")] = None
    gap: Annotated[int | None, Said("Days without the drug in a drug era", "12")] = None
    region: Annotated[str | None, Said("CURIE of the region of the care site of a visit", "omop:4330442")] = None
    admitted_from: Annotated[
        str | None, Said("CURIE of the place from which the patient was admitted", "omop:8863")
    ] = None
    discharged_to: Annotated[
        str | None, Said("CURIE of the place to which the patient was discharged", "omop:8536")
    ] = None
    plan_source: Annotated[str | None, Said("CURIE of the source's own code for a payer plan", "omop:329")] = None
    sponsor_source: Annotated[
        str | None, Said("CURIE of the source's own code for the sponsor of a payer plan", "omop:333")
    ] = None
    reason_source: Annotated[
        str | None, Said("CURIE of the source's own code for the reason why a payer plan was stopped", "omop:352")
    ] = None
    text: Annotated[
        str | None, Said("Text value that at least ten patients have and in which no person was found", "twice a week")
    ] = None
    stop_reason: Annotated[
        str | None,
        Said("Reason why a treatment or condition ended, as a text; the conditions for `text` apply", "side effects"),
    ] = None
    identifier: Annotated[
        str | None,
        Said("Lot number of a drug or device, or the identifier of a device model (UDI-DI)", "EH9899"),
    ] = None


NOT_OWN = ("family_history", "observation_period", "payer_plan", "location")
"""Kinds of events that do not mean that the patient has the concept."""
EVENT = columns_of(Event)
"""The columns of an event."""
