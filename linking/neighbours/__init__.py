"""linking.neighbours: finds neighbours and candidate mappings of concepts."""

from linking.neighbours import candidates, neighbours
from linking.neighbours.candidates import RELEASE, THROUGH, for_fitting, proposals
from linking.neighbours.concepts import Concepts, concept_vectors, nearest
from linking.neighbours.logistic import Logistic
from linking.neighbours.neighbours import SEEN
from linking.neighbours.spelling import Spelling

__all__ = [
    "RELEASE",
    "SEEN",
    "THROUGH",
    "Concepts",
    "Logistic",
    "Spelling",
    "candidates",
    "concept_vectors",
    "for_fitting",
    "nearest",
    "neighbours",
    "proposals",
]
