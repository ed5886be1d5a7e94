"""ingest: every form of `compose` of a FHIR value set, on both engines, against sets computed by hand."""

from __future__ import annotations

import json
from contextlib import closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from cohorts.engine import answer
from cohorts.language import parse
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import Batch, Store, open_store
from graph.value_sets import BadValueSet, Concepts, Item, members
from ingest.run import load
from ingest.systems import Systems
from tests.graph.rows import edges, nodes
from tests.ingest.graphs import obo, quiet

SYSTEMS: Systems = {"urn:x": "X", "urn:y": "Y"}
X = (
    "X:1\nname: one",
    "X:2\nname: two\nis_a: X:1",
    "X:3\nname: three\nis_a: X:2",
    "X:4\nname: four\nis_a: X:1",
    "X:15\nname: fifteen\nis_obsolete: true",
)
"""X:1 has X:2 and X:4 below it, and X:2 has X:3. X:15 is obsolete."""
Y = ("Y:1\nname: one", "Y:2\nname: two\nis_a: Y:1")
ALL_X = {"X:1", "X:2", "X:3", "X:4", "X:15"}


def of(*filters: tuple[str, str, str], system: str = "urn:x", **more: Any) -> dict[str, Any]:
    """An include of X with these filters."""
    some = [dict(zip(("property", "op", "value"), one, strict=True)) for one in filters]
    return {"system": system} | ({"filter": some} if some else {}) | more


def codes(*some: str, system: str = "urn:x", **more: Any) -> dict[str, Any]:
    return {"system": system, "concept": [{"code": code} for code in some], **more}


def sets(*names: str) -> dict[str, Any]:
    return {"valueSet": [*names]}


BELOW_ONE, BELOW_TWO = ("concept", "is-a", "1"), ("concept", "is-a", "2")
FORMS: dict[str, tuple[dict[str, Any], set[str]]] = {
    "low": ({"include": [codes("3", "4"), codes("1", system="urn:y")]}, {"X:3", "X:4", "Y:1"}),
    "two": ({"include": [of(BELOW_TWO)]}, {"X:2", "X:3"}),
    "whole": ({"include": [of()]}, ALL_X),
    "descendent": ({"include": [of(("concept", "descendent-of", "1"))]}, {"X:2", "X:3", "X:4"}),
    "not-a": ({"include": [of(("concept", "is-not-a", "2"))]}, {"X:1", "X:4", "X:15"}),
    "equal": ({"include": [of(("concept", "=", "2"))]}, {"X:2"}),
    "in": ({"include": [of(("code", "in", "2, 4"))]}, {"X:2", "X:4"}),
    "not-in": ({"include": [of(("concept", "not-in", "2,4"))]}, {"X:1", "X:3", "X:15"}),
    "regex": ({"include": [of(("code", "regex", "1.*|3"))]}, {"X:1", "X:3", "X:15"}),
    "anchored": ({"include": [of(("code", "regex", "1"))]}, {"X:1"}),
    "child": ({"include": [of(("concept", "child-of", "1"))]}, {"X:2", "X:4"}),
    "parent": ({"include": [of(("parent", "=", "2"))]}, {"X:3"}),
    "current": ({"include": [of(("inactive", "=", "false"))]}, ALL_X - {"X:15"}),
    "obsolete": ({"include": [of(("inactive", "=", "true"))]}, {"X:15"}),
    "both filters": ({"include": [of(BELOW_ONE, ("concept", "is-not-a", "2"))]}, {"X:1", "X:4"}),
    "filter and regex": ({"include": [of(BELOW_TWO, ("code", "regex", "[34]"))]}, {"X:3"}),
    "in set": ({"include": [sets("low")]}, {"X:3", "X:4", "Y:1"}),
    "in both sets": ({"include": [sets("low", "two")]}, {"X:3"}),
    "either set": ({"include": [sets("low"), sets("two")]}, {"X:2", "X:3", "X:4", "Y:1"}),
    "system and set": ({"include": [of(**sets("low"))]}, {"X:3", "X:4"}),
    "filter and set": ({"include": [of(BELOW_TWO, **sets("low"))]}, {"X:3"}),
    "filter and sets": ({"include": [of(BELOW_ONE, **sets("low", "two"))]}, {"X:3"}),
    "codes and set": ({"include": [codes("1", "4", **sets("low"))]}, {"X:4"}),
    "without codes": ({"include": [of()], "exclude": [codes("1", "15")]}, {"X:2", "X:3", "X:4"}),
    "without below": ({"include": [of()], "exclude": [of(("concept", "descendent-of", "2"))]}, ALL_X - {"X:3"}),
    "without both": ({"include": [of()], "exclude": [of(BELOW_TWO, **sets("low"))]}, ALL_X - {"X:3"}),
    "without set": ({"include": [of()], "exclude": [sets("two")]}, {"X:1", "X:4", "X:15"}),
    "without system": ({"include": [sets("low")], "exclude": [of()]}, {"Y:1"}),
    "without not-a": ({"include": [of()], "exclude": [of(("concept", "is-not-a", "2"))]}, {"X:2", "X:3"}),
    "active": ({"include": [of()], "inactive": False}, ALL_X - {"X:15"}),
}
"""By name: compose, and the concepts of the set."""


