"""cohorts.results: statistics about the patients of a cohort, such as attrition, breakdowns and incidence.

Every function computes its result from a snapshot and an `Answer`, for each part of the event index. The caller applies
disclosure control: a cell is a set of patients, or has numbers for each patient, so the caller can check the cell
before a number is released.
"""

from cohorts.results.attrition import attrition, check, with_rules
from cohorts.results.breakdown import BAND, Branches, Sources, ValueSets, breakdown, narrower
from cohorts.results.explained import Criterion, Event, Explanation, explain
from cohorts.results.explained_words import criterion_words, end_words, reason, step_words
from cohorts.results.followed import Outcome
from cohorts.results.frequent import Span, beside, frequent
from cohorts.results.incidence import incidence
from cohorts.results.joined import Weighted, asked_for, frequent_concepts, joined
from cohorts.results.orphans import orphans
from cohorts.results.overlap import overlap
from cohorts.results.pathways import pathways
from cohorts.results.table import table
from cohorts.results.time_to_event import time_to_event

__all__ = [
    "BAND",
    "Branches",
    "Criterion",
    "Event",
    "Explanation",
    "Outcome",
    "Sources",
    "Span",
    "ValueSets",
    "Weighted",
    "asked_for",
    "attrition",
    "beside",
    "breakdown",
    "check",
    "criterion_words",
    "end_words",
    "explain",
    "frequent",
    "frequent_concepts",
    "incidence",
    "joined",
    "narrower",
    "orphans",
    "overlap",
    "pathways",
    "reason",
    "step_words",
    "table",
    "time_to_event",
    "with_rules",
]
