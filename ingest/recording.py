"""ingest: the tagged stream of a source to rows of the graph; texts are grounded on the way."""

from __future__ import annotations

from collections import Counter, defaultdict
from hashlib import blake2b
from itertools import chain, count
from typing import Any

import msgspec
import orjson

from graph.kinds import KINDS
from graph.snapshot import LINKS
from graph.store import NODES
from ingest.labels import Labels
from ingest.people import LeftOut
from ingest.records import (
    DELETION,
    Affiliation,
    Coded,
    Event,
    Grounded,
    Item,
    Link,
    Medicine,
    NotRead,
    Record,
    Refused,
    Replaced,
    SamePerson,
    Seen,
    Text,
    Unmapped,
    Version,
)
from ingest.rows import Rows
from ingest.secret import Keyed
from ingest.source import Source
from ingest.versions import Attempt, dated, older, record_id
from linking.grounding import Match

# What says who a patient is comes with the patient; what happened to one comes with the events.
_SAYS = {kind.name: kind.states for kind in KINDS.values()} | {"Patient": ("SAME_PERSON",)}
_DATED: tuple[type[Any], ...] = tuple(kind.record for kind in KINDS.values() if kind.changed)
_ANY: tuple[type[Any], ...] = tuple(kind.record for kind in KINDS.values() if kind.plural and not kind.dependent)

UNKNOWN = "und"
"""The tag of a text whose language is not known (BCP 47)."""
# What a study keeps out is not what it is about, however it is said.
_EXCLUSION = "exclusion"


