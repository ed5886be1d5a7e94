"""cohorts.runs: runs of saved cohorts, and what changed between two runs."""

from cohorts.runs.changes import Changes, changes
from cohorts.runs.runs import Number, Run, Step, answered, keep, run_of, runs

__all__ = ["Changes", "Number", "Run", "Step", "answered", "changes", "keep", "run_of", "runs"]
