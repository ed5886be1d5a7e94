"""cli: after `load` or `ingest` is killed or finds the disk full, the store opens and a new run completes the job."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from bench import kills
from cli.main import main
from graph.store import open_store
from ingest import jobs
from tests.ingest.graphs import DEMONSTRATION, everything, undisturbed

PATHS = [DEMONSTRATION / "terminology/mondo.obo", DEMONSTRATION / "terminology/hp.obo"]
FULL = """
import resource, sys
import ingest.jobs
from cli.main import main
ingest.jobs.BATCH_ITEMS = 200
size = int(sys.argv.pop(1))
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
sys.exit(main())
"""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets small batches, and the same secret for the pseudonyms in all stores."""
    monkeypatch.setattr(jobs, "BATCH_ITEMS", kills.ITEMS)
    monkeypatch.setenv("TRICUSPID_SECRET", "the same secret for every store")


@pytest.mark.parametrize("command", ["load", "ingest"])
def test_killed_commands_give_the_same_graph_after_a_new_run(
    address: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`python -m bench.kills` does the same a hundred times, with more files."""
    monkeypatch.setitem(kills.PATHS, "load", [DEMONSTRATION / "terminology/mondo.obo"])
    monkeypatch.setitem(kills.PATHS, "ingest", [DEMONSTRATION / "care/Encounter.ndjson"])
    monkeypatch.setitem(kills.BEFORE, "ingest", [])
    place = kills.Place("neo4j" if "://" in address else "embedded", tmp_path)
    way = kills.undisturbed(place, command)
    assert len(way.graphs) > 3
    seen = kills.kill(place, way, 2, random.Random(12))
    assert seen["kills"] == 2


@pytest.mark.parametrize("size", [2_000, 60_000, 300_000])
def test_a_full_disk_is_an_error_and_loses_no_batch(
    tmp_path: Path, size: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit on the size of files acts like a full disk."""
    folder = tmp_path / "store"
    command = ["load", "--store", str(folder), *map(str, PATHS)]
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(size), *command], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith(f"tricuspid: cannot write {folder}/")
    assert done.stderr.endswith(
        "make space on the disk, then run the same command again; it resumes after the last complete batch\n"
    )
    assert done.stderr.count("\n") == 1
    with closing(open_store(str(folder))) as store:
        written = [row["checkpoint"] for rows in store.scan("Job", ["checkpoint"]) for row in rows.to_pylist()]
        assert [store.epoch()] == (written or [0])
    capsys.readouterr()
    assert main(command) == 0
    again = capsys.readouterr().out
    assert (f"resumed after batch {written[0]}" in again) if written else ("resumed" not in again)
    with closing(open_store(str(folder))) as store:
        assert everything(store) == undisturbed(tmp_path / "other", PATHS, [])
