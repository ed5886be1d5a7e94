"""ingest: code systems of one hospital or laboratory, which no registry knows, and the prefixes declared for them.

A prefix is declared by the setting TRICUSPID_CODE_SYSTEMS, or by the `curie_map` of a loaded mapping set, so that the
set's `local:HF01` is the code HF01 that events carry.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import orjson

from graph.errors import BadSetting
from graph.store import Store, rows_of
from ontologies.curies import curie, curie_of, ontology, registered
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
    """The systems of `local=https://hospital.example/codes, lab=urn:oid:1.2.3`. Raises BadSetting for another text."""
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        prefix, equals, system = (each.strip() for each in part.partition("="))
        if not equals or (wrong := _wrong(prefix, system)):
            raise BadSetting(f"{SETTING} has {part!r}: {wrong if equals else 'write PREFIX=SYSTEM'}")
        if prefix in found.values() or plain(system) in found:
            raise BadSetting(f"{SETTING} names {part!r} twice: a prefix is of one system, and a system has one prefix")
        found[plain(system)] = prefix
    return found


def told(systems: Systems) -> str:
    """The same text for the same systems, empty for none."""
    return ", ".join(f"{prefix}={system}" for system, prefix in sorted(systems.items()))


def of_map(prefixes: Mapping[str, str]) -> dict[str, str]:
    """Of a `curie_map` (prefix to IRI) the prefixes and the systems that they declare, without what is known anyway."""
    own = {prefix: iri for prefix, iri in prefixes.items() if "://" in curie(f"{iri}0") or iri.startswith("urn:")}
    return {prefix: plain(iri) for prefix, iri in own.items() if not _wrong(prefix, iri)}


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


def joined(of_setting: Systems, of_releases: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """All systems that are declared, the setting before the releases, which have theirs by prefix."""
    found = dict(of_setting)
    for prefix, system in (pair for prefixes in of_releases for pair in prefixes.items()):
        if prefix not in found.values():
            found.setdefault(system, prefix)
    return found


def of_store(store: Store, without: str = "") -> list[dict[str, str]]:
    """What the releases of a store declare, but for that release, each by prefix."""
    rows = rows_of(store, "Release", ["id", "prefixes"]).sort_by("id").to_pylist()
    return [orjson.loads(row["prefixes"]) for row in rows if row["prefixes"] and row["id"] != without]
