"""ingest: makes events of the features, diseases, diagnoses, measurements and biosamples of a phenopacket.

https://phenopacket-schema.readthedocs.io/en/latest/building-blocks.html
"""

from __future__ import annotations

from graph.snapshot import ABSENT
from ingest.fhir.states import ANSWERS
from ingest.phenopackets.facts import Facts
from ingest.phenopackets.messages import Biosample, Disease, Feature, Interpretation, Measurement, Phenopacket, Term
from ontologies.curies import curie, curie_of

EXCLUDED_FEATURE = "phenotypic feature is excluded"
EXCLUDED_DISEASE = "disease is excluded"
EXCLUDED_DIAGNOSIS = "diagnosis of an interpretation is an excluded disease"
UNSOLVED = "interpretation is not solved"
GENOMIC = "genomic interpretation: not read"
OTHERS_SAMPLE = "biosample is of another individual"
NOT_HUMAN = "biosample is of another organism"
#: For each progress of an interpretation (name or number in the enum), the first word of the status of its diagnosis.
PROGRESS = {
    "SOLVED": None,
    "COMPLETED": "provisional",
    "IN_PROGRESS": "differential",
    "UNKNOWN_PROGRESS": "unconfirmed",
    3: None,
    2: "provisional",
    1: "differential",
    0: "unconfirmed",
}
HUMAN = "NCBITaxon:9606"
#: *Negative Finding* also marks a normal sample (biosample.rst, histological_diagnosis).
_NEGATIVE = "NCIT:C38757"
_NEGATIVES = frozenset((_NEGATIVE, "PATO:0000462", *(curie_of(system, code) for system, code in ANSWERS)))


def feature(one: Feature, row: str, facts: Facts) -> None:
    if one.excluded:
        facts.left_out(one.type, EXCLUDED_FEATURE)
        return
    how = facts.qualifier([one.severity, *one.modifiers])
    facts.add("condition", one.type, row, start=facts.when(one.onset), end=facts.when(one.resolution), qualifier=how)


def disease(one: Disease, row: str, facts: Facts) -> None:
    if one.excluded:
        facts.left_out(one.term, EXCLUDED_DISEASE)
        return
    how = facts.qualifier([one.laterality, *one.disease_stage, *one.clinical_tnm_finding, one.primary_site])
    facts.add("condition", one.term, row, start=facts.when(one.onset), end=facts.when(one.resolution), qualifier=how)


def diagnoses(packet: Phenopacket, facts: Facts) -> None:
    """Adds the diagnoses in the interpretations of a phenopacket to `facts`, unless its list of diseases has them."""
    stated = {facts.spell(one.term.id): one.excluded for one in packet.diseases if one.term}
    for number, one in enumerate(packet.interpretations, 1):
        found = one.diagnosis
        if found is None:
            continue
        facts.lost += [GENOMIC] * len(found.genomic_interpretations)
        known = stated.get(facts.spell(found.disease.id)) if found.disease else None
        if known:
            facts.lost.append(EXCLUDED_DIAGNOSIS)
        elif known is None:
            _diagnosis(one, found.disease, f"interpretations {number}", facts)


def _diagnosis(one: Interpretation, found: Term | None, row: str, facts: Facts) -> None:
    if one.progress_status in PROGRESS:
        facts.add("condition", found, row, status=PROGRESS[one.progress_status])
    else:
        facts.lost.append(UNSOLVED)


def measurement(one: Measurement, row: str, facts: Facts, when: dict[str, str | None] | None = None) -> None:
    """Adds an event for a measurement to `facts`, and one for each quantity of its complex value.

    `when` is the time if the measurement states no time.
    """
    time = facts.span(one.time_observed) if one.time_observed else when or {}
    value = one.value
    if value and value.ontology_class:
        answer = facts.concept(value.ontology_class)
        status = ABSENT if answer in _NEGATIVES else None
        facts.add("observation", one.assay, row, answer=answer, status=status, **time)
    else:
        found = facts.measured(value.quantity) if value and value.quantity else {}
        facts.add("observation", one.assay, row, **found, **time)
    for part in one.complex_value.typed_quantities if one.complex_value else ():
        facts.add("observation", part.type, row, **(facts.measured(part.quantity) if part.quantity else {}), **time)


def biosample(one: Biosample, subject: str, row: str, facts: Facts) -> None:
    """Adds the events of a biosample to `facts`: the specimen, its collection, and what was found in it.

    Most of these events have the time of collection. `subject` is the id of the individual of the phenopacket.
    """
    if why := _not_of(subject, one):
        facts.lost.append(why)
        return
    when, tissue = facts.span(one.time_of_collection), one.sampled_tissue
    where = facts.qualifier([tissue]) if one.sample_type else None
    facts.add("specimen", one.sample_type or tissue, row, qualifier=where, **when)
    _histology(one, row, facts, when)
    for number, found in enumerate(one.phenotypic_features, 1):
        feature(found, f"{row} phenotypicFeatures {number}", facts)
    for number, measured in enumerate(one.measurements, 1):
        measurement(measured, f"{row} measurements {number}", facts, when)
    for marker in one.diagnostic_markers:
        facts.add("observation", marker, f"{row} diagnosticMarkers", **when)
    if one.procedure:
        time = facts.span(one.procedure.performed) if one.procedure.performed else when
        facts.add("procedure", one.procedure.code, row, qualifier=facts.qualifier([one.procedure.body_site]), **time)


def _not_of(subject: str, one: Biosample) -> str | None:
    """Returns the reason why a biosample says nothing about the individual `subject`; None if it is of this person."""
    if one.individual_id not in ("", subject):
        return OTHERS_SAMPLE
    return None if one.taxonomy is None or curie(one.taxonomy.id) == HUMAN else NOT_HUMAN


def _histology(one: Biosample, row: str, facts: Facts, when: dict[str, str | None]) -> None:
    found = one.histological_diagnosis
    if found is None or facts.spell(found.id) == _NEGATIVE:
        return
    grades = [one.tumor_grade, one.pathological_stage, *one.pathological_tnm_finding, one.tumor_progression]
    facts.add(
        "condition", found, f"{row} histologicalDiagnosis", start=when["start"], qualifier=facts.qualifier(grades)
    )
