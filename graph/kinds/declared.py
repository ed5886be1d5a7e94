"""graph: declares each kind of record once (see graph/declaration.py)."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from graph.declaration import Field, Link, Part, Role, Said, declared, kind
from graph.kinds.saved import Cohort as Cohort
from graph.kinds.saved import CohortRun as CohortRun
from graph.kinds.saved import ValueSet as ValueSet

_LANGUAGE = Said("Language of the text, as a BCP 47 tag", "en", asked="is")
_TEXTS = "Texts that name a concept and have no field of their own, such as texts in another language"
_DOI = Said("DOI in lower case, without a prefix", "10.1056/nejmoa0802743", identifies=True, prefix="doi:")
_PUBLICATION = "doi:10.1056/nejmoa0802743"
_STUDY = "clinicaltrials:NCT00000620"
_PERSON = "orcid:0000-0000-0000-0001"


def _title(example: str) -> Said:
    return Said("Title", example, grounded=Role.SUBJECT, searched=Part.TITLE)


_KEYWORD = Field("keyword", Said("Keywords, as names", "Glycemic control", grounded=Role.SUBJECT))
_SUBJECT = Field("subject", Said("Subjects, as names or codes", "Diabetes mellitus", grounded=Role.SUBJECT))
_ABOUT_IT = Said("Description, as the source writes it", grounded=Role.SUBJECT, rest=Role.MENTION)


@kind(about=False)
class Patient(NamedTuple):
    """A patient with a pseudonym.

    GraphQL has no type for patients, because answers never contain single patients.
    """

    id: Annotated[str, Said("Pseudonym, made by the pseudonymiser of the job", "patient:3f0a")]
    birth_year: Annotated[int | None, Said("Year of birth, four digits", "1951")]
    sex: Annotated[str | None, Said("Administrative gender, as a FHIR code", "female")]
    death_year: Annotated[int | None, Said("Year of death, four digits", "2021")]
    race: Annotated[str | None, Said("CURIE of the race that the source states", "omop:8527")] = None
    ethnicity: Annotated[str | None, Said("CURIE of the ethnicity that the source states", "omop:38003564")] = None
    care_site: Annotated[str | None, Said("Care site that treats the patient, as the source names it", "ward-1")] = None


@kind(
    plural="studies",
    id_asked="CURIE, registry number or web page of the study: `clinicaltrials:NCT00000620`, `NCT00000620`.",
    listed=True,
    changed="updated",
    fields=(
        Field("condition", Said("Conditions that the study is about, as names", "Asthma", grounded=Role.SUBJECT)),
        _KEYWORD,
        Field(
            "intervention",
            Said("Interventions that the study tests, as names", "Metformin", grounded=Role.INTERVENTION),
        ),
        Field("condition_browse", Said("MeSH terms of the conditions", "Asthma", grounded=Role.SUBJECT)),
        Field("intervention_browse", Said("MeSH terms of the interventions", "Metformin", grounded=Role.INTERVENTION)),
    ),
    links=(
        Link(
            "SPONSORED_BY",
            "Organisation",
            "sponsors",
            Said("Organisations that sponsor the study, sorted by id", "organisation:acme"),
            "studies",
            Said("Studies that this organisation sponsors, sorted by id", _STUDY),
        ),
        Link(
            "INVESTIGATES",
            "Person",
            "investigators",
            Said("Investigators and officials of the study, sorted by id", _PERSON),
            "studies",
            Said("Studies that name this person as an investigator or official, sorted by id", _STUDY),
            inward=True,
        ),
    ),
)
class Study(NamedTuple):
    """A trial or other study."""

    id: Annotated[str, Said("CURIE of the registry number", _STUDY)]
    title: Annotated[str, _title("Action to Control Cardiovascular Risk in Diabetes")]
    status: Annotated[str | None, Said("Status, as the registry writes it", "COMPLETED", asked="is")]
    phase: Annotated[str | None, Said("Phase, as the registry writes it", "PHASE3", asked="is")]
    kind: Annotated[str | None, Said("Type of study, as the registry writes it", "INTERVENTIONAL", asked="is")]
    start: Annotated[
        str | None, Said("Start date, ISO 8601; a year or a month if the day is unknown", "1999-09", asked="begins")
    ]
    end: Annotated[str | None, Said("End date, ISO 8601; a year or a month if the day is unknown", "2009-06")]
    enrolment: Annotated[int | None, Said("Number of participants according to the registry", "10251")]
    summary: Annotated[str | None, Said("Summary, as the registry writes it", grounded=Role.SUBJECT, rest=Role.MENTION)]
    eligibility: Annotated[
        str | None,
        Said(
            "Inclusion and exclusion criteria, as the registry writes them, one per line",
            grounded=Role.CRITERION,
            parts=("inclusion", "exclusion"),
            searched=Part.ELIGIBILITY,
        ),
    ]
    outcome_measures: Annotated[
        str | None,
        Said(
            "Outcome measures, as the registry writes them, one per line",
            grounded=Role.OUTCOME,
            parts=("primary_outcome", "secondary_outcome", "other_outcome"),
        ),
    ]
    updated: Annotated[
        str | None, Said("Date on which the registry last changed the record, ISO 8601", shown=False)
    ] = None
    identifiers: Annotated[
        str | None,
        Said("CURIEs of the study in other registries, separated by spaces", shown=False, identifies=True),
    ] = None


@kind(
    plural="courses",
    id_asked="`course:` followed by the identifier in its source: `course:1001`.",
    listed=True,
    texts="Learning outcomes with their ids, and other texts that name a concept: texts in another language, "
    "and the goals of the course",
    fields=(Field("goals", Said("Goals: what students learn", grounded=Role.OUTCOME), text=True),),
    links=(
        Link(
            "TEACHES",
            "Outcome",
            "outcomes",
            Said("Learning outcomes of the course, sorted by id", "outcome:1001-1"),
            "courses",
            Said("Courses that have this learning outcome, sorted by id", "course:1001"),
            grounded=Role.OUTCOME,
        ),
        Link(
            "COURSE_OF",
            "Programme",
            "programmes",
            Said("Programmes that the course is part of, sorted by id", "programme:1"),
            "courses",
            Said("Courses of the programme, sorted by id", "course:1001"),
            type="PART_OF",
        ),
        Link(
            "INSTRUCTS",
            "Person",
            "teachers",
            Said("Persons who teach or coordinate the course, sorted by id", "person:3f0a"),
            "courses",
            Said("Courses that this person teaches or coordinates, sorted by id", "course:1001"),
            inward=True,
        ),
    ),
)
class Course(NamedTuple):
    """A course."""

    id: Annotated[str, Said("`course:` followed by the identifier in its source", "course:1001")]
    title: Annotated[str, _title("Endocrinology")]
    code: Annotated[str | None, Said("Course code used by the school", "MED-301", searched=Part.KEYWORD)]
    level: Annotated[str | None, Said("Level, as the source writes it", "master", asked="is")]
    language: Annotated[str | None, Said("Language of teaching, as a BCP 47 tag", "nl", asked="is")]
    credits: Annotated[float | None, Said("Study load in ECTS credits", "6.0")]
    # The whole description states what the course teaches. The summary of a study also states its reasons and methods,
    # so the summary has a `rest`.
    description: Annotated[str | None, Said("Description, as the source writes it", grounded=Role.SUBJECT)]


@kind(
    plural="programmes",
    id_asked="`programme:` followed by the identifier in its source: `programme:1`.",
    texts=_TEXTS,
    links=(
        Link(
            "PROGRAMME_TEACHES",
            "Outcome",
            "outcomes",
            Said("Learning outcomes of the programme, sorted by id", "outcome:1-1"),
            "programmes",
            Said("Programmes that have this learning outcome, sorted by id", "programme:1"),
            type="TEACHES",
        ),
    ),
)
class Programme(NamedTuple):
    """A programme of courses."""

    id: Annotated[str, Said("`programme:` followed by the identifier in its source", "programme:1")]
    title: Annotated[str, _title("Medicine")]
    level: Annotated[str | None, Said("Level, as the source writes it", "bachelor", asked="is")]
    language: Annotated[str | None, Said("Language of teaching, as a BCP 47 tag", "nl", asked="is")]
    description: Annotated[str | None, _ABOUT_IT]


@kind(
    plural="outcomes",
    id_asked="`outcome:` followed by the identifier in its source: `outcome:1001-1`.",
    fields=(Field("description", _ABOUT_IT, text=True),),
    texts=_TEXTS,
)
class Outcome(NamedTuple):
    """A learning outcome: what a student knows or can do after a course or programme."""

    id: Annotated[
        str,
        Said("`outcome:` followed by its source's identifier, or by the course's id and a number", "outcome:1001-1"),
    ]
    text: Annotated[
        str,
        Said("Text of the learning outcome", "explains how insulin works", grounded=Role.SUBJECT, rest=Role.MENTION),
    ]
    language: Annotated[str | None, Said("Language of the text, as a BCP 47 tag", "en", asked="is")]


@kind(
    plural="organisations",
    id_asked="ROR id, or `organisation:` followed by a name or number: `organisation:acme`.",
    about=False,
)
class Organisation(NamedTuple):
    """An institution, such as a sponsor or a school, but never a person."""

    id: Annotated[
        str,
        Said("CURIE of the ROR id. Without a ROR id, `organisation:` and a name or number", "organisation:acme"),
    ]
    name: Annotated[str, Said("Name", "Acme", asked="begins")]


@kind(
    plural="persons",
    id_asked="ORCID in any form, or `person:` followed by a hash: `orcid:0000-0000-0000-0001`.",
    about=False,
    dependent=True,
    links=(
        Link(
            "AFFILIATED",
            "Organisation",
            "organisations",
            Said("Organisations that a record names as the affiliation of this person, sorted by id", "ror:05xvt9f17"),
            "persons",
            Said("Persons who, according to a record, are affiliated with this organisation, sorted by id", _PERSON),
            by_others=True,
        ),
    ),
)
class Person(NamedTuple):
    """A person who, according to public sources, wrote a publication, made a data set, investigates a study or teaches
    a course.

    Persons are never merged by name. Persons named only in records of care are not stored.
    """

    id: Annotated[
        str, Said("CURIE of the ORCID. Without an ORCID, `person:` and a hash of source, record and name", _PERSON)
    ]
    name: Annotated[str, Said("Name, as written by the source that was read last", "Anna Example", asked="begins")]


@kind(
    plural="publications",
    id_asked="DOI in any form, or PubMed id with its prefix: `doi:10.1056/nejmoa0802743`, `PMID: 18539917`.",
    listed=True,
    texts=_TEXTS,
    changed="revised",
    rises="version",
    fields=(
        _KEYWORD,
        _SUBJECT,
        Field("heading", Said("MeSH headings", "Insulin Resistance", grounded=Role.SUBJECT)),
        Field("chemical", Said("Chemicals, as PubMed codes them", "Metformin", grounded=Role.SUBJECT)),
        Field("supplementary", Said("MeSH supplementary concepts", "MODY", grounded=Role.SUBJECT)),
    ),
    links=(
        Link(
            "REPORTS",
            "Study",
            "studies",
            Said("Studies that the publication names, sorted by id", _STUDY),
            "publications",
            Said("Publications that name the study, sorted by id", _PUBLICATION),
        ),
        Link(
            "AUTHOR_OF",
            "Person",
            "contributors",
            Said("Authors who have an ORCID, sorted by id", _PERSON),
            "publications",
            Said("Publications that this person wrote, sorted by id", _PUBLICATION),
            inward=True,
        ),
    ),
)
class Publication(NamedTuple):
    """An article or other text. A publication that other records name, but no source describes, has only an id."""

    id: Annotated[str, Said("CURIE of the DOI, or of the PubMed id if there is no DOI", _PUBLICATION)]
    title: Annotated[str, _title("Effects of Intensive Glucose Lowering in Type 2 Diabetes")]
    abstract: Annotated[str | None, Said("Abstract, one section per line", grounded=Role.SUBJECT, rest=Role.MENTION)]
    kind: Annotated[str | None, Said("Types of publication, separated by `; `", "Journal Article", asked="is")]
    journal: Annotated[str | None, Said("Journal of the publication", "The New England journal of medicine")]
    language: Annotated[str | None, _LANGUAGE]
    published: Annotated[
        str | None,
        Said("Date of publication, ISO 8601; a year or a month if the day is unknown", "2008-06-12", asked="begins"),
    ]
    revised: Annotated[str | None, Said("Date on which the source last changed the record, ISO 8601", "2025-01-01")]
    doi: Annotated[str | None, _DOI]
    pmid: Annotated[str | None, Said("PubMed id", "18539917", identifies=True, prefix="pubmed:")]
    authors: Annotated[int | None, Said("Number of authors", "11")]
    version: Annotated[int | None, Said("Version number of the article in PubMed", shown=False)] = None


@kind(
    plural="datasets",
    spoken="data sets",
    id_asked="DOI in any form, or IRI: `doi:10.5072/diabetes-1`.",
    listed=True,
    texts=_TEXTS,
    changed="modified",
    fields=(
        _KEYWORD,
        _SUBJECT,
        Field("theme", Said("Themes, as names or codes", "Diabetes mellitus", grounded=Role.SUBJECT)),
        Field("code", Said("Variables of the data set, as names or codes", "E11", grounded=Role.SUBJECT)),
    ),
    links=(
        Link(
            "DESCRIBED_IN",
            "Publication",
            "publications",
            Said("Publications that the data set names, sorted by id", _PUBLICATION),
            "datasets",
            Said("Data sets that name the publication, sorted by id", "doi:10.5072/diabetes-1"),
        ),
        Link(
            "LISTS",
            "Dataset",
            "datasets",
            Said("Data sets that this catalogue or series lists, sorted by id", "doi:10.5072/b-1"),
            "catalogues",
            Said("Catalogues and series that list this data set, sorted by id", "https://example.org/catalogue"),
        ),
        Link(
            "VERSION_OF",
            "Dataset",
            "version_of",
            Said(
                "Data set that stands for all versions of this data set, or its previous version",
                "doi:10.5072/b",
            ),
            "versions",
            Said("Data sets that are versions of this data set, sorted by id", "doi:10.5072/b.v1"),
        ),
        Link(
            "DATASET_AUTHOR_OF",
            "Person",
            "contributors",
            Said("Creators who have an ORCID, sorted by id", _PERSON),
            "datasets",
            Said("Data sets that this person created, sorted by id", "doi:10.5072/diabetes-1"),
            type="AUTHOR_OF",
            inward=True,
        ),
    ),
)
class Dataset(NamedTuple):
    """A data set, or a collection or catalogue of data sets."""

    id: Annotated[str, Said("CURIE of the DOI, or the IRI if there is no DOI", "doi:10.5072/diabetes-1")]
    title: Annotated[str, _title("Glucose of 200 people with type 2 diabetes")]
    description: Annotated[str | None, _ABOUT_IT]
    kind: Annotated[str | None, Said("Type, as the source writes it", "Dataset", asked="is")]
    version: Annotated[str | None, Said("Version, as the source writes it", "1.0")]
    language: Annotated[str | None, Said("Language of the texts, as a BCP 47 tag", "en", asked="is")]
    issued: Annotated[str | None, Said("Date of publication, ISO 8601", "2021-05", asked="begins")]
    modified: Annotated[str | None, Said("Date of the last change, ISO 8601", "2022-01-31")]
    licence: Annotated[str | None, Said("IRI of the licence", "https://creativecommons.org/licenses/by/4.0/")]
    landing_page: Annotated[str | None, Said("Web page about the data set", "https://example.org/diabetes-1")]
    doi: Annotated[str | None, _DOI._replace(example="10.5072/diabetes-1")]
    authors: Annotated[int | None, Said("Number of creators", "3")]


KINDS = declared()
"""All kinds of records, by name."""
RECORDS = tuple(kind.name for kind in KINDS.values() if kind.listed)
"""The names of the kinds whose records are listed under concepts and can be searched."""