def resource(name: str, compose: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"resourceType": "ValueSet", "id": name.replace(" ", "-"), "compose": compose, **more}


def loaded(store: Store, folder: Path, *resources: dict[str, Any]) -> tuple[Snapshot, list[str]]:
    """Loads X, Y and a bundle of value sets. Returns the snapshot, and what was refused and noted."""
    bundle = folder / "sets.json"
    bundle.write_text(json.dumps({"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}))
    files = [obo(folder / "x.obo", "1", *X, ontology="x"), obo(folder / "y.obo", "1", *Y, ontology="y"), bundle]
    report, _ = load(store, store.address.state, files, quiet, systems=SYSTEMS)
    return fresh_snapshot(store, store.address.state), [*report.refusals, *report.notes]


def found(snapshot: Snapshot, name: str) -> set[str]:
    item = Item(f"valueset:{name.replace(' ', '-')}")
    return {snapshot.ids[number] for number in members(snapshot, Concepts((item,))).found}


def test_every_form_has_the_concepts_that_fhir_says(store: Store, tmp_path: Path) -> None:
    snapshot, told = loaded(store, tmp_path, *(resource(name, one) for name, (one, _) in FORMS.items()))
    assert told == []
    assert {name: found(snapshot, name) for name in FORMS} == {name: wanted for name, (_, wanted) in FORMS.items()}


def test_cohorts_count_the_patients_of_a_set(store: Store, tmp_path: Path) -> None:
    """Patient n has an event of the n-th of these concepts."""
    snapshot, _ = loaded(store, tmp_path, *(resource(name, one) for name, (one, _) in FORMS.items()))
    ids = sorted({*ALL_X, "Y:1", "Y:2"})
    people = [{"id": f"patient:{n}"} for n in range(len(ids))]
    pairs = [(f"patient:{n}", id_) for n, id_ in enumerate(ids)]
    events = edges("EVENT", *pairs, record="r", kind="condition", status="active")
    store.write(Batch({"Patient": nodes("Patient", *people)}, edges={"EVENT": events}))
    snapshot = fresh_snapshot(store, store.address.state)
    for name, (_, wanted) in FORMS.items():
        definition = parse(f"patients with condition [valueset:{name.replace(' ', '-')}]")
        assert [*answer(snapshot, definition).patients] == [ids.index(id_) for id_ in sorted(wanted)], name
        without = parse(f"patients without condition [valueset:{name.replace(' ', '-')}]")
        assert len(answer(snapshot, without).patients) == len(ids) - len(wanted), name


def test_what_sets_have_in_common_does_not_depend_on_their_order(tmp_path: Path) -> None:
    filters = [BELOW_ONE, ("concept", "is-not-a", "2"), ("code", "regex", "[1-4]"), ("inactive", "=", "false")]
    named = [*permutations(filters), *permutations(["low", "two", "whole"])]
    resources = [resource(name, FORMS[name][0]) for name in ("low", "two", "whole")]
    for n, some in enumerate(named):
        include = of(*some) if isinstance(some[0], tuple) else sets(*map(str, some))  # type: ignore[arg-type]
        resources.append(resource(f"set-{n}", {"include": [include]}))
    with closing(open_store(str(tmp_path / "store"))) as store:
        snapshot, told = loaded(store, tmp_path, *resources)
    assert told == []
    every = [found(snapshot, f"set-{n}") for n in range(len(named))]
    assert every[:24] == [{"X:1", "X:4"}] * 24 and every[24:] == [{"X:3"}] * 6


_PLACE = "sets.json, $.entry[0].resource: "
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"include": [of(("STATUS", "=", "ACTIVE"))]}, "compose.include[0]: filter[0]: the filter `STATUS =` cannot be"),
    ({"include": [of(), of(BELOW_ONE, ("concept", "generalizes", "3"))]}, "compose.include[1]: filter[1]: the filter"),
    ({"include": [of()], "exclude": [of(("x", "exists", "true"))]}, "compose.exclude[0]: filter[0]: the filter `x"),
    ({"include": [of(("inactive", "=", "maybe"))]}, "compose.include[0]: filter[0]: the filter `inactive =` cannot"),
    ({"include": [of(("concept", "in", "1,2"), system="http://snomed.info/sct")]}, "means a reference set"),
    ({"include": [of(("code", "regex", "(?=1)"))]}, "the regular expression '(?=1)' is not in the syntax of RE2"),
    ({"include": [of(("code", "regex", "1)|(2"))]}, "the regular expression '1)|(2' is not in the syntax of RE2"),
    ({"include": [of(("code", "regex", "1" * 1001))]}, "a regular expression must have 1 to 1000 characters"),
    ({"include": [of(("code", "regex", "HP:.*"), system="http://purl.obolibrary.org/obo/hp.owl")]}, "have a prefix"),
    ({"include": [sets("own")]}, "valueSet[0]: the value set is a part of itself; remove this reference"),
    ({"include": [sets("low", "own|2")]}, "compose.include[0]: valueSet[1]: the value set is a part of itself"),
    ({"include": [of(BELOW_ONE, **codes("1"))]}, "compose.include[0]: it has both codes and filters"),
    ({"include": [{"concept": [{"code": "1"}]}]}, "compose.include[0]: it has codes or filters without a system"),
    ({"include": [{}]}, "compose.include[0]: it has neither a system nor a value set"),
    ({"include": []}, "compose.include: it is empty"),
    ({"include": [codes("1", " ")]}, "compose.include[0]: a code has no system, is empty"),
    ({"include": [of(modifierExtension=[{"url": "urn:m"}])]}, "compose.include[0]: it has a modifierExtension"),
    ({"include": [of()], "modifierExtension": [{"url": "urn:m"}]}, "it has a modifierExtension"),
    ({"include": [of(**sets("a b"))]}, "compose.include[0]: valueSet[0]: its name is empty, too long, or contains"),
    ({"include": [of(("concept", "in", "1,,2"))]}, "compose.include[0]: filter[0]: a code has no system"),
    ({"include": [{"system": 3}]}, "Expected `str`, got `int`"),
    ({"include": [codes(*map(str, range(500_001)))]}, "it has more than 500,000 items"),
]


