"""cohorts: the simplest form of sets of concepts, ranges, dates, conditions and windows.

The simplest form matches exactly the same events. An unknown number or date is never in a range, and never outside a
range.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec
from msgspec.structs import replace

from cohorts.canonical.dates import first_day, last_day
from cohorts.model import Coded, Condition, Dates, Either, Fixed, Number, Range, Shift, Stated, Text, When, Window
from graph.value_sets import Concepts, Item

T = TypeVar("T")
EMPTY = Range(low=1.0, high=0.0)
"""The range that contains no number."""
NEVER = Either(of=())
"""The condition that no event meets."""


def ordered(some: Iterable[T]) -> tuple[T, ...]:
    """The distinct values in `some`, sorted by their JSON."""
    return tuple(by_json for _, by_json in sorted({msgspec.json.encode(one): one for one in some}.items()))


def simple_concepts(concepts: Concepts) -> Concepts:
    """Removes items of a set of concepts that another item covers or excludes."""
    items = {replace(item, id=item.id.strip(), exact=item.exact and not item.is_value_set) for item in concepts.items}
    whole = {(item.id, item.excluded) for item in items if not item.exact}
    items = {item for item in items if not (item.exact and (item.id, item.excluded) in whole)}
    kept = [item for item in items if not _removed(item, items)]
    if all(item.excluded for item in kept):
        return Concepts(items=())
    return Concepts(items=ordered(kept), certain=concepts.certain and not all(map(_is_same, kept)))


def _is_same(item: Item) -> bool:
    """True if an item stands for the same concepts at the levels CERTAIN and LIKELY."""
    return item.exact or item.is_value_set


def _removed(item: Item, items: set[Item]) -> bool:
    """True for an included item if all of its concepts are excluded."""
    same = Item(item.id, exact=False, excluded=True), Item(item.id, exact=True, excluded=True)
    return not item.excluded and (same[0] in items or (item.exact and same[1] in items))


def simple_range(given: Range) -> Range:
    low, high = (None if limit is None else limit + 0.0 for limit in (given.low, given.high))
    inside = Range(low=low, high=high, above=given.above and low is not None, below=given.below and high is not None)
    if low is not None and high is not None and (low > high or (low == high and (inside.above or inside.below))):
        return Range() if given.outside else EMPTY
    if not given.outside:
        return inside
    if low is not None and high is not None:
        return replace(inside, outside=True)
    if low is None and high is None:
        return EMPTY
    return Range(
        low=high, high=low, above=high is not None and not inside.below, below=low is not None and not inside.above
    )


def intersection(one: Range, other: Range) -> Range:
    """The range of the numbers that are in both ranges. Neither range may have `outside`."""
    lows = [(part.low, part.above) for part in (one, other) if part.low is not None]
    highs = [(part.high, not part.below) for part in (one, other) if part.high is not None]
    low, above = max(lows, default=(None, False))
    high, within = min(highs, default=(None, True))
    return simple_range(Range(low=low, high=high, above=above, below=not within))


def simple_dates(dates: Dates) -> Dates:
    """The dates with days as limits. A month or year becomes its first day in `since`, and its last day in `until`."""
    return replace(dates, since=dates.since and first_day(dates.since), until=dates.until and last_day(dates.until))


def simple_conditions(where: Iterable[Condition]) -> tuple[Condition, ...]:
    """The simplest form of a list of conditions. An event must meet all of the conditions.

    Several ranges of the same number become one range.
    """
    ranges: dict[tuple[str, str | None], Range] = {}
    others: list[Condition] = []
    for condition in map(_simple_condition, where):
        if isinstance(condition, Number) and not condition.range.outside:
            named = condition.field, condition.unit
            ranges[named] = intersection(ranges.get(named, Range()), condition.range)
        else:
            others.append(condition)
    numbers = [Number(field=field, unit=unit, range=range_) for (field, unit), range_ in ranges.items()]  # type: ignore[arg-type]
    found = ordered([*numbers, *others])
    return (NEVER,) if any(map(_is_never, found)) else found


def _is_never(condition: Condition) -> bool:
    match condition:
        case Number(range=range_):
            return range_ == EMPTY
        case Coded(concepts=concepts, other=False):
            return not concepts.items
        case Stated(words=words, other=False):
            return not words
        case Text(texts=texts, other=False):
            return not texts
        case When(dates=Dates(since=since, until=until, outside=False)):
            return bool(since and until and since > until)
    return condition == NEVER


def _simple_condition(condition: Condition) -> Condition:
    match condition:
        case Number(range=range_, unit=unit):
            return replace(condition, range=simple_range(range_), unit=(unit or "").strip() or None)
        case Coded(concepts=concepts):
            return replace(condition, concepts=simple_concepts(concepts))
        case Stated(words=words):
            return replace(condition, words=ordered(words))
        case Text():
            return _simple_text(condition)
        case When(dates=dates):
            return replace(condition, dates=simple_dates(dates))
        case Either(of=of):
            return _simple_either(of)


def _simple_text(text: Text) -> Text:
    """Removes texts that another text covers. The empty text covers all texts, because every text contains it."""
    some, covers = {one.casefold() for one in text.texts}, _COVERS[text.how]
    kept = ordered(one for one in some if not any(covers(one, other) for other in some - {one}))
    if kept == ("",) and text.how != "is":
        return Text(field=text.field, how="is", texts=(), other=not text.other)
    return replace(text, texts=kept, how=text.how if kept else "is")


_COVERS: dict[str, Callable[[str, str], bool]] = {
    "is": lambda one, other: False,
    "contains": lambda one, other: other in one,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
}
"""For each value of `Text.how`: True if every text that matches the first argument also matches the second argument."""


def _simple_either(of: Iterable[Condition]) -> Condition:
    simple = map(_simple_condition, of)
    flat = [one for part in simple for one in (part.of if isinstance(part, Either) else (part,))]
    kept = ordered(one for one in flat if not _is_never(one))
    return kept[0] if len(kept) == 1 else Either(of=kept)


def simple_windows(windows: Iterable[Window]) -> tuple[Window, ...] | None:
    """The simplest form of a list of windows. An event must be in all of the windows.

    The result has at most one window for each combination of `field` and `of`. None if no event can be in all windows.
    """
    spans = defaultdict(list)
    for window in windows:
        spans[window.field, window.of].append(window)
    joined = [
        Window(
            since=max((one.since for one in some if one.since is not None), default=None),
            until=min((one.until for one in some if one.until is not None), default=None),
            field=field,
            of=of,
        )
        for (field, of), some in spans.items()
    ]
    if any(one.since is not None and one.until is not None and one.since > one.until for one in joined):
        return None
    return ordered(one for one in joined if (one.since, one.until) != (None, None))


def simple_shift(shift: Shift | None) -> Shift | None:
    return None if shift == Shift() else shift


def simple_fixed(fixed: Fixed | None) -> Fixed | None:
    if fixed is None or fixed == Fixed():
        return None
    return Fixed(start=fixed.start and first_day(fixed.start), end=fixed.end and last_day(fixed.end))
