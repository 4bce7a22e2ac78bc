"""Makes src/feedback/leniency-references.json: values that the leniency estimate's test compares with.

The same model by other means: the integral over each rater's leniency on a fixed grid, the maximum by SciPy's BFGS, the
errors from second differences of the value. The case with many thumbs, where the priors hardly matter, has beside it
what GPBoost's Laplace approximation of the mixed model gives (Nelder-Mead: its other optimisers stop early here).

    pip install numpy==2.4.6 scipy==1.17.1 gpboost==1.8.0
    python bench/references/leniency.py > src/feedback/leniency-references.json
"""

import contextlib
import json
import sys

import gpboost
import numpy
import scipy
from scipy.optimize import minimize
from scipy.special import expit, logsumexp

rng = numpy.random.default_rng(11)
grid = numpy.linspace(-20, 20, 4_001)


def sample(raters, each, qualities, spread):
    thumbs = []
    for r in range(raters):
        leniency = rng.normal(0, spread)
        for _ in range(each):
            k = int(rng.integers(len(qualities)))
            thumbs.append((f"rel_{k}", f"rater {r}", int(rng.random() < expit(qualities[k] + leniency))))
    return thumbs


def fit(thumbs):
    releases = sorted({t[0] for t in thumbs})
    raters = sorted({t[1] for t in thumbs})
    n = numpy.zeros((len(raters), len(releases)))
    y = numpy.zeros_like(n)
    for release, rater, up in thumbs:
        n[raters.index(rater), releases.index(release)] += 1
        y[raters.index(rater), releases.index(release)] += up

    def value(at):
        quality, log_spread = at[:-1], at[-1]
        spread = numpy.exp(log_spread)
        total = 2 * log_spread - spread - numpy.sum(quality**2) / 18
        log_prior = -(grid**2) / (2 * spread**2) - log_spread - 0.5 * numpy.log(2 * numpy.pi)
        logits = quality[:, None] + grid[None, :]
        log_up, log_down = -numpy.logaddexp(0, -logits), -numpy.logaddexp(0, logits)
        for i in range(len(raters)):
            total += logsumexp(log_prior + y[i] @ log_up + (n[i] - y[i]) @ log_down) + numpy.log(grid[1] - grid[0])
        return -total

    start = numpy.zeros(len(releases) + 1)
    best = minimize(value, start, method="BFGS", options={"gtol": 1e-7}).x
    size, h = len(best), 1e-3
    hessian = numpy.zeros((size, size))
    unit = numpy.eye(size) * h
    for i in range(size):
        for j in range(size):
            hessian[i, j] = (
                value(best + unit[i] + unit[j]) - value(best + unit[i] - unit[j])
                - value(best - unit[i] + unit[j]) + value(best - unit[i] - unit[j])
            ) / (4 * h * h)
    errors = numpy.sqrt(numpy.diag(numpy.linalg.inv(hessian)))
    return {
        "counts": [[a, b, int(n[j, i]), int(y[j, i])] for i, a in enumerate(releases) for j, b in enumerate(raters) if n[j, i]],
        "quality": dict(zip(releases, best[:-1].tolist())),
        "error": dict(zip(releases, errors[:-1].tolist())),
        "spread": float(numpy.exp(best[-1])),
    }


def beside(thumbs):
    releases = sorted({t[0] for t in thumbs})
    x = numpy.array([[float(t[0] == r) for r in releases] for t in thumbs])
    with contextlib.redirect_stdout(sys.stderr):
        model = gpboost.GPModel(group_data=numpy.array([t[1] for t in thumbs]), likelihood="bernoulli_logit")
        options = {"optimizer_cov": "nelder_mead", "maxit": 2000, "delta_rel_conv": 1e-12}
        model.fit(y=numpy.array([t[2] for t in thumbs], float), X=x, params=options)
    quality = model.get_coef().to_numpy().ravel().tolist()
    return {"quality": dict(zip(releases, quality)), "spread": float(model.get_cov_pars().to_numpy().ravel()[0] ** 0.5)}


cases = [sample(12, 8, [0.5, -0.5], 1.0), sample(25, 6, [1.2, 0.0, -0.4], 1.5), sample(6, 30, [2.5, 0.3], 0.3)]
many = sample(60, 60, [1.0, 0.0, -0.5], 1.2)
versions = {"numpy": numpy.__version__, "scipy": scipy.__version__, "gpboost": gpboost.__version__}
fitted = [fit(case) for case in cases] + [{**fit(many), "gpboost": beside(many)}]
print(json.dumps({"versions": versions, "cases": fitted}))
