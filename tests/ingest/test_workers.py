"""ingest: the number of workers does not change the result, a dead worker is reported, and workers end with the job."""

from __future__ import annotations

import gzip
import json
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from graph.store import Batch, Store, open_store
from ingest import jobs, workers
from ingest.fault import Fault
from ingest.inputs import find_inputs
from ingest.records import Text
from ingest.run import ingest, load
from ingest.sources import SOURCES, recognise
from ingest.workers import WorkerDied, default_workers, reading
from ontologies.errors import UnreadableFile
from tests.ingest.excerpt import Excerpt
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import Graph, condition, everything, ndjson, patient, quiet


@pytest.fixture(autouse=True)
def same_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    prepare(monkeypatch)


def prepare(patch: pytest.MonkeyPatch) -> None:
    """Sets the same secret for all stores, and batches so small that a job has several."""
    patch.setenv("TRICUSPID_SECRET", "the same secret for every store")
    patch.setattr(jobs, "BATCH_ITEMS", 100)


def values_of(report: jobs.Report) -> dict[str, Any]:
    """All values of a report, except times and restarts."""
    return {
        **vars(report),
        "counts": report.counts.rows(),
        "refused": report.refused,
        "started": "",
        "finished": "",
        "resumed_at": 0,
    }


def read_by(store: Store, excerpt: Excerpt, paths: list[Path], number: int) -> dict[str, Any]:
    load(store, store.address.state, excerpt.terminology, quiet)
    return values_of(ingest(store, store.address.state, paths, quiet, number)[0])


