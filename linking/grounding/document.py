"""linking: improves the scores of a mention by the other mentions of its document.

If one mention means a concept, another mention of the document that may mean this concept is more likely to mean it.
The scores of an exact name are not changed, even if the name is a homonym: on two corpora, changed scores did not
improve the results.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import exp

from graph.lexical import normalise
from linking.grounding.likeness import in_capitals
from linking.grounding.matches import Match

DEPTH = 20
"""The number of concepts that are considered for a mention."""
_GAIN = 1.0
"""If another mention means a concept, the log odds of the concept rise by this number times the score of that mention.

With 0 or 1.4, fewer concepts are found in the training parts of two corpora, even if half of each training part is
loaded as site names.
"""

Scores = Mapping[str, Sequence[tuple[float, str]]]
"""For each concept, the score and normal form of each mention that may mean the concept, highest score first."""


def together(
    texts: Sequence[str],
    found: Sequence[list[Match]],
    documents: Sequence[Hashable],
    release: Callable[[str], int],
) -> list[list[Match]]:
    """Returns the matches of each mention, with scores that also use the other mentions of its document.

    `release` returns the number of the release that defines a concept.
    """
    of: dict[Hashable, dict[str, list[Match]]] = defaultdict(dict)
    for text, matches, document in zip(texts, found, documents, strict=True):
        of[document][normalise(text)] = matches
    scores = {document: _scores(mentions) for document, mentions in of.items()}
    return [
        matches if _is_name(matches) else _beside(text, matches, of[document], scores[document], release)
        for text, matches, document in zip(texts, found, documents, strict=True)
    ]


def _is_name(matches: Sequence[Match]) -> bool:
    return any(match.method == "exact" for match in matches)


def _scores(mentions: Mapping[str, Sequence[Match]]) -> Scores:
    found: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for norm, matches in mentions.items():
        for match in matches:
            found[match.concept].append((match.score, norm))
    return {concept: sorted(some, reverse=True) for concept, some in found.items()}


def _beside(
    text: str, matches: list[Match], mentions: Mapping[str, list[Match]], others: Scores, release: Callable[[str], int]
) -> list[Match]:
    norm = normalise(text)
    if in_capitals(text) and (long := _long_form(norm, mentions)):
        return [match._replace(text=text, start=0, end=len(text), method="normalised") for match in long]
    gains = {match.concept: exp(_GAIN * _other(others[match.concept], norm)) for match in matches}
    every: dict[int, float] = defaultdict(lambda: 1.0)
    for match in matches:
        every[release(match.concept)] += match.score * (gains[match.concept] - 1)
    scores = (match.score * gains[match.concept] / every[release(match.concept)] for match in matches)
    helped = [match._replace(score=round(score, 3)) for match, score in zip(matches, scores, strict=True)]
    return sorted(helped, key=lambda match: -match.score)


def _other(scores: Sequence[tuple[float, str]], norm: str) -> float:
    """Of `scores`, the scores of a concept in a document, returns the highest score of a mention other than `norm`."""
    return next((score for score, other in scores[:2] if other != norm), 0.0)


def _long_form(short: str, mentions: Mapping[str, list[Match]]) -> list[Match]:
    """Returns the matches of the mention with the initials `short`: for `alf`, of `acute liver failure`."""
    letters = short.replace(" ", "")
    words = (norm for norm in mentions if norm != short and "".join(word[0] for word in norm.split()) == letters)
    return next((mentions[norm] for norm in words if len(letters) > 1), [])
