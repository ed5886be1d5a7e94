"""graph: removes invisible characters inside words, and finds words that may contain such characters.

The invisible characters are the characters of the class Format in
https://www.unicode.org/reports/tr29/#Word_Boundaries that occur in European texts: the soft hyphen, joiners, direction
marks, variation selectors and the byte order mark. A zero-width space is not included, because it separates words.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_ACCENTS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_SOME = re.compile(f"[{_UNSEEN}]+")
WORD = re.compile(rf"[^\W_]+(?:[{_UNSEEN}{_ACCENTS}]+[^\W_]*)*")
"""A pattern for a word. The word may contain invisible characters, and combining accents as in NFD."""


def without(text: str) -> str:
    return text if text.isascii() else _SOME.sub("", text)


def visible(text: str) -> str:
    """The text without invisible characters, in NFC."""
    return text if text.isascii() else unicodedata.normalize("NFC", without(text))
