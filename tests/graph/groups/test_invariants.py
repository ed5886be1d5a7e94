"""graph: properties of the groups of any graph, compared with a simple implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from graph.groups import CERTAIN, SAME
from tests.graph.groups.made import BROAD, EXACT, NARROW, STEWARD, XREF, Found, Graph

IDS = [f"{prefix}:{number}" for prefix in "ABC" for number in range(4)]
NAMES = ("", "gout", "colic", "renal colic", "type 1 colic", "type 2 colic")
Pair = tuple[str, str]

ids = st.sampled_from(IDS)
pairs = st.tuples(ids, ids)
concept: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "label": st.sampled_from(NAMES),
        "synonyms": st.lists(st.sampled_from(NAMES[1:]), max_size=1),
        "kind": st.sampled_from(("", "", "disease", "phenotype", "finding", "organism")),
        "deprecated": st.sampled_from((False, False, False, True)),
        "replaced_by": st.one_of(st.none(), ids),
        "stub": st.booleans(),
    }
)
mapping: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "predicate": st.sampled_from((EXACT, EXACT, BROAD, NARROW, XREF, XREF, "skos:closeMatch")),
        "state": st.sampled_from(("accepted", "accepted", "accepted", "rejected")),
        "release": st.sampled_from(("curated", "curated", "other", STEWARD)),
    }
)
candidate = st.tuples(ids, ids, st.sampled_from((0.8, 0.85, 0.9)))


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    made = Graph()
    for id_ in IDS:
        made.concept(id_, **draw(concept))
    for pair, said in draw(st.lists(st.tuples(pairs, mapping), max_size=10)):
        made.mapping(*pair, **said)
    for proposed in draw(st.lists(candidate, max_size=5)):
        made.candidate(*proposed)
    made.below(*draw(st.lists(pairs, max_size=10)))
    for id_, kind in draw(st.lists(st.tuples(ids, st.sampled_from(("condition", "procedure"))), max_size=2)):
        made.event(id_, kind, 12)
    return made


def rows(made: Graph, state: str, steward: bool, predicates: Iterable[str]) -> set[Pair]:
    return {
        (row["source"], row["target"])
        for row in made.mappings
        if row["state"] == state and (row["release"] == STEWARD) == steward and row["predicate"] in predicates
    }


def either(some: Iterable[Pair]) -> set[Pair]:
    return {pair for one, other in some if one != other for pair in ((one, other), (other, one))}


def united(some: Iterable[Pair]) -> set[frozenset[str]]:
    """The groups that these pairs make."""
    groups = {id_: frozenset((id_,)) for id_ in IDS}
    for one, other in some:
        whole = groups[one] | groups[other]
        groups |= dict.fromkeys(whole, whole)
    return {group for group in groups.values() if len(group) > 1}


def apart(found: Found) -> Iterator[Pair]:
    """Yields pairs that are in one group at LIKELY but not at CERTAIN."""
    for group in found.sets():
        for one, other in combinations(sorted(group), 2):
            if not found.certain(one, other):
                yield one, other


NOT_SAME = {*SAME, XREF, "skos:closeMatch"}


def rejected_pairs_are_not_joined(made: Graph, found: Found) -> None:
    for one, other in rows(made, "rejected", True, NOT_SAME):
        assert one == other or not found.one(one, other)
    for one, other in rows(made, "rejected", False, NOT_SAME):
        assert one == other or not found.one(one, other) or found.certain(one, other)


def stated_pairs_are_joined_unless_rejected(made: Graph, found: Found) -> None:
    refused = {
        pair for one, other, why in found.conflicts for pair in ((one, other), (other, one)) if why == "rejected"
    }
    steward = either(rows(made, "rejected", True, NOT_SAME))
    for pair in rows(made, "accepted", True, SAME):
        assert pair in steward | refused or found.certain(*pair)
    contested = steward | either(rows(made, "rejected", False, NOT_SAME))
    for pair in rows(made, "accepted", False, SAME):
        assert pair in contested | refused or found.certain(*pair)


def certain_groups_are_parts_of_likely_ones(made: Graph, found: Found) -> None:
    likely = found.sets()
    assert all(any(group <= other for other in likely) for group in found.sets(CERTAIN))


def computed_pairs_have_different_terminologies_and_like_kinds(made: Graph, found: Found) -> None:
    kinds = dict(zip(found.ids, found.found.kinds.tolist(), strict=True))
    known = {id_: row["kind"] for id_, row in made.concepts.items() if row["kind"]}
    ill = {"disease", "phenotype", "finding"}
    for one, other in apart(found):
        live = not any(made.concepts[end][how] for end in (one, other) for how in ("deprecated", "stub"))
        assert not live or one[0] != other[0]
        if one in known and other in known:
            assert known[one] == known[other] or {known[one], known[other]} <= ill
            assert kinds[one] and kinds[other]


def the_forest_gives_the_groups_with_the_least_pairs(made: Graph, found: Found) -> None:
    ends = [(row["one"], row["other"]) for row in found.forest]
    certain = [(row["one"], row["other"]) for row in found.forest if row["level"] == CERTAIN]
    assert united(ends) == found.sets() and united(certain) == found.sets(CERTAIN)
    assert len(ends) == sum(len(group) - 1 for group in found.sets())
    assert all(0.8 <= row["probability"] <= 1 for row in found.forest)


def steps_up(made: Graph, found: Found) -> set[Pair]:
    """Narrower and broader concepts, by hierarchy and stated mappings."""
    stated = {(row["one"], row["other"]) for row in found.narrower if row["level"] == CERTAIN}
    return {*made.is_a, *stated}


def led_to(start: str, up: set[Pair], groups: dict[str, frozenset[str]]) -> set[str]:
    """All concepts that can be reached from the start, upwards and through groups."""
    found, edge = set[str](), {start}
    while edge:
        edge = {other for one in edge for other in groups[one]}
        found |= edge
        edge = {high for low, high in up if low in edge} - found
    return found


def no_computed_pair_makes_a_group_broader_than_itself(made: Graph, found: Found) -> None:
    """Without the computed pair, there is no path from one of its ends to the other."""
    up = steps_up(made, found)
    ends = [(row["one"], row["other"], row["level"]) for row in found.forest]
    for one, other, level in ends:
        rest = united((a, b) for a, b, _ in ends if (a, b) != (one, other))
        groups = {id_: frozenset((id_,)) for id_ in IDS} | {id_: group for group in rest for id_ in group}
        if level != CERTAIN:
            assert other not in led_to(one, up, groups) and one not in led_to(other, up, groups)


def shuffled(made: Graph, random: Random) -> Graph:
    def mixed(some: Iterable[Any]) -> list[Any]:
        rest = list(some)
        random.shuffle(rest)
        return rest

    order = mixed(made.concepts.items())
    return Graph(dict(order), mixed(made.names), mixed(made.mappings), mixed(made.is_a), mixed(made.events))


PROPERTIES: tuple[Callable[[Graph, Found], None], ...] = (
    rejected_pairs_are_not_joined,
    stated_pairs_are_joined_unless_rejected,
    certain_groups_are_parts_of_likely_ones,
    computed_pairs_have_different_terminologies_and_like_kinds,
    the_forest_gives_the_groups_with_the_least_pairs,
    no_computed_pair_makes_a_group_broader_than_itself,
)


@given(graphs(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_groups_have_all_properties_and_the_order_of_loading_changes_nothing(made: Graph, random: Random) -> None:
    one, other = made.groups(), shuffled(made, random).groups()
    for holds in PROPERTIES:
        holds(made, one)
    assert (one.sets(), one.sets(CERTAIN)) == (other.sets(), other.sets(CERTAIN))
    assert one.forest == other.forest
    assert (one.narrower, one.conflicts) == (other.narrower, other.conflicts)
