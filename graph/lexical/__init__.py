"""graph.lexical: compares names and texts, by normal forms, stems, spelling edits, n-grams and language."""

from graph.lexical import cues
from graph.lexical.cues import LONGEST, OF_PATIENTS, OF_RECORDS, OWN, TELLS, Cue, Cues, words_of
from graph.lexical.edits import Edits
from graph.lexical.language import is_dutch, language, trigrams
from graph.lexical.names import (
    ABBREVIATION,
    KINDS,
    LEXICON,
    LONGEST_QUERY,
    MOST_WORDS,
    Hit,
    Names,
    look_up,
    normalise,
    with_norms,
)
from graph.lexical.ngrams import Ngrams
from graph.lexical.unseen import WORD, visible, without
from graph.lexical.words import (
    CONJUNCTIONS,
    FUNCTION_WORDS,
    LINKS,
    LONE_S,
    MODIFIERS,
    STOP_WORDS,
    is_adjective,
    is_ordinary,
    loose,
    root,
    stem,
)

__all__ = [
    "ABBREVIATION",
    "CONJUNCTIONS",
    "FUNCTION_WORDS",
    "KINDS",
    "LEXICON",
    "LINKS",
    "LONE_S",
    "LONGEST",
    "LONGEST_QUERY",
    "MODIFIERS",
    "MOST_WORDS",
    "OF_PATIENTS",
    "OF_RECORDS",
    "OWN",
    "STOP_WORDS",
    "TELLS",
    "WORD",
    "Cue",
    "Cues",
    "Edits",
    "Hit",
    "Names",
    "Ngrams",
    "cues",
    "is_adjective",
    "is_dutch",
    "is_ordinary",
    "language",
    "look_up",
    "loose",
    "normalise",
    "root",
    "stem",
    "trigrams",
    "visible",
    "with_norms",
    "without",
    "words_of",
]
