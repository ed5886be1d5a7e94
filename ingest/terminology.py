"""ingest: turns the items of a terminology into rows of the graph."""

from __future__ import annotations

from collections.abc import Mapping as Map
from hashlib import blake2b

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.snapshot import LOCAL
from graph.store import Store
from ingest.rows import Rows
from ontologies.curies import ontology
from ontologies.model import (
    DEFINITION,
    IS_A,
    LABEL,
    PART_OF,
    Concept,
    Item,
    Mapping,
    Refused,
    Relation,
    Release,
    SiteName,
    Synonym,
    Translation,
)

_KIND_OF = {LABEL: "label", DEFINITION: "definition"}
_TABLE_OF = {IS_A: "IS_A", PART_OF: "PART_OF"}


class Terminology:
    """Turns the items of a terminology file into rows of the graph, and adds the rows to `rows`.

    `release` is the release whose items are being added, and `prefixes` has the prefix of each release in the file. A
    statement that the file repeats adds nothing, even in another batch. `repeated` is true if the last item was such a
    repetition.
    """

    def __init__(self, rows: Rows, job: str, loaded: str) -> None:
        self._rows, self._job, self._loaded = rows, job, loaded
        self.prefixes: dict[str, str] = {}
        # Hashes of 64 bits, because whole keys would fill the memory. A collision is unlikely.
        self._stated: set[int] = set()
        self.repeated = False
        self.release = Release("", "", "", "", "", "")

    def add(self, item: Item) -> Refused | None:
        """Adds the rows of an item. Returns a Refused if the item is one, or if it contradicts an earlier item."""
        match item:
            case Concept():
                return self._concept(item)
            case Synonym(concept, text, kind, language):
                self._label(concept, text, kind, language)
            case Relation(subject, predicate, object_):
                self._relation(subject, predicate, object_)
            case Mapping():
                self._mapping(item)
            case Translation(concept, predicate, text, language, _):
                self._label(concept, text, _KIND_OF.get(predicate, "exact"), language)
            case SiteName(_, concept, text, language, count):
                self._label(concept, text, LOCAL, language, count)
            case Release():
                self._begin(item)
            case Refused():
                return item
        return None

    def _begin(self, release: Release) -> None:
        self.release = release
        if release.id in self.prefixes:
            return
        self.prefixes[release.id] = release.prefix
        prefixes = orjson.dumps(dict(release.prefixes)).decode() if release.prefixes else None
        self._rows.node("Release", release.id, *release[1:-1], prefixes, self._loaded, self._job)

    def _concept(self, c: Concept) -> Refused | None:
        if not self._first("Concept", *c):
            return None
        if not self._first("Concept", c.id):
            return Refused(c.id, "the concept has two different definitions: keep one definition")
        own = (
            c.label,
            c.definition,
            ontology(c.id),
            c.deprecated,
            c.replaced_by,
            c.kind,
            False,
            self.release.id,
            self._job,
            c.omop,
        )
        self._rows.node("Concept", c.id, *own)
        return None

    def _label(self, concept: str, text: str, kind: str, language: str, count: int | None = None) -> None:
        key = "\x1f".join((concept, self.release.id, language, kind, text, *([str(count)] if count else [])))
        label = blake2b(key.encode(), digest_size=10).hexdigest()
        if self._first("Label", label):
            self._rows.node("Label", label, text, kind, language, self.release.id, self._job, count)
            self._rows.stub(concept, None)
            self._rows.edge("HAS_LABEL", concept, label, self.release.id, self._job)

    def _relation(self, subject: str, predicate: str, object_: str) -> None:
        if not self._first(subject, predicate, object_):
            return
        self._rows.stub(subject, None)
        self._rows.stub(object_, None)
        table = _TABLE_OF.get(predicate, "RELATES")
        values = () if table != "RELATES" else (predicate,)
        self._rows.edge(table, subject, object_, *values, self.release.id, self._job)

    def _mapping(self, m: Mapping) -> None:
        """Adds the rows of a mapping.

        All mappings of the same two concepts are kept: one may be accepted and another may be rejected.
        """
        # Columns that were added later enter the digest only if they have a value, so that the digests of older
        # statements do not change.
        more = (m.tool, m.date, m.comment)
        key = "\x1f".join(str(part) for part in (*m[3:8], *(more if any(more) else ())))
        statement = blake2b(key.encode(), digest_size=6).hexdigest()
        if not self._first("MAPS_TO", m.subject, m.predicate, m.object, statement):
            return
        self._rows.stub(m.subject, m.subject_label, self._job)
        self._rows.stub(m.object, m.object_label, self._job)
        values = (m.predicate, m.confidence, m.justification, m.state, m.author, m.reviewer, *more)
        self._rows.edge("MAPS_TO", m.subject, m.object, *values, None, None, statement, self.release.id, self._job)

    def _first(self, *key: object) -> bool:
        """True if `key`, which identifies a statement, was not given before. Sets `repeated` to the opposite."""
        before = len(self._stated)
        self._stated.add(hash(key))
        self.repeated = len(self._stated) == before
        return not self.repeated


def leave_to_owner(store: Store, concepts: pa.Table, prefixes: Map[str, str]) -> pa.Table:
    """Returns `concepts`, rows of the table Concept, without those that another ontology owns.

    An ontology can contain excerpts of other ontologies. An excerpt must not replace the original definition. So a
    concept is left out if its prefix is not that of its release in `prefixes`, and another stored release defines it.
    """
    prefix = pa.array([prefix.lower() for prefix in prefixes.values()], pa.string())
    release = pc.index_in(concepts["release"], value_set=pa.array(list(prefixes), pa.string()))
    own = pc.equal(pc.utf8_lower(concepts["ontology"]), prefix.take(release.combine_chunks()))
    foreign = concepts.filter(pc.invert(own))
    if not foreign.num_rows:
        return concepts
    stored = store.nodes("Concept", foreign["id"].combine_chunks(), ["release", "stub"])
    at = pc.index_in(stored["id"], value_set=foreign["id"].combine_chunks())
    others = pc.not_equal(stored["release"], foreign["release"].take(at))
    defined = stored.filter(pc.and_(pc.invert(stored["stub"]), others.fill_null(False)))
    return concepts.filter(pc.or_(own, pc.invert(pc.is_in(concepts["id"], value_set=defined["id"]))))
