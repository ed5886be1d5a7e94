"""ingest: which free texts and identifiers of patients' records are kept (docs/decisions/0022 and 0017)."""

from __future__ import annotations

import re

from ingest.personal import may_name_person

LONGEST = 60
"""The length of the longest text or identifier that is kept."""
NO_ITEM = "an identifier that is long or may name a person"
"""The reason for an identifier that is left out."""
GS1 = r"[(]01[)]\d{14}|01\d{14}"
"""The model of a device in an identifier of GS1 (UDI-DI). The check digit is not tested.

https://www.gs1.org/standards/gs1-general-specifications
"""
MODEL = rf"^(?:{GS1}|[+][^/]+|=/[^=]+|.*)"
"""What comes before the serial number in the identifier of a device: https://www.fda.gov/media/96648/download"""


def is_item(text: str) -> bool:
    """True for an identifier of a lot or a model that is kept."""
    if len(text) > LONGEST:
        return False
    return bool(re.fullmatch(GS1, text)) or (any(map(str.isdigit, text)) and not may_name_person(text))
