"""ontologies: reads a table with a site's own names for concepts.

The table is tab-separated (https://www.iana.org/assignments/media-types/text/tab-separated-values), or it has commas or
semicolons. docs/formats.md describes the columns. The reader does not change the identifiers of concepts. The lookup in
the store normalises the identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from ontologies.errors import UnreadableFile
from ontologies.files import head as first_bytes
from ontologies.files import plain_name
from ontologies.format import Format
from ontologies.model import Item, Refused, Release, SiteName
from ontologies.tables import Broken, header, rows

SITE = "site"
"""The default name of the source of a site's names."""
UNKNOWN = "und"
MOST = 1_000_000
"""Maximum number of rows in a file, because the rows are held in memory."""
_TEXT = ("text", "name", "term", "mention", "synonym", "phrase", "said", "tekst", "naam", "woord")
_CONCEPT = ("concept", "curie", "concept_id", "concept id", "concept_curie", "begrip")
_LANGUAGE = ("language", "lang", "taal")
_COUNT = ("count", "n", "times", "frequency", "aantal", "keer")
# A simplified form of https://www.rfc-editor.org/rfc/rfc5646. This form rejects texts that are not language tags.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
_LONGEST = 400


def recognise(head: bytes, name: str) -> bool:
    """True for a table with a column of texts and a column of concepts."""
    columns = header(head)
    return not columns.isdisjoint(_TEXT) and not columns.isdisjoint(_CONCEPT)


def names(path: Path) -> Iterator[SiteName | Refused]:
    """A name for every row of the table."""
    columns = header(first_bytes(path))
    text, concept, language, times = (
        next((name for name in known if name in columns), known[0]) for known in (_TEXT, _CONCEPT, _LANGUAGE, _COUNT)
    )
    for number, row in zip(count(1), rows(path, (text, concept), (language, times)), strict=False):
        if number > MOST:
            remedy = f"it has more than {MOST:,} names: split it, and load each part with its own --name"
            raise UnreadableFile(path, f"line {row.line}", remedy)
        yield Refused(f"line {row.line}", row.reason) if isinstance(row, Broken) else _name(row.line, row.cells)


def _name(line: int, cells: list[str]) -> SiteName | Refused:
    text, concept, language, times = (" ".join(cell.split()) for cell in cells)
    wrong = _wrong(text, concept, language, times)
    if wrong:
        return Refused(f"line {line}", wrong)
    return SiteName(f"line {line}", concept, text, language or UNKNOWN, int(times or 1))


def _wrong(text: str, concept: str, language: str, times: str) -> str:
    """The problem of a row and its remedy; empty if the row is valid."""
    if not any(map(str.isalnum, text)):
        return "the text is empty: write a name, or delete the line"
    if len(text) > _LONGEST:
        return f"the text is longer than {_LONGEST} characters: write a name, not a sentence"
    if not re.search(r"\w[:_][\w/]", concept):
        return "the concept is not an identifier such as MONDO:0005148: write its prefix and code"
    if language and not _TAG.fullmatch(language):
        return "the language is not a tag such as nl or en: correct it, or leave it empty"
    if times and not (re.fullmatch(r"[0-9]{1,9}", times) and int(times)):
        return "the count is not a whole number from 1 to 999,999,999: correct it, or leave it empty for 1"
    return ""


def read(path: Path) -> Iterator[Item]:
    """The release, and a name for every row."""
    yield Release(SITE, "", "", "", "", plain_name(path))
    yield from names(path)


FORMAT = Format("site names (TSV)", "https://www.rfc-editor.org/rfc/rfc4180", recognise, read)
