"""cohorts: findings about windows and observation time, and about when patients enter and leave a cohort."""

from __future__ import annotations

from collections.abc import Iterator

from cohorts.canonical import simple_windows
from cohorts.lint.finding import Finding
from cohorts.model import AfterDays, Definition, Events, Group, Occurs, Person, Window
from cohorts.parts import Place

_OLDEST_DAYS = 130 * 366


def of_times(place: Place) -> Iterator[Finding]:
    match place.part:
        case Window(since=int(since), until=int(until)) if since > until:
            message = f"no day is {since} or more and {until} or fewer days from the index"
            yield Finding("window_never", place.path, message, "exchange or correct the days")
        case Window(until=int(until)) if until < -_OLDEST_DAYS:
            yield Finding(
                "window_never", place.path, "this window ends before any patient was born", "correct the days"
            )
        case Occurs():
            yield from _occurs(place)
        case Person(age=age, dates=dates, ends=ends) if (age or dates or ends) and not _has_index(place):
            message = "a definition without entry events has no index, so no age or date at the index"
            yield Finding("no_index", place.path, message, "state entry events, or use years of birth")
        case Definition(entry=entry) if entry:
            yield from _definition(place.part)


def _has_index(place: Place) -> bool:
    return any(isinstance(one, Events) or (isinstance(one, Definition) and one.entry) for one in place.above)


def _occurs(place: Place) -> Iterator[Finding]:
    occurs, definition = place.part, place.definition
    if (occurs.windows or occurs.same_visit) and not _has_index(place):
        message = "a definition without entry events has no index, so windows and visits say nothing"
        yield Finding("no_index", place.path, message, "state entry events, or leave the window out")
    if simple_windows(occurs.windows) is None and not any(map(_is_empty, occurs.windows)):
        message = "no event can be in all of these windows"
        yield Finding("window_never", f"{place.path}.windows", message, "correct or leave out one of them")
    if definition and definition.entry and not any(isinstance(one, Events) for one in place.above):
        yield from _observed(place, definition)


def _is_empty(window: Window) -> bool:
    return window.since is not None and window.until is not None and window.since > window.until


def _observed(place: Place, definition: Definition) -> Iterator[Finding]:
    """Findings about events that must be absent on days on which the patient may not be observed or has left the
    cohort.
    """
    occurs = place.part
    for n, window in enumerate(occurs.windows):
        path = f"{place.path}.windows[{n}]"
        exit_ = definition.exit
        if isinstance(exit_, AfterDays) and exit_.of == window.of and (window.since or 0) > exit_.days:
            message = "the patient has left the cohort before this window begins"
            yield Finding("after_exit", path, message, "let the patient leave later, or correct the days")
        if occurs.at_most is None or occurs.outside_observation:
            continue
        if window.since is not None and -window.since > definition.before:
            yield _unobserved(path, "before", -window.since, definition.before)
        if window.until is not None and window.until > definition.after:
            yield _unobserved(path, "after", window.until, definition.after)


def _unobserved(path: str, side: str, days: int, observed: int) -> Finding:
    message = f"events are counted up to {days} days {side} the index, but only {observed} days are surely observed"
    return Finding("short_observation", path, message, f"require {days} days of observation {side} the index")


def _definition(definition: Definition) -> Iterator[Finding]:
    if definition.exit is None and (definition.after or _looks_ahead(definition)):
        message = "events after the index are used, but the patient stays until the end of observation"
        yield Finding("no_exit", "exit", message, "state when the patient leaves the cohort, if that is meant")
    limited = any(which != "all" for which in (definition.entry_limit, definition.also_limit, definition.limit))
    if not limited and any(events.nth == 0 for events in definition.entry):
        message = "a patient can enter the cohort several times"
        yield Finding("no_limit", "limit", message, "keep the first or last event of each patient, if that is meant")


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
