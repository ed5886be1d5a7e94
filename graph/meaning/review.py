"""graph: the queue of candidate mappings as SSSOM/TSV, for a steward to decide and `tricuspid load` to read back.

https://mapping-commons.github.io/sssom/spec-formats-tsv/. A row is accepted where `reviewer_id` names who stands for
it, rejected where `predicate_modifier` is `Not`; one that is removed or left as it is stays undecided.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from graph.meaning.proposals import RELEASE, THROUGH
from graph.names import normalise
from graph.snapshot import Snapshot
from ontologies.curies import iris

_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "subject_match_field",
    "object_match_field",
    "match_string",
    "reviewer_id",
    "mapping_tool",
    "comment",
    "other",
)
_IDENTIFIERS = ("subject_id", "predicate_id", "object_id", "mapping_justification")
# What YAML takes for a text without quotes, and what it does not though it looks like one.
_PLAIN = re.compile(r"[A-Za-z][\w.-]*")
_NO_TEXT = frozenset("y n yes no on off true false null".split())
_BREAKS = str.maketrans("\t\n\r", "   ")


def write_review(snapshot: Snapshot, path: Path, job: str) -> int:
    """Writes the queue, surest first, and gives its length; `job` makes its name one that no other queue has."""
    queue = snapshot.mappings
    own = pc.and_(pc.equal(queue["release"], RELEASE), pc.equal(queue["state"], "proposed"))
    queue = queue.filter(own.fill_null(False))
    queue = queue.sort_by([("confidence", "descending"), ("source", "ascending"), ("target", "ascending")])
    rows = list(_rows(snapshot, queue))
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in _head(job, _prefixes(rows)))
        file.writelines("\t".join(cell.translate(_BREAKS) for cell in row) + "\n" for row in rows)
    return len(rows)


def _prefixes(rows: Iterable[Sequence[str]]) -> list[str]:
    """Those of the identifiers in these rows, and of what a steward puts in."""
    places = [_COLUMNS.index(column) for column in _IDENTIFIERS]
    ids = {row[place] for row in rows for place in places}
    return sorted({"orcid"} | {id_.partition(":")[0] for id_ in ids if ":" in id_ and "://" not in id_})


def _head(job: str, prefixes: Iterable[str]) -> Iterator[str]:
    yield f"#mapping_set_id: urn:tricuspid:review:{job}"
    yield "#mapping_set_title: Candidate mappings to be decided"
    yield "#mapping_set_description: Put your ORCID into reviewer_id to accept a row; Not into predicate_modifier to"
    yield "#  reject it. tricuspid load reads this file back."
    yield "#license: https://w3id.org/sssom/license/unspecified"
    yield "#mapping_tool: tricuspid"
    yield "#curie_map:"
    for prefix, iri in iris(prefixes).items():
        plain = _PLAIN.fullmatch(prefix) and prefix.lower() not in _NO_TEXT
        yield f"#  {prefix if plain else json.dumps(prefix)}: {json.dumps(iri)}"
    yield "\t".join(_COLUMNS)


def _rows(snapshot: Snapshot, queue: pa.Table) -> Iterator[tuple[str, ...]]:
    for row in queue.to_pylist():
        ends = [(snapshot.ids[row[end]], snapshot.concepts["label"][row[end]].as_py() or "") for end in _ENDS]
        fields, shared, comment = _matched([label for _, label in ends], row["through"])
        said = row["justification"], f"{row['confidence']:g}", *fields, shared, "", "tricuspid", comment
        yield *ends[0], row["predicate"], "", *ends[1], *said, row["evidence"] or ""


def _matched(labels: Sequence[str], through: str | None) -> tuple[tuple[str, str], str, str]:
    """Of which property the likest name of either end is, and that name: as shared, or both in a comment.

    The match string is what both ends share (https://mapping-commons.github.io/sssom/match_string/).
    """
    if not through:
        return ("", ""), "", ""
    names = through.split(THROUGH)
    fields = [_LABEL if normalise(label) == name else _SYNONYM for label, name in zip(labels, names, strict=True)]
    same = names[0] == names[1]
    return (fields[0], fields[1]), names[0] if same else "", "" if same else through


_LABEL, _SYNONYM = "rdfs:label", "oboInOwl:hasExactSynonym"
_ENDS = ("source", "target")
