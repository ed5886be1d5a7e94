"""tests: the pages of a list, put together, are the whole list."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.errors import BadInput
from api.execution import execute
from api.fields import check_first, cursor, start_of
from graph.snapshot import Snapshot, fresh_snapshot
from graph.store import open_store
from tests.api.conftest import Ask
from tests.ingest.graphs import load_into

_PAGE = "{ totalCount edges { cursor node { id } } nodes { id } pageInfo { hasNextPage endCursor } }"
_LISTS = {
    "studies": f"query($n: Int!, $a: String) {{ list: studies(first: $n, after: $a) {_PAGE} }}",
    "search": f'query($n: Int!, $a: String) {{ list: search(text: "diabetes", first: $n, after: $a) {_PAGE} }}',
    "below": 'query($n: Int!, $a: String) { concept(id: "MONDO:0000001") '
    f"{{ list: descendants(first: $n, after: $a) {_PAGE} }} }}",
}


def _page(ask: Ask, name: str, first: int, after: str | None) -> Any:
    found = ask(_LISTS[name], {"n": first, "a": after})
    return found["list"] if "list" in found else found["concept"]["list"]


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(_LISTS)), first=st.integers(1, 12))
def test_pages_together_are_the_whole_list(ask: Ask, name: str, first: int) -> None:
    whole = _page(ask, name, 500, None)
    assert whole["totalCount"] == len(whole["nodes"]) > 3
    pieces: list[Any] = []
    after: str | None = None
    for _ in range(-(-whole["totalCount"] // first)):
        page = _page(ask, name, first, after)
        assert page["totalCount"] == whole["totalCount"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        after = page["pageInfo"]["endCursor"]
        assert after == page["edges"][-1]["cursor"]
        pieces += page["edges"]
        assert page["pageInfo"]["hasNextPage"] == (len(pieces) < whole["totalCount"])
    assert pieces == whole["edges"]


def test_lists_are_in_order_of_id(ask: Ask) -> None:
    for name in ("studies", "below"):
        ids = [node["id"] for node in _page(ask, name, 500, None)["nodes"]]
        assert ids == sorted(ids)


def test_an_empty_page_and_a_page_after_the_end(ask: Ask, snapshot: Snapshot) -> None:
    assert _page(ask, "studies", 0, None)["pageInfo"] == {"hasNextPage": True, "endCursor": None}
    behind = _page(ask, "studies", 10, cursor(snapshot.epoch, 400))
    assert (behind["totalCount"], behind["edges"]) == (4, [])
    assert behind["pageInfo"] == {"hasNextPage": False, "endCursor": None}


def test_a_page_has_ten_items_by_default(demo: Snapshot) -> None:
    found = execute(demo, '{ search(text: "kidney disease") { totalCount nodes { id } } }')["data"]["search"]
    assert found["totalCount"] > 10 == len(found["nodes"])


@given(st.integers(0, 10**6))
def test_a_cursor_is_read_back_and_only_in_its_epoch(position: int) -> None:
    assert start_of(7, 1, cursor(7, position)) == position + 1
    with pytest.raises(BadInput, match="of epoch 7, but the current epoch is 8"):
        start_of(8, 1, cursor(7, position))


@given(st.text(max_size=30))
def test_an_invalid_cursor_is_refused(text: str) -> None:
    try:
        start = start_of(7, 1, text)
    except BadInput:
        return
    assert cursor(7, start - 1) == text or text.startswith("YXQ6")


@pytest.mark.parametrize("first", [-1, 501, 10**9])
def test_a_page_size_out_of_range_is_refused(first: int) -> None:
    with pytest.raises(BadInput, match="0 to 500"):
        check_first(first)


@pytest.fixture(scope="module")
def chain(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snapshot]:
    """A store with cycles and replaced concepts, and its snapshot."""
    folder = tmp_path_factory.mktemp("chain")
    with closing(open_store(str(folder))) as store:
        load_into(store, shared / "faults/replaced-chain.obo")
        return folder, fresh_snapshot(store, folder)


@pytest.mark.parametrize("skip", [True, False])
def test_unusual_queries_are_answered_correctly(chain: tuple[Path, Snapshot], shared: Path, skip: bool) -> None:
    """Nested fragments, variables with defaults, aliases, empty pages, and ids in forms that people paste."""
    answer = execute(chain[1], (shared / "faults/graphql-odd.graphql").read_text(), {"skip": skip})
    assert "errors" not in answer
    root, every = answer["data"].pop("a"), answer["data"]
    below = [f"DOID:00000{n:02}" for n in (2, 3, 4, 7, 10, 11, 12, 13)]
    whole: dict[str, Any] = {
        "totalCount": 8,
        "nodes": [{"id": id_} for id_ in below],
        "pageInfo": {"hasNextPage": False},
    }
    assert root.pop("rest") == whole
    assert root.pop("none") == whole | {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
    first = root.pop("pageFirst")
    assert first["nodes"] == whole["nodes"][:2] and first["pageInfo"]["hasNextPage"]
    assert root == {"label": "root ailment", "children": {"nodes": [{"id": below[0], "label": "loop alpha"}]}}
    asked = {"id": "DOID:0000010"}
    assert every.pop("concepts") == [asked, asked]
    found = {"totalCount": 3, "edges": [{"node": {"id": "DOID:0000003"}}]}
    assert [every.pop(name).items() >= found.items() for name in ("s1", "s2", "s3")] == [True] * 3
    assert every == {"u1": asked, "u2": asked, "u3": asked, "u4": asked, "u5": None, "u6": None}


def test_a_cursor_of_an_earlier_epoch_is_refused(chain: tuple[Path, Snapshot], shared: Path) -> None:
    """A new concept earlier in the list moves all positions: a page would repeat one concept and skip the new one."""
    folder, first = chain
    asked = (
        'query($a: String) { concept(id: "DOID:0000001") '
        "{ children(first: 1, after: $a) { nodes { id } pageInfo { endCursor } } } }"
    )
    before = execute(first, asked, {})
    after = before["data"]["concept"]["children"]["pageInfo"]["endCursor"]
    with closing(open_store(str(folder))) as store:
        load_into(store, shared / "faults/cursor-more.obo")
        snapshot = fresh_snapshot(store, folder)
    result = execute(snapshot, asked, {"a": after})
    assert [error["extensions"]["code"] for error in result["errors"]] == ["BAD_INPUT"]
    assert "start again at the first page" in result["errors"][0]["message"]
    seen: list[str] = []
    after = None
    while len(seen) < 9:
        page = execute(snapshot, asked, {"a": after})["data"]["concept"]["children"]
        seen += [node["id"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
        if after is None:
            break
    assert seen == [f"DOID:000000{n}" for n in (0, 2, 3, 4)]
