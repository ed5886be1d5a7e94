"""docs/architecture.md lists the right files for each kind of change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
EXAMPLES = [
    ("A terminology format", "babelon", r"\bbabelon\b"),
    ("A source of records", "surf", r"\bsurf\b"),
    ("A kind of record", "Organisation", r"\bclass Organisation\b|^    Organisation,$"),
    ("A GraphQL field of a concept", "replaced_by", r"\breplaced_by\b|\breplacedBy\b"),
]
"""A section of docs/architecture.md, an example that exists in the code, and a pattern that finds its name."""


def _listed(section: str, name: str) -> set[str]:
    text = PAGE.partition(f"### {section}\n")[2].partition("\n### ")[0]
    return {path.replace("NAME", name) for path in re.findall(r"^\| `([^`]+)`", text, re.MULTILINE)}


@pytest.mark.parametrize(("section", "name", "pattern"), EXAMPLES, ids=[section for section, *_ in EXAMPLES])
def test_the_page_lists_the_files_that_a_change_needs(section: str, name: str, pattern: str) -> None:
    listed = _listed(section, name)
    assert listed and all((ROOT / path).is_file() for path in listed)
    folders = {str(Path(path).parent) for path in listed if path.endswith(".py") and not path.startswith("tests")}
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    naming = {str(path.relative_to(ROOT)) for path in paths if re.search(pattern, path.read_text(), re.MULTILINE)}
    assert naming == {path for path in listed if path.endswith(".py") and not path.startswith("tests")}


def test_the_page_names_every_package_of_the_graph() -> None:
    packages = {f"graph.{path.parent.name}" for path in ROOT.glob("graph/*/__init__.py")}
    assert packages == set(re.findall(r"^\| `(graph\.\w+)`", PAGE, re.MULTILINE))
