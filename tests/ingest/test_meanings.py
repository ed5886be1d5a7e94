"""ingest: groups of equal concepts in the graph: written once, replaced if they change, and otherwise kept."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from curation import check
from graph.store import Batch, Store, backup, open_store, restore
from ingest import jobs
from ingest.meanings import write_meanings
from tests.graph.rows import edges, table
from tests.ingest.graphs import condition, everything, ingest_into, load_into, ndjson, patient, quiet, sssom
from tests.ingest.terms import COLUMNS, WORDS, pairs, same, states, terms


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH_ITEMS", 5)


def test_a_load_writes_groups_in_both_directions(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    assert same(store) == pairs(WORDS)
    for *_, probability, level, evidence, release, job in table(store, "SAME_AS", *COLUMNS):
        assert (level, release, [*json.loads(evidence)]) == ("LIKELY", "urn:tricuspid:meanings", ["names"])
        assert 0.8 <= probability < 1
        assert job == states(store)[0][1]


def test_narrower_pairs_are_written_from_the_narrower_one(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "maps.tsv"
    file.write_text("subject_id\tpredicate_id\tobject_id\nA:1\tskos:broadMatch\tB:1\nA:2\tskos:narrowMatch\tB:2\n")
    load_into(store, file)
    rows = table(store, "NARROWER", *COLUMNS[:5])
    assert rows == [
        ("A:1", "B:1", 1.0, "CERTAIN", '{"mapping":1.0}'),
        ("B:2", "A:2", 1.0, "CERTAIN", '{"mapping":1.0}'),
    ]


def test_nothing_is_written_without_groups(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS))
    assert states(store) == [] and same(store) == Counter()


def test_nothing_is_written_if_no_group_changed(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    epoch = store.epoch()
    assert write_meanings(store, store.address.state, quiet).epoch == epoch == store.epoch()
    before = states(store)
    ingest_into(store, ndjson(tmp_path / "r.ndjson", patient("p1"), condition("c1", "44054006")))
    assert states(store) == before


def test_writing_groups_returns_a_snapshot_of_the_last_epoch(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", "colitis"), terms(tmp_path, "B", "colitis"))
    folder = store.address.state
    made = write_meanings(store, folder, quiet)
    assert made.epoch == store.epoch()
    assert dict(zip(made.counts["table"].to_pylist(), made.counts["rows"].to_pylist(), strict=True))["SAME_AS"] == 2


def test_edges_of_a_removed_group_are_deleted(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    load_into(store, terms(tmp_path, "B", version="2"))
    assert same(store) == Counter()


def test_loading_the_earlier_release_restores_the_groups(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    first = table(store, "SAME_AS", *COLUMNS)
    load_into(store, terms(tmp_path, "B", *WORDS[3:], version="2"))
    assert same(store) == pairs(WORDS[3:])
    load_into(store, terms(tmp_path, "B", *WORDS))
    assert table(store, "SAME_AS", *COLUMNS) == first
    assert {row[2] for row in states(store)} == {"done"}


def test_the_order_of_files_changes_no_group(store: Store, tmp_path: Path) -> None:
    a, b = terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS)
    c = sssom(tmp_path / "c.tsv", ("A:1", "B:2"), ("A:3", "B:3"))
    load_into(store, a, b, c)
    first = table(store, "SAME_AS", *COLUMNS[:5])
    for number, order in enumerate([*permutations((a, b, c))][1::2]):
        with closing(open_store(str(tmp_path / f"other{number}"))) as other:
            for file in order:
                load_into(other, file)
            assert table(other, "SAME_AS", *COLUMNS[:5]) == first


def test_the_order_of_labels_changes_no_group(tmp_path: Path) -> None:
    """A patient also has the code, with the name of another disease."""
    files = [
        terms(tmp_path, "A", "angina", "asthma", "gastritis"),
        _labelled(tmp_path / "one.tsv", "X:1", "gastritis"),
        _labelled(tmp_path / "two.tsv", "X:2", "asthma"),
        ndjson(tmp_path / "r.ndjson", patient("p1"), _called("angina")),
    ]
    for number, order in enumerate([*permutations(files)][::5]):
        with closing(open_store(str(tmp_path / f"store{number}"))) as store:
            for file in order:
                (ingest_into if file.suffix == ".ndjson" else load_into)(store, file)
            assert ("snomedct:9", "asthma") in table(store, "Concept", "id", "label")
            assert {*same(store)} == {("A:1", "snomedct:9"), ("snomedct:9", "A:1")}


def test_the_display_of_one_patient_joins_no_mapped_code(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", "asthma"), _labelled(tmp_path / "m.tsv", "X:1", ""))
    ingest_into(store, ndjson(tmp_path / "r.ndjson", patient("p1"), _called("asthma")))
    assert same(store) == pairs([])


def _called(display: str) -> dict[str, Any]:
    """A Condition with the code snomedct:9 and this display."""
    said = condition("c1", "9")
    said["code"]["coding"][0]["display"] = display
    return said


def _labelled(path: Path, other: str, label: str) -> Path:
    """A mapping set with this label for snomedct:9."""
    head = "subject_id\tsubject_label\tpredicate_id\tobject_id\tmapping_justification\n"
    path.write_text(f"{head}snomedct:9\t{label}\tskos:closeMatch\t{other}\tsemapv:ManualMappingCuration\n")
    return path


@pytest.mark.parametrize(
    "name",
    [
        "https://example.org/meanings",
        "urn:tricuspid:meanings",
        "https://example.org/candidates",
        "https://example.org/neighbours",
    ],
)
def test_a_mapping_set_with_the_id_of_a_computed_release_is_kept(store: Store, tmp_path: Path, name: str) -> None:
    file = sssom(tmp_path / "set.tsv", ("A:1", "B:1"))
    file.write_text(f"#mapping_set_id: {name}\n{file.read_text()}")
    load_into(store, file)
    write_meanings(store, store.address.state, quiet)
    ((release,),) = table(store, "MAPS_TO", "release")
    assert release not in {"urn:tricuspid:meanings", "candidates", "neighbours"}
    assert len(same(store)) == 2


def test_a_store_with_groups_passes_check(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    ingest_into(store, ndjson(tmp_path / "r.ndjson", patient("p1"), condition("c1", "44054006")))
    found = list(check(store, store.address.state))
    assert [one for one in found if one.wrong] == []
    assert next(one.looked_at for one in found if one.what.startswith("SAME_AS")) == 2 * len(WORDS)


def test_a_backup_contains_groups(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    said = sssom(tmp_path / "m.tsv", ("A:1", "C:1"))
    said.write_text(said.read_text().replace("exactMatch", "broadMatch"))
    load_into(store, said)
    backup(store, tmp_path / "all.zip", quiet)
    with closing(open_store(str(tmp_path / "other"))) as other:
        restore(tmp_path / "all.zip", other, other.address.state, quiet)
        assert everything(other) == everything(store)
        assert same(other) == pairs(WORDS) and table(other, "NARROWER", "source", "target") == [("A:1", "C:1")]
        write_meanings(other, other.address.state, quiet)
        assert everything(other) == everything(store), "nothing is new"


def test_edges_of_a_killed_job_are_deleted(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", *WORDS), terms(tmp_path, "B", *WORDS))
    left = {
        "probability": 1.0,
        "level": "CERTAIN",
        "evidence": "{}",
        "release": "urn:tricuspid:meanings",
        "job": "killed",
    }
    store.write(Batch(edges={"SAME_AS": edges("SAME_AS", ("A:1", "A:2"), **left)}))
    write_meanings(store, store.address.state, quiet)
    assert same(store) == pairs(WORDS)
