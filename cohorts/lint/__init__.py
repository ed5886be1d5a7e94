"""cohorts.lint: what is wrong with, or remarkable about, a definition of a cohort, with a remedy."""

from cohorts.lint.lint import lint
from cohorts.lint.parts import Finding, Place, places

__all__ = ["Finding", "Place", "lint", "places"]
