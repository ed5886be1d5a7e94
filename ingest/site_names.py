"""ingest: checks a site's own names for concepts against the concepts of the store, before the names are loaded.

A name has a text, a concept and a language. If two lines of a file have the same name, their counts are added.
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
from ingest.personal import may_name_person
from ontologies.errors import OntologyError
from ontologies.model import Item, Refused, SiteName
from ontologies.pasted import spellings

UNDEFINED = "no loaded terminology defines the concept: correct the identifier, or load the terminology first"
OBSOLETE = "the concept is obsolete and has no replacement: use a live concept"
PERSONAL = "the text may name a person: remove the person from the text, or delete the line"
REPEATED = "an earlier line has the same name: the counts are added, so one line is enough"
REPLACED = "the concept is obsolete: the name was added to its replacement, so write that concept instead"
AMBIGUOUS = "an earlier line has the same text with another concept: both are kept, and the higher count comes first"
_NO_INITIALS = frozenset(("m", "morbus", "i"))
"""Words in the names of diseases that must not be taken for initials: `M. Crohn`, `type I von Willebrand disease`."""


class Noted(NamedTuple):
    """A remark on a line of a file that is loaded.

    If `added` is true, the line repeats the name of an earlier line, and its count was added to that line's count.
    """

    position: str
    reason: str
    added: bool = False


def checked(store: Store, items: Iterable[Item]) -> Iterator[Item | Noted]:
    """Checks `items`, the items of a file with a site's own names. Yields the refusals and remarks, and then the valid
    names, with the ids that the store uses for their concepts.

    If the file is truncated, the names that were read are yielded first, and then the error is raised.
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
    """Returns the stored concept for each identifier in `written`, if a loaded terminology defines it."""
    spelled = {text: [*spellings(text, {})] for text in written}
    ids = pa.array(sorted({one for some in spelled.values() for one in some}), pa.string())
    rows = store.nodes("Concept", ids, ["label", "deprecated", "replaced_by", "stub"]).to_pylist()
    defined = {row["id"]: row for row in rows if not row["stub"]}
    found = {text: next((defined[one] for one in some if one in defined), None) for text, some in spelled.items()}
    return {text: row for text, row in found.items() if row}


def _personal(store: Store, names: Iterable[SiteName], concepts: Mapping[str, dict[str, Any]]) -> set[SiteName]:
    """Returns those of `names` that may name a person. `concepts` is the result of `_concepts`.

    A name of which all words also occur in other names of its concept does not name a person.
    """
    suspects = [name for name in names if name.concept in concepts and may_name_person(name.text)]
    known = _words(store, {concepts[name.concept]["id"] for name in suspects})
    for row in concepts.values():
        known[row["id"]].update(normalise(row["label"] or "").split())
    return {
        name
        for name in suspects
        if not {*normalise(name.text).split()} - known[concepts[name.concept]["id"]] <= _NO_INITIALS
    }


def _words(store: Store, ids: set[str]) -> defaultdict[str, set[str]]:
    """Returns, for each concept in `ids`, the words of all names that terminologies give to the concept."""
    ends = store.edges("HAS_LABEL", pa.array(sorted(ids), pa.string()), ["source", "target"])
    labels = store.nodes("Label", pa.array(ends["target"].to_pylist(), pa.string()), ["text", "kind"]).to_pylist()
    texts = {row["id"]: row["text"] for row in labels if row["kind"] not in (LOCAL, "definition")}
    found = defaultdict[str, set[str]](set)
    for concept, label in zip(ends["source"].to_pylist(), ends["target"].to_pylist(), strict=True):
        found[concept].update(normalise(texts.get(label, "")).split())
    return found


def remove(store: Store, folder: Path, source: str, progress: Progress) -> Report:
    """Removes all of a site's own names that were loaded as `source`, and updates the snapshot in the state folder
    `folder`.
    """
    job = job_of(store, "load", [Found(source, "names removed", [])], progress)
    job.report.counts.add(NAMES, "removed", store.stale(source, job.report.id)["HAS_LABEL"])
    report = write(job)
    write_meanings(store, folder, progress)
    return report
