"""api: what is added to a number of patients: the cell-key method of the Australian and other statistical offices.

Every number gets a random whole number that is 0 on average, has a fixed variance and is bounded, drawn by a key of the
patients counted, so that the same question always gets the same (B. Fraser, J. Wooton: A proposed method for
confidentialising tabular output to protect against differencing, 2005; G. Thompson, S. Broadfoot, D. Elazar:
Methodology for the automatic confidentialisation of statistical outputs from remote servers, 2013). Of all
distributions with these properties the one of the highest entropy is taken, which has the form exp(a v + b v²)
(S. Giessing, R. Tent: Concepts for generalising tools implementing the cell key method, 2019).
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

WIDEST = 5
"""No number is changed by more, which with the rounding to tens makes ten at most."""
VARIANCE = 6.0
"""Of what is added to a number of WIDEST or more."""

_BITS = 16
Floats = npt.NDArray[np.float64]


def distribution(count: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """What may be added to a number of patients, and the probability of each; nobody stays nobody.

    No sum is below 0, so the variance is less where a small number leaves no room for it.
    """
    values = np.arange(-min(count, WIDEST), WIDEST + 1)
    if count == 0:
        return values[:1] * 0, np.ones(1)
    wanted = np.array([0.0, min(VARIANCE, 2.0 * count)])
    powers = np.stack([values, values**2]).astype(float)
    factors = np.zeros(2)
    for _ in range(100):
        # Newton's method, on the convex function whose gradient is what is missing.
        weights = np.exp(factors @ powers - (factors @ powers).max())
        chance = weights / weights.sum()
        missing = wanted - powers @ chance
        if np.abs(missing).max() < 1e-12:
            break
        apart = powers - (powers @ chance)[:, None]
        step = np.linalg.solve(apart * chance @ apart.T, missing)
        factors += step * min(1.0, 1.0 / max(np.abs(step).max(), 1e-9))
    return values, chance


def _thresholds(count: int) -> list[int]:
    """Of 2**16 keys how many are below each value; whole, so that every machine draws the same."""
    return [round(part * 2**_BITS) for part in np.cumsum(distribution(count)[1]).tolist()]


_TABLE: list[tuple[int, list[int]]] = [(-min(count, WIDEST), _thresholds(count)) for count in range(WIDEST + 1)]


def noise(count: int, key: int) -> int:
    """What is added to a number of patients under a key of 64 even bits."""
    lowest, thresholds = _TABLE[min(count, WIDEST)]
    drawn = key & (2**_BITS - 1)
    return lowest + bisect_right(thresholds, drawn)
