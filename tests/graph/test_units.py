"""tests of graph.units: conversion of measured values, and every comparison that must be refused."""

from __future__ import annotations

import csv
import math
import re
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.units import cases, passes
from graph.units import NotComparable, conversion, converted, convertible
from ontologies.ucum import NOT_COMPARABLE, is_ucum

TABLE = Path(__file__).resolve().parents[2] / "graph/units/substances.tsv"
WEIGHTS = {
    "H": 1.008, "Li": 6.94, "C": 12.011, "N": 14.007, "O": 15.999, "Mg": 24.305, "P": 30.974, "S": 32.06, "Ca": 40.078,
    "Fe": 55.845, "Co": 58.933, "Cu": 63.546, "Zn": 65.38, "I": 126.90, "Pb": 207.2,
}  # fmt: skip
"""Abridged standard atomic weights of IUPAC."""
RATIOS = ("%", "1", "mmol/mol", "mg/g", "{score}", "{INR}", "[IU]", "[CFU]", "[arb'U]", "U", "[HPF]", "[LPF]", "[pH]")
ALIKE = (
    ("kg", "mg", "[lb_av]", "[oz_av]", "ug"),
    ("m", "cm", "[in_i]", "[ft_i]", "mm"),
    ("Cel", "[degF]", "K", "[degRe]", "mCel"),
    ("mm[Hg]", "kPa", "m[H2O]", "bar", "[psi]"),
    ("g/L", "mg/dL", "ug/mL", "ng/uL", "g%"),
    ("10*9/L", "10*3/uL", "{cells}/uL", "/mL", "10*6.mL-1"),
    ("U/L", "ukat/L", "umol/min/L", "nkat/mL", "kU/L"),
    ("a", "mo", "wk", "d", "min"),
    ("%", "[ppth]", "[ppm]", "[ppb]", "[pptr]"),
)


@pytest.mark.parametrize("section", ["validation", "conversion", "multiplication", "division"])
def test_the_functional_tests_of_ucum(shared: Path, section: str) -> None:
    found = cases(shared / "care/ucum-functional-tests.xml", section)
    assert len(found) == {"validation": 529, "conversion": 30, "multiplication": 2, "division": 3}[section]
    assert [case for case in found if not passes(section, case)] == []


@pytest.mark.parametrize(
    ("value", "unit", "wanted", "loinc", "expected"),
    [
        (7.5, "%", "mmol/mol", "4548-4", 58),
        (6.5, "%", "mmol/mol", "loinc:17856-6", 48),
        (58, "mmol/mol", "%", "59261-8", 7.5),
        (53, "mmol/mol", "%", "4549-2", 7.0),
        (100, "mg/dL", "mmol/L", "2345-7", 5.551),
        (1, "mg/dL", "umol/L", "2160-0", 88.40),
        (200, "mg/dL", "mmol/L", "2093-3", 5.172),
        (150, "mg/dL", "mmol/L", "2571-8", 1.694),
        (14.5, "g/dL", "mmol/L", "718-7", 8.998),
        (1.9, "fmol", "pg", "785-6", 30.62),
        (20, "mg/dL", "mmol/L", "3094-0", 7.139),
        (10, "mg/dL", "mmol/L", "17861-6", 2.495),
        (5, "meq/L", "mmol/L", "2000-8", 2.5),
        (5, "meq/L", "mg/dL", "2000-8", 10.02),
        (140, "meq/L", "mmol/L", "2951-2", 140),
        (290, "mosm/kg", "mmol/kg", "2692-2", 290),
        (10, "uU/mL", "pmol/L", "20448-7", 60),
        (2.5, "m[IU]/L", "mU/L", "3016-3", 2.5),
        (40, "[IU]/L", "ukat/L", "1742-6", 0.6667),
        (1.2, "ng/dL", "pmol/L", "3024-7", 15.447),
        (300, "pg/mL", "pmol/L", "2132-9", 221.3),
        (30, "ng/mL", "nmol/L", "1989-3", 74.88),
        (30, "mg/g{creat}", "mg/mmol", "14959-1", 3.394),
        (0.45, "L/L", "%", "4544-3", 45),
        (60, "mL/min", "mL/min/{1.73_m2}", "33914-3", 60),
        (6.5, "pH", "[pH]", "5803-2", 6.5),
        (5, "mg/L", "mg/dL", None, 0.5),
        (0.014, "ug/L", "ng/L", None, 14),
        (98.6, "[degF]", "Cel", None, 37),
        (29.6, "[degRe]", "K", None, 310.15),
        (1, "%", "[ppth]", None, 10),
        (1, "%", "[ppm]", None, 1e4),
        (1, "%", "[ppb]", None, 1e7),
        (1, "%", "[pptr]", None, 1e10),
        (1, "REM", "mSv", None, 10),
        (1, "Ci", "GBq", None, 37),
        (72, "{beats}/min", "/min", None, 72),
    ],
)
def test_values_are_converted(value: float, unit: str, wanted: str, loinc: str | None, expected: float) -> None:
    assert converted(value, unit, wanted, loinc) == pytest.approx(expected, rel=2e-4)


