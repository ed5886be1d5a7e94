"""linking.grounding: finds the concepts that a text means."""

from linking.grounding.abbreviations import expand
from linking.grounding.english import english
from linking.grounding.enough import enough
from linking.grounding.evidence import FEATURES, Features, Weights
from linking.grounding.grounder import Candidates, Grounder
from linking.grounding.matches import Match
from linking.grounding.spans import Dictionary

__all__ = [
    "FEATURES",
    "Candidates",
    "Dictionary",
    "Features",
    "Grounder",
    "Match",
    "Weights",
    "english",
    "enough",
    "expand",
]
