"""cli: how commands print values, and `search` what it found."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

import orjson


def print_json(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


def print_found(given: Namespace, found: Mapping[str, Any], lines: Sequence[str], nothing: str) -> None:
    """As JSON with `--json`, otherwise the lines; `nothing` is said where there are none."""
    if given.json:
        print_json(found)
        return
    if "meaning" in found:
        print(f"tricuspid: by words alone: {found['meaning'].removeprefix('absent: ')}", file=sys.stderr)
    for line in lines:
        print(line)
    if not lines:
        print(nothing, file=sys.stderr)
