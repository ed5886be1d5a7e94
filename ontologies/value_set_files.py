"""ontologies: decodes JSON and checks names for all formats of value sets."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from ontologies.errors import BadStatement, UnreadableFile
from ontologies.files import read_whole

VALUE_SET = "valueset:"
MOST_MEMBERS = 500_000
_LIMIT = 64 << 20
_NAME = re.compile(r'[^\s|#"\[\];,]{1,300}')
_LONGEST_TITLE = 500
T = TypeVar("T")


def whole(path: Path, form: Any) -> Any:
    """Decodes the JSON document of a file as the type `form`. Raises UnreadableFile."""
    try:
        return msgspec.json.decode(read_whole(path, _LIMIT), type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise UnreadableFile(path, "", f"{wrong}; correct the JSON") from None
    except RecursionError:
        raise UnreadableFile(path, "", "it is nested too deeply; reduce the nesting") from None


def part(raw: msgspec.Raw, form: type[T]) -> T:
    """Decodes a part of a JSON document as the type `form`. Raises BadStatement."""
    try:
        return msgspec.json.decode(raw, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as wrong:
        raise BadStatement(f"{wrong}; correct it") from None
    except RecursionError:
        raise BadStatement("it is nested too deeply; reduce the nesting") from None


def checked_name(name: str | None) -> str:
    """Returns the name of a value set unchanged. Raises BadStatement if the name is not valid."""
    if not name or not _NAME.fullmatch(name):
        raise BadStatement(
            'its name is empty, too long, or contains a space or one of these characters: |#"[];, (give another name)'
        )
    return name


def checked_version(version: str | None) -> str:
    """Returns the version of a value set; empty if it has none. Raises BadStatement if the version is not valid."""
    if version and not _NAME.fullmatch(version):
        raise BadStatement(
            'its version is too long, or contains a space or one of these characters: |#"[];, (give another version)'
        )
    return version or ""


def name_of(title: str) -> str:
    """Makes a name for a value set that has only a title. Raises BadStatement if the name is not valid."""
    return checked_name(re.sub(r"[^\w.-]+", "-", title.strip()).strip("-")[:100])


def short(title: str | None) -> str:
    """Writes a title on one line, and shortens a long title."""
    return " ".join((title or "").split())[:_LONGEST_TITLE]


def check_number(members: int) -> None:
    """Raises BadStatement if there are no items or too many items."""
    if not members:
        raise BadStatement("it has no items; add an item, or remove the set")
    if members > MOST_MEMBERS:
        raise BadStatement(f"it has more than {MOST_MEMBERS:,} items; split it, or use a broader concept")
