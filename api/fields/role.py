"""api: the part that a concept has in a record, and the argument that chooses the records of a list by it."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated

import strawberry

from api.errors import BadInput
from graph.snapshot import LISTED


@strawberry.enum(name="AboutRole", description="The part that a concept has in a record, by where the record names it.")
class AboutRole(Enum):
    SUBJECT = strawberry.enum_value(
        "subject",
        description="What the record is about: in a title, condition, keyword, theme or heading, or in the first "
        "sentence of a summary, abstract or description that says what it is for.",
    )
    INTERVENTION = strawberry.enum_value("intervention", description="What a trial tries on its participants.")
    OUTCOME = strawberry.enum_value(
        "outcome",
        description="What a trial measures: its outcome measures. What the students of a course are to know or master: "
        "its goals and learning outcomes.",
    )
    CRITERION = strawberry.enum_value(
        "criterion", description="What decides who may take part in a trial: in its eligibility criteria."
    )
    MENTION = strawberry.enum_value(
        "mention", description="Named elsewhere in a summary, abstract or description, as background or comparison."
    )


DEFAULT = [AboutRole(role) for role in LISTED]

InRoles = Annotated[
    list[AboutRole],
    strawberry.argument(
        description="Only records about it in one of these roles; `[CRITERION]` gives the trials whose "
        "participants must or may have it: `[SUBJECT]`."
    ),
]


def chosen(roles: Sequence[AboutRole]) -> tuple[str, ...]:
    """The names of the roles in the order of the enum, each once."""
    if not roles:
        raise BadInput(f"roles is empty: give at least one of {', '.join(role.name for role in AboutRole)}")
    return tuple(str(role.value) for role in AboutRole if role in roles)
