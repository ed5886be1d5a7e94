"""linking.encoding: encodes names and texts as vectors and keeps an index of the vectors."""

from linking.encoding.encoder import Encoder, Progress, Vectors, cores, encoder_name, open_encoder, share_cores
from linking.encoding.index import Mask, Numbers, VectorIndex
from linking.encoding.meaning import Meaning
from linking.encoding.turns import names_in_turn, wanted
from linking.encoding.vectors import KEPT, PART, KeptVectors, VectorCache, count_kept, encoding, whole_vectors

__all__ = [
    "KEPT",
    "PART",
    "Encoder",
    "KeptVectors",
    "Mask",
    "Meaning",
    "Numbers",
    "Progress",
    "VectorCache",
    "VectorIndex",
    "Vectors",
    "cores",
    "count_kept",
    "encoder_name",
    "encoding",
    "names_in_turn",
    "open_encoder",
    "share_cores",
    "wanted",
    "whole_vectors",
]
