"""Makes src/stats/paired-references.json: values that the paired statistics' tests compare with.

    pip install scipy==1.16.3 statsmodels==0.14.5 numpy==2.4.6
    python bench/references/paired.py > src/stats/paired-references.json
"""

import json

import numpy
import scipy
import statsmodels
from scipy import special, stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.power import TTestPower

rng = numpy.random.default_rng(7)

student = [
    {"degrees": degrees, "tail": tail, "t": float(stats.t.isf(tail, degrees))}
    for degrees in [1, 2.5, 7, 29, 99.5, 999]
    for tail in [0.4, 0.1, 0.025, 0.005, 1e-4, 1e-7]
]
beta = [
    {"x": x, "a": a, "b": b, "value": float(special.betainc(a, b, x))}
    for x in [0.01, 0.3, 0.77, 0.999]
    for a, b in [(0.5, 0.5), (2, 5), (40, 0.5), (300, 700)]
]

# Two-sided sign flips of cluster sums, all of them.
flips = []
for size in [2, 3, 6, 9, 12]:
    for rounded in [False, True]:
        sums = rng.normal(0.4, 1, size)
        sums = numpy.round(sums * 3) if rounded else numpy.round(sums, 4)
        p = stats.permutation_test(
            (sums, numpy.zeros(size)), lambda a, b, axis: numpy.abs(numpy.sum(a - b, axis=axis)),
            permutation_type="samples", vectorized=True, n_resamples=numpy.inf, alternative="greater",
        ).pvalue
        flips.append({"sums": sums.tolist(), "p": float(p)})

mcnemars = [
    {"losses": losses, "gains": gains, "p": float(mcnemar([[50, losses], [gains, 20]], exact=True).pvalue)}
    for losses, gains in [(0, 1), (0, 6), (3, 9), (10, 10), (25, 41), (100, 140)]
]

# Symmetric values without ties at 0: no skewness, no anchors, so Student's plain interval.
plain = []
for half in [3, 10, 40]:
    offsets = numpy.round(rng.exponential(1, half) + 0.01, 4)
    values = numpy.round(numpy.concatenate([0.3 + offsets, 0.3 - offsets]), 4)
    low, high = stats.t.interval(0.95, len(values) - 1, loc=values.mean(), scale=stats.sem(values))
    plain.append({"values": values.tolist(), "low": float(low), "high": float(high)})

power = [
    {"examples": n, "tail": tail, "effect": float(TTestPower().solve_power(nobs=n, alpha=tail, power=0.8, alternative="larger"))}
    for n in [20, 100, 1000]
    for tail in [0.025, 0.005, 0.0005]
]

print(json.dumps({
    "versions": {"scipy": scipy.__version__, "statsmodels": statsmodels.__version__, "numpy": numpy.__version__},
    "student": student, "beta": beta, "flips": flips, "mcnemar": mcnemars, "plain": plain, "power": power,
}))
