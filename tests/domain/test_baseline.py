"""What is usual, and how unlikely more is: robust against single bad days, safe with small counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.baseline import Usual, chance_of, usual

COUNTS = st.lists(st.integers(0, 60), min_size=0, max_size=12)


def test_nothing_known_is_almost_nothing_usual():
    normal = usual([])
    assert 0 < normal.mean < 0.1
    assert chance_of(5, normal) < 1e-3


def test_one_bad_day_does_not_become_usual():
    calm, with_outage = usual([3, 2, 4, 3, 3, 2, 4, 3]), usual([3, 2, 4, 3, 3, 2, 4, 80])
    assert with_outage.mean < calm.mean + 1
    assert chance_of(20, with_outage) < 0.001


def test_half_the_weeks_do():
    assert usual([20, 22, 19, 21, 20, 3, 2, 3]).mean > 10


def test_elsewhere_helps_where_little_is_known():
    assert usual([0], elsewhere=4.0).mean > usual([0], elsewhere=0.0).mean
    assert usual([0] * 8, elsewhere=4.0).mean < 1


@pytest.mark.parametrize(
    ("observed", "normal", "low", "high"),
    [
        (1, Usual(10.0, 15.0, 8), 0.98, 1.0),
        (10, Usual(10.0, 15.0, 8), 0.4, 0.6),
        (30, Usual(10.0, 15.0, 8), 0.0, 0.001),
        (0, Usual(10.0, 15.0, 8), 1.0, 1.0),
    ],
)
def test_chance(observed, normal, low, high):
    assert low <= chance_of(observed, normal) <= high


def test_the_tail_is_the_sum_of_the_distribution():
    """Against the negative binomial's own formula, of mean 4 and variance 8 (size 4, share 0.5)."""
    from math import comb

    mass = [comb(k + 3, k) * 0.5**4 * 0.5**k for k in range(200)]
    for observed in range(20):
        assert chance_of(observed, Usual(4.0, 8.0, 8)) == pytest.approx(sum(mass[observed:]), rel=1e-9)


@given(COUNTS, st.integers(0, 300))
def test_a_chance_is_a_chance_and_falls_with_every_one_more(counts, observed):
    normal = usual(counts)
    here, further = chance_of(observed, normal), chance_of(observed + 1, normal)
    assert 0.0 <= further <= here <= 1.0


@given(COUNTS, st.integers(1, 100))
def test_more_is_less_surprising_where_more_is_usual(counts, observed):
    assert chance_of(observed, usual([count + 5 for count in counts], 5.0)) >= chance_of(
        observed, usual([0] * len(counts))
    )


@given(COUNTS, st.randoms())
def test_the_order_of_the_weeks_does_not_matter(counts, random):
    shuffled = list(counts)
    random.shuffle(shuffled)
    assert usual(shuffled).mean == pytest.approx(usual(counts).mean)


@given(st.lists(st.integers(0, 20), min_size=5, max_size=12), st.integers(100, 100_000))
def test_how_bad_the_one_bad_day_was_does_not_matter(counts, worse):
    assert usual([*counts, worse]) == usual([*counts, 10 * worse])
