"""graph.dutch: adds Dutch names to concepts, and translates Dutch phrases and compounds into English."""

from graph.dutch.compounds import compounds
from graph.dutch.english import English
from graph.dutch.lexicon import AMBIGUOUS, of_site, with_dutch

__all__ = [
    "AMBIGUOUS",
    "English",
    "compounds",
    "of_site",
    "with_dutch",
]
