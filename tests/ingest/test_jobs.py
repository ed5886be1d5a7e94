"""ingest: jobs on both engines: running twice changes nothing, a kill loses at most one batch, errors are reported."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from api.schema import newest_jobs
from cli.main import main
from cli.status import summary
from graph.snapshot import fresh_snapshot
from graph.store import Batch, Store, open_store
from ingest import jobs
from ingest.inputs import NotRecognised
from ingest.secret import keyed_in
from ontologies.errors import UnreadableFile
from tests.graph.rows import table
from tests.ingest.excerpt import Excerpt
from tests.ingest.graphs import (
    condition,
    everything,
    ingest_into,
    load_into,
    ndjson,
    obo,
    patient,
    sssom,
    stated,
    trial,
    undisturbed,
)

BATCH = 100
"""The size of batches of jobs that are killed. Each job has more than six."""


class Killed(BaseException):
    """An exception that Tricuspid's code does not catch."""


def die_at(store: Store, monkeypatch: pytest.MonkeyPatch, batch: int, *, written: bool) -> None:
    """Raises `Killed` before or after the batch that makes this epoch is written. Earlier writes succeed."""
    write = store.write

    def until(made: Batch) -> int:
        last = store.epoch() + 1 == batch
        if last and not written:
            raise Killed
        epoch = write(made)
        if last:
            raise Killed
        return epoch

    monkeypatch.setattr(store, "write", until)


def batches(store: Store) -> int:
    """The number of batches, according to the jobs in the store."""
    return sum(count for (count,) in table(store, "Job", "checkpoint"))


def test_running_a_job_twice_equals_running_it_once(store: Store, excerpt: Excerpt) -> None:
    load_into(store, *excerpt.terminology)
    loaded = stated(store)
    load_into(store, *excerpt.terminology)
    assert stated(store) == loaded
    first = ingest_into(store, *excerpt.records)
    once = stated(store)
    second = ingest_into(store, *excerpt.records)
    assert stated(store) == once
    assert (first.id, first.read, first.reasons) == (second.id, second.read, second.reasons)
    assert (first.written, second.written, second.unchanged) == (first.read, 0, first.read)
    assert len(once["Patient"]) == 50
    assert len(once["EVENT"]) > 125
    assert all(once[kind] for kind in ("STUDY_ABOUT", "COURSE_ABOUT", "DATASET_ABOUT", "SAME_AS", "MAPS_TO"))


