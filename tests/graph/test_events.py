"""graph: dates and ages as intervals of days, and the index of events."""

from __future__ import annotations

import pytest

from graph.events import HIGHEST, LOWEST, interval
from graph.events.days import Interval, dated

UNKNOWN = Interval(LOWEST, HIGHEST)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1970-01-01", Interval(0, 0)),
        ("1970-01", Interval(0, 30)),
        ("1970", Interval(0, 364)),
        ("2020-02", Interval(18293, 18321)),
        ("1969-12-31", Interval(-1, -1)),
        ("P0D", Interval(0, 0, True)),
        ("P1Y", Interval(366, 730, True)),
        ("P2W", Interval(14, 20, True)),
        ("P28D/P11M", Interval(28, 365, True)),
        ("P16Y/..", Interval(5844, HIGHEST, True)),
        ("../P0D", Interval(LOWEST, 0, True)),
        ("1970-01-01/1970-02", Interval(0, 58)),
        *(
            (text, UNKNOWN)
            for text in ("", "2020-02-30", "2020-1-1", "P", "P1.5Y", "1970/1969", "P1Y/1970", "../..", "x")
        ),
    ],
)
def test_a_text_is_an_interval(text: str, expected: Interval) -> None:
    assert interval(text) == expected


def test_a_day_is_a_date() -> None:
    assert dated(18262) == "2020-01-01" and interval(dated(-719000)).first == -719000
