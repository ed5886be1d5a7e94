"""ingest: checks the names that a site gives concepts itself against the concepts of the store, before they are loaded.

A name for each text, concept and language; lines that repeat one add to its count.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from graph.names import normalise
from graph.store import Store
from ingest.changes import NAMES
from ingest.derived import Found, job_of, write
from ingest.jobs import Progress, Report
from ingest.meanings import write_meanings
from ingest.personal import points_at_somebody
from ontologies.model import Item, Refused, SiteName
from ontologies.pasted import spellings

UNDEFINED = "no loaded terminology defines its concept: correct it, or load its terminology first"
OBSOLETE = "its concept is obsolete and nothing replaces it: write a concept that is in use"
PERSONAL = "its text may point at a person: write it without the person, or delete the line"
REPEATED = "a line before says the same: its count is added to that one, so one line is enough"
REPLACED = "its concept is obsolete: the name is given to what replaces it, so write that"
AMBIGUOUS = "a line before means another concept by the same text: both are kept, the one meant more often comes first"
_MORBUS = frozenset(("m", "morbus"))
"""Before the name of a disease after somebody these are no initials."""


class Noted(NamedTuple):
    """What is to be known of a name that is taken, or of a line whose count is `added` to that of another."""

    position: str
    reason: str
    added: bool = False


def checked(store: Store, items: Iterable[Item]) -> Iterator[Item | Noted]:
    """The names with their concepts as the store spells them, after what is to be said of the others."""
    names: list[SiteName] = []
    for item in items:
        if isinstance(item, SiteName):
            names.append(item)
        else:
            yield item
    concepts = _concepts(store, {name.concept for name in names})
    kept: dict[tuple[str, str, str], SiteName] = {}
    meant: dict[str, str] = {}
    for name in names:
        row = concepts.get(name.concept)
        if wrong := _wrong(name, row):
            yield Refused(name.position, wrong)
            continue
        assert row is not None
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


def _wrong(name: SiteName, row: dict[str, Any] | None) -> str:
    """Why a name is not taken; empty where it is."""
    if row is None:
        return UNDEFINED
    if row["deprecated"] and not row["replaced_by"]:
        return OBSOLETE
    return PERSONAL if _of_somebody(name.text, row["label"] or "") else ""


def _of_somebody(text: str, label: str) -> bool:
    """`M. Crohn` says no more than `Crohn disease`."""
    more = {*normalise(text).split()} - {*normalise(label).split()}
    return not more <= _MORBUS and points_at_somebody(text)


def remove(store: Store, folder: Path, source: str, progress: Progress) -> Report:
    """Takes all names of a source out of the store; the snapshot in `folder`, its state folder, is made fresh."""
    job = job_of(store, "load", [Found(source, "names removed", [])], progress)
    job.report.counts.add(NAMES, "removed", store.stale(source, job.report.id)["HAS_LABEL"])
    report = write(job)
    write_meanings(store, folder, progress)
    return report
