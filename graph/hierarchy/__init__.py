"""graph.hierarchy: finds broader and narrower concepts, the reach of a concept, and the kinds of concepts."""

from graph.hierarchy.closure import Closure, children_first, walked
from graph.hierarchy.concept_kinds import ILLNESSES, KINDS, PHENOTYPE, alike, kinds, masks, of_groups, of_prefix
from graph.hierarchy.hierarchy import Hierarchy, Level
from graph.hierarchy.pairs import Pair, Pairs

__all__ = [
    "ILLNESSES",
    "KINDS",
    "PHENOTYPE",
    "Closure",
    "Hierarchy",
    "Level",
    "Pair",
    "Pairs",
    "alike",
    "children_first",
    "kinds",
    "masks",
    "of_groups",
    "of_prefix",
    "walked",
]
