"""ingest: checks the names that a site gives concepts itself against the concepts of the store, before they are loaded.

A name for each text, concept and language; lines that repeat one add to its count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from graph.lexical import normalise
from graph.snapshot import LOCAL
from graph.store import Store
from ingest.changes import NAMES
from ingest.derived import Found, job_of, write
from ingest.jobs import Progress, Report
from ingest.meanings import write_meanings
from ingest.personal import points_at_somebody
from ontologies.errors import OntologyError
from ontologies.model import Item, Refused, SiteName
from ontologies.pasted import spellings

UNDEFINED = "no loaded terminology defines its concept: correct it, or load its terminology first"
OBSOLETE = "its concept is obsolete and nothing replaces it: write a concept that is in use"
PERSONAL = "its text may point at a person: write it without the person, or delete the line"
REPEATED = "a line before says the same: its count is added to that one, so one line is enough"
REPLACED = "its concept is obsolete: the name is given to what replaces it, so write that"
AMBIGUOUS = "a line before means another concept by the same text: both are kept, the one meant more often comes first"
_NO_INITIALS = frozenset(("m", "morbus", "i"))
"""What is none beside the name of a disease: `M. Crohn`, `type I von Willebrand disease`."""


class Noted(NamedTuple):
    """What is to be known of a name that is taken, or of a line whose count is `added` to that of another."""

    position: str
    reason: str
    added: bool = False


def checked(store: Store, items: Iterable[Item]) -> Iterator[Item | Noted]:
    """The names with their concepts as the store spells them, after what is to be said of the others.

    Where the file breaks off, those before are taken, and then the error is raised.
    """
    names: list[SiteName] = []
    broken: OntologyError | None = None
    try:
        for item in items:
            if isinstance(item, SiteName):
                names.append(item)
            else:
                yield item
    except OntologyError as error:
        broken = error
    yield from _settled(store, names)
    if broken:
        raise broken


def _settled(store: Store, names: list[SiteName]) -> Iterator[SiteName | Refused | Noted]:
    concepts = _concepts(store, {name.concept for name in names})
    personal = _personal(store, names, concepts)
    kept: dict[tuple[str, str, str], SiteName] = {}
    meant: dict[str, str] = {}
    for name in names:
        row = concepts.get(name.concept)
        if row is None or name in personal or (row["deprecated"] and not row["replaced_by"]):
            yield Refused(name.position, UNDEFINED if row is None else PERSONAL if name in personal else OBSOLETE)
            continue
        key = row["id"], name.text, name.language
        if before := kept.get(key):
            kept[key] = before._replace(times=before.times + name.times)
            yield Noted(name.position, REPEATED, added=True)
            continue
        kept[key] = name._replace(concept=row["id"])
        if row["deprecated"]:
            yield Noted(name.position, REPLACED)
        if meant.setdefault(normalise(name.text), row["id"]) != row["id"]:
            yield Noted(name.position, AMBIGUOUS)
    yield from kept.values()


def _concepts(store: Store, written: set[str]) -> dict[str, dict[str, Any]]:
    """The row of each concept that a terminology defines, by how the identifier is written."""
    spelled = {text: [*spellings(text, {})] for text in written}
    ids = pa.array(sorted({one for some in spelled.values() for one in some}), pa.string())
    rows = store.nodes("Concept", ids, ["label", "deprecated", "replaced_by", "stub"]).to_pylist()
    defined = {row["id"]: row for row in rows if not row["stub"]}
    found = {text: next((defined[one] for one in some if one in defined), None) for text, some in spelled.items()}
    return {text: row for text, row in found.items() if row}


def _personal(store: Store, names: Iterable[SiteName], concepts: Mapping[str, dict[str, Any]]) -> set[SiteName]:
    """Those that may point at a person; one that has only words of other names of its concept does not."""
    doubted = [name for name in names if name.concept in concepts and points_at_somebody(name.text)]
    known = _words(store, {concepts[name.concept]["id"] for name in doubted})
    for row in concepts.values():
        known[row["id"]].update(normalise(row["label"] or "").split())
    return {
        name
        for name in doubted
        if not {*normalise(name.text).split()} - known[concepts[name.concept]["id"]] <= _NO_INITIALS
    }


def _words(store: Store, ids: set[str]) -> defaultdict[str, set[str]]:
    """The words of the names that terminologies give these concepts."""
    ends = store.edges("HAS_LABEL", pa.array(sorted(ids), pa.string()), ["source", "target"])
    labels = store.nodes("Label", pa.array(ends["target"].to_pylist(), pa.string()), ["text", "kind"]).to_pylist()
    texts = {row["id"]: row["text"] for row in labels if row["kind"] not in (LOCAL, "definition")}
    found = defaultdict[str, set[str]](set)
    for concept, label in zip(ends["source"].to_pylist(), ends["target"].to_pylist(), strict=True):
        found[concept].update(normalise(texts.get(label, "")).split())
    return found


def remove(store: Store, folder: Path, source: str, progress: Progress) -> Report:
    """Takes all names of a source out of the store; the snapshot in `folder`, its state folder, is made fresh."""
    job = job_of(store, "load", [Found(source, "names removed", [])], progress)
    job.report.counts.add(NAMES, "removed", store.stale(source, job.report.id)["HAS_LABEL"])
    report = write(job)
    write_meanings(store, folder, progress)
    return report