@pytest.fixture(scope="module")
def records(excerpt: Excerpt, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Records, a file that ends too early, and a file with records that are refused."""
    folder = tmp_path_factory.mktemp("records")
    broken = folder / "broken.ndjson.gz"
    some = (condition(f"c{number}", "44054006") for number in range(200))
    whole = ndjson(folder / "whole.ndjson", patient("p1"), *some).read_bytes()
    broken.write_bytes(gzip.compress(whole)[:-40])
    (folder / "damaged.ndjson").write_bytes(b'{"resourceType": "Patient"}\n{"no": "JSON\n' + whole[:-30])
    return [*excerpt.records, broken, folder / "damaged.ndjson"]


@pytest.fixture(scope="module")
def alone(
    excerpt: Excerpt, records: list[Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], Graph]:
    """The report and the graph of a job without workers."""
    with pytest.MonkeyPatch.context() as patch, closing(open_store(str(tmp_path_factory.mktemp("alone")))) as store:
        prepare(patch)
        return read_by(store, excerpt, records, 0), everything(store)


@pytest.mark.parametrize("number", [1, 3])
def test_the_result_does_not_depend_on_the_number_of_workers(
    store: Store, excerpt: Excerpt, records: list[Path], alone: tuple[dict[str, Any], Graph], number: int
) -> None:
    by_workers = read_by(store, excerpt, records, number)
    assert by_workers["refused"] > 2
    assert (by_workers, everything(store)) == alone


def test_a_killed_job_can_be_resumed_with_another_number_of_workers(
    store: Store,
    excerpt: Excerpt,
    records: list[Path],
    alone: tuple[dict[str, Any], Graph],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load(store, store.address.state, excerpt.terminology, quiet)
    left = iter(range(3))

    def until(batch: Batch) -> int:
        next(left)
        return write(batch)

    with monkeypatch.context() as broken:
        write = store.write
        broken.setattr(store, "write", until)
        with pytest.raises(Fault, match="StopIteration"):
            ingest(store, store.address.state, records, quiet, 2)
    report, _ = ingest(store, store.address.state, records, quiet, 1)
    assert report.resumed_at == 3
    assert everything(store) == alone[1]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files, each larger than a worker reads ahead."""
    folder, lines = tmp_path_factory.mktemp("large"), json.dumps(condition("c%d", "44054006")) + "\n"
    files = [folder / "1.ndjson", folder / "2.ndjson"]
    for start, file in zip((0, 30_000), files, strict=True):
        whole = (lines.replace("c%d", f"c{number}") for number in range(start, start + 30_000))
        file.write_text(json.dumps(patient("p1")) + "\n" + "".join(whole))
    return files


def test_an_error_about_a_dead_worker_names_its_file(
    large: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_AHEAD", 1)
    found = find_inputs(large[:1], recognise, [])
    died = pytest.raises(WorkerDied, match=r"1\.ndjson: .* ended by signal 9.* run the same command again")
    with died, reading(found.files, b"0123456789abcdef", tmp_path, 1) as read:
        items = read(found.files[0])
        next(items)
        (process,) = multiprocessing.active_children()
        assert process.pid
        os.kill(process.pid, signal.SIGKILL)
        list(items)
    assert not multiprocessing.active_children()


def test_a_job_that_ends_early_ends_its_workers(
    large: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "_AHEAD", 1)
    found = find_inputs(large, recognise, [])
    with pytest.raises(ZeroDivisionError), reading(found.files, b"0123456789abcdef", tmp_path, 2) as read:
        next(read(found.files[0]))
        assert len(multiprocessing.active_children()) == 2
        raise ZeroDivisionError
    assert not multiprocessing.active_children()


def children(pid: int) -> list[int]:
    return [int(text) for text in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the system tells no children of a process")
def test_workers_end_with_their_job(large: list[Path], tmp_path: Path, how: signal.Signals) -> None:
    paths = [*map(str, large)]
    command = [sys.executable, "-m", "cli.main", "ingest", "--store", str(tmp_path / "store"), "--workers", "2", *paths]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as job:
        until = time.monotonic() + 60
        while len(left := children(job.pid)) < 2 and time.monotonic() < until:
            time.sleep(0.01)
        assert len(left) >= 2
        time.sleep(1)
        job.send_signal(how)
        job.wait(60)
    while any(Path(f"/proc/{pid}/stat").exists() for pid in left) and time.monotonic() < until:
        time.sleep(0.05)
    assert not any(Path(f"/proc/{pid}/stat").exists() for pid in left)


def test_workers_are_used_only_for_large_files(tmp_path: Path) -> None:
    small = find_inputs([ndjson(tmp_path / "small.ndjson", patient("p1"))], recognise, [])
    assert default_workers(small.files) == 0
    with (tmp_path / "large.ndjson").open("wb") as file:
        file.write(b'{"resourceType": "Patient"}\n')
        file.truncate(workers.WORTH)
    both = find_inputs([tmp_path], recognise, [])
    assert default_workers(both.files) == min(2, os.cpu_count() or 1)


def test_a_worker_gives_the_same_error(tmp_path: Path) -> None:
    cut = tmp_path / "cut.json"
    cut.write_text('{"resourceType": "Patient", ')
    found = find_inputs([cut], recognise, [])
    words = []
    for number in (0, 1):
        with (
            reading(found.files, b"0123456789abcdef", tmp_path, number) as read,
            pytest.raises(UnreadableFile) as error,
        ):
            list(read(found.files[0]))
        words.append((str(error.value), error.value.path, error.value.place, error.value.remedy))
    assert words[0] == words[1]


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("ingest.sources.fhir_json._entries", "ingest/sources/fhir_json.py"),
        ("ingest.sources.fhir_xml.parse", "ingest/sources/fhir_xml.py"),
        ("ingest.recording.Recording.add", "ingest/run.py"),
    ],
)
def test_an_internal_error_has_the_place_in_the_code_and_no_text_of_the_record(
    where: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("mevrouw Zonnebloem")

    file = ndjson(tmp_path / "p.ndjson", patient("p1"))
    if "xml" in where:
        file = tmp_path / "p.xml"
        file.write_text('<Patient xmlns="http://hl7.org/fhir"><id value="p1"/></Patient>')
    monkeypatch.setattr(where, broken)
    with pytest.raises(Fault) as values_of:
        main(["ingest", "--store", str(tmp_path / "store"), str(file)])
    said = "".join(traceback.format_exception(values_of.value))  # the text in both forms of the log
    assert "ValueError at " in said and f"{code}:" in said and "Zonnebloem" not in said


def test_an_internal_error_of_a_worker_has_no_text_of_the_record() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("mevrouw Zonnebloem")

    ours, theirs = multiprocessing.Pipe(duplex=False)
    workers._send_items(theirs, items())
    piece, over = pickle.loads(ours.recv_bytes())
    assert piece == [1] and isinstance(over, Fault)
    assert "ValueError at" in str(over) and "test_workers.py:" in str(over) and "Zonnebloem" not in str(over)


@pytest.mark.parametrize("source", [source for source in SOURCES if not source.public], ids=lambda source: source.name)
def test_sources_about_patients_give_no_texts(source: Any) -> None:
    """Without texts, nothing is grounded: texts of patients' records stay out of the graph."""
    samples = [path for path in Path(__file__).parent.glob(f"samples/{source.name}.*") if ".golden." not in path.name]
    items = [item for path in samples for item in source.read(path, PSEUDONYM)]
    assert items and not any(isinstance(item, Text) for item in items)
