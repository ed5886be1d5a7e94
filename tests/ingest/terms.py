"""tests of ingest: makes two small terminologies, and the SAME_AS edges expected from their equal names."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Store
from tests.graph.rows import table
from tests.ingest.graphs import obo

WORDS = "angina asthma bronchitis colitis dermatitis eczema fibrosis gastritis hepatitis".split()
COLUMNS = ("source", "target", "probability", "level", "evidence", "release", "job")


def terms(folder: Path, prefix: str, *words: str, version: str = "1") -> Path:
    """A terminology with one concept for each of WORDS. Only the concepts of the given words have them as names."""
    names = [word if word in words else f"{prefix} has another word {number}" for number, word in enumerate(WORDS)]
    stanzas = [f"{prefix}:{number}\nname: {name}" for number, name in enumerate(names)]
    return obo(folder / f"{prefix.lower()}.obo", version, *stanzas, ontology=prefix.lower())


def pairs(words: list[str]) -> Counter[tuple[str, str]]:
    """The expected pairs of concepts with these names, in both directions."""
    ends = [(f"A:{WORDS.index(word)}", f"B:{WORDS.index(word)}") for word in words]
    return Counter(ends + [(other, one) for one, other in ends])


def same(store: Store) -> Counter[tuple[str, str]]:
    return Counter(table(store, "SAME_AS", "source", "target"))


def states(store: Store) -> list[tuple[Any, ...]]:
    return [row for row in table(store, "Job", "kind", "id", "state", "checkpoint") if row[0] == "meaning"]


def picture(store: Store) -> Snapshot:
    return fresh_snapshot(store, store.address.state)
