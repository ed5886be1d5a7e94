"""ontologies: reads translations in Babelon TSV, https://github.com/monarch-initiative/babelon.

Synonyms are in a separate ROBOT template (http://robot.obolibrary.org/template). The second row of the template defines
its columns, such as `AL oboInOwl:hasExactSynonym@nl`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ontologies.curies import curie
from ontologies.files import head as first_bytes
from ontologies.files import plain_name
from ontologies.format import Format
from ontologies.model import DEFINITION, LABEL, SYNONYM, Item, Refused, Release, Translation
from ontologies.tables import Broken, header, rows

_COLUMNS = ("subject_id", "predicate_id", "translation_language", "translation_value")
_TEMPLATE = ("subject_id", "translation_value")
_LANGUAGE = re.compile(rb"\n\"?ID\"?\t[^\n]*oboInOwl:has(?:Exact|Related|Broad|Narrow)Synonym@([A-Za-z-]+)")
_PREDICATES = {LABEL: LABEL, DEFINITION: DEFINITION, SYNONYM: SYNONYM} | {
    f"oboInOwl:has{scope}Synonym": SYNONYM for scope in ("Related", "Broad", "Narrow")
}
_UNTRANSLATED = "NOT_TRANSLATED"


def recognise(head: bytes, name: str) -> bool:
    """True for a table with Babelon's columns, or a template of synonyms in one language."""
    columns = header(head)
    if "object_id" in columns:
        return False
    return columns >= frozenset(_COLUMNS) or (columns >= frozenset(_TEMPLATE) and bool(_LANGUAGE.search(head)))


def _rows(path: Path) -> Iterator[tuple[int, tuple[str, str, str, str, str, str]] | Broken]:
    """Yields line, subject, predicate, language, value, status and source value of each row of the file."""
    template = _LANGUAGE.search(first_bytes(path))
    if template and "predicate_id" not in header(first_bytes(path)):
        language = template[1].decode()
        for row in rows(path, _TEMPLATE, ("comment",)):
            if isinstance(row, Broken):
                yield row
            elif row.cells[0] != "ID":
                yield row.line, (row.cells[0], SYNONYM, language, row.cells[1], row.cells[2], "")
        return
    for row in rows(path, _COLUMNS, ("translation_status", "source_value")):
        if isinstance(row, Broken):
            yield row
        else:
            subject, predicate, language, value, status, source = row.cells
            yield row.line, (subject, predicate, language, value, status, source)


def _translation(cells: tuple[str, str, str, str, str, str]) -> Translation | str | None:
    """The translation of a row; for a refused row, the reason as text; None if the row has no translation."""
    subject, predicate, language, value, status, source = (cell.strip() for cell in cells)
    if not value or status == _UNTRANSLATED or value == source:
        return None
    known = _PREDICATES.get(curie(predicate))
    if not subject or not language or not known:
        return "it needs subject_id, translation_language, and a label, definition or synonym as predicate_id"
    return Translation(curie(subject), known, value, language, status)


def read(path: Path) -> Iterator[Item]:
    """The release, and a translation for every row with a value that differs from the source value."""
    yield Release("", "", "", "", "", plain_name(path))
    for row in _rows(path):
        if isinstance(row, Broken):
            yield Refused(f"line {row.line}", row.reason)
            continue
        line, cells = row
        found = _translation(cells)
        if isinstance(found, str):
            yield Refused(f"line {line}", found)
        elif found:
            yield found


FORMAT = Format("Babelon TSV", "https://github.com/monarch-initiative/babelon", recognise, read)
