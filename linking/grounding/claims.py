"""linking: resolves overlaps between the spans found in a text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from linking.grounding.reading import Span

Found = TypeVar("Found")


class Claims(Generic[Found]):
    """Spans with their matches, sorted by first word.

    A span is not added if one of its words belongs to an earlier span.
    """

    def __init__(self) -> None:
        self._claimed: dict[int, tuple[Span, list[Found]]] = {}
        self._words: set[int] = set()

    def add(self, found: Iterable[tuple[Span, list[Found]]]) -> None:
        for span, matches in found:
            words = range(span.first, span.last + 1)
            if self._words.isdisjoint(words):
                self._words.update(words)
                self._claimed[span.first] = span, matches

    def join(self, found: Iterable[tuple[Span, list[Found]]]) -> None:
        """Like `add`, but adds further matches to a span that exists already.

        For example, the same words may name an organ and a disease of the organ.
        """
        for span, matches in found:
            alone = self._claimed.get(span.first)
            if alone is not None and alone[0] == span:
                self._claimed[span.first] = span, [*alone[1], *matches]
            else:
                self.add([(span, matches)])

    def in_order(self) -> list[tuple[Span, list[Found]]]:
        return [self._claimed[first] for first in sorted(self._claimed)]
