"""graph: the kinds of records, each declared once (graph/kinds/declaration.py)."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from graph.kinds.declaration import Field, Link, Part, Role, Said, declared, kind

_LANGUAGE = Said("BCP 47 tag of the language it is written in", "en", asked="is")
_TEXTS = "Texts with annotations that have no field of their own, such as texts in another language"
_DOI = Said("DOI in lower case, without a prefix", "10.1056/nejmoa0802743", identifies=True, prefix="doi:")
_PUBLICATION = "doi:10.1056/nejmoa0802743"
_STUDY = "clinicaltrials:NCT00000620"
_PERSON = "orcid:0000-0000-0000-0001"


def _title(example: str) -> Said:
    return Said("Its title", example, grounded=Role.SUBJECT, searched=Part.TITLE)


_KEYWORD = Field("keyword", Said("Its keywords, each a name", "Glycemic control", grounded=Role.SUBJECT))
_SUBJECT = Field("subject", Said("Its subjects, each a name or a code", "Diabetes mellitus", grounded=Role.SUBJECT))
_ABOUT_IT = Said("Its description, in the words of the source", grounded=Role.SUBJECT, rest=Role.MENTION)


@kind(about=False)
class Patient(NamedTuple):
    """A pseudonymous patient.

    It has no GraphQL type: single patients are never returned.
    """

    id: Annotated[str, Said("Pseudonym, from the job's pseudonymiser", "patient:3f0a")]
    birth_year: Annotated[int | None, Said("Four digits", "1951")]
    sex: Annotated[str | None, Said("FHIR code", "female")]
    death_year: Annotated[int | None, Said("Four digits", "2021")]


@kind(
    plural="studies",
    id_asked="CURIE, number or web page of the trial: `clinicaltrials:NCT00000620`, `NCT00000620`.",
    listed=True,
    changed="updated",
    fields=(
        Field("condition", Said("Conditions that it studies, each a name", "Asthma", grounded=Role.SUBJECT)),
        _KEYWORD,
        Field(
            "intervention",
            Said("Its interventions, each a name", "Metformin", grounded=Role.INTERVENTION),
        ),
        Field("condition_browse", Said("MeSH terms of its conditions", "Asthma", grounded=Role.SUBJECT)),
        Field("intervention_browse", Said("MeSH terms of its interventions", "Metformin", grounded=Role.INTERVENTION)),
    ),
    links=(
        Link(
            "SPONSORED_BY",
            "Organisation",
            "sponsors",
            Said("Organisations that sponsor it, by id", "organisation:acme"),
            "studies",
            Said("Studies that it sponsors, by id", _STUDY),
        ),
        Link(
            "INVESTIGATES",
            "Person",
            "investigators",
            Said("Its investigators and officials, by id", _PERSON),
            "studies",
            Said("Studies of which this person is an investigator or official, by id", _STUDY),
            inward=True,
        ),
    ),
)
class Study(NamedTuple):
    """A trial or other study."""

    id: Annotated[str, Said("CURIE", _STUDY)]
    title: Annotated[str, _title("Action to Control Cardiovascular Risk in Diabetes")]
    status: Annotated[str | None, Said("As given by the registry", "COMPLETED", asked="is")]
    phase: Annotated[str | None, Said("As given by the registry", "PHASE3", asked="is")]
    kind: Annotated[str | None, Said("As given by the registry", "INTERVENTIONAL", asked="is")]
    start: Annotated[str | None, Said("ISO 8601, as precise as known", "1999-09", asked="begins")]
    end: Annotated[str | None, Said("ISO 8601, as precise as known", "2009-06")]
    enrolment: Annotated[int | None, Said("Number of participants according to the registry", "10251")]
    summary: Annotated[
        str | None,
        Said("Summary of its purpose, in the words of the registry", grounded=Role.SUBJECT, rest=Role.MENTION),
    ]
    eligibility: Annotated[
        str | None,
        Said(
            "Inclusion and exclusion criteria, in the words of the registry, one per line",
            grounded=Role.CRITERION,
            parts=("inclusion", "exclusion"),
            searched=Part.ELIGIBILITY,
        ),
    ]
    outcome_measures: Annotated[
        str | None,
        Said(
            "Outcome measures, in the words of the registry, one per line",
            grounded=Role.OUTCOME,
            parts=("primary_outcome", "secondary_outcome", "other_outcome"),
        ),
    ]
    updated: Annotated[str | None, Said("When its registry last changed the record, ISO 8601", shown=False)] = None
    identifiers: Annotated[
        str | None,
        Said("CURIEs of its numbers in other registries, separated by spaces", shown=False, identifies=True),
    ] = None


@kind(
    plural="courses",
    id_asked="`course:` and the source's identifier: `course:1001`.",
    listed=True,
    texts="Its learning outcomes by id, and texts with annotations that have no field of their own: its goals, and "
    "texts in another language",
    fields=(Field("goals", Said("Its learning goals", grounded=Role.OUTCOME), text=True),),
    links=(
        Link(
            "TEACHES",
            "Outcome",
            "outcomes",
            Said("Its learning outcomes, by id", "outcome:1001-1"),
            "courses",
            Said("Courses that teach it, by id", "course:1001"),
            grounded=Role.OUTCOME,
        ),
        Link(
            "COURSE_OF",
            "Programme",
            "programmes",
            Said("Programmes that it is part of, by id", "programme:1"),
            "courses",
            Said("Its courses, by id", "course:1001"),
            type="PART_OF",
        ),
        Link(
            "INSTRUCTS",
            "Person",
            "teachers",
            Said("Its teachers and coordinators, by id", "person:3f0a"),
            "courses",
            Said("Courses that this person teaches or coordinates, by id", "course:1001"),
            inward=True,
        ),
    ),
)
class Course(NamedTuple):
    """A course."""

    id: Annotated[str, Said("`course:` and the source's own identifier", "course:1001")]
    title: Annotated[str, _title("Endocrinology")]
    code: Annotated[str | None, Said("Its code at the school", "MED-301", searched=Part.KEYWORD)]
    level: Annotated[str | None, Said("As given by the source", "master", asked="is")]
    language: Annotated[str | None, Said("BCP 47 tag of the language of instruction", "nl", asked="is")]
    credits: Annotated[float | None, Said("ECTS credits", "6.0")]
    # No `rest`: all of it describes what is taught, whereas the summary of a study also describes why and how.
    description: Annotated[str | None, Said("Its description, in the words of the source", grounded=Role.SUBJECT)]


@kind(
    plural="programmes",
    id_asked="`programme:` and the source's identifier: `programme:1`.",
    texts=_TEXTS,
    links=(
        Link(
            "PROGRAMME_TEACHES",
            "Outcome",
            "outcomes",
            Said("Its learning outcomes, by id", "outcome:1-1"),
            "programmes",
            Said("Programmes that teach it, by id", "programme:1"),
            type="TEACHES",
        ),
    ),
)
class Programme(NamedTuple):
    """A programme of courses."""

    id: Annotated[str, Said("`programme:` and the source's own identifier", "programme:1")]
    title: Annotated[str, _title("Medicine")]
    level: Annotated[str | None, Said("As given by the source", "bachelor", asked="is")]
    language: Annotated[str | None, Said("BCP 47 tag of the language of instruction", "nl", asked="is")]
    description: Annotated[str | None, _ABOUT_IT]


@kind(
    plural="outcomes",
    id_asked="`outcome:` and the source's identifier: `outcome:1001-1`.",
    fields=(Field("description", _ABOUT_IT, text=True),),
    texts=_TEXTS,
)
class Outcome(NamedTuple):
    """A learning outcome in words."""

    id: Annotated[str, Said("`outcome:` and the source's identifier, or its course's and a number", "outcome:1001-1")]
    text: Annotated[str, Said("Its text", "explains how insulin works", grounded=Role.SUBJECT, rest=Role.MENTION)]
    language: Annotated[str | None, Said("BCP 47 tag", "en", asked="is")]


@kind(
    plural="organisations",
    id_asked="`organisation:` and a name or number, or a ROR id: `organisation:acme`.",
    about=False,
)
class Organisation(NamedTuple):
    """An institution: a sponsor, a school. Never a person."""

    id: Annotated[str, Said("Its ROR id as CURIE, else `organisation:` and a name or number", "organisation:acme")]
    name: Annotated[str, Said("Its name", "Acme", asked="begins")]


@kind(
    plural="persons",
    id_asked="ORCID in any form, or `person:` and the rest of an id: `orcid:0000-0000-0000-0001`.",
    about=False,
    dependent=True,
    links=(
        Link(
            "AFFILIATED",
            "Organisation",
            "organisations",
            Said("Organisations that a record gives as affiliation of this person, by id", "ror:05xvt9f17"),
            "persons",
            Said("Persons for whom a record gives it as affiliation, by id", _PERSON),
            by_others=True,
        ),
    ),
)
class Person(NamedTuple):
    """A contributor of a publication or data set, investigator of a study or teacher of a course, from public sources.

    Persons are never joined by name. Persons named only in health records are never stored.
    """

    id: Annotated[str, Said("CURIE of the ORCID, else `person:` and a hash of source, record and name", _PERSON)]
    name: Annotated[str, Said("As written in the source that was read last", "Anna Example", asked="begins")]


@kind(
    plural="publications",
    id_asked="A DOI in any form, or a PubMed id with its prefix: `doi:10.1056/nejmoa0802743`, `PMID: 18539917`.",
    listed=True,
    texts=_TEXTS,
    changed="revised",
    rises="version",
    fields=(
        _KEYWORD,
        _SUBJECT,
        Field("heading", Said("Its MeSH headings", "Insulin Resistance", grounded=Role.SUBJECT)),
        Field("chemical", Said("Its chemicals in PubMed", "Metformin", grounded=Role.SUBJECT)),
        Field("supplementary", Said("Its MeSH supplementary concepts", "MODY", grounded=Role.SUBJECT)),
    ),
    links=(
        Link(
            "REPORTS",
            "Study",
            "studies",
            Said("Studies that it names, by id", _STUDY),
            "publications",
            Said("Publications that name it, by id", _PUBLICATION),
        ),
        Link(
            "AUTHOR_OF",
            "Person",
            "contributors",
            Said("Authors who have an ORCID, by id", _PERSON),
            "publications",
            Said("Publications that this person wrote, by id", _PUBLICATION),
            inward=True,
        ),
    ),
)
class Publication(NamedTuple):
    """An article or other text. If other records only refer to it, only its id is known."""

    id: Annotated[str, Said("CURIE of the DOI, else of the PubMed number", _PUBLICATION)]
    title: Annotated[str, _title("Effects of Intensive Glucose Lowering in Type 2 Diabetes")]
    abstract: Annotated[
        str | None, Said("Its abstract, one section per line", grounded=Role.SUBJECT, rest=Role.MENTION)
    ]
    kind: Annotated[
        str | None, Said("As given by the source, several separated by `; `", "Journal Article", asked="is")
    ]
    journal: Annotated[str | None, Said("Name of the journal", "The New England journal of medicine")]
    language: Annotated[str | None, _LANGUAGE]
    published: Annotated[str | None, Said("ISO 8601, as precise as known", "2008-06-12", asked="begins")]
    revised: Annotated[str | None, Said("When its record last changed, ISO 8601", "2025-01-01")]
    doi: Annotated[str | None, _DOI]
    pmid: Annotated[str | None, Said("Its number in PubMed", "18539917", identifies=True, prefix="pubmed:")]
    authors: Annotated[int | None, Said("Number of authors", "11")]
    version: Annotated[int | None, Said("Rises with every new version of the article in PubMed", shown=False)] = None


@kind(
    plural="datasets",
    spoken="data sets",
    id_asked="DOI as number, CURIE or URL, or else its IRI: `doi:10.5072/diabetes-1`.",
    listed=True,
    texts=_TEXTS,
    changed="modified",
    fields=(
        _KEYWORD,
        _SUBJECT,
        Field("theme", Said("Its themes, each a name or a code", "Diabetes mellitus", grounded=Role.SUBJECT)),
        Field("code", Said("Codes of the values it contains, each a name or a code", "E11", grounded=Role.SUBJECT)),
    ),
    links=(
        Link(
            "DESCRIBED_IN",
            "Publication",
            "publications",
            Said("Publications that it names, by id", _PUBLICATION),
            "datasets",
            Said("Data sets that name it, by id", "doi:10.5072/diabetes-1"),
        ),
        Link(
            "LISTS",
            "Dataset",
            "datasets",
            Said("Data sets that it lists as a catalogue or series, by id", "doi:10.5072/b-1"),
            "catalogues",
            Said("Catalogues and series that list it, by id", "https://example.org/catalogue"),
        ),
        Link(
            "VERSION_OF",
            "Dataset",
            "version_of",
            Said(
                "The data set that it is a version of: the one for all versions, or the previous version",
                "doi:10.5072/b",
            ),
            "versions",
            Said("Data sets that are versions of it, by id", "doi:10.5072/b.v1"),
        ),
        Link(
            "DATASET_AUTHOR_OF",
            "Person",
            "contributors",
            Said("Creators who have an ORCID, by id", _PERSON),
            "datasets",
            Said("Data sets that this person made, by id", "doi:10.5072/diabetes-1"),
            type="AUTHOR_OF",
            inward=True,
        ),
    ),
)
class Dataset(NamedTuple):
    """A data set, or a collection or catalogue of them."""

    id: Annotated[str, Said("CURIE of the DOI, else its IRI", "doi:10.5072/diabetes-1")]
    title: Annotated[str, _title("Glucose of 200 people with type 2 diabetes")]
    description: Annotated[
        str | None, Said("Its description, in the words of the source", grounded=Role.SUBJECT, rest=Role.MENTION)
    ]
    kind: Annotated[str | None, Said("As given by the source", "Dataset", asked="is")]
    version: Annotated[str | None, Said("As given by the source", "1.0")]
    language: Annotated[str | None, Said("BCP 47 tag of the language of its texts", "en", asked="is")]
    issued: Annotated[str | None, Said("When it was published, ISO 8601", "2021-05", asked="begins")]
    modified: Annotated[str | None, Said("When it last changed, ISO 8601", "2022-01-31")]
    licence: Annotated[str | None, Said("IRI of its licence", "https://creativecommons.org/licenses/by/4.0/")]
    landing_page: Annotated[str | None, Said("The page about it", "https://example.org/diabetes-1")]
    doi: Annotated[str | None, _DOI._replace(example="10.5072/diabetes-1")]
    authors: Annotated[int | None, Said("Number of creators", "3")]


KINDS = declared()
"""All kinds by name."""
RECORDS = tuple(kind.name for kind in KINDS.values() if kind.listed)
"""The kinds that concepts list and that are searched."""
