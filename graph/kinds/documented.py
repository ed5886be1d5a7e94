"""graph: writes the tables of record kinds into docs/graph.md. Run it with `python -m graph.kinds.documented`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from graph.declaration import TEXTS, Column, Kind, Said
from graph.kinds.declared import KINDS
from graph.kinds.event import EVENT

PAGE = Path(__file__).resolve().parents[2] / "docs" / "graph.md"
_BEGIN, _END = "<!-- written by python -m graph.kinds.documented -->\n", "<!-- end -->\n"
_DESCRIPTION = (
    "A dated fact of a patient about a concept. An event is stored as an edge EVENT from Patient to Concept. Events\n"
    "of one record have the same `record`, and events in one visit have the same `visit`."
)
_LEFT_OUT = ("patient", "concept", "display")
"""Columns that are not documented: the two ends of the edge, and the name of the code (EVENT has no such property)."""
_TYPES = {str: "text", int: "integer", float: "number", bool: "true or false"}


def tables(kinds: Mapping[str, Kind]) -> str:
    """Returns a heading and a table for each kind, in Markdown. The table has the columns, followed by the edges."""
    return "\n".join("".join(_lines(kind)) for kind in kinds.values())


def _lines(kind: Kind) -> Iterator[str]:
    yield f"### {kind.name}\n\n{kind.description}\n\n| property or edge | type | description | grounded as |\n"
    yield "|---|---|---|---|\n"
    for column in kind.columns:
        yield f"| {column.name} | {_TYPES[column.python]} | {column.said}{_identifies(column)} |{_role(column.said)}\n"
    for name, said, text in kind.fields:
        yield f"| {name} | {'text in `texts`' if text else 'names'} | {said} |{_role(said)}\n"
    if kind.texts:
        yield f"| {TEXTS} | JSON | {kind.texts}. | |\n"
    if kind.about:
        yield f"| ABOUT (`{kind.about_table}`) | to Concept | Concepts that the record is about. | |\n"
    for link in kind.links:
        way = "from" if link.inward else "to"
        lent = f" texts of these records: {link.grounded.name} |" if link.grounded else " |"
        yield f"| {link.type or link.table} (`{link.table}`) | {way} {link.end} | {link.said} |{lent}\n"


def _event() -> str:
    """Returns the heading and table of the properties of EVENT."""
    stored = (column for column in EVENT if column.name not in _LEFT_OUT)
    lines = (f"| {column.name} | {_TYPES[column.python]} | {column.said} |\n" for column in stored)
    return f"### Event\n\n{_DESCRIPTION}\n\n| property | type | description |\n|---|---|---|\n{''.join(lines)}"


def _identifies(column: Column) -> str:
    if not column.said.identifies:
        return " Identifies the record." if column.name == "id" else ""
    prefix = column.said.prefix
    return f" Identifies the record as `{prefix}…`." if prefix else " Each identifies the record."


def _role(said: Said) -> str:
    """Returns the last cell of a row: the role of the concepts that are found in the field."""
    if not said.grounded:
        return " |"
    parts = f" (`{'`, `'.join(said.parts)}`)" if said.parts else ""
    rest = f" in the sentence on the purpose, else {said.rest.name}" if said.rest else ""
    return f" {said.grounded.name}{rest}{parts} |"


def page(text: str, kinds: Mapping[str, Kind]) -> str:
    """Returns `text`, the contents of docs/graph.md, with new tables.

    Raises ValueError if the text lacks the comments around the tables.
    """
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(
            f"{PAGE.name} must have the lines {_BEGIN.strip()} and {_END.strip()}; put them where the tables belong"
        )
    return f"{before}{begin}\n{tables(kinds)}\n{_event()}\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), KINDS), encoding="utf-8")
