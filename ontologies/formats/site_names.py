"""ontologies: reads a site's own names: a table of what people there say and which concept they mean by it.

A format of ours: tab-separated as in https://www.iana.org/assignments/media-types/text/tab-separated-values, or with
commas or semicolons; docs/formats.md tells its columns. The concept is left as it is written: whoever has the concepts
knows their spellings.
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
"""What the source of a site's names is called where nobody gives it another name."""
UNKNOWN = "und"
MOST = 1_000_000
"""Rows of a file: they are held in memory, to be counted."""
_TEXT = ("text", "name", "term", "mention", "synonym", "phrase", "said", "tekst", "naam", "woord")
_CONCEPT = ("concept", "curie", "concept_id", "concept id", "concept_curie", "begrip")
_LANGUAGE = ("language", "lang", "taal")
_COUNT = ("count", "n", "times", "frequency", "aantal", "keer")
# https://www.rfc-editor.org/rfc/rfc5646, enough of it to keep other text out.
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,4}")
_LONGEST = 400


def recognise(head: bytes, name: str) -> bool:
    """A table with a column of texts and one of concepts."""
    columns = header(head)
    return not columns.isdisjoint(_TEXT) and not columns.isdisjoint(_CONCEPT)


def names(path: Path) -> Iterator[SiteName | Refused]:
    """A name for every row of the table."""
    columns = header(first_bytes(path))
    text, concept, language, said = (
        next((name for name in known if name in columns), known[0]) for known in (_TEXT, _CONCEPT, _LANGUAGE, _COUNT)
    )
    for number, row in zip(count(1), rows(path, (text, concept), (language, said)), strict=False):
        if number > MOST:
            told = f"it has more than {MOST:,} names: split it, and load each part with a --name of its own"
            raise UnreadableFile(path, f"line {row.line}", told)
        yield Refused(f"line {row.line}", row.reason) if isinstance(row, Broken) else _name(row.line, row.cells)


def _name(line: int, cells: list[str]) -> SiteName | Refused:
    text, concept, language, said = (" ".join(cell.split()) for cell in cells)
    wrong = _wrong(text, concept, language, said)
    if wrong:
        return Refused(f"line {line}", wrong)
    return SiteName(f"line {line}", concept, text, language or UNKNOWN, int(said or 1))


def _wrong(text: str, concept: str, language: str, said: str) -> str:
    """What is to be mended in a row; empty where nothing is."""
    if not any(map(str.isalnum, text)):
        return "its text is empty: write what people say, or delete the line"
    if len(text) > _LONGEST:
        return f"its text is longer than {_LONGEST} characters: write a name, not a sentence"
    if not re.search(r"\w[:_][\w/]", concept):
        return "its concept is no identifier such as MONDO:0005148: write its prefix and its code"
    if language and not _TAG.fullmatch(language):
        return "its language is no tag such as nl or en: correct it, or leave it empty"
    if said and not (re.fullmatch(r"[0-9]{1,9}", said) and int(said)):
        return "its count is no whole number from 1 to 999,999,999: correct it, or leave it empty for 1"
    return ""


def read(path: Path) -> Iterator[Item]:
    """The release, then a name for every row."""
    yield Release(SITE, "", "", "", "", plain_name(path))
    yield from names(path)


FORMAT = Format("site names (TSV)", "https://www.rfc-editor.org/rfc/rfc4180", recognise, read)
