"""api.execution: a GraphQL query is checked, planned and executed."""

from api.execution.execute import (Answer, answer, execute)
from api.execution.limits import (BODY)
from api.execution.question import (Question, Questions, SCHEMA)

__all__ = [
    "Answer",
    "BODY",
    "Question",
    "Questions",
    "SCHEMA",
    "answer",
    "execute",
]
