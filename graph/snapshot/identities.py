"""graph: joins nodes that state the same identifiers and so are the same record. Also chooses the id of each record.

In the store, the nodes stay separate. Each node has the content of one source and its own identifier, so the order of
files does not matter. If a source no longer states an identifier, the next snapshot separates the records again.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from typing import NamedTuple

import networkx as nx
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from graph.kinds import KINDS, Kind
from graph.store import places

logger = logging.getLogger("tricuspid.snapshot")
Ints = npt.NDArray[np.int32]

_PREFERRED = ("clinicaltrials:", "doi:", "pubmed:")
"""Prefixes of identifiers in the order in which they are preferred as the id of a record."""


class Identities(NamedTuple):
    """The records to which nodes belong. The nodes are sorted by id.

    number  the record of each node
    node    the main node of each record: its values have priority over the values of the record's other nodes
    ids     the ids of the records, sorted
    others  the other identifiers of the records, sorted
    shared  the number of identifiers that several records state; such identifiers are not used to join or find records
    """

    number: Ints
    node: Ints
    ids: pa.Array
    others: pa.Table
    shared: int


class _Stated(NamedTuple):
    """The identifiers that nodes state in addition to their own ids.

    `node` has the node that states each identifier.
    """

    node: Ints
    text: pa.Array

    def where(self, mask: npt.NDArray[np.bool_]) -> _Stated:
        return _Stated(self.node[mask], self.text.filter(pa.array(mask)))


def identities(kind: str, nodes: pa.Table) -> Identities:
    """Returns the records of all nodes of a kind. The nodes are sorted by id. Logs the number of shared identifiers."""
    stated = _stated(KINDS[kind], nodes)
    texts = stated.text.dictionary_encode()
    which = np.asarray(texts.indices, dtype=np.int64)
    often = np.bincount(which, minlength=len(texts.dictionary))[which]
    # Most DOIs are stated by one article only. Such a DOI joins no nodes. It is used only to find the article.
    alone = (places(pa.chunked_array([stated.text]), nodes["id"]) < 0) & (often == 1)
    first, renamed, joining, shared = _joined(nodes["id"], stated.where(~alone))
    if shared:
        what = (
            "%d identifiers are stated by several records of kind %s; these records are not joined; correct the sources"
        )
        logger.warning(what, shared, kind)
    own = _Stated(np.arange(nodes.num_rows, dtype=np.int32), nodes["id"].combine_chunks())
    order = _main_first(kind, nodes, first, renamed, stated)
    node = order[np.unique(first[order], return_index=True)[1]]
    number = np.unique(first, return_inverse=True)[1].astype(np.int32)
    return _known_by(number, node, [stated.where(alone), joining, own], shared)


def _stated(kind: Kind, nodes: pa.Table) -> _Stated:
    rows, found = [np.empty(0, np.int64)], [pa.array([], pa.string())]
    for column in (column for column in kind.columns if column.said.identifies):
        lists = pc.split_pattern(nodes[column.name].combine_chunks(), " ")
        node = np.asarray(pc.list_parent_indices(lists))
        given = pc.binary_join_element_wise(column.said.prefix, pc.list_flatten(lists), "")
        there = pc.not_equal(given, nodes["id"].combine_chunks().take(pa.array(node)))
        rows.append(node[np.asarray(there)])
        found.append(given.filter(there))
    return _Stated(np.concatenate(rows).astype(np.int32), pa.concat_arrays(found))


def _joined(own: pa.ChunkedArray, stated: _Stated) -> tuple[Ints, set[int], _Stated, int]:
    """Returns, for each node, the first node of its record. Also returns the nodes whose number a registry replaced.

    The other results are the identifiers that belong to one record, and the number of identifiers that several records
    state. Two nodes with numbers of the same registry are two records, unless one node states the number of the other.
    """
    first, earlier = np.arange(len(own), dtype=np.int32), set[int]()
    kept, shared = list[tuple[int, str]](), 0
    claims = defaultdict[str, set[int]](set)
    for node, text in zip(stated.node.tolist(), stated.text.to_pylist(), strict=True):
        claims[text].add(node)
    place = dict(zip(claims, places(pa.chunked_array([pa.array([*claims], pa.string())]), own).tolist(), strict=True))
    ways: nx.Graph[str | int] = nx.Graph()
    for text, nodes in claims.items():
        if _several({own[node].as_py() for node in nodes}):
            shared += 1
        else:
            ways.add_edges_from((place[text] if place[text] >= 0 else text, node) for node in nodes)
    for group in nx.connected_components(ways):
        members = {node: own[node].as_py() for node in group if isinstance(node, int)}
        texts = [text for text in group if isinstance(text, str)]
        renamed = {n for n, id_ in members.items() for by in claims.get(id_, ()) if _several({id_, own[by].as_py()})}
        if _several({id_ for node, id_ in members.items() if node not in renamed}):
            shared += len(texts) + len(claims.keys() & members.values())
            continue
        earlier |= renamed
        first[[*members]] = min(members)
        kept += [(min(members), text) for text in texts]
    nodes_, texts_ = np.array([node for node, _ in kept], np.int32), pa.array([text for _, text in kept], pa.string())
    return first, earlier, _Stated(nodes_, texts_), shared


def _several(ids: set[str]) -> bool:
    """True if two of these ids are numbers of the same registry. URLs do not count."""
    registries = [id_.partition(":")[0] for id_ in ids if "://" not in id_]
    return len(set(registries)) < len(registries)


def _main_first(kind: str, nodes: pa.Table, first: Ints, renamed: set[int], stated: _Stated) -> npt.NDArray[np.int64]:
    """Returns all nodes, grouped by record, with the main node of each record first.

    Nodes with a title come first, then nodes with the latest date, then nodes with the most identifiers. If the number
    of a node was replaced, the node comes last.
    """
    changed = KINDS[kind].changed
    if not changed:
        return np.arange(len(first))
    worse = np.array(pc.is_null(nodes["title"]), np.int8)
    worse[[*renamed]] += 2
    dates = nodes[changed].fill_null("").combine_chunks()
    late = np.asarray(pc.rank(dates, "descending", tiebreaker="dense"), dtype=np.int64)
    states = np.bincount(stated.node, minlength=len(first))
    return np.lexsort((np.arange(len(first)), -states, late, worse, first))


def _known_by(number: Ints, node: npt.NDArray[np.int64], known: list[_Stated], shared: int) -> Identities:
    """Returns the records, sorted by their best identifier. The last item of `known` has the ids of the nodes."""
    record = number[np.concatenate([some.node for some in known])]
    text = pa.concat_arrays([some.text for some in known])
    own = np.zeros(len(record), bool)
    own[len(record) - len(number) + node] = True
    worth = np.full(len(record), len(_PREFERRED))
    for place, prefix in enumerate(_PREFERRED):
        worth[np.asarray(pc.starts_with(text, prefix))] = place
    order = np.lexsort((np.asarray(pc.rank(text, tiebreaker="dense"), dtype=np.int64), ~own, worth, record))
    best = order[np.unique(record[order], return_index=True)[1]]
    ids = text.take(pa.array(best))
    by_id = np.asarray(pc.sort_indices(ids), dtype=np.int64)
    renumbered = np.argsort(by_id).astype(np.int32)
    rest = np.ones(len(record), bool)
    rest[best] = False
    others = pa.table({"id": text.filter(pa.array(rest)), "record": pa.array(renumbered[record[rest]], pa.int32())})
    return Identities(renumbered[number], node[by_id].astype(np.int32), ids.take(by_id), others.sort_by("id"), shared)
