"""ingest: DOIs that a source states; what says that it is one and is none is counted."""

from __future__ import annotations

import re

from ontologies import identifiers

NO_DOI = "DOI: none that can be read"
_SAYS_SO = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:|urn:)?doi[:/]|10\.[0-9]{4}", re.IGNORECASE)


def doi(text: str | None, lost: list[str], typed: bool = False) -> str | None:
    """The DOI in a text, in lower case. `typed`: the source says that it is one, whatever it looks like."""
    found, text = identifiers.doi(text), (text or "").strip()
    if not found and text and (typed or _SAYS_SO.match(text)):
        lost.append(NO_DOI)
    return found
