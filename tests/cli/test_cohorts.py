"""cli: `cohort` saves, lists, shows, runs and compares cohorts, and shows exact numbers to the role exact only."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from pyroaring import BitMap

from api.disclosure import Role
from cli.cohort_numbers import Numbers
from cli.main import main
from cli.stores import snapshot_of
from cohorts.encoding import decode
from cohorts.runs import Step
from cohorts.saved import stored
from graph.store import Batch, open_store
from tests.graph.rows import concepts, edges, nodes

WOMEN = '{"rules": [{"name": "women", "group": {"of": [{"is": "person", "sex": ["female"]}]}}]}'
ALL = '{"also": {"of": [{"is": "occurs", "events": {"concepts": {"items": [{"id": "A:1"}]}}}]}}'


class Shell:
    def __init__(self, address: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.address, self._folder, self._capsys = address, folder, capsys

    def file(self, text: str, name: str = "definition") -> str:
        path = self._folder / name
        path.write_text(text, "utf-8")
        return str(path)

    def __call__(self, *options: str, code: int = 0) -> str:
        assert main(["cohort", options[0], "--store", self.address, *options[1:]]) == code
        output = self._capsys.readouterr()
        return output.out if code == 0 else output.err

    def json(self, *options: str) -> Any:
        return json.loads(self(*options, "--json"))


def fill(address: str) -> None:
    """Writes 160 patients with A:1; 43 are female, and of these 3 have A:2."""
    people = [{"id": f"patient:{n:03}", "sex": "female" if n < 43 else "male"} for n in range(160)]
    with closing(open_store(address)) as store:
        store.write(Batch({"Concept": concepts("A:1", "A:2"), "Patient": nodes("Patient", *people)}))
        pairs = [(row["id"], "A:1") for row in people]
        for record, some in (("1", pairs), ("2", [(one, "A:2") for one, _ in pairs[:3]])):
            store.write(Batch(edges={"EVENT": edges("EVENT", *some, record=record, kind="condition", status="active")}))


@pytest.fixture(scope="module")
def filled(empty: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedded store with these patients, and its snapshot."""
    store = shutil.copytree(empty, tmp_path_factory.mktemp("filled") / "store")
    fill(str(store))
    snapshot_of(str(store))
    return store


