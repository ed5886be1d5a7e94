"""ingest: makes ids for organisations from their names, for sponsors and affiliations without an identifier."""

from __future__ import annotations

import re
import unicodedata

_INSTITUTION = re.compile(
    r"universi|college|school|ecole|facult|institut|academ|hospi|hopita|clini[ck]|klini|hastane|ziekenhuis|cent(?:er|r)"
    r"|health|medic|medec|cancer|research|foundation|fund\b|trust|stichting|council|group|network|consorti|association"
    r"|societ|alliance|cooperat|organi[sz]ation|department|ministry|agency|government|program|laborator|pharma"
    r"|\b(?:inc|llc|ltd|gmbh|ag|ab|bv|b\.v|sa|s\.a|co|corp|nhs|umc)\b",
    re.I,
)


def institution(name: str) -> bool:
    """True if a word in `name`, such as university, shows that it names an institution. Other names may name people."""
    return _INSTITUTION.search(_ascii(name)) is not None


def slugged(name: str) -> str | None:
    """Returns the id of an organisation: `organisation:` and its name in lower-case ASCII letters, digits and hyphens.

    None if no character is left.
    """
    slug = re.sub(r"[^a-z0-9]+", "-", _ascii(name).lower()).strip("-")
    return f"organisation:{slug}" if slug else None


def _ascii(name: str) -> str:
    return unicodedata.normalize("NFKD", name[:500]).encode("ascii", "ignore").decode()
