"""cli: the output of `search`, `ground` and `adapt` for a store without vectors, and for ontologies not loaded."""

from __future__ import annotations

import io
import json
from contextlib import closing
from pathlib import Path

import pytest

from cli.main import main
from cli.meaning import _examples
from graph.store import open_store
from tests.example import write_example
from tests.ingest.graphs import DEMONSTRATION, obo


def test_search_without_vectors_says_that_it_used_words_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(tmp_path / "store")
    assert main(["load", "--store", store, str(obo(tmp_path / "x.obo", "1", "X:1\nname: kidney", ontology="x"))]) == 0
    capsys.readouterr()
    assert main(["search", "--store", store, "kidney stone"]) == 0
    absent = "no name has a vector yet; run `tricuspid link`"
    assert capsys.readouterr().err == f"tricuspid: searched by words only: {absent}\n"
    assert main(["search", "--store", store, "--json", "kidney stone"]) == 0
    assert json.loads(capsys.readouterr().out)["meaning"] == f"absent: {absent}"
    for text in ("kidney", "X:1", "kid"):
        assert main(["search", "--store", store, text]) == 0
        output = capsys.readouterr()
        assert (output.out.count("\n"), output.err) == (1, "")
    assert not (tmp_path / "store/vectors").exists()


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("example")
    with closing(open_store(str(folder))) as store:
        write_example(store)
    return str(folder)


def test_search_for_records(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["search", "--store", example, "--records"]
    assert main([*asked, "hormones"]) == 0
    output = capsys.readouterr()
    line = "course:1001\tEndocrinology\twords in description: Hormones and what goes wrong with them.\n"
    absent = "records have no vectors of this model yet; run `tricuspid link`"
    assert (output.out, output.err) == (line, f"tricuspid: searched by words only: {absent}\n")
    assert main([*asked, "--json", "--first", "1", "--kind", "study", "nct00000620"]) == 0
    title = "Action to Control Cardiovascular Risk in Diabetes"
    found = {"how": "identifier", "field": "id", "text": "clinicaltrials:NCT00000620", "score": 1.0}
    hit = {"kind": "study", "id": "clinicaltrials:NCT00000620", "title": title, **found}
    assert json.loads(capsys.readouterr().out) == {"total": 1, "hits": [hit]}
    assert main([*asked, "zzz"]) == 0
    assert capsys.readouterr() == ("", "no record matches 'zzz'\n")


def test_search_by_meaning_can_be_switched_off(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRICUSPID_MEANING", "off")
    monkeypatch.setattr("linking.encoding.encoder._load", lambda folder: pytest.fail("the encoder was opened"))
    (tmp_path / "names").write_text("kidney\n")

    def output(*arguments: str, code: int = 0) -> str:
        assert main([arguments[0], "--store", example, *arguments[1:]]) == code
        return capsys.readouterr().err

    off = "off: set TRICUSPID_MEANING=on to use vectors"
    assert output("search", "kidney stones") == f"tricuspid: searched by words only: {off}\n"
    assert output("search", "--records", "hormones") == f"tricuspid: searched by words only: {off}\n"
    lacking = "meaning is off: set TRICUSPID_MEANING=on"
    assert output("ground", "--mentions", str(tmp_path / "names")) == f"tricuspid: grounded by words only: {lacking}\n"
    for command in (["link"], ["adapt", str(tmp_path / "out")]):
        assert output(*command, code=1) == f"tricuspid: {lacking}\n"
    assert main(["query", "--store", example, '{ encoder { state detail } ground(texts: ["x"]) { text } }']) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["data"]["encoder"] == {"state": "OFF", "detail": off}
    assert answer["extensions"]["meaning"] == off
    assert main(["status", "--store", example]) == 0
    assert f"meaning {off}" in capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    "more", [["--kind", "study"], ["--records", "--ontology", "MONDO"], ["--records", "--first", "-1"]]
)
def test_options_that_exclude_each_other_give_exit_code_1(
    example: str, more: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["search", "--store", example, "diabetes", *more]) == 1
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1) and more[-2] in output.err


