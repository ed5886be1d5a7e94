"""cohorts: the texts of an explanation in English."""

from __future__ import annotations

from collections.abc import Callable

from cohorts.language import member_text
from cohorts.model import Definition
from cohorts.results.explained import Criterion, Explanation

_STEPS = {
    "observation": "too few days of observation before or after the event",
    "entry_limit": "the limit of entry events, which selects another event",
    "also": "the condition for entry events",
    "also_limit": "the limit of entry events that meet the condition, which selects another event",
    "limit": "the limit of entry events that meet all rules, which selects another event",
    "dates": "the dates of the definition, because only ages are known of the patient",
    "time": "the time in the cohort, which would end before its start",
}
_ENDS = {
    "exit": "the exit of the definition",
    "dates": "the last date of the definition",
    "observation": "the end of the observation period",
}


def step_words(definition: Definition, path: str) -> str:
    """The part of a definition that excludes an entry event: `rule "no insulin"`."""
    if not path.startswith("rules["):
        return _STEPS[path]
    number = int(path.removeprefix("rules[").removesuffix("]"))
    name = definition.rules[number].name
    return f'rule "{name}"' if name else f"rule {number + 1}"


def criterion_words(definition: Definition, one: Criterion, label: Callable[[str], str | None]) -> str:
    """The text of a criterion. The text of a whole group begins with its rule: `rule "no insulin": all of`."""
    text = member_text(one.member, label=label)
    return text if ".of[" in one.path else f"{step_words(definition, one.path.removesuffix('.group'))}: {text}"


def end_words(path: str) -> str:
    """The part of a definition that ends a time in the cohort: `the end of the observation period`."""
    return _ENDS.get(path, "a censoring event")


def reason(definition: Definition, explained: Explanation) -> str:
    """Why the patient is or is not in the cohort, in one sentence without a full stop."""
    if explained.inside:
        return "the patient is in the cohort"
    if not explained.entries:
        return "the patient is not in the cohort: no entry event"
    first = next(one.excluded_by for one in explained.entries)
    if not definition.entry:
        return f"the patient is not in the cohort: excluded by {step_words(definition, first)}"
    return "the patient is not in the cohort: every entry event is excluded"
