"""linking: the mentions of one document help one another: what one of them means, another is likelier to mean.

A mention that is a name keeps what it has, homonyms too: fitted on two corpora, the other mentions tell nothing of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from math import exp

from graph.lexical import normalise
from linking.grounding.likeness import in_capitals
from linking.grounding.spans import Match

DEPTH = 20
"""How many concepts of a mention are looked at."""
_SAID = 1.0
"""What a concept that another mention surely means gains in log odds, as far as that is sure.

Of 0, 1 and 1.4 it finds the most in the training parts of two corpora, with half of each as names of a site or without.
"""

Said = Mapping[str, Sequence[tuple[float, str]]]
"""For each concept how sure mentions are to mean it, the surest first, with their normal forms."""


def together(
    texts: Sequence[str],
    found: Sequence[list[Match]],
    documents: Sequence[Hashable],
    release: Callable[[str], int],
) -> list[list[Match]]:
    """What each mention means beside the others of its document; `release` is that of a concept's terminology."""
    of: dict[Hashable, dict[str, list[Match]]] = defaultdict(dict)
    for text, matches, document in zip(texts, found, documents, strict=True):
        of[document][normalise(text)] = matches
    said = {document: _said(mentions) for document, mentions in of.items()}
    return [
        matches if _is_name(matches) else _beside(text, matches, of[document], said[document], release)
        for text, matches, document in zip(texts, found, documents, strict=True)
    ]


def _is_name(matches: Sequence[Match]) -> bool:
    return any(match.method == "exact" for match in matches)


def _said(mentions: Mapping[str, Sequence[Match]]) -> Said:
    said: dict[str, list[tuple[float, str]]] = defaultdict(list)
    for norm, matches in mentions.items():
        for match in matches:
            said[match.concept].append((match.score, norm))
    return {concept: sorted(some, reverse=True) for concept, some in said.items()}


def _beside(
    text: str, matches: list[Match], mentions: Mapping[str, list[Match]], said: Said, release: Callable[[str], int]
) -> list[Match]:
    norm = normalise(text)
    if in_capitals(text) and (long := _long_form(norm, mentions)):
        return [match._replace(text=text, start=0, end=len(text), method="normalised") for match in long]
    gains = {match.concept: exp(_SAID * _other(said[match.concept], norm)) for match in matches}
    every: dict[int, float] = defaultdict(lambda: 1.0)
    for match in matches:
        every[release(match.concept)] += match.score * (gains[match.concept] - 1)
    scores = (match.score * gains[match.concept] / every[release(match.concept)] for match in matches)
    helped = [match._replace(score=round(score, 3)) for match, score in zip(matches, scores, strict=True)]
    return sorted(helped, key=lambda match: -match.score)


def _other(said: Sequence[tuple[float, str]], norm: str) -> float:
    """How sure the surest of the other mentions is."""
    return next((score for score, other in said[:2] if other != norm), 0.0)


def _long_form(short: str, mentions: Mapping[str, list[Match]]) -> list[Match]:
    """What the mention means whose words begin with the letters of an abbreviation: `acute liver failure` for `ALF`."""
    letters = short.replace(" ", "")
    words = (norm for norm in mentions if norm != short and "".join(word[0] for word in norm.split()) == letters)
    return next((mentions[norm] for norm in words if len(letters) > 1), [])
