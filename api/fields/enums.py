"""api: closed sets of values, as GraphQL names them and as they are stored."""

from __future__ import annotations

from enum import Enum

import strawberry
from strawberry import enum_value as value


@strawberry.enum(description="How words led to a concept.")
class Method(Enum):
    CODED = value("coded", description="By a code or identifier; no words were read.")
    EXACT = value("exact", description="The words are one of its names, except for case and punctuation.")
    NORMALISED = value(
        "normalised", description="The words of a name in another order or inflection, or a finding in other words."
    )
    LEXICAL = value("lexical", description="The spelling is similar to that of a name.")
    SEMANTIC = value("semantic", description="The meaning is similar to that of a name, according to the encoder.")


@strawberry.enum(description="What a text says of a concept that it names.")
class Assertion(Enum):
    PRESENT = value("present", description="It is there, or the text is about it.")
    NEGATED = value("negated", description="It is not there: `no history of`.")
    FAMILY = value("family", description="A relative has it: `her son`.")
    HYPOTHETICAL = value("hypothetical", description="It may be or become: `suspected`, `at risk for`.")
    EXCLUDED = value("excluded", description="Who has it may not take part in the trial.")


@strawberry.enum(description="How a concept or a record was found.")
class How(Enum):
    EXACT_LABEL = value("exact label", description="The text is a label of the concept.")
    EXACT_SYNONYM = value("exact synonym", description="The text is another name of the concept.")
    EXACT_TITLE = value("exact title", description="The text is the title of the record.")
    IDENTIFIER = value("identifier", description="The text is an identifier.")
    ABBREVIATION = value("abbreviation", description="The text is the initials of a label.")
    COMPOUND = value("compound", description="A label is what the parts of a Dutch text are called.")
    PREFIX = value("prefix", description="A name begins with the text.")
    WORDS = value("words", description="All words of the text are there.")
    SOME_WORDS = value("some words", description="Some words of the text are there.")
    SIMILAR_SPELLING = value("similar spelling", description="The spelling is similar.")
    MEANING = value("meaning", description="The meaning is similar, according to the encoder.")


@strawberry.enum(description="What kind of name a synonym is.")
class SynonymKind(Enum):
    LABEL = value("label", description="A label in another language.")
    EXACT = value("exact", description="It means the same as the label.")
    NARROW = value("narrow", description="It means less than the label.")
    BROAD = value("broad", description="It means more than the label.")
    RELATED = value("related", description="It means something close to the label.")
    ABBREVIATION = value("abbreviation", description="It is short for a name.")
    LOCAL = value("local", description="This site calls the concept so.")


@strawberry.enum(description="What a concept is.")
class ConceptKind(Enum):
    DISEASE = value("disease", description="A disease or disorder.")
    PHENOTYPE = value("phenotype", description="A sign, symptom or abnormality.")
    FINDING = value("finding", description="Something found in a patient, not known to be a disease or a phenotype.")
    ORGANISM = value("organism", description="An organism.")
    ANATOMY = value("anatomy", description="A part of the body.")
    PROCEDURE = value("procedure", description="Something that is done to or for a patient.")
    TEST = value("test", description="Something that is measured or asked.")
    DRUG = value("drug", description="A drug or other substance.")
    DEVICE = value("device", description="A device.")
    GENE = value("gene", description="A gene or its product.")
    TOPIC = value("topic", description="A field of knowledge.")
    UNIT = value("unit", description="A unit of measurement.")
    SITUATION = value("situation", description="A circumstance, such as family history.")
    OTHER = value("other", description="Something else.")


@strawberry.enum(description="Why two concepts do not go together.")
class ConflictReason(Enum):
    REJECTED = value("rejected", description="A mapping rejects that the two groups are one.")
    REJECTED_BUT_JOINED = value(
        "rejected, but joined by other statements",
        description="A mapping rejects that the two are one, and others join them.",
    )
    ACCEPTED_AND_REJECTED = value("accepted and rejected", description="Mappings state both.")
    OTHER_NUMBERS = value(
        "other numbers",
        description="They share an identifier, but the numbers in their labels differ: type 1, type 2.",
    )
    TWO_OF_ONE_TERMINOLOGY = value(
        "two of one terminology",
        description="Joining them would put two live concepts of one terminology in a group.",
    )
    STATED_TWO_OF_ONE_TERMINOLOGY = value(
        "stated two of one terminology",
        description="Stated mappings put two live concepts of one terminology in a group.",
    )
    UNLIKE_KINDS = value("unlike kinds", description="They are of different kinds, such as an organism and a disease.")
    ABOVE_ITSELF = value("above itself", description="Joining them would put a group above itself in the hierarchy.")
    STATED_ABOVE_ITSELF = value(
        "stated above itself", description="Stated mappings and hierarchies put a group above itself."
    )


@strawberry.enum(description="What a thing on a path is.")
class ThingKind(Enum):
    CONCEPT = value("Concept", description="A concept of a terminology.")
    STUDY = value("Study", description="A trial or other study.")
    COURSE = value("Course", description="A course.")
    PUBLICATION = value("Publication", description="An article or other text.")
    DATASET = value("Dataset", description="A data set, or a collection or catalogue of them.")


@strawberry.enum(description="What a job does.")
class JobKind(Enum):
    LOAD = value("load", description="It loads terminologies, mapping sets, translations and names.")
    INGEST = value("ingest", description="It reads records.")
    LINK = value("link", description="It finds neighbours and candidate mappings.")
    MEANING = value("meaning", description="It joins concepts of one meaning.")


@strawberry.enum(description="How far a job is.")
class JobState(Enum):
    RUNNING = value("running", description="It is not done; a job that was killed stays in this state.")
    DONE = value("done", description="It read all of its inputs.")


@strawberry.enum(description="Whether names can be found by their meaning.")
class EncoderState(Enum):
    READY = value("ready", description="All names have a vector.")
    PARTIAL = value("partial", description="Some names have a vector, and are found by their meaning.")
    WARMING_UP = value("warming up", description="The encoder is being opened.")
    NOT_OPENED = value("not opened", description="No question has needed the encoder yet.")
    ABSENT = value("absent", description="There is no encoder, or no vector yet.")
    OFF = value("off", description="It is switched off.")
