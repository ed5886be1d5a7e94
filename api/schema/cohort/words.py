"""api: descriptions of the closed sets of words in cohort definitions, as (name of the enum, description, words)."""

from __future__ import annotations

_KINDS = {
    "condition": "Diagnoses and problems.",
    "condition_era": "Conditions that the source joined over time.",
    "observation": "Measurements, laboratory results and other observations.",
    "medication": "Medicines that were prescribed, dispensed, administered or taken.",
    "drug_era": "Exposures to a medicine that the source joined over time.",
    "dose_era": "Exposures to a constant dose that the source joined over time. `value` is the dose.",
    "procedure": "Procedures that were done.",
    "immunization": "Vaccinations.",
    "allergy": "Allergies and intolerances.",
    "family_history": "Conditions of relatives. They are no events of the patient.",
    "encounter": "What was done at a visit, by the type of the encounter.",
    "visit": "Visits, by their class, such as inpatient.",
    "visit_detail": "Parts of a visit, such as the stay at a ward.",
    "reason": "Reasons for a visit.",
    "specimen": "Samples that were taken.",
    "device": "Devices that were used or implanted.",
    "imaging": "Imaging studies.",
    "care_plan": "Care plans.",
    "payer_plan": "Times with a health insurance plan.",
    "location": "Times of residence in a region.",
    "death": "Deaths, by their cause if it is known.",
    "observation_period": "Times in which the source would have recorded events.",
}
_NUMBERS = {
    "value": "The measured value.",
    "quantity": "The quantity that was dispensed, used or taken.",
    "days": "The days of supply.",
    "refills": "The number of refills.",
    "low": "The lower limit of the normal range.",
    "high": "The upper limit of the normal range.",
    "value/low": "The value divided by the lower limit of the normal range.",
    "value/high": "The value divided by the upper limit of the normal range.",
    "length": "The number of days from the start to the end.",
    "age": "The age in years at the start: the year of the start minus the year of birth.",
    "age_at_end": "The age in years at the end.",
}
_CODES = {
    "source_concept": "The code that the source had before it was mapped.",
    "type": "Where the fact comes from, such as a claim.",
    "specialty": "The specialty of the provider.",
    "place": "The place of service, or the region of a location.",
    "route": "The route of administration.",
    "qualifier": "A qualifier, such as a body side or a severity.",
    "answer": "The coded value.",
    "reason": "The reason for a stop.",
    "visit": "The code of the visit in which the event happened.",
}
ENUMS = (
    ("EventKind", "A kind of event of a patient.", _KINDS),
    ("EventNumber", "A number of an event.", _NUMBERS),
    ("EventCode", "A field of an event that has a code.", _CODES),
    ("EventWord", "A field of an event that has words.", {"status": "The status.", "unit": "The UCUM unit."}),
    ("EventEnd", "The start or the end of an event.", {"start": "The start.", "end": "The end."}),
    (
        "WhichEvents",
        "Which events of each patient are used.",
        {"all": "All events.", "first": "The first event.", "last": "The last event."},
    ),
    (
        "DistinctBy",
        "Which events count once.",
        {
            "concept": "Events with the same concept.",
            "date": "Events that start on the same day.",
            "visit": "Events in the same visit.",
        },
    ),
)