def test_ground_limits_the_number_of_matches_and_the_score(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Known with diabetes mellitus type II.\n")

    def output(*more: str) -> list[str]:
        assert main(["ground", "--store", example, "--texts", str(letter), *more]) == 0
        return [match["id"] for match in json.loads(capsys.readouterr().out)["matches"]]

    every = output()
    assert {one.partition(":")[0] for one in every} == {"MONDO", "snomedct"}
    assert output("--top", "1") == every[:1]
    for alias in ("snomedct", "SNOMED", "sctid", "SNOMED CT"):
        assert output("--ontologies", alias) == ["snomedct:44054006"]


def test_ground_can_treat_mentions_as_one_document(
    example: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRICUSPID_MEANING", "off")
    (tmp_path / "names").write_text("DKD\ndiabetic kidney disease\n")

    def output(*more: str) -> bool:
        """Whether the options give the same first match for both mentions."""
        assert main(["ground", "--store", example, "--mentions", str(tmp_path / "names"), *more]) == 0
        short, long = (json.loads(line)["matches"][:1] for line in capsys.readouterr().out.splitlines())
        return [one["id"] for one in short] == [one["id"] for one in long]

    assert (output(), output("--together")) == (False, True)


@pytest.mark.parametrize(
    "arguments",
    [
        ["ground", "--texts", "-", "--ontologies", "nobody"],
        ["ground", "--mentions", "-", "--ontologies", "MONDO", "nobody"],
        ["adapt", "out", "--ontologies", "nobody"],
        ["search", "--ontology", "nobody", "diabetes"],
    ],
)
def test_an_ontology_that_is_not_loaded_gives_exit_code_1(
    example: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments[:1], "--store", example, *arguments[1:]]) == 1
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1)
    assert "ontology 'nobody' is not loaded: choose one of" in output.err and "MONDO, snomedct, UBERON" in output.err


@pytest.mark.parametrize("line", ["no tab", "\tMONDO:1", "text\tno curie"])
def test_an_error_about_an_invalid_training_example_has_its_line(
    example: str, line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "examples.tsv"
    file.write_text(f"text\tconcept\nsugar sickness\tMONDO:0005015\n{line}\n")
    assert main(["adapt", "--store", example, "--examples", str(file), str(tmp_path / "out")]) != 0
    output = capsys.readouterr()
    assert (output.out, output.err.count("\n")) == ("", 1) and f"{file}, line 3: the " in output.err
    assert not (tmp_path / "out").exists()
    assert _examples(DEMONSTRATION / "names/ward.tsv")[:2] == [("DM", "MONDO:0005148"), ("DM", "MONDO:0005147")]
    file.write_text("sugar sickness\tMONDO:0005015\n")
    assert main(["adapt", "--store", example, "--examples", str(file), str(tmp_path / "out")]) == 1
    assert f"{file}, line 1: the column text is missing; add it" in capsys.readouterr().err


def test_a_text_is_answered_before_the_next_one_is_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = str(tmp_path / "store")
    assert main(["load", "--store", store, str(obo(tmp_path / "x.obo", "1", "X:1\nname: kidney", ontology="x"))]) == 0
    capsys.readouterr()
    asked, output = ["kidney", "no", "kidney"], list[str]()

    class Waiting(io.StringIO):
        def __next__(self) -> str:  # type: ignore[override]
            output.append(capsys.readouterr().out)
            if len(output) > len(asked):
                raise StopIteration
            return asked[len(output) - 1] + "\n"

    monkeypatch.setattr("sys.stdin", Waiting())
    assert main(["ground", "--store", store, "--texts", "-"]) == 0
    assert [json.loads(line)["input"] for line in output[1:]] == asked
