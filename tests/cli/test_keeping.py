"""tests of cli: `backup`, `restore` and `check` as users run them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import main
from graph.store import Store
from tests.ingest.graphs import load_into, obo


def test_backup_restore_check(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_into(store, obo(tmp_path / "a.obo", "1", "A:1\nname: diabetes", "A:2\nname: type 2\nis_a: A:1"))
    address, file, other = store.address, str(tmp_path / "graph.zip"), str(tmp_path / "other")
    store.close()
    assert main(["backup", file, "--store", address]) == 0
    assert capsys.readouterr().out == f"{file}: 5 rows written, epoch 1\n"
    assert main(["restore", file, "--store", other]) == 0
    assert capsys.readouterr().out == f"{other}: 5 rows restored, epoch 4\n"
    assert main(["check", "--store", other]) == 0
    assert capsys.readouterr().out.endswith(f"{other}: no faults in 74 checks\n")
    assert main(["search", "diabetes", "--store", other]) == 0
    assert capsys.readouterr().out.startswith("A:1\tdiabetes")
    assert main(["restore", file, "--store", other]) == 1
    assert "restore into an empty store" in capsys.readouterr().err


def test_a_fault_gives_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from contextlib import closing

    from graph.store import open_store

    place = tmp_path / "store"
    with closing(open_store(str(place))) as store:
        load_into(store, obo(tmp_path / "a.obo", "1", "A:1\nname: diabetes"))
    next(place.glob("snapshot-*/names.arrow")).unlink()
    assert main(["check", "--store", str(place)]) == 1
    output = capsys.readouterr().out
    assert "FAULT" in output and "such as names.arrow" in output and output.endswith("1 fault in 74 checks\n")
    assert main(["check", "--json", "--store", str(place)]) == 1
    assert json.loads(capsys.readouterr().out)["faults"] == 1


def test_an_absent_store_or_backup_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["backup", str(tmp_path / "file")], ["check"]):
        assert main([*command, "--store", str(tmp_path / "absent")]) == 1
        assert "is empty" in capsys.readouterr().err
    assert main(["restore", str(tmp_path / "file"), "--store", str(tmp_path / "absent")]) == 1
    assert "No such file" in capsys.readouterr().err
