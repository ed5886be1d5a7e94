"""cohorts: the studies that share concepts with value sets, saved cohorts and OMOP ids of a definition."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from cohorts.encoding import encode
from cohorts.errors import NotAnswered
from cohorts.model import Among, Definition, Group, Occurs
from cohorts.results import asked_for, joined
from graph.store import Batch, Store
from graph.value_sets import Concepts, Item, Part
from graph.value_sets import Definition as ValueSet
from tests.cohorts.results.worlds import of
from tests.cohorts.test_saved import Site, having
from tests.graph.rows import edges, nodes

STUDIES = {"s1": "A:1", "s2": "A:2", "s3": "A:3", "t1": "T:1", "t2": "T:2"}
SETS = {
    "narrow": ValueSet((Item("A:2", exact=True),)),
    "other": ValueSet((Item("valueset:narrow"), Item("A:3"))),
    "rest": ValueSet((Item("A:1"), Item("A:2", excluded=True))),
    "system": ValueSet((), parts=(Part(system="A"),)),
    "rests": ValueSet((Item("valueset:rest"),)),
    "without": ValueSet((), parts=(Part(system="A", none_of=(Item("A:2"),)),)),
    "loop": ValueSet((Item("valueset:loop"),)),
}


@pytest.fixture
def site(store: Store) -> Site:
    """A study about each of A:1, A:2 (narrower than A:1), A:3, and T:1 and T:2, which have one OMOP id."""
    site = Site(store)
    omop = [{"id": id_, "label": id_, "ontology": "T", "release": "r", "omop": 7, "job": "j"} for id_ in ("T:1", "T:2")]
    stored = [
        {"id": f"valueset:{n}", "name": n, "definition": msgspec.json.encode(s).decode()} for n, s in SETS.items()
    ]
    tables = {
        "Concept": nodes("Concept", *omop),
        "Study": nodes("Study", *({"id": id_, "title": id_} for id_ in [*STUDIES, "s0"])),
        "ValueSet": nodes("ValueSet", *stored),
    }
    about = edges("STUDY_ABOUT", *STUDIES.items(), method="exact", confidence=1.0, assertion="present")
    store.write(Batch(tables, edges={"STUDY_ABOUT": about}))
    site.read()
    return site


def studies(site: Site, definition: Definition) -> dict[str, list[str]]:
    """The studies of a cohort, each with the shared concepts."""
    found = joined(site.snapshot, asked_for(site.snapshot, definition), "Study", 10)
    ids = site.snapshot.records["Study"].table["id"].to_pylist()
    return {ids[one.record]: [site.snapshot.ids[concept] for concept in one.why] for one in found}


def entered(*items: Item) -> Definition:
    return Definition(entry=(of(some=Concepts(items)),))


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        ("valueset:narrow", {"s2": ["A:2"]}),
        ("valueset:other", {"s2": ["A:2"], "s3": ["A:3"]}),
        ("valueset:rest", {"s1": ["A:1"]}),
        ("valueset:rests", {"s1": ["A:1"]}),
        ("valueset:without", {"s1": ["A:1"], "s3": ["A:3"]}),
        ("valueset:system", {"s1": ["A:1"], "s2": ["A:1"], "s3": ["A:3"]}),
        ("omop:7", {"t1": ["T:1"], "t2": ["T:2"]}),
    ],
)
def test_a_value_set_and_an_omop_id_join_by_all_their_concepts(
    site: Site, id_: str, expected: dict[str, list[str]]
) -> None:
    assert studies(site, entered(Item(id_))) == expected


def test_excluded_concepts_join_nothing(site: Site) -> None:
    assert studies(site, entered(Item("A:1"), Item("A:2", excluded=True))) == {"s1": ["A:1"]}
    assert studies(site, entered(Item("valueset:other"), Item("valueset:narrow", excluded=True))) == {"s3": ["A:3"]}
    both = Definition(entry=(of(some=Concepts((Item("A:1"), Item("A:2", excluded=True)))), of("A:2")))
    assert studies(site, both) == {"s1": ["A:1"], "s2": ["A:2"]}


def test_a_saved_cohort_joins_by_the_concepts_of_its_definition(site: Site) -> None:
    def among(*ids: str, **limits: Any) -> Definition:
        return Definition(also=Group(of=(Among(cohorts=tuple(f"cohort:{id_}" for id_ in ids)),), **limits))

    site.save("narrow", having("A:2"))
    site.save("outer", among("narrow"))
    site.save("listed", having("valueset:other"))
    assert studies(site, among("narrow")) == studies(site, among("outer", "narrow")) == {"s2": ["A:2"]}
    assert studies(site, among("listed")) == {"s2": ["A:2"], "s3": ["A:3"]}
    assert studies(site, among("listed", at_most=0)) == {}
    without = Definition(also=Group(of=(Occurs(events=of("A:3"), at_least=0, at_most=0),)))
    site.save("without", without)
    assert studies(site, among("without")) == {}
    with pytest.raises(NotAnswered, match="no such cohort"):
        asked_for(site.snapshot, among("none"))


def test_loops_are_refused(site: Site) -> None:
    looped = Definition(also=Group(of=(Among(cohorts=("cohort:x",)),)))
    row = {"id": "cohort:x", "name": "x", "version": 1, "definition": encode(looped).decode(), "hash": "h"}
    site.store.write(Batch({"Cohort": nodes("Cohort", row)}))
    site.read()
    with pytest.raises(NotAnswered, match="cohort:x > cohort:x"):
        asked_for(site.snapshot, looped)
    with pytest.raises(NotAnswered, match="valueset:loop > valueset:loop"):
        asked_for(site.snapshot, entered(Item("valueset:loop")))