@pytest.mark.parametrize("one", RATIOS)
def test_ratios_scores_and_arbitrary_units_are_not_compared(one: str) -> None:
    for other in RATIOS:
        assert convertible(one, other) == (one == other)
        assert convertible(f"{one}/L", f"{other}/L", "2345-7") == (one == other)


@pytest.mark.parametrize(
    ("unit", "wanted", "loinc", "reason"),
    [
        ("%", "mmol/mol", None, "without a LOINC code"),
        ("%", "mmol/mol", "2345-7", "no equation is known for LOINC '2345-7'"),
        ("%", "mmol/mol", "59261-8", "LOINC '59261-8'"),
        ("mol/mol", "%", "4544-3", "LOINC '4544-3'"),
        ("mg/dL", "mmol/L", None, "without a LOINC code"),
        ("mg/dL", "mmol/L", "9999-9", "LOINC '9999-9'"),
        ("mmol/L", "10*9/L", None, "depends on what was measured"),
        ("meq/L", "mmol/L", None, "depends on what was measured"),
        ("[IU]/L", "U/L", None, "depends on what was measured"),
        ("[pH]", "mol/L", "2744-1", "depends on what was measured"),
        ("dB", "Np", None, "depends on what was measured"),
        ("[p'diop]", "deg", None, "different things"),
        ("mGy", "mSv", None, "depends on what was measured"),
        ("umol/mmol", "mg/mmol", "14959-1", "depends on what was measured"),
        ("mL/min", "mL/min/{1.73_m2}", None, "annotations in braces differ"),
        ("ug/mL{FEU}", "ug/mL{DDU}", None, "annotations in braces differ"),
        ("kg", "cm", "2345-7", "different things"),
        ("mm[Hg]", "kg", None, "different things"),
        ("Cel/h", "K/h", None, "temperature scale cannot be part of a product"),
        ("{not comparable}", "{not comparable}", None, "is not a UCUM code"),
        ("", "", None, "is not a UCUM code"),
        ("10*99.10*99", "10*-99.10*-99", None, "too large or too small"),
        ("mmHg", "mm[Hg]", None, "is not a UCUM code"),
    ],
)
def test_a_refusal_names_both_units_and_the_reason(unit: str, wanted: str, loinc: str | None, reason: str) -> None:
    with pytest.raises(NotComparable, match=re.escape(reason)) as refused:
        converted([1.0], unit, wanted, loinc)
    assert repr(unit) in str(refused.value) and repr(wanted) in str(refused.value)
    assert refused.value.substance == ("depends" in reason or "LOINC" in reason or "braces" in reason)
    assert not convertible(unit, wanted, loinc)


@given(st.sampled_from(ALIKE).flatmap(lambda units: st.tuples(*[st.sampled_from(units)] * 3)), st.floats(1e-6, 1e6))
def test_converting_back_or_through_a_third_unit_gives_the_same_value(
    units: tuple[str, str, str], value: float
) -> None:
    one, other, third = units
    there = converted(value, one, other)
    near = 1e-6 if "K" in units or "Cel" in str(units) or "deg" in str(units) else 0
    assert converted(there, other, one) == pytest.approx(value, rel=1e-9, abs=near)
    assert converted(there, other, third) == pytest.approx(float(converted(value, one, third)), rel=1e-9, abs=near)


def test_a_limit_has_the_same_position_in_every_unit() -> None:
    """A value equal to a limit is equal to it in every unit."""
    hundredths = np.arange(1, 3000) / 100
    assert np.array_equal(converted(hundredths, "g", "cg"), np.arange(1, 3000))
    assert np.array_equal(converted(hundredths, "%", "1", "4544-3"), np.arange(1, 3000) / 10_000)
    ordered = converted(np.linspace(4, 15, 1000), "%", "mmol/mol", "4548-4")
    assert (np.diff(ordered) >= 0).all()


