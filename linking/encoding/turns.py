"""linking: decides which names get a vector, and in which order. Names of concepts in use come first.

A concept is in use if a public record is about it, or if so many patients have it that every role above `none` may know
this. If the names of a concept with fewer patients got an early vector, search results would reveal that a patient has
the concept.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.columns import Ints, bitmap
from graph.groups import FEWEST_PATIENTS
from graph.hierarchy import Level
from graph.snapshot import LOCAL, Snapshot
from linking.encoding.index import Mask

SEMANTIC_KINDS = ("label", "exact", "abbreviation", LOCAL, "narrow", "related")
_KNOWN_PATIENTS = 2 * FEWEST_PATIENTS
_USED, _NEAR, _OTHER = range(3)


def wanted(snapshot: Snapshot, only: Mask | None = None) -> Ints:
    """Returns the numbers of the normal forms of the names of live concepts.

    If `only` is given, only the names of the concepts that are True in `only` are used.
    """
    forms = snapshot.names.forms.names
    able = np.zeros(len(forms.offsets) - 1, bool)
    able[np.repeat(np.arange(len(able)), forms.sizes())[_named(snapshot, only)[forms.values]]] = True
    return np.flatnonzero(able).astype(np.int32)


def names_in_turn(snapshot: Snapshot, forms: Ints) -> list[str]:
    """Returns the texts of these forms in the order of encoding.

    Names of concepts in use (see the module) come first, then names of their parents and children, then all other
    names. In each of these groups labels come first, so that each concept soon has a name with a vector.
    """
    names, table = snapshot.names.forms.names, snapshot.names.table
    turn = 2 * _turns(snapshot)[table["concept"].to_numpy()]
    turn += ~np.asarray(pc.equal(table["kind"], "label"))
    turn[~_named(snapshot, None)] = 2 * _OTHER + 2
    first = np.full(len(names.offsets) - 1, 2 * _OTHER + 2)
    np.minimum.at(first, np.repeat(np.arange(len(first)), names.sizes()), turn[names.values])
    turned = forms[np.argsort(first[forms], kind="stable")]
    return list(snapshot.names.forms.texts.take(pa.array(turned)).to_pylist())


def _named(snapshot: Snapshot, only: Mask | None) -> Mask:
    """For every name, True if a concept may be found by the vector of the name."""
    table = snapshot.names.table
    live = snapshot.live if only is None else snapshot.live & only
    return np.asarray(live[table["concept"].to_numpy()] & np.asarray(pc.is_in(table["kind"], pa.array(SEMANTIC_KINDS))))


def _turns(snapshot: Snapshot) -> Ints:
    """For every concept, the group (_USED, _NEAR or _OTHER) in which its names are encoded."""
    tree = snapshot.hierarchy
    closure = tree.closures[Level.LIKELY]
    used = closure.members.gather(np.unique(closure.group[_in_use(snapshot).to_array()]))
    turns = np.full(len(snapshot.ids), _OTHER, np.int32)
    for next_to in (tree.parents, tree.children):
        turns[next_to.gather(used)] = _NEAR
    turns[used] = _USED
    return turns


def _in_use(snapshot: Snapshot) -> BitMap:
    """Returns the concepts that records are about, or that many patients have."""
    patients = snapshot.patients
    many = [one for one in patients.concepts if len(patients.having(BitMap([one]))) >= _KNOWN_PATIENTS]
    return BitMap.union(bitmap(np.array(many, np.int64)), *(some.concepts for some in snapshot.records.values()))
