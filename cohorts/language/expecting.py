"""cohorts: makes the message for an unexpected word in a text, with the expected words and a suggestion."""

from __future__ import annotations

from difflib import SequenceMatcher

from lark import UnexpectedToken

from cohorts.errors import NotUnderstood
from cohorts.language.messages import has, listed, say
from cohorts.language.tokens import SIGNS, cleaned
from cohorts.language.words import LANGUAGES, Words, rows, words

_MOST, _LONGEST = 10, 60
_NEAR = 0.75
_UNITS = "% mmol/mol mmol/L umol/L mg/dL g/dL g/L ng/mL mm[Hg] kg/m2 U/L mL/min".split()
_LAYOUT = {"NEWLINE", "INDENT", "DEDENT", "LINE"}
_SPELT = {kind: sign for sign, kind in SIGNS.items()}


def unexpected(wrong: UnexpectedToken, text: str, known: Words) -> NotUnderstood:
    """The error for a token that is not possible at its position."""
    token, accepts = wrong.token, set(wrong.accepts)
    rest = cleaned(text)[token.start_pos or 0 :] if token.type not in {"$END"} | _LAYOUT else ""
    found = rest[: (token.end_pos or 0) - (token.start_pos or 0)]
    expected = [word for name in _shown(accepts) for word in _named(name, known)]
    some = [*expected[:_MOST], "…"] if len(expected) > _MOST else expected
    details = {
        "found": f'"{found[:_LONGEST]}"' if found else say(known, "end" if token.type == "$END" else "LINE"),
        "expected": listed(some, known),
        "hint": _hint(rest, accepts, known) if found else "",
    }
    line, column = token.line or 1, token.column or 1
    place = say(known, "place", line=line, column=column)
    return NotUnderstood(f"{place}: {say(known, 'unexpected', **details)}", line, column, found, expected)


def _shown(accepts: set[str]) -> list[str]:
    """The terminals in `accepts` that the message shows, in the order of words.tsv.

    Ends of lines only if no other terminal is possible.
    """
    ordered = [name for name in dict.fromkeys(row.terminal for row in rows()) if name in accepts]
    ordered += sorted(accepts - set(ordered))
    return [name for name in ordered if name not in _LAYOUT | {"$END"}] or ordered


def _named(terminal: str, known: Words) -> list[str]:
    phrases = [f'"{phrase}"' for phrase in known.all(terminal)]
    if terminal == "$END":
        return [say(known, "end")]
    if has(terminal):
        return [say(known, terminal, some=", ".join(phrases[:1] + phrases[2:4]))]
    return [f'"{_SPELT[terminal]}"'] if terminal in _SPELT else phrases


def _hint(rest: str, accepts: set[str], known: Words) -> str:
    """A suggestion: the accepted phrase that is most similar to `rest`, or the language that `rest` is probably in."""
    said = rest[:_LONGEST].lower().split()
    some = [*known.phrases(accepts), *(_UNITS if "UNIT" in accepts else ())]
    near = max(((_likeness(phrase, said), phrase) for phrase in some), default=(0.0, ""))
    if near[0] >= _NEAR:
        return say(known, "hint", hint=f'"{near[1]}"')
    others = (words(language) for language in LANGUAGES if language != known.language)
    found = [rest[: match[2]] for other in others if (match := other.match(rest, 0)) and match[0] in accepts]
    return say(known, "other_language", word=f'"{found[0]}"') if found else ""


def _likeness(phrase: str, said: list[str]) -> float:
    """The similarity of `phrase` and the same number of words at the start of `said`, from 0 to 1.

    If `phrase` has several words and begins with the first word in `said`, the result is _NEAR.
    """
    if phrase.startswith(f"{said[0]} "):
        return _NEAR
    count = phrase.count(" ") + 1
    return SequenceMatcher(None, phrase.lower(), " ".join(said[:count])).ratio()
