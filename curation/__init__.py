"""curation: tools for stewards, which check a store and write mappings as SSSOM."""

from curation.check import Finding, check
from curation.sssom import STATES, write_mappings, write_review

__all__ = [
    "STATES",
    "Finding",
    "check",
    "write_mappings",
    "write_review",
]
