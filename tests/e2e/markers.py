"""End-to-end tests: FHIR resources of every type, in which a marker replaces each text in turn.

The resources are the examples of the FHIR R4 specification, so every field that an example has is tested.
"""

from __future__ import annotations

import json
import tarfile
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

from ingest.fhir.resources import STRUCTS
from ingest.personal import is_bsn

EXAMPLES = "care/hl7.fhir.r4.examples-4.0.1.tgz"
ITEMS = ("lotNumber", "modelNumber", "deviceIdentifier", "carrierHRF")
"""Fields with a number of a lot or model, which the store keeps if no person is found in it, and no answer shows."""
_LARGEST, _OF_READ, _OF_OTHERS = 8_000, 3, 1
Resource = dict[str, Any]
Place = tuple[str | int, ...]


def examples(shared: Path) -> list[Resource]:
    """Some small examples of each resource type, and more of the types that Tricuspid reads."""
    found: list[Resource] = []
    seen: Counter[str] = Counter()
    with tarfile.open(shared / EXAMPLES) as archive:
        for member in archive:
            kind = Path(member.name).name.partition("-")[0]
            if member.name.count("/") != 1 or not member.name.endswith(".json") or member.size > _LARGEST:
                continue
            if seen[kind] < (_OF_READ if kind in STRUCTS else _OF_OTHERS) and kind != "Bundle":
                seen[kind] += 1
                held = archive.extractfile(member)
                assert held
                found.append(json.load(held))
    return [one for one in found if "resourceType" in one]


def markers() -> Iterator[str]:
    """Yields in turn a name, a citizen service number, an e-mail address, a telephone number and a word."""
    numbers = (str(number) for number in count(100_000_000, 7) if is_bsn(str(number)) and number % 10 != 5)
    for number in count(10_000_000, 4):
        yield f"Zebedeus Qx{number}"
        yield next(numbers)
        yield f"qx{number + 1}@example.org"
        yield f"06{number + 2}"
        yield f"Qx{number + 3}"


def places(value: Any, here: Place = ()) -> Iterator[Place]:
    """Yields the path to each text in the value."""
    if isinstance(value, str):
        yield here
    elif isinstance(value, dict | list):
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            if key not in ("text", "extension", "div") or not isinstance(part, dict | list) or key == "coding":
                yield from places(part, (*here, key))


def marked(resources: list[Resource], of: Iterator[str], planted: list[str], numbers: list[str]) -> Iterator[Resource]:
    """For each text of each resource, a copy with a marker there. For each resource, a copy with markers everywhere.

    `numbers` gets the markers in ITEMS, `planted` all others.
    """
    for number, resource in enumerate(resources):
        everywhere = deepcopy(resource)
        for turn, place in enumerate(places(resource)):
            if resource["resourceType"] in STRUCTS:
                one = deepcopy(resource) | {"id": f"e{number}-{turn}"}
                yield _put(one, place, next(of), numbers if place[-1] in ITEMS else planted)
            if place != ("resourceType",):
                _put(everywhere, place, next(of), numbers if place[-1] in ITEMS else planted)
        yield everywhere


def _put(resource: Resource, place: Place, marker: str, planted: list[str]) -> Resource:
    into: Any = resource
    for key in place[:-1]:
        into = into[key]
    into[place[-1]] = marker
    planted.append(marker)
    return resource


def named(folder: Path, of: Iterator[str], names: list[str], suffix: str = "") -> Path:
    """Makes the folder, and returns the path of a file in it whose name is a marker."""
    folder.mkdir(exist_ok=True)
    names.append(next(of))
    return folder / f"{names[-1]}{suffix}"


def bundle(resources: list[Resource], of: Iterator[str], planted: list[str]) -> Resource:
    entries: list[Resource] = [{"fullUrl": f"https://one.example/{next(of)}", "resource": one} for one in resources]
    entries += [{"request": {"method": "DELETE", "url": f"Qxjansen/{next(of)}"}}]
    return {"resourceType": "Bundle", "type": "collection", "id": next(of), "entry": entries}


def xml(name: str, value: Any) -> str:
    """The value as an element of FHIR XML."""
    if isinstance(value, list):
        return "".join(xml(name, one) for one in value)
    if not isinstance(value, dict):
        return f"<{name} value={quoteattr(str(value).lower() if isinstance(value, bool) else str(value))}/>"
    inner = "".join(xml(key, part) for key, part in value.items() if key not in ("resourceType", "text", "div"))
    kind = value.get("resourceType")
    if not kind:
        return f"<{name}>{inner}</{name}>"
    kind = kind if kind.isalpha() else "Basic"
    whole = f'<{kind} xmlns="http://hl7.org/fhir">{inner}</{kind}>'
    return f"<{name}>{whole}</{name}>" if name else whole
