"""ingest: reads the lot number of a FHIR R4 medication, and the model and lot number of a FHIR R4 device.

https://hl7.org/fhir/R4/device-definitions.html#Device.udiCarrier
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any, TypeVar

import msgspec

from ingest.fhir import resources as fhir
from ingest.fhir.facts import Fact, identified
from ingest.words import GS1, MODEL, NO_ITEM, is_item

T = TypeVar("T")
_GTIN = re.compile(r"\d{14}$")


def converted(given: Any, kind: type[T]) -> T | None:
    """Converts the value of a field to the type `kind`; None if the value has another structure."""
    with suppress(msgspec.ValidationError):
        return None if given is None else msgspec.convert(given, kind, strict=False)
    return None


def identifiers(resource: fhir.Medication | fhir.Device | fhir.Contained) -> list[str | None]:
    """Returns the lot number of a medication, or the UDI-DI, model number and lot number of a device."""
    found: list[str | None] = []
    if not isinstance(resource, fhir.Device):
        batch = converted(resource.batch, fhir.Batch)
        found += [batch.lotNumber] if batch and not batch.modifierExtension else []
    if not isinstance(resource, fhir.Medication):
        carriers = converted(resource.udiCarrier, list[fhir.Udi]) or []
        found += [_model(carrier) for carrier in carriers if not carrier.modifierExtension]
        found += [converted(resource.modelNumber, str), converted(resource.lotNumber, str)]
    return found


def identifier(resource: fhir.Medication | fhir.Device, lost: list[str]) -> str | None:
    """Returns the first identifier of a Medication or Device; None if it may name a person, so that it is not stored.

    Adds to `lost` the reasons for identifiers that are left out.
    """
    fact = identified(Fact(None), *identifiers(resource))
    lost += [fact.lost] if fact.lost else []
    found: str | None = fact.values.get("identifier")
    if found is None or is_item(found):
        return found
    lost.append(f"identifier: {NO_ITEM}")
    return None


def _model(carrier: fhir.Udi) -> str | None:
    """Returns the UDI-DI, the part of the unique device identifier `carrier` that names the model; None if not found.

    A GS1 number always gets the form `(01)` and 14 digits, so that all sources have the same text.
    """
    for text in (carrier.deviceIdentifier, carrier.carrierHRF):
        found = re.match(MODEL, (text or "").strip())
        if found and found[0]:
            number = _GTIN.search(found[0]) if re.fullmatch(rf"{GS1}|{_GTIN.pattern}", found[0]) else None
            return f"(01){number[0]}" if number else found[0]
    return None
