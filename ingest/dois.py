"""ingest: reads DOIs, and counts values that are marked as a DOI but are not valid."""

from __future__ import annotations

import re

from ontologies import identifiers

NO_DOI = "DOI: not readable"
_MARKED = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:|urn:)?doi[:/]|10\.[0-9]{4}", re.IGNORECASE)


def doi(text: str | None, lost: list[str], typed: bool = False) -> str | None:
    """Returns the DOI in a text, in lower case.

    `typed` is true if the source states that the text is a DOI. Then it needs no prefix.
    """
    found, text = identifiers.doi(text), (text or "").strip()
    if not found and text and (typed or _MARKED.match(text)):
        lost.append(NO_DOI)
    return found