@pytest.mark.parametrize(("compose", "told"), REFUSED, ids=[told[:60] for _, told in REFUSED])
def test_what_cannot_be_read_is_refused_with_its_place(compose: dict[str, Any], told: str, tmp_path: Path) -> None:
    with closing(open_store(str(tmp_path / "store"))) as store:
        snapshot, refused = loaded(store, tmp_path, resource("own", compose, version="2"))
    assert len(refused) == 1 and refused[0].startswith(_PLACE) and told in refused[0]
    assert snapshot.tables["ValueSet"].num_rows == 0


def test_a_long_loop_is_refused_by_name(tmp_path: Path) -> None:
    one, other = (resource(*pair) for pair in (("a", {"include": [of(**sets("b"))]}), ("b", {"include": [sets("a")]})))
    with closing(open_store(str(tmp_path / "store"))) as store:
        snapshot, _ = loaded(store, tmp_path, one, other)
    with pytest.raises(BadValueSet, match="valueset:a > valueset:b > valueset:a"):
        found(snapshot, "a")


def test_a_new_version_leaves_the_conditions_of_the_version_before(tmp_path: Path) -> None:
    """A part has no name of its own, so it cannot change under an earlier version."""
    with closing(open_store(str(tmp_path / "store"))) as store:
        for version, code in (("1", "1"), ("2", "2")):
            compose = {"include": [of(("concept", "descendent-of", code))]}
            snapshot, told = loaded(store, tmp_path, resource("v", compose, version=version))
            assert told == []
    assert (found(snapshot, "v"), found(snapshot, "v|1")) == ({"X:3"}, {"X:2", "X:3", "X:4"})


def test_a_code_system_that_is_not_loaded_is_reported(tmp_path: Path) -> None:
    loinc = of(("code", "regex", "4.*"), system="http://loinc.org")
    with closing(open_store(str(tmp_path / "store"))) as store:
        snapshot, told = loaded(store, tmp_path, resource("v", {"include": [loinc, codes("1")]}))
    expected = "1 of the 2 items are not loaded: load their terminology, such as that of loinc:*"
    assert told == [f"{_PLACE}{expected}"]
    both = members(snapshot, Concepts((Item("valueset:v"),)))
    assert ({snapshot.ids[one] for one in both.found}, both.unknown) == ({"X:1"}, ["loinc:*"])
