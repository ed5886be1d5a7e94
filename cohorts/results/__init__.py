"""cohorts.results: what can be said about the patients of a cohort, as sets of patients and sums that add up.

Every function answers from a snapshot and an `Answer`, part by part. Disclosure control is applied by the caller: a
cell is a set of patients, or has numbers for each patient, so that it can be checked before a number is released.
"""

from __future__ import annotations

from cohorts.results.attrition import Attrition as Attrition
from cohorts.results.attrition import Checks as Checks
from cohorts.results.attrition import Combination as Combination
from cohorts.results.attrition import attrition as attrition
from cohorts.results.attrition import check as check
from cohorts.results.attrition import with_rules as with_rules
from cohorts.results.breakdown import Branches as Branches
from cohorts.results.breakdown import By as By
from cohorts.results.breakdown import Cell as Cell
from cohorts.results.breakdown import Sources as Sources
from cohorts.results.breakdown import ValueSets as ValueSets
from cohorts.results.breakdown import breakdown as breakdown
from cohorts.results.followed import Outcome as Outcome
from cohorts.results.frequent import START as START
from cohorts.results.frequent import YEAR_AFTER as YEAR_AFTER
from cohorts.results.frequent import YEAR_BEFORE as YEAR_BEFORE
from cohorts.results.frequent import Frequent as Frequent
from cohorts.results.frequent import Row as Row
from cohorts.results.frequent import Span as Span
from cohorts.results.frequent import beside as beside
from cohorts.results.frequent import frequent as frequent
from cohorts.results.frequent import most as most
from cohorts.results.incidence import Incidence as Incidence
from cohorts.results.incidence import Rate as Rate
from cohorts.results.incidence import incidence as incidence
from cohorts.results.orphans import Orphan as Orphan
from cohorts.results.orphans import orphans as orphans
from cohorts.results.overlap import Common as Common
from cohorts.results.overlap import Overlap as Overlap
from cohorts.results.overlap import overlap as overlap
from cohorts.results.pathways import Pathways as Pathways
from cohorts.results.pathways import pathways as pathways
from cohorts.results.time_to_event import Step as Step
from cohorts.results.time_to_event import Times as Times
from cohorts.results.time_to_event import time_to_event as time_to_event
