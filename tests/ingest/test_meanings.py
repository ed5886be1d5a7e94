"""ingest: groups of equal concepts in the graph: written once, replaced if they change, and otherwise kept."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest

from curation import check
from graph.store import Batch, Store, backup, open_store, restore
from ingest import jobs
from ingest.meanings import write_meanings
from tests.graph.rows import edges, table
from tests.ingest.graphs import condition, everything, ingest_into, load_into, ndjson, obo, patient, quiet, sssom
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
    """A patient also has the code, with the name of another disease.

    Each order of the files has its own codes and names, so all orders are tested in one store: the first files of all
    orders are loaded together, then the second files, and so on.
    """
    orders = [*permutations(range(4))][::5]
    files = [_about(tmp_path, n) for n in range(len(orders))]
    with closing(open_store(str(tmp_path / "store"))) as store:
        for turn in range(4):
            now = [files[n][order[turn]] for n, order in enumerate(orders)]
            for run, suffixes in ((load_into, (".obo", ".tsv")), (ingest_into, (".ndjson",))):
                if chosen := [file for file in now if file.suffix in suffixes]:
                    run(store, *chosen)
        labels, joined = table(store, "Concept", "id", "label"), {*same(store)}
    for n, order in enumerate(orders):
        assert (f"snomedct:9{n}", f"asthma of the {_PLACES[n]}") in labels, order
        pair = f"{_PREFIXES[n]}:1", f"snomedct:9{n}"
        assert {one for one in joined if {*pair} & {*one}} == {pair, pair[::-1]}, order
    assert len(joined) == 2 * len(orders)


_PREFIXES = "ABCDE"
_PLACES = ("heart", "lung", "liver", "kidney", "skin")


def _about(folder: Path, n: int) -> list[Path]:
    """A terminology, two mapping sets with different labels for a code, and a record with a third name for it."""
    prefix, place = _PREFIXES[n], _PLACES[n]
    names = [f"{word} of the {place}" for word in ("angina", "asthma", "gastritis")]
    stanzas = (f"{prefix}:{number}\nname: {name}" for number, name in enumerate(names))
    said = condition(f"c{n}", f"9{n}", of=f"p{n}")
    said["code"]["coding"][0]["display"] = names[0]
    return [
        obo(folder / f"{n}.obo", "1", *stanzas, ontology=prefix.lower()),
        _labelled(folder / f"{n}-one.tsv", f"X:{n}1", names[2], f"snomedct:9{n}"),
        _labelled(folder / f"{n}-two.tsv", f"X:{n}2", names[1], f"snomedct:9{n}"),
        ndjson(folder / f"{n}.ndjson", patient(f"p{n}"), said),
    ]


def test_the_display_of_one_patient_joins_no_mapped_code(store: Store, tmp_path: Path) -> None:
    load_into(store, terms(tmp_path, "A", "asthma"), _labelled(tmp_path / "m.tsv", "X:1", ""))
    said = condition("c1", "9")
    said["code"]["coding"][0]["display"] = "asthma"
    ingest_into(store, ndjson(tmp_path / "r.ndjson", patient("p1"), said))
    assert same(store) == pairs([])


def _labelled(path: Path, other: str, label: str, code: str = "snomedct:9") -> Path:
    """A mapping set with this label for a code."""
    head = "subject_id\tsubject_label\tpredicate_id\tobject_id\tmapping_justification\n"
    path.write_text(f"{head}{code}\t{label}\tskos:closeMatch\t{other}\tsemapv:ManualMappingCuration\n")
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
