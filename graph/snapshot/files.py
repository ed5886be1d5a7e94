"""graph: names the folders of snapshots, finds the newest snapshot, and deletes old snapshots."""

from __future__ import annotations

import shutil
from pathlib import Path

from graph.groups import rules

FORMAT = 37
"""The version of the format and content of a snapshot. The version is part of the name of a snapshot.

Snapshots of other versions are ignored.
"""


def snapshot_name(epoch: int) -> str:
    return f"snapshot-{_form()}-{epoch}"


def newest(folder: Path) -> Path | None:
    """Returns the folder of the snapshot with the highest epoch in a state folder, or None."""
    return max(folder.glob(f"snapshot-{_form()}-*"), key=epoch_of, default=None)


def forget_others(folder: Path, kept: Path, keep_last: bool = True) -> None:
    """Deletes all snapshots except `kept` and the newest snapshot that is older than `kept`.

    The older snapshot is not deleted, because another process may be opening it. If `keep_last` is false, it is deleted
    as well. If a process then fails to open it, the process opens `kept` instead. If a process has already opened a
    deleted snapshot, the process can still read all of it.
    """
    others = [old for old in folder.glob("snapshot-*") if old != kept]
    last = max((old for old in others if epoch_of(old) < epoch_of(kept)), key=epoch_of, default=None)
    for old in others:
        if old != last or not keep_last:
            shutil.rmtree(old, ignore_errors=True)


def epoch_of(snapshot: Path) -> int:
    return int(snapshot.name.rpartition("-")[2])


def _form() -> str:
    """A text that identifies the format of a snapshot and the rules for its groups."""
    return f"{FORMAT}{rules().digest()}"
