"""cohorts.lint: finds what is wrong with a definition of a cohort, or remarkable about it, with a remedy."""

from cohorts.lint.finding import Finding
from cohorts.lint.lint import lint

__all__ = ["Finding", "lint"]
