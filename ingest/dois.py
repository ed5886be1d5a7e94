"""ingest: reads DOIs, and reports values that are marked as DOIs but are not valid DOIs."""

from __future__ import annotations

import re

from ontologies import identifiers

NO_DOI = "DOI: not readable"
_MARKED = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:|urn:)?doi[:/]|10\.[0-9]{4}", re.IGNORECASE)


def doi(text: str | None, lost: list[str], typed: bool = False) -> str | None:
    """Returns the DOI in a text, in lower case.

    An invalid DOI is reported in `lost` if `typed` is true or if the text begins like a DOI. `typed` is true if the
    source states that the text is a DOI.
    """
    found, text = identifiers.doi(text), (text or "").strip()
    if not found and text and (typed or _MARKED.match(text)):
        lost.append(NO_DOI)
    return found
