"""graph: declares the event of a patient. The edge table EVENT has the same columns."""

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

    All events of a record are yielded together. Dates are local dates, as in the source. `start` and `end` are
    inclusive.
    """

    patient: Annotated[str, Said("Pseudonym of the patient", "patient:3f0a")]
    record: Annotated[str, Said("Pseudonym of the record that states the event", "0c55d2e1a0b34f6e")]
    concept: Annotated[str, Said("CURIE of the code, or the id of a Medicine", "snomedct:44054006")]
    display: Annotated[
        str | None, Said("Name of the code in the source, never narrative. It is not stored in this table")
    ]
    kind: Annotated[EventKind, Said("Kind of event", "condition")]
    status: Annotated[
        str | None,
        Said(
            "Status. If the event is counted differently, the status begins with `unconfirmed`, `provisional`, "
            "`differential` or `absent` (docs/formats.md)",
            "active",
        ),
    ]
    start: Annotated[
        str | None,
        Said(
            "Start: an ISO 8601 date, year or month, or, if the source gives no date, the age as an ISO 8601 duration "
            "since birth (`P3Y2M`). If only a range is known, an interval of ISO 8601-2, whose ends may be open: "
            "`P28D/P11M`, `P16Y/..`, `../P0D`",
            "2021-03-04",
        ),
    ]
    end: Annotated[str | None, Said("End, in the same form as the start", "2021-04")]
    value: Annotated[float | None, Said("Measured value, or dose of a drug", "7.5")]
    unit: Annotated[
        str | None,
        Said(
            "UCUM code of the unit of the value, or of the quantity if there is no value; `{not comparable}` for a "
            "unit that is no UCUM code",
            "%",
        ),
    ]
    answer: Annotated[str | None, Said("CURIE of a coded value", "snomedct:260373001")]
    source_concept: Annotated[
        str | None, Said("CURIE of the code that the source had before it was mapped to `concept`", "icd10cm:E11.9")
    ] = None
    type: Annotated[
        str | None, Said("CURIE of where the fact comes from, such as a claim or a referral", "omop:32817")
    ] = None
    row: Annotated[str | None, Said("Table and number of the row in the source", "condition_occurrence 12")] = None
    visit: Annotated[
        str | None,
        Said("Pseudonym of the visit in which the event happened; all events of a visit have the same one", "5d1f"),
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
    reason: Annotated[str | None, Said("CURIE of the reason for a stop", "snomedct:182856006")] = None
    occurrences: Annotated[int | None, Said("Number of events that the source joined to an era", "3")] = None
    gap: Annotated[int | None, Said("Days without the drug in a drug era", "12")] = None
    region: Annotated[str | None, Said("CURIE of the region of the care site of a visit", "omop:4330442")] = None
    admitted_from: Annotated[str | None, Said("CURIE of where the patient came from", "omop:8863")] = None
    discharged_to: Annotated[str | None, Said("CURIE of where the patient went afterwards", "omop:8536")] = None
    plan_source: Annotated[str | None, Said("CURIE of the source's code of a plan", "omop:329")] = None
    sponsor_source: Annotated[str | None, Said("CURIE of the source's code of a sponsor", "omop:333")] = None
    reason_source: Annotated[str | None, Said("CURIE of the source's code of the reason for a stop", "omop:352")] = None
    text: Annotated[
        str | None, Said("Text value that at least ten patients have and in which no person was found", "twice a week")
    ] = None
    stop_reason: Annotated[str | None, Said("Reason for a stop as a text, with the same rule", "side effects")] = None
    identifier: Annotated[
        str | None,
        Said("Lot number of a drug or device, or what names the model of a device (the UDI-DI)", "EH9899"),
    ] = None


NOT_OWN = ("family_history", "observation_period", "payer_plan", "location")
"""Kinds of events that do not mean that the patient has the concept."""
EVENT = columns_of(Event)
"""The columns of an event."""
