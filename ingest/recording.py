"""ingest: turns the items of a source into rows of the graph."""

from __future__ import annotations

from collections import Counter, defaultdict
from hashlib import blake2b
from itertools import chain, count
from typing import Any

import msgspec
import orjson

from graph.kinds import KINDS, Event
from graph.snapshot import LINKS
from graph.store import NODES
from ingest.columned import Columned
from ingest.labels import Labels
from ingest.people import LeftOut
from ingest.records import (
    DELETION,
    Affiliation,
    Coded,
    Grounded,
    Item,
    Link,
    Medicine,
    NotRead,
    Patients,
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
from ingest.said import Sayings
from ingest.secret import Keyed
from ingest.source import Source
from ingest.versions import Attempt, dated, older, record_id
from linking.grounding import Match

# For each kind, the tables of the edges that its records state. Events of a patient come from other resources.
_STATES = {kind.name: kind.states for kind in KINDS.values()} | {"Patient": ("SAME_PERSON",)}
_DATED: tuple[type[Any], ...] = tuple(kind.record for kind in KINDS.values() if kind.changed)
_ANY: tuple[type[Any], ...] = tuple(kind.record for kind in KINDS.values() if kind.plural and not kind.dependent)

UNKNOWN = "und"
"""The BCP 47 tag of a text in an unknown language."""
# Annotations in this field always have the assertion `excluded`.
_EXCLUSION = "exclusion"


class Recording:
    """Turns the items of sources into rows of the graph, and adds the rows to `rows`.

    `source` is the name of the source of the files, if the user gave one. Items for which `left_out` returns True get
    no rows. `unmapped` counts unmapped values by reason. `labels` counts the names that records give to codes; these
    names are not part of the rows. `sayings` decides which texts of events are part of the rows. `within` has, for each
    record that was only read as a part of other records, the ids of those records.
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
        self.sayings = Sayings()
        self._version: Version | None = None
        self._items: list[Item | Grounded] = []
        self._superseded = False
        self.attempts: list[Attempt] = []
        self.columned = Columned(rows, job, keyed, self.labels, self.attempts)
        self.unmapped: Counter[str] = Counter()

    def begin(self, source: Source) -> None:
        """Must be called before the items of a file are added. `source` is the format of the file."""
        self._source, self._local = self._named or source.publisher, source.local

    def written(self) -> None:
        """Must be called after the rows of a batch were taken.

        If a record is read again after this call, its new edges replace its edges in the store.
        """
        self._stated.clear()
        self.within.clear()
        self._employed.clear()
        self._versions.clear()
        self.columned.versions.clear()
        self.attempts.clear()

    def add(self, item: Item | Grounded) -> Refused | None:
        """Adds the rows of an item. Returns the item if it is a Refused.

        After the call, `attempts` lists the records of the batch.
        """
        match item:
            case Version():
                self._begin(item)
            case Seen():
                self._end(item)
            case Refused() | NotRead():
                self._items.clear()
                self._version = None
                self._superseded = False
                return item if isinstance(item, Refused) else None
            case Unmapped(reason, _, number):
                self.unmapped[reason] += 0 if self._superseded else number
            case Patients():
                self.columned.add(item)
            case _ if self._left_out(item):
                pass
            case _:
                if isinstance(item, _DATED):
                    self._begin(dated(item))
                self._items.append(item)
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
            self._rows.retract("EVENT", before.owner, v.record)
        self._versions[v.record] = v
        self.sayings.again(v.record)

    def _end(self, seen: Seen) -> None:
        """Ends a record, and stores a hash of its items.

        If the record is read again later, the hash shows whether the record has changed.
        """
        items, version = self._items, self._version
        content = [(type(item).__name__, item) for item in (version, *items) if item]
        # The hash is keyed: the content includes the names that records give to codes. The graph must not reveal them.
        digest = self._keyed(blake2b(msgspec.msgpack.encode(content), digest_size=16).hexdigest())[:16]
        version = version or _unversioned(seen, items)
        if version:
            self.attempts.append(Attempt(version, digest, seen.what == DELETION))
            if not self._superseded:
                self._state(version, digest)
        if not self._superseded:
            self._close()
        self._items, self._version, self._superseded = [], None, False

    def _state(self, version: Version, digest: str) -> None:
        """Adds the row of a record to the table Resource. `digest` is the hash of its items.

        If ids are only unique within the source, also adds such a row for each record that this record contains.
        """
        source = self._source if version.source is None else version.source
        self._rows.node("Resource", *version._replace(source=source), digest, self._job)
        if not self._local:
            return
        self.within.pop(version.record, None)
        for kind, id in ((type(item).__name__, item.id) for item in self._items if isinstance(item, _ANY)):
            part = record_id(kind, id)
            if part in self.within or part not in self._rows.nodes["Resource"]:
                self.within[part].add(version.record)
                values = (kind, source, version.record, None, None, None, None, self._job)
                self._rows.node("Resource", part, *values)

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
                    self._rows.placeholders[table].add(end)
                self._rows.edge(kind, source, target, self._job)
            case Affiliation(person, organisation, record):
                self._employed[record].add(person)
                self._rows.placeholders["Organisation"].add(organisation)
                self._rows.edge("AFFILIATED", person, organisation, record, self._job)
            case SamePerson(patient, other, how):
                self._rows.placeholders["Patient"].update((patient, other))
                self._rows.edge("SAME_PERSON", patient, other, how, self._job)
            case Replaced(patient, record):
                self._rows.retract("EVENT", patient, record)

    def _record(self, item: Record) -> None:
        kind = type(item).__name__
        self._rows.node(kind, *item._asdict().values(), *(None for _ in _own(kind)))
        for table in _STATES.get(kind, ()):
            self._rows.retract(table, item.id)
        for person in self._employed.pop(item.id, ()):
            self._rows.retract("AFFILIATED", person, item.id)

    def _event(self, e: Event) -> None:
        if e.record in self._stated and e.record not in self._open:
            self._rows.retract("EVENT", e.patient, e.record)
        self._open.add(e.record)
        self._rows.placeholders["Patient"].add(e.patient)
        self._rows.stub(e.concept, None)
        version = self._versions.get(e.record)
        source = (version and version.source) or ""
        if e.display:
            self.labels.say(source, e.concept, e.display, e.patient)
        e = self.sayings.kept(source, e)
        self._rows.edge("EVENT", e.patient, e.concept, e.record, *e[4:], self._job)

    def _medicine(self, m: Medicine) -> None:
        self._rows.retract("STANDS_FOR", m.id)
        for concept in m.concepts:
            self._rows.stub(m.id, None)
            self._rows.stub(concept, None)
            self._rows.edge("STANDS_FOR", m.id, concept, m.identifier, self._job)

    def _grounded(self, item: Grounded) -> None:
        text = item.text
        if not item.found and text.mention:
            self.unmapped[f"no concept has this name: {text.record_kind.lower()} {text.field}"] += 1
        field = self._field_of(text) if item.found else text.field
        for match in item.found:
            how = "excluded" if text.field == _EXCLUSION else match.assertion
            self._about(text.record_kind, text.record, field, match._replace(assertion=how))

    def _field_of(self, text: Text) -> str:
        """Returns the name of the field of the record that contains `text` unchanged, so that the spans of the matches
        are valid.

        Usually the field is the column with the same name. If that column contains a different text, for example in
        another language, this text is added to the column `texts`.
        """
        own = _own(text.record_kind)
        columns = NODES[text.record_kind].columns
        row = self._rows.nodes[text.record_kind].get(text.record)
        if text.mention or text.part_of or not own or row is None:
            return text.field
        if text.field in columns and row[1 + list(columns).index(text.field)] == text.text:
            return text.field
        texts = self._texts[text.record_kind, text.record]
        tagged = f"{text.field}@{text.language or UNKNOWN}"
        names = chain([] if text.field in columns else [text.field], [tagged], (f"{tagged}#{n}" for n in count(2)))
        return next(name for name in names if texts.setdefault(name, text.text) == text.text)

    def _about(self, kind: str, record: str, field: str, match: Match) -> None:
        """Keeps one match for each record, field and concept.

        A match with the assertion `present` is preferred, then the match with the highest score, then the first match.
        """
        key = (kind, record, field, match.concept)
        before = self._abouts.get(key)
        if before is None or _weight(match) > _weight(before):
            self._abouts[key] = match

    def _close(self) -> None:
        for (kind, record, field, concept), m in self._abouts.items():
            start, end = (m.start, m.end) if m.method != "coded" else (None, None)
            values = (m.method, m.score, field, m.text, m.name or None, start, end, m.assertion, self._job)
            self._rows.edge(f"{kind.upper()}_ABOUT", record, concept, *values)
        for (kind, record), texts in self._texts.items():
            row = self._rows.nodes[kind][record]
            self._rows.node(kind, *row[:-1], orjson.dumps(texts).decode())
        self._texts.clear()
        self._abouts.clear()
        self._stated |= self._open
        self._open.clear()


def _unversioned(seen: Seen, items: list[Item | Grounded]) -> Version | None:
    """Returns a Version for a record whose source states none. None if `items`, its items, do not contain the record
    itself, which has the kind `seen.what`.
    """
    own = next((item for item in items if type(item).__name__ == seen.what), None)
    return Version(record_id(seen.what, own.id), seen.what, None, None, None, None) if isinstance(own, _ANY) else None


def _own(kind: str) -> tuple[str, ...]:
    """Returns the columns of the record kind `kind` that its records do not have in the source: `texts`, or none."""
    return tuple(name for name in NODES[kind].columns if name == "texts")


def _weight(match: Match) -> tuple[bool, float]:
    return match.assertion == "present", match.score
