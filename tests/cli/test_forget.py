"""cli: `forget` prints what it removed, or that the person was already removed, or that no patient has the id."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cli.main import main
from graph.store import Batch, open_store
from tests.graph.rows import edges, nodes

ANNA = "orcid:0000-0000-0000-0001"


def test_one_person_is_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    address = str(tmp_path / "store")
    with closing(open_store(address)) as store:
        there = {"Study": nodes("Study", {"id": "s:1", "title": "A"}, {"id": "s:2", "title": "B"})}
        there["Publication"] = nodes("Publication", {"id": "doi:1", "title": "C"})
        joined = {"INVESTIGATES": edges("INVESTIGATES", ("s:1", ANNA), ("s:2", ANNA))}
        joined["AUTHOR_OF"] = edges("AUTHOR_OF", ("doi:1", ANNA))
        store.write(Batch(there | {"Person": nodes("Person", {"id": ANNA, "name": "Anna Example"})}, edges=joined))
    for given, code, out, err in (
        ("0000-0000-0000-0001", 0, f"removed {ANNA} from 2 studies, 1 publication; later jobs", ""),
        (ANNA, 0, f"{ANNA} was already removed on 20", ""),
        ("orcid:0000-0000-0000-001X", 1, "", "no person has the id 'orcid:0000-0000-0000-001X'; nothing was changed"),
    ):
        assert main(["forget", "--store", address, given]) == code
        output = capsys.readouterr()
        assert output.out.startswith(out) and err in output.err
    assert main(["forget", "--store", str(tmp_path / "none"), ANNA]) == 1
