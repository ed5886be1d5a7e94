"""api: noise for numbers of patients, by the cell-key method of the Australian and other statistical offices.

Random noise is added to every number. The noise is a bounded integer with the mean 0 and a fixed variance. It is drawn
with a key computed from the counted patients, so the same query always gets the same noise (B. Fraser, J. Wooton: A
proposed method for confidentialising tabular output to protect against differencing, 2005; G. Thompson, S. Broadfoot,
D. Elazar: Methodology for the automatic confidentialisation of statistical outputs from remote servers, 2013). Of all
distributions with these properties, the distribution with the highest entropy is used. The probability of the noise v
is proportional to exp(a v + b v²) (S. Giessing, R. Tent: Concepts for generalising tools implementing the cell key
method, 2019).
"""

from __future__ import annotations

from bisect import bisect_right

import numpy as np
import numpy.typing as npt

WIDEST = 5
"""The largest noise, up or down. Noise and rounding to tens together change a number by at most ten."""
VARIANCE = 6.0
"""Variance of the noise for all numbers that are at least WIDEST."""

_BITS = 16
Floats = npt.NDArray[np.float64]


def distribution(count: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Returns the possible noise for a number of patients, and the probability of each value. Zero gets no noise.

    A number with noise is never below 0, so the noise of small numbers has a smaller variance.
    """
    values = np.arange(-min(count, WIDEST), WIDEST + 1)
    if count == 0:
        return values[:1] * 0, np.ones(1)
    wanted = np.array([0.0, min(VARIANCE, 2.0 * count)])
    powers = np.stack([values, values**2]).astype(float)
    factors = np.zeros(2)
    for _ in range(100):
        # Newton's method on the convex function whose gradient is `missing`.
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
    """Returns, for each noise value, how many of the 2**16 keys give this value or a lower one.

    The numbers are integers, so every machine draws the same noise.
    """
    return [round(part * 2**_BITS) for part in np.cumsum(distribution(count)[1]).tolist()]


_TABLE: list[tuple[int, list[int]]] = [(-min(count, WIDEST), _thresholds(count)) for count in range(WIDEST + 1)]


def noise(count: int, key: int) -> int:
    """Returns the noise for a number of patients, drawn with a key of 64 uniformly distributed bits."""
    lowest, thresholds = _TABLE[min(count, WIDEST)]
    drawn = key & (2**_BITS - 1)
    return lowest + bisect_right(thresholds, drawn)
