"""cohorts: definitions of cohorts of patients, their spellings, and their answers."""

from cohorts.answer import Answer, answer
from cohorts.canonical import definition_hash, question_hash
from cohorts.errors import CohortError, NotAnswered, NotUnderstood
from cohorts.joined import asked_for, frequent, joined
from cohorts.language import Language, parse, printed
from cohorts.lint import Finding, lint
from cohorts.model import Definition, decode, encode, not_too_deep
from cohorts.saving import save

__all__ = [
    "Answer",
    "CohortError",
    "Definition",
    "Finding",
    "Language",
    "NotAnswered",
    "NotUnderstood",
    "answer",
    "asked_for",
    "decode",
    "definition_hash",
    "encode",
    "frequent",
    "joined",
    "lint",
    "not_too_deep",
    "parse",
    "printed",
    "question_hash",
    "save",
]
