"""tests: a query reads the snapshot as often for forty concepts as for one."""

from __future__ import annotations

from typing import Any

from api.execution import execute
from graph.snapshot import Snapshot

_EVERYTHING = """query($ids: [ID!]!) { concepts(ids: $ids) {
  id label definition ontology deprecated stub replacedBy { label } definitions { text }
  synonyms { text kind language } relations { predicate concept { label } }
  parents(first: 2) { nodes { label parents(first: 2) { nodes { label } } } } children(first: 2) { nodes { label } }
  ancestors(first: 2) { nodes { label } } descendants(first: 2) { nodes { label synonyms { text } } }
  mappings(first: 2) { nodes { predicate confidence justification state release concept { label ontology } } }
  told: mappings(first: 1) { nodes { statements { authors } } }
  studies(first: 2) { nodes { title abouts(first: 2) { nodes { field text method confidence concept { label } } } } }
  courses(first: 2) { nodes { title abouts(first: 2) { nodes { field concept { label } } } } }
  why: studies(first: 2) { edges { via { concept { label } about { field } steps { target { label } } } } }
  notCounted { concept { label } records patients { count } why }
  patients { count withheld } certain: patients(level: CERTAIN) { count }
  meaning { preferred { label } members { concept { label ontology } level probability steps { relation } }
    conflicts { member { label } concept { label } why } }
} }"""


class Counting(Snapshot):
    """A snapshot that records each column that is read."""

    reads: list[str]

    def _column(self, table: Any, name: str, empty: bool) -> Any:
        self.reads.append(name)
        return super()._column(table, name, empty)


def test_the_number_of_reads_does_not_grow_with_the_concepts(snapshot: Snapshot) -> None:
    counting = Counting(snapshot.folder)
    every = [counting.ids[number] for number in range(len(counting.ids))]
    # Together the first five have values for all fields, so that no level of the query is empty.
    ids = ["MONDO:0005148", "MONDO:0005016", "MONDO:0001344", "MONDO:0005015", "UBERON:0002113", *every * 3][:40]
    reads = []
    for some in (ids[:5], ids):
        counting.reads = []
        assert "errors" not in execute(counting, _EVERYTHING, {"ids": some})
        reads.append(counting.reads)
    assert reads[0] == reads[1]
    assert len(reads[0]) < 100


def test_one_concept_needs_the_same_reads_as_forty(snapshot: Snapshot) -> None:
    counting = Counting(snapshot.folder)
    reads = []
    for count in (1, 5, 40):
        counting.reads = []
        assert "errors" not in execute(counting, _EVERYTHING, {"ids": ["MONDO:0005015"] * count})
        reads.append(counting.reads)
    assert reads[0] == reads[1] == reads[2]
