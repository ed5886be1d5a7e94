"""ingest: a removed patient is in no file of the store and in no later backup, and is not stored again."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from cli.main import main
from cohorts.canonical import definition_hash
from cohorts.model import Among, Definition, Group, Rule
from cohorts.parts import parts_of
from cohorts.runs import answered, keep, run_of
from cohorts.saved import save, stored, versions
from graph.snapshot import fresh_snapshot
from graph.store import Store, backup, open_store, restore
from ingest.errors import UnknownPatient
from ingest.forgetting import forget_patient
from ingest.objections import LEFT_OUT
from ingest.pseudonym import Identity, Pseudonym
from ingest.run import ingest
from tests.graph.rows import table
from tests.ingest.care import BSN, bundle, condition, patient
from tests.ingest.golden import PSEUDONYM
from tests.ingest.graphs import quiet

IDENTITY = Identity(identifiers=frozenset({BSN}))
ONE, TWO = PSEUDONYM.patient("1"), PSEUDONYM.patient("2")
KEYED = (ONE, PSEUDONYM.record("Condition", "a"), PSEUDONYM.record("Patient", "1"))


def files(folder: Path) -> list[Path]:
    """Three patients. 1 and 2 share a code, 1 and 3 an identifier; only 1 has another code and another identifier."""

    def known(value: str) -> list[dict[str, str]]:
        return [{"system": BSN, "value": value}]

    one = patient("1", identifier=[*known("111222333"), *known("999990019")])
    third = patient("3", identifier=known("111222333"))
    own = condition("a", "90000007", encounter={"reference": "Encounter/v"})
    return [
        bundle(folder / "a.json", one, own, condition("b"), third),
        bundle(folder / "b.json", patient("2"), condition("c", of="Patient/2")),
    ]


def take(store: Store, folder: Path) -> int:
    report = ingest(store, store.address.state, files(folder), quiet, 0, IDENTITY)[0]
    return report.reasons[LEFT_OUT]


def having(folder: Path, words: tuple[str, ...]) -> list[str]:
    """The files that contain one of these words as text, or the bytes of its hexadecimal part."""
    wanted = [word.encode() for word in words] + [bytes.fromhex(word.rpartition(":")[2]) for word in words]
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [str(path) for path in found if any(word in path.read_bytes() for word in wanted)]


def test_a_removed_patient_is_in_no_file_and_is_not_stored_again(store: Store, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    take(store, tmp_path / "in")
    state = store.address.state
    listed(store, state)
    old = fresh_snapshot(store, state).folder
    only = keyed_person(BSN, "999990019")
    assert only in str(table(store, "Patient", "id"))
    if not store.address.is_server:
        assert having(Path(store.address), (ONE,)), "the search finds a patient who is stored"
    done = forget_patient(store, state, "1", "")
    assert (done.id, done.records, done.since) == (ONE, {"records": 3, "events": 2, "definitions": 2}, None)
    assert done.joined == [PSEUDONYM.patient("3")] and done.rewritten != store.address.is_server
    assert not old.exists()
    saved = versions(fresh_snapshot(store, state), "some")
    assert [one.hash for one in saved] == [definition_hash(one.definition) for one in saved]
    assert [[*among.patients] for one in saved for among in parts_of(one.definition, Among)] == [[], [TWO]]
    left = TWO, PSEUDONYM.patient("3"), keyed_person(BSN, "111222333")
    assert {id for (id,) in table(store, "Patient", "id")} == {*left}
    assert table(store, "EVENT", "source") == [(TWO,)]
    assert [code for (code,) in table(store, "Concept", "id") if code.startswith("snomedct")] == ["snomedct:90000001"]
    for folder in (tmp_path / "store", tmp_path / "home"):
        assert not having(folder, (*KEYED, only))
    assert take(store, tmp_path / "in") == 1
    assert fresh_snapshot(store, state).patients.born.tolist() == [1960, 1960]
    assert forget_patient(store, state, ONE, "").since
    with pytest.raises(UnknownPatient) as unknown:
        forget_patient(store, state, "Willemijn", "")
    assert "Willemijn" not in str(unknown.value)
    backup(store, tmp_path / "b.zip", lambda *_: None)
    with closing(open_store(str(tmp_path / "restored"))) as other:
        restore(tmp_path / "b.zip", other, tmp_path, lambda *_: None)
        assert ONE not in str(table(other, "Patient", "id"))
        assert take(other, tmp_path / "in") == 1, "the backup also has the keyed hash of the removed patient"
    assert not having(tmp_path / "restored", KEYED)


def listed(store: Store, state: Path) -> None:
    """Saves two versions of a cohort that lists a patient; a rule has the pseudonym in its name."""
    for others in ((), (TWO,)):
        group = Group(of=(Among(patients=(ONE, *others)),))
        definition = Definition(rules=(Rule(name=f"not {ONE}", group=group, description=ONE),))
        save(store, state, fresh_snapshot(store, state), "some", definition)
    saved = stored(fresh_snapshot(store, state), "cohort:some")
    steps = answered(fresh_snapshot(store, state), saved.definition).steps
    snapshot = fresh_snapshot(store, state)
    keep(store, state, snapshot, run_of(snapshot, saved, steps, [1] * len(steps)))


def keyed_person(system: str, value: str) -> str:
    found = Pseudonym(b"a secret for tests only", IDENTITY).person(system, value)
    assert found
    return found


def test_compacting_a_store_keeps_its_data(store: Store, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    take(store, tmp_path / "in")
    before, epoch = {name: rows for name, rows in store.counts().items() if rows}, store.epoch()
    store.compact()
    assert {name: rows for name, rows in store.counts().items() if rows} == before and store.epoch() == epoch
    address = str(store.address)
    store.close()
    with closing(open_store(address)) as again:
        assert again.recovery is None and again.epoch() == epoch
        assert {name: rows for name, rows in again.counts().items() if rows} == before
    if not again.address.is_server:
        left = [path.name for path in Path(address).iterdir()]
        assert not [name for name in left if "wal" in name or name == "compacting"]


def test_the_command_removes_a_patient_of_a_source(
    address: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "in").mkdir()
    with closing(open_store(address)) as store:
        ingest(store, store.address.state, files(tmp_path / "in"), quiet, 0, Identity(source="ward"))
    own = PSEUDONYM.patient("1", "ward")
    for given, code, out, err in (
        (["patient", "1"], 1, "", "no patient has this id; nothing was changed"),
        (
            ["patient", "1", "--source", "ward"],
            0,
            f"removed {own} from 3 records, 2 events; later jobs leave this pa",
            "",
        ),
        ([own], 0, f"{own} was already removed on 20", ""),
        (["person", "1"], 1, "", "give one ID"),
        (["patient", "1", "2"], 1, "", "give one ID"),
    ):
        assert main(["forget", "--store", address, *given]) == code
        result = capsys.readouterr()
        assert result.out.startswith(out) and err in result.err
