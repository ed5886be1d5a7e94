"""cohorts: results with sources, saved cohorts and stored value sets."""

from __future__ import annotations

import msgspec
import pytest

from cohorts.engine.answer import answer
from cohorts.errors import NotAnswered
from cohorts.model import Among, Definition, Events, Group, Rule
from cohorts.results import Outcome, attrition, breakdown, check, incidence, orphans
from cohorts.results.attrition import with_rules
from cohorts.results.breakdown import Sources
from graph.store import Batch, Store
from graph.value_sets import BadValueSet, Concepts, Item
from tests.cohorts.results.worlds import of
from tests.cohorts.test_saved import Site, having
from tests.graph.rows import nodes

NARROW = Group(of=(Among(cohorts=("cohort:narrow",)),))


@pytest.fixture
def site(store: Store) -> Site:
    """Patients 0 to 5; 0 and 1 are from source `a`, and 3 to 5 are in the saved cohort `narrow`."""
    site = Site(store)
    site.save("narrow", having("A:2"))
    return site


def test_a_breakdown_by_source(site: Site) -> None:
    everyone = answer(site.snapshot, Definition())
    found = breakdown(site.snapshot, everyone, ["sex", Sources(("a",))])
    assert {cell: set(patients) for cell, patients in found.items()} == {
        ("female", "a"): {0}, ("male", "a"): {1}, ("female", None): {2, 4}, ("male", None): {3, 5},
    }  # fmt: skip
    with pytest.raises(NotAnswered, match="the source 'b'"):
        breakdown(site.snapshot, everyone, [Sources(("b",))])


def test_a_saved_cohort_is_a_rule_and_a_part_of_an_outcome(site: Site) -> None:
    definition = Definition(entry=(of("A:1"),), rules=(Rule(name="narrow", group=NARROW),))
    checks = check(site.snapshot, definition)
    assert {rules: set(patients) for rules, patients in attrition(checks).combinations.items()} == {
        (0,): {3, 4, 5}, (): {0, 1, 2},
    }  # fmt: skip
    everyone = with_rules(checks, [])
    found = incidence(site.snapshot, everyone, Outcome(Events(group=NARROW), since=0))
    assert (set(found.rates[()].persons), set(found.rates[()].outcomes)) == ({0, 1, 2, 3, 4, 5}, {3, 4, 5})


def test_orphans_of_a_stored_value_set(site: Site) -> None:
    text = msgspec.json.encode(Concepts((Item("A:2"),))).decode()
    row = {"id": "valueset:x", "version": "1", "name": "x", "definition": text}
    site.store.write(Batch(nodes={"ValueSet": nodes("ValueSet", row)}))
    site.read()
    [found] = orphans(site.snapshot, Definition(entry=(of("valueset:x"),))).values()
    assert [(site.snapshot.ids[one.concept], one.near, set(one.patients)) for one in found] == [
        ("A:1", ("broader",), {0, 1, 2})
    ]
    with pytest.raises(BadValueSet, match="no such value set"):
        orphans(site.snapshot, Definition(entry=(of("valueset:y"),)))
