"""cli: prints the results of a command, as JSON or as lines of text."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import Any

import orjson


def print_json(value: object) -> None:
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.flush()


def print_found(options: Namespace, found: Mapping[str, Any], lines: Sequence[str], nothing: str) -> None:
    """Prints `found` as JSON with `--json`, else `lines`. If `lines` is empty, prints `nothing` to standard error."""
    if options.json:
        print_json(found)
        return
    if "meaning" in found:
        kind, _, why = found["meaning"].partition(": ")
        how = "searched by words, and by meaning for some names" if kind == "partial" else "searched by words only"
        print(f"tricuspid: {how}: {why if kind in ('absent', 'partial') else found['meaning']}", file=sys.stderr)
    for line in lines:
        print(line)
    if not lines:
        print(nothing, file=sys.stderr)
