"""tests: every answer about patients is in the audit log; without the log entry there is no answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.auth import Audit, Callers, Guard, Keys, add_key
from api.disclosure import Caller, Role
from api.errors import Unavailable
from api.http import create_app
from graph.snapshot import Reader
from tests.api.asking import COUNT
from tests.api.server import serving

API = Path(__file__).resolve().parents[2] / "api"
_COHORT = "query who($c: CohortCriteria!) { cohort(criteria: $c) { patients { count } } }"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


@pytest.fixture
def shown(tmp_path: Path) -> dict[str, str]:
    return {"authorization": f"Bearer {add_key(tmp_path / 'keys', 'registry', Role.EXACT, 1)}"}


@pytest.fixture
def client(address: str, log: Path, tmp_path: Path, shown: dict[str, str]) -> Iterator[httpx.Client]:
    guard = Guard(Callers(keys=Keys(tmp_path / "keys")), Audit(log, durable=False))
    with serving(create_app(Reader(address), guard=guard)) as asking:
        yield asking


def _lines(log: Path) -> list[Any]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_an_entry_has_the_caller_the_query_and_the_disclosed_numbers(
    client: httpx.Client, log: Path, shown: dict[str, str]
) -> None:
    criteria = {"all": ["SCTID:44054006"], "none": ["MONDO:0005147"], "sex": "FEMALE", "bornTo": 1999}
    asked = {"query": _COHORT, "variables": {"c": criteria}, "operationName": "who"}
    answer = client.post("/graphql", json=asked, headers=shown).json()
    (line,) = _lines(log)
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT[\d:]{8}\.\d{3}\+00:00", line.pop("at"))
    assert line == {
        "who": "key:registry",
        "role": "exact",
        "operation": "who",
        "query": sha256(_COHORT.encode()).hexdigest(),
        "epoch": 1,
        "reads": [
            {
                "field": "cohort",
                "all": ["snomedct:44054006"],
                "none": ["MONDO:0005147"],
                "sex": "female",
                "born_to": 1999,
                "level": "LIKELY",
                "told": [answer["data"]["cohort"]["patients"]["count"]],
            }
        ],
    }


def test_every_field_about_patients_is_logged_with_its_disclosed_numbers(client: httpx.Client, log: Path) -> None:
    few = '{ concept(id: "MONDO:0005147") { patients { withheld } } ... { cohort(criteria: {}) { __typename } } }'
    many = '{ concepts(ids: ["MONDO:0005148", "MONDO:0005147", "no:1"]) { patients { count } } }'
    used = '{ search(text: "diabetes", inUse: [CARE, RESEARCH], under: "MONDO:0005015") { totalCount } }'
    for query in (few, many, used):
        assert "data" in client.get("/graphql", params={"query": query}).json()
    first, second, third = _lines(log)
    assert {line["who"] for line in (first, second, third)} == {"anonymous"}
    assert {read["field"]: read["told"] for read in first["reads"]} == {"Concept.patients": [None], "cohort": [20]}
    asked = {"field": "Concept.patients", "concepts": ["MONDO:0005148", "MONDO:0005147"], "level": "LIKELY"}
    assert second["reads"] == [asked | {"told": [20, None]}]
    (read,) = third["reads"]
    assert (read["field"], read["under"], read["level"]) == ("search.inUse", ["MONDO:0005015"], "LIKELY")


def test_answers_without_patients_and_refused_queries_are_not_logged(
    client: httpx.Client, log: Path, shown: dict[str, str]
) -> None:
    for query in (
        '{ concept(id: "MONDO:0005148") { label } }',
        "{",
        '{ search(text: "x", inUse: [RESEARCH]) { totalCount } }',
    ):
        client.post("/graphql", json={"query": query}, headers=shown)
    assert client.post("/graphql", json={"query": COUNT}, headers={"authorization": "Bearer x"}).status_code == 401
    assert _lines(log) == []


def test_a_partly_failed_answer_is_logged(client: httpx.Client, log: Path) -> None:
    parts = ("a: cohort(criteria: {}) { __typename }", 'b: cohort(criteria: {all: ["no:1"]}) { __typename }')
    assert client.post("/graphql", json={"query": f"{{ {' '.join(parts)} }}"}).json()["errors"]
    assert [read["field"] for read in _lines(log)[0]["reads"]] == ["cohort"]


def test_no_text_of_a_caller_is_logged_except_known_concepts(client: httpx.Client, log: Path) -> None:
    typed = "Patientsname 123456782"
    asked = "ground(texts: $t) { text } cohort(criteria: {}) { patients { count } }"
    query = f"query q($t: [String!]!) {{ {asked} }} # {typed}"
    client.post("/graphql", json={"query": query, "variables": {"t": [typed], "more": typed}})
    unknown = {"query": _COHORT, "variables": {"c": {"any": [typed]}}}
    client.post("/graphql", json=unknown)
    assert len(_lines(log)) == 1
    assert "Patientsname" not in log.read_text()


def test_an_answer_that_cannot_be_logged_is_not_sent(client: httpx.Client, log: Path) -> None:
    log.unlink()
    log.mkdir()
    response = client.post("/graphql", json={"query": COUNT})
    assert response.status_code == 503
    assert response.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
    assert "data" not in response.json()
    assert str(log) not in response.text
    harmless = {"query": '{ concept(id: "MONDO:0005148") { label } }'}
    assert "errors" not in client.post("/graphql", json=harmless).json()
    log.rmdir()
    assert "errors" not in client.post("/graphql", json={"query": COUNT}).json()
    assert len(_lines(log)) == 1


def test_no_answer_is_sent_if_the_disk_is_full() -> None:
    audit = Audit(Path("/dev/full"))
    with pytest.raises(Unavailable, match="audit log cannot be written"):
        audit.write(Caller("anonymous", Role.AT_LEAST), "{}", None, 1, [{"told": [10]}])


def test_only_the_owner_may_read_the_file_and_links_are_refused(log: Path, tmp_path: Path) -> None:
    Audit(log)
    assert log.stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    other.symlink_to(log)
    with pytest.raises(OSError, match="other"):
        Audit(other)


def test_concurrent_lines_are_complete_and_a_moved_file_is_replaced(log: Path) -> None:
    audits = [Audit(log, durable=False) for _ in range(4)]
    reads = [{"field": "cohort", "all": ["MONDO:0005148"] * 500, "told": [10]}]
    ready = threading.Barrier(4)

    def write(audit: Audit) -> None:
        ready.wait()
        for _ in range(50):
            audit.write(Caller("anonymous", Role.AT_LEAST), "{}", None, 1, reads)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, audits))
    assert len(_lines(log)) == 200
    log.rename(log.with_suffix(".1"))
    audits[0].write(Caller("anonymous", Role.AT_LEAST), "{}", None, 1, reads)
    assert len(_lines(log)) == 1


def test_only_one_module_discloses_patient_numbers() -> None:
    """Only these modules use patient numbers. A number that another module returned would be missing from the log."""
    users = {
        path.relative_to(API).as_posix() for path in API.rglob("*.py") if re.search(r"\bdisclosed\(", path.read_text())
    }
    assert users == {"disclosure/control.py", "fields/context.py"}
    counting = r"snapshot\.patients|reached_patients"
    users = {path.relative_to(API).as_posix() for path in API.rglob("*.py") if re.search(counting, path.read_text())}
    schema = {f"schema/{name}.py" for name in ("cohort/loaders", "concept/filters", "uncounted/loaders")}
    assert users == {*schema, "fields/context.py", "disclosure/patients.py"}