@pytest.fixture
def shell(address: str, filled: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    if "://" in address:
        fill(address)
    else:
        shutil.rmtree(address)
        shutil.copytree(filled, address)
    return Shell(address, tmp_path, capsys)


def test_save_list_show_copy_and_tag(shell: Shell) -> None:
    assert shell("list") == ""
    assert shell("save", "f", shell.file(WOMEN), "--tag", "pilot") == "cohort:f version 1\n"
    assert shell("save", "f", shell.file("patients with condition [A:1]\n")) == "cohort:f version 2\n"
    assert shell("show", "f") == "patients with condition [A:1 A:1]\n"
    assert shell("show", "f", "--language", "nl") == "patiënten met aandoening [A:1 A:1]\n"
    assert decode(shell("show", "f", "--version", "1", "--language", "json")) == decode(WOMEN)
    dutch = shell.file("patiënten met aandoening [A:1]\n")
    assert shell("save", "n", dutch, "--language", "nl") == "cohort:n version 1\n"
    assert shell("copy", "f", "g") == "cohort:g version 1\n"
    assert shell("tag", "g", "new") == "cohort:g new pilot\n"
    assert shell("tag", "g", "pilot", "--remove") == "cohort:g new\n"
    assert shell("list", "--tag", "new") == "cohort:g  version 1  not run yet  new\n"
    assert [one["id"] for one in shell.json("list")["cohorts"]] == ["cohort:f", "cohort:g", "cohort:n"]


def test_remarks_are_in_the_language_of_the_text(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    def told(text: str, language: str) -> list[str]:
        file = shell.file(text)
        assert main(["cohort", "save", "--store", shell.address, "f", file, "--language", language]) == 0
        return capsys.readouterr().err.splitlines()

    assert told("patiënten: vrouw en man en met aandoening [A:1 griep]", "nl") == [
        "de definitie: geen patiënt heeft al deze geslachten: verbeter een van deze voorwaarden, of laat er een weg",
        'regel 1, kolom 48: A:1 heet niet "griep": schrijf "A:1", of verbeter de CURIE',
    ]
    assert told("patients: female and male and with condition [A:1 flu]", "en") == [
        "the definition: no patient has all of these sexes: correct or leave out one of these conditions",
        'line 1, column 51: A:1 is not called "flu": write "A:1", or correct the CURIE',
    ]


def test_only_the_role_exact_sees_exact_numbers(shell: Shell) -> None:
    shell("save", "f", shell.file(WOMEN))
    exact = shell.json("run", "f", "--role", "exact")
    assert [step["patients"] for step in exact["steps"]] == ["43", "43"] and exact["changes"] is None
    rounded = shell.json("run", "f")
    assert {step["patients"] for step in rounded["steps"]} <= {"40", "50"}
    assert "between" not in rounded["changes"] and rounded["changes"]["jobs"] == 0
    output = {
        role: shell.json("run", "f", "--role", role)["steps"][0]["patients"] for role in ("none", "exists", "range")
    }
    assert output == {"none": "withheld", "exists": "at least 10", "range": "10 to 94"}
    assert "43 patients" not in shell("list") and "43 patients" in shell("list", "--role", "exact")


def test_few_patients_and_small_differences_are_withheld(shell: Shell) -> None:
    few = ALL.replace("A:1", "A:2")
    shell("save", "few", shell.file(few))
    output = shell.json("run", "few")
    assert [step["patients"] for step in output["steps"]] == ["withheld"] * 2
    assert output["withheld"] == "the number is below ten after noise was added"
    assert "\nwithheld: the number is below ten" in shell("run", "few")
    hidden = shell("run", "few", "--role", "none")
    assert "\nwithheld: the role none may not see numbers" in hidden and "below ten" not in hidden
    without = json.loads(ALL)
    without["rules"] = [{"name": "no A:2", "group": {"at_most": 0, "of": json.loads(few)["also"]["of"]}}]
    shell("save", "most", shell.file(json.dumps(without)))
    assert len({step["patients"] for step in shell.json("run", "most")["steps"]}) == 1
    assert [step["patients"] for step in shell.json("run", "most", "--role", "exact")["steps"]] == ["160", "157", "157"]
    shell("save", "most", shell.file(ALL))
    assert len(set(shell.json("diff", "most")["patients"])) == 1
    assert shell.json("diff", "most", "--role", "exact")["patients"] == ["157", "160"]


def test_sets_that_differ_by_a_few_patients_have_the_same_number(shell: Shell) -> None:
    """44 and 46 patients round to different numbers, and noise would differ too."""
    shell("save", "f", shell.file(WOMEN))
    snapshot = snapshot_of(shell.address)
    numbers, saved = Numbers(snapshot, shell.address, Role.AT_LEAST), stored(snapshot, "cohort:f")
    for start in range(0, 100, 5):
        large = Step("a", "a", BitMap(range(start, start + 46)), f"a{start}")
        small = Step("b", "b", BitMap(range(start, start + 44)), f"b{start}")
        far = Step("c", "c", BitMap(range(start, start + 15)), f"c{start}")
        one, other, third = numbers.noisy([large, small, far])
        assert one == other != third
        assert len(set(numbers.compared(saved, large, small))) == 1
        assert len(set(numbers.compared(saved, large, far))) == 2


def test_a_run_lists_the_changes_since_the_last_run(shell: Shell) -> None:
    shell("save", "f", shell.file(WOMEN))
    shell("run", "f", "--role", "exact")
    assert "no number changed: the same patients\nnothing changed in between" in shell("run", "f", "--role", "exact")
    shell("save", "f", shell.file(WOMEN.replace("female", "male")))
    output = shell("run", "f", "--role", "exact")
    assert "            43  to 117  women\n" in output
    assert "  definition: version 1 to 2\n" in output
    assert "with the earlier definition, value sets and saved cohorts, there would be 43 patients now\n" in output
    diff = shell("diff", "f", "1", "2", "--role", "exact")
    assert '-  rule "women": patient is female\n+  rule "women": patient is male\n' in diff
    assert "cohort:f|1: 43 patients\ncohort:f|2: 117 patients\n" in diff


def test_pseudonyms_need_the_role_exact_and_runs_use_the_budget(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("save", "one", shell.file('{"also": {"of": [{"is": "among", "patients": ["patient:001"]}]}}'))
    assert "lists patients by their pseudonyms: give --role exact" in shell("run", "one", code=1)
    assert shell.json("run", "one", "--role", "exact")["steps"][-1]["patients"] == "1"
    assert "withheld patients" in shell("list") and "  1 patients" in shell("list", "--role", "exact")
    monkeypatch.setenv("TRICUSPID_QUESTIONS", "1")
    shell("save", "f", shell.file(WOMEN))
    shell("save", "g", shell.file(ALL))
    shell("run", "f")
    assert "budget" in shell("run", "g", code=1)


def test_every_number_is_in_the_audit_log(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRICUSPID_AUDIT", str(tmp_path / "audit"))
    shell("save", "f", shell.file(WOMEN))
    shell("run", "f", "--role", "exact")
    shell("list")
    line, listed = [json.loads(line) for line in (tmp_path / "audit").read_text().splitlines()]
    assert (listed["role"], len(listed["reads"][0]["told"])) == ("at_least", 1)
    assert (line["role"], line["reads"][0]["cohort"], line["reads"][0]["told"]) == ("exact", "cohort:f", ["43", "43"])


def test_the_table_and_explanations_of_a_cohort(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("save", "f", shell.file(WOMEN))
    assert "set TRICUSPID_AUDIT" in shell("table", "f", "--role", "records", code=1)
    monkeypatch.setenv("TRICUSPID_AUDIT", str(tmp_path / "audit"))
    for role in ("at_least", "steward", "exact"):
        for options in (("table", "f"), ("explain", "f", "patient:001")):
            assert "needs the role records" in shell(*options, "--role", role, code=1)
    header, *rows = shell("table", "f", "--role", "records").splitlines()
    assert header == "patient,start,end" and rows == [f"patient:{n:03},," for n in range(43)]
    inside = shell("explain", "f", "patient:001", "--role", "records")
    assert inside.startswith("the patient is in the cohort\n")
    file = shell.file(ALL.replace("A:1", "A:2").replace('"also"', '"rules": [], "also"'))
    outside = shell("explain", file, "patient:042", "--role", "records")
    assert outside.startswith("the patient is not in the cohort: excluded by the condition for entry events\n")
    assert "at least 1 event [A:2 A:2]: does not hold; found 0\n" in outside
    found = shell("explain", file, "patient:001", "--role", "records")
    assert "condition A:2 A:2, unknown day (record 2)\n" in found
    assert "unknown pseudonym 'x y'" in shell("explain", "f", "x y", "--role", "records", code=1)
    reads = [json.loads(line)["reads"][0] for line in (tmp_path / "audit").read_text().splitlines()]
    assert [(read["field"], read.get("patient"), read.get("told")) for read in reads] == [
        ("cohort table", None, 43),
        *(("cohort explain", f"patient:{n}", None) for n in ("001", "042", "001")),
        ("cohort explain", None, None),
    ]


INVALID = (
    ('{"rules": 1}', "$.rules"),
    ('{"unknown": 1}', "unknown field"),
    ("{", "correct the definition"),
    ("patients who are nice", "line 1"),
    ("", "line 1"),
    ('{"also": {"of": [{"is": "among", "cohorts": ["cohort:none"]}]}}', "cohort:none cannot be answered"),
    ('{"also":' + '{"of":[{"is":"group",' * 5000, "correct the definition"),
)


def test_an_invalid_definition_is_refused(shell: Shell) -> None:
    for number, (text, output) in enumerate(INVALID):
        assert output in shell("save", f"x{number}", shell.file(text), code=1), text[:60]
    assert shell("list") == "", "nothing is saved"


def test_other_wrong_arguments_give_an_error_message(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes('{"rules": [], "é": 1}'.encode("latin-1"))
    for options, output in (
        (("show", "none"), "no such cohort or version is saved"),
        (("run", "none"), "cohort:none"),
        (("diff", "none"), "cohort:none"),
        (("save", "a b", shell.file(WOMEN)), "is not a valid cohort name"),
        (("save", "a", str(tmp_path / "absent")), "absent"),
        (("save", "a", str(tmp_path / "latin")), "UTF-8"),
        (("copy", "none", "b"), "cohort:none"),
    ):
        assert output in shell(*options, code=1)
    assert main(["cohort", "list", "--store", str(tmp_path / "nothing")]) == 1


def test_saving_warns_about_unknown_concepts(shell: Shell, capsys: pytest.CaptureFixture[str]) -> None:
    path = shell.file(ALL.replace("A:1", "Z:9"))
    assert main(["cohort", "--store", shell.address, "save", "z", path]) == 0
    assert "Z:9 is not a known concept" in capsys.readouterr().err
    assert shell.json("run", "z")["reach_nothing"] == ["Z:9"]
    assert "Z:9 reaches no concept of this store\n" in shell("run", "z")
    path = shell.file(ALL.replace("A:1", "valueset:none"))
    assert main(["cohort", "--store", shell.address, "save", "v", path]) == 0
    assert "valueset:none: no such value set" in capsys.readouterr().err
    assert "valueset:none" in shell("run", "v", code=1)
