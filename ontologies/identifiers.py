"""ontologies: normalises identifiers of publications, data sets, trials, people and organisations."""

from __future__ import annotations

import re
from urllib.parse import unquote

from ontologies.curies import curie

# https://www.crossref.org/blog/dois-and-matching-regular-expressions/
_DOI = re.compile(
    r"(?:(?:https?://)?(?:dx\.|www\.)?doi\.org/|(?:info:|urn:)?doi[:/]\s*)?(10\.[0-9]{4,9}(?:\.[0-9]+)*/\S+)", re.I
)
_PMID = re.compile(r"[1-9][0-9]{0,8}")
PUBMED_PAGE = re.compile(
    r"https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/([0-9]{1,9})/?(?:[?#].*)?", re.I
)
# Numbers of trial registries, by prefix.
_TRIAL = re.compile(
    r"(?P<clinicaltrials>NCT[0-9]{8})|(?P<isrctn>ISRCTN[0-9]{8})|(?P<drks>DRKS[0-9]{8})|(?P<anzctr>ACTRN[0-9]{14})"
    r"|(?P<jrct>jRCT[a-z]?[0-9]{9,10})|(?P<chictr>ChiCTR(?:-[A-Z]{3}-)?[0-9]{8,10})|(?P<irct>IRCT[0-9]{6,15}N[0-9]{1,3})"
    r"|(?P<ctri>CTRI/[0-9]{4}/[0-9]{2,3}/[0-9]{6})|(?P<pactr>PACTR[0-9]{12,18})"
    r"|(?P<ctis>20[0-9]{2}-5[0-9]{5}-[0-9]{2}-[0-9]{2})|(?P<eudract>20[0-9]{2}-[0-4][0-9]{5}-[0-9]{2})"
)
# https://support.orcid.org/hc/en-us/articles/360006897674 and https://ror.readme.io/docs/identifier
_ORCID = re.compile(r"(?:(?:https?://)?(?:www\.)?orcid\.org/|orcid:\s*)?((?:[0-9]{4}-){3}[0-9]{3}[0-9X])/?", re.I)
_ROR = re.compile(r"(?:(?:https?://)?(?:www\.)?ror\.org/|ror:)?(0[a-hj-km-np-tv-z0-9]{6})([0-9]{2})/?", re.I)
_CROCKFORD = "0123456789abcdefghjkmnpqrstvwxyz"
_MESH_ID = re.compile(r"([CD])([0-9]{6,9})")
_LONGEST = 500


def doi(text: str | None) -> str | None:
    """Returns the DOI in lower case if the text is a DOI or the address of a DOI; None for any other text.

    DOIs are not case-sensitive.
    """
    text = (text or "").strip()
    match = _DOI.fullmatch(unquote(text) if "://" in text[:8] else text) if len(text) <= _LONGEST else None
    found = match[1].lower() if match else ""
    return found if found.isprintable() and found.isascii() and found else None


def pmid(text: str | None) -> str | None:
    """Returns the text if it is a PubMed id; None for any other text."""
    text = (text or "").strip()
    return text if _PMID.fullmatch(text) else None


def trial(text: str | None) -> str | None:
    """Returns the CURIE of a trial's registration number; None for any other text."""
    match = _TRIAL.fullmatch((text or "").strip())
    return curie(f"{match.lastgroup}:{match[0]}") if match else None


def article(text: str | None) -> str | None:
    """Returns the CURIE of an article; None for any other text.

    The text may be a DOI, the address of a DOI, or the address of a PubMed page.
    """
    page = PUBMED_PAGE.fullmatch((text or "").strip())
    found = doi(text)
    return f"pubmed:{int(page[1])}" if page else f"doi:{found}" if found else None


def orcid(text: str | None) -> str | None:
    """Returns the CURIE of an ORCID with a valid check digit (ISO 7064, mod 11-2); None for any other text."""
    match = _ORCID.fullmatch((text or "").strip()[:_LONGEST])
    if not match:
        return None
    digits = match[1].replace("-", "").upper()
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2 % 11
    right = "0123456789X"[(12 - total) % 11] == digits[-1] and digits.strip("0")
    return f"orcid:{match[1].upper()}" if right else None


def ror(text: str | None) -> str | None:
    """Returns the CURIE of a ROR id (Research Organization Registry) with valid check digits; None for other texts."""
    match = _ROR.fullmatch((text or "").strip()[:_LONGEST])
    if not match:
        return None
    own, check = match[1].lower(), int(match[2])
    number = 0
    for letter in own:
        number = number * 32 + _CROCKFORD.index(letter)
    return f"ror:{own}{match[2]}" if 98 - number * 100 % 97 == check else None


def mesh(text: str) -> str | None:
    """The CURIE of a MeSH heading. ClinicalTrials.gov pads older identifiers of six digits to nine digits.

    MeSH itself assigns identifiers of nine digits from about D066400 and C588000
    (https://www.nlm.nih.gov/pubs/techbull/ma13/ma13_mesh_ui_expand.html).
    """
    match = _MESH_ID.fullmatch(text)
    if not match:
        return None
    kind, digits = match.groups()
    number = int(digits)
    padded = number < (66_400 if kind == "D" else 588_000)
    return curie(f"mesh:{kind}{number:06}" if padded else f"mesh:{kind}{number:09}")
