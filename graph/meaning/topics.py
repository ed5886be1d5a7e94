"""graph: the names that a text may use to say what it is about, of the concepts that can be a topic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyroaring import BitMap

from graph.names import LEXICON
from graph.site_names import LOCAL
from graph.snapshot import Snapshot

Mask = npt.NDArray[np.bool_]

# Units and administrative codes are words of any text and never its topic.
_NO_TOPIC = ("ucum", "hl7.", "omop", "visit", "gender", "race", "ethnicity")
# Branches that say how, how often or how inherited a thing is, not what; their names are adjectives of any text:
# mode of inheritance, clinical modifier, past medical history, frequency; MONDO's disease characteristic.
_QUALIFIERS = ("HP:0000005", "HP:0012823", "HP:0032443", "HP:0040279", "MONDO:0021125")
# What is called by a narrower name is of the concept; one called by a broader name need not be.
_KINDS = ("label", "exact", LEXICON, "abbreviation", LOCAL, "narrow", "related")


class Name(NamedTuple):
    """One name of a concept; `norm` is its normal form, `label` what the concept is called itself."""

    concept: str
    ontology: str
    label: str
    text: str
    norm: str
    kind: str
    language: str


def topic_names(snapshot: Snapshot) -> Iterator[Name]:
    """Every label and synonym, but for broad ones, of what may be a topic, best first.

    An excerpt of another terminology holds what its ontology needs for definitions, `natural` and `linear` among it;
    who wants to find the concepts of a terminology loads it whole.
    """
    names, concepts = snapshot.names.table, snapshot.concepts
    keep = pc.and_(pa.array(topics(snapshot)).take(names["concept"]), pc.is_in(names["kind"], pa.array(_KINDS)))
    names = names.filter(keep)
    owner = concepts.select(["id", "ontology", "label"]).take(names["concept"])
    columns = *(owner[column] for column in owner.column_names), *(names[column] for column in Name._fields[3:])
    yield from map(Name, *(column.to_pylist() for column in columns))


def topics(snapshot: Snapshot) -> Mask:
    """Whether each concept may be the topic of a text."""
    concepts, releases = snapshot.concepts, snapshot.tables["Release"]
    out = pc.or_(concepts["deprecated"], concepts["stub"]).fill_null(True)
    place = pc.index_in(concepts["release"], value_set=releases["id"])
    owner = pc.coalesce(releases["prefix"].take(place), "")
    foreign = pc.not_equal(pc.utf8_lower(owner), pc.utf8_lower(concepts["ontology"]))
    out = pc.or_(out, pc.and_(foreign, pc.not_equal(owner, "")))
    for prefix in _NO_TOPIC:
        out = pc.or_(out, pc.starts_with(concepts["ontology"], prefix, ignore_case=True))
    roots = [snapshot.concept(root) for root in _QUALIFIERS]
    below = BitMap.union(BitMap(), *(snapshot.hierarchy.descendants(root) for root in roots if root is not None))
    able = ~np.asarray(out)
    able[np.asarray(below, dtype=np.int64)] = False
    return able
