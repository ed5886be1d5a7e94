"""cohorts.language: cohorts in a controlled language, English or Dutch (docs/cohort-language.md)."""

from cohorts.language.reading import Label as Label
from cohorts.language.reading import labels as labels
from cohorts.language.reading import parse as parse
from cohorts.language.words import LANGUAGES as LANGUAGES
from cohorts.language.words import Language as Language
from cohorts.language.writing import printed as printed
from cohorts.language.writing_values import shown_label as shown_label
