"""graph: a backup has the whole store and can be restored to each engine. A damaged backup is refused."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graph.errors import GraphError
from graph.store import EDGES, NODES, Batch, Store, backup, open_store, restore, writing
from graph.store import backups as module
from graph.store.backups import UNFINISHED, BadArchive
from tests.graph.rows import concepts, edges, nodes, table


def quiet(table: str, rows: int) -> None:
    """A progress function that does nothing."""


def whole(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """All columns of all rows."""
    return {name: table(store, name, *kind.arrow.names) for kinds in (NODES, EDGES) for name, kind in kinds.items()}


def fill(store: Store) -> None:
    """Writes every kind of value, including null, and more rows than fit in one batch of these tests."""
    ids = [f"A:{number}" for number in range(25)]
    patient = {"id": "p", "birth_year": 1951, "sex": "ziekte van Ménière\n糖尿病"}
    said: dict[str, Any] = {"record": "r1", "kind": "observation", "value": 0.1 + 0.2, "unit": None, "end": None}
    store.write(
        Batch(
            {"Concept": concepts(*ids), "Patient": nodes("Patient", patient), "Dataset": nodes("Dataset", {"id": "d"})}
            | {"Label": nodes("Label", {"id": "l", "text": "suiker", "kind": "local", "count": 12})},
            edges={
                "IS_A": edges("IS_A", *zip(ids[1:], ids, strict=False)),
                "EVENT": edges("EVENT", ("p", "A:1"), **said),
                "LISTS": edges("LISTS", ("d", "d")),
            },
        )
    )
    store.write(Batch(nodes={"Concept": concepts("A:1", label="again")}))


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ROWS", 10)


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Store]:
    with closing(open_store(str(tmp_path / "other"))) as opened:
        yield opened


def test_a_backup_of_any_engine_is_restored_to_the_embedded_engine(store: Store, other: Store, tmp_path: Path) -> None:
    fill(store)
    made = backup(store, tmp_path / "backup", quiet)
    assert (made.epoch, made.tables["Concept"]["rows"], made.tables["IS_A"]["rows"]) == (2, 25, 24)
    restore(tmp_path / "backup", other, tmp_path / "other", quiet)
    assert whole(other) == whole(store)


def test_a_backup_of_the_embedded_engine_is_restored_to_any_engine(store: Store, other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "backup", quiet)
    folder = store.address.state
    folder.mkdir(parents=True, exist_ok=True)
    restore(tmp_path / "backup", store, folder, quiet)
    assert whole(store) == whole(other)
    assert not (folder / UNFINISHED).exists()


def test_a_killed_restore_can_be_resumed(store: Store, other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "backup", quiet)
    folder = store.address.state
    folder.mkdir(parents=True, exist_ok=True)
    for dies_at in range(3):
        with pytest.raises(KeyboardInterrupt):
            restore(tmp_path / "backup", store, folder, _dying(dies_at))
        assert store.epoch() == dies_at + 1
    with pytest.raises(GraphError, match="restored only in part"), writing(store.address, lambda _: None):
        pass
    restore(tmp_path / "backup", store, folder, quiet)
    assert whole(store) == whole(other)


def _dying(after: int) -> Callable[[str, int], None]:
    left = after

    def progress(table: str, rows: int) -> None:
        nonlocal left
        if not table.startswith("checking"):
            left -= 1
            if left < 0:
                raise KeyboardInterrupt

    return progress


def test_a_store_with_data_is_not_changed(store: Store, other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "backup", quiet)
    store.write(Batch(nodes={"Concept": concepts("B:1")}))
    with pytest.raises(GraphError, match="into an empty store"):
        restore(tmp_path / "backup", store, tmp_path, quiet)
    assert table(store, "Concept", "id") == [("B:1",)]


def test_an_earlier_backup_is_kept_until_the_new_one_is_complete(other: Store, tmp_path: Path) -> None:
    fill(other)
    backup(other, tmp_path / "backup", quiet)
    before = (tmp_path / "backup").read_bytes()

    def breaks(table: str, rows: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(GraphError, match="disk seems full"):
        backup(other, tmp_path / "backup", breaks)
    assert (tmp_path / "backup").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"backup", "other"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder: Path = tmp_path_factory.mktemp("archive")
    with pytest.MonkeyPatch.context() as small, closing(open_store(str(folder / "store"))) as store:
        small.setattr(module, "_ROWS", 10)
        fill(store)
        backup(store, folder / "backup", quiet)
    return (folder / "backup").read_bytes()


def refused(data: bytes, folder: Path) -> str:
    """The error for an archive that cannot be restored. Checks that the store stays empty."""
    file = folder / "damaged"
    file.write_bytes(data)
    with closing(open_store(str(folder / "store"))) as store:
        with pytest.raises(BadArchive) as wrong:
            restore(file, store, folder / "store", quiet)
        assert store.epoch() == 0
    assert str(wrong.value).startswith(str(file))
    return str(wrong.value)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.floats(0, 1), st.integers(1, 255), st.booleans())
def test_a_damaged_archive_is_refused_or_gives_all_data(
    archive: bytes, tmp_path: Path, at: float, change: int, cut: bool
) -> None:
    """A changed byte may have no effect (a date in the ZIP's directory). All restored data is checked."""
    place = int(at * (len(archive) - 1))
    damaged = archive[:place] if cut else archive[:place] + bytes([archive[place] ^ change]) + archive[place + 1 :]
    file, folder = tmp_path / "damaged", tmp_path / str(len(list(tmp_path.iterdir())))
    file.write_bytes(damaged)
    with closing(open_store(str(folder))) as store:
        try:
            restore(file, store, folder, quiet)
        except BadArchive:
            assert store.epoch() == 0
        else:
            assert not cut and store.counts()["Concept"] == 25


def rewritten(archive: bytes, folder: Path, change: Callable[[dict[str, Any]], object], **more: bytes) -> bytes:
    """The archive with a changed manifest and further members."""
    (folder / "a").write_bytes(archive)
    with zipfile.ZipFile(folder / "a") as old, zipfile.ZipFile(folder / "b", "w") as new:
        for name in old.namelist():
            if name != "manifest.json":
                new.writestr(name, old.read(name))
        said = json.loads(old.read("manifest.json"))
        change(said)
        new.writestr("manifest.json", json.dumps(said))
        for name, data in more.items():
            new.writestr(name, data)
    return (folder / "b").read_bytes()


@pytest.mark.parametrize(
    ("change", "result"),
    [
        (lambda said: said.update(format=2), "later version"),
        (lambda said: said.update(schema=99), "later version"),
        (lambda said: said.update(epoch="x"), "cannot be read"),
        (lambda said: said.update(tables=[1]), "cannot be read"),
        (lambda said: said["tables"].update(Secret=said["tables"]["Label"]), "other tables than the archive holds"),
        (lambda said: said["tables"].pop("Label"), "other tables than the archive holds"),
        (lambda said: said["tables"]["Concept"].update(rows=24), "do not match the checksum"),
        (lambda said: said["tables"]["IS_A"].update(sha256="0" * 64), "do not match the checksum"),
    ],
)
def test_a_false_manifest_is_refused(
    archive: bytes, tmp_path: Path, change: Callable[[Any], object], result: str
) -> None:
    assert result in refused(rewritten(archive, tmp_path, change), tmp_path)


def test_unknown_members_are_refused(archive: bytes, tmp_path: Path) -> None:
    for name in ("../../etc/passwd", "/tmp/x", "Secret.arrow"):
        assert "other tables" in refused(rewritten(archive, tmp_path, lambda _: None, **{name: b"x"}), tmp_path)


def test_a_zip_bomb_and_other_files_are_refused(archive: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("manifest.json", rewritten(archive, tmp_path, lambda _: None))
        bomb.writestr("Concept.arrow", b"\0" * (1 << 24))
    assert "cannot be read" in refused((tmp_path / "bomb").read_bytes(), tmp_path)
    for other in (b"", b"PK", b"x" * 1000, b"PK\5\6" + b"\0" * 18):
        refused(other, tmp_path)


def test_an_archive_of_an_earlier_version(archive: bytes, tmp_path: Path) -> None:
    """Tables and columns that the earlier version lacks are empty."""
    (tmp_path / "a").write_bytes(archive)
    with zipfile.ZipFile(tmp_path / "a") as old, zipfile.ZipFile(tmp_path / "b", "w") as new:
        said = json.loads(old.read("manifest.json"))
        said["schema"] = 3
        del said["tables"]["LISTS"]
        for name in old.namelist():
            if name not in ("manifest.json", "LISTS.arrow"):
                new.writestr(name, old.read(name))
        new.writestr("manifest.json", json.dumps(said))
    with closing(open_store(str(tmp_path / "store"))) as store:
        restore(tmp_path / "b", store, tmp_path / "store", quiet)
        assert tuple(store.counts()[table] for table in ("Concept", "LISTS")) == (25, 0)
