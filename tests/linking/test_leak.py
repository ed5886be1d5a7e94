"""bench: finds names from a gold set among the training names of an adapted model, and reports no other names."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from bench.corpora import CORPORA, parts, read_medic
from bench.leak import main
from graph.lexical import normalise


def model(folder: Path, *names: str) -> Path:
    """A model folder with `names` as its training names, each with its own meaning."""
    folder.mkdir()
    with gzip.open(folder / "training.tsv.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{sense}\t{name}\n" for sense, name in enumerate(names))
    return folder


@pytest.mark.parametrize("corpus", CORPORA)
def test_a_planted_leak_is_found(shared: Path, tmp_path: Path, corpus: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The planted name is a mention from the held-out part that is not a name in MEDIC."""
    medic = read_medic()
    names = {normalise(name) for some in medic.names.values() for name in some}
    held = [*parts(corpus, medic)][1]
    planted = next(norm for mention in held.mentions if (norm := normalise(mention.text)) not in names)
    known = sorted(names)[:500]
    assert main([str(model(tmp_path / "clean", *known)), "--corpus", corpus]) == 0
    assert main([str(model(tmp_path / "leaky", *known, planted)), "--corpus", corpus]) == 1
    assert f"  {planted}\n" in capsys.readouterr().out


def test_names_in_a_dictionary_are_no_leak(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mentions").write_text("Sugar Sickness\nweak heart\n")
    (tmp_path / "x.obo").write_text("format-version: 1.4\nontology: x\n\n[Term]\nid: X:1\nname: sugar sickness\n")
    (tmp_path / "names").write_text("Weak heart\n")
    asked = [str(model(tmp_path / "model", "sugar sickness", "weak heart")), "--mentions", str(tmp_path / "mentions")]
    assert main(asked) == 1
    assert "2 of 2 mentions are training names, 2 in no dictionary" in capsys.readouterr().out
    assert main([*asked, "--dictionary", str(tmp_path / "x.obo")]) == 1
    assert main([*asked, "--dictionary", str(tmp_path / "x.obo"), str(tmp_path / "names")]) == 0


def test_pairs_with_one_meaning_are_reported(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    with gzip.open(folder / "training.tsv.gz", "wt", encoding="utf-8") as file:
        file.write("0\tsugar sickness\n0\tdiabetes\n1\tweak heart\n")
    (tmp_path / "apart").write_text("diabetes\tweak heart\n")
    (tmp_path / "one").write_text("Diabetes\tSugar sickness\n")
    assert main([str(folder), "--pairs", str(tmp_path / "apart")]) == 0
    assert main([str(folder), "--pairs", str(tmp_path / "apart"), str(tmp_path / "one")]) == 1


def test_missing_arguments_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main([str(tmp_path)])
