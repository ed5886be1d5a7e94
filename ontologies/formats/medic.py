"""ontologies: reads CTD's disease vocabulary MEDIC, https://ctdbase.org/help/diseaseDetailHelp.jsp.

Disease corpora use this form with one line per concept. A line has an identifier, alternative identifiers, an empty
cell, the name and the synonyms: `D010190|260350||Pancreatic Neoplasms|Cancer of Pancreas`. Identifiers are from MeSH or
from OMIM, with or without a prefix. MeSH has `D` for descriptors, `C` for supplementary concepts, and `C` alone for the
root. An OMIM identifier has six digits. Curators decided which of several identifiers comes first:
https://doi.org/10.1093/database/bar065.
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
    """True if the first line, and half of the first hundred lines, have identifiers, an empty cell and a name."""
    rows = list(islice(filter(bytes.strip, head.removeprefix(_BOM).split(b"\n")), _LOOKED_AT))
    fitting = [bool(_ROW.match(row)) for row in rows]
    return bool(fitting) and fitting[0] and sum(fitting) * 2 >= len(fitting)


def _release(path: Path) -> Release:
    """The release. The file states no version, so a date at the end of the file name is used."""
    dated = _DATED.fullmatch(plain_name(path).removesuffix(".txt"))
    # The release has no prefix, because it defines the concepts of two terminologies.
    return Release("", "", dated[2] if dated else "", "", "", "MEDIC disease vocabulary")


def _identifier(text: str) -> str:
    if not (match := _ID.fullmatch(text.strip())):
        raise BadStatement("an identifier is not from MeSH (D003920, C565588) or OMIM (145250); correct it")
    return curie(f"mesh:{match['mesh']}" if match["mesh"] else f"omim:{match['omim']}")


def _row(text: str) -> list[Item]:
    """Returns the concept of a line, its synonyms and its mappings. Raises BadStatement if the line is not valid."""
    if "\0" in text:
        raise BadStatement("it has a NUL character; remove it")
    before, gap, after = text.partition("||")
    if not gap:
        raise BadStatement("no empty cell between identifiers and names; write ID||name or ID|other ID||name")
    own, *others = map(_identifier, before.split("|"))
    label, *synonyms = (name.strip() for name in after.split("|"))
    if not label:
        raise BadStatement("it has no name; add a name after the empty cell")
    items: list[Item] = [Concept(own, label, None, False, None)]
    items += (Synonym(own, synonym, "exact", "en") for synonym in synonyms if synonym)
    items += (_same(own, label, other) for other in others if other != own)
    return items


def _same(own: str, label: str, other: str) -> Mapping:
    return Mapping(
        own, "skos:exactMatch", other, None, "semapv:ManualMappingCuration", None, None, "accepted", label, None
    )


def read(path: Path) -> Iterator[Item]:
    """The release, then the concept of every line, with its synonyms and exact matches to alternative identifiers."""
    yield _release(path)
    for number, line in enumerate(lines(path), start=1):
        line = line.removeprefix(_BOM) if number == 1 else line
        if not line.strip():
            continue
        try:
            yield from _row(line.decode())
        except UnicodeDecodeError:
            yield Refused(f"line {number}", "it is not UTF-8; save the file as UTF-8")
        except BadStatement as error:
            yield Refused(f"line {number}", str(error))


FORMAT = Format("MEDIC (CTD)", "https://ctdbase.org/help/diseaseDetailHelp.jsp", recognise, read)
