"""linking: translates Dutch phrases of queries and texts into English names of one snapshot."""

from __future__ import annotations

from graph.dutch import English, compounds
from graph.snapshot import Snapshot


def english(snapshot: Snapshot) -> English:
    """Returns the translator of Dutch phrases for a snapshot. The translator is cached with the snapshot."""
    return snapshot.derived(_english)


def _english(snapshot: Snapshot) -> English:
    return English(snapshot.names, compounds())
