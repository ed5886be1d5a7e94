"""cohorts: findings about windows and observation time, and about when patients enter and leave a cohort."""

from __future__ import annotations

from collections.abc import Iterator

from cohorts.canonical import simple_windows
from cohorts.lint.finding import Remark, remark
from cohorts.model import AfterDays, Definition, Events, Group, Occurs, Person, Window
from cohorts.parts import Place

_OLDEST_DAYS = 130 * 366


def of_times(place: Place) -> Iterator[Remark]:
    match place.part:
        case Window(since=int(since), until=int(until)) if since > until:
            yield remark("window_never.days", place.path, since=since, until=until)
        case Window(until=int(until)) if until < -_OLDEST_DAYS:
            yield remark("window_never.before_birth", place.path)
        case Occurs():
            yield from _occurs(place)
        case Person(age=age, dates=dates, ends=ends) if (age or dates or ends) and not _has_index(place):
            yield remark("no_index.person", place.path)
        case Definition(entry=entry) if entry:
            yield from _definition(place.part)


def _has_index(place: Place) -> bool:
    return any(isinstance(one, Events) or (isinstance(one, Definition) and one.entry) for one in place.above)


def _occurs(place: Place) -> Iterator[Remark]:
    occurs, definition = place.part, place.definition
    if (occurs.windows or occurs.same_visit) and not _has_index(place):
        yield remark("no_index.window", place.path)
    if simple_windows(occurs.windows) is None and not any(map(_is_empty, occurs.windows)):
        yield remark("window_never.windows", f"{place.path}.windows")
    if definition and definition.entry and not any(isinstance(one, Events) for one in place.above):
        yield from _observed(place, definition)


def _is_empty(window: Window) -> bool:
    return window.since is not None and window.until is not None and window.since > window.until


def _observed(place: Place, definition: Definition) -> Iterator[Remark]:
    """Findings about windows that begin after the patient has left the cohort.

    If the number of events has a maximum, also findings about windows with days on which the definition does not
    require the patient to be under observation.
    """
    occurs = place.part
    for n, window in enumerate(occurs.windows):
        path = f"{place.path}.windows[{n}]"
        exit_ = definition.exit
        if isinstance(exit_, AfterDays) and exit_.of == window.of and (window.since or 0) > exit_.days:
            yield remark("after_exit", path)
        if occurs.at_most is None or occurs.outside_observation:
            continue
        if window.since is not None and -window.since > definition.before:
            yield remark("short_observation.before", path, days=-window.since, observed=definition.before)
        if window.until is not None and window.until > definition.after:
            yield remark("short_observation.after", path, days=window.until, observed=definition.after)


def _definition(definition: Definition) -> Iterator[Remark]:
    if definition.exit is None and (definition.after or _looks_ahead(definition)):
        yield remark("no_exit", "exit")
    limited = any(which != "all" for which in (definition.entry_limit, definition.also_limit, definition.limit))
    if not limited and any(events.nth == 0 for events in definition.entry):
        yield remark("no_limit", "limit")


def _looks_ahead(definition: Definition) -> bool:
    groups = [rule.group for rule in definition.rules] + ([definition.also] if definition.also else [])
    waiting, found = list(groups), False
    while waiting:
        for member in waiting.pop().of:
            if isinstance(member, Occurs):
                found = found or any(window.until is None or window.until > 0 for window in member.windows)
            elif isinstance(member, Group):
                waiting.append(member)
    return found
