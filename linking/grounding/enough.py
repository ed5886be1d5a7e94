"""linking: selects the matches of a text that are returned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from linking.grounding.matches import Match


def enough(matches: Iterable[Match], top: int, least: float) -> list[Match]:
    """Returns the matches with a score of at least `least`, in the given order, and at most `top` for each span."""
    counts: Counter[tuple[int, int]] = Counter()
    kept = []
    for match in matches:
        counts[match.start, match.end] += match.score >= least
        if match.score >= least and counts[match.start, match.end] <= top:
            kept.append(match)
    return kept
