"""bench: runs the functional tests of UCUM, and measures the time that conversions take.

Run `python -m bench.units` from the root of the checkout. The column `ucumvert` has the results of the library ucumvert
alone, which uses pint. Functional tests of display names are left out, because Tricuspid makes no display names of
units.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import numpy as np

from bench.machine import machine
from graph.units import NotComparable, conversion, converted, convertible

TESTS = Path(__file__).resolve().parents[1] / "../shared/data/care/ucum-functional-tests.xml"
SIZE = 1_000_000
Case = dict[str, str]


def cases(path: Path, section: str) -> list[Case]:
    """The test cases of a section of the functional tests."""
    found = ElementTree.parse(path).find(section)
    assert found is not None, section
    return [dict(case.attrib) for case in found]


def passes(section: str, case: Case) -> bool:
    """True if the result of a test case equals the expected result, in as many digits as are stated."""
    try:
        return _CHECKS[section](case)
    except NotComparable:
        return False


def same_digits(found: float, stated: str) -> bool:
    """True if the two numbers are equal in the stated digits, or in the 14 digits to which values are rounded."""
    digits = min(len(Decimal(stated).as_tuple().digits), 14) - 1
    return f"{found:.{digits}e}" == f"{float(stated):.{digits}e}"


def _validated(case: Case) -> bool:
    return convertible(case["unit"], case["unit"]) == (case["valid"] == "true")


def _converted(case: Case) -> bool:
    return same_digits(float(converted(float(case["value"]), case["srcUnit"], case["dstUnit"])), case["outcome"])


def _multiplied(case: Case) -> bool:
    value, unit = float(case["v1"]) * float(case["v2"]), f"({case['u1']}).({case['u2']})"
    return same_digits(float(converted(value, unit, case["uRes"])), case["vRes"])


def _divided(case: Case) -> bool:
    if not case["uRes"]:
        return same_digits(
            float(converted(float(case["v1"]), case["u1"], case["u2"])) / float(case["v2"]), case["vRes"]
        )
    value, unit = float(case["v1"]) / float(case["v2"]), f"({case['u1']})/({case['u2']})"
    return same_digits(float(converted(value, unit, case["uRes"])), case["vRes"])


_CHECKS: dict[str, Callable[[Case], bool]] = {
    "validation": _validated,
    "conversion": _converted,
    "multiplication": _multiplied,
    "division": _divided,
}


def alone(path: Path) -> dict[str, int]:
    """For each section, the number of cases that ucumvert passes without graph.units."""
    from ucumvert import PintUcumRegistry

    registry = PintUcumRegistry()

    def valid(unit: str) -> bool:
        try:
            registry.from_ucum(unit)
        except Exception:
            return False
        return True

    def value(case: Case) -> float:
        one, other = registry.from_ucum(case["srcUnit"]), registry.from_ucum(case["dstUnit"])
        return float((float(case["value"]) * one / other).to("").magnitude)

    validations = [valid(case["unit"]) == (case["valid"] == "true") for case in cases(path, "validation")]
    conversions = [same_digits(value(case), case["outcome"]) for case in cases(path, "conversion")]
    return {"validation": sum(validations), "conversion": sum(conversions)}


def _seconds(work: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - start) / times


def main() -> None:
    print(machine())
    start = time.perf_counter()
    conversion("mg", "g")
    print(f"first conversion in a process: {(time.perf_counter() - start) * 1e3:.0f} ms")
    library = alone(TESTS)
    for section in _CHECKS:
        found = cases(TESTS, section)
        passed = sum(passes(section, case) for case in found)
        print(f"{section:<15}{passed:>4} of {len(found)}   ucumvert {library.get(section, '')}")
    values = np.random.default_rng(1).uniform(0.1, 500, SIZE)
    for unit, wanted, loinc in (("mg/dL", "g/L", None), ("mg/dL", "mmol/L", "2345-7"), ("%", "mmol/mol", "4548-4")):
        taken = min(_seconds(partial(converted, values, unit, wanted, loinc), 1) for _ in range(7))
        print(f"{unit} to {wanted}: {SIZE / taken / 1e6:.0f} million values per second")
    print(f"known pair looked up: {_seconds(lambda: conversion('mg/dL', 'mmol/L', '2345-7'), 100_000) * 1e6:.2f} µs")
    fresh = iter(f"mg/dL{{{number}}}" for number in range(10_000))
    print(f"new pair read: {_seconds(lambda: conversion(unit := next(fresh), unit), 200) * 1e3:.2f} ms")


if __name__ == "__main__":
    main()
