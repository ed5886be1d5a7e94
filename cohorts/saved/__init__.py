"""cohorts.saved: saves and reads cohort definitions with a name, versions and tags."""

from cohorts.saved.saving import copy, save, tag, written
from cohorts.saved.stored import COHORT, Saved, cohorts_in, current, refuse_loop, stored, uses_pseudonyms, versions

__all__ = [
    "COHORT",
    "Saved",
    "cohorts_in",
    "copy",
    "current",
    "refuse_loop",
    "save",
    "stored",
    "tag",
    "uses_pseudonyms",
    "versions",
    "written",
]
