"""api: the parts of a value set as texts: `of loinc and code matches 45.* and not obsolete`."""

from __future__ import annotations

from collections.abc import Iterator

from graph.value_sets import Item, Part

_SHOWN = 5


def text_of(part: Part) -> str:
    """Returns the conditions of a part of a value set, joined by `and`."""
    conditions = " and ".join(_conditions(part))
    return f"except: {conditions}" if part.excluded else conditions


def _conditions(part: Part) -> Iterator[str]:
    if part.system:
        yield f"of {part.system}"
    yield from (f"in {_listed(some)}" for some in part.all_of)
    if part.none_of:
        yield f"not in {_listed(part.none_of)}"
    yield from (f"directly below {id_}" for id_ in part.child_of)
    yield from (f"code matches {pattern}" for pattern in part.matches)
    if part.obsolete is not None:
        yield "obsolete" if part.obsolete else "not obsolete"


def _listed(items: tuple[Item, ...]) -> str:
    shown = [f"exactly {item.id}" if item.exact else item.id for item in items[:_SHOWN]]
    return " or ".join(shown) + (f" or {len(items) - _SHOWN:,} more" if len(items) > _SHOWN else "")
