"""graph: the queue of candidate mappings as SSSOM/TSV, for a steward to decide and `tricuspid load` to read back.

https://mapping-commons.github.io/sssom/spec-formats-tsv/. A row is accepted where `reviewer_id` names who stands for
it, rejected where `predicate_modifier` is `Not`; one that is removed or left as it is stays undecided.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from graph.meaning.proposals import RELEASE
from graph.snapshot import Snapshot

_COLUMNS = (
    "subject_id",
    "subject_label",
    "predicate_id",
    "predicate_modifier",
    "object_id",
    "object_label",
    "mapping_justification",
    "confidence",
    "reviewer_id",
    "mapping_tool",
    "other",
)
_BREAKS = str.maketrans("\t\n\r", "   ")


def write_review(snapshot: Snapshot, path: Path, job: str) -> int:
    """Writes the queue, surest first, and gives its length; `job` makes its name one that no other queue has."""
    queue = snapshot.mappings
    own = pc.and_(pc.equal(queue["release"], RELEASE), pc.equal(queue["state"], "proposed"))
    queue = queue.filter(own.fill_null(False))
    queue = queue.sort_by([("confidence", "descending"), ("source", "ascending"), ("target", "ascending")])
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{line}\n" for line in _head(job))
        file.writelines("\t".join(cell.translate(_BREAKS) for cell in row) + "\n" for row in _rows(snapshot, queue))
    return int(queue.num_rows)


def _head(job: str) -> Iterator[str]:
    yield f"#mapping_set_id: urn:tricuspid:review:{job}"
    yield "#mapping_set_title: Candidate mappings to be decided"
    yield "#mapping_set_description: Put your ORCID into reviewer_id to accept a row; Not into predicate_modifier to"
    yield "#  reject it. tricuspid load reads this file back."
    yield "#license: https://w3id.org/sssom/license/unspecified"
    yield "#mapping_tool: tricuspid"
    yield "\t".join(_COLUMNS)


def _rows(snapshot: Snapshot, queue: pa.Table) -> Iterator[tuple[str, ...]]:
    for row in queue.to_pylist():
        ends = [(snapshot.ids[row[end]], snapshot.concepts["label"][row[end]].as_py() or "") for end in _ENDS]
        said = row["justification"], f"{row['confidence']:g}", "", "tricuspid", row["evidence"] or ""
        yield *ends[0], row["predicate"], "", *ends[1], *said


_ENDS = ("source", "target")
