"""End-to-end tests: in real records, the text of every ABOUT edge is at the edge's position."""

from __future__ import annotations

from contextlib import closing

from graph.store import open_store
from tests.ingest.test_places import check, places


def test_every_position_in_real_records_is_right(whole: str) -> None:
    with closing(open_store(whole)) as store:
        found = check(list(places(store)))
    wanted = ("inclusion", "exclusion", "title", "summary", "abstract", "description", "goals", "text")
    assert all(found[field] > 20 for field in wanted[:4]) and all(found[field] for field in wanted), found
