"""linking: from what speaks for a pair to the probability that it is one; logistic regression by Newton's method."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_ROUNDS = 30
_RIDGE = 1.0
"""Keeps a feature that parts the examples wholly from growing without end; the constant is left free."""


class Logistic(NamedTuple):
    """The log odds of a pair: `constant` and, for each feature, what one unit of it adds."""

    constant: float
    weights: tuple[float, ...]

    @classmethod
    def fitted(cls, features: npt.ArrayLike, right: Flags) -> Logistic:
        """Iteratively reweighted least squares (https://hastie.su.domains/ElemStatLearn/, 4.4.1), with a ridge of 1."""
        rows = np.asarray(features, np.float64)
        rows = np.column_stack([np.ones(len(rows)), rows])
        ridge = np.diag([1e-9] + [_RIDGE] * (rows.shape[1] - 1))
        weights = np.zeros(rows.shape[1])
        for _ in range(_ROUNDS):
            chance = _chance(rows @ weights)
            slope = rows.T @ (right - chance) - ridge @ weights
            curve = (rows * (chance * (1 - chance))[:, None]).T @ rows + ridge
            step = np.linalg.solve(curve, slope)
            weights += step * min(1.0, 5 / max(float(np.abs(step).max()), 1e-9))
            if np.abs(step).max() < 1e-6:
                break
        return cls(float(weights[0]), tuple(weights[1:].tolist()))

    def chances(self, features: npt.ArrayLike) -> Numbers:
        return _chance(self.constant + np.asarray(features, np.float64) @ np.array(self.weights))


def _chance(logits: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))
