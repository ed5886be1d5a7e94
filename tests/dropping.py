"""tests: finds values that a reader drops without reporting it, by replacing or removing each value of a file.

A reader drops a value silently if it reads the right value, but treats a wrong value as if there were none, and reports
nothing.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import yaml

from ontologies.errors import UnreadableFile

WRONG = ("?", "2020-13-45", "0000", "\u2603" * 300, -1, 10**40, True, [7], {"x": 7}, "http://", "zz-zz-zz")
_RECORD = ("entry", "PubmedArticle", "record")
_LOSSES = ("Refused", "Unmapped", "NotRead")
Read = Callable[[Path], Iterator[Any]]


class Made(NamedTuple):
    """What a reader made of a file: its facts, the values it reports as left out, and the number of refused records."""

    facts: Counter[str]
    losses: Counter[str]
    refused: int


def made(read: Read, path: Path) -> Made:
    try:
        items = list(read(path))
    except UnreadableFile:
        return Made(Counter(), Counter(["the whole file"]), 1)
    said = Counter(repr(item) for item in items if type(item).__name__ not in _LOSSES)
    losses = Counter(repr(item) for item in items if type(item).__name__ in _LOSSES)
    refused = sum(type(item).__name__ == "Refused" for item in items)
    return Made(said, losses, refused)


def silent(read: Read, path: Path, place: Place, wrong: object, whole: Made) -> bool:
    """Whether the reader drops the wrong value silently. `whole` is what the unchanged file gives."""
    path.write_text(place.put(None), "utf-8")
    without = made(read, path)
    if without.facts == whole.facts or without.refused > whole.refused:
        return False
    path.write_text(place.put(wrong), "utf-8")
    found = made(read, path)
    return found.facts == without.facts and found.losses <= whole.losses


class Place(NamedTuple):
    """A value of a document. `put` writes the document with another value here, or without one for None."""

    name: str
    put: Callable[[Any], str]


def places(path: Path) -> list[Place]:
    """All values of a JSON, YAML, NDJSON, XML, table or OBO file."""
    text = path.read_text("utf-8")
    if path.suffix == ".yaml":
        return [Place(*found) for found in _of_json(yaml.load(text, yaml.BaseLoader))]
    if text.lstrip()[:1] in "[{":
        lines = path.suffix == ".ndjson"
        return [*_of_lines(text)] if lines else [Place(*found) for found in _of_json(json.loads(text))]
    if text.lstrip()[:1] == "<":
        return [*_of_xml(text)]
    if "\t" in text:
        return [*_of_table(text)]
    return [*_of_clauses(text)]


def _of_json(document: Any) -> Iterator[tuple[str, Callable[[Any], str]]]:
    for keys in _paths(document):
        yield "/".join(map(str, keys)), partial(_json, document, keys)


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _paths(inner, (*at, key))
    elif at:
        yield at


def _json(document: Any, keys: tuple[Any, ...], value: Any) -> str:
    whole = copy.deepcopy(document)
    holder = whole
    for key in keys[:-1]:
        holder = holder[key]
    if value is None:
        del holder[keys[-1]]
    else:
        holder[keys[-1]] = value
    return json.dumps(whole)


def _of_lines(text: str) -> Iterator[Place]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        try:
            found = _of_json(json.loads(line))
        except ValueError:
            continue
        for name, put in found:
            yield Place(f"{number}/{name}", partial(_line, lines, number, put))


def _line(lines: list[str], at: int, put: Callable[[Any], str], value: Any) -> str:
    return "\n".join([*lines[:at], put(value), *lines[at + 1 :]])


def _of_xml(text: str) -> Iterator[Place]:
    root = ElementTree.fromstring(text)
    for number, element in enumerate(root.iter()):
        for name in element.attrib:
            yield Place(f"{element.tag}@{name}", partial(_xml, root, number, name))
        if (element.text or "").strip():
            yield Place(element.tag, partial(_xml, root, number, ""))


def _xml(root: ElementTree.Element, number: int, attribute: str, value: Any) -> str:
    whole = copy.deepcopy(root)
    element = [*whole.iter()][number]
    if not attribute:
        element.text = None if value is None else str(value)
    elif value is None:
        del element.attrib[attribute]
    else:
        element.set(attribute, str(value))
    return ElementTree.tostring(whole, "unicode")


def _of_table(text: str) -> Iterator[Place]:
    """All cells below the header."""
    rows = [line.split("\t") for line in text.split("\n")]
    first = next(at for at, row in enumerate(rows) if len(row) > 1 and row[0][:1] != "#")
    for at, row in enumerate(rows[first + 1 :], first + 1):
        for column, cell in enumerate(row):
            if cell and len(row) > 1:
                yield Place(f"{at}/{rows[first][column]}", partial(_table, rows, at, column))


def _table(rows: list[list[str]], at: int, column: int, value: Any) -> str:
    whole = [[*row] for row in rows]
    whole[at][column] = "" if value is None else str(value)
    return "\n".join("\t".join(row) for row in whole)


def _of_clauses(text: str) -> Iterator[Place]:
    """The clauses of all Term stanzas, which come before other stanzas."""
    lines = text.split("\n")
    first, last = lines.index("[Term]"), lines.index("[Typedef]")
    for at, line in enumerate(lines[first:last], first):
        tag, colon, _ = line.partition(": ")
        if colon and not line.startswith("!"):
            yield Place(f"{at} {tag}", partial(_clause, lines, at, tag))


def _clause(lines: list[str], at: int, tag: str, value: Any) -> str:
    return "\n".join([*lines[:at], *([] if value is None else [f"{tag}: {value}"]), *lines[at + 1 :]])


def doubled(text: str, at: int) -> str:
    """The text of the file with one of its records, rows or stanzas repeated."""
    if text.lstrip()[:1] == "<":
        root = ElementTree.fromstring(text)
        holders = ((element, [*element.iterfind(f"{{*}}{name}")]) for element in root.iter() for name in _RECORD)
        holder, some = max(holders, key=lambda held: len(held[1]))
        holder.extend([copy.deepcopy(one) for one in some[at % (len(some) or 1) :][:1]])
        return ElementTree.tostring(root, "unicode")
    try:
        document = json.loads(text)
    except ValueError:
        if text.startswith("# YAML"):
            document = yaml.load(text, yaml.BaseLoader)
            document["relatives"] *= 2
            return json.dumps(document)
        between = "\n[Term]\n" if "[Term]" in text else "\n"
        parts = text.rstrip("\n").split(between)
        return between.join([*parts, parts[1 + at % (len(parts) - 1)]])
    held = document if isinstance(document, list) else max(_lists(document), key=len, default=[document])
    held.insert(0, copy.deepcopy(held[at % len(held)]))
    return json.dumps(document)


def _lists(value: Any) -> Iterator[list[Any]]:
    """Yields the lists of objects that are not inside a record."""
    for inner in value.values() if isinstance(value, dict) else ():
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield inner
            yield from _lists(inner[0] if "nodes" in inner[0] else None)
        elif isinstance(inner, dict):
            yield from _lists(inner)
