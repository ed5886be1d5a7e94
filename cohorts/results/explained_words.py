"""cohorts: the parts of an explanation in plain English."""

from __future__ import annotations

from cohorts.model import Definition
from cohorts.results.explained import Explanation

_STEPS = {
    "observation": "too little observation before or after it",
    "entry_limit": "the limit of entry events, which keeps another one",
    "also": "the condition for entry events",
    "also_limit": "the limit of entry events that meet the condition, which keeps another one",
    "limit": "the limit of entry events that meet all rules, which keeps another one",
    "time": "its time in the cohort, which would end before it begins",
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


def end_words(path: str) -> str:
    """The part of a definition that ends a time in the cohort: `the end of the observation period`."""
    return _ENDS.get(path, "a censoring event")


def reason(definition: Definition, explained: Explanation) -> str:
    """Why the patient is in the cohort or not, in one sentence without the full stop."""
    if explained.inside:
        return "the patient is in the cohort"
    if not explained.entries:
        return "the patient is not in the cohort: no entry event"
    first = next(one.excluded_by for one in explained.entries)
    if not definition.entry:
        return f"the patient is not in the cohort: excluded by {step_words(definition, first)}"
    return "the patient is not in the cohort: every entry event is excluded"
