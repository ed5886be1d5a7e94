"""graph: characters that are not shown and part no word, and the words of a text as they stand, with such in them.

They are those of Format in https://www.unicode.org/reports/tr29/#Word_Boundaries that European texts have: the soft
hyphen, joiners, marks of direction, variation selectors, the byte order mark. A zero-width space parts words.
"""

from __future__ import annotations

import re
import unicodedata

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200c-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff"
_ACCENTS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_SOME = re.compile(f"[{_UNSEEN}]+")
WORD = re.compile(rf"[^\W_]+(?:[{_UNSEEN}{_ACCENTS}]+[^\W_]*)*")
"""With the accents that follow their letters, as NFD has them."""


def without(text: str) -> str:
    return text if text.isascii() else _SOME.sub("", text)


def shown(text: str) -> str:
    """The text as it is read: nothing that is not shown, and each letter with its accents as one character."""
    return text if text.isascii() else unicodedata.normalize("NFC", without(text))
