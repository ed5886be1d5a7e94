"""cohorts: runs all checks on a definition."""

from __future__ import annotations

from collections.abc import Iterable

from cohorts.language import Label, Language, say, words
from cohorts.lint.concepts import ConceptFindings, HasEvents
from cohorts.lint.events import of_events
from cohorts.lint.finding import Finding, said
from cohorts.lint.logic import of_logic
from cohorts.lint.times import of_times
from cohorts.model import Definition
from cohorts.parts import places
from graph.snapshot import NONE, Numbers, Snapshot
from graph.value_sets import Item


def lint(
    definition: Definition,
    snapshot: Snapshot,
    has_events: HasEvents = lambda _: None,
    hidden: Numbers = NONE,
    labels: Iterable[Label] = (),
    language: Language = "en",
) -> list[Finding]:
    """The findings about `definition`, in the order of its parts.

    `has_events` returns whether patients have events of some concepts, or None if disclosure control does not allow the
    caller to know. `hidden` are concepts that do not exist for the caller. `labels` are the labels in the text from
    which the definition was read. `language` is the language of the messages.
    """
    concepts = ConceptFindings(snapshot, has_events, hidden)
    found = [
        remark
        for place in places(definition)
        for read in (concepts.of, of_events, of_logic, of_times)
        for remark in read(place)
    ]
    for label in labels:
        position = say(words(language), "place", line=label.line, column=label.column)
        found += concepts.label(label, position)
    return [said(remark, language) for remark in found]


def find_unknown(
    definition: Definition, snapshot: Snapshot, hidden: Numbers = NONE, language: Language = "en"
) -> list[Finding]:
    """The findings about unknown concepts and value sets. No event can have an unknown concept.

    `hidden` are concepts that do not exist for the caller. `language` is the language of the messages.
    """
    concepts = ConceptFindings(snapshot, lambda _: None, hidden)
    items = (place for place in places(definition) if isinstance(place.part, Item))
    found = (said(remark, language) for place in items for remark in concepts.of(place))
    return [finding for finding in found if finding.code in ("unknown_concept", "unknown_value_set")]
