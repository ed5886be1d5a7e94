"""ontologies: identifiers of publications, data sets and trials, each in its one spelling."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ontologies.curies import curie

# https://www.crossref.org/blog/dois-and-matching-regular-expressions/
_DOI = re.compile(
    r"(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:|urn:)?doi[:/]\s*)?(10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+)", re.I
)
_PMID = re.compile(r"[1-9][0-9]{0,8}")
_NCT = re.compile(r"NCT[0-9]{8}")
_MESH_ID = re.compile(r"([CD])([0-9]{6,9})")
_LONGEST = 500


def doi(text: str | None) -> str | None:
    """The DOI in a text that is one, bare or as an address, in lower case (DOIs ignore case); None in any other."""
    text = (text or "").strip()
    match = _DOI.fullmatch(unquote(text) if "://" in text[:8] else text) if len(text) <= _LONGEST else None
    found = match[1].lower() if match else ""
    return found if found.isprintable() and found.isascii() and found else None


def pmid(text: str | None) -> str | None:
    """The number of a PubMed record; None where the text is none."""
    text = (text or "").strip()
    return text if _PMID.fullmatch(text) else None


def trial(text: str | None) -> str | None:
    """The CURIE of a trial of ClinicalTrials.gov; None where the text is no number of one."""
    text = (text or "").strip()
    return curie(f"clinicaltrials:{text}") if _NCT.fullmatch(text) else None


def mesh(text: str) -> str | None:
    """The CURIE of a MeSH heading. ClinicalTrials.gov pads the older, six-digit identifiers to nine digits.

    Genuine ones of nine digits followed on about D066400 and C588000
    (https://www.nlm.nih.gov/pubs/techbull/ma13/ma13_mesh_ui_expand.html).
    """
    match = _MESH_ID.fullmatch(text)
    if not match:
        return None
    kind, digits = match.groups()
    number = int(digits)
    padded = number < (66_400 if kind == "D" else 588_000)
    return curie(f"mesh:{kind}{number:06}" if padded else f"mesh:{kind}{number:09}")
