"""ingest: after a kill and a new run, all groups of equal concepts are complete."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from graph.store import Batch, Store, open_store
from ingest import jobs, meanings
from ingest.meanings import write_meanings
from tests.ingest.graphs import load_into, quiet, stated
from tests.ingest.terms import WORDS, pairs, same, states, terms


class Killed(BaseException):
    """An exception that Tricuspid's code does not catch."""


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 5)


def die_at(store: Store, monkeypatch: pytest.MonkeyPatch, batch: int, *, written: bool) -> None:
    """Raises `Killed` before or after this batch of groups is written."""
    write, count = store.write, iter(range(1, 1_000))

    def until(made: Batch) -> int:
        last = made.nodes["Job"]["kind"][0].as_py() == "meaning" and next(count) == batch
        if last and not written:
            raise Killed
        epoch = write(made)
        if last:
            raise Killed
        return epoch

    monkeypatch.setattr(store, "write", until)


def killed(store: Store, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool, *paths: Path) -> None:
    with monkeypatch.context() as dying:
        die_at(store, dying, batch, written=written)
        with pytest.raises(Killed):
            load_into(store, *paths)


# Of four batches, none is written, one, or all but the last. A kill before a batch has the same result as a kill after
# the previous batch.
KILLS = pytest.mark.parametrize(("batch", "written"), [(1, False), (1, True), (4, False)])


@KILLS
def test_the_first_groups_are_complete_after_a_kill_and_a_new_run(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    files = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    killed(store, monkeypatch, batch, written, *files)
    load_into(store, *files)
    assert same(store) == pairs(WORDS)
    assert {row[2] for row in states(store)} == {"done"}
    with closing(open_store(str(tmp_path / "other"))) as other:
        load_into(other, *files)
        assert stated(store) == stated(other)


@KILLS
@pytest.mark.parametrize("then", [WORDS, WORDS[:4]], ids=["the same again", "back"])
def test_later_groups_are_complete_after_a_kill_and_a_new_run(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool, then: list[str]
) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS[:4]))
    killed(store, monkeypatch, batch, written, terms(tmp_path, "B", *WORDS, version="2"))
    load_into(store, terms(tmp_path, "B", *then, version="2" if then is WORDS else "1"))
    assert same(store) == pairs(then)


@KILLS
def test_groups_are_complete_after_a_kill_and_two_other_loads(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: int, written: bool
) -> None:
    """The job that wrote other groups deleted the edges of the killed job."""
    every = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    killed(store, monkeypatch, batch, written, *every)
    load_into(store, terms(tmp_path, "B", *WORDS[:4], version="2"))
    assert same(store) == pairs(WORDS[:4])
    load_into(store, terms(tmp_path, "B", *WORDS))
    assert same(store) == pairs(WORDS)


def test_a_kill_before_the_snapshot_is_reused_has_no_effect(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise Killed

    files = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    with monkeypatch.context() as dying:
        dying.setattr(meanings, "carried_snapshot", die)
        with pytest.raises(Killed):
            load_into(store, *files)
    epoch = store.epoch()
    write_meanings(store, store.address.state, quiet)
    assert (store.epoch(), same(store)) == (epoch, pairs(WORDS))
