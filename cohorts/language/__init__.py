"""cohorts.language: reads and writes definitions in a controlled language (docs/cohort-language.md)."""

from cohorts.language.messages import listed, say
from cohorts.language.reading import Label, labels, parse
from cohorts.language.words import Language, Words, words
from cohorts.language.writing import member_text, printed
from cohorts.language.writing_values import shown_label

__all__ = [
    "Label",
    "Language",
    "Words",
    "labels",
    "listed",
    "member_text",
    "parse",
    "printed",
    "say",
    "shown_label",
    "words",
]
