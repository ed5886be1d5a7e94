"""curation: checks a store and writes mappings as SSSOM, for the stewards of a store."""

from curation.check import Finding, check
from curation.sssom import STATES, write_mappings, write_review

__all__ = [
    "STATES",
    "Finding",
    "check",
    "write_mappings",
    "write_review",
]
