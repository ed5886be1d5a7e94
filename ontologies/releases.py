"""ontologies: makes the id of a release: the IRI without the version and dates that the file states.

So a newer version replaces the older version, even if the IRI contains the version. A number stays in the id if the
file does not state the number as a version, so ICD-10 and ICD-11 differ. OBO's addresses follow
https://obofoundry.org/id-policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

OWN = "urn:tricuspid:"
REVIEW = f"{OWN}review:"
"""Ids of mapping sets that a steward of this site reviews begin with this text."""
_COMPUTED = ("candidates", "neighbours")
_OBO = "http://purl.obolibrary.org/obo/"
_IN_OBO = re.compile(r"https?://purl\.obolibrary\.org/obo/")
SUFFIX = re.compile(r"\.(owl|json|obo|ofn|ttl|nt)$")
"""The file name extension in the address of an ontology."""
_HOST = re.compile(r"(?:[^/]*://[^/]*/)?")
_HAS_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|urn:")
# A small number alone is not a version, because it may be part of a name: `icd/10`.
_VERSION = re.compile(
    r"(?<![0-9A-Za-z.])[vVrR]?((\d{4})(?:([-_.]?)(\d{2})(?:\3(\d{2}))?)?|\d+(?:\.\d+)+)([A-Za-z]{0,2})(?![0-9A-Za-z])"
)
_TIME = re.compile(r"T(?=\d\d:)")
_OBO_DATE = re.compile(r"\b(\d{2}):(\d{2}):(\d{4})\b")
_OBO_RELEASE = re.compile(r"/releases/v?\d{4}-\d{2}-\d{2}(?=/)")
_BEFORE_VERSION = ("release", "releases", "version", "versions")


def computed(id: str) -> bool:
    """True if Tricuspid itself computes the release with this id.

    False for the review of a steward, because a review is loaded from a file.
    """
    return id in _COMPUTED or (id.startswith(OWN) and not id.startswith(REVIEW))


def obo_address(ontology: str) -> str:
    """Returns the address of an ontology with an OBO name such as `mondo`. An IRI is returned unchanged."""
    return ontology if not ontology or _HAS_SCHEME.match(ontology) else f"{_OBO}{ontology}.owl"


def ontology_iri(address: str, *stated: str) -> str:
    """The id of an ontology's release, made from its address; empty if there is no address.

    `stated` has the versions and dates that the file states. In OBO, `maxo/maxo-base` is an edition of `maxo`, but
    `mondo/imports/ncbitaxon_import` is not an edition of `mondo`.
    """
    iri = _IN_OBO.sub(_OBO, SUFFIX.sub("", address.strip().rstrip("/#")))
    if not iri.startswith(_OBO):
        return unversioned(iri, *stated)
    parts = unversioned(_OBO_RELEASE.sub("", iri), *stated).removeprefix(_OBO).split("/")
    return _OBO + (parts[0] if len(parts) <= 2 else "/".join(parts))


def unversioned(iri: str, *stated: str) -> str:
    """Removes from an IRI the versions and dates in `stated`, which the file states."""
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
    """The short name of an ontology, such as `mondo`, from the id of its release."""
    return SUFFIX.sub("", id.rstrip("/#")).rpartition("/")[2]


def _spelled(stated: Iterable[str]) -> Iterator[str]:
    """Yields a pattern for every version or date in the texts `stated`. The pattern includes a preceding separator."""
    for text in stated:
        for found in _VERSION.finditer(_TIME.sub(" ", _OBO_DATE.sub(r"\3-\2-\1", text))):
            number, year, _, month, day, letters = found.groups()
            token = re.escape(number)
            if year and month:
                token = r"[-_.]?".join(part for part in (year, month, day) if part)
            yield rf"[-_.]?(?<![0-9A-Za-z])(?<!\d\.)[vVrR]?{token}{letters}(?![0-9A-Za-z])(?!\.\d)"
