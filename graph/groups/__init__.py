"""graph.groups: computes groups of concepts with the same meaning from all evidence."""

from graph.groups import build
from graph.groups.build import CERTAIN, FEWEST_PATIENTS, RELEASE, REPLACED, Groups, compute, private, stewards
from graph.groups.rules import Rules, rules
from graph.groups.sources import BROADER, CANDIDATES, CROSS_REFERENCE, NARROWER, SAME, Sources, accepted

__all__ = [
    "BROADER",
    "CANDIDATES",
    "CERTAIN",
    "CROSS_REFERENCE",
    "FEWEST_PATIENTS",
    "NARROWER",
    "RELEASE",
    "REPLACED",
    "SAME",
    "Groups",
    "Rules",
    "Sources",
    "accepted",
    "build",
    "compute",
    "private",
    "rules",
    "stewards",
]
