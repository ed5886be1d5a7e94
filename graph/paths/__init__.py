"""graph.paths: finds shortest paths between concepts and records, and explains why a reach contains a record."""

from graph.paths import meant
from graph.paths.experts import NAMED, Found, experts, records_of
from graph.paths.meant import MOST_STEPS
from graph.paths.path import shortest_path, thing
from graph.paths.steps import Step, Thing, inverse
from graph.paths.why import reasons

__all__ = [
    "MOST_STEPS",
    "NAMED",
    "Found",
    "Step",
    "Thing",
    "experts",
    "inverse",
    "meant",
    "reasons",
    "records_of",
    "shortest_path",
    "thing",
]
