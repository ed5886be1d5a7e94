"""graph: writes the part of docs/graph.md that is derived from the declarations: `python -m graph.kinds.documented`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from graph.kinds.declaration import TEXTS, Column, Kind, Said
from graph.kinds.declared import KINDS

PAGE = Path(__file__).resolve().parents[2] / "docs" / "graph.md"
_BEGIN, _END = "<!-- written by python -m graph.kinds.documented -->\n", "<!-- end -->\n"
_TYPES = {str: "text", int: "integer", float: "number", bool: "true or false"}


def tables(kinds: Mapping[str, Kind]) -> str:
    """A heading and a table for each kind: its columns, then its edges."""
    return "\n".join("".join(_lines(kind)) for kind in kinds.values())


def _lines(kind: Kind) -> Iterator[str]:
    yield f"### {kind.name}\n\n{kind.description}\n\n| property or edge | type | what it is | grounded as |\n"
    yield "|---|---|---|---|\n"
    for column in kind.columns:
        yield f"| {column.name} | {_TYPES[column.python]} | {column.said}{_identifies(column)} |{_role(column.said)}\n"
    for name, said, text in kind.fields:
        yield f"| {name} | {'text in `texts`' if text else 'names'} | {said} |{_role(said)}\n"
    if kind.texts:
        yield f"| {TEXTS} | JSON | {kind.texts}. | |\n"
    if kind.about:
        yield f"| ABOUT (`{kind.about_table}`) | to Concept | What it is about. | |\n"
    for link in kind.links:
        way = "from" if link.inward else "to"
        lent = f" texts of these: {link.grounded.name} |" if link.grounded else " |"
        yield f"| {link.type or link.table} (`{link.table}`) | {way} {link.end} | {link.said} |{lent}\n"


def _identifies(column: Column) -> str:
    if not column.said.identifies:
        return " Identifies it." if column.name == "id" else ""
    return f" Identifies it, as `{column.said.prefix}…`." if column.said.prefix else " Each identifies it."


def _role(said: Said) -> str:
    """The last cell of a row."""
    if not said.grounded:
        return " |"
    parts = f" (`{'`, `'.join(said.parts)}`)" if said.parts else ""
    rest = f" in its purpose, else {said.rest.name}" if said.rest else ""
    return f" {said.grounded.name}{rest}{parts} |"


def page(text: str, kinds: Mapping[str, Kind]) -> str:
    """The page with this part replaced. Raises ValueError if the page does not contain the two marker lines."""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    if not (begin and end):
        raise ValueError(f"add the lines {_BEGIN.strip()} and {_END.strip()} where the tables belong")
    return f"{before}{begin}\n{tables(kinds)}\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), KINDS), encoding="utf-8")
