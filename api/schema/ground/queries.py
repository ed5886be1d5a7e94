"""api: the query that finds the concepts of texts and mentions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, NamedTuple

import strawberry

from api.errors import BadInput
from api.fields import FAILS, TEXT, TEXTS, Context, Node, grouped, in_time, resolved, slow
from api.schema.concept.filters import prefixes_of
from api.schema.concept.loaders import CONCEPT
from api.schema.ground.types import Grounded, TextKind
from linking.grounding import Grounder, Match, enough

_TOP = 50
_MOST_ONTOLOGIES = 500
_AT_ONCE = 25

Texts = Annotated[
    list[str],
    strawberry.argument(
        description=f'Texts, at most {TEXTS} of at most {TEXT:,} characters each: `["no history of suikerziekte"]`.'
    ),
]
Kind = Annotated[TextKind, strawberry.argument(description="How the texts are read: `MENTION`.")]
Ontologies = Annotated[
    list[str] | None,
    strawberry.argument(description='Only concepts of these ontologies, by prefix: `["MONDO", "HP"]`.'),
]
Top = Annotated[
    int,
    strawberry.argument(
        description=f"The maximum number of concepts for one mention or span of text, 1 to {_TOP}: `5`."
    ),
]
Together = Annotated[
    bool,
    strawberry.argument(
        description="True if all mentions are from one document: `true`. Then one mention can explain another: `acute "
        "liver failure` explains `ALF`. For texts, the argument has no effect."
    ),
]
MinScore = Annotated[float, strawberry.argument(description="Only matches with at least this score, 0 to 1: `0.7`.")]


class Found(NamedTuple):
    """The data of a Grounded."""

    text: str
    matches: list[FoundMatch]


class FoundMatch(NamedTuple):
    concept: Node
    score: float
    method: str
    words: str
    start: int
    end: int
    assertion: str
    name: str | None


def _ground(
    info: strawberry.Info[Context],
    texts: Texts,
    kind: Kind = TextKind.TEXT,
    ontologies: Ontologies = None,
    top: Top = 5,
    min_score: MinScore = 0.0,
    together: Together = False,
) -> list[Found]:
    _refuse_unfit(texts, ontologies or [], top)
    context, understanding = info.context, info.context.understanding
    context.meter.spend_on_texts(map(len, texts))
    prefixes = prefixes_of(context, ontologies or [])
    with slow():
        grounder = understanding.grounder(context.snapshot, prefixes)
        if grounder.meaning is None or not grounder.meaning.whole:
            context.notes.update(understanding.state())
        lists = [enough(matches, top, min_score) for matches in _matches(grounder, texts, kind, top, together)]
    numbers = [[context.snapshot.ids.find(match.concept) or 0 for match in matches] for matches in lists]
    rows = zip(texts, lists, grouped(context, CONCEPT, numbers), strict=True)
    return [Found(text, list(map(_found, matches, nodes))) for text, matches, nodes in rows]


def _refuse_unfit(texts: Sequence[str], ontologies: Sequence[str], top: int) -> None:
    """Raises BadInput if there are too many texts or ontologies, if a text is too long, or if `top` is not valid."""
    if len(texts) > TEXTS:
        raise BadInput(f"texts has {len(texts)} entries: ask for at most {TEXTS} at a time")
    longest = max(map(len, texts), default=0)
    if longest > TEXT:
        raise BadInput(f"a text has {longest:,} characters: give at most {TEXT:,}, a paragraph at a time")
    if not 1 <= top <= _TOP:
        raise BadInput(f"top is {top}: give 1 to {_TOP}")
    if len(ontologies) > _MOST_ONTOLOGIES:
        raise BadInput(f"ontologies has {len(ontologies)} entries: give at most {_MOST_ONTOLOGIES}")


def _matches(
    grounder: Grounder, texts: Sequence[str], kind: TextKind, top: int, together: bool
) -> Iterator[list[Match]]:
    if kind is TextKind.MENTION and together:
        yield from grounder.mentions(texts, top, [0] * len(texts))
        return
    if kind is TextKind.MENTION:
        for start in range(0, len(texts), _AT_ONCE):
            in_time()
            yield from grounder.mentions(texts[start : start + _AT_ONCE], top)
        return
    for text in texts:
        in_time()
        yield grounder.text(text)


def _found(match: Match, concept: Node) -> FoundMatch:
    name = match.name or None
    return FoundMatch(concept, match.score, match.method, match.text, match.start, match.end, match.assertion, name)


@strawberry.type
class GroundQuery:
    ground: list[Grounded] | None = resolved(
        _ground,
        "The concepts that Dutch or English texts name, in the order of the texts. If vectors are not available, only "
        f"words are compared and `extensions.meaning` of the answer says why. {FAILS}",
    )
