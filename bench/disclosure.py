"""bench: computes the errors that noise and rounding cause in patient counts, for docs/security.md.

Run `python -m bench.disclosure` from the root of the checkout. The numbers are computed from the distribution of the
noise, not measured.
"""

from __future__ import annotations

import numpy as np

from api.disclosure import AT_LEAST, distribution


def cost() -> list[str]:
    """Returns a row for each range of ten counts: standard deviation, share of errors above ten, share withheld."""
    lines = ["| patients | standard deviation | wrong by more than 10 | withheld |", "|---|---|---|---|"]
    for minimum in (10, 100, 1_000):
        counts = np.arange(minimum, minimum + 10)
        values, chance = distribution(minimum)
        perturbed = (counts[:, None] + values).ravel()
        share = np.tile(chance / len(counts), len(counts))
        shown = perturbed >= AT_LEAST
        off = ((perturbed + AT_LEAST // 2) // AT_LEAST * AT_LEAST - counts.repeat(len(values)))[shown]
        deviation = float(np.sqrt(off**2 @ share[shown] / share[shown].sum()))
        far = float(share[shown][np.abs(off) > 10].sum())
        lines.append(f"| {minimum:,} | {deviation:.1f} | {far:.0%} | {share[~shown].sum():.0%} |")
    return lines


if __name__ == "__main__":
    print("\n".join(cost()))
