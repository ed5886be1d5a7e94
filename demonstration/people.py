"""demonstration: makes the patients. Their names are colours and plants. Their citizen service numbers are not valid.

The patients have all the fields of a hospital's patient record, to show that Tricuspid does not store names, numbers
and addresses.
"""

from __future__ import annotations

from random import Random
from typing import Any, NamedTuple

COLOURS = (
    "Indigo",
    "Karmijn",
    "Oker",
    "Turkoois",
    "Zilver",
    "Purper",
    "Amber",
    "Koraal",
    "Lila",
    "Smaragd",
    "Okergeel",
    "Saffraan",
    "Kobalt",
    "Magenta",
)
PLANTS = (
    "Wilg",
    "Berk",
    "Els",
    "Linde",
    "Varen",
    "Klaver",
    "Distel",
    "Brem",
    "Iep",
    "Lariks",
    "Meidoorn",
    "Hulst",
    "Jeneverbes",
    "Zuring",
    "Boterbloem",
)
TOWNS = ("Wilgenbroek", "Nergenshuizen", "Verzonnendam", "Bedachtwijk")


class Patient(NamedTuple):
    """A made-up person; `resource` is the FHIR Patient."""

    id: str
    name: str
    resource: dict[str, Any]


def passes_eleven(digits: str) -> bool:
    """True for a valid Dutch citizen service number: 9a+8b+7c+6d+5e+4f+3g+2h-i is a multiple of 11.

    https://nl.wikipedia.org/wiki/Burgerservicenummer
    """
    weights = (9, 8, 7, 6, 5, 4, 3, 2, -1)
    return sum(weight * int(digit) for weight, digit in zip(weights, digits, strict=True)) % 11 == 0


def service_number(rng: Random) -> str:
    """Nine digits that look like a citizen service number with an invalid check digit, so no person has this number."""
    digits = f"9{int(rng.random() * 10**8):08}"
    return digits if not passes_eleven(digits) else digits[:-1] + str((int(digits[-1]) + 1) % 10)


def patient(rng: Random, number: int, volunteer: bool) -> Patient:
    given = COLOURS[number % len(COLOURS)]
    family = PLANTS[number // len(COLOURS) % len(PLANTS)]
    year = (1992 if volunteer else 1938) + int(rng.random() * (12 if volunteer else 42))
    name = f"{given} {family}"
    resource: dict[str, Any] = {
        "resourceType": "Patient",
        "id": f"demo-{number:03}",
        "text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{name}</div>'},
        "identifier": [{"system": "http://fhir.nl/fhir/NamingSystem/bsn", "value": service_number(rng)}],
        "name": [{"use": "official", "family": family, "given": [given]}],
        "telecom": [{"system": "email", "value": f"{given}.{family}.{number}@example.org".lower()}],
        "gender": ("female", "male", "female", "male", "other")[int(rng.random() * 4.05)],
        "birthDate": f"{year}-{1 + int(rng.random() * 12):02}-{1 + int(rng.random() * 28):02}",
        "address": [
            {
                "line": [f"{PLANTS[int(rng.random() * len(PLANTS))]}dreef {1 + int(rng.random() * 180)}"],
                "postalCode": f"0{int(rng.random() * 1000):03} ZZ",
                "city": TOWNS[int(rng.random() * len(TOWNS))],
                "country": "NL",
            }
        ],
    }
    if year < 1950 and rng.random() < 0.3:
        resource["deceasedDateTime"] = f"2023-{1 + int(rng.random() * 12):02}-{1 + int(rng.random() * 28):02}"
    return Patient(resource["id"], name, resource)
