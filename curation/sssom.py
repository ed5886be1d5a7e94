"""curation: writes mappings as SSSOM/TSV: all mappings of a store, or candidate mappings for a steward.

Format: https://mapping-commons.github.io/sssom/spec-formats-tsv/. `tricuspid load` reads these files. `load` accepts a
row if `reviewer_id` names a reviewer, and rejects a row if `predicate_modifier` is `Not`. If justification, author and
reviewer do not show whether a mapping is accepted, `reviewer_agreement` states it: `1` for accepted, `0` for proposed.
Rows are written in pieces, so memory use does not depend on the number of rows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from graph.lexical import normalise
from graph.snapshot import Snapshot
from linking.neighbours import RELEASE, THROUGH
from ontologies.curies import iris
from ontologies.formats.sssom import UNSPECIFIED, is_guess
from ontologies.model import LABEL, SYNONYM
from ontologies.releases import OWN, REVIEW

STATES = ("accepted", "rejected", "proposed")
_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "author_id",
    "reviewer_id",
    "reviewer_agreement",
    "mapping_source",
    "mapping_tool",
    "mapping_date",
    "confidence",
    "subject_match_field",
    "object_match_field",
    "match_string",
    "comment",
    "other",
)
_ENDS = ("source", "target")
_CURIES = ("predicate", "justification", "author", "reviewer")
_PIECE = 10_000
_URN = "urn"
# YAML accepts a plain prefix without quotes, except words that YAML reads as a boolean or as null.
_PLAIN = re.compile(r"[A-Za-z][\w.-]*")
_NO_TEXT = frozenset("y n yes no on off true false null".split())
_BREAKS = str.maketrans("\t\n\r", "   ")

Pieces = Callable[[], Iterator[pa.Table]]


class Head(NamedTuple):
    """The metadata of a mapping set. `description` has one or more lines."""

    id: str
    title: str
    description: Sequence[str]
    version: str = ""


def write_review(snapshot: Snapshot, path: Path, job: str) -> int:
    """Writes the candidate mappings of `tricuspid link`, highest confidence first. Returns the number of rows.

    The id of the mapping set is unique, because the id contains `job`, the id of the job.
    """
    queue = snapshot.mappings
    own = pc.and_(pc.equal(queue["release"], RELEASE), pc.equal(queue["state"], "proposed"))
    queue = queue.filter(own.fill_null(False))
    queue = queue.sort_by([("confidence", "descending"), ("source", "ascending"), ("target", "ascending")])
    return _write(snapshot, path, lambda: _pieces(queue), _review(job))


def write_mappings(
    snapshot: Snapshot, path: Path, states: Collection[str] = STATES, ontologies: Sequence[str] = ()
) -> int:
    """Writes the mappings whose state is in `states`, and returns the number of rows.

    If `ontologies` is given, writes only mappings with at least one concept in these ontologies. The rows are sorted by
    subject and object. If `states` has only `proposed`, the file is for a steward to review, as in `write_review`.
    """
    wanted = snapshot.terminologies.concepts(ontologies) if ontologies else None
    wanted_states = pa.array([*states], pa.string())

    def pieces() -> Iterator[pa.Table]:
        for table in (snapshot.mappings, snapshot.references):
            for piece in _pieces(table):
                piece = piece.filter(pc.is_in(piece["state"], wanted_states))
                ends = [piece[end].to_numpy() for end in _ENDS]
                yield piece if wanted is None else piece.filter(pa.array(wanted[ends[0]] | wanted[ends[1]]))

    jobs = snapshot.tables["Job"]["id"].to_pylist()
    queue = _review(f"{jobs[-1] if jobs else ''}.{snapshot.epoch}")
    return _write(snapshot, path, pieces, queue if {*states} == {"proposed"} else _all(snapshot.epoch))


def _all(epoch: int) -> Head:
    description = "Mappings of a store. mapping_source is the mapping set that states the mapping."
    return Head(f"{OWN}mappings", "Mappings", [description], str(epoch))


def _review(name: str) -> Head:
    description = (
        "To accept a row, put your ORCID into reviewer_id. To reject a row, put Not into predicate_modifier.",
        "Then load this file with tricuspid load.",
    )
    return Head(f"{REVIEW}{name}", "Candidate mappings to be decided", description)


def _pieces(table: pa.Table) -> Iterator[pa.Table]:
    return (table.slice(start, _PIECE) for start in range(0, table.num_rows, _PIECE))


def _write(snapshot: Snapshot, path: Path, pieces: Pieces, head: Head) -> int:
    written = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in _head(head, _addresses(snapshot, _prefixes(snapshot, pieces()))))
        for piece in pieces():
            file.writelines("\t".join(map(_cell, row)) + "\n" for row in _rows(snapshot, piece))
            written += piece.num_rows
    return written


def _cell(text: str) -> str:
    text = text.translate(_BREAKS)
    return '"{}"'.format(text.replace('"', '""')) if '"' in text else text


def _prefixes(snapshot: Snapshot, pieces: Iterator[pa.Table]) -> list[str]:
    """Returns all CURIE prefixes that the file needs: those in the rows `pieces`, `urn` for the id of the mapping set,
    and `orcid` for the id that a reviewer will add.
    """
    used, found = np.zeros(len(snapshot.ids), bool), {"orcid:", LABEL, SYNONYM}
    for piece in pieces:
        for end in _ENDS:
            used[piece[end].to_numpy()] = True
        for name in _CURIES:
            found.update(part for text in pc.unique(piece[name]).to_pylist() for part in (text or "").split("|"))
    for ids in _pieces(pa.table({"id": snapshot.concepts["id"].filter(pa.array(used))})):
        found.update(f"{id_.partition(':')[0]}:" for id_ in ids["id"].to_pylist() if ":" in id_ and "://" not in id_)
    return sorted({text.partition(":")[0] for text in found if ":" in text and "://" not in text} | {_URN})


def _addresses(snapshot: Snapshot, prefixes: Sequence[str]) -> dict[str, str]:
    """Returns the IRI of each CURIE prefix. For a local code system, a loaded mapping set declares the IRI."""
    declared = [orjson.loads(text) for text in snapshot.tables["Release"]["prefixes"].to_pylist() if text]
    own = {prefix: f"{system}/" for one in declared for prefix, system in one.items() if prefix in prefixes}
    return iris(prefixes) | own | {_URN: f"{_URN}:"}


def _head(head: Head, addresses: dict[str, str]) -> Iterator[str]:
    yield f"#mapping_set_id: {head.id}"
    if head.version:
        yield f"#mapping_set_version: {json.dumps(head.version)}"
    yield f"#mapping_set_title: {head.title}"
    yield "#mapping_set_description: " + "\n#  ".join(head.description)
    yield "#license: https://w3id.org/sssom/license/unspecified"
    yield "#curie_map:"
    for prefix, iri in addresses.items():
        plain = _PLAIN.fullmatch(prefix) and prefix.lower() not in _NO_TEXT
        yield f"#  {prefix if plain else json.dumps(prefix)}: {json.dumps(iri)}"
    yield "\t".join(_COLUMNS)


def _rows(snapshot: Snapshot, piece: pa.Table) -> Iterator[tuple[str, ...]]:
    ids, labels = ([snapshot.concepts[name].take(piece[end]).to_pylist() for end in _ENDS] for name in ("id", "label"))
    for *ends, row in zip(*ids, *labels, piece.to_pylist(), strict=True):
        source, target, *names = (end or "" for end in ends)
        fields, shared, names_found = _matched(names, row["through"])
        modifier, agreement = _decided(row)
        confidence = "" if row["confidence"] is None else repr(row["confidence"])
        by = row["justification"] or UNSPECIFIED, row["author"] or "", row["reviewer"] or "", agreement
        comment = row["comment"] or names_found
        how = row["release"] or "", row["tool"] or "", row["date"] or "", confidence
        found = *how, *fields, shared, comment, row["evidence"] or ""
        yield source, names[0], row["predicate"], modifier, target, names[1], *by, *found


def _decided(row: dict[str, Any]) -> tuple[str, str]:
    """Returns `predicate_modifier` and `reviewer_agreement`, which state whether a mapping is accepted or rejected.

    `reviewer_agreement` is empty if `tricuspid load` finds the same state without it, from the justification, the
    author and the reviewer.
    """
    if row["state"] == "rejected":
        return "Not", ""
    proposed = row["state"] == "proposed"
    guess = is_guess(row["justification"] or "", row["author"], row["reviewer"])
    return "", "" if guess == proposed else "0" if proposed else "1"


def _matched(labels: Sequence[str], through: str | None) -> tuple[tuple[str, str], str, str]:
    """Returns the match fields of subject and object (label or synonym), the match string, and a comment.

    `labels` has the labels of subject and object, and `through` the names of both that were matched.

    The match string is the name that subject and object share (https://mapping-commons.github.io/sssom/match_string/).
    If the matched names differ, the comment has both names.
    """
    if not through:
        return ("", ""), "", ""
    names = through.split(THROUGH)
    fields = [LABEL if normalise(label) == name else SYNONYM for label, name in zip(labels, names, strict=True)]
    same = names[0] == names[1]
    return (fields[0], fields[1]), names[0] if same else "", "" if same else through
