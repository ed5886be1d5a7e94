"""api: enums, with their GraphQL names, stored values and descriptions."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry import enum_value as value


@strawberry.enum(description="How the words or the code of a record or text led to a concept.")
class Method(Enum):
    CODED = value("coded", description="By a code or identifier, not by words.")
    EXACT = value("exact", description="The words are a name of the concept, ignoring case and punctuation.")
    NORMALISED = value(
        "normalised",
        description=(
            "The text has the words of a name in another order or inflection, or describes a finding without using "
            "its name."
        ),
    )
    LEXICAL = value("lexical", description="The spelling is similar to the spelling of a name.")
    SEMANTIC = value(
        "semantic", description="The meaning is similar to the meaning of a name, according to the encoder."
    )


@strawberry.enum(description="How a text states a concept that it names.")
class Assertion(Enum):
    PRESENT = value("present", description="The concept is present, or the text is about it.")
    NEGATED = value("negated", description="The concept is stated as absent: `no history of`.")
    FAMILY = value("family", description="A relative has the concept: `her son`.")
    HYPOTHETICAL = value(
        "hypothetical", description="The concept is possible, now or later: `suspected`, `at risk for`."
    )
    EXCLUDED = value("excluded", description="Patients with the concept are excluded from the study.")


@strawberry.enum(description="How a search for a text found a concept or a record.")
class How(Enum):
    EXACT_LABEL = value("exact label", description="The text is a label of the concept.")
    EXACT_SYNONYM = value("exact synonym", description="The text is another name of the concept.")
    EXACT_TITLE = value("exact title", description="The text is the title of the record.")
    IDENTIFIER = value("identifier", description="The text is an identifier.")
    ABBREVIATION = value("abbreviation", description="The text is the initials of a label.")
    COMPOUND = value(
        "compound", description="The text is Dutch, and its translated parts form an English name of the concept."
    )
    PREFIX = value("prefix", description="A name begins with the text.")
    WORDS = value("words", description="The name or record contains all words of the text.")
    SOME_WORDS = value("some words", description="The name or record contains some words of the text.")
    SIMILAR_SPELLING = value("similar spelling", description="The spelling of a name or word is similar to the text.")
    MEANING = value(
        "meaning",
        description="According to the encoder, the text is similar in meaning to a name of the concept or to the "
        "record.",
    )


@strawberry.enum(description="The kind of a synonym.")
class SynonymKind(Enum):
    LABEL = value("label", description="A label in a language other than the language of `Concept.label`.")
    EXACT = value("exact", description="A name that means the same as the label.")
    NARROW = value("narrow", description="A name that is narrower than the label.")
    BROAD = value("broad", description="A name that is broader than the label.")
    RELATED = value("related", description="A name that is related to the label.")
    ABBREVIATION = value("abbreviation", description="A short form of a name.")
    LOCAL = value("local", description="A name that this site uses for the concept.")


@strawberry.enum(description="The kind of concept.")
class ConceptKind(Enum):
    DISEASE = value("disease", description="A disease or disorder.")
    PHENOTYPE = value("phenotype", description="A sign, symptom or abnormality.")
    FINDING = value(
        "finding",
        description="A finding in a patient. It is not known whether the concept is a disease or a phenotype.",
    )
    ORGANISM = value("organism", description="An organism.")
    ANATOMY = value("anatomy", description="A part of the body.")
    PROCEDURE = value("procedure", description="A procedure for a patient.")
    TEST = value("test", description="A measurement, test or questionnaire.")
    DRUG = value("drug", description="A drug or other substance.")
    DEVICE = value("device", description="A device.")
    GENE = value("gene", description="A gene or its product.")
    TOPIC = value("topic", description="A field of knowledge.")
    UNIT = value("unit", description="A unit of measurement.")
    SITUATION = value("situation", description="A circumstance, such as family history.")
    OTHER = value("other", description="Any other kind.")


@strawberry.enum(description="The reason for a conflict between two concepts.")
class ConflictReason(Enum):
    REJECTED = value(
        "rejected",
        description="A rejected mapping states that the groups of the two concepts do not have the same meaning.",
    )
    REJECTED_BUT_JOINED = value(
        "rejected, but joined by other statements",
        description="A rejected mapping states that the two concepts do not have the same meaning, but other mappings "
        "join the two concepts.",
    )
    ACCEPTED_AND_REJECTED = value(
        "accepted and rejected", description="The pair has both accepted and rejected mappings."
    )
    OTHER_NUMBERS = value(
        "other numbers",
        description="The two concepts share an identifier, but the numbers in their labels differ, as in type 1 and "
        "type 2.",
    )
    TWO_OF_ONE_TERMINOLOGY = value(
        "two of one terminology",
        description="If the two concepts were joined, two live concepts of one terminology would be in one group.",
    )
    STATED_TWO_OF_ONE_TERMINOLOGY = value(
        "stated two of one terminology",
        description="Stated mappings put two live concepts of one terminology into one group.",
    )
    UNLIKE_KINDS = value(
        "unlike kinds", description="The two concepts are of different kinds, such as an organism and a disease."
    )
    ABOVE_ITSELF = value(
        "above itself", description="If the two concepts were joined, a group would be above itself in the hierarchy."
    )
    STATED_ABOVE_ITSELF = value(
        "stated above itself", description="Stated mappings and hierarchies together put a group above itself."
    )


@strawberry.enum(description="The kind of a concept or record on a path.")
class ThingKind(Enum):
    CONCEPT = value("Concept", description="A concept of a terminology.")
    STUDY = value("Study", description="A trial or other study.")
    COURSE = value("Course", description="A course.")
    PUBLICATION = value("Publication", description="An article or other text.")
    DATASET = value("Dataset", description="A data set, or a collection or catalogue of data sets.")


@strawberry.enum(description="The kind of a job.")
class JobKind(Enum):
    LOAD = value("load", description="Loads terminologies, mapping sets, translations and names.")
    INGEST = value("ingest", description="Reads records.")
    LINK = value("link", description="Finds neighbours and candidate mappings.")
    MEANING = value("meaning", description="Groups concepts with the same meaning.")


@strawberry.enum(description="The state of a job.")
class JobState(Enum):
    RUNNING = value("running", description="The job is not finished. A job that was killed stays in this state.")
    DONE = value("done", description="The job has read all of its inputs.")


@strawberry.enum(description="The state of the encoder, which search by meaning needs.")
class EncoderState(Enum):
    READY = value("ready", description="All names have a vector and can be found by meaning.")
    PARTIAL = value("partial", description="Some names have a vector and can be found by meaning.")
    WARMING_UP = value("warming up", description="The encoder is being loaded.")
    NOT_OPENED = value("not opened", description="No query has needed the encoder yet.")
    ABSENT = value("absent", description="There is no encoder, or there are no vectors yet.")
    OFF = value("off", description="The encoder is switched off.")
