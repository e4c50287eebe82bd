"""What is usual, and how unlikely it is to see more: for small counts, and not misled by one bad day.

The usual number of reports is the mean of past weeks, after what stands out is cut back to three robust
standard deviations above the median (median absolute deviation, Iglewicz and Hoaglin 1993), and drawn towards
what is usual elsewhere when there is little of it. People report in bursts, so the counts spread wider than
Poisson: the chance of so many is the upper tail of a negative binomial distribution.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

#: The median absolute deviation of a normal distribution, times this, is its standard deviation.
_MAD_TO_SIGMA = 1.4826
_CUT_AT_SIGMAS = 3.0
#: Weeks that what is usual elsewhere weighs as much as.
_PRIOR_WEEKS = 2.0
#: Reports of an unremarkable week vary half as much again as chance alone would have it.
_LEAST_DISPERSION = 1.5
_LEAST_MEAN = 0.05
_NEGLIGIBLE = 1e-17


@dataclass(frozen=True)
class Usual:
    """What is usual: `mean` reports, spread by `variance`, as `weeks` past weeks say."""

    mean: float
    variance: float
    weeks: int


def usual(counts: Sequence[int], elsewhere: float = 0.0) -> Usual:
    """What past counts (a week each) make usual; `elsewhere`: the mean of comparable areas."""
    cut = _cut_back(counts)
    weight = len(cut) + _PRIOR_WEEKS
    mean = max((sum(cut) + _PRIOR_WEEKS * elsewhere) / weight, _LEAST_MEAN)
    seen = sum((count - mean) ** 2 for count in cut) / len(cut) if cut else 0.0
    return Usual(mean, max(seen, _LEAST_DISPERSION * mean), len(counts))


def chance_of(observed: int, normal: Usual) -> float:
    """The chance of `observed` or more in usual times: from 1 (for none) falling with every one more."""
    if observed <= 0:
        return 1.0
    # Negative binomial by its mean and variance: `size` failures, each trial succeeding with `share`.
    size = normal.mean**2 / (normal.variance - normal.mean)
    share = 1 - normal.mean / normal.variance
    term = math.exp(
        math.lgamma(size + observed)
        - math.lgamma(size)
        - math.lgamma(observed + 1)
        + size * math.log1p(-share)
        + observed * math.log(share)
    )
    total, count = 0.0, observed
    # Upwards from the observed: small terms first lose nothing, and 1 minus the rest would round to 0.
    while term > _NEGLIGIBLE * total or count < normal.mean:
        total += term
        term *= share * (size + count) / (count + 1)
        count += 1
        if term == 0.0:
            break
    return min(total, 1.0)


def _cut_back(counts: Sequence[int]) -> list[float]:
    if not counts:
        return []
    middle = median(counts)
    spread = _MAD_TO_SIGMA * median(abs(count - middle) for count in counts)
    highest = middle + _CUT_AT_SIGMAS * max(spread, 1.0)
    return [min(count, highest) for count in counts]
