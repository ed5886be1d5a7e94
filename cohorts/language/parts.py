"""cohorts: converts tokens of the controlled language into numbers, dates, durations and texts."""

from __future__ import annotations

import json
import math
import re
from typing import NamedTuple

from lark import Token

from cohorts.canonical import is_date
from cohorts.language.tokens import refuse
from cohorts.language.words import Words

_IN_DAYS = {"DAYS": 1, "WEEKS": 7}
_ABOUT = {"MONTHS": 30, "YEARS": 365}


class Limit(NamedTuple):
    """A limit of a range. `value` is None for no limit. `token` is the limit as written in the text."""

    value: float | None
    token: Token


def number(token: Token, words: Words) -> float:
    """The number in a token. The number must have the decimal mark of the language."""
    wrong = "," if words.decimal == "." else "."
    if wrong in token:
        refuse(words, token, "decimal", right=token.replace(wrong, words.decimal))
    value = float(token.replace(words.decimal, "."))
    if not math.isfinite(value):
        refuse(words, token, "huge", found=token)
    return value


def whole(limit: Limit, words: Words) -> int:
    """The limit as a whole number, with all its digits. Refuses fractions, and numbers of more than 64 bits."""
    token = limit.token
    if limit.value is None or not limit.value.is_integer():
        refuse(words, token, "whole", found=token)
    return checked(int(token) if re.fullmatch(r"-?\d+", token) else int(limit.value), token, words)


def checked(count: int, token: Token, words: Words) -> int:
    """Refuses a number of more than 64 bits."""
    if abs(count) > 1 << 63:
        refuse(words, token, "huge", found=token)
    return count


def days(amount: Token, unit: Token, words: Words) -> int:
    """A duration in days. Months and years are refused, because they have no fixed number of days."""
    count = whole(Limit(number(amount, words), amount), words)
    if unit.type in _ABOUT:
        refuse(words, amount, "inexact", found=f"{amount} {unit}", days=count * _ABOUT[unit.type])
    return checked(count * _IN_DAYS[unit.type], amount, words)


def checked_date(token: Token, words: Words) -> str:
    """An ISO 8601 date, month or year."""
    text = str(token)
    if not is_date(text):
        refuse(words, token, "date", found=text)
    return text


def text(token: Token, words: Words) -> str:
    """Decodes a text in quotes. Its escapes are those of JSON (https://www.rfc-editor.org/rfc/rfc8259#section-7)."""
    try:
        found: str = json.loads(token)
        found.encode()
    except (ValueError, UnicodeEncodeError):
        refuse(words, token, "escape")
    return found
