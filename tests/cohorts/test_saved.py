"""cohorts: saved cohorts: versions, cohorts and sources as criteria, runs, and why a run has other numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cohorts.canonical.hashes import definition_hash
from cohorts.encoding import encode
from cohorts.engine.answer import answer
from cohorts.errors import NotAnswered, NotSaved
from cohorts.model import Among, Definition, Events, Group, Occurs, Person, Rule
from cohorts.runs.changes import Changes, changes
from cohorts.runs.runs import Run, answered, keep, run_of, runs
from cohorts.saved import saving
from cohorts.saved.stored import COHORT, current, stored, uses_pseudonyms, versions
from graph.secret import site_secret, source_hash
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store
from graph.value_sets import Concepts, Item
from ingest.pseudonym import Pseudonym
from tests.graph.rows import concepts, edges, nodes, table

PEOPLE = 6
"""Patients 0 to 5. Every patient has A:1, those from 3 on have A:2 (narrower than A:1), and even ones are female."""


class Site:
    """A store with its present snapshot."""

    def __init__(self, store: Store) -> None:
        self.store, self.folder = store, store.address.state
        secret = site_secret(self.folder)
        people = [
            {"id": f"patient:{n}", "sex": "male" if n % 2 else "female", "birth_year": 1960} for n in range(PEOPLE)
        ]
        resources = [
            {
                "id": f"r{n}",
                "kind": "Patient",
                "owner": f"patient:{n}",
                "source": source_hash(secret, "a" if n < 2 else ""),
            }
            for n in range(PEOPLE)
        ]
        own = [(f"patient:{n}", "A:2" if n > 2 else "A:1") for n in range(PEOPLE)]
        tables = {"Concept": concepts("A:1", "A:2", "A:3"), "Patient": nodes("Patient", *people)}
        tables |= {"Resource": nodes("Resource", *resources), "Release": nodes("Release", {"id": "r", "version": "1"})}
        store.write(Batch(tables, edges={"IS_A": edges("IS_A", ("A:2", "A:1"))}))
        self.events(*own)
        self.snapshot = fresh_snapshot(store, self.folder)

    def events(self, *pairs: tuple[str, str]) -> None:
        for n, pair in enumerate(pairs):
            event = edges("EVENT", pair, record=f"{pair}{n}", kind="condition", status="active", start="2020-01-01")
            self.store.write(Batch(edges={"EVENT": event}))

    def read(self) -> None:
        self.snapshot = fresh_snapshot(self.store, self.folder)

    def save(self, name: str, definition: Definition, *tags: str) -> Any:
        self.snapshot, saved = saving.save(self.store, self.folder, self.snapshot, name, definition, tags)
        return saved

    def of(self, *ids: str) -> list[int]:
        return [*answer(self.snapshot, Definition(also=Group(of=(Among(cohorts=ids),)))).patients]

    def run(self, name: str) -> tuple[Run, Changes | None]:
        saved = stored(self.snapshot, COHORT + name)
        steps = answered(self.snapshot, saved.definition).steps
        run = run_of(self.snapshot, saved, steps, [len(step.patients) for step in steps])
        before = runs(self.snapshot, saved)
        found = changes(self.snapshot, before[-1], run) if before else None
        self.snapshot = keep(self.store, self.folder, self.snapshot, run)
        return run, found


@pytest.fixture
def site(store: Store) -> Site:
    return Site(store)


def having(*ids: str, rules: tuple[Rule, ...] = ()) -> Definition:
    events = Events(concepts=Concepts(tuple(Item(id_) for id_ in ids)))
    return Definition(also=Group(of=(Occurs(events=events),)), rules=rules)


def women(name: str = "women") -> Rule:
    return Rule(name=name, group=Group(of=(Person(sex=("female",)),)))


def among(*ids: str, **more: Any) -> Definition:
    return Definition(also=Group(of=(Among(cohorts=ids, **more),)))


def test_a_version_counts_up_when_the_question_is_another_one(site: Site) -> None:
    first = site.save("a", having("A:1"), "x")
    assert (first.id, first.version, first.tags) == ("cohort:a", 1, ("x",))
    epoch = site.store.epoch()
    again = site.save("a", having("A:1"), "x")
    assert (again, site.store.epoch()) == (first, epoch)
    renamed = site.save("b", having("A:1", rules=(women("f"),)))
    other_name = site.save("b", having("A:1", rules=(women("only women"),)))
    assert (renamed.version, other_name.version, "only women" in other_name.text) == (1, 1, True)
    changed = site.save("a", having("A:2"))
    assert (changed.version, changed.tags) == (2, ("x",))
    assert [(one.id, one.version) for one in versions(site.snapshot, "a")] == [("cohort:a|1", 1), ("cohort:a", 2)]
    assert [one.id for one in current(site.snapshot)] == ["cohort:a", "cohort:b"]
    assert stored(site.snapshot, "cohort:a|2").definition == having("A:2")
    assert table(site.store, "Cohort", "id", "hash")[0] == ("cohort:a", definition_hash(having("A:2")))


def test_the_snapshot_after_saving_equals_a_new_build(site: Site, tmp_path: Path) -> None:
    site.save("a", having("A:1"))
    fresh = fresh_snapshot(site.store, tmp_path / "new")
    assert {name: table.to_pylist() for name, table in site.snapshot.tables.items()} == {
        name: table.to_pylist() for name, table in fresh.tables.items()
    }
    assert site.snapshot.epoch == site.store.epoch() and [*site.of("cohort:a")] == [0, 1, 2, 3, 4, 5]


def test_copies_and_tags(site: Site) -> None:
    site.save("a", having("A:2"), "x", "y")
    site.snapshot, copy = saving.copy(site.store, site.folder, site.snapshot, "a", "b")
    assert (copy.id, copy.version, copy.tags) == ("cohort:b", 1, ("x", "y"))
    site.snapshot, tagged = saving.tag(site.store, site.folder, site.snapshot, "b", ["z"], ["x"])
    assert tagged.tags == ("y", "z") == stored(site.snapshot, "cohort:b").tags
    assert stored(site.snapshot, "cohort:a").tags == ("x", "y")
    with pytest.raises(NotSaved, match="exists already"):
        saving.copy(site.store, site.folder, site.snapshot, "a", "b")
    for name in ("", "a b", "a|1", "a#1", "x" * 101, "\x00"):
        with pytest.raises(NotSaved):
            site.save(name, having("A:1"))
    with pytest.raises(NotSaved, match="is not a valid tag"):
        site.save("c", having("A:1"), "two words")


def test_a_saved_cohort_is_a_criterion_and_never_stale(site: Site) -> None:
    site.save("narrow", having("A:2"))
    site.save("both", among("cohort:narrow"))
    assert (site.of("cohort:narrow"), site.of("cohort:both")) == ([3, 4, 5], [3, 4, 5])
    site.events(("patient:0", "A:2"))
    site.read()
    assert (site.of("cohort:both"), site.of("cohort:both", "cohort:narrow")) == ([0, 3, 4, 5], [0, 3, 4, 5])
    site.save("narrow", having("A:3"))
    assert (site.of("cohort:both"), site.of("cohort:narrow|1")) == ([], [0, 3, 4, 5])


def test_a_source_is_a_criterion(site: Site) -> None:
    def of(*sources: str) -> list[int]:
        return [*answer(site.snapshot, Definition(also=Group(of=(Among(sources=sources),)))).patients]

    assert (of("a"), of(""), of("a", "")) == ([0, 1], [2, 3, 4, 5], [0, 1, 2, 3, 4, 5])
    assert source_hash(b"x" * 32, "a") == Pseudonym(b"x" * 32).named("a")
    with pytest.raises(
        NotAnswered, match="the source 'b' cannot be answered: the store has no record from this source"
    ):
        of("b")


def test_loops_and_unknown_cohorts_are_refused_by_name(site: Site) -> None:
    with pytest.raises(NotAnswered, match="cohort:none"):
        site.save("a", among("cohort:none"))
    site.save("a", having("A:1"))
    site.save("b", among("cohort:a"))
    for name in ("a", "b"):
        with pytest.raises(NotAnswered, match="part of itself"):
            site.save(name, among("cohort:b"))
    site.save("a", among("cohort:a|1"))  # pinned to an earlier version, which is another question
    with pytest.raises(NotAnswered):
        site.of("cohort:none")


def test_a_loop_in_the_store_is_refused_and_long_chains_too(site: Site) -> None:
    texts = {str(n): encode(among(f"cohort:{n + 1}")).decode() for n in range(50)}
    texts |= {"50": "{}", "x": encode(among("cohort:x")).decode(), "y": '{"unknown": 1}'}
    rows = [{"id": f"cohort:{id_}", "name": id_, "version": 1, "definition": text} for id_, text in texts.items()]
    site.store.write(Batch({"Cohort": nodes("Cohort", *rows)}))
    site.read()
    for id_, told in (("0", "levels below cohort:0"), ("x", "part of itself"), ("y", "definition cannot be read")):
        with pytest.raises(NotAnswered, match=told):
            site.of(f"cohort:{id_}")
    assert site.of("cohort:45") == [0, 1, 2, 3, 4, 5]


def test_pseudonyms_are_found_in_nested_cohorts(site: Site) -> None:
    site.save("listed", among(patients=("patient:1",)))
    site.save("around", among("cohort:listed"))
    assert uses_pseudonyms(site.snapshot, among("cohort:around"))
    assert not uses_pseudonyms(site.snapshot, having("A:1"))
    assert site.of("cohort:around") == [1]


def test_a_run_keeps_what_it_depends_on(site: Site) -> None:
    site.save("a", having("A:1", rules=(women(), women("again"))))
    run, found = site.run("a")
    assert found is None
    assert [(one.name, one.patients) for one in run.steps] == [
        ("also", 6), ("women", 3), ("again", 3), ("patients", 3)
    ]  # fmt: skip
    assert len({one.key for one in run.steps}) == 4
    assert (run.version, run.answered, run.reach["A:1"][0]) == (1, {"r": "1"}, 2)
    assert runs(site.snapshot, stored(site.snapshot, "cohort:a")) == [run]
    again, found = site.run("a")
    assert found and found.none and (again.digest, again.number) == (run.digest, 2)


def test_a_change_of_the_definition_is_told_apart_from_one_of_the_data(site: Site) -> None:
    site.save("a", having("A:1", rules=(women(),)))
    site.run("a")
    site.events(("patient:1", "A:3"))
    job = {"id": "j9", "kind": "ingest", "state": "done", "sequence": 9, "written": 1}
    site.store.write(
        Batch({"Patient": nodes("Patient", {"id": "patient:1", "sex": "female"}), "Job": nodes("Job", job)})
    )
    site.read()
    site.save("a", having("A:2", rules=(women(),)))
    run, found = site.run("a")
    assert found and not found.same_patients
    assert (found.versions, found.between, run.patients) == ((1, 2), 4, 1)
    assert [row["id"] for row in found.jobs] == ["j9"]
    numbers = {after.name: (before and before.patients, after.patients) for before, after in found.steps if after}
    assert numbers == {"also": (6, 3), "women": (3, 1), "patients": (3, 1)}


def test_a_new_release_and_a_changed_reach_are_told(site: Site) -> None:
    site.save("a", having("A:1", rules=(women(),)))
    site.run("a")
    release = {"id": "r", "version": "2"}
    site.store.write(
        Batch({"Release": nodes("Release", release)}, edges={"IS_A": edges("IS_A", ("A:3", "A:1"), job="k")})
    )
    site.read()
    _, found = site.run("a")
    assert found and found.same_patients and not found.none and found.between is None
    assert (found.answered, found.reach) == ({"r": ("1", "2")}, {"A:1": (2, 3)})


def test_versions_of_value_sets_and_nested_cohorts_are_told(site: Site) -> None:
    def value_set(version: str, id_: str) -> None:
        row = {"id": "valueset:v", "version": version, "definition": f'{{"items":[{{"id":"{id_}"}}]}}'}
        site.store.write(Batch({"ValueSet": nodes("ValueSet", row | {"created": "now", "job": "j"})}))
        site.read()

    value_set("1", "A:1")
    site.save("inner", having("valueset:v"))
    site.save("a", among("cohort:inner"))
    assert site.run("a")[0].patients == 6
    value_set("2", "A:2")
    run, found = site.run("a")
    assert found and run.patients == 3
    assert found.answered == {"valueset:v": ("1", "2")} and found.reach == {"valueset:v": (2, 1)}
    assert found.between is None  # the value set is in another cohort
    site.save("direct", having("valueset:v"))
    site.run("direct")
    site.save("inner", having("A:1"))
    run, found = site.run("a")
    assert found and found.answered["cohort:inner"] == ("1", "2")
    assert (run.patients, found.between) == (6, 3)
    earlier = {"id": "valueset:v|2", "version": "2", "definition": '{"items":[{"id":"A:2"}]}'}
    site.store.write(Batch({"ValueSet": nodes("ValueSet", earlier | {"created": "now", "job": "j"})}))
    value_set("3", "A:1")
    run, found = site.run("direct")
    assert found and (run.patients, found.between) == (6, 3)


def test_a_renamed_rule_and_a_removed_rule_are_told(site: Site) -> None:
    site.save("a", having("A:1", rules=(women(), Rule(name="old", group=Group(of=(Among(sources=("a",)),))))))
    site.run("a")
    men = Rule(name="women", group=Group(of=(Person(sex=("male", "female")),)))
    site.save("a", having("A:1", rules=(men,)))
    _, found = site.run("a")
    assert found
    told = [(before and before.name, after and after.name) for before, after in found.steps]
    assert told == [("old", None), ("also", "also"), ("women", "women"), ("patients", "patients")]


@contextmanager
def _raises(told: str) -> Iterator[None]:
    with pytest.raises(NotAnswered, match=told):
        yield


def test_a_write_in_between_is_noticed(site: Site) -> None:
    site.events(("patient:0", "A:3"))
    with _raises("the store changed in the meantime"):
        site.save("a", having("A:1"))


def test_the_digest_needs_the_secret(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.save("a", having("A:1"))
    one = site.run("a")[0].digest
    monkeypatch.setenv("TRICUSPID_SECRET", "another secret of this test")
    assert isinstance(site.snapshot, Snapshot) and site.run("a")[0].digest != one
