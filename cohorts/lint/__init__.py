"""cohorts.lint: finds what is wrong with a definition of a cohort, or remarkable about it, with a remedy."""

from cohorts.lint.finding import Finding, shown
from cohorts.lint.lint import find_unknown, lint

__all__ = ["Finding", "find_unknown", "lint", "shown"]
