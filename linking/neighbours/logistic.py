"""linking: computes the probability of a pair from its features, by logistic regression."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


class Logistic(NamedTuple):
    """The log odds of a pair: `constant` plus the weighted sum of its features."""

    constant: float
    weights: tuple[float, ...]

    @classmethod
    def fitted(cls, features: npt.ArrayLike, right: Flags) -> Logistic:
        """Fits a model with scikit-learn. `right` is True for each correct pair. The weights have an L2 penalty of 1.

        The constant has no penalty.
        """
        # This import takes a second, and only `tricuspid link` needs it.
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(solver="newton-cholesky", tol=1e-8).fit(np.asarray(features, np.float64), right)
        return cls(float(model.intercept_[0]), tuple(model.coef_[0].tolist()))

    def chances(self, features: npt.ArrayLike) -> Numbers:
        logits = self.constant + np.asarray(features, np.float64) @ np.array(self.weights)
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -500, 500))))
