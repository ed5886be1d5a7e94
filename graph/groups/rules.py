"""graph: what a site decides about groups of one meaning; read from the environment in this one place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import blake2b
from typing import NamedTuple

from graph.errors import BadSetting
from graph.hierarchy import KINDS

LIKELY = 0.8
"""The least probability of a computed statement that takes part at the level LIKELY."""

PREFERRED = (
    "disease=MONDO,DOID,ORPHA,NCIT,snomedct,mesh,icd10,icd10cm,umls;"
    "phenotype=HP,SYMP,MONDO,snomedct;"
    "finding=MONDO,HP,snomedct;"
    "organism=NCBITaxon,snomedct;anatomy=UBERON,CL,snomedct;procedure=MAXO,snomedct;test=loinc,OBI,snomedct;"
    "drug=rxnorm,atc,CHEBI,snomedct"
)


class Rules(NamedTuple):
    """`preferred` lists, for each kind, the terminologies whose concept speaks for a group, the first one first.

    `stewards` are the CURIEs of people whose reviewed mappings outrank published mapping sets.
    """

    likely: float = LIKELY
    phenotypes: bool = True
    preferred: str = PREFERRED
    stewards: frozenset[str] = frozenset()

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Rules:
        """Raises BadSetting, which names the variable."""
        given = {name: environment.get(f"TRICUSPID_{name.upper()}", "") for name in cls._fields}
        rules = cls()
        if text := given["likely"]:
            rules = rules._replace(likely=_probability("TRICUSPID_LIKELY", text))
        if text := given["phenotypes"]:
            if text not in ("on", "off"):
                raise BadSetting(f"TRICUSPID_PHENOTYPES is {text!r}: give on or off")
            rules = rules._replace(phenotypes=text == "on")
        if text := given["preferred"]:
            _orders(text)
            rules = rules._replace(preferred=text)
        if text := given["stewards"]:
            rules = rules._replace(stewards=frozenset(part.strip() for part in text.split(",") if part.strip()))
        return rules

    def digest(self) -> str:
        """Empty for the rules as they come; a snapshot made by other rules has another name."""
        if self == Rules():
            return ""
        said = repr((self.likely, self.phenotypes, self.preferred, sorted(self.stewards)))
        return blake2b(said.encode(), digest_size=4).hexdigest()

    def orders(self) -> dict[str, list[str]]:
        """Of each kind the prefixes, in lower case."""
        return _orders(self.preferred)


def rules() -> Rules:
    return Rules.of(os.environ)


def _probability(name: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0.5 <= found <= 1:
        raise BadSetting(f"{name} is {text!r}: give a probability from 0.5 to 1")
    return found


def _orders(text: str) -> dict[str, list[str]]:
    orders = {}
    for part in filter(None, text.split(";")):
        kind, equals, prefixes = part.partition("=")
        if not equals or not prefixes.strip():
            raise BadSetting(f"TRICUSPID_PREFERRED has {part!r}: write kind=PREFIX,PREFIX;kind=PREFIX")
        if kind.strip() not in KINDS[1:]:
            raise BadSetting(f"TRICUSPID_PREFERRED names the kind {kind.strip()!r}: use one of {', '.join(KINDS[1:])}")
        orders[kind.strip()] = [prefix.strip().lower() for prefix in prefixes.split(",")]
    return orders
