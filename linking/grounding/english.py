"""linking: English for the Dutch phrases of questions and texts, from the names that one snapshot holds."""

from __future__ import annotations

from graph.dutch import English, compounds
from graph.snapshot import Snapshot


def english(snapshot: Snapshot) -> English:
    """The English of Dutch phrases by the names that are loaded."""
    return snapshot.derived(_english)


def _english(snapshot: Snapshot) -> English:
    return English(snapshot.names, compounds())
