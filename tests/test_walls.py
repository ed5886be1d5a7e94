"""A package may only be used through the names that its `__init__.py` exports; all other names are internal."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("ontologies", "graph", "linking", "cohorts", "curation", "ingest", "api", "demonstration", "cli", "bench")
DRIVERS = {"graph.store.ladybug", "graph.store.neo4j"}
"""Modules that load a database driver. `open_store` imports the one that it needs; benchmarks import them directly."""


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def _walled() -> dict[str, set[str]]:
    """The exported names of each package."""
    found = {}
    for path in [*ROOT.glob("*/__init__.py"), *ROOT.glob("*/*/__init__.py")]:
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
                found[_module(path)] = set(ast.literal_eval(node.value))
    return found


def _imports(path: Path) -> list[ast.ImportFrom]:
    return [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom) and node.module]


def test_packages_are_used_only_through_their_public_names() -> None:
    walled, wrong, used = _walled(), [], set()
    assert {"graph.columns", "graph.snapshot", "linking.search", "api.schema", "curation"} <= walled.keys()
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            me = _module(path)
            for node in _imports(path):
                module = node.module or ""
                owner = max((one for one in walled if f"{module}.".startswith(f"{one}.")), key=len, default="")
                if not owner or f"{me}.".startswith(f"{owner}.") or module in DRIVERS:
                    continue
                names = {alias.name for alias in node.names}
                used |= {(owner, name) for name in names}
                if module != owner or not names <= walled[owner]:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} imports {sorted(names)} from {module}")
    assert not wrong
    exported = {(package, name) for package, names in walled.items() for name in names}
    assert exported == used, "a name that no other package uses is not exported"
