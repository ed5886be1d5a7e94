"""linking: makes the synsets for `adapt`. A synset has concepts with the same meaning, and all their names."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import networkx as nx
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graph.groups import SAME, accepted
from graph.snapshot import Snapshot

_KINDS = ("label", "exact")
_LONGEST = 160


class Synset(NamedTuple):
    """The numbers of concepts with the same meaning, and the distinct names of these concepts in normal form.

    The label of a concept comes before its other names.
    """

    concepts: list[int]
    names: list[str]


def synsets(
    snapshot: Snapshot, ontologies: Collection[str] = (), without: Collection[tuple[str, str]] = ()
) -> list[Synset]:
    """Returns the synsets of all live concepts, sorted by concept number.

    If `ontologies` is given, only concepts of these ontologies are used. Each concept is in one synset. An accepted
    exact mapping puts its two concepts into the same synset, unless the pair of CURIEs is in `without`.
    """
    live = _live(snapshot, {name.lower() for name in ontologies})
    together: nx.Graph[int] = nx.Graph()
    together.add_nodes_from(np.flatnonzero(live).tolist())
    together.add_edges_from(pair for pair in _equivalents(snapshot, without) if live[pair[0]] and live[pair[1]])
    names = _names(snapshot, live)
    found = [sorted(group) for group in nx.connected_components(together)]
    return [
        Synset(group, list(dict.fromkeys(name for concept in group for name in names.get(concept, ()))))
        for group in sorted(found)
    ]


def _live(snapshot: Snapshot, ontologies: set[str]) -> np.ndarray:
    if not ontologies:
        return snapshot.live
    own = pc.is_in(pc.utf8_lower(snapshot.concepts["ontology"]), value_set=pa.array(sorted(ontologies)))
    return np.asarray(snapshot.live & np.asarray(own))


def _equivalents(snapshot: Snapshot, without: Collection[tuple[str, str]]) -> list[tuple[int, int]]:
    mappings = accepted(snapshot.mappings, SAME)
    numbers = [(snapshot.ids.find(one), snapshot.ids.find(other)) for one, other in without]
    excluded = {*numbers, *((other, one) for one, other in numbers)}
    pairs = zip(mappings["source"].to_pylist(), mappings["target"].to_pylist(), strict=True)
    return [pair for pair in pairs if pair not in excluded]


def _names(snapshot: Snapshot, live: np.ndarray) -> dict[int, list[str]]:
    """For each live concept, returns the normal forms of its label and exact synonyms, best first."""
    table = snapshot.names.table
    keep = live[table["concept"].to_numpy()] & np.asarray(pc.is_in(table["kind"], pa.array(_KINDS)))
    keep &= np.asarray(pc.less(pc.utf8_length(table["norm"]), _LONGEST))
    table = table.filter(pa.array(keep))
    out: dict[int, list[str]] = {}
    for concept, name in zip(table["concept"].to_pylist(), table["norm"].to_pylist(), strict=True):
        out.setdefault(concept, []).append(name)
    return out
