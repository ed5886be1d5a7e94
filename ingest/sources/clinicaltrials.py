"""ingest: reads trials of ClinicalTrials.gov: JSON of the current API (v2), or full studies of the classic API.

A file is one study, `{"studies": [..]}` or `{"FullStudiesResponse": ..}`. Structure of a study:
https://clinicaltrials.gov/data-api/about-api/study-data-structure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from graph.kinds import Organisation, Study
from ingest import trials
from ingest.documents import BAD_INPUT, document, elements, reason
from ingest.eligibility import criteria
from ingest.measures import lines
from ingest.organisations import slugged
from ingest.people import contributed
from ingest.pseudonym import Pseudonym
from ingest.records import Coded, Item, Link, Refused, Seen, Text, Unmapped, texts
from ingest.source import Source
from ingest.text import line, plain
from ontologies.curies import curie
from ontologies.identifiers import mesh

_SECTIONS = re.compile(
    rb"\s*[\[{].*?\"(protocolSection|resultsSection|derivedSection|annotationSection|studies|FullStudiesResponse"
    rb"|StudyFieldsResponse)\"\s*:",
    re.DOTALL,
)
_NCT_ID = re.compile(r"NCT[0-9]{8}")
# The class of a person who sponsors a trial: https://clinicaltrials.gov/data-api/about-api/study-data-structure#enum-AgencyClass
_PERSON = "INDIV"
_FIELDS_ONLY = "study fields only: download full studies from the API"


class _FullStudies(msgspec.Struct):
    FullStudies: list[msgspec.Raw] = []


class _Envelope(msgspec.Struct):
    studies: list[msgspec.Raw] | None = None
    FullStudiesResponse: _FullStudies | None = None
    StudyFieldsResponse: msgspec.Raw = msgspec.Raw()


def recognise(head: bytes, name: str) -> bool:
    """True for JSON with a section of a study or an envelope of the API in the first 64 KiB."""
    return _SECTIONS.match(head.removeprefix(b"\xef\xbb\xbf")) is not None


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of each study in the file.

    The document is in memory; one study is decoded at a time. The file contains no patients.
    """
    number = 0
    for part in elements(path, document(path)):
        try:
            envelope = msgspec.json.decode(part, type=_Envelope)
        except BAD_INPUT as error:
            yield Refused("document", reason(error))
            continue
        if bytes(envelope.StudyFieldsResponse):
            yield Refused("StudyFieldsResponse", _FIELDS_ONLY)
            continue
        shape = trials.classic if envelope.FullStudiesResponse else trials.current
        for raw in _studies(part, envelope):
            number += 1
            yield from study(f"study {number}", partial(shape, raw))


def _studies(part: msgspec.Raw, envelope: _Envelope) -> list[msgspec.Raw]:
    if envelope.FullStudiesResponse:
        return envelope.FullStudiesResponse.FullStudies
    return [part] if envelope.studies is None else envelope.studies


def study(position: str, made: Callable[[], trials.Trial]) -> Iterator[Item]:
    """Yields the items of a study. `made` reads the study and returns a Trial.

    Yields Refused instead if `made` raises an error in BAD_INPUT, or if the study has no valid NCT number.
    """
    try:
        trial = made()
    except BAD_INPUT as error:
        yield Refused(position, reason(error))
        return
    if not trial.id:
        yield Refused(position, "no nctId")
    elif not _NCT_ID.fullmatch(trial.id):
        yield Refused(position, "nctId is not NCT and eight digits")
    else:
        yield from _items(curie(f"clinicaltrials:{trial.id}"), trial)
        yield Seen("Study")


def _items(id: str, trial: trials.Trial) -> Iterator[Item]:
    title = plain(trial.brief_title) or plain(trial.official_title) or id
    summary = plain(trial.summary)
    eligibility = plain(trial.criteria)
    parts = lines(trial.measures)
    measures = "\n".join(text for _, text in parts)
    design = trial.status, trial.phase, trial.kind, trial.start, trial.end, trial.enrolment
    registered = trial.updated, " ".join(trial.others) or None
    study = Study(id, title, *design, summary or None, eligibility or None, measures or None, *registered)
    yield study
    yield from (Unmapped(reason, id) for reason in trial.lost)
    for party in dict.fromkeys(party for party in trial.parties if party.kind != _PERSON):
        if slug := slugged(party.name):
            yield Organisation(slug, plain(party.name))
            yield Link("SPONSORED_BY", id, slug)
        else:
            yield Unmapped("sponsor without a name in Latin letters", id)
    yield from contributed("INVESTIGATES", id, "clinicaltrials", trial.people)
    for field, mesh_id, heading in trial.browse:
        if concept := mesh(mesh_id):
            yield Coded("Study", id, field, concept, line(heading or ""))
        else:
            yield Unmapped(f"no MeSH identifier: {field}", id)
    for field, name in dict.fromkeys(trial.mentions):
        if words := plain(name):
            yield Text("Study", id, field, words, "en")
    yield from texts(study, "en")
    for part in criteria(eligibility):
        yield Text("Study", id, part.field, part.text, "en", part.start)
    start = 0
    for field, text in parts:
        yield Text("Study", id, field, text, "en", start)
        start += len(text) + 1


SOURCE = Source(
    "clinicaltrials", "ClinicalTrials.gov JSON", "https://clinicaltrials.gov/data-api/api", recognise, read, public=True
)
