"""graph: sets of concepts by items: a concept alone or with all concepts in its reach, included or excluded."""

from __future__ import annotations

import msgspec
from pyroaring import BitMap

from graph.hierarchy import Level
from graph.snapshot import Snapshot


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A concept by its CURIE. `exact`: the concept alone, not the concepts in its reach.

    `excluded`: these concepts are removed from the set, whatever other items say.
    """

    id: str
    exact: bool = False
    excluded: bool = False


class Concepts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A set of concepts. `certain`: reach uses statements only, not computed equivalents (Level.CERTAIN)."""

    items: tuple[Item, ...]
    certain: bool = False

    @property
    def level(self) -> Level:
        return Level.CERTAIN if self.certain else Level.LIKELY


def members(snapshot: Snapshot, concepts: Concepts) -> tuple[BitMap, list[str]]:
    """The numbers of the concepts in the set, and the CURIEs that the snapshot does not have."""
    found, unknown = {False: BitMap(), True: BitMap()}, []
    for item in concepts.items:
        concept = snapshot.concept(item.id)
        if concept is None:
            unknown.append(item.id)
        else:
            found[item.excluded] |= (
                BitMap([concept]) if item.exact else snapshot.hierarchy.reach(concept, concepts.level)
            )
    return found[False] - found[True], unknown
