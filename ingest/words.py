"""ingest: which free texts and identifiers of patients' records are kept (docs/decisions/0022 and 0017)."""

from __future__ import annotations

import re

from ingest.personal import may_name_person
from ontologies.remembered import remembered

LONGEST = 60
"""The length of the longest text or identifier that is kept."""
SAID = ("text", "stop_reason")
"""Columns of events with free texts."""
RARE = "a text that is long, that few patients have or that may name a person"
"""The reason for a text that is left out."""
NO_ITEM = "an identifier that is long or may name a person"
"""The reason for an identifier that is left out."""
GS1 = r"[({\[]01[)}\]]\d{14}|01\d{14}"
"""The model of a device in an identifier of GS1 (UDI-DI). The check digit is not tested.

https://www.gs1.org/standards/gs1-general-specifications
"""
MODEL = rf"^(?:{GS1}|[+][^/]+|=/[^=]+|[^(){{}}\[\]]*)"
"""What comes before the serial number in the identifier of a device: https://www.fda.gov/media/96648/download

In other forms, brackets hold the kinds of the parts, so the first bracket is the end.
"""


@remembered(1 << 14)
def is_said(text: str) -> bool:
    """True for a text that is kept if enough patients have it."""
    return len(text) <= LONGEST and not may_name_person(text)


def is_item(text: str) -> bool:
    """True for an identifier of a lot or a model that is kept."""
    if len(text) > LONGEST:
        return False
    return bool(re.fullmatch(GS1, text)) or (any(map(str.isdigit, text)) and not may_name_person(text))
