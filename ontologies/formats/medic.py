"""ontologies: reads CTD's disease vocabulary MEDIC, https://ctdbase.org/help/diseaseDetailHelp.jsp.

The one-line form in which the disease corpora use it: an identifier, alternative ones, an empty cell, then the name
and its synonyms (`D010190|260350||Pancreatic Neoplasms|Cancer of Pancreas`). Identifiers are MeSH's (`D` descriptors,
`C` supplementary concepts, `C` alone for the root) or OMIM's six digits, with or without their prefix; which of two
merged ones stands first was decided by curators, https://doi.org/10.1093/database/bar065.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from ontologies.curies import curie
from ontologies.errors import BadStatement
from ontologies.files import lines, plain_name
from ontologies.format import Format
from ontologies.model import Concept, Item, Mapping, Refused, Release, Synonym

_ID = re.compile(r"(?i:MESH:)?(?P<mesh>[CD]\d+|C)|(?i:OMIM:)?(?P<omim>\d{6})", re.ASCII)
_ROW = re.compile(rb"(?i:MESH:|OMIM:)?(?:[CD]\d+|C|\d{6})(?:\|(?i:MESH:|OMIM:)?(?:[CD]\d+|\d{6}))*\|\|[^|\s]")
_DATED = re.compile(r"(.+?)[-_.](\d{4}-\d{2}-\d{2})")
_BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 100


def recognise(head: bytes, name: str) -> bool:
    """Identifiers, an empty cell and a name on the first line, and on at least half of the first hundred."""
    rows = list(islice(filter(bytes.strip, head.removeprefix(_BOM).split(b"\n")), _LOOKED_AT))
    said = [bool(_ROW.match(row)) for row in rows]
    return bool(said) and said[0] and sum(said) * 2 >= len(said)


def _release(path: Path) -> Release:
    """It says nothing of itself; a date at the end of the file's name is the version."""
    dated = _DATED.fullmatch(plain_name(path).removesuffix(".txt"))
    # No prefix: it defines the concepts of two terminologies, and both are its own.
    return Release("", "", dated[2] if dated else "", "", "", "MEDIC disease vocabulary")


def _identifier(text: str) -> str:
    if not (match := _ID.fullmatch(text.strip())):
        raise BadStatement("an identifier is neither MeSH's (D003920, C565588) nor OMIM's (145250); correct it")
    return curie(f"mesh:{match['mesh']}" if match["mesh"] else f"omim:{match['omim']}")


def _row(text: str) -> list[Item]:
    """BadStatement says what is wrong with the line."""
    if "\0" in text:
        raise BadStatement("it has a NUL character; remove it")
    before, gap, after = text.partition("||")
    if not gap:
        raise BadStatement("no empty cell divides identifiers from names; write ID||name or ID|other ID||name")
    own, *others = map(_identifier, before.split("|"))
    label, *synonyms = (name.strip() for name in after.split("|"))
    if not label:
        raise BadStatement("it has no name; add one after the empty cell")
    items: list[Item] = [Concept(own, label, None, False, None)]
    items += (Synonym(own, synonym, "exact", "en") for synonym in synonyms if synonym)
    items += (_same(own, label, other) for other in others if other != own)
    return items


def _same(own: str, label: str, other: str) -> Mapping:
    return Mapping(
        own, "skos:exactMatch", other, None, "semapv:ManualMappingCuration", None, None, "accepted", label, None
    )


def read(path: Path) -> Iterator[Item]:
    """The release; then of every line its concept, the synonyms, and an exact match to each alternative identifier."""
    yield _release(path)
    for number, line in enumerate(lines(path), start=1):
        line = line.removeprefix(_BOM) if number == 1 else line
        if not line.strip():
            continue
        try:
            yield from _row(line.decode())
        except UnicodeDecodeError:
            yield Refused(f"line {number}", "it is not UTF-8; save the file in that encoding")
        except BadStatement as error:
            yield Refused(f"line {number}", str(error))


FORMAT = Format("MEDIC (CTD)", "https://ctdbase.org/help/diseaseDetailHelp.jsp", recognise, read)
