"""cohorts.lint: what is wrong with, or remarkable about, a definition of a cohort, with a remedy."""

from cohorts.lint.finding import Finding
from cohorts.lint.lint import lint

__all__ = ["Finding", "lint"]
