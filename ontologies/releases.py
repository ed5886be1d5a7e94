"""ontologies: what a release is known by: an IRI, without the version and the dates that the file itself states.

So a newer version takes the place of the older one wherever a publisher puts the version in the address. Numbers that
no file states stay: ICD-10 and ICD-11 are two. OBO's addresses follow https://obofoundry.org/id-policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

OWN = "urn:tricuspid:"
REVIEW = f"{OWN}review:"
"""What the id of a mapping set begins with that a steward of this site decides."""
_COMPUTED = ("candidates", "neighbours")
_OBO = "http://purl.obolibrary.org/obo/"
_IN_OBO = re.compile(r"https?://purl\.obolibrary\.org/obo/")
SUFFIX = re.compile(r"\.(owl|json|obo|ofn|ttl|nt)$")
"""What the address of an ontology's file ends in."""
_HOST = re.compile(r"(?:[^/]*://[^/]*/)?")
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|urn:")
# A lone number below a year is no version that can be told from a name: `icd/10`.
_VERSION = re.compile(
    r"(?<![0-9A-Za-z.])[vVrR]?((\d{4})(?:([-_.]?)(\d{2})(?:\3(\d{2}))?)?|\d+(?:\.\d+)+)([A-Za-z]{0,2})(?![0-9A-Za-z])"
)
_TIME = re.compile(r"T(?=\d\d:)")
_OBO_DATE = re.compile(r"\b(\d{2}):(\d{2}):(\d{4})\b")
_OBO_RELEASE = re.compile(r"/releases/v?\d{4}-\d{2}-\d{2}(?=/)")
_BEFORE_VERSION = ("release", "releases", "version", "versions")


def computed(id: str) -> bool:
    """Whether the product itself computes and replaces the release of this id; a review by a person is a file's."""
    return id in _COMPUTED or (id.startswith(OWN) and not id.startswith(REVIEW))


def obo_address(ontology: str) -> str:
    """The address of an ontology that OBO calls `mondo`; one that is called by an IRI has that."""
    return ontology if not ontology or _HAS_SCHEME.match(ontology) else f"{_OBO}{ontology}.owl"


def ontology_iri(address: str, *stated: str) -> str:
    """The id of an ontology's release, empty where there is no address.

    In OBO `maxo/maxo-base` is an edition of `maxo`; `mondo/imports/ncbitaxon_import` is no edition of `mondo`.
    """
    iri = _IN_OBO.sub(_OBO, SUFFIX.sub("", address.strip().rstrip("/#")))
    if not iri.startswith(_OBO):
        return unversioned(iri, *stated)
    parts = unversioned(_OBO_RELEASE.sub("", iri), *stated).removeprefix(_OBO).split("/")
    return _OBO + (parts[0] if len(parts) <= 2 else "/".join(parts))


def unversioned(iri: str, *stated: str) -> str:
    """The IRI without what the file states as its version or its date."""
    versions = [re.compile(spelled) for spelled in sorted(set(_spelled(stated)), key=len, reverse=True)]
    kept: list[str] = []
    start = len(_HOST.match(iri)[0])  # type: ignore[index]
    for segment in iri[start:].split("/"):
        left = segment
        for version in versions:
            left = version.sub("", left)
        if left == segment or left.strip("-_."):
            kept.append(left)
        elif kept and kept[-1].lower() in _BEFORE_VERSION:
            kept.pop()
    return (iri[:start] + "/".join(kept)).rstrip("/#")


def short_name(id: str) -> str:
    """What an ontology is called in short: `mondo`, of which its prefix may be made."""
    return SUFFIX.sub("", id.rstrip("/#")).rpartition("/")[2]


def _spelled(stated: Iterable[str]) -> Iterator[str]:
    """A pattern for every version and date in what is stated, with the separator before it."""
    for text in stated:
        for found in _VERSION.finditer(_TIME.sub(" ", _OBO_DATE.sub(r"\3-\2-\1", text))):
            number, year, _, month, day, letters = found.groups()
            token = re.escape(number)
            if year and month:
                token = r"[-_.]?".join(part for part in (year, month, day) if part)
            yield rf"[-_.]?(?<![0-9A-Za-z])(?<!\d\.)[vVrR]?{token}{letters}(?![0-9A-Za-z])(?!\.\d)"
