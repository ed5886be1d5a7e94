"""ontologies: normalises identifiers to one spelling.

The prefix of a CURIE is the prefix in the Bioregistry (https://bioregistry.io), such as `snomedct:44054006`. If the
Bioregistry states a preferred capitalisation, this capitalisation is used: `MONDO:0005148`. `ontologies.systems` has
the prefixes that the Bioregistry lacks.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import quote

from ontologies.registry import registry
from ontologies.remembered import remembered
from ontologies.systems import HL7, IRIS, NAMES, OIDS, SYSTEMS

_OBO = "http://purl.obolibrary.org/obo/"
# https://obofoundry.org/id-policy: an ID space, an underscore and a local identifier. Names of relations have no digit.
_OBO_ID = re.compile(r"([A-Za-z][A-Za-z_]*)_([A-Za-z]*\d[\w.-]*)")
_OBO_FILE = re.compile(r"purl\.obolibrary\.org/obo/([A-Za-z_]+?)(?:\.owl|\.obo|\.json|_)?", re.IGNORECASE)
_HL7_ROOT = "2.16.840.1.113883."
_HL7_TABLE = re.compile(r"hl7\.v2-\d{4}")
_NHG_TABLE = _HL7_ROOT + "2.4.4.30."
_OID = re.compile(r"\d+(?:\.\d+){3,}")
# The Disease Ontology uses prefixes with the date of a release: SNOMEDCT_US_2016_03_01, ICD10CM_2024.
_RELEASE = re.compile(r"_\d{4}(_\d{1,2}){0,2}$")
# Longer texts are not known prefixes or IRIs, so longer texts are not cached.
_LONGEST, _LONGEST_IRI = 100, 2048
_OMIM = ("omim", "omim.ps")
# An IRI without its last part, if more than the scheme remains.
_SPACE = re.compile(r"[\w+.-]+:(?://)?[^/#:].*[/#:]", re.DOTALL)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def curie(text: str) -> str:
    """The normalised CURIE or IRI. An unknown prefix or IRI stays unchanged; white space is percent-encoded."""
    prefix, colon, local = text.partition(":")
    if local.isalnum() and len(prefix) < _LONGEST:
        # A fast path: nearly all identifiers have this form, and a release has hundreds of thousands of identifiers.
        known = canonical(prefix)
        return f"{known}:{local}" if known not in _OMIM else _joined(known, local)
    if not colon or local.startswith("//") or len(prefix) >= _LONGEST:
        return _from_iri(text) if "://" in text[:_LONGEST] and len(text) < _LONGEST_IRI else _encoded(text)
    return _joined(canonical(prefix), local)


def _joined(prefix: str, local: str) -> str:
    if prefix in _OMIM and local.startswith("PS"):
        prefix, local = "omim.ps", local[2:].lstrip(":")
    return f"{prefix}:{local if local.isalnum() else _encoded(local)}"


@remembered(1 << 16)
def canonical(prefix: str) -> str:
    """The normalised prefix; an unknown prefix stays unchanged."""
    return registered(prefix) or _encoded(prefix)


@remembered(1 << 16)
def registered(prefix: str) -> str | None:
    """The normalised prefix, from `ontologies.systems` or the Bioregistry. None if neither has the prefix."""
    if own := NAMES.get(prefix.lower()):
        return own
    return registry().prefix(prefix) or registry().prefix(_RELEASE.sub("", prefix))


def unregistered(prefixes: Mapping[str, str]) -> dict[str, str]:
    """Returns the prefixes that are not registered, with their IRIs."""
    return {prefix: iri for prefix, iri in prefixes.items() if not registered(prefix)}


def speller(prefixes: Mapping[str, str]) -> Callable[[str], str]:
    """A function like `curie` for a file that declares prefixes. `prefixes` maps each prefix to its IRI.

    An unregistered prefix is expanded to the declared IRI.
    """
    local = unregistered(prefixes)

    def spell(text: str) -> str:
        prefix, _, identifier = text.partition(":")
        expanded = curie(local[prefix] + identifier) if prefix in local else ""
        return expanded if expanded and "://" not in expanded else curie(text)

    return spell if local else curie


def curie_of(system: str | None, code: str | None, prefix: str | None = None) -> str | None:
    """The CURIE of a code in a system: a FHIR URI, an OID or an OMOP vocabulary id. None if code or system is blank.

    `prefix` is the declared prefix of the system, or None. An unknown OID has a prefix like `oid.1.2.3`, and a system
    of HL7 has a prefix like `hl7.v3-ActCode`. For any other URI, the prefix is the last part of the URI, a dot, and
    eight hex digits of the SHA-256 of the URI. So two URIs do not share a prefix.
    """
    system, code = (system or "").strip(), (code or "").strip()
    if not system or not code:
        return None
    prefix = prefix or prefix_of(system)
    # In FHIR, a code of an OBO ontology contains the prefix of the ontology: HP:0001250.
    spelled, colon, rest = code.partition(":")
    return _joined(prefix, rest if colon and rest and canonical(spelled[:_LONGEST]) == prefix else code)


def ontology(identifier: str) -> str:
    """The prefix of a CURIE; empty if there is no prefix.

    For an unknown IRI, the prefix is the prefix of its namespace as a code system. So `https://example.org/care/12`
    and code 12 of the system `https://example.org/care` have the same prefix.
    """
    prefix, colon, rest = identifier.partition(":")
    if not rest.startswith("//") and prefix.lower() != "urn":
        return prefix if colon else ""
    space = _SPACE.match(identifier)
    return prefix_of(space[0].rstrip("/#:") if space else identifier)


def prefix_of(system: str) -> str:
    """The prefix of a code system, as in `curie_of`."""
    return _system_prefix(system) if len(system) < _LONGEST_IRI else _hashed_prefix(system)


def is_obo(system: str) -> bool:
    """True for the URI of an OBO ontology. In FHIR, the codes of an OBO ontology contain the prefix: HP:0001250."""
    return len(system) < _LONGEST_IRI and bool(_OBO_FILE.fullmatch(_address(system.partition("|")[0].rstrip("/"))))


@remembered(1 << 14)
def _system_prefix(system: str) -> str:
    if known := known_prefix(system):
        return known
    system = system.partition("|")[0].rstrip("/")
    oid = system.lower().removeprefix("urn:oid:")
    if _OID.fullmatch(oid):
        return f"oid.{oid}"
    if "/" not in system and ":" not in system:
        return _UNSAFE.sub("-", system).strip("-") or _hashed_prefix(system)
    if match := _OBO_FILE.fullmatch(_address(system)):
        return canonical(match[1])
    return _hl7_prefix(system) or _hashed_prefix(system)


@remembered(1 << 14)
def known_prefix(system: str) -> str | None:
    """The prefix of a code system in the Bioregistry or `ontologies.systems`. None if neither has the system."""
    system = system.strip().partition("|")[0].rstrip("/")
    oid = system.lower().removeprefix("urn:oid:")
    if _OID.fullmatch(oid):
        return _known_oid(oid)
    if "/" not in system and ":" not in system:
        return registered(system)
    address = _address(system)
    if known := SYSTEMS.get(address) or ("snomedct" if address.startswith("snomed.info/sct/") else None):
        return known
    if match := _OBO_FILE.fullmatch(address):
        return registered(match[1])
    made = _hl7_prefix(system)
    return made and (made if made.removeprefix("hl7.") in HL7 or _HL7_TABLE.fullmatch(made) else registered(made))


def _address(system: str) -> str:
    return re.sub(r"^https?://(www\.)?", "", system.lower())


def _known_oid(oid: str) -> str | None:
    if oid.startswith(_NHG_TABLE):
        return "nhg." + oid.removeprefix(_NHG_TABLE)
    return OIDS.get(oid) or (registry().oids.get(oid.removeprefix(_HL7_ROOT)) if oid.startswith(_HL7_ROOT) else None)


def _hl7_prefix(system: str) -> str | None:
    """Returns the prefix of a code system of HL7; None for any other code system.

    The prefix of `http://hl7.org/fhir/sid/X` is X if X is registered. Any other system of HL7 has the prefix `hl7.X`.
    """
    part = _UNSAFE.sub("-", system.rpartition("/")[2])
    if re.match(r"https?://hl7\.org/fhir/sid/", system):
        return registered(part) or f"hl7.{part}"
    if re.match(r"https?://(terminology\.hl7\.org/(fhir/)?CodeSystem/|hl7\.org/fhir/)[^/]+$", system):
        return f"hl7.{part}"
    return None


def _hashed_prefix(system: str) -> str:
    parts = [part for part in _UNSAFE.split(re.sub(r"^\w+:", "", system).replace("/", " ")) if part.strip(".-_")]
    digest = hashlib.sha256(system.encode("utf-8", "replace")).hexdigest()[:8]
    return f"{parts[-1] if parts else 'system'}.{digest}"


@remembered(1 << 16)
def _from_iri(iri: str) -> str:
    if iri.startswith(_OBO) and (match := _OBO_ID.fullmatch(iri, len(_OBO))):
        return curie(f"{match[1]}:{match[2]}")
    for start, prefix in IRIS.items():
        if iri.startswith(start) and len(iri) > len(start):
            return curie(f"{prefix}:{iri.removeprefix(start)}")
    known, local = registry().parsed(iri)
    return curie(f"{known}:{local}") if known and local else _encoded(iri)


def _encoded(text: str) -> str:
    """Percent-encodes white space and control characters."""
    if text.isprintable() and " " not in text:
        return text
    return "".join(
        char if char.isprintable() and char != " " else quote(char.encode("utf-8", "surrogatepass")) for char in text
    )


def aliases(prefixes: Iterable[str]) -> dict[str, str]:
    """The lower-case aliases of the given normalised prefixes.

    The lower-case form of a prefix always means that prefix, even if the lower-case form is a synonym of another
    prefix. Prefixes that differ only in case get no alias, because the alias would be ambiguous.
    """
    wanted = sorted(set(prefixes))
    found = {prefix.lower(): prefix for prefix in wanted}
    for alias, prefix in NAMES.items():
        if prefix in wanted:
            found.setdefault(alias, prefix)
    for prefix in wanted:
        for alias in registry().synonyms.get(registry().prefix(prefix) or "", ()):
            found.setdefault(alias.lower(), prefix)
    spelled = Counter(prefix.lower() for prefix in wanted)
    return {alias: prefix for alias, prefix in found.items() if spelled[alias] < 2}


def iris(prefixes: Iterable[str]) -> dict[str, str]:
    """Returns, for each normalised prefix, the beginning of its IRIs, preferably the beginning that RDF uses.

    An unregistered prefix gets an IRI that does not resolve (https://www.rfc-editor.org/rfc/rfc2606).
    """
    known = registry().starts
    return {prefix: known.get(prefix) or f"https://tricuspid.invalid/{quote(prefix, safe='')}/" for prefix in prefixes}
