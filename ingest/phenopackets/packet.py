"""ingest: converts one phenopacket to a patient and the events of its subject.

https://phenopacket-schema.readthedocs.io/en/latest/phenopacket.html. The id of an individual is unique within its
phenopacket only, so a patient is identified by the ids of the phenopacket and the individual. Excluded features and
diseases are not events; they are counted.
"""

from __future__ import annotations

from collections.abc import Iterator

from graph.kinds import Patient
from ingest.codes import DEATH
from ingest.dates import date, instant
from ingest.phenopackets.clinical import HUMAN, biosample, diagnoses, disease, feature, measurement
from ingest.phenopackets.facts import Facts
from ingest.phenopackets.messages import Individual, MetaData, Phenopacket, Resource, Term, VitalStatus
from ingest.phenopackets.treatments import action
from ingest.pseudonym import Pseudonym
from ingest.records import Item, NotRead, Refused, Replaced, SamePerson, Seen, Unmapped, Version
from ontologies.curies import curie, speller

KIND = "Phenopacket"
FORMER = "Phenopackets version 1: convert it to version 2, for example with phenopacket-tools"
UNDATED = "metaData: not an instant with a time zone"
_SEXES = {"UNKNOWN_SEX": "unknown", "FEMALE": "female", "MALE": "male", "OTHER_SEX": "other"}
_DEAD = ("DECEASED", 2)


def items(packet: Phenopacket, place: str, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of a phenopacket. `place` is its position in the file; empty if it is the whole file."""
    position = f"{place} ({KIND})" if place else KIND
    subject, meta = packet.subject, packet.meta_data or MetaData()
    if packet.is_former:
        yield Refused(position, FORMER)
    elif not packet.id or subject is None or not subject.id:
        yield Refused(position, "no id" if not packet.id else "no subject")
    elif subject.taxonomy and curie(subject.taxonomy.id) != HUMAN:
        yield NotRead(f"{KIND} of another organism", position)
    else:
        yield from _read(packet, subject, meta, position, pseudonym)


def key(packet: str, subject: str) -> str:
    """Returns the identifier of a patient within the source. `packet` and `subject` are the ids of the phenopacket and
    of the individual.
    """
    return f"{packet}/{subject}"


def _read(
    packet: Phenopacket, subject: Individual, meta: MetaData, position: str, pseudonym: Pseudonym
) -> Iterator[Item]:
    id, source = key(packet.id, subject.id), pseudonym.source()
    own = pseudonym.patient(id, source)
    dates = [text for text in (meta.created, *(one.timestamp for one in meta.updates)) if text]
    changed = max(filter(None, map(instant, dates)), default=None)

    def version(kind: str) -> Version:
        return Version(pseudonym.record(kind, id, source), kind, pseudonym.named(source), own, changed, None)

    yield version("Patient")
    yield from _patient(subject, own, meta.resources, position, pseudonym)
    yield Seen("Patient")
    facts = Facts(own, version(KIND).record, speller(_prefixes(meta)), pseudonym)
    _collect(packet, subject, facts)
    facts.lost += [UNDATED for text in dates if not instant(text)]
    yield version(KIND)
    yield from facts.events
    if not facts.events:
        yield Replaced(own, version(KIND).record)
    yield from (Unmapped(reason, position) for reason in facts.lost)
    yield Seen(KIND)


def _prefixes(meta: MetaData) -> dict[str, str]:
    return {one.namespace_prefix: one.iri_prefix for one in meta.resources if one.namespace_prefix and one.iri_prefix}


def _patient(
    subject: Individual, own: str, resources: list[Resource], position: str, pseudonym: Pseudonym
) -> Iterator[Item]:
    lost: list[str] = []
    born, vital = date(subject.date_of_birth, lost), subject.vital_status
    died = vital and vital.status in _DEAD and vital.time_of_death and date(vital.time_of_death.timestamp, lost)
    sex = _sex(subject.sex, lost)
    yield Patient(own, int(born[:4]) if born else None, sex, int(died[:4]) if died else None)
    yield from (Unmapped(reason, position) for reason in lost)
    for other in subject.alternate_ids:
        prefix, _, value = other.partition(":")
        systems = [prefix, *(one.iri_prefix for one in resources if one.namespace_prefix == prefix)]
        for person in filter(None, (pseudonym.person(system, value) for system in systems)):
            yield SamePerson(own, person, "identifier")


def _sex(given: str | int | None, lost: list[str]) -> str | None:
    if given is None:
        return None
    sex = [*_SEXES.values()][given] if isinstance(given, int) and 0 <= given < len(_SEXES) else _SEXES.get(str(given))
    if sex is None:
        lost.append("sex is not a value of Phenopackets v2")
    return sex


def _collect(packet: Phenopacket, subject: Individual, facts: Facts) -> None:
    for number, one in enumerate(packet.phenotypic_features, 1):
        feature(one, f"phenotypicFeatures {number}", facts)
    for number, ill in enumerate(packet.diseases, 1):
        disease(ill, f"diseases {number}", facts)
    diagnoses(packet, facts)
    for number, measured in enumerate(packet.measurements, 1):
        measurement(measured, f"measurements {number}", facts)
    for number, sample in enumerate(packet.biosamples, 1):
        biosample(sample, subject.id, f"biosamples {number}", facts)
    for number, done in enumerate(packet.medical_actions, 1):
        action(done, f"medicalActions {number}", facts)
    _death(subject.vital_status, facts)


def _death(vital: VitalStatus | None, facts: Facts) -> None:
    """Adds the death of the subject. If the cause is unknown or has no concept, the concept is *Death*."""
    if vital and vital.status in _DEAD:
        start, before = facts.when(vital.time_of_death), len(facts.events)
        if vital.cause_of_death:
            facts.add("death", vital.cause_of_death, "vitalStatus", start=start)
        if len(facts.events) == before:
            facts.add("death", Term(DEATH), "vitalStatus", start=start)
