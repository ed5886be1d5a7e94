"""ontologies' tests: which texts are UCUM codes, and which unit a record means."""

from __future__ import annotations

import pytest

from ontologies.ucum import NOT_COMPARABLE, is_ucum, unit

UCUM = "http://unitsofmeasure.org"


@pytest.mark.parametrize(
    "code",
    "mm[Hg] kg/m2 mmol/L 10*3/uL 10*-6 /min % {score} mL/min/{1.73_m2} [pH] ug/kg/(8.h) (m.s)2/kg [IU]/L".split(),
)
def test_codes_of_ucum(code: str) -> None:
    assert is_ucum(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "m/",
        "Jansen",
        "[Jansen]",
        "{Jansen}",
        "mg{Jansen}",
        "kg Jansen",
        "12h",
        "ug(8.h)",
        "(",
        "1234.56.782",
        "m" * 99,
    ],
)
def test_other_texts_are_no_ucum_codes(code: str) -> None:
    assert not is_ucum(code)


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ((UCUM, "mm[Hg]", "mmHg"), "mm[Hg]"),
        ((UCUM, "mmHg", None), "mm[Hg]"),
        (("http://snomed.info/sct", "258813002", "mmol/L"), "mmol/L"),
        ((None, None, "x10^9/L"), "10*9/L"),
        ((None, None, " Jaar "), "a"),
        ((None, None, None), None),
        ((UCUM, "{Jansen}", "Piet Jansen"), NOT_COMPARABLE),
        (("https://jansen.example", "kg", None), NOT_COMPARABLE),
        ((None, None, "111222333"), NOT_COMPARABLE),
    ],
)
def test_a_unit_is_a_code_of_ucum_or_not_comparable(said: tuple[str | None, ...], meant: str | None) -> None:
    assert unit(*said) == meant
