"""ingest: code systems of one hospital or laboratory, which no registry knows, and the prefixes declared for them.

A prefix is declared by the setting TRICUSPID_CODE_SYSTEMS, or by the `curie_map` of a loaded mapping set, so that the
set's `local:HF01` is the code HF01 that events carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from ontologies.curies import curie_of, ontology, registered
from ontologies.systems import OIDS, SYSTEMS

SETTING = "TRICUSPID_CODE_SYSTEMS"
Systems = Mapping[str, str]
"""A system, as `plain` spells it, to the prefix declared for it."""
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,30}(?:\.[a-z]+)?")
_SYSTEM = re.compile(r"(?:https?://|urn:)\S{3,250}")
_KNOWN = frozenset((*OIDS.values(), *SYSTEMS.values()))
# The beginnings of prefixes that are made here of systems and records.
_OURS = re.compile(r"(?:oid|hl7|nhg|patient|person|tricuspid)(?:\.|$)", re.IGNORECASE)


def declared_prefix(system: str, systems: Systems) -> str | None:
    """The prefix that somebody declared for a system, None where nobody did."""
    return systems.get(plain(system)) if systems else None


def plain(system: str) -> str:
    """A system without its version and without the separator that a namespace ends with."""
    return system.partition("|")[0].strip().rstrip("/#")


def of_setting(text: str) -> dict[str, str]:
    """The systems of `local=https://hospital.example/codes, lab=urn:oid:1.2.3`. Raises ValueError for another text."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        prefix, equals, system = (each.strip() for each in part.partition("="))
        if not equals or (wrong := _wrong(prefix, system)):
            raise ValueError(f"{SETTING} has {part!r}: {wrong if equals else 'write PREFIX=SYSTEM'}")
        if prefix in found.values() or plain(system) in found:
            raise ValueError(f"{SETTING} names {part!r} twice: a prefix is of one system, and a system has one prefix")
        found[plain(system)] = prefix
    return found


def of_map(prefixes: Mapping[str, str]) -> dict[str, str]:
    """The systems that a `curie_map` (prefix to IRI) declares: what is known by itself is left out."""
    return {plain(iri): prefix for prefix, iri in prefixes.items() if not _wrong(prefix, iri)}


def _wrong(prefix: str, system: str) -> str:
    """Why the prefix cannot be declared for the system; empty where it can."""
    if not _PREFIX.fullmatch(prefix) or _OURS.match(prefix):
        return "the prefix begins with a letter, and has letters, digits, _ and - after it; take another"
    if registered(prefix) or prefix in _KNOWN:
        return "this prefix is that of a known terminology; take another"
    if not _SYSTEM.fullmatch(system):
        return "the system is an address (https://…) or a name (urn:…)"
    known = ontology(curie_of(plain(system), "0") or "")
    return f"this system is known as {known}; leave it out" if registered(known) or known in _KNOWN else ""


def joined(of_setting: Systems, of_releases: Iterable[Systems]) -> dict[str, str]:
    """The setting before the releases. A prefix that releases give to two systems is that of neither."""
    declared = [pair for systems in of_releases for pair in systems.items()]
    found: dict[str, str] = {}
    for system, prefix in _single(declared, of_setting):
        found.setdefault(system, prefix)
    return found | dict(of_setting)


def _single(declared: list[tuple[str, str]], of_setting: Systems) -> Iterator[tuple[str, str]]:
    own = {prefix: {system} for system, prefix in of_setting.items()}
    meant: dict[str, set[str]] = {}
    for system, prefix in declared:
        meant.setdefault(prefix, set()).add(system)
    for system, prefix in declared:
        if (own.get(prefix) or meant[prefix]) == {system}:
            yield system, prefix
