"""api and cli: refused records and unmapped codes, as far as a steward may see them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pytest

from api.disclosure import Role
from api.execution import execute
from api.fields import MOST
from cli.main import _run
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Address, Batch, open_store
from ingest.inputs import names_in
from ingest.secret import keyed_in
from tests.graph.rows import concepts, edges, nodes, stubs

CODES = "{ unmappedCodes(first: 5) { totalCount nodes { id system label events since } others { codes events } } }"
REFUSALS = (
    "{ jobs { nodes { id refusals(first: 10, reason: %s) { totalCount nodes { file position reason } "
    "pageInfo { hasNextPage } } } } }"
)
# Code: (number of the first patient, number of patients, events per patient).
HELD = {"local:A": (0, 12, 2), "local:M": (0, 11, 1)}
HELD |= {f"local:{code}": (12 + 4 * n, 4, 1) for n, code in enumerate("BCDE")}
HELD |= {"local:A": (0, 16, 2), "local:E": (24, 4, 6)}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("curated")
    (folder / "Zonnebloem.ndjson").write_text("{}\n")
    address = str(folder / "store")
    (name,) = names_in(folder / "Zonnebloem.ndjson", keyed_in(Address(address).state))
    events = [
        edges("EVENT", (f"patient:{n}", code), record=f"{code}/{n}/{again}", kind="condition", start=f"20{n + 10}-03")
        for code, (first, many, each) in HELD.items()
        for n in range(first, first + many)
        for again in range(each)
    ]
    lost = [
        {"id": f"j/{n}", "job": "j", "file": name if n % 2 else "t.json", "position": f"line {n}", "reason": "no id"}
        for n in range(1, 13)
    ]
    lost.append({"id": "k/1", "job": "k", "file": "b.json", "position": "", "reason": "cut off"})
    accepted = edges("MAPS_TO", ("local:M", "MONDO:0000001"), predicate="skos:exactMatch", state="accepted")
    batch = Batch(
        nodes={
            "Concept": concepts("MONDO:0000001"),
            "Job": nodes("Job", *({"id": id, "kind": "ingest", "state": "done", "sequence": 1} for id in "jk")),
            "Refusal": nodes("Refusal", *lost),
        },
        stubs=stubs(*((code, f"name of {code}") for code in HELD)),
        edges={"MAPS_TO": accepted},
    )
    batch.nodes["Patient"] = nodes("Patient", *({"id": f"patient:{n}"} for n in range(28)))
    with closing(open_store(address)) as opened:
        opened.write(batch)
        opened.write(Batch(edges={"EVENT": pa.concat_tables(events)}))
        fresh_snapshot(opened, Address(address).state)
    yield address


@pytest.fixture(scope="module")
def snapshot(store: str) -> Snapshot:
    with closing(open_store(store)) as opened:
        return fresh_snapshot(opened, Address(store).state)


def asked(snapshot: Snapshot, query: str, role: Role) -> Any:
    return execute(snapshot, query, role=role)["data"]


def test_unmapped_codes_are_sorted_by_number_of_events(snapshot: Snapshot) -> None:
    found = asked(snapshot, CODES, Role.EXACT)["unmappedCodes"]
    result = [(row["id"], row["events"], row["since"]) for row in found["nodes"]]
    few = [(f"local:{code}", 4, f"20{22 + 4 * n}-03") for n, code in enumerate("BCD")]
    assert result == [("local:A", 32, "2010-03"), ("local:E", 24, "2034-03"), *few]
    assert (found["totalCount"], found["others"]) == (5, None)
    assert (found["nodes"][0]["system"], found["nodes"][0]["label"]) == ("local", "name of local:A")


def test_a_steward_sees_codes_of_ten_patients_and_a_total_of_the_others(snapshot: Snapshot) -> None:
    found = asked(snapshot, CODES, Role.STEWARD)["unmappedCodes"]
    assert [(row["id"], row["events"], row["since"]) for row in found["nodes"]] == [("local:A", 30, "2019")]
    assert (found["totalCount"], found["others"]) == (1, {"codes": None, "events": 30})
    of_system = asked(snapshot, CODES.replace("first: 5", 'system: "LOCAL"'), Role.STEWARD)["unmappedCodes"]
    assert (of_system["totalCount"], of_system["others"]) == (1, None)
    assert execute(snapshot, CODES, role=Role.AT_LEAST)["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_refusals_are_listed_by_job_in_order(snapshot: Snapshot) -> None:
    jobs = asked(snapshot, REFUSALS % "null", Role.STEWARD)["jobs"]["nodes"]
    found = {job["id"]: job["refusals"] for job in jobs}
    assert [row["position"] for row in found["j"]["nodes"]] == [f"line {n}" for n in range(1, 11)]
    assert found["j"]["totalCount"] == 12 and found["j"]["pageInfo"]["hasNextPage"]
    assert found["k"]["nodes"] == [{"file": "b.json", "position": None, "reason": "cut off"}]
    cut = asked(snapshot, REFUSALS % '"Cut"', Role.STEWARD)["jobs"]["nodes"]
    assert {job["id"]: job["refusals"]["totalCount"] for job in cut} == {"j": 0, "k": 1}


def _output(capsysbinary: pytest.CaptureFixture[bytes], *words: str) -> Any:
    assert _run(words) == 0
    return orjson.loads(capsysbinary.readouterr().out)


def test_the_command_line_lists_unmapped_codes_and_refusals(
    store: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    one = ("--store", store, "--json")
    assert [row["events"] for row in _output(capsysbinary, "unmapped", *one)["nodes"]] == [30]
    exact = _output(capsysbinary, "unmapped", *one, "--role", "exact")["nodes"]
    assert [row["events"] for row in exact] == [32, 24, 4, 4, 4]
    assert _output(capsysbinary, "refusals", "k", *one) == {
        "total": 1,
        "refusals": [{"job": "k", "file": "b.json", "position": "", "reason": "cut off"}],
    }
    assert _output(capsysbinary, "refusals", "--reason", "no such", *one)["total"] == 0
    folder = Path(store).parent
    own = _output(capsysbinary, "refusals", "--in", str(folder), *one, "--first", "1")
    assert own["total"] == 6
    assert own["refusals"][0]["file"] == str(folder / "Zonnebloem.ndjson")


def test_the_command_line_needs_a_role(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("refusals", "unmapped"):
        assert _run((command, "--store", store, "--role", "at_least")) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == ["tricuspid: the role at_least may not use this command: give --role steward or exact"] * 2


def test_the_command_line_has_the_same_page_limit_as_graphql(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("refusals", "unmapped"):
        assert _run((command, "--store", store, "--first", str(MOST))) == 0
        assert _run((command, "--store", store, "--first", str(MOST + 1))) == 1
    assert (
        capsys.readouterr().err.splitlines()
        == [f"tricuspid: --first is {MOST + 1}: give a number from 0 to {MOST}"] * 2
    )
