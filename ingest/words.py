"""ingest: decides which free texts and identifiers of patients' records are stored (docs/decisions/0022 and 0017)."""

from __future__ import annotations

import re

from ingest.personal import may_name_person
from ontologies.remembered import remembered

LONGEST = 60
"""The maximum length of a stored text or identifier."""
SAID = ("text", "stop_reason")
"""The columns of EVENT that have free texts."""
RARE = "a text that is long, that few patients have or that may name a person"
"""The reason that is reported for a free text that is not stored."""
NO_ITEM = "an identifier that is long or may name a person"
"""The reason that is reported for an identifier that is not stored."""
GS1 = r"[({\[]01[)}\]]\d{14}|01\d{14}"
"""The pattern of a device model in a GS1 identifier (UDI-DI). The check digit is not tested.

https://www.gs1.org/standards/gs1-general-specifications
"""
MODEL = rf"^(?:{GS1}|[+][^/]+|=/[^=]+|[^(){{}}\[\]]*)"
"""The pattern of the part of a device identifier before the serial number: https://www.fda.gov/media/96648/download

The last alternative of the pattern is for all other identifiers. It ends at the first bracket, because brackets
contain the kinds of the parts.
"""


@remembered(1 << 14)
def is_said(text: str) -> bool:
    """True if a free text of an event may be stored, as soon as enough patients have the same text."""
    return len(text) <= LONGEST and not may_name_person(text)


def is_item(text: str) -> bool:
    """True if `text`, a lot number or the identifier of a device model, may be stored."""
    if len(text) > LONGEST:
        return False
    return bool(re.fullmatch(GS1, text)) or (any(map(str.isdigit, text)) and not may_name_person(text))
