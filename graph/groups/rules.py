"""graph: reads the rules of a site for the computation of groups."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

from graph.errors import BadSetting
from graph.hierarchy import KINDS
from graph.settings import Settings, settings

LIKELY = Settings.likely
"""Minimum probability at which a computed statement is used at the level LIKELY."""

PREFERRED = (
    "disease=MONDO,DOID,ORPHA,NCIT,snomedct,mesh,icd10,icd10cm,umls;"
    "phenotype=HP,SYMP,MONDO,snomedct;"
    "finding=MONDO,HP,snomedct;"
    "organism=NCBITaxon,snomedct;anatomy=UBERON,CL,snomedct;procedure=MAXO,snomedct;test=loinc,OBI,snomedct;"
    "drug=rxnorm,atc,CHEBI,snomedct"
)


class Rules(NamedTuple):
    """The rules of a site.

    `preferred` lists terminologies for each kind, in order of priority. The preferred concept of a group comes from the
    first of these terminologies that has a concept in the group. `stewards` has the CURIEs of stewards. Mappings that a
    steward reviewed have priority over published mapping sets.
    """

    likely: float = LIKELY
    phenotypes: bool = True
    preferred: str = PREFERRED
    stewards: frozenset[str] = frozenset()

    @classmethod
    def of(cls, given: Settings) -> Rules:
        """The rules in the settings. Raises BadSetting for an invalid setting; the message names the variable."""
        _orders(given.preferred)
        stewards = frozenset(part.strip() for part in given.stewards.split(",") if part.strip())
        return cls(given.likely, given.phenotypes, given.preferred or PREFERRED, stewards)

    def digest(self) -> str:
        """A digest of the rules, for use in the names of snapshots. The digest of the default rules is empty."""
        if self == Rules():
            return ""
        text = repr((self.likely, self.phenotypes, self.preferred, sorted(self.stewards)))
        return blake2b(text.encode(), digest_size=4).hexdigest()

    def orders(self) -> dict[str, list[str]]:
        """Returns the prefixes of terminologies for each kind of concept, in lower case and in order of priority."""
        return _orders(self.preferred)


def rules() -> Rules:
    return Rules.of(settings())


def _orders(text: str) -> dict[str, list[str]]:
    orders = {}
    for part in filter(None, text.split(";")):
        kind, equals, prefixes = part.partition("=")
        if not equals or not prefixes.strip():
            raise BadSetting(f"TRICUSPID_PREFERRED has {part!r}: write kind=PREFIX,PREFIX;kind=PREFIX")
        if kind.strip() not in KINDS[1:]:
            raise BadSetting(f"TRICUSPID_PREFERRED has the kind {kind.strip()!r}: use one of {', '.join(KINDS[1:])}")
        orders[kind.strip()] = [prefix.strip().lower() for prefix in prefixes.split(",")]
    return orders
