"""graph: finds loops in the hierarchy of groups, and chooses the computed pairs that are cut to break the loops.

A loop is a path that goes up the hierarchy and through groups, and ends at its start. The path may enter a group at one
concept and leave the group at another concept. Within a group, the path follows pairs of the forest. Of these pairs,
the computed pair with the lowest probability is cut. A loop without computed pairs is not cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import networkx as nx
import numpy as np

from graph.groups.sources import Ints

Pair = tuple[int, int]


class Loops(NamedTuple):
    """`cut` has computed pairs to cut. `stated` has a narrower and a broader concept of each loop of statements."""

    cut: list[Pair]
    stated: list[Pair]


def loops(groups: Ints, narrower: Ints, broader: Ints, forest: Sequence[Pair], chances: dict[Pair, float]) -> Loops:
    """Finds the loops in the hierarchy of groups.

    `groups` has the group of each concept. `narrower` and `broader` have the two concepts of each edge of the
    hierarchy. `forest` has the pairs that join concepts into groups. `chances` has the probability of each computed
    pair.
    """
    arcs = _arcs(groups, narrower, broader)
    graph = nx.DiGraph(arcs.keys())
    knots = [knot for knot in nx.strongly_connected_components(graph) if len(knot) > 1]
    inside = set().union(*knots)
    knots += [{group} for group in nx.nodes_with_selfloops(graph) if group not in inside]
    inside.update(*knots)
    ways = _ways(groups, forest, inside)
    stated = _stated([arc for arc in arcs if inside.issuperset(arc)], arcs, ways, chances)
    graph.remove_edges_from(stated)
    cut: set[Pair] = set()
    for knot in sorted(map(sorted, knots)):
        cut.update(_cut(graph.subgraph(knot).copy(), groups, arcs, ways, chances))
    if knots and not cut:
        cut.update(_hidden(_within(knots, groups, narrower, broader), ways, chances))
    return Loops(sorted(cut), sorted(set(stated.values())))


def _arcs(groups: Ints, narrower: Ints, broader: Ints) -> dict[Pair, Pair]:
    """Returns the edges from groups to broader groups, each with the first pair of concepts that states the edge."""
    order = np.lexsort((broader, narrower))[::-1]
    low, high = narrower[order], broader[order]
    ends = zip(groups[low].tolist(), groups[high].tolist(), strict=True)
    return dict(zip(ends, zip(low.tolist(), high.tolist(), strict=True), strict=True))


def _ways(groups: Ints, forest: Sequence[Pair], inside: set[int]) -> nx.Graph[int]:
    """The pairs of `forest` whose group is in `inside`, as a graph."""
    ways: nx.Graph[int] = nx.Graph()
    ways.add_edges_from(pair for pair in forest if int(groups[pair[0]]) in inside)
    return ways


def _stated(
    inside: Sequence[Pair], arcs: dict[Pair, Pair], ways: nx.Graph[int], chances: dict[Pair, float]
) -> dict[Pair, Pair]:
    """Finds the loops without computed pairs. Returns each edge on such a loop, with the first pair of the loop.

    All such edges are found together, because a search for each edge is too slow for a hierarchy with many loops.
    """
    up = nx.DiGraph(arcs[arc] for arc in inside)
    for one, other in ways.edges:
        if (min(one, other), max(one, other)) not in chances:
            up.add_edges_from([(one, other), (other, one)])
    number = {concept: place for place, knot in enumerate(nx.strongly_connected_components(up)) for concept in knot}
    first: dict[int, Pair] = {}
    found = []
    for arc in sorted(inside, key=lambda arc: arcs[arc]):
        low, high = arcs[arc]
        if number[low] == number[high]:
            first.setdefault(number[low], arcs[arc])
            found.append(arc)
    return {arc: first[number[arcs[arc][0]]] for arc in found}


def _cut(
    knot: nx.DiGraph[int], groups: Ints, arcs: dict[Pair, Pair], ways: nx.Graph[int], chances: dict[Pair, float]
) -> Iterator[Pair]:
    """Yields computed pairs to cut until `knot`, a strongly connected component of groups, has no loop.

    After a pair is yielded, the group that contains both of its concepts is removed from the component.
    """
    while True:
        try:
            cycle = [(int(edge[0]), int(edge[1])) for edge in nx.find_cycle(knot)]
        except nx.NetworkXNoCycle:
            return
        _, pair = min((chances[pair], pair) for pair in _crossed(cycle, arcs, ways) if pair in chances)
        yield pair
        knot.remove_node(int(groups[pair[0]]))


def _crossed(cycle: Sequence[Pair], arcs: dict[Pair, Pair], ways: nx.Graph[int]) -> Iterator[Pair]:
    """Yields the pairs of the forest on the path through each group of `cycle`, a loop of edges between groups.

    The path starts at the concept where the cycle enters the group, and ends at the concept where it leaves the group.
    """
    for into, out in zip(cycle, [*cycle[1:], cycle[0]], strict=True):
        enters, leaves = arcs[into][1], arcs[out][0]
        if enters != leaves:
            way = nx.shortest_path(ways, enters, leaves)
            yield from ((min(pair), max(pair)) for pair in pairwise(way))


def _within(knots: Sequence[set[int]], groups: Ints, narrower: Ints, broader: Ints) -> nx.DiGraph[int]:
    """The edges from each concept to its broader concepts, within each strongly connected component."""
    number = np.full(len(groups), -1)
    for place, knot in enumerate(knots):
        number[[*knot]] = place
    low, high = number[groups[narrower]], number[groups[broader]]
    keep = (low == high) & (low >= 0)
    return nx.DiGraph(zip(narrower[keep].tolist(), broader[keep].tolist(), strict=True))


def _hidden(up: nx.DiGraph[int], ways: nx.Graph[int], chances: dict[Pair, float]) -> Iterator[Pair]:
    """Yields computed pairs on loops that are missing in the result of `_arcs`.

    `_arcs` returns only the first edge between two groups, so it can miss loops.
    """
    both = nx.DiGraph(up)
    both.add_edges_from(pair for one, other in ways.edges for pair in ((one, other), (other, one)))
    computed = {(min(pair), max(pair)) for pair in ways.edges} & chances.keys()
    for one, other in sorted(computed, key=lambda pair: (chances[pair], pair)):
        ends = [(one, other), (other, one)]
        both.remove_edges_from(ends)
        if any(up.has_edge(*pair) or nx.has_path(both, *pair) for pair in ends):
            both.add_edges_from(pair for pair in ends if up.has_edge(*pair))
            yield one, other
        else:
            both.add_edges_from(ends)
