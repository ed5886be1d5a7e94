"""api: the role of a concept in a record, and the argument that filters lists of records by role."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated

import strawberry

from api.errors import BadInput
from graph.snapshot import LISTED


@strawberry.enum(name="AboutRole", description="The role of a concept in a record: why the record names it.")
class AboutRole(Enum):
    SUBJECT = strawberry.enum_value(
        "subject",
        description="The record is about the concept. The concept is named in a title, condition, keyword, theme or "
        "heading, or in a sentence about the purpose of the record. In a summary, abstract or description, only the "
        "first sentence about a purpose counts.",
    )
    INTERVENTION = strawberry.enum_value("intervention", description="A study tests the concept on its participants.")
    OUTCOME = strawberry.enum_value(
        "outcome",
        description="The outcome measures of a study name the concept, or the goals or learning outcomes of a course "
        "name it.",
    )
    CRITERION = strawberry.enum_value(
        "criterion",
        description="The concept decides who may take part in a study, because the eligibility criteria name it.",
    )
    MENTION = strawberry.enum_value(
        "mention",
        description="The concept is named in another sentence of a summary, abstract or description, such as "
        "in a comparison.",
    )


DEFAULT = [AboutRole(role) for role in LISTED]

InRoles = Annotated[
    list[AboutRole],
    strawberry.argument(
        description="Only records about the concept in one of these roles: `[SUBJECT]`. `[CRITERION]` lists the "
        "studies whose participants may have or must have the concept."
    ),
]


def chosen(roles: Sequence[AboutRole]) -> tuple[str, ...]:
    """Returns the names of the roles in the order of the enum, without duplicates."""
    if not roles:
        raise BadInput(f"roles is empty: give at least one of {', '.join(role.name for role in AboutRole)}")
    return tuple(str(role.value) for role in AboutRole if role in roles)
