"""tests: which tests `make quick` runs."""

from __future__ import annotations

from pathlib import Path

import pytest


def test_a_test_without_a_folder_is_a_unit_test(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("unit")


def test_a_test_with_a_folder_is_not(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    assert not request.node.get_closest_marker("unit")
