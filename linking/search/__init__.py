"""linking.search: finds concepts and records by words, spelling and vectors."""

from linking.search.find import find_concepts, find_records, forget_rankings, is_concept, is_record
from linking.search.ranking import asks_meaning, ranked
from linking.search.record_hits import RecordHit
from linking.search.record_search import DEEPEST
from linking.search.record_vectors import RecordVectors
from linking.search.related import Related, linked_model, related, texts

__all__ = [
    "DEEPEST",
    "RecordHit",
    "RecordVectors",
    "Related",
    "asks_meaning",
    "find_concepts",
    "find_records",
    "forget_rankings",
    "is_concept",
    "is_record",
    "linked_model",
    "ranked",
    "related",
    "texts",
]
