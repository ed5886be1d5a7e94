"""api: the enums of cohort definitions. Each has a name, a description, and words with a description each."""

from __future__ import annotations

_KINDS = {
    "condition": "Diagnoses and problems.",
    "condition_era": "Periods of a condition, each joined by the source from several records.",
    "observation": "Measurements, laboratory results and other observations.",
    "medication": "Medicines that were prescribed, dispensed, administered or taken.",
    "drug_era": "Periods of exposure to a medicine, each joined by the source from several exposures.",
    "dose_era": "Periods of exposure to a constant dose, joined by the source. `value` is the dose.",
    "procedure": "Procedures that were done.",
    "immunization": "Vaccinations.",
    "allergy": "Allergies and intolerances.",
    "family_history": "Conditions of relatives, not of the patient.",
    "encounter": "The types of encounters: what was done at a visit.",
    "visit": "Visits, by their class, such as inpatient.",
    "visit_detail": "Parts of a visit, such as the stay at a ward.",
    "reason": "Reasons for a visit.",
    "specimen": "Samples that were taken.",
    "device": "Devices that were used or implanted.",
    "imaging": "Imaging studies.",
    "care_plan": "Care plans.",
    "payer_plan": "Periods with a health insurance plan.",
    "location": "Periods of residence in a region.",
    "death": "Deaths, by their cause if it is known.",
    "observation_period": "Periods in which the source would have recorded events.",
}
_NUMBERS = {
    "value": "The measured value, or the dose of a drug.",
    "quantity": "The quantity that was dispensed, used or taken.",
    "days": "The number of days of supply.",
    "refills": "The number of refills.",
    "low": "The lower limit of the normal range.",
    "high": "The upper limit of the normal range.",
    "value/low": "The value divided by the lower limit of the normal range.",
    "value/high": "The value divided by the upper limit of the normal range.",
    "value-low": "The value minus the lower limit of the normal range.",
    "value-high": "The value minus the upper limit of the normal range.",
    "length": "The number of days from the start to the end.",
    "age": "The age in years at the start: the year of the start minus the year of birth.",
    "age_at_end": "The age in years at the end.",
    "occurrences": "The number of events that were joined into an era.",
    "gap": "The number of days without the drug in a drug era.",
}
_CODES = {
    "source_concept": "The code in the source, before the source mapped the code.",
    "type": "Where the record of the event comes from, such as a claim.",
    "status": "The status as a code.",
    "specialty": "The specialty of the provider.",
    "place": "The place of service, or the region of a location.",
    "region": "The region of the care site of a visit.",
    "route": "The route of administration.",
    "qualifier": "A qualifier, such as a body side or a severity.",
    "answer": "The coded value.",
    "reason": "The reason for a stop.",
    "visit": "The code of the visit in which the event happened.",
    "admitted_from": "Where the patient came from before a visit.",
    "discharged_to": "Where the patient went after a visit.",
    "plan_source": "The source's code for the plan of a payer plan.",
    "sponsor_source": "The source's code for the sponsor of a payer plan.",
    "reason_source": "The source's code for the reason why a payer plan stopped.",
}
_TEXTS = {
    "text": "The text value.",
    "stop_reason": "The reason for a stop, as a text.",
    "identifier": "The lot number of a drug, or the part of the identifier of a device that names its model.",
}
_MATCHES = {
    "is": "The text is equal to the given text.",
    "contains": "The text contains the given text.",
    "starts_with": "The text starts with the given text.",
    "ends_with": "The text ends with the given text.",
}
ENUMS = (
    ("EventKind", "A kind of event of a patient.", _KINDS),
    ("EventNumber", "A field of an event that has a number.", _NUMBERS),
    ("EventCode", "A field of an event that has a code.", _CODES),
    ("EventWord", "A field of an event that has words.", {"status": "The status.", "unit": "The UCUM unit."}),
    ("EventText", "A field of an event that has a text.", _TEXTS),
    (
        "TextMatch",
        "How a text of an event is compared with a given text. Upper and lower case do not matter.",
        _MATCHES,
    ),
    ("EventEnd", "The start or the end of an event.", {"start": "The start.", "end": "The end."}),
    (
        "WhichEvents",
        "Which events of each patient are kept.",
        {"all": "All events.", "first": "The first event.", "last": "The last event."},
    ),
    (
        "DistinctBy",
        "Which events are counted as one event.",
        {
            "concept": "Events with the same concept.",
            "date": "Events that start on the same day.",
            "visit": "Events in the same visit.",
        },
    ),
)
