"""graph: the folders of snapshots: what they are called, which is the newest, and which are deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

from graph.groups import rules

FORMAT = 32
"""Part of a snapshot's name: one that other code wrote in another form, or with other contents of the same rows, is not
opened, and no part of it taken over, but made again."""


def snapshot_name(epoch: int) -> str:
    return f"snapshot-{_form()}-{epoch}"


def newest(folder: Path) -> Path | None:
    """The snapshot of the highest epoch in a state folder, or None."""
    return max(folder.glob(f"snapshot-{_form()}-*"), key=epoch_of, default=None)


def forget_others(folder: Path, kept: Path, keep_last: bool = True) -> None:
    """Deletes the snapshots that `kept` has taken the place of, but for the last, which another may be opening.

    Without `keep_last` that goes as well: who was opening it opens `kept` next. Who has opened one that is deleted
    holds all of it.
    """
    others = [old for old in folder.glob("snapshot-*") if old != kept]
    last = max((old for old in others if epoch_of(old) < epoch_of(kept)), key=epoch_of, default=None)
    for old in others:
        if old != last or not keep_last:
            shutil.rmtree(old, ignore_errors=True)


def epoch_of(snapshot: Path) -> int:
    return int(snapshot.name.rpartition("-")[2])


def _form() -> str:
    """What tells snapshots of other code, and of other rules for groups of one meaning, from ours."""
    return f"{FORMAT}{rules().digest()}"
