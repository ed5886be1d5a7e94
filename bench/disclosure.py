"""bench: what is added to numbers of patients costs in accuracy, as docs/security.md tells it.

`python -m bench.disclosure` from the root of the checkout; computed, not measured.
"""

from __future__ import annotations

import numpy as np

from api.disclosure import AT_LEAST, distribution


def cost() -> list[str]:
    """For ten numbers of patients from each on: the standard deviation, how often it is more than ten off, withheld."""
    lines = ["| patients | standard deviation | more than 10 off | withheld |", "|---|---|---|---|"]
    for least in (10, 100, 1_000):
        counts = np.arange(least, least + 10)
        values, chance = distribution(least)
        perturbed = (counts[:, None] + values).ravel()
        share = np.tile(chance / len(counts), len(counts))
        shown = perturbed >= AT_LEAST
        off = ((perturbed + AT_LEAST // 2) // AT_LEAST * AT_LEAST - counts.repeat(len(values)))[shown]
        deviation = float(np.sqrt(off**2 @ share[shown] / share[shown].sum()))
        far = float(share[shown][np.abs(off) > 10].sum())
        lines.append(f"| {least:,} | {deviation:.1f} | {far:.0%} | {share[~shown].sum():.0%} |")
    return lines


if __name__ == "__main__":
    print("\n".join(cost()))
