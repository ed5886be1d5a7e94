"""tests: the noise added to numbers of patients, and its effect."""

from __future__ import annotations

import numpy as np
import pytest
from pyroaring import BitMap

from api.disclosure import AT_LEAST, VARIANCE, WIDEST, Group, distribution, is_few, is_known, perturbed
from api.disclosure.noise import noise
from bench.attacks import People
from bench.disclosure import cost

_EVERY_KEY = range(2**16)


@pytest.mark.parametrize("count", [1, 2, 3, WIDEST, 10, 1_000])
def test_noise_has_mean_zero_a_fixed_variance_and_bounds(count: int) -> None:
    values, chance = distribution(count)
    assert chance.sum() == pytest.approx(1) and chance.min() > 0
    assert values @ chance == pytest.approx(0, abs=1e-9)
    assert values**2 @ chance == pytest.approx(min(VARIANCE, 2 * count))
    assert (values.min(), values.max()) == (-min(count, WIDEST), WIDEST)
    # The distribution with the highest entropy: its logarithms lie on a parabola.
    assert np.diff(np.log(chance), 3) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("count", [0, 1, WIDEST, 57])
def test_uniform_keys_give_the_distribution(count: int) -> None:
    values, chance = distribution(count)
    drawn = np.array([noise(count, key) for key in _EVERY_KEY])
    assert [float(np.mean(drawn == value)) for value in values] == pytest.approx(chance, abs=1e-4)
    assert count + drawn.min() >= 0 and noise(0, 12345) == 0


def test_the_noise_of_a_group_is_constant_and_independent_of_others() -> None:
    people = People(400)
    some = [Group(BitMap(range(n, n + 100)), name) for n in range(200) for name in ("a", "b")]
    first = [perturbed(people, group) for group in some]
    assert first == [perturbed(people, group) for group in some]
    drawn = np.array(first) - 100
    assert set(drawn.tolist()) == set(range(-WIDEST, WIDEST + 1))
    assert abs(np.corrcoef(drawn[::2], drawn[1::2])[0, 1]) < 0.2


def test_few_patients_are_not_known_and_many_are() -> None:
    people = People(100)
    few = [sum(is_few(people, BitMap(range(n, n + many))) for n in range(40)) for many in range(30)]
    assert few[:AT_LEAST] == [40] * AT_LEAST and few[AT_LEAST + 2 * WIDEST :] == [0] * 10
    assert 5 < few[AT_LEAST + WIDEST] < 35
    known = [sum(is_known(people, Group(BitMap(range(n, n + many)), "")) for n in range(40)) for many in range(30)]
    assert known[: AT_LEAST - WIDEST] == [0] * 5 and known[AT_LEAST + WIDEST :] == [40] * 15


def test_the_security_page_states_the_cost_of_the_noise(request: pytest.FixtureRequest) -> None:
    docs = (request.config.rootpath / "docs" / "security.md").read_text()
    for line in cost():
        assert line in docs
