"""cli: the command as users run it, in a separate process if that can make a difference."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from graph.store import open_store
from tests.ingest.graphs import DEMONSTRATION, condition, ndjson, obo

HEAVY = {"pyarrow", "ladybug", "neo4j", "strawberry", "fastapi", "numpy", "bioregistry", "msgspec", "orjson"}
COUNT = "query($id: ID!) { concept(id: $id) { label patients { count withheld } } }"
FABRY = '{"id": "MONDO:0010526"}'
Command = Callable[..., subprocess.CompletedProcess[str]]


def tricuspid(*arguments: str, role: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in a new process, without the settings of the person who runs the tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TRICUSPID_")}
    environment |= settings | ({"TRICUSPID_ROLE": role} if role else {})
    command = [sys.executable, "-m", "cli.main", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=120)


@pytest.fixture
def here(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs the command in this process, so that modules and the encoder are loaded only once."""

    def run(*arguments: str, role: str = "", **settings: str) -> subprocess.CompletedProcess[str]:
        with monkeypatch.context() as given:
            for name in [name for name in os.environ if name.startswith("TRICUSPID_")]:
                given.delenv(name)
            for name, value in (settings | ({"TRICUSPID_ROLE": role} if role else {})).items():
                given.setenv(name, value)
            try:
                code: Any = main(arguments)
            except SystemExit as ended:
                code = ended.code
        return subprocess.CompletedProcess(arguments, code, *capsys.readouterr())

    return run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store filled by `demo --once` in this process, whose answer is checked."""
    address = str(tmp_path_factory.mktemp("demo") / "store")
    out, err = (TextIOWrapper(BytesIO(), write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as given, redirect_stdout(out), redirect_stderr(err):
        for name in [name for name in os.environ if name.startswith("TRICUSPID_")]:
            given.delenv(name)
        assert main(["demo", "--once", "--store", address]) == 0
    output, progress = (stream.buffer.getvalue().decode() for stream in (out, err))
    question, _, answer = output.partition("\n{\n")
    assert question == (DEMONSTRATION / "question.graphql").read_text()
    data = json.loads("{\n" + answer)["data"]
    concept, cohort = data["concept"], data["definedCohort"]
    assert (concept["id"], concept["patients"]) == ("MONDO:0005148", {"count": 120, "withheld": False})
    assert concept["studies"]["totalCount"] > 0 < concept["courses"]["totalCount"]
    (study, _), (course, _) = cohort["studies"], cohort["courses"]
    assert study["record"]["id"] == "clinicaltrials:NCT99000001"
    assert [one["label"] for one in study["why"]] == ["Metformin", "type 2 diabetes mellitus"]
    assert course["record"]["title"] == "Diabetes Care in Practice" and len(course["why"]) == 1
    assert [line.partition(":")[0] for line in progress.splitlines()] == ["load", "ingest", "link", "saved cohort"]
    return address


def test_queries_of_the_readme_have_the_answers_shown(demo: str, capsys: pytest.CaptureFixture[str]) -> None:
    page = (DEMONSTRATION.parent / "README.md").read_text(encoding="utf-8")
    queries = re.findall(r"```graphql\n([^`]*)```\n\n```json\n([^`]*)```", page)
    assert len(queries) == page.count("```graphql") == 2
    for query, answer in queries:
        assert main(["query", "--store", demo, query]) == 0
        assert json.loads(capsys.readouterr().out) == json.loads(answer)


def test_help_imports_no_large_module() -> None:
    script = (
        "import sys; from cli.main import main\ntry: main(['--help'])\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "Exit codes: 0 done" in output.stdout
    assert not HEAVY & set(output.stderr.split())


def test_demo_does_not_change_a_store_with_other_data(tmp_path: Path, here: Command) -> None:
    address = str(tmp_path / "store")
    samples = Path(__file__).parents[1] / "ontologies/samples"
    assert here("load", "--store", address, str(next(samples.glob("*.obo")))).returncode in (0, 3)
    before = here("status", "--store", address, "--json").stdout
    assert "contains other data" in failed(here("demo", "--once", "--store", address))
    assert here("status", "--store", address, "--json").stdout == before


@pytest.mark.parametrize("command", ["load", "ingest", "search", "query", "status", "serve", "demo"])
def test_every_command_has_help(here: Command, command: str) -> None:
    output = here(command, "--help")
    assert (output.returncode, output.stderr) == (0, "")
    assert "--store ADDRESS" in output.stdout


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["load"], ["search"], ["serve", "--port", "http"], ["load", "-x", "y"]]
)
def test_wrong_arguments_give_exit_code_2(here: Command, arguments: list[str]) -> None:
    output = here(*arguments)
    assert (output.returncode, output.stdout) == (2, "")
    assert output.stderr.startswith("usage: tricuspid")


def failed(output: subprocess.CompletedProcess[str]) -> str:
    """The error message of a command that failed."""
    assert (output.returncode, output.stdout) == (1, "")
    first, *rest = output.stderr.splitlines()
    assert first.startswith("tricuspid: ")
    assert all(line.startswith("  ") for line in rest)
    assert "Traceback" not in output.stderr
    return output.stderr


def test_errors_are_one_line_with_a_remedy(tmp_path: Path, here: Command) -> None:
    store = ("--store", str(tmp_path / "store"))
    notes = tmp_path / "notes.txt"
    notes.write_text("notes")
    assert "nowhere does not exist: check the spelling" in failed(here("load", *store, str(tmp_path / "nowhere")))
    assert re.search(
        r"notes\.txt: the file is in no supported format.*OBO, .*SSSOM", failed(here("load", *store, str(notes)))
    )
    assert re.search(
        r"notes\.txt: the file is in no supported format.*FHIR R4 JSON.*\n.*tricuspid load",
        failed(here("ingest", *store, str(notes))),
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    notes.rename(folder / "notes.txt")
    for command, known in (("load", "OBO"), ("ingest", "FHIR R4 JSON")):
        output = failed(here(command, *store, str(folder)))
        start = f"tricuspid: {folder}: none of its 1 files is in a supported format; supported: {known}"
        assert output.startswith(start)
    assert "give a directory, neo4j://" in failed(here("load", "--store", "redis://localhost", str(notes)))
    assert "does not answer" in failed(here("status", "--store", "bolt://localhost:1"))
    assert "TRICUSPID_PORT is 'x'" in failed(here("status", TRICUSPID_PORT="x"))


@pytest.mark.parametrize("arguments", [["search", "heart"], ["query", "{ __typename }"], ["status"]])
def test_an_empty_store_is_an_error_and_none_is_created(tmp_path: Path, here: Command, arguments: list[str]) -> None:
    nowhere = tmp_path / "store"
    assert "is empty: load a terminology first" in failed(here(*arguments, "--store", str(nowhere)))
    assert not nowhere.exists()
    open_store(str(nowhere)).close()
    assert "is empty: load a terminology first" in failed(here(*arguments, "--store", str(nowhere)))


def test_refused_records_give_exit_code_3(tmp_path: Path, here: Command) -> None:
    care = ndjson(tmp_path / "care.ndjson", condition("c1", "1"), "{")
    for form in ((), ("--json",)):
        output = here("ingest", "--store", str(tmp_path / "store"), str(care), *form)
        assert (output.returncode, output.stderr) == (3, "")
    report = json.loads(output.stdout)
    counted = [report[what] for what in ("kind", "read", "written", "unchanged", "refused")]
    assert counted == ["ingest", 2, 0, 1, 1], "the second time"
    assert report["refusals"][0].startswith("care.ndjson, line 2: ")
    assert report["unmapped"] == {"no loaded terminology defines this code": 1}


def test_dutch_words_that_no_terminology_has_are_found(demo: str, here: Command) -> None:
    asked = '{ concept(id: "MONDO:0005021") { label courses { nodes { title } } } }'
    found = json.loads(here("query", "--store", demo, asked).stdout)["data"]["concept"]
    assert found == {"label": "dilated cardiomyopathy", "courses": {"nodes": [{"title": "Hart en vaten"}]}}
    (hit, *_) = json.loads(here("search", "--store", demo, "--json", "nierziektes bij suikerziekte").stdout)["hits"]
    assert (hit["id"], hit["how"]) == ("MONDO:0005016", "compound")


@pytest.mark.parametrize(
    ("text", "concept"),
    [
        ("T2DM", "MONDO:0005148"),
        ("diab mell typ 2", "MONDO:0005148"),
        ("suikerziekte", "MONDO:0005015"),
        ("44054006", "MONDO:0005148"),
        ("SCTID:44054006", "MONDO:0005148"),
    ],
)
def test_search_finds_abbreviations_and_dutch_words(demo: str, here: Command, text: str, concept: str) -> None:
    output = here("search", "--store", demo, "--first", "5", text)
    assert output.returncode == 0
    lines = [line.split("\t") for line in output.stdout.splitlines()]
    assert concept in [line[0] for line in lines[:2]]
    assert all(len(line) == 3 for line in lines)
    values = json.loads(here("search", "--store", demo, "--first", "5", "--json", text).stdout)
    assert [hit["id"] for hit in values["hits"]] == [line[0] for line in lines]
    assert values["total"] >= len(lines)


def test_search_in_one_ontology_and_without_a_hit(demo: str, here: Command) -> None:
    output = here("search", "--store", demo, "--ontology", "hp", "diabetes")
    assert {line.partition(":")[0] for line in output.stdout.splitlines()} == {"HP"}
    output = here("search", "--store", demo, "qqqq")
    assert (output.returncode, output.stdout, output.stderr) == (0, "", "no concept matches 'qqqq'\n")


def test_search_finds_concepts_by_meaning(demo: str, here: Command) -> None:
    """In the demonstration, names have vectors, because its `link` step makes them."""
    output = here("search", "--store", demo, "--first", "5", "failure of the kidneys")
    assert (output.returncode, output.stderr) == (0, "")
    assert "\tmeaning: kidney failure" in output.stdout
    asked = '{ search(text: "failure of the kidneys", first: 5) { edges { node { id } match { how } } } }'
    answer = json.loads(here("query", "--store", demo, asked).stdout)
    assert "MEANING" in [edge["match"]["how"] for edge in answer["data"]["search"]["edges"]]
    assert answer["extensions"].keys() == {"epoch", "cost", "limit"}


def test_query_shows_numbers_by_role(demo: str, here: Command) -> None:
    ask = ("query", "--store", demo, COUNT, "--variables", FABRY)
    assert json.loads(here(*ask).stdout)["data"]["concept"]["patients"] == {"count": None, "withheld": True}
    exact = json.loads(here(*ask, role="exact").stdout)["data"]["concept"]
    assert exact == {"label": "Fabry disease", "patients": {"count": 4, "withheld": False}}
    assert "at_least, steward, exact" in failed(here(*ask, role="boss"))


def test_an_invalid_query_gives_exit_code_1(demo: str, here: Command) -> None:
    output = here("query", "--store", demo, "{ nothing }")
    assert (output.returncode, output.stderr) == (1, "")
    assert json.loads(output.stdout)["errors"]
    for variables in ("{", "[", "nul"):
        assert "--variables is not valid JSON" in failed(
            here("query", "--store", demo, "{ __typename }", "--variables", variables)
        )


def test_status_as_text_and_as_json(demo: str, here: Command) -> None:
    output = here("status", "--store", demo)
    assert output.returncode == 0
    assert "         260  Patient" in output.stdout
    values = json.loads(here("status", "--store", demo, "--json").stdout)
    done = [(job["kind"], job["state"]) for job in values["jobs"] if job["kind"] != "meaning"]
    assert (values["rows"]["Patient"], done) == (260, [("load", "done"), ("ingest", "done"), ("link", "done")])
    assert {job["state"] for job in values["jobs"]} == {"done"}


def test_a_store_that_another_process_writes_can_be_read_but_not_written(demo: str, tmp_path: Path) -> None:
    file = obo(tmp_path / "x.obo", "1", "X:1\nname: one", ontology="x")
    store = open_store(demo)
    try:
        assert "another process is writing to" in failed(tricuspid("load", "--store", demo, str(file)))
        assert tricuspid("search", "--store", demo, "T2DM").returncode == 0
    finally:
        store.close()


def asked(url: str, body: dict[str, Any] | None = None) -> Any:
    """The JSON from a URL, or None if no server answers yet."""
    request = urllib.request.Request(url, headers={"content-type": "application/json"})
    request.data = json.dumps(body).encode() if body else None
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
    except urllib.error.URLError as refused:
        if isinstance(refused, urllib.error.HTTPError):
            raise
        return None


@pytest.fixture
def served(tmp_path: Path, here: Command) -> Iterator[tuple[str, Path, subprocess.Popen[bytes]]]:
    """A server for a store with one concept: its URL, the path of the store, and the process."""
    store = tmp_path / "store"
    here("load", "--store", str(store), str(obo(tmp_path / "x.obo", "1", "X:1\nname: one", ontology="x")))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "cli.main", "serve", "--store", str(store), "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            yield f"http://127.0.0.1:{port}", store, process
        finally:
            process.kill()


def within(seconds: float, found: Any) -> Any:
    """Calls `found` until it returns a true value, and returns that value. Fails after this many seconds."""
    deadline = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < deadline, "no true value in time"
        time.sleep(0.05)
    return value


def test_serve_shows_data_that_is_loaded_while_it_runs(
    served: tuple[str, Path, subprocess.Popen[bytes]], tmp_path: Path, here: Command
) -> None:
    url, store, process = served
    ready = within(60, lambda: asked(f"{url}/ready"))
    assert ready["status"] == "ready"
    label = {"query": '{ concept(id: "X:2") { label } }'}
    assert asked(f"{url}/graphql", label)["data"] == {"concept": None}
    newer = obo(tmp_path / "newer.obo", "2", "X:1\nname: one", "X:2\nname: two", ontology="x")
    assert here("load", "--store", str(store), str(newer)).returncode == 0
    within(60, lambda: asked(f"{url}/ready")["epoch"] > ready["epoch"])
    assert asked(f"{url}/graphql", label)["data"] == {"concept": {"label": "two"}}
    process.send_signal(signal.SIGINT)
    assert process.wait(60) in (0, 130)
