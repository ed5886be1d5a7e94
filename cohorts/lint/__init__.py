"""cohorts.lint: finds errors and possible mistakes in a cohort definition, and suggests a remedy for each."""

from cohorts.lint.finding import Finding, shown
from cohorts.lint.lint import find_unknown, lint

__all__ = ["Finding", "find_unknown", "lint", "shown"]
