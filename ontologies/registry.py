"""ontologies: loads the prefixes of the Bioregistry (https://bioregistry.io, CC0) from a small table.

Importing the Bioregistry itself takes two seconds. `python -m ontologies.registry` writes the table from the installed
Bioregistry, and a test compares the table with the installed Bioregistry.
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
"""Names and numbers of a person. A pattern that matches any of these texts is too wide to recognise identifiers."""


class Registry(msgspec.Struct):
    """The prefixes of the Bioregistry. All fields except `iris` use the preferred spelling of a prefix if there is one.

    prefixes  name in lower case without spaces and punctuation -> prefix
    synonyms  prefix -> its other names, sorted
    iris      beginning of an IRI -> prefix in the Bioregistry's standard spelling
    oids      OID of HL7 without the root -> prefix
    starts    prefix -> beginning of its IRIs, preferably as in RDF
    patterns  prefix -> regular expression of its identifiers; expressions that match a word are left out
    """

    prefixes: dict[str, str]
    synonyms: dict[str, list[str]]
    iris: dict[str, str]
    oids: dict[str, str]
    starts: dict[str, str]
    patterns: dict[str, str]

    def prefix(self, name: str) -> str | None:
        """The prefix with this name or synonym, in any case and punctuation; None if it is unknown."""
        return self.prefixes.get(name.casefold().lower().translate(_LEFT_OUT))

    def parsed(self, iri: str) -> tuple[str, str]:
        """Splits an IRI into a prefix and an identifier. The longest known beginning of the IRI gives the prefix.

        The prefix and the identifier are empty if no beginning is known.
        """
        for length in _lengths():
            if known := self.iris.get(iri[:length]) if length <= len(iri) else None:
                return known, iri[length:]
        return "", ""


@lru_cache(maxsize=1)
def registry() -> Registry:
    return msgspec.json.decode(gzip.decompress(_TABLE.read_bytes()), type=Registry)


@lru_cache(maxsize=1)
def _lengths() -> list[int]:
    """Returns the lengths of all known beginnings of IRIs, the greatest first."""
    return sorted({len(start) for start in registry().iris}, reverse=True)


def made() -> Registry:
    """Builds the table from the installed Bioregistry."""
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
        {prefix: pattern for prefix, pattern in sorted(patterns.items()) if pattern and _is_specific(pattern)},
    )


def _is_specific(pattern: str) -> bool:
    """True if a pattern matches no name or number of a person.

    False for a pattern that is not a valid regular expression in Python.
    """
    try:
        known = re.compile(pattern)
    except re.error:
        return False
    return not any(known.fullmatch(word) for word in _WORDS)


if __name__ == "__main__":
    _TABLE.write_bytes(gzip.compress(msgspec.json.encode(made(), order="deterministic"), mtime=0))