def test_arrays_keep_their_shape_nan_and_infinity() -> None:
    given_values = np.array([[0.0, -1.5, np.nan], [np.inf, 1e300, 5e-324]])
    found = converted(given_values, "kg", "g")
    assert found.shape == (2, 3) and found[0, 0] == 0 and found[0, 1] == -1500
    assert np.isnan(found[0, 2]) and np.isinf(found[1, 0]) and found[1, 1] == 1e303
    assert given_values[0, 1] == -1.5
    assert converted([1, 2], "mg", "mg").tolist() == [1, 2]


@pytest.mark.parametrize(
    "code",
    [
        "m" * 1_000_000, "(" * 60, "(" * 29 + "m" + ")" * 29, "m." * 29 + "m", "{" * 60, "}" * 60, "{a}" * 20,
        "Ym99", "1/ym99", "10*99.10*99.10*99.10*99", "10*-99.10*-99.10*-99.10*-99", "m999999999", f"m-{'9' * 50}",
        "9" * 60, "dadadadadada", "1" * 30 + ".1" * 15, "m\0", "m\n", "µg", "m/", "/", ".", "0", "m0", "1/0",
        "()", "10+3/ul", "__import__('os')", "[pi]99", "%s%n", "Cel2", "Cel.Cel", "{ä}", "\ud800", "Cel" * 20,
    ],
)  # fmt: skip
def test_hostile_codes_are_read_or_refused_at_once(code: str) -> None:
    start = time.perf_counter()
    if convertible(code, code):
        found = conversion(code, "m") if convertible(code, "m") else conversion(code, code)
        assert 0 < found.factor < math.inf
    else:
        with pytest.raises(NotComparable) as refused:
            conversion(code, "mg")
        assert len(str(refused.value)) < 500
    assert time.perf_counter() - start < 2


@given(st.text("mgLlU%[](){}/.*^0123456789-+CeldIpH", max_size=70))
def test_any_text_is_a_unit_or_refused(code: str) -> None:
    assert convertible(code, code, "2345-7") in (True, False)


def _rows() -> list[dict[str, str]]:
    with TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def test_every_row_converts_in_the_directions_that_it_states() -> None:
    for row in _rows():
        assert float(row["factor"]) > 0 and row["source"] and row["name"]
        assert convertible(row["one"], row["other"], row["loinc"]), row
        assert convertible(row["other"], row["one"], row["loinc"]) == (row["ways"] == "2"), row
        assert not convertible(row["one"], row["other"]), "UCUM alone converts it"


def test_codes_of_loinc_have_their_check_digit() -> None:
    for row in _rows():
        number, _, check = row["loinc"].partition("-")
        doubled = [int(digit) * (2 - at % 2) for at, digit in enumerate(reversed(number))]
        assert (10 - sum(value // 10 + value % 10 for value in doubled) % 10) % 10 == int(check), row


def test_molar_masses_equal_those_of_the_formulas() -> None:
    checked = 0
    for row in _rows():
        formula = re.match(r"((?:[A-Z][a-z]?\d*)+);", row["source"])
        if formula:
            parts = re.findall(r"([A-Z][a-z]?)(\d*)", formula[1])
            mass = sum(WEIGHTS[element] * int(number or 1) for element, number in parts)
            assert float(row["factor"]) == pytest.approx(mass, abs=6e-4), row
            checked += 1
    assert checked > 100


def test_codes_have_the_kind_of_measurement_in_the_real_files(shared: Path) -> None:
    """Rows about molar masses belong to codes that measure a mass or an amount of substance."""
    with (shared / "ontologies/omop-vocabulary/concept_seed.csv").open(encoding="utf-8", newline="") as file:
        names = {
            row["concept_code"]: row["concept_name"] for row in csv.DictReader(file) if row["vocabulary_id"] == "LOINC"
        }
    found = [(row, names[row["loinc"]]) for row in _rows() if row["loinc"] in names]
    assert len(found) > 40
    kinds = {
        ("mol", "g"): r"[Mm]ass/volume|Entitic mass",
        ("mol", "eq"): "/volume|Anion gap",
        ("[IU]", "U"): "Enzymatic|Units",
    }
    for row, name in found:
        assert re.search(kinds.get((row["one"], row["other"]), ""), name), (row, name)
        assert row["one"] != "mol" or row["name"][:5].lower() in name.lower(), (row, name)


def test_stored_units_can_be_converted() -> None:
    """`ontologies.ucum` decides which units are stored; this table, how they are converted."""
    from ucumvert.xml_util import get_base_units, get_metric_units, get_non_metric_units

    atoms = {*get_base_units(), *get_metric_units(), *get_non_metric_units()}
    assert {atom for atom in atoms if not is_ucum(atom)} == {"AU", "[m/s2/Hz^(1/2)]"}
    assert not convertible(NOT_COMPARABLE, NOT_COMPARABLE)
