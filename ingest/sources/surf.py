"""ingest: reads the courses of SURF's OOAPI demonstration server: an EDN vector of maps, with texts in HTML.

The server: https://github.com/SURFnet/ooapi-demo-data-server; EDN: https://github.com/edn-format/edn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from graph.kinds import Course, Outcome
from graph.lexical import language
from ingest.edn import BadElement, Value, elements
from ingest.pseudonym import Pseudonym
from ingest.records import Item, Link, Refused, Seen, Text, texts
from ingest.source import Source
from ingest.text import SAFE, items, plain
from ontologies.files import open_binary

_START = re.compile(rb"(?:[\s,]|;[^\n]*\n)*\[[\s,]*\{[\s,]*:")
_FIELDS = ((":name", "title"), (":description", "description"), (":goals", "goals"))


def recognise(head: bytes, name: str) -> bool:
    """True for an EDN vector whose first element is a map with a field of a course."""
    return _START.match(head) is not None and (b":learningOutcomes" in head or b":goals" in head)


def read(path: Path, pseudonym: Pseudonym) -> Iterator[Item]:
    """Yields the items of each course; one course is in memory at a time. The file contains no patients."""
    with open_binary(path) as file:
        for number, element in enumerate(elements(path, file), 1):
            yield from _course(f"course {number}", element)


def _course(position: str, element: Value | BadElement) -> Iterator[Item]:
    if isinstance(element, BadElement):
        yield Refused(position, str(element))
        return
    key = element.get(":id") if isinstance(element, dict) else None
    if not isinstance(element, dict) or isinstance(key, bool) or not isinstance(key, int | str) or key == "":
        yield Refused(position, "not a map with an :id")
        return
    given = {field: plain(value) for field, value in element.items() if isinstance(value, str)}
    key = quote(str(key), safe=SAFE)
    id, title = f"course:{key}", given.get(":name") or key
    description = given.get(":description") or None
    spoken = language(" ".join(given.get(field, "") for field in (":description", ":goals", ":learningOutcomes")))
    yield Course(id, title, None, None, spoken or language(title), None, description)
    for field, name in _FIELDS:
        if text := given.get(field):
            yield Text("Course", id, name, text, language(text) or spoken)
    for count, text in enumerate(items(given.get(":learningOutcomes") or given.get(":goals") or ""), 1):
        yield from _outcome(id, f"outcome:{key}-{count}", text.rstrip(" ;"), language(text) or spoken)
    yield Seen("Course")


def _outcome(course: str, id: str, text: str, spoken: str | None) -> Iterator[Item]:
    made = Outcome(id, text, spoken)
    yield made
    yield Link("TEACHES", course, id)
    yield from texts(made, spoken)


SOURCE = Source(
    "surf",
    "SURF demonstration courses (EDN)",
    "https://github.com/SURFnet/ooapi-demo-data-server",
    recognise,
    read,
    public=True,
    local=True,
)
