"""ingest: finds the releases that a load replaces, and renames releases of an earlier layout to their current ids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from graph.store import NODES, Batch, Store, rows_of
from ingest.errors import BadName
from ingest.inputs import Input
from ingest.jobs import Loaded
from ontologies.files import plain_name
from ontologies.format import Format
from ontologies.model import Item, Release
from ontologies.releases import OWN, REVIEW, SUFFIX, computed, ontology_iri, unversioned

_UNNAMED = "unnamed:"
_OMOP, _OLD_OMOP = "omop:", "omop-vocabulary"
# An earlier layout put this prefix before an IRI in the `ontology` line of an OBO file.
_IN_OBO = re.compile(r"^http://purl\.obolibrary\.org/obo/(?=https?://)")
_COLUMNS = ("id", "prefix", "version", "iri", "title")


def _named(release: Release, file: Input[Format], name: str | None) -> Release:
    """Returns the release with an id: `name` if it is given, otherwise the id that the release states, otherwise an id
    made from the content of the file.
    """
    if name:
        return release._replace(id=name)
    if release.id:
        return release
    return release._replace(id=_by_content(file), title=release.title or plain_name(file.path))


def _by_content(file: Input[Format]) -> str:
    return f"{_UNNAMED}{file.hash[:16]}"


def items_of(file: Input[Format]) -> Iterator[Item]:
    """The items of a file or a database."""
    if file.database and file.format.connect:
        return file.format.connect(file.database.address, file.path)
    return file.format.read(file.path)


def releases_of(file: Input[Format]) -> list[Release]:
    """Returns all releases in a file. They are its first items."""
    found: list[Release] = []
    for item in items_of(file):
        if not isinstance(item, Release) or item in found:
            break
        found.append(item)
    return found


def check_name(name: str, files: Sequence[Input[Format]]) -> None:
    """Raises BadName if `name` cannot be the id of a release, or if the files do not contain exactly one release."""
    if computed(name) or name.startswith(OWN) or not name.strip():
        raise BadName(f"--name {name!r} is empty or reserved; give another name")
    held = [release.id for release in releases_of(files[0])] if len(files) == 1 else []
    if len(held) != 1:
        found = f"{len(held)} releases ({', '.join(held)})" if len(files) == 1 else f"{len(files)} files"
        raise BadName(f"--name is for one release, but there are {found}: load one release, or leave --name out")


class Known:
    """The releases of a store, with which the releases of a file are compared."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows = rows_of(store, "Release", _COLUMNS).to_pylist()

    def named(self, release: Release, file: Input[Format], name: str | None) -> Release:
        """Returns `release` with the id that it gets in the store: `name`, the id that it states, or an id made from
        the content of the file.

        If the id is that of a release that Tricuspid computes, `loaded:` is put before it. Otherwise the loaded release
        would replace the computed release. The same is done for a review from another store. Otherwise its mappings
        would count as decisions of this site's stewards.
        """
        found = _named(release, file, name)
        forged = found.id.startswith(REVIEW) and not self._has_job(found.id.removeprefix(REVIEW).partition(".")[0])
        return found._replace(id=f"loaded:{found.id}") if forged or computed(found.id) else found

    def _has_job(self, id: str) -> bool:
        return bool(self._store.nodes("Job", pa.array([id]), []).num_rows)

    def loaded(self, release: Release, file: Input[Format]) -> Loaded:
        """Returns which stored releases `release` replaces, and which possible earlier versions stay in the store."""
        unnamed = release.id == _by_content(file)
        replaced = [row for row in self._rows if row["id"] in (release.id, *self.earlier(release, file))]
        earlier = [*self._unnamed_before(release, file)] if unnamed else []
        versions = [(row["id"], row["version"] or "") for row in replaced]
        return Loaded(file.path.name, release.id, release.version, versions, unnamed, earlier)

    def earlier(self, release: Release, file: Input[Format]) -> Iterator[str]:
        """Yields the other ids under which the store has `release`: ids of an earlier layout of the store, or an id
        that was made from the content of the same file.
        """
        for row in self._rows:
            id, iri = row["id"], _IN_OBO.sub("", row["iri"] or "")
            if id == release.id:
                continue
            if (
                id == _by_content(file)
                or (id == _OLD_OMOP and release.id.startswith(_OMOP))
                or (id in _old_ids(iri) and _same(release, iri, row["version"] or ""))
            ):
                yield id

    def _unnamed_before(self, release: Release, file: Input[Format]) -> Iterator[str]:
        name = plain_name(file.path)
        stem = re.sub(r"[-_.]\d{4}-\d{2}-\d{2}$", "", name.removesuffix(".txt"))
        for row in self._rows:
            by_name = not row["iri"] and row["id"] in (name, stem, name.partition(".")[0])
            by_title = row["id"].startswith(_UNNAMED) and row["title"] == release.title
            if row["id"] != release.id and (by_name or by_title):
                yield row["id"]

    def bring_over(self, store: Store, release: Release, file: Input[Format]) -> None:
        """If the store has `release` under other ids, as `earlier` yields them, changes them to its current id."""
        for old in list(self.earlier(release, file)):
            _rename(store, old, release)
            self._rows = rows_of(store, "Release", _COLUMNS).to_pylist()


def _rename(store: Store, old: str, release: Release) -> None:
    """Gives the stored release with the id `old` the id of `release`.

    If the stored release has all OMOP vocabularies, only the concepts of the vocabulary of `release` get the new id.
    """
    row = store.nodes("Release", pa.array([old]), NODES["Release"].arrow.names)
    new = {} if store.nodes("Release", pa.array([release.id]), []).num_rows else {"Release": _with_id(row, release)}
    store.write(Batch(nodes=new, renamed=[(old, release.id, release.prefix if old == _OLD_OMOP else None)]))
    if old == _OLD_OMOP and old not in pc.unique(rows_of(store, "Concept", ["release"])["release"]).to_pylist():
        store.write(Batch(renamed=[(old, release.id, None)]))


def _with_id(row: pa.Table, release: Release) -> pa.Table:
    for name, value in (("id", release.id), ("prefix", release.prefix)):
        row = row.set_column(row.schema.get_field_index(name), name, pa.array([value]))
    return row


def _old_ids(iri: str) -> tuple[str, ...]:
    """Returns the ids that an earlier layout of the store used for the ontology or mapping set with the IRI `iri`.

    Usually, such an id is the last part of the IRI.
    """
    if not iri:
        return ()
    last = iri.rstrip("/").rpartition("/")[2]
    plain = SUFFIX.sub("", re.sub(r"^https?://purl\.obolibrary\.org/obo/", "", iri.rstrip("/#")))
    parts = plain.strip("/").split("/")
    return last, parts[0] if len(parts) <= 2 else parts[-1]


def _same(release: Release, iri: str, version: str) -> bool:
    """True if `iri` and `version`, which a stored release has, are those of a version of `release`.

    The id of `release` is its IRI without version.
    """
    known = release.id in (ontology_iri(iri, version), unversioned(iri.rstrip("/"), version))
    return known or (iri == release.iri and "://" in release.id)
