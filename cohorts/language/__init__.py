"""cohorts.language: cohorts in a controlled language, English or Dutch (docs/cohort-language.md)."""

from cohorts.language.reading import Label, parse
from cohorts.language.words import Language
from cohorts.language.writing import member_text, printed
from cohorts.language.writing_values import shown_label

__all__ = ["Label", "Language", "member_text", "parse", "printed", "shown_label"]
