"""graph: declares what users save: value sets, cohorts and the runs of cohorts.

The current version of a value set or cohort has the id `valueset:NAME` or `cohort:NAME`. An earlier version has its
version number in its id: `valueset:NAME|1`.
"""

from __future__ import annotations

from typing import Annotated, NamedTuple

from graph.declaration import Said, kind

_CREATED = Said("Time at which this version was stored, ISO 8601", "2026-11-29T10:00:00+00:00")


@kind(about=False)
class ValueSet(NamedTuple):
    """A named, versioned set of concepts."""

    id: Annotated[str, Said("`valueset:` and the name, or the canonical URL of a FHIR value set", "valueset:diabetes")]
    version: Annotated[
        str, Said("Version that the file states, or else a number that increases with each version", "2")
    ]
    title: Annotated[str | None, Said("Title", "Diabetes mellitus, any type")]
    language: Annotated[str | None, Said("Language of the title, as a BCP 47 tag", "en")]
    definition: Annotated[
        str, Said("JSON with `items` and `certain` (graph/value_sets.py)", '{"items":[{"id":"MONDO:0005015"}]}')
    ]
    created: Annotated[str, _CREATED]
    job: Annotated[str, Said("Job that loaded the value set", "5f1c0d2e3a4b5c6d")]


@kind(about=False)
class Cohort(NamedTuple):
    """A saved definition of a cohort of patients."""

    id: Annotated[str, Said("`cohort:` and the name", "cohort:diabetes")]
    version: Annotated[int, Said("Version number; it increases when the hash changes", "2")]
    name: Annotated[str, Said("Name", "diabetes")]
    tags: Annotated[str | None, Said("Tags, sorted and separated by spaces", "feasibility ward-1")]
    definition: Annotated[str, Said("The definition as JSON (cohorts/model.py)", "{}")]
    hash: Annotated[str, Said("SHA-256 of the canonical form of the definition", "9f2c")]
    created: Annotated[str, _CREATED]


@kind(about=False)
class CohortRun(NamedTuple):
    """One answer to a saved cohort. The numbers are exact, so they are shown only after disclosure control."""

    id: Annotated[str, Said("Id of the cohort, `#` and the number of the run", "cohort:diabetes#1")]
    cohort: Annotated[str, Said("Id of the cohort", "cohort:diabetes")]
    number: Annotated[int, Said("Number of the run", "1")]
    version: Annotated[int, Said("Version of the cohort", "2")]
    epoch: Annotated[int, Said("Epoch from which the answer was read", "6")]
    job: Annotated[int, Said("Highest sequence number of a job in this epoch", "4")]
    at: Annotated[str, Said("Time of the run, ISO 8601", "2026-11-29T10:00:00+00:00")]
    patients: Annotated[int, Said("Number of patients", "57")]
    digest: Annotated[str, Said("Hash of the set of patients, keyed with the site secret", "51ab")]
    steps: Annotated[str, Said("JSON: exact and noisy number of patients after each rule", "[]")]
    answered: Annotated[
        str, Said("JSON: versions of the releases, value sets and cohorts that the answer used, by id", "{}")
    ]
    reach: Annotated[str, Said("JSON: size and hash of the reach of each concept of the definition", "{}")]
