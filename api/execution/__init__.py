"""api.execution: checks, plans and executes GraphQL queries."""

from api.execution.execute import Answer, answer, execute
from api.execution.limits import BODY
from api.execution.question import SCHEMA, Question, Questions

__all__ = [
    "BODY",
    "SCHEMA",
    "Answer",
    "Question",
    "Questions",
    "answer",
    "execute",
]
