"""linking: selects the concepts that can be the topic of a text, with their names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.lexical import LEXICON, LONE_S, normalise
from graph.snapshot import LOCAL, Snapshot

Mask = npt.NDArray[np.bool_]

# Units and administrative codes occur in any text and are never the topic of a text.
_NO_TOPIC = ("ucum", "hl7.", "omop", "visit", "gender", "race", "ethnicity", "edam.data", "edam.format")
# Branches of qualifiers (inheritance, frequency, ...), whose names are common adjectives.
_QUALIFIERS = (
    *("HP:0000005", "HP:0012823", "HP:0032443", "HP:0040279"),  # inheritance, modifiers, history, frequency
    "MONDO:0021125",  # disease characteristic
    "NCIT:C20189",  # property or attribute
    "UBERON:0000105",  # stage of life, such as death
    *("ORPHA:C003", "ORPHA:C005", "ORPHA:C009", "ORPHA:C023"),  # epidemiology, inheritance, geography, age of onset
)
# Branches of study methods and of the data that studies record.
_METHODS = (
    "IAO:0000030",  # information content entity, study designs among them
    "BFO:0000023",  # role, such as that of a placebo
    *("OBI:0200000", "OBI:0600013", "OBI:0000066"),  # data transformation, information acquisition, investigation
    *("OBI:0000968", "COB:0001300"),  # device
)
_S = "qsq"
# Broad synonyms are left out: a text that uses a broad synonym may not mean the concept.
_KINDS = ("label", "exact", LEXICON, "abbreviation", LOCAL, "narrow", "related")


_LARGE, _MOST = 1000, 2 / 3


class Name(NamedTuple):
    """A name of a concept. `norm` is the normal form of the name (see `in_words`). `label` is the label of the concept.

    `meaning` is the number of the preferred concept in the group of the concept.
    """

    concept: str
    ontology: str
    label: str
    text: str
    norm: str
    kind: str
    language: str
    meaning: int


def in_words(text: str) -> str:
    """Returns the normal form of a text. The word S stays a capital if it is not a genitive."""
    if not LONE_S.search(text):
        return normalise(text)
    return normalise(LONE_S.sub(_S, text)).replace(_S, "S")


def topic_names(snapshot: Snapshot, able: Mask) -> Iterator[Name]:
    """Yields the labels and synonyms of the concepts in `able` (see `topics`), best first, without broad synonyms."""
    names, concepts = snapshot.names.table, snapshot.concepts
    keep = pc.and_(pa.array(able).take(names["concept"]), pc.is_in(names["kind"], pa.array(_KINDS)))
    names = names.filter(keep)
    owner = concepts.select(["id", "ontology", "label"]).take(names["concept"])
    columns = *(owner[column] for column in owner.column_names), *(names[column] for column in Name._fields[3:7])
    concept, ontology, label, texts, norms, *rest = (column.to_pylist() for column in columns)
    words = [in_words(text) if "S" in text else norm for text, norm in zip(texts, norms, strict=True)]
    meanings = snapshot.meanings.preferred[names["concept"].to_numpy()].tolist()
    yield from map(Name, concept, ontology, label, texts, words, *rest, meanings)


def topics(snapshot: Snapshot) -> Mask:
    """True for each concept that may be the topic of a text.

    A release may also contain an excerpt of another terminology. The concepts of an excerpt are left out, because some
    are needed only for definitions, such as `natural` and `linear`. To find them, load the other terminology itself.
    """
    concepts, releases = snapshot.concepts, snapshot.tables["Release"]
    place = pc.index_in(concepts["release"], value_set=releases["id"])
    owner = pc.coalesce(releases["prefix"].take(place), "")
    foreign = pc.not_equal(pc.utf8_lower(owner), pc.utf8_lower(concepts["ontology"]))
    out = pc.and_(foreign, pc.not_equal(owner, ""))
    for prefix in _NO_TOPIC:
        out = pc.or_(out, pc.starts_with(concepts["ontology"], prefix, ignore_case=True))
    roots = [snapshot.concept(root) for root in (*_QUALIFIERS, *_METHODS)]
    below = BitMap.union(BitMap(), *(snapshot.hierarchy.descendants(root) for root in roots if root is not None))
    able = snapshot.live & ~np.asarray(out)
    able[np.asarray(below, dtype=np.int64)] = False
    return np.asarray(able & ~_general(snapshot, able))


def _general(snapshot: Snapshot, able: Mask) -> Mask:
    """True for a concept with most of a large terminology below it, such as `disease`, `symptom` or `cell`."""
    ontology = snapshot.concepts["ontology"].combine_chunks().fill_null("").dictionary_encode().indices.to_numpy()
    sizes = np.bincount(ontology, able)[ontology]
    return np.asarray((sizes >= _LARGE) & (snapshot.hierarchy.below.sizes() >= _MOST * sizes))
