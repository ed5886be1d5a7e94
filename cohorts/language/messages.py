"""cohorts: the messages about errors in a text in the controlled language. Messages are in the language of the text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cohorts.language.words import Language, Words

_MESSAGES: dict[str, dict[Language, str]] = {
    "place": {"en": "line {line}, column {column}", "nl": "regel {line}, kolom {column}"},
    "unexpected": {
        "en": "found {found}, expected {expected}{hint}",
        "nl": "{found} gevonden, {expected} verwacht{hint}",
    },
    "hint": {"en": "; did you mean {hint}?", "nl": "; bedoelt u {hint}?"},
    "other_language": {
        "en": "; {word} is a word of the Dutch language: read this text as Dutch (nl)",
        "nl": "; {word} is een woord in de Engelse taal: lees deze tekst als Engels (en)",
    },
    "end": {"en": "the end of the text", "nl": "het einde van de tekst"},
    "or": {"en": "{some} or {last}", "nl": "{some} of {last}"},
    "whole_definition": {"en": "the definition", "nl": "de definitie"},
    "NUMBER": {"en": "a number", "nl": "een getal"},
    "DATE": {"en": "a date (2021-03-04, 2021-03 or 2021)", "nl": "een datum (2021-03-04, 2021-03 of 2021)"},
    "STRING": {"en": "a text in quotes", "nl": "een tekst tussen aanhalingstekens"},
    "UNIT": {"en": "a unit", "nl": "een eenheid"},
    "OTHER": {"en": "a sign", "nl": "een teken"},
    "ID": {"en": "a CURIE such as MONDO:0005148", "nl": "een CURIE zoals MONDO:0005148"},
    "LABEL": {"en": "a label", "nl": "een naam"},
    "ORDINAL": {"en": "an ordinal such as 2nd", "nl": "een rangtelwoord zoals 2e"},
    "KIND": {"en": "a kind of event such as {some}", "nl": "een soort gebeurtenis zoals {some}"},
    "NEWLINE": {"en": "a new line", "nl": "een nieuwe regel"},
    "INDENT": {"en": "an indented line", "nl": "een ingesprongen regel"},
    "DEDENT": {"en": "a line that is indented less", "nl": "een minder ingesprongen regel"},
    "LINE": {"en": "the end of the line", "nl": "het einde van de regel"},
    "long": {
        "en": "the text is longer than {most} characters: use broader concepts instead of a list, or JSON",
        "nl": "de tekst is langer dan {most} tekens: gebruik ruimere concepten in plaats van een lijst, of JSON",
    },
    "deep": {
        "en": "more than {most} levels of nested groups: make the definition flatter",
        "nl": "meer dan {most} niveaus van groepen in groepen: maak de definitie vlakker",
    },
    "control": {
        "en": "the text contains the control character {code}: remove it",
        "nl": "de tekst bevat het stuurteken {code}: verwijder het",
    },
    "tab": {"en": "indent with spaces, not with tabs", "nl": "spring in met spaties, niet met tabs"},
    "indent": {
        "en": "the indentation matches no earlier line: align this line with an earlier line of the same block",
        "nl": "geen eerdere regel is zo ingesprongen: lijn deze regel uit met een eerdere regel van hetzelfde blok",
    },
    "escape": {
        "en": r"a backslash in a text must start an escape, such as \" \\ \n \t \u00e9",
        "nl": r"een backslash in een tekst moet het begin zijn van \" \\ \n \t \u00e9",
    },
    "decimal": {
        "en": "write {right}, with a decimal point and without thousands separators",
        "nl": "schrijf {right} met een komma, en geen scheidingstekens voor duizendtallen",
    },
    "huge": {"en": "the number {found} is too large", "nl": "{found} is een te groot getal"},
    "whole": {"en": "{found} must be a whole number", "nl": "{found} moet een geheel getal zijn"},
    "positive": {"en": "{found} must be 1 or more", "nl": "{found} moet minstens 1 zijn"},
    "date": {
        "en": "{found} is not a date: write 2021-03-04, 2021-03 or 2021",
        "nl": "{found} is geen datum: schrijf 2021-03-04, 2021-03 of 2021",
    },
    "inexact": {
        "en": "{found} have no fixed number of days: write days, such as {days} days",
        "nl": "{found} hebben geen vast aantal dagen: schrijf dagen, zoals {days} dagen",
    },
    "twice": {"en": "this is stated twice: {found}", "nl": "dit staat er twee keer: {found}"},
    "not_outside": {
        "en": "an event can be counted as lasting from one date to another, but not as lasting outside two dates",
        "nl": "een gebeurtenis kan geteld worden als durend tussen twee datums, niet erbuiten",
    },
    "days_of": {
        "en": "only a length, a supply and a gap can be in days, and only an age can be in years",
        "nl": "alleen een duur, een voorraad en een tussenpoos kunnen in dagen zijn, en alleen een leeftijd in jaren",
    },
}


def say(words: Words, key: str, **details: Any) -> str:
    """The message with the key `key`, in the language of `words`."""
    return _MESSAGES[key][words.language].format(**details)


def listed(some: Sequence[str], words: Words) -> str:
    """Joins at least one text into a list: `a, b or c`."""
    *most, last = some
    return say(words, "or", some=", ".join(most), last=last) if most else last


def has(key: str) -> bool:
    """True if there is a message with this key."""
    return key in _MESSAGES
