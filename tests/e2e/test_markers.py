"""tests end to end: no text of a patient's record comes out again, wherever in which resource it stood."""

from __future__ import annotations

import json
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
import pytest

from api.disclosure import SERVED, Role
from api.execute import execute
from cli.status import report_text
from graph.backup import backup
from graph.open import open_store
from graph.snapshot import Snapshot
from graph.snapshot_build import fresh_snapshot
from ingest.jobs import Report
from ingest.run import ingest
from tests.e2e.asking import questions
from tests.e2e.conftest import every_text
from tests.e2e.markers import bundle, examples, marked, markers, xml
from tests.ingest.care import condition, patient
from tests.ingest.graphs import quiet

# Names of files and folders are not searched here yet.
NAMES = ("everything.ndjson", "everything.xml", "everything.json", "many.ndjson")
MANY = "decompensatio cordis"


class Marked(NamedTuple):
    planted: list[str]
    snapshot: Snapshot
    report: Report
    texts: str
    files: bytes
    log: str


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    folder = tmp_path_factory.mktemp("markers")
    planted: list[str] = []
    of, some = markers(), examples(shared)
    lines, document, other = ([*marked(some, of, planted)] for _ in range(3))
    care = folder / "care"
    care.mkdir()
    text = "".join(f"{json.dumps(one)}\n{json.dumps(one)[:-40]}\n" for one in lines)
    (care / NAMES[0]).write_text(text)
    (care / NAMES[1]).write_text(
        xml("", bundle(document[::3], of, planted)).replace("<Bundle>", '<Bundle xmlns="http://hl7.org/fhir">')
    )
    (care / NAMES[2]).write_text(json.dumps(bundle(other[1::3], of, planted)))
    (care / NAMES[3]).write_text("".join(f"{json.dumps(one)}\n" for one in _many(next(of))))
    logged: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: logged.append(record.getMessage())  # type: ignore[method-assign]
    logging.getLogger().addHandler(handler)
    with closing(open_store(str(folder / "store"))) as store:
        report = ingest(store, folder / "store", [care], quiet, 0)[0]
        snapshot = fresh_snapshot(store, folder / "store")
        texts = "\n".join(every_text(store))
        backup(store, folder / "archive", quiet)
    logging.getLogger().removeHandler(handler)
    files = b"\n".join(file.read_bytes() for file in sorted((folder / "store").rglob("*")) if file.is_file())
    with zipfile.ZipFile(folder / "archive") as archive:
        tables = (pa.ipc.open_stream(archive.read(name)) for name in archive.namelist() if name.endswith(".arrow"))
        kept = [column.unique().to_pylist() for table in tables for column in table.read_all().columns]
        files += json.dumps(kept).encode()
    yield Marked(planted, snapshot, report, texts, files, "\n".join(logged))


def _many(marker: str) -> Iterator[dict[str, object]]:
    """What ten patients have under one name, and under a name that points at somebody."""
    for number in range(10):
        yield patient(f"m{number}")
        for code, display in (("90000001", MANY), ("90000002", f"{marker}, bel 06-12345678")):
            coding = {"system": "http://snomed.info/sct", "code": code, "display": display}
            yield condition(f"m{number}-{code}", of=f"Patient/m{number}", code=code) | {"code": {"coding": [coding]}}


def found(planted: list[str], text: str) -> list[str]:
    """The markers in a text. Each is a number, which is looked for by itself, or has one."""
    there = set(re.findall(r"\d{8,10}", text))
    numbers = {re.sub(r"\D", "", marker): marker for marker in planted}
    return [marker for number, marker in numbers.items() if number in there and marker in text]


def test_there_are_markers_and_what_many_say_is_found(made: Marked) -> None:
    """Else the others prove nothing."""
    assert len(made.planted) > 1_000 and made.report.written > 500
    assert found(made.planted, f"x {made.planted[0]} y {made.planted[1]}") == made.planted[:2]
    assert MANY in made.texts and MANY.encode() in made.files
    assert made.report.reasons["name of a code: it may point at a person"] == 1


def test_no_table_file_backup_or_log_holds_a_marker(made: Marked) -> None:
    assert found(made.planted, made.texts) == []
    assert found(made.planted, made.files.decode("latin-1")) == []
    assert found(made.planted, made.log) == []


def test_no_report_holds_a_marker(made: Marked) -> None:
    assert found(made.planted, report_text(made.report, [])) == []
    assert found(made.planted, json.dumps([made.report.reasons, made.report.refusals])) == []


def test_no_field_shows_a_marker_to_anybody_below_records(made: Marked) -> None:
    ids = json.dumps(made.snapshot.concepts["id"].to_pylist()[:20])
    one = json.dumps(made.snapshot.ids[made.snapshot.patients.concepts[0]])
    given = {"id": one, "ids": ids, "text": '"decompensatio"', "texts": '["decompensatio"]', "from": one, "to": one}
    given["criteria"] = f"{{all: [{one}]}}"
    answers = []
    for role in SERVED:
        for question in questions(given, 2 if role is Role.EXACT else 1):
            answers.append(json.dumps(execute(made.snapshot, question, role=role)))
    assert any(MANY in answer for answer in answers)
    assert not any('"INVALID"' in answer or '"SYNTAX"' in answer for answer in answers)
    assert found(made.planted, "\n".join(answers)) == []