class Recording:
    """Takes the items of sources and adds their rows; `unmapped` counts by reason what reached no concept.

    What records call their codes is counted in `labels`, and written by none of the rows. `source` is the name that was
    given to that of the files. `left_out` says of which items no rows are made. `within` has the records in which
    others stood that were not read by themselves.
    """

    def __init__(self, rows: Rows, job: str, keyed: Keyed, source: str = "", left_out: LeftOut | None = None) -> None:
        self._rows, self._job, self._keyed, self._named = rows, job, keyed, source
        self._left_out = left_out or LeftOut(keyed)
        self._source, self._local = "", False
        self.within: dict[str, set[str]] = defaultdict(set)
        self._employed: dict[str, set[str]] = defaultdict(set)
        self._stated: set[str] = set()
        self._open: set[str] = set()
        self._abouts: dict[tuple[str, str, str, str], Match] = {}
        self._texts: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
        self._versions: dict[str, Version] = {}
        self.labels = Labels()
        self._version: Version | None = None
        self._said: list[Item | Grounded] = []
        self._superseded = False
        self.attempts: list[Attempt] = []
        self.unmapped: Counter[str] = Counter()

    def begin(self, source: Source) -> None:
        """The items of a file of this format follow."""
        self._source, self._local = self._named or source.publisher, source.local

    def written(self) -> None:
        """The rows were handed over: what comes next replaces what the store has of a record without being told to."""
        self._stated.clear()
        self.within.clear()
        self._employed.clear()
        self._versions.clear()
        self.attempts.clear()

    def add(self, item: Item | Grounded) -> Refused | None:
        """The reason where the item is refused, None where its rows were added; `attempts` has every record since."""
        match item:
            case Version():
                self._begin(item)
            case Seen():
                self._end(item)
            case Refused() | NotRead():
                self._said.clear()
                self._version = None
                self._superseded = False
                return item if isinstance(item, Refused) else None
            case Unmapped(reason, _):
                self.unmapped[reason] += not self._superseded
            case _ if self._left_out(item):
                pass
            case _:
                if isinstance(item, _DATED):
                    self._begin(dated(item))
                self._said.append(item)
                if not self._superseded:
                    self._take(item)
        return None

    def _begin(self, v: Version) -> None:
        before = self._versions.get(v.record)
        self._superseded = before is not None and older(v, before)
        self._version = v
        if self._superseded:
            return
        if before is not None and before.owner not in (None, v.owner):
            self._rows.restate("EVENT", before.owner, v.record)
        self._versions[v.record] = v

    def _end(self, seen: Seen) -> None:
        """A record was read whole: what it said stays as a hash, by which it is known when it is read again."""
        said, version = self._said, self._version
        told = [(type(item).__name__, item) for item in (version, *said) if item]
        # Keyed, for it holds what patients' records call their codes, which the graph has not.
        digest = self._keyed(blake2b(msgspec.msgpack.encode(told), digest_size=16).hexdigest())[:16]
        version = version or _unversioned(seen, said)
        if version:
            self.attempts.append(Attempt(version, digest, seen.what == DELETION))
            if not self._superseded:
                self._state(version, digest)
        if not self._superseded:
            self._close()
        self._said, self._version, self._superseded = [], None, False

    def _state(self, version: Version, digest: str) -> None:
        """The rows of a record and, where ids are of its source alone, of those that stand in it."""
        source = self._source if version.source is None else version.source
        self._rows.node("Resource", *version._replace(source=source), digest, self._job)
        if not self._local:
            return
        self.within.pop(version.record, None)
        for kind, id in ((type(item).__name__, item.id) for item in self._said if isinstance(item, _ANY)):
            part = record_id(kind, id)
            if part in self.within or part not in self._rows.nodes["Resource"]:
                self.within[part].add(version.record)
                said = (kind, source, version.record, None, None, None, None, self._job)
                self._rows.node("Resource", part, *said)

    def _take(self, item: Item | Grounded) -> None:
        match item:
            case Event():
                self._event(item)
            case _ if type(item).__name__ in KINDS:
                self._record(item)  # type: ignore[arg-type]
            case Medicine():
                self._medicine(item)
            case Grounded():
                self._grounded(item)
            case Coded(kind, record, field, concept, display):
                self._rows.stub(concept, display)
                self._about(kind, record, field, Match(concept, "", 1.0, "coded", display or "", 0, 0))
            case Link(kind, source, target):
                for table, end in zip(LINKS[kind], (source, target), strict=True):
                    self._rows.bare[table].add(end)
                self._rows.edge(kind, source, target, self._job)
            case Affiliation(person, organisation, record):
                self._employed[record].add(person)
                self._rows.bare["Organisation"].add(organisation)
                self._rows.edge("AFFILIATED", person, organisation, record, self._job)
            case SamePerson(patient, other, how):
                self._rows.bare["Patient"].update((patient, other))
                self._rows.edge("SAME_PERSON", patient, other, how, self._job)
            case Replaced(patient, record):
                self._rows.restate("EVENT", patient, record)

    def _record(self, item: Record) -> None:
        kind = type(item).__name__
        self._rows.node(kind, *item._asdict().values(), *(None for _ in _own(kind)))
        for table in _SAYS.get(kind, ()):
            self._rows.restate(table, item.id)
        for person in self._employed.pop(item.id, ()):
            self._rows.restate("AFFILIATED", person, item.id)

    def _event(self, e: Event) -> None:
        if e.record in self._stated and e.record not in self._open:
            self._rows.restate("EVENT", e.patient, e.record)
        self._open.add(e.record)
        self._rows.bare["Patient"].add(e.patient)
        self._rows.stub(e.concept, None)
        if e.display:
            version = self._versions.get(e.record)
            self.labels.say((version and version.source) or "", e.concept, e.display, e.patient)
        said = (e.record, e.kind, e.status, e.start, e.end, e.value, e.unit, e.answer, self._job)
        self._rows.edge("EVENT", e.patient, e.concept, *said)

    def _medicine(self, m: Medicine) -> None:
        self._rows.restate("STANDS_FOR", m.id)
        for concept in m.concepts:
            self._rows.stub(m.id, None)
            self._rows.stub(concept, None)
            self._rows.edge("STANDS_FOR", m.id, concept, self._job)

    def _grounded(self, item: Grounded) -> None:
        said = item.said
        if not item.found and said.mention:
            self.unmapped[f"no concept is called so: {said.record_kind.lower()} {said.field}"] += 1
        field = self._kept(said) if item.found else said.field
        for match in item.found:
            how = "excluded" if said.field == _EXCLUSION else match.assertion
            self._about(said.record_kind, said.record, field, match._replace(assertion=how))

    def _kept(self, said: Text) -> str:
        """What the field is called in which this text is kept as it is, so that spans can be found in it.

        That is the column of its name; what this does not hold, as the text in another language, is kept in `texts`.
        """
        own = _own(said.record_kind)
        columns = NODES[said.record_kind].columns
        row = self._rows.nodes[said.record_kind].get(said.record)
        if said.mention or said.part_of or not own or row is None:
            return said.field
        if said.field in columns and row[1 + list(columns).index(said.field)] == said.text:
            return said.field
        texts = self._texts[said.record_kind, said.record]
        spoken = f"{said.field}@{said.language or UNKNOWN}"
        names = chain([] if said.field in columns else [said.field], [spoken], (f"{spoken}#{n}" for n in count(2)))
        return next(name for name in names if texts.setdefault(name, said.text) == said.text)

    def _about(self, kind: str, record: str, field: str, match: Match) -> None:
        """One about for each record, field and concept: what is present before what is not, the surest, the first."""
        key = (kind, record, field, match.concept)
        before = self._abouts.get(key)
        if before is None or _weight(match) > _weight(before):
            self._abouts[key] = match

    def _close(self) -> None:
        for (kind, record, field, concept), m in self._abouts.items():
            start, end = (m.start, m.end) if m.method != "coded" else (None, None)
            said = (m.method, m.score, field, m.text, m.name or None, start, end, m.assertion, self._job)
            self._rows.edge(f"{kind.upper()}_ABOUT", record, concept, *said)
        for (kind, record), texts in self._texts.items():
            row = self._rows.nodes[kind][record]
            self._rows.node(kind, *row[:-1], orjson.dumps(texts).decode())
        self._texts.clear()
        self._abouts.clear()
        self._stated |= self._open
        self._open.clear()


def _unversioned(seen: Seen, said: list[Item | Grounded]) -> Version | None:
    """Of a record that has no versions, which is its kind's first; None where it says nothing of its own."""
    own = next((item for item in said if type(item).__name__ == seen.what), None)
    return Version(record_id(seen.what, own.id), seen.what, None, None, None, None) if isinstance(own, _ANY) else None


def _own(kind: str) -> tuple[str, ...]:
    """The last column of a kind of records, which no source gives: texts that no other column holds."""
    return tuple(name for name in NODES[kind].columns if name == "texts")


def _weight(match: Match) -> tuple[bool, float]:
    return match.assertion == "present", match.score
