"""End-to-end tests: no text of a patient's record appears in any output, whatever its field and resource type.

Names of files and folders with patients' records appear only in the report of the job that read them.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest

from api.disclosure import CURATORS, SERVED, Role
from api.execution import execute
from api.http import create_app
from cli.logs import configure
from cli.main import main
from graph.snapshot import Reader, Snapshot
from graph.store import open_store
from ingest.personal import may_name_person
from tests.api.server import serving
from tests.e2e.asking import questions
from tests.e2e.conftest import every_text
from tests.e2e.markers import bundle, examples, marked, markers, named, xml
from tests.ingest.care import condition, patient

MANY = "decompensatio cordis"
CURATION = (
    "{ jobs { nodes { inputs { file } reasons { reason } refusals(first: 500) { nodes { file position reason } } } } }",
    "{ unmappedCodes(first: 500) { nodes { id system label since } } }",
)
WRONG = (
    {"query": "{ concept(id: 1) { nothing } }"},
    {"query": "{ jobs { totalCount } unmappedCodes { totalCount } }"},
    {"query": '{ search(text: "a", ontologies: ["nobody"], after: "x") { totalCount } }'},
    {"query": '{ ground(texts: ["a"], ontologies: ["nobody"]) { matches { score } } }'},
    {"query": '{ studies(where: {sponsors: ["nobody:1"]}) { totalCount } }'},
    {"query": '{ studies(about: "nobody:1") { totalCount } }'},
    {"query": '{ cohort(criteria: {all: ["nobody:1"]}) { patients { count } } }'},
    {"query": "{", "variables": []},
)


class Marked(NamedTuple):
    planted: list[str]
    numbers: list[str]
    names: list[str]
    store: str
    snapshot: Snapshot
    report: dict[str, Any]
    texts: str
    files: bytes
    log: str


@pytest.fixture(scope="module")
def made(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Marked]:
    folder = tmp_path_factory.mktemp("markers")
    planted, numbers, names = list[str](), list[str](), list[str]()
    of, some = markers(), examples(shared)
    lines, document, other = ([*marked(some, of, planted, numbers)] for _ in range(3))
    texts = {
        "ndjson": "".join(f"{json.dumps(one)}\n{json.dumps(one)[:-40]}\n" for one in lines),
        "xml": xml("", bundle(document[::3], of, planted)).replace("<Bundle>", '<Bundle xmlns="http://hl7.org/fhir">'),
        "json": json.dumps(bundle(other[1::3], of, planted)),
        "many.ndjson": "".join(f"{json.dumps(one)}\n" for one in _many(next(of), of, numbers)),
        "cut.json": '{"resourceType": "Bundle", "entry": [',
        "json.gz": "no archive",
        "docx": "a letter",
    }
    care, store = named(folder, of, names), str(folder / "store")
    for kind, text in texts.items():
        named(named(care, of, names), of, names, f".{kind}").write_text(text)
    code, result, log = _ran("ingest", "--store", store, "--workers", "0", "--json", str(care))
    assert code == 3
    for wrong in (named(care, of, names), next(care.rglob("*.docx")), next(care.rglob("*.gz"))):
        failed, _, more = _ran("ingest", "--store", store, str(wrong))
        assert failed == 1
        log += more
    snapshot = Reader(store).current()
    with closing(open_store(store)) as opened:
        stored = "\n".join(every_text(opened))
    log += _ran("backup", "--store", store, str(folder / "archive"))[2]
    files = b"\n".join(file.read_bytes() for file in sorted((folder / "store").rglob("*")) if file.is_file())
    files += _kept(folder / "archive")
    yield Marked(planted, numbers, names, store, snapshot, json.loads(result), stored, files, log)


def _kept(backup: Path) -> bytes:
    """All texts in a backup."""
    with zipfile.ZipFile(backup) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    tables = [pa.ipc.open_stream(part).read_all() for name, part in parts.items() if name.endswith(".arrow")]
    kept = [column.unique().to_pylist() for table in tables for column in table.columns]
    return json.dumps([*parts, kept]).encode() + b"".join(p for name, p in parts.items() if not name.endswith(".arrow"))


def _ran(*words: str) -> tuple[int, str, str]:
    """Runs a command with its log in JSON, as on a server. Returns its exit code, output and log."""
    out = io.TextIOWrapper(io.BytesIO(), "utf-8")
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(io.StringIO()) as log:
        patch.setenv("TRICUSPID_LOG", "json")
        try:
            code = main(words)
        finally:
            configure("plain")
    out.seek(0)
    return code, out.read(), log.getvalue()


def _many(marker: str, of: Iterator[str], numbers: list[str]) -> Iterator[dict[str, object]]:
    """Ten patients with one code whose display is harmless, and one whose display may identify a person; and lots."""
    for number in range(10):
        yield patient(f"m{number}")
        for code, display in (("90000001", MANY), ("90000002", f"{marker}, bel 06-12345678")):
            coding = {"system": "http://snomed.info/sct", "code": code, "display": display}
            yield condition(f"m{number}-{code}", of=f"Patient/m{number}", code=code) | {"code": {"coding": [coding]}}
        numbers.append(next(of))
        vaccine = {"vaccineCode": {"coding": [{"system": "http://snomed.info/sct", "code": "90000003"}]}}
        given = {"resourceType": "Immunization", "id": f"v{number}", "lotNumber": numbers[-1]}
        yield given | vaccine | {"patient": {"reference": f"Patient/m{number}"}}


def found(planted: list[str], text: str) -> list[str]:
    """The markers in a text. To be fast, this searches for the number that each marker is or contains."""
    there = set(re.findall(r"\d{8,10}", text))
    numbers = {re.sub(r"\D", "", marker): marker for marker in planted}
    return [marker for number, marker in numbers.items() if number in there and marker in text]


def test_the_search_finds_markers_and_texts_of_many_patients(made: Marked) -> None:
    """Without this test, the other tests would prove nothing."""
    assert len(made.planted) > 1_000 and len(made.names) > 12 and made.report["written"] > 500
    assert found(made.planted, f"x {made.planted[0]} y {made.planted[1]}") == made.planted[:2]
    assert MANY in made.texts and MANY.encode() in made.files
    assert made.report["unmapped"]["name of a code: the name may identify a person"] == 1
    assert found(made.names, json.dumps(made.report["refusals"] + made.report["not_recognised"])) != []
    assert [line["message"] for line in map(json.loads, made.log.splitlines())].count("job done") == 1


def test_no_table_file_backup_or_log_contains_a_marker(made: Marked) -> None:
    every = made.planted + made.names
    assert found(every, made.texts) == []
    assert found(every, made.files.decode("latin-1")) == []
    assert found(every + made.numbers, made.log) == []
    kept = found(made.numbers, made.texts)
    assert kept and not [one for one in kept if may_name_person(one)]


def test_no_report_contains_a_marker_of_a_record(made: Marked) -> None:
    assert found(made.planted + made.numbers, json.dumps(made.report)) == []


def test_no_list_of_the_command_line_contains_a_marker(made: Marked) -> None:
    lists = [(name, "--role", role, "--first", "500") for name in ("refusals", "unmapped") for role in CURATORS[:2]]
    for words in (*lists, ("status",), ("check",)):
        code, result, log = _ran(*words, "--store", made.store, "--json")
        assert code == 0 and len(result) > 50, words
        assert found(made.planted + made.numbers + made.names, result + log) == []


def test_no_http_error_metric_or_log_contains_a_marker(made: Marked) -> None:
    with redirect_stderr(io.StringIO()) as log, serving(create_app(Reader(made.store))) as client:
        configure("json")
        try:
            result = [client.post("/graphql", json=wrong) for wrong in WRONG]
            result += [client.get(path) for path in ("/graphql", "/ready", "/health", "/metrics", "/nothing")]
            result += [client.put("/graphql"), client.post("/graphql", content=b"{"), client.post("/graphql")]
        finally:
            configure("plain")
    assert all("errors" in one.json() for one in result[: len(WRONG)])
    shown = "\n".join(f"{one.headers} {one.text}" for one in result)
    assert 'tricuspid_job_records{kind="ingest",what="written"}' in shown
    assert log.getvalue().count("caller") > 3
    assert found(made.planted + made.numbers + made.names, shown + log.getvalue()) == []


def test_no_graphql_field_contains_a_marker_for_any_role(made: Marked) -> None:
    ids = json.dumps(made.snapshot.concepts["id"].to_pylist()[:20])
    one = json.dumps(made.snapshot.ids[made.snapshot.patients.concepts[0]])
    given = {"id": one, "ids": ids, "text": '"decompensatio"', "texts": '["decompensatio"]', "from": one, "to": one}
    given["criteria"] = f"{{all: [{one}]}}"
    answers = []
    for role in SERVED:
        for question in (*questions(given, 2 if role is Role.EXACT else 1), *CURATION):
            answers.append(json.dumps(execute(made.snapshot, question, role=role)))
    assert any(MANY in answer for answer in answers)
    assert not any('"INVALID"' in answer or '"SYNTAX"' in answer for answer in answers)
    assert found(made.planted + made.numbers + made.names, "\n".join(answers)) == []
