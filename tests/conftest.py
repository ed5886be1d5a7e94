"""What every test may ask for: the real data that lies beside the checkout, and a store of each engine."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[1] / "../shared/data"


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real files that nobody here wrote; a test that asks for it is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("no real data: ../shared/data is absent")
    return SHARED.resolve()
