"""ontologies: converts a pasted text to the identifiers that it may mean.

People paste CURIEs, addresses of web pages, and the spellings of other systems. Each text is converted to the spelling
of the store (see `ontologies.curies`). So a lookup tries a few exact identifiers and does not have to search.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ontologies.curies import canonical, curie, curie_of
from ontologies.identifiers import article, orcid, ror, trial

LONGEST = 500
"""Maximum length in characters of a text that is converted. A longer text is looked up unchanged."""

# Texts copied from web pages and PDF files may have zero-width characters and byte order marks.
_AROUND = "".join(filter(str.isspace, map(chr, range(0x3001)))) + "\ufeff\u200b\u200c\u200d\u2060\u00ad"
_TRIAL_PAGE = re.compile(
    r"https?://(?:www\.)?clinicaltrials\.gov/(?:ct2/)?(?:show|study|studies)/([^/?#]*)[/?#]?.*", re.I
)
_TRIAL = re.compile(r"NCT[0-9]{8}", re.I)
_PUBMED = re.compile(r"(?:pmid|pubmed)\s*:?\s*([0-9]{1,9})", re.I)
# A page of Orphanet: https://www.orpha.net/en/disease/detail/558, or in the older form OC_Exp.php?lng=en&Expert=558
_ORPHANET_PAGE = re.compile(
    r"https?://(?:www\.)?orpha\.net/(?:[^?#]*/disease/detail/|[^?#]*\?(?:[^#]*&)?Expert=)([0-9]{1,9})(?:[/?&#].*)?",
    re.I,
)
# Addresses at resolvers of CURIEs. The name of the collection is optional: https://identifiers.org/mondo/MONDO:0005148
_RESOLVER = re.compile(
    r"https?://(?:www\.)?(?:identifiers\.org|bioregistry\.io|n2t\.net)/(?:[^/:]+/)?([^/:]+:[^/]+)/?", re.I
)
_HOST = re.compile(r"https?://[^/?#]*", re.I)
_OURS = {"course": "course", "eudract": "eudract"}
# Terminologies with codes in upper case only. A code in lower case is corrected. UCUM is not listed, because its codes
# `mm` and `Mm` differ.
_CAPITALS = frozenset(
    "NCIT atc clinicaltrials icd10 icd10cm icd10pcs icd11.code icd9 icd9cm icdo loinc medgen mesh omim omim.ps umls"
    " unii".split()
)


def spellings(text: str, prefixes: Mapping[str, str]) -> Iterator[str]:
    """The identifiers that a text may mean. The text itself is first. Other spellings follow.

    `prefixes` maps the lower-case aliases of the prefixes in use to the prefixes.
    """
    yield text
    bare = _bare(text)
    if not bare or len(bare) > LONGEST:
        return
    yield bare
    if record := _record(bare):
        yield record
    elif _HOST.match(bare):
        yield from _of_address(_HOST.sub(lambda host: host[0].lower(), bare, count=1))
    else:
        yield from _of_code(bare, prefixes)


def _bare(text: str) -> str:
    """The text without surrounding white space, invisible characters and angle brackets."""
    text = text.strip(_AROUND)
    return text[1:-1].strip(_AROUND) if text.startswith("<") and text.endswith(">") else text


def _record(text: str) -> str | None:
    """Returns the CURIE of a trial, an article, a person (ORCID) or an organisation (ROR), from its id or address."""
    page = _TRIAL_PAGE.fullmatch(text)
    if _TRIAL.fullmatch(number := page[1] if page else text):
        return f"clinicaltrials:{number.upper()}"
    if known := _PUBMED.fullmatch(text):
        return f"pubmed:{int(known[1])}"
    return article(text) or trial(text) or orcid(text) or (ror(text) if "ror" in text.lower() else None)


def _of_address(iri: str) -> Iterator[str]:
    if disease := _ORPHANET_PAGE.fullmatch(iri):
        yield f"ORPHA:{disease[1]}"
    elif resolved := _RESOLVER.fullmatch(iri):
        yield from _capitals(curie(resolved[1]))
    system, bar, code = iri.partition("|")
    if bar:
        yield from _capitals(curie_of(system, code) or "")
        return
    yield iri
    yield from _capitals(curie(iri.rstrip("/")))
    # A code after the address of its system: http://hl7.org/fhir/sid/icd-10/E11
    system, _, code = iri.rstrip("/").rpartition("/")
    yield from _capitals(curie_of(system, code) or "")


def _of_code(text: str, prefixes: Mapping[str, str]) -> Iterator[str]:
    """The normalised CURIEs of a text such as `mondo:0005148`, `MONDO_0005148` or `urn:oid:…96|44054006`."""
    system, bar, code = text.partition("|")
    if bar:
        yield from _capitals(curie_of(system, code) or "")
        return
    prefix, parted, local = (part.strip() for part in text.partition(":"))
    if not parted or (prefix.lower() == "obo" and "_" in local):
        prefix, parted, local = (local or prefix).rpartition("_")
        parted = parted if any(map(str.isdecimal, local)) else ""
    if not prefix or not parted or not local:
        return
    if prefix not in prefixes.values():
        prefix = prefixes.get(prefix.lower()) or _OURS.get(prefix.lower(), prefix)
    yield f"{prefix}:{local}"
    yield from _capitals(curie(f"{prefix}:{local}"))
    # The prefix is written twice, as in `MONDO:MONDO:0005148`.
    if canonical(local.partition(":")[0]) == canonical(prefix):
        yield from _capitals(curie(local))


def _capitals(spelled: str) -> Iterator[str]:
    """Yields the CURIE. If its terminology has only codes in upper case, yields the CURIE in upper case too."""
    if not spelled or "://" in spelled:
        return
    yield spelled
    prefix, _, local = spelled.partition(":")
    if prefix in _CAPITALS:
        yield curie(f"{prefix}:{local.upper()}")
