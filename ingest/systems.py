"""ingest: reads the prefixes that are declared for local code systems, such as those of a hospital.

A prefix is declared by the setting TRICUSPID_CODE_SYSTEMS or by the `curie_map` of a loaded mapping set. If `local` is
declared for a system, `local:HF01` in a mapping set is the code HF01 of this system in events.
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
"""The prefix that is declared for each code system. The code systems are in the form that `plain` returns."""
_PREFIX = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,30}(?:\.[a-z]+)?")
_SYSTEM = re.compile(r"(?:https?://|urn:)\S{3,250}")
_KNOWN = frozenset((*OIDS.values(), *SYSTEMS.values()))
# The prefixes that Tricuspid itself makes from systems and records begin with one of these words.
_OURS = re.compile(r"(?:oid|hl7|nhg|patient|person|tricuspid)(?:\.|$)", re.IGNORECASE)


def declared_prefix(system: str, systems: Systems) -> str | None:
    """Returns the prefix that `systems` declares for the code system `system`, or None."""
    return systems.get(plain(system)) if systems else None


def plain(system: str) -> str:
    """Returns the IRI of a code system without a version (after `|`), and without `/` or `#` at its end."""
    return system.partition("|")[0].strip().rstrip("/#")


def of_setting(text: str) -> dict[str, str]:
    """Reads the setting TRICUSPID_CODE_SYSTEMS: `local=https://hospital.example/codes, lab=urn:oid:1.2.3`.

    Returns the prefix of each code system. Raises BadSetting.
    """
    found: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        prefix, equals, system = (each.strip() for each in part.partition("="))
        if not equals or (wrong := _wrong(prefix, system)):
            raise BadSetting(f"{SETTING} has {part!r}: {wrong if equals else 'write PREFIX=SYSTEM'}")
        if prefix in found.values() or plain(system) in found:
            raise BadSetting(f"{SETTING} has {part!r} twice: give each prefix and each system once")
        found[plain(system)] = prefix
    return found


def spelled_out(systems: Systems) -> str:
    """Returns the declared code systems as one sorted text in the form of the setting; empty without code systems."""
    return ", ".join(f"{prefix}={system}" for system, prefix in sorted(systems.items()))


def of_map(prefixes: Mapping[str, str]) -> dict[str, str]:
    """Returns the code system of each prefix that the `curie_map` of a mapping set declares. `prefixes` is this map,
    from prefix to IRI.

    Prefixes and code systems of known terminologies are left out.
    """
    own = {prefix: iri for prefix, iri in prefixes.items() if "://" in curie(f"{iri}0") or iri.startswith("urn:")}
    return {prefix: plain(iri) for prefix, iri in own.items() if not _wrong(prefix, iri)}


def _wrong(prefix: str, system: str) -> str:
    """Returns the reason why `prefix` cannot be declared for the code system `system`; empty if it can."""
    if not _PREFIX.fullmatch(prefix) or _OURS.match(prefix):
        return "choose another prefix: a letter, followed by letters, digits, _ or -"
    if registered(prefix) or prefix in _KNOWN:
        return "choose another prefix: this one belongs to a known terminology"
    if not _SYSTEM.fullmatch(system):
        return "the system must be an address (https://…) or a name (urn:…)"
    known = ontology(curie_of(plain(system), "0") or "")
    known_system = registered(known) or known in _KNOWN
    return f"this system already has the prefix {known}: leave the system out" if known_system else ""


def joined(of_setting: Systems, of_releases: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Returns all declared code systems with their prefixes.

    `of_setting` is declared by the setting, which has priority over `of_releases`: the code system of each prefix that
    a release declares.
    """
    found = dict(of_setting)
    for prefix, system in (pair for prefixes in of_releases for pair in prefixes.items()):
        if prefix not in found.values():
            found.setdefault(system, prefix)
    return found


def of_store(store: Store, without: str = "") -> list[dict[str, str]]:
    """Returns, for each stored release that declares prefixes, the code system of each prefix.

    The release with the id `without` is left out.
    """
    rows = rows_of(store, "Release", ["id", "prefixes"]).sort_by("id").to_pylist()
    return [orjson.loads(row["prefixes"]) for row in rows if row["prefixes"] and row["id"] != without]
