"""cohorts.language: a controlled language for definitions of cohorts, in English and Dutch (docs/cohort-language.md)."""

from cohorts.language.reading import Label, labels, parse
from cohorts.language.words import LANGUAGES, Language
from cohorts.language.writing import printed

__all__ = ["LANGUAGES", "Label", "Language", "labels", "parse", "printed"]
