"""ingest: connects mappings of local codes with the events that have these codes.

The local codes of a mapping set get the ids that events use for these codes. If an event was read before the prefix of
the code system was declared, the code of the event has an opaque id. The new id replaces the opaque id in the event.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import EDGES, Batch, Store
from ingest.codes import called
from ingest.pseudonym import UNNAMED, Pseudonym
from ingest.systems import Systems, joined, of_map, of_store, plain
from ontologies.model import Mapping, Release


class Declared:
    """The code systems that the setting TRICUSPID_CODE_SYSTEMS, the stored releases and the current release declare."""

    def __init__(self, store: Store, of_setting: Systems, secret: bytes) -> None:
        self._store, self._of_setting, self._secret = store, of_setting, secret
        self._own: dict[str, str] = {}
        self._declare(joined(of_setting, of_store(store)))

    def _declare(self, systems: Systems) -> None:
        self._systems = systems
        self._pseudonym = Pseudonym(self._secret, UNNAMED._replace(systems=systems))

    def begin(self, release: Release) -> Release:
        """Returns the release with its valid prefixes.

        A system that already has a prefix keeps that prefix. A prefix that already has a system keeps that system.
        """
        self._own = of_map(dict(release.prefixes))
        self._declare(joined(self._of_setting, [*of_store(self._store, release.id), self._own]))
        counted = {self._systems[system]: system for system in self._own.values() if system in self._systems}
        return release._replace(prefixes=tuple(sorted(counted.items())))

    def spelled(self, mapping: Mapping) -> Mapping:
        """Returns the mapping with the ids that events use for its concepts."""
        if not self._own:
            return mapping
        return mapping._replace(subject=self._spelled(mapping.subject), object=self._spelled(mapping.object))

    def _spelled(self, concept: str) -> str:
        prefix, _, code = concept.partition(":")
        system = self._own.get(prefix)
        return called(system, code, self._pseudonym) if system else concept

    def move(self, batch: Batch) -> None:
        """Adds to a batch with mappings the stored events of each record that has an opaque id for a code in these
        mappings. In the added events, the id with the declared prefix replaces the opaque id.
        """
        if (mappings := batch.edges.get("MAPS_TO")) is None or not self._systems:
            return
        systems = {prefix: system for system, prefix in self._systems.items()}
        ends = pc.unique(pa.chunked_array([*mappings["source"].chunks, *mappings["target"].chunks], pa.string()))
        parted = [(end, *end.partition(":")[::2]) for end in ends.to_pylist()]
        coded = [(end, systems[prefix], code) for end, prefix, code in parted if prefix in systems]
        before = {self._pseudonym.code(plain(system), code): end for end, system, code in coded}
        stored = self._store.nodes("Concept", pa.array(list(before), pa.string()), [])["id"].to_pylist()
        if stored:
            batch.edges["EVENT"] = self._moved({old: before[old] for old in stored})
            batch.fresh = False

    def _moved(self, names: dict[str, str]) -> pa.Table:
        """Returns all stored events of the records that have an event with an id in `names`.

        `names` has the new id of each old id. In the returned events, the new ids replace the old ids.
        """
        columns, old = EDGES["EVENT"].arrow.names, pa.array(list(names))
        found = [
            piece.filter(pc.or_(*(pc.is_in(piece[name], value_set=old) for name in ("target", "answer"))))
            for piece in self._store.scan("EVENT", ["source", "record", "target", "answer"])
        ]
        records = {(row["source"], row["record"]) for piece in found for row in piece.to_pylist()}
        patients = pa.array(sorted({patient for patient, _ in records}), pa.string())
        rows = self._store.edges("EVENT", patients, columns).to_pylist()
        kept = [row for row in rows if (row["source"], row["record"]) in records]
        for row in kept:
            row.update({name: names.get(row[name], row[name]) for name in ("target", "answer")})
        return pa.Table.from_pylist(kept, schema=EDGES["EVENT"].arrow)
