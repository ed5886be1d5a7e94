"""cli: what a load would replace, told without loading."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

from cli.found import print_json
from cli.status import releases_text
from graph.open import is_server
from graph.writing import looking
from ingest.jobs import Loaded
from ingest.releases import would_replace
from ingest.run import terminologies


def would_load(given: Namespace) -> int:
    """Prints each release that the files hold, and what it would take the place of; nothing is written."""
    files = terminologies([Path(path) for path in given.paths], given.name).files
    if not is_server(given.store) and not Path(given.store).is_dir():
        found = would_replace(None, files, given.name)
    else:
        with looking(given.store) as store:
            found = would_replace(store, files, given.name)
    if given.json:
        print_json({"releases": [one._asdict() for one in found]})
        return 0
    print(f"{len(found)} releases would be loaded; nothing is written")
    for line in _new(found) + releases_text(found):
        print(line)
    return 0


def _new(found: list[Loaded]) -> list[str]:
    lines, versions = [], dict[str, str]()
    for one in found:
        known = f"  {one.file}: {one.id} {one.version}".rstrip()
        if versions.setdefault(one.id, one.version) != one.version:
            lines.append(f"{known} would be refused beside version {versions[one.id]}: load it after that")
        elif not one.replaces:
            lines.append(f"{known} is new")
    return lines
