"""graph: which of the things found in a text keep their words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from graph.meaning.reading import Span

Found = TypeVar("Found")


class Claims(Generic[Found]):
    """Spans with what is found there under their first word; who comes first keeps the words."""

    def __init__(self) -> None:
        self._claimed: dict[int, tuple[Span, list[Found]]] = {}
        self._words: set[int] = set()

    def add(self, found: Iterable[tuple[Span, list[Found]]]) -> None:
        for span, matches in found:
            words = range(span.first, span.last + 1)
            if self._words.isdisjoint(words):
                self._words.update(words)
                self._claimed[span.first] = span, matches

    def in_order(self) -> list[tuple[Span, list[Found]]]:
        return [self._claimed[first] for first in sorted(self._claimed)]
