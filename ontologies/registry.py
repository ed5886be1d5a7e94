"""ontologies: what the Bioregistry (https://bioregistry.io, CC0) says of prefixes, as a table that is read at once.

Importing the Bioregistry itself takes a process two seconds. `python -m ontologies.registry` makes the table anew from
the one that is installed, and a test compares the two.
"""

from __future__ import annotations

import gzip
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec

_TABLE = Path(__file__).with_name("registry.json.gz")
_LEFT_OUT = str.maketrans("", "", " -_./")
_WORDS = (
    *("Somebody", "somebody", "SOMEBODY", "Some_Body", "some-body", "Some.Body", "Somebody1962", "Somebody-1"),
    *("some.body@example.org", "06-12345678"),
)
"""What a person may be called by. An identifier that these fit may be anything."""


class Registry(msgspec.Struct):
    """Prefixes are spelled in the preferred way where there is one, but those of `iris`.

    prefixes  a name without spaces and punctuation, in lower case, to the prefix
    synonyms  a prefix to its other names, sorted
    iris      how an IRI starts, to the prefix as it is in the Bioregistry
    oids      an OID of HL7, without its root, to the prefix
    starts    a prefix to how its IRIs start; where several are known, the one that RDF uses
    patterns  a prefix to the regular expression of its identifiers; without those that a word fits
    """

    prefixes: dict[str, str]
    synonyms: dict[str, list[str]]
    iris: dict[str, str]
    oids: dict[str, str]
    starts: dict[str, str]
    patterns: dict[str, str]

    def prefix(self, name: str) -> str | None:
        """The prefix that goes by this name, None where none does."""
        return self.prefixes.get(name.casefold().lower().translate(_LEFT_OUT))

    def parsed(self, iri: str) -> tuple[str, str]:
        """Prefix and identifier by the longest start that is known, both empty where none is."""
        for length in _lengths():
            if known := self.iris.get(iri[:length]) if length <= len(iri) else None:
                return known, iri[length:]
        return "", ""


@lru_cache(maxsize=1)
def registry() -> Registry:
    return msgspec.json.decode(gzip.decompress(_TABLE.read_bytes()), type=Registry)


@lru_cache(maxsize=1)
def _lengths() -> list[int]:
    """Of the starts of IRIs, the longest first."""
    return sorted({len(start) for start in registry().iris}, reverse=True)


def made() -> Registry:
    """The table as the installed Bioregistry has it."""
    from bioregistry import manager

    def spelled(prefix: str) -> str:
        return manager.get_preferred_prefix(prefix) or prefix

    prefixes = {name: spelled(prefix) for name, prefix in manager.synonyms.items()}
    synonyms = {
        prefix: sorted(manager.get_resource(prefix).get_synonyms()) for prefix in sorted(set(prefixes.values()))
    }
    mapped: Any = ((prefix, resource.get_mappings().get("hl7")) for prefix, resource in manager.registry.items())
    uris: Any = (
        (p, resource.get_rdf_uri_prefix() or resource.get_uri_prefix()) for p, resource in manager.registry.items()
    )
    oids = {oid: spelled(prefix) for prefix, oid in mapped if oid}
    patterns = {spelled(prefix): manager.get_pattern(prefix) or "" for prefix in manager.registry}
    return Registry(
        prefixes,
        {prefix: names for prefix, names in synonyms.items() if names},
        dict(manager.converter.reverse_prefix_map),
        oids,
        {spelled(prefix): uri for prefix, uri in uris if uri},
        {prefix: pattern for prefix, pattern in sorted(patterns.items()) if pattern and _tells(pattern)},
    )


def _tells(pattern: str) -> bool:
    """Whether a pattern keeps out what is no identifier. Some are no regular expression of Python."""
    try:
        known = re.compile(pattern)
    except re.error:
        return False
    return not any(known.fullmatch(word) for word in _WORDS)


if __name__ == "__main__":
    _TABLE.write_bytes(gzip.compress(msgspec.json.encode(made(), order="deterministic"), mtime=0))
