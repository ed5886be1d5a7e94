"""cohorts: the base class of all parts of a definition, and the fields of an event that a condition can use.

docs/decisions/0022-only-exact-callers-ask-for-times-and-values.md says which source has which field.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """A part of a definition. Parts are equal if their fields are equal. Parts that are alternatives to each other
    have a tag, the field `is`.
    """


def said(text: str, example: str) -> msgspec.Meta:
    """The description of a field, with an example in GraphQL syntax."""
    return msgspec.Meta(description=f"{text}: `{example}`.")


NumberField = Literal[
    "value",
    "quantity",
    "days",
    "refills",
    "low",
    "high",
    "value/low",
    "value/high",
    "value-low",
    "value-high",
    "length",
    "age",
    "age_at_end",
    "occurrences",
    "gap",
]
"""`value` is the dose of a drug. `value/low` is the value divided by the lower limit of the normal range, and
`value-low` the value minus this limit. `length` is the number of days from start to end. `age` is the age in years at
the start, computed from the year of birth. `occurrences` is the number of events that were joined to an era, and `gap`
the days without the drug in a drug era."""
CodedField = Literal[
    "source_concept",
    "type",
    "status",
    "specialty",
    "place",
    "region",
    "route",
    "qualifier",
    "answer",
    "reason",
    "visit",
    "admitted_from",
    "discharged_to",
    "plan_source",
    "sponsor_source",
    "reason_source",
]
"""`visit` is the code of the visit in which the event happened. `region` is the region of the care site. `plan_source`,
`sponsor_source` and `reason_source` belong to a payer plan: they are the source's own codes for `answer`, `qualifier`
and `reason`."""
StatedField = Literal["status", "unit"]
TextField = Literal["text", "stop_reason", "identifier"]
"""`identifier` is the lot number of a drug or device, or the identifier of a device model (the UDI-DI)."""
Match = Literal["is", "contains", "starts_with", "ends_with"]
