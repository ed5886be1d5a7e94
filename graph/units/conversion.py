"""graph.units: converts measured values from one UCUM unit into another."""

from __future__ import annotations

import math
from collections import Counter
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.errors import GraphError
from graph.units.substances import Equation, equations
from graph.units.ucum import CANCELLED, NotUcum, Unit, read
from ontologies.remembered import remembered

_DIGITS = 14
_SHOWN = 60


class NotComparable(GraphError):
    """Raised if values in `unit` cannot be converted into `wanted`.

    `substance` is true if the conversion needs an equation for the substance, and substances.tsv lacks this equation.
    """

    def __init__(self, unit: str, wanted: str, reason: str, substance: bool = False) -> None:
        self.unit, self.wanted, self.substance = unit, wanted, substance
        super().__init__(f"values in {_short(unit)} cannot be compared with values in {_short(wanted)}: {reason}")


class Conversion(NamedTuple):
    """Converts a value to `value * factor + offset`. The factor is positive, so the order of values does not change.

    `decimals` is the number of decimals to which laboratories must round the result, or None if there is no such rule.
    """

    factor: float
    offset: float = 0.0
    decimals: int | None = None

    def __call__(self, values: ArrayLike) -> NDArray[np.float64]:
        """The converted values, as an array of the same shape.

        If `decimals` is None, the values are rounded to 14 significant digits. So 0.29 g is exactly 29 cg.
        """
        given = np.asarray(values, dtype=np.float64)
        if self == _SAME:
            return given
        result = given * self.factor + self.offset
        return _rounded(result) if self.decimals is None else np.round(result, self.decimals)


_SAME = Conversion(1.0)


class _Refusal(NamedTuple):
    reason: str
    substance: bool = False


def conversion(unit: str, wanted: str, loinc: str | None = None) -> Conversion:
    """Returns the conversion of values in `unit` into `wanted`. Both units are UCUM codes. Raises NotComparable.

    `loinc` is the code of the measurement, such as `4548-4` or `loinc:4548-4`. A conversion that depends on the
    substance uses the equations for this code in substances.tsv.
    """
    found = _found(unit, wanted, (loinc or "").removeprefix("loinc:"))
    if isinstance(found, _Refusal):
        raise NotComparable(unit, wanted, found.reason, found.substance)
    return found


def convertible(unit: str, wanted: str, loinc: str | None = None) -> bool:
    """True if values in `unit` can be converted into `wanted`; see `conversion`."""
    return isinstance(_found(unit, wanted, (loinc or "").removeprefix("loinc:")), Conversion)


def converted(values: ArrayLike, unit: str, wanted: str, loinc: str | None = None) -> NDArray[np.float64]:
    """Converts values in `unit` into `wanted`; see `conversion`. Raises NotComparable."""
    return conversion(unit, wanted, loinc)(values)


@remembered(1 << 14)
def _found(unit: str, wanted: str, loinc: str) -> Conversion | _Refusal:
    try:
        one, other = _read(unit), _read(wanted)
    except NotUcum as wrong:
        return _Refusal(str(wrong))
    if one.dims == other.dims:
        found: Conversion | None = _by_ucum(one, other) if unit != wanted else _SAME
    else:
        known = equations(loinc)
        found = _by_equation(one, other, known) or _by_factors(one, other, known)
    if found and not (0 < found.factor < math.inf and math.isfinite(found.offset)):
        return _Refusal("the factor between them is too large or too small")
    return found or _refusal(one, other, loinc)


def _read(code: str) -> Unit:
    try:
        return read(code)
    except NotUcum as wrong:
        raise NotUcum(f"{_short(code)} cannot be read: {wrong}") from None


def _by_ucum(one: Unit, other: Unit) -> Conversion:
    return Conversion(one.factor / other.factor, (one.offset - other.offset) / other.factor)


def _by_equation(one: Unit, other: Unit, known: tuple[Equation, ...]) -> Conversion | None:
    """Converts with an equation in `known` between two units that have the same dimensions as `one` and `other`."""
    for each in known:
        if (one.dims, other.dims) == (each.one.dims, each.other.dims):
            step, start, end, decimals = Conversion(each.factor, each.offset), each.one, each.other, each.decimals[1]
        elif each.both_ways and (one.dims, other.dims) == (each.other.dims, each.one.dims):
            back = Conversion(1 / each.factor, -each.offset / each.factor)
            step, start, end, decimals = back, each.other, each.one, each.decimals[0]
        else:
            continue
        first, last = _by_ucum(one, start), _by_ucum(end, other)
        offset = (first.offset * step.factor + step.offset) * last.factor + last.offset
        return Conversion(first.factor * step.factor * last.factor, offset, decimals if other == end else None)
    return None


def _by_factors(one: Unit, other: Unit, known: tuple[Equation, ...]) -> Conversion | None:
    """Converts with equations in `known` between parts of the units.

    For example, an equation for g and mol converts mg/dL into mmol/L.
    """
    parts = [each for each in known if not each.offset and each.both_ways]
    for powers in product((0, 1, -1), repeat=len(parts)):
        dims, factor = Counter(one.dims), one.factor
        for each, power in zip(parts, powers, strict=True):
            for dim in each.one.dims.keys() | each.other.dims.keys():
                dims[dim] += power * (each.other.dims.get(dim, 0) - each.one.dims.get(dim, 0))
            factor *= (each.factor * each.other.factor / each.one.factor) ** power
        if {dim: power for dim, power in dims.items() if power} == other.dims:
            return Conversion(factor / other.factor)
    return None


def _refusal(one: Unit, other: Unit, loinc: str) -> _Refusal:
    amounts, space = _parted(one)
    other_amounts, other_space = _parted(other)
    if space != other_space and not (amounts and other_amounts):
        return _Refusal("they measure different things")
    differ = {dim for dim, _ in amounts.items() ^ other_amounts.items()}
    if not differ:
        return _Refusal("they measure different things")
    if all(dim.startswith("{") for dim in differ):
        return _Refusal("the annotations in braces differ", True)
    what = f"LOINC {_short(loinc)}" if loinc else "a value without a LOINC code"
    return _Refusal(f"the conversion depends on what was measured, and no equation is known for {what}", True)


def _parted(unit: Unit) -> tuple[dict[str, int], dict[str, int]]:
    """Returns two groups of dimensions: dimensions that depend on the substance, and all other dimensions."""
    amounts = {dim: power for dim, power in unit.dims.items() if dim not in CANCELLED}
    return amounts, {dim: power for dim, power in unit.dims.items() if dim in CANCELLED}


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        digits = _DIGITS - 1 - np.floor(np.log10(np.abs(values)))
        exact = (digits >= 0) & (digits <= 22)
        scale = 10.0 ** np.where(exact, digits, 0)
        return np.where(exact, np.rint(values * scale) / scale, values)


def _short(code: str) -> str:
    return repr(code if len(code) <= _SHOWN else f"{code[:_SHOWN]}…")
