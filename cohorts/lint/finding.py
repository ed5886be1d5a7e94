"""cohorts: a finding, which is an error or a possible mistake in a definition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from cohorts.language import Language, Words, listed, say, words
from cohorts.lint.messages import MESSAGES


class Finding(NamedTuple):
    """An error or a possible mistake in a part of a definition, and a remedy.

    `code` is the kind of finding: `unknown_concept`. `path` is empty for the definition as a whole.
    """

    code: str
    path: str
    message: str
    remedy: str


class Remark(NamedTuple):
    """A finding without text. `key` is a key of MESSAGES. `details` are the values of the placeholders in the message.

    A value in `details` may be an error or a part of the model. The functions in `_WORDS` convert such values to text.
    """

    key: str
    path: str
    details: Mapping[str, Any]


def remark(key: str, path: str, **details: Any) -> Remark:
    return Remark(key, path, details)


def said(some: Remark, language: Language) -> Finding:
    """Converts a remark into a finding with text in `language`."""
    known = words(language)
    details = {name: _WORDS[name](value, known) if name in _WORDS else value for name, value in some.details.items()}
    message, remedy = (template.format(**details) for template in MESSAGES[some.key][language])
    return Finding(some.key.partition(".")[0], some.path, message, remedy)


def shown(finding: Finding, language: Language) -> str:
    """A finding on one line: the path, the message and the remedy."""
    return f"{finding.path or say(words(language), 'whole_definition')}: {finding.message}: {finding.remedy}"


def _kinds(kinds: tuple[str, ...], known: Words) -> str:
    return listed([known.say("KIND", kind) for kind in kinds], known)


def _field(field: tuple[str, str], known: Words) -> str:
    return known.say(*field)


def _wrong(wrong: Any, known: Words) -> str:
    text: str = wrong.said(known.language)
    return text


_WORDS: dict[str, Callable[[Any, Words], str]] = {"kinds": _kinds, "field": _field, "wrong": _wrong}