def test_killed_and_resumed_jobs_give_the_same_graph(
    store: Store, excerpt: Excerpt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", BATCH)
    killed(store, monkeypatch, "load", excerpt.terminology, (1, False), (3, False), (6, True))
    assert load_into(store, *excerpt.terminology).resumed_at == 6
    killed(store, monkeypatch, "ingest", excerpt.records, (1, True), (4, False))
    assert ingest_into(store, *excerpt.records).resumed_at == 3
    assert everything(store) == undisturbed(tmp_path / "other", excerpt.terminology, excerpt.records)
    assert store.epoch() == batches(store), "a batch that was written was written again"


def killed(
    store: Store, monkeypatch: pytest.MonkeyPatch, kind: str, paths: list[Path], *kills: tuple[int, bool]
) -> None:
    """Runs a job that is killed before or after each of these batches is written."""
    before = store.epoch()
    for batch, written in kills:
        with monkeypatch.context() as dying:
            die_at(store, dying, before + batch, written=written)
            with pytest.raises(Killed):
                (load_into if kind == "load" else ingest_into)(store, *paths)
        done = batch - 1 + written
        assert store.epoch() == before + done
        jobs_of_kind = [row[1:] for row in table(store, "Job", "kind", "state", "checkpoint") if row[0] == kind]
        assert jobs_of_kind == ([("running", done)] if done else []), f"killed at batch {batch}"


def test_a_killed_and_repeated_command_gives_the_same_graph(
    excerpt: Excerpt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sends SIGKILL to `tricuspid ingest` on an embedded store. Small batches make sure that the job is half done."""
    monkeypatch.setattr(jobs, "BATCH_ITEMS", BATCH)
    folder = tmp_path / "store"
    store = open_store(str(folder))
    load_into(store, *excerpt.terminology)
    before = store.epoch()
    store.close()
    small = f"import sys, ingest.jobs; ingest.jobs.BATCH_ITEMS = {BATCH}; from cli.main import main; sys.exit(main())"
    command = ["ingest", "--json", "--store", str(folder), *map(str, excerpt.records)]
    with subprocess.Popen([sys.executable, "-c", small, *command], stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and int((folder / "epoch").read_text()) < before + 3:
            time.sleep(0.001)
        os.kill(process.pid, signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert main(command) == 0
    assert json.loads(capsys.readouterr().out)["resumed_at"] >= 3
    store = open_store(str(folder))
    ended = everything(store)
    store.close()
    assert ended == undisturbed(tmp_path / "other", excerpt.terminology, excerpt.records)


def test_refused_records_are_stored_without_their_content(store: Store, tmp_path: Path) -> None:
    bad: list[dict[str, Any] | str] = [
        {**condition("c2", "1"), "subject": {"reference": "Location/l1"}, "note": [{"text": "shy"}]},
        {**condition("c3", "1"), "subject": None, "note": [{"text": "shy"}]},
        {**condition("c4", "1"), "onsetDateTime": {"shy": 1}},
        '{"resourceType": "Condition", "shy": ',
    ]
    file = ndjson(tmp_path / "bad.ndjson", patient("p1"), condition("c1", "44054006"), *bad)
    report = ingest_into(store, file)
    assert (report.read, report.written, report.refused) == (6, 3, 3)
    assert report.reasons["subject is not a patient"] == 1
    refusals = table(store, "Refusal", "job", "file", "position", "reason")
    hashed = sha256(file.read_bytes()).hexdigest()
    keyed, places = keyed_in(tmp_path)(hashed), ("line 4 (Condition)", "line 5 (Condition)", "line 6")
    assert [row[:3] for row in refusals] == [(report.id, keyed[:16], place) for place in places]
    assert json.loads(table(store, "Job", "inputs")[0][0]) == [{"file": keyed[:16], "hash": keyed}]
    assert hashed[:16] not in repr(everything(store)), "an unkeyed hash would prove which file was read"
    assert refusals[0][3] == "no subject"
    assert "shy" not in repr(refusals)
    assert [text.partition(":")[0] for text in report.refusals] == [f"bad.ndjson, {row[2]}" for row in refusals]
    assert "bad.ndjson" not in repr(everything(store)), "the name of a file may be the name of a patient"
    assert "free words" not in repr(everything(store))
    counted = table(store, "Job", "read", "written", "refused", "unmapped", "state")
    assert counted == [(6, 3, 3, 2, "done")]


def cut(path: Path) -> None:
    """Replaces a file by a gzip file that ends too early."""
    path.with_name(f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes())[:-5_000])
    path.unlink()


@pytest.mark.parametrize("size", [400, 2_000])
def test_a_broken_file_stops_no_other_file_and_deletes_nothing(store: Store, tmp_path: Path, size: int) -> None:
    """The file breaks off in the part used to recognise its format, or after many statements of a newer release."""
    codes = [os.urandom(20).hex() for _ in range(size)]
    load_into(store, sssom(tmp_path / "maps.tsv", *((f"T:{code}", "U:1") for code in codes)))
    before = everything(store)
    newer = tmp_path / "newer"
    newer.mkdir()
    cut(sssom(newer / "maps.tsv", *((f"T:{code}", "U:2") for code in codes)))
    obo(newer / "u.obo", "1", "U:1\nname: one", ontology="u")
    report = load_into(store, newer)
    assert report.refused == 1
    assert report.refusals[0].startswith("maps.tsv.gz, byte ")
    assert report.refusals[0].endswith("download the file again")
    assert ("U:1", "one", False) in table(store, "Concept", "id", "label", "stub")
    after = everything(store)
    assert set(before["MAPS_TO"]) <= set(after["MAPS_TO"])
    assert (len(after["MAPS_TO"]) > size) == (size > 400)


def test_an_unreadable_file_is_an_error_if_it_is_the_only_file(store: Store, tmp_path: Path) -> None:
    short = tmp_path / "t.obo.gz"
    short.write_bytes(gzip.compress(b"format-version: 1.4")[:-9])
    with pytest.raises(UnreadableFile, match=r"t\.obo\.gz, byte 0"):
        load_into(store, short)


def test_a_file_in_no_supported_format_is_an_error_if_it_was_named(store: Store, tmp_path: Path) -> None:
    strange = tmp_path / "notes.txt"
    strange.write_text("notes")
    with pytest.raises(NotRecognised, match=r"notes\.txt.*OBO.*SSSOM"):
        load_into(store, strange)
    with pytest.raises(NotRecognised, match=r"notes\.txt.*FHIR R4 JSON"):
        ingest_into(store, strange)
    with pytest.raises(FileNotFoundError, match="check the spelling"):
        ingest_into(store, tmp_path / "nowhere")
    assert store.epoch() == 0
    trial(tmp_path / "trial.json", "Malaria")
    assert ingest_into(store, tmp_path).written == 1


def test_the_same_files_are_the_same_job_in_any_order(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another secret, it is another job: a job's id does not reveal which files it read."""
    one = ndjson(tmp_path / "a.ndjson", condition("c1", "1"))
    two = ndjson(tmp_path / "b.ndjson", condition("c2", "2"))
    ids = [ingest_into(store, *paths).id for paths in ((one, two), (two, one), (one,))]
    assert ids[0] == ids[1] != ids[2]
    assert len(table(store, "Job", "id")) == 2
    monkeypatch.setenv("TRICUSPID_SECRET", "another secret, of another site")
    assert ingest_into(store, one).id not in ids


def hostile_files() -> Iterator[tuple[str, str]]:
    yield "nul.ndjson", json.dumps(condition("c1", "1", of="p\0")) + "\n"
    yield "half.ndjson", json.dumps(condition("c2", "2")).replace("about 2", "\\ud800") + "\n"
    yield "long.ndjson", json.dumps(condition("c3", "3" * 70_000)) + "\n"
    yield "big.ndjson", json.dumps({**condition("c4", "4"), "onsetDateTime": "9" * 400}) + "\n"
    yield "deep.ndjson", '{"resourceType":"Condition","code":' + "[" * 5_000 + "]" * 5_000 + "}\n"


def test_hostile_records_do_not_stop_a_job(store: Store, tmp_path: Path) -> None:
    """A good record follows each hostile one in its file."""
    codes = {"nul": "44054006", "half": "46635009", "long": "73211009", "big": "368009", "deep": "56265001"}
    for name, text in hostile_files():
        code = codes[name.removesuffix(".ndjson")]
        (tmp_path / name).write_text(text + json.dumps(condition(f"good {code}", code)) + "\n")
    report = ingest_into(store, *(tmp_path / name for name, _ in hostile_files()))
    assert report.written >= len(codes)
    found = {target for (target,) in table(store, "EVENT", "target")}
    assert [name for name, code in codes.items() if f"snomedct:{code}" not in found] == []


def test_jobs_are_listed_in_order_even_if_a_clock_is_wrong(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs are listed in the order in which they began, even if a clock is wrong."""
    reports = []
    for name, clock in (("a", "2099-01-01T00:00:00+00:00"), ("b", "2026-01-01T00:00:00+00:00"), ("c", "")):
        with monkeypatch.context() as wrong:
            if clock:
                wrong.setattr(jobs, "_now", lambda clock=clock: clock)
            reports.append(load_into(store, obo(tmp_path / f"{name}.obo", "1", f"A:{name}", ontology=name)))
    snapshot = fresh_snapshot(store, store.address.state)
    result = [job for job in summary("", snapshot)["jobs"] if job["kind"] == "load"]
    assert [job["id"] for job in result] == [report.id for report in reports]
    number, rows = [job["sequence"] for job in result], snapshot.tables["Job"].num_rows
    assert number == sorted(set(number))
    assert newest_jobs(snapshot) == [*range(rows - 1, -1, -1)]
    again = load_into(store, obo(tmp_path / "a.obo", "1", "A:a", ontology="a"))
    last = fresh_snapshot(store, store.address.state).tables["Job"].to_pylist()[-1]
    assert (last["id"], again.id) == (reports[0].id, reports[0].id)
