"""linking: finds the abbreviations that a text defines, in either order: `heart failure (HF)` and `HF (heart failure)`.

Letters are aligned by the method of Schwartz and Hearst (2003),
https://psb.stanford.edu/psb-online/proceedings/psb03/schwartz.pdf. In Dutch texts, an English abbreviation may stand
for a Dutch long form: `chronisch obstructieve longziekte (COPD)`. So some letters may be missing in the long form. In
this case, the first word of the long form must begin with the first letter of the abbreviation, and at least half of
the letters must be initials of words. The order of the letters may also differ, as in Latin abbreviations:
`myotonic dystrophy (DM)`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_BRACKETS = re.compile(r"[(\[]([^()\[\]\n]{2,200})[)\]]")
_PHRASE_END = re.compile(r"[;:!?()\[\]]|\.\s|\n(?=\s|- )")
_LEAD = re.compile(
    r"(?i:abbreviated(?: as)?|hereafter|hereinafter|afgekort(?: tot)?|kortweg|hierna|ook wel|i\.e\.,?):? +"
)
_SHORT = re.compile(r"(?=[^\W_])(?=.*[A-Z])[\w.&/+-]+(?: [\w.&/+-]+)?")
_LAST_WORD = re.compile(r"[^\s,;:()\[\]]{2,10}(?=\s*$)")
_INITIAL = re.compile(r"[^\W\d_]+")
_QUOTES = "\"'\u2018\u2019\u201c\u201d\u00ab\u00bb "
_WINDOW = 200
"""The long form is searched for in at most this many characters before a bracket. The limit saves time."""

# If letters are missing in the long form, it must contain none of these words.
_FUNCTION_WORDS = frozenset(
    "and are as for in is of or the to was with bij door en heeft hebben het met op te voor".split()
)


def expand(text: str) -> dict[str, str]:
    """Returns the abbreviations that a text defines: the long form by the short form. White space is normalised.

    If a text defines a short form twice, the first definition is used. A short form in the plural (`CHDs`) also defines
    its singular. A short form of two parts also defines its parts: `drug-induced fever (D-FVR)`.
    """
    found: dict[str, str] = {}
    for short, long in _definitions(text):
        found.setdefault(short, long)
        for part, own in _parts(short, long):
            found.setdefault(part, own)
        if short.endswith("s") and short[:-1].isupper() and len(short) > 2:
            found.setdefault(short[:-1], long)
    return found


def _definitions(text: str) -> Iterator[tuple[str, str]]:
    for match in _BRACKETS.finditer(text):
        before = text[max(0, match.start() - _WINDOW) : match.start()].rstrip()
        inside = _LEAD.sub("", re.split(r"[,;]", match[1])[0].strip(), count=1).strip(_QUOTES)
        if _is_short(inside) and (long := _long_form(inside, _phrase(before))):
            yield inside, long
        elif (word := _LAST_WORD.search(before[-20:])) and _is_short(short := word[0].strip(_QUOTES)):
            long = _aligned(short, inside)
            if long and _fits(short, long):
                yield short, long


def _parts(short: str, long: str) -> Iterator[tuple[str, str]]:
    """Yields the parts of a short form with a hyphen, such as `HPT-JT` (hyperparathyroidism-jaw tumour).

    Each part comes with its own long form. Yields both parts, only the last part, or nothing.
    """
    head, _, tail = short.rpartition("-")
    if not (head and tail.isupper() and len(tail) > 1):
        return
    long = long.rstrip("- ")
    own = _aligned(tail, long.replace("-", " "))
    if own and _fits(tail, own):
        own = long[-len(own) :]
        yield tail, own
        rest = long[: -len(own)].rstrip(" -")
        if len(head) > 1 and head.isupper() and _aligned(head, rest) == rest:
            yield head, rest


def _is_short(text: str) -> bool:
    return 2 <= len(text) <= 10 and _SHORT.fullmatch(text) is not None


def _phrase(before: str) -> str:
    """The text after the last punctuation mark that ends a phrase, as one line."""
    return " ".join(_PHRASE_END.split(before)[-1].split())


def _long_form(short: str, phrase: str) -> str | None:
    words = phrase.split()[-min(len(short) + 5, len(short) * 2) :]
    text = " ".join(words)
    for long in (_initials(short, words), _aligned(short, text), _led(short, words), _turned(short, words)):
        if long and _fits(short, long):
            return long
    return None


def _fits(short: str, long: str) -> bool:
    words = long.split()
    return len(long) > len(short) and len(words) <= len(short) * 2 and short not in words


def _initials(short: str, words: list[str]) -> str | None:
    """Returns the end of `words` if the initials of these words, in order, are the letters of `short`."""
    last = words[-len(short) :]
    return " ".join(last) if "".join(word[0] for word in last).lower() == short.lower() else None


def _aligned(short: str, text: str) -> str | None:
    """Returns the shortest end of `text` with the letters of `short` in order. The first letter must start a word."""
    at = len(text)
    for place in range(len(short) - 1, -1, -1):
        if not short[place].isalnum():
            continue
        letter, at = short[place].lower(), at - 1
        while at >= 0 and (text[at].lower() != letter or (place == 0 and at > 0 and text[at - 1].isalnum())):
            at -= 1
        if at < 0:
            return None
    return text[text.rfind(" ", 0, at + 1) + 1 :].strip(_QUOTES)


def _led(short: str, words: list[str]) -> str | None:
    """Returns the end of `words` if it may be the long form of `short`, even if some letters are missing.

    Its first word must begin with the first letter of `short`. The initials of its words must contain at least half of
    the letters of `short`, in order.
    """
    if not (short.isupper() and short.isalpha() and len(short) >= 3):
        return None
    best = 1, 0
    for start in range(max(0, len(words) - len(short)), len(words)):
        initials = [match[0][0].upper() for word in words[start:] if (match := _INITIAL.search(word))]
        if initials[:1] == [short[0]] and _FUNCTION_WORDS.isdisjoint(map(str.lower, words[start:])):
            best = max(best, (_in_order(initials, short), -start))
    matched, start = best[0], -best[1]
    return " ".join(words[start:]) if matched >= 2 and matched * 2 >= len(short) else None


def _turned(short: str, words: list[str]) -> str | None:
    """Returns the end of `words` if the initials of these words, in any order, are the letters of `short`."""
    last = words[-len(short) :]
    return " ".join(last) if sorted(word[0].upper() for word in last) == sorted(short) else None


def _in_order(initials: list[str], short: str) -> int:
    """Returns how many of `initials` occur in `short` in the same order."""
    at = matched = 0
    for initial in initials:
        place = short.find(initial, at)
        if place >= 0:
            at, matched = place + 1, matched + 1
    return matched
