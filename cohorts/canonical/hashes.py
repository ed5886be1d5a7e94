"""cohorts: the canonical form of a definition. Definitions that ask the same question in different ways have the same
canonical form.

If two definitions have the same canonical form, they have the same answer. The reverse is not always true. Names and
descriptions of rules are not part of the canonical form. A canonical form does not change if it is converted again.
"""

from __future__ import annotations

from hashlib import sha256

from msgspec.structs import replace

from cohorts.canonical.simple_events import ordered, simple_concepts, simple_dates
from cohorts.canonical.simple_groups import TRUE, all_of, never_matches, simple_events, simple_group, unindexed
from cohorts.encoding import encode
from cohorts.model import Dates, Definition, Events, Rule, WhileExposed


def canonical(definition: Definition) -> Definition:
    """Returns the canonical form. The order of the rules stays the same, because attrition is counted rule by rule."""
    if not definition.entry:
        definition = _without_index(definition)
    also = simple_group(definition.also) if definition.also is not None else TRUE
    exit_ = definition.exit
    if isinstance(exit_, WhileExposed):
        exit_ = replace(exit_, concepts=simple_concepts(exit_.concepts))
    simple = replace(
        definition,
        entry=_entry(definition.entry),
        also=None if also == TRUE else also,
        also_limit=definition.also_limit if definition.also is not None else "all",
        rules=_rules(definition.rules),
        exit=exit_,
        censor=ordered(one for one in map(simple_events, definition.censor) if not never_matches(one)),
        dates=_period(definition.dates),
    )
    return _limited(simple)


def _without_index(definition: Definition) -> Definition:
    rules = tuple(replace(rule, group=unindexed(rule.group)) for rule in definition.rules)
    return replace(definition, also=definition.also and unindexed(definition.also), rules=rules)


def definition_hash(definition: Definition) -> str:
    """The SHA-256 of the canonical form, in hexadecimal digits."""
    return sha256(encode(canonical(definition))).hexdigest()


def question_hash(definition: Definition) -> str:
    """The hash of the result of `question`. It does not depend on how the conditions are divided into rules."""
    return definition_hash(question(definition))


def question(definition: Definition) -> Definition:
    """Returns a definition that finds the same periods of the same patients.

    The result does not depend on how the conditions are divided into rules, or on the order of the rules.
    """
    simple = canonical(definition)
    groups = [rule.group for rule in simple.rules]
    if simple.also_limit != "all":
        return canonical(replace(simple, rules=(Rule(name="", group=all_of(groups)),)))
    return canonical(replace(simple, also=all_of([*groups, *([simple.also] if simple.also else [])]), rules=()))


def _entry(entry: tuple[Events, ...]) -> tuple[Events, ...]:
    """Removes entry events that match nothing.

    If no entry event matches anything, one stays, because a definition without entry events asks another question.
    """
    simple = ordered(map(simple_events, entry))
    return tuple(one for one in simple if not never_matches(one)) or simple[:1]


def _rules(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    """Removes rules that are always true, and rules that equal an earlier rule."""
    groups = dict.fromkeys(simple_group(rule.group) for rule in rules)
    return tuple(Rule(name="", group=group) for group in groups if group != TRUE)


def _period(dates: Dates | None) -> Dates | None:
    simple = dates and simple_dates(dates)
    return None if simple == Dates() else simple


def _limited(definition: Definition) -> Definition:
    """Removes limits that have no effect. After the first limit, each patient has at most one event."""
    if not definition.entry:
        return replace(definition, entry_limit="all", also_limit="all", limit="all", before=0, after=0)
    entry_limit, also_limit, limit = definition.entry_limit, definition.also_limit, definition.limit
    if not definition.rules:
        also_limit, limit = (limit, "all") if also_limit == "all" else (also_limit, "all")
    if definition.also is None and entry_limit == "all":
        entry_limit, also_limit = also_limit, "all"
    if entry_limit != "all":
        also_limit = limit = "all"
    if also_limit != "all":
        limit = "all"
    return replace(definition, entry_limit=entry_limit, also_limit=also_limit, limit=limit)
