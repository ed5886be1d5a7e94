"""graph.units: reads equations between units. Each equation is valid for one substance, given by its LOINC code.

The table is substances.tsv. In an equation, a value x in the unit `one` equals the value y = x * `factor` + `offset` in
the unit `other`. In an equation without an offset, `one` and `other` may also be parts of a unit: `1 mol = 180.156 g`
of glucose converts mmol/L into mg/dL. `ways` is 2 if the equation may be used in both directions. `decimals` has the
numbers of decimals that laboratories must report for `one` and `other`. If `decimals` is given, converted values are
rounded to these numbers of decimals.

`source` states the source of the numbers. The molar mass of a formula is computed with the abridged standard atomic
weights of IUPAC 2021 (https://iupac.qmul.ac.uk/AtWt). CID is the number of the compound in PubChem
(https://pubchem.ncbi.nlm.nih.gov).

The table has no equation if the factor depends on the method or on the sample, as for ferritin, Lp(a) and D-dimer.
Codes and names of LOINC are copyright Regenstrief Institute, Inc. and the LOINC Committee (https://loinc.org/license).
"""

from __future__ import annotations

import csv
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

from graph.units.ucum import Unit, read

TABLE = Path(__file__).with_name("substances.tsv")


class Equation(NamedTuple):
    one: Unit
    factor: float
    offset: float
    other: Unit
    both_ways: bool
    decimals: tuple[int | None, int | None]


def equations(loinc: str) -> tuple[Equation, ...]:
    """The equations for the substance that a LOINC code measures."""
    return _table().get(loinc, ())


@cache
def _table() -> dict[str, tuple[Equation, ...]]:
    found = defaultdict(list)
    with TABLE.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            numbers = float(row["factor"]), float(row["offset"])
            one, other = map(int, row["decimals"].split()) if row["decimals"] else (None, None)
            each = Equation(read(row["one"]), *numbers, read(row["other"]), row["ways"] == "2", (one, other))
            found[row["loinc"]].append(each)
    return {loinc: tuple(rows) for loinc, rows in found.items()}
