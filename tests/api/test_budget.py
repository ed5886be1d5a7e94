"""tests: the limit on different cohorts per caller and day, also after restarts and with several processes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from api.auth import Budget
from api.auth import budget as module
from api.disclosure import Caller, Role
from api.errors import Spent, Unavailable
from api.execution import execute
from graph.snapshot import Snapshot

_KEY = b"a key for tests only"
_ANYBODY = Caller("anonymous", Role.AT_LEAST)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "questions"


def test_a_repeated_cohort_is_free_in_any_process(path: Path) -> None:
    for question in "ababb":
        Budget(path, 2, _KEY).spend(_ANYBODY, question)
    tomorrow = (datetime.now(UTC) + timedelta(1)).date()
    with pytest.raises(Spent, match=f"2 different cohorts .* from {tomorrow}T00:00\\+00:00 on"):
        Budget(path, 2, _KEY).spend(_ANYBODY, "c")
    Budget(path, 2, _KEY).spend(Caller("key:other", Role.STEWARD), "c")
    for role in (Role.EXACT, Role.NONE):
        Budget(path, 2, _KEY).spend(Caller("anonymous", role), "d")


def test_concurrent_callers_get_no_more_than_the_budget(path: Path) -> None:
    budgets = [Budget(path, 5, _KEY) for _ in range(4)]

    def asked(number: int) -> bool:
        try:
            budgets[number % 4].spend(_ANYBODY, str(number))
        except Spent:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(asked, range(40))) == 5


def test_the_budget_is_full_again_the_next_day(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    budget, today = Budget(path, 1, _KEY), datetime.now(UTC)
    budget.spend(_ANYBODY, "a")

    class Tomorrow(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> Any:
            return today + timedelta(1)

    monkeypatch.setattr(module, "datetime", Tomorrow)
    budget.spend(_ANYBODY, "b")
    with pytest.raises(Spent):
        budget.spend(_ANYBODY, "a")
    with sqlite3.connect(path) as file:
        assert file.execute("SELECT count(*) FROM asked").fetchone() == (1,)


def test_the_file_contains_neither_callers_nor_criteria(path: Path) -> None:
    budget = Budget(path, 1, _KEY)
    budget.spend(_ANYBODY, "MONDO:0005148")
    assert path.stat().st_mode & 0o777 == 0o600
    written = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"anonymous" not in written and b"MONDO" not in written and b"asked" in written


def test_a_cohort_that_cannot_be_counted_is_refused(path: Path) -> None:
    path.write_bytes(b"no database " * 100)
    with pytest.raises(OSError, match=r"questions cannot be written .*: delete the file"):
        Budget(path, 1, _KEY).check()
    with pytest.raises(Unavailable, match="cannot be counted"):
        Budget(path, 1, _KEY).spend(_ANYBODY, "a")
    path.unlink()
    path.symlink_to("/nowhere/questions")
    with pytest.raises(Unavailable):
        Budget(path, 1, _KEY).spend(_ANYBODY, "a")


@pytest.fixture
def codes(snapshot: Snapshot, path: Path) -> Callable[..., list[str]]:
    """Returns the error codes for a caller who may ask for one cohort."""
    spend = partial(Budget(path, 1, _KEY).spend, _ANYBODY)

    def asked(*criteria: str, level: str = "LIKELY") -> list[str]:
        fields = [
            f"c{n}: cohort(criteria: {one}, level: {level}) {{ patients {{ count }} }}"
            for n, one in enumerate(criteria)
        ]
        errors = execute(snapshot, f"{{ {' '.join(fields)} }}", spend=spend).get("errors", [])
        return [error["extensions"]["code"] for error in errors]

    return asked


def test_equal_criteria_written_differently_count_once(codes: Callable[..., list[str]]) -> None:
    same = '{all: ["MONDO:0005148"], none: ["MONDO:0005147", "MONDO:0005015"]}'
    others = (
        '{any: ["MONDO_0005148", "MONDO:0005148"], none: ["MONDO:0005015", "MONDO:0005147"], sex: null}',
        '{all: ["MONDO:0005148"], any: [], none: ["MONDO:0005015", "MONDO:0005147", "MONDO:0005015"]}',
    )
    assert codes(same, *others, same) == []
    assert codes('{all: ["MONDO:0005148"], none: ["MONDO:0005147"]}', same) == ["SPENT"]
    assert codes(same, level="CERTAIN") == ["SPENT"]
    assert codes('{all: ["MONDO:9"]}') == ["NOT_FOUND"]


def test_a_criterion_that_is_not_applied_uses_the_budget(codes: Callable[..., list[str]]) -> None:
    """If not, a caller would learn without cost that the criterion makes no difference."""
    assert codes("{}") == []
    assert codes("{bornTo: 2020}") == ["SPENT"]
