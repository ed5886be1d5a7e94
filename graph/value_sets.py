"""graph: sets of concepts by items: a concept alone or with all concepts in its reach, included or excluded."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from pyroaring import BitMap

from graph.hierarchy import Level
from graph.snapshot import Snapshot


class Item(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A concept by its CURIE. `exact`: the concept alone, not the concepts in its reach.

    `excluded`: these concepts are removed from the set, whatever other items say.
    """

    id: Annotated[str, Meta(description="CURIE of the concept: `MONDO:0005148`.")]
    exact: Annotated[bool, Meta(description="True for the concept alone, without its reach: `true`.")] = False
    excluded: Annotated[bool, Meta(description="True if the set does not have these concepts: `true`.")] = False


class Concepts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A set of concepts. `certain`: reach uses statements only, not computed equivalents (Level.CERTAIN)."""

    items: Annotated[tuple[Item, ...], Meta(description='The items of the set: `[{id: "MONDO:0005148"}]`.')]
    certain: Annotated[bool, Meta(description="True to use the reach at the level CERTAIN: `true`.")] = False

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
