"""tests: disclosure control: the numbers about patients that each role sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.disclosure import AT_LEAST, SERVED, UNCHANGED, PatientNumber, Reason, Role, disclosed, role
from api.errors import UnknownRole

_COUNTS = st.integers(0, 10**9) | st.integers(0, 120)
_NOTHING = PatientNumber(None, True, None, None, Reason.TOO_FEW)


@given(_COUNTS)
def test_few_and_none_look_the_same(patients: int) -> None:
    told = disclosed(patients, Role.AT_LEAST)
    assert told.withheld == (patients < AT_LEAST) == (told.count is None)
    if patients < AT_LEAST:
        assert told == _NOTHING


@given(st.integers(AT_LEAST, 10**9))
def test_others_are_rounded_to_tens_half_up(patients: int) -> None:
    count = disclosed(patients, Role.AT_LEAST).count
    assert count is not None
    assert count % 10 == 0
    assert -5 < patients - count <= 4 or patients - count == -5
    assert disclosed(patients // 10 * 10 + 5, Role.AT_LEAST).count == patients // 10 * 10 + 10


@given(_COUNTS, _COUNTS)
def test_more_patients_never_show_as_fewer(one: int, other: int) -> None:
    fewer, more = (disclosed(n, Role.AT_LEAST).count or 0 for n in sorted((one, other)))
    assert fewer <= more


@given(_COUNTS)
def test_exact(patients: int) -> None:
    for exact in UNCHANGED:
        assert disclosed(patients, exact) == PatientNumber(patients, False, patients, patients)


@given(_COUNTS)
def test_the_role_none_learns_nothing(patients: int) -> None:
    assert disclosed(patients, Role.NONE) == PatientNumber(None, True, None, None, Reason.ROLE)


@given(st.integers(AT_LEAST, 10**9))
def test_bounds_hold_the_number_and_are_narrower_for_a_greater_role(patients: int) -> None:
    least, most = 0, 10**10
    for greater in SERVED[1:]:
        told = disclosed(patients, greater)
        assert told.at_least is not None
        assert least <= told.at_least <= patients <= (told.at_most or 10**10) <= most
        least, most = told.at_least, told.at_most or 10**10


@given(_COUNTS, _COUNTS)
def test_a_lesser_role_tells_no_two_numbers_apart_that_a_greater_one_does_not(one: int, other: int) -> None:
    apart = [disclosed(one, role) != disclosed(other, role) for role in SERVED]
    assert apart == sorted(apart)


@pytest.mark.parametrize(("patients", "bounds"), [(10, (10, 94)), (94, (10, 94)), (95, (95, 994)), (995, (995, 9994))])
def test_ranges(patients: int, bounds: tuple[int, int]) -> None:
    assert disclosed(patients, Role.RANGE) == PatientNumber(None, True, *bounds, Reason.ROLE)
    assert disclosed(patients, Role.EXISTS) == PatientNumber(None, True, 10, None, Reason.ROLE)


def test_roles_by_name() -> None:
    assert role("") is Role.AT_LEAST
    assert role("exact") is Role.EXACT


@pytest.mark.parametrize("name", ["doctor", "EXACT", "Records", "NONE", "x" * 10_000])
def test_unknown_roles_are_refused_with_those_that_are_known(name: str) -> None:
    with pytest.raises(
        UnknownRole, match="choose one of none, exists, range, at_least, steward, exact, records"
    ) as refused:
        role(name)
    assert len(str(refused.value)) < 200
