"""graph.dutch: Dutch names, and English translations of Dutch phrases and compounds."""

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
