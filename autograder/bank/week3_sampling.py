"""Known wrong and right solutions of week 3: sampling."""

# ruff: noqa: B905, D103
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy import special

from autograder.bank import right, wrong
from reference.sampling import mh_step

# Hints of mistakes that show only in the distribution of random answers: the hidden tests carry them.
HASTINGS_HINT = (
    "For a proposal that is not symmetric p(y) / p(x) is not the whole ratio: it also compares how easily one gets "
    "from y back to x with how easily from x to y. Mind which argument of log_q is which."
)
GENERATOR_HINT = (
    "Take every random number from the rng you are given, and use it afresh in each call: np.random.* and generators "
    "of your own cannot be repeated by whoever calls you."
)
RATE_HINT = (
    "The rate is about proposals: all that were accepted (also those beyond the n you keep) over all that were made. "
    "Count it; 1 / M is its expected value only if the target is normalised."
)
DOWNHILL_HINT = (
    "Steps downhill are sometimes taken too, with the probability of the ratio. Compare log u with the log ratio: u "
    "itself is never below a negative number."
)
TOGETHER_HINT = "Each chain needs a random number of its own: yours all accept or reject together."
KEPT_AFTER_REJECTION_HINT = (
    "A rejected proposal is a draw too: the chain stays, and the old state counts once more. Without these "
    "repetitions places that are hard to leave get too little weight."
)

_SIGN = "a standard normal number and its negative have the same distribution"
_NEVER = "the two differ only where two floating-point numbers are exactly equal, which has no probability to speak of"

# Changes of the reference that change nothing a hidden test could see.
EQUIVALENT_MUTANTS = {
    "expectation: if (pmf < 0).any() or abs(pmf.sum() - 1) > 1e-8: → "
    "if (pmf < 0).any() or abs(pmf.sum() - 1) >= 1e-8:": _NEVER,
    "box_muller: pairs = (n + 1) // 2 → pairs = (n + 2) // 2": "one pair more is drawn than needed",
    "rejection_sample: if (log_ratio > 1e-9).any(): → if (log_ratio >= 1e-9).any():": _NEVER,
    "rejection_sample: while accepted < n: → while accepted <= n:": "at most one batch more, and the rate counts it",
    "rejection_sample: keep = np.log1p(-rng.random(n)) <= log_ratio → "
    "keep = np.log1p(-rng.random(n)) < log_ratio": _NEVER,
    "mh_step: "
    'with np.errstate(invalid="ignore"):  # from one impossible place to another: NaN, rejected → '
    "with np.errstate():  # from one impossible place to another: NaN, rejected": "a warning costs nothing",
    "mh_step: accepted = np.log1p(-rng.random(x.shape)) <= log_ratio → "
    "accepted = np.log1p(-rng.random(x.shape)) < log_ratio": _NEVER,
    "mh_chain: x = np.asarray(x0) → x = (x0)": "mh_step takes lists",
    "mh_chain: draws, accepted = [], [] → accepted, draws = [], []": "both lists are empty",
    "gibbs_bivariate_normal: x = rho * y + sd * rng.standard_normal(y.size) → "
    "x = rho * y - sd * rng.standard_normal(y.size)": _SIGN,
    "gibbs_bivariate_normal: y = rho * x + sd * rng.standard_normal(y.size) → "
    "y = rho * x - sd * rng.standard_normal(y.size)": _SIGN,
    "autocorrelation: return np.eye(1, max_lag + 1)[0] → "
    "return np.eye(2, max_lag + 1)[0]": "only the first row is used",
    'derive_acceptance: a, b, n = sp.symbols("a b n", positive=True) → '
    'a, b, n = sp.symbols("a b n")': "symbols are matched by name, whatever their assumptions",
}

# expectation


@wrong("expectation", hint="f of the mean is not the mean of f: apply f to each value first, then weigh.")
def f_of_the_mean(f, values, pmf):
    values, pmf = np.asarray(values), np.asarray(pmf)
    if (pmf < 0).any() or abs(pmf.sum() - 1) > 1e-8:
        raise ValueError("no pmf")
    return float(f(np.array([(values * pmf).sum()]))[0])


@wrong("expectation", hint="The values are not equally likely: weigh each with its probability.")
def plain_average(f, values, pmf):
    pmf = np.asarray(pmf)
    if (pmf < 0).any() or abs(pmf.sum() - 1) > 1e-8:
        raise ValueError("no pmf")
    return float(np.mean(f(np.asarray(values)[pmf > 0])))


@wrong(
    "expectation", hint="0 times infinity is NaN: leave out values that cannot happen before you multiply."
)
def zero_times_infinity(f, values, pmf):
    pmf = np.asarray(pmf)
    if (pmf < 0).any() or abs(pmf.sum() - 1) > 1e-8:
        raise ValueError("no pmf")
    with np.errstate(invalid="ignore"):
        return float(np.sum(f(np.asarray(values)) * pmf))


@wrong("expectation", hint="The docstring asks for ValueError when pmf holds no probabilities.")
def trusts_its_caller(f, values, pmf):
    values, pmf = np.asarray(values), np.asarray(pmf)
    return float(f(values[pmf > 0]) @ pmf[pmf > 0])


@right("expectation")
def with_a_loop(f, values, pmf):
    if min(pmf) < 0 or abs(sum(pmf) - 1) > 1e-8:
        raise ValueError("not a pmf")
    total = 0.0
    for v, p in zip(values, pmf):
        if p > 0:
            total += p * f(np.array([v]))[0]
    return total


# inverse_cdf_exponential


@wrong(
    "inverse_cdf_exponential", hint="The mean is 1 / rate: a large rate gives small draws. Did you multiply?"
)
def rate_as_scale(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate")
    return -np.log(1 - rng.random(n)) * rate


@wrong(
    "inverse_cdf_exponential",
    hint="Solve u = F(x) for x and look at the sign: log of a number below 1 is negative.",
)
def sign_forgotten(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate")
    return np.log(1 - rng.random(n)) / rate


@wrong("inverse_cdf_exponential", hint="This is F itself. You need its inverse: solve u = F(x) for x.")
def cdf_instead_of_its_inverse(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate")
    return 1 - np.exp(-rate * rng.random(n))


@wrong(
    "inverse_cdf_exponential",
    hint=GENERATOR_HINT,
)
def global_generator(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate")
    return -np.log(1 - np.random.random(n)) / rate


@right("inverse_cdf_exponential")
def with_scipy_ppf(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate must be > 0")
    from scipy import stats

    return stats.expon.ppf(rng.random(n), scale=1 / rate)


@right("inverse_cdf_exponential")
def one_at_a_time(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate must be > 0")
    return [-float(np.log(1 - rng.random())) / rate for _ in range(n)]


# box_muller


@wrong(
    "box_muller",
    hint="Check the radius: R^2 is exponential with mean 2, so there is a factor 2 under the root.",
)
def factor_two_missing(rng, n):
    pairs = (n + 1) // 2
    r, a = np.sqrt(-np.log(1 - rng.random(pairs))), 2 * np.pi * rng.random(pairs)
    return np.concatenate([r * np.cos(a), r * np.sin(a)])[:n]


@wrong("box_muller", hint="The angle goes all the way round, from 0 to 2 pi.")
def half_a_turn(rng, n):
    pairs = (n + 1) // 2
    r, a = np.sqrt(-2 * np.log(1 - rng.random(pairs))), np.pi * rng.random(pairs)
    return np.concatenate([r * np.cos(a), r * np.sin(a)])[:n]


@wrong("box_muller", hint="One uniform cannot serve as radius and as angle: the two must be independent.")
def one_uniform_for_both(rng, n):
    pairs = (n + 1) // 2
    u = rng.random(pairs)
    r, a = np.sqrt(-2 * np.log(1 - u)), 2 * np.pi * u
    return np.concatenate([r * np.cos(a), r * np.sin(a)])[:n]


@wrong(
    "box_muller",
    hint="Radius and angle are drawn afresh for each pair, not twice for its two coordinates' copies.",
)
def same_draw_twice(rng, n):
    pairs = (n + 1) // 2
    z = np.sqrt(-2 * np.log(1 - rng.random(pairs))) * np.cos(2 * np.pi * rng.random(pairs))
    return np.concatenate([z, -z])[:n]


@wrong("box_muller", hint="An odd n needs one pair more, of which one number is thrown away.")
def odd_numbers_lose_one(rng, n):
    r, a = np.sqrt(-2 * np.log(1 - rng.random(n // 2))), 2 * np.pi * rng.random(n // 2)
    return np.concatenate([r * np.cos(a), r * np.sin(a)])


@right("box_muller")
def interleaved(rng, n):
    z = []
    while len(z) < n:
        u1, u2 = rng.random(2)
        r = np.sqrt(-2 * np.log(1 - u1))
        z += [r * np.cos(2 * np.pi * u2), r * np.sin(2 * np.pi * u2)]
    return np.array(z[:n])


@right("box_muller")
def only_cosines(rng, n):
    return np.sqrt(-2 * np.log(1 - rng.random(n))) * np.cos(2 * np.pi * rng.random(n))


# rejection_sample


@wrong("rejection_sample", hint=RATE_HINT)
def kept_over_proposed(rng, log_p, propose, log_q, log_M, n):
    x, proposed = np.zeros(0), 0
    while len(x) < n:
        y = propose(rng, n)
        log_ratio = log_p(y) - log_q(y) - log_M
        if (log_ratio > 1e-9).any():
            raise ValueError("M too small")
        x = np.concatenate([x, y[np.log(1 - rng.random(n)) < log_ratio]])
        proposed += n
    return x[:n], n / proposed


@wrong("rejection_sample", hint=RATE_HINT)
def one_over_M(rng, log_p, propose, log_q, log_M, n):
    x = np.zeros(0)
    while len(x) < n:
        y = propose(rng, n)
        log_ratio = log_p(y) - log_q(y) - log_M
        if (log_ratio > 1e-9).any():
            raise ValueError("M too small")
        x = np.concatenate([x, y[np.log(1 - rng.random(n)) < log_ratio]])
    return x[:n], float(np.exp(-log_M))


@wrong(
    "rejection_sample",
    hint="Divide by the proposal's density as well: points that q proposes often must be accepted less often.",
)
def proposal_density_forgotten(rng, log_p, propose, log_q, log_M, n):
    x, proposed, accepted = np.zeros(0), 0, 0
    while accepted < n:
        y = propose(rng, n)
        if (log_p(y) - log_q(y) > log_M + 1e-9).any():
            raise ValueError("M too small")
        keep = y[np.log(1 - rng.random(n)) <= log_p(y) - log_M]
        x, proposed, accepted = np.concatenate([x, keep]), proposed + n, accepted + len(keep)
        if proposed > 200 * n:
            raise RuntimeError("hardly anything is accepted")
    return x[:n], accepted / proposed


@wrong(
    "rejection_sample",
    hint="Densities overflow where their logarithms do not: compare log u with the log ratio.",
)
def ratios_of_densities(rng, log_p, propose, log_q, log_M, n):
    x, proposed, accepted = np.zeros(0), 0, 0
    while accepted < n:
        y = propose(rng, n)
        with np.errstate(all="ignore"):
            ratio = np.exp(log_p(y)) / (np.exp(log_M) * np.exp(log_q(y)))
        if (ratio > 1 + 1e-9).any():
            raise ValueError("M too small")
        keep = y[rng.random(n) <= ratio]
        x, proposed, accepted = np.concatenate([x, keep]), proposed + n, accepted + len(keep)
        if proposed > 200 * n:
            raise RuntimeError("hardly anything is accepted")
    return x[:n], accepted / proposed


@wrong(
    "rejection_sample",
    hint="When the target rises above M q the draws follow neither p nor q: raise ValueError instead.",
)
def bound_not_checked(rng, log_p, propose, log_q, log_M, n):
    x, proposed, accepted = np.zeros(0), 0, 0
    while accepted < n:
        y = propose(rng, n)
        keep = y[np.log(1 - rng.random(n)) <= log_p(y) - log_q(y) - log_M]
        x, proposed, accepted = np.concatenate([x, keep]), proposed + n, accepted + len(keep)
    return x[:n], accepted / proposed


@wrong(
    "rejection_sample",
    hint="n is the number of accepted draws, not of proposals: go on until there are enough.",
)
def n_proposals(rng, log_p, propose, log_q, log_M, n):
    y = propose(rng, n)
    log_ratio = log_p(y) - log_q(y) - log_M
    if (log_ratio > 1e-9).any():
        raise ValueError("M too small")
    keep = np.log(1 - rng.random(n)) <= log_ratio
    return y[keep], keep.mean()


@right("rejection_sample")
def one_proposal_at_a_time(rng, log_p, propose, log_q, log_M, n):
    draws, proposed = [], 0
    while len(draws) < n:
        x = propose(rng, 1)
        proposed += 1
        log_ratio = (log_p(x) - log_q(x))[0] - log_M
        if log_ratio > 1e-9:
            raise ValueError("log_M is too small")
        if -rng.exponential() <= log_ratio:
            draws.append(x[0])
    return draws, n / proposed


@right("rejection_sample")
def large_batches(rng, log_p, propose, log_q, log_M, n):
    accepted, proposed, size = [], 0, 4 * n + 100
    while len(accepted) < n:
        x = propose(rng, size)
        log_ratio = log_p(x) - log_q(x) - log_M
        if log_ratio.max() > 1e-9:
            raise ValueError("log_M is too small")
        accepted.extend(x[rng.random(size) <= np.exp(np.minimum(log_ratio, 0))])
        proposed += size
    return np.array(accepted[:n]), len(accepted) / proposed


# importance_estimate


@wrong(
    "importance_estimate",
    hint="The weights overflow before they are normalised: take out the largest log weight first.",
)
def weights_overflow(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x)
    with np.errstate(all="ignore"):
        w = np.exp(log_p(x) - log_q(x))
        if not self_normalised:
            return float((w * f(x)).mean())
        if w.sum() == 0:
            raise ValueError("no weights")
        return float((w * f(x)).sum() / w.sum())


@wrong("importance_estimate", hint="Draws from q carry the weight p / q. You have it upside down.")
def weights_upside_down(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x)
    with np.errstate(all="ignore"):
        w = np.exp(log_q(x) - log_p(x))
        return float((w * f(x)).sum() / w.sum()) if self_normalised else float((w * f(x)).mean())


@wrong(
    "importance_estimate", hint="The draws come from q, not from p: weigh each with p / q before averaging."
)
def not_weighted(f, log_p, log_q, x, self_normalised):
    return float(np.mean(f(np.asarray(x))))


@wrong(
    "importance_estimate",
    hint="Self-normalised means: divide by the sum of the weights, not by the number of draws.",
)
def never_normalised(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x)
    with np.errstate(over="ignore"):
        return float(np.mean(np.exp(log_p(x) - log_q(x)) * f(x)))


@wrong(
    "importance_estimate",
    hint="Normalised weights already sum to 1: sum the products, a mean would divide by S once more.",
)
def normalised_twice(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x)
    log_w = log_p(x) - log_q(x)
    if self_normalised and np.all(log_w == -np.inf):
        raise ValueError("no weights")
    return float(np.mean((special.softmax(log_w) if self_normalised else np.exp(log_w)) * f(x)))


@wrong(
    "importance_estimate",
    hint="With the plain estimate the weights are used as they are; you normalise them in both cases.",
)
def always_normalised(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x)
    log_w = log_p(x) - log_q(x)
    if np.all(log_w == -np.inf):
        if self_normalised:
            raise ValueError("no weights")
        return 0.0
    return float((special.softmax(log_w) * f(x)).sum())


@right("importance_estimate")
def largest_weight_taken_out(f, log_p, log_q, x, self_normalised):
    x = np.array(x, dtype=float)
    log_w = log_p(x) - log_q(x)
    if not self_normalised:
        return sum(np.exp(log_w) * f(x)) / len(x)
    top = log_w.max()
    if top == -np.inf:
        raise ValueError("no draw has any weight")
    w = np.exp(log_w - top)
    return np.average(f(x), weights=w)


# importance_ess


@wrong("importance_ess", hint="These are logarithms of weights: exponentiate before you add.")
def logs_taken_for_weights(log_w):
    w = np.asarray(log_w)
    if np.all(w == -np.inf):
        raise ValueError("no weights")
    with np.errstate(all="ignore"):
        return float(w.sum() ** 2 / (w**2).sum())


@wrong(
    "importance_ess",
    hint="exp of a large log weight overflows, of a very negative one vanishes: take out the largest log weight first.",
)
def overflowing_weights(log_w):
    if np.all(np.asarray(log_w) == -np.inf):
        raise ValueError("no weights")
    with np.errstate(all="ignore"):
        w = np.exp(log_w)
        return float(w.sum() ** 2 / (w**2).sum())


@wrong(
    "importance_ess",
    hint="The square goes around the sum in the numerator, and around each weight in the denominator.",
)
def sum_of_squares_over_square(log_w):
    log_w = np.asarray(log_w)
    if np.all(log_w == -np.inf):
        raise ValueError("no weights")
    return float(np.exp(special.logsumexp(2 * log_w) - 2 * special.logsumexp(log_w)))


@right("importance_ess")
def by_normalised_weights(log_w):
    if np.max(log_w) == -np.inf:
        raise ValueError("all weights vanish")
    return 1 / (special.softmax(log_w) ** 2).sum()


# mh_step


@wrong("mh_step", hint=HASTINGS_HINT)
def hastings_term_missing(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random(x.shape)) <= log_p(y) - log_p(x)
    return np.where(accepted, y, x), accepted


@wrong("mh_step", hint=HASTINGS_HINT)
def hastings_term_upside_down(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random(x.shape)) <= log_p(y) + log_q(y, x) - log_p(x) - log_q(x, y)
    return np.where(accepted, y, x), accepted


@wrong("mh_step", hint=DOWNHILL_HINT)
def only_uphill(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = log_p(y) + log_q(x, y) - log_p(x) - log_q(y, x) >= 0
    return np.where(accepted, y, x), accepted


@wrong("mh_step", hint=TOGETHER_HINT)
def one_uniform_for_all_chains(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random()) <= log_p(y) + log_q(x, y) - log_p(x) - log_q(y, x)
    return np.where(accepted, y, x), accepted


@wrong(
    "mh_step",
    hint="Where a proposal is rejected the chain stays at x: x_next there is the old state, not the proposal.",
    also=("mh_chain",),
)
def moves_anyway(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random(x.shape)) <= log_p(y) + log_q(x, y) - log_p(x) - log_q(y, x)
    return y, accepted


@wrong("mh_step", hint=DOWNHILL_HINT)
def u_against_a_log(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = rng.random(x.shape) <= log_p(y) + log_q(x, y) - log_p(x) - log_q(y, x)
    return np.where(accepted, y, x), accepted


@wrong(
    "mh_step",
    hint="A chain that starts where p is 0 must be able to leave: there any possible proposal is accepted.",
)
def stuck_where_p_is_zero(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    here = np.maximum(log_p(x), -1e4)
    possible = np.isfinite(log_p(x))
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random(x.shape)) <= log_p(y) + log_q(x, y) - here - log_q(y, x)
    return np.where(accepted & possible, y, x), accepted & possible


@wrong(
    "mh_step",
    hint="You write into the array of states that you were given. Make a new one (np.where does).",
    also=("mh_chain",),
)
def edits_the_states(rng, x, log_p, propose, log_q):
    x = np.asarray(x)
    y = propose(rng, x)
    with np.errstate(invalid="ignore"):
        accepted = np.log(1 - rng.random(x.shape)) <= log_p(y) + log_q(x, y) - log_p(x) - log_q(y, x)
    x[accepted] = y[accepted]
    return x, accepted


@right("mh_step")
def probabilities_and_loop(rng, x, log_p, propose, log_q):
    x = np.array(x, dtype=float)
    y = propose(rng, x)
    here, there, back, forth = log_p(x), log_p(y), log_q(x, y), log_q(y, x)
    accepted = []
    for c in range(len(x)):
        if there[c] == -np.inf:
            accepted.append(False)
        elif here[c] == -np.inf:
            accepted.append(True)
        else:
            accepted.append(bool(rng.random() < np.exp(min(0.0, there[c] + back[c] - here[c] - forth[c]))))
        if accepted[c]:
            x[c] = y[c]
    return x, accepted


@right("mh_step")
def barkers_flags_as_numbers(rng, x, log_p, propose, log_q):
    x = np.asarray(x, dtype=float)
    y = propose(rng, x)
    log_ratio = np.nan_to_num(log_p(y), neginf=-1e300) - np.nan_to_num(log_p(x), neginf=-1e300)
    log_ratio = np.where(np.isneginf(log_p(y)), -np.inf, log_ratio + log_q(x, y) - log_q(y, x))
    accepted = (-rng.standard_exponential(x.size) <= log_ratio).astype(int)
    return x + accepted * (y - x), accepted


# mh_chain


@wrong("mh_chain", hint=KEPT_AFTER_REJECTION_HINT)
def rejected_moves_not_counted(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x = np.asarray(x0)
    draws, flags = [x], []
    for step in range(burn_in + n):
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        if step >= burn_in:
            flags.append(accepted)
            if accepted.any():
                draws.append(x)
    draws += [draws[-1] + 1.0] * (n + 1 - len(draws))
    return np.array(draws[1:]), np.mean(flags, axis=0)


@wrong(
    "mh_chain",
    hint="burn_in steps come before the n that are kept: the chain takes burn_in + n steps, and you keep all n.",
)
def burn_in_ignored(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x, draws, flags = np.asarray(x0), [], []
    for _ in range(n):
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        draws.append(x)
        flags.append(accepted)
    return np.array(draws), np.mean(flags, axis=0)


@wrong(
    "mh_chain",
    hint="The draws are right; the acceptance rate should look at the kept steps only, not at the burn-in.",
)
def rate_includes_burn_in(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x, draws, flags = np.asarray(x0), [], []
    for _ in range(burn_in + n):
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        draws.append(x)
        flags.append(accepted)
    return np.array(draws[burn_in:]), np.mean(flags, axis=0)


@wrong(
    "mh_chain", hint="The starting point is chosen, not drawn: keep the states after each step, without x0."
)
def start_counted(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x, draws, flags = np.asarray(x0), [], []
    for step in range(burn_in + n):
        if step >= burn_in:
            draws.append(x)
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        if step >= burn_in:
            flags.append(accepted)
    return np.array(draws), np.mean(flags, axis=0)


@wrong(
    "mh_chain",
    hint="Each chain has an acceptance rate of its own: average over the steps, not over the chains too.",
)
def one_rate_for_all(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x, draws, flags = np.asarray(x0), [], []
    for step in range(burn_in + n):
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        if step >= burn_in:
            draws.append(x)
            flags.append(accepted)
    return np.array(draws), np.full(len(x), np.mean(flags))


@right("mh_chain")
def into_a_table(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x = np.array(x0, dtype=float)
    for _ in range(burn_in):
        x, _ = mh_step(rng, x, log_p, propose, log_q)
    draws, moves = np.zeros((n, len(x))), np.zeros(len(x))
    for i in range(n):
        draws[i], accepted = mh_step(rng, x, log_p, propose, log_q)
        x = draws[i].copy()
        moves += accepted
    return draws, moves / n


# gibbs_bivariate_normal


@wrong(
    "gibbs_bivariate_normal",
    hint="1 - rho^2 is the conditional *variance*; a normal draw is scaled by the standard deviation.",
)
def variance_for_sd(rng, rho, n, x0):
    if not -1 < rho < 1:
        raise ValueError("rho")
    y, draws = np.asarray(x0)[:, 1], []
    for _ in range(n):
        x = rng.normal(rho * y, 1 - rho**2)
        y = rng.normal(rho * x, 1 - rho**2)
        draws.append(np.stack([x, y], axis=1))
    return np.array(draws)


@wrong(
    "gibbs_bivariate_normal",
    hint="The second draw of a sweep is given the *new* x. Updating both from the old pair samples something else.",
)
def both_at_once(rng, rho, n, x0):
    if not -1 < rho < 1:
        raise ValueError("rho")
    (x, y), sd, draws = np.asarray(x0).T, np.sqrt(1 - rho**2), []
    for _ in range(n):
        x, y = rng.normal(rho * y, sd), rng.normal(rho * x, sd)
        draws.append(np.stack([x, y], axis=1))
    return np.array(draws)


@wrong(
    "gibbs_bivariate_normal",
    hint="Your sweep draws y first. The docstring asks for x given y, then y given x.",
)
def y_first(rng, rho, n, x0):
    if not -1 < rho < 1:
        raise ValueError("rho")
    x, sd, draws = np.asarray(x0)[:, 0], np.sqrt(1 - rho**2), []
    for _ in range(n):
        y = rng.normal(rho * x, sd)
        x = rng.normal(rho * y, sd)
        draws.append(np.stack([x, y], axis=1))
    return np.array(draws)


@wrong(
    "gibbs_bivariate_normal",
    hint="The conditional variance is smaller than 1: knowing y tells something about x.",
)
def conditional_variance_one(rng, rho, n, x0):
    if not -1 < rho < 1:
        raise ValueError("rho")
    y, draws = np.asarray(x0)[:, 1], []
    for _ in range(n):
        x = rng.normal(rho * y, 1)
        y = rng.normal(rho * x, 1)
        draws.append(np.stack([x, y], axis=1))
    return np.array(draws)


@wrong(
    "gibbs_bivariate_normal",
    hint="The chains share their random numbers, so they are copies of each other: draw one number for each chain.",
)
def chains_share_their_noise(rng, rho, n, x0):
    if not -1 < rho < 1:
        raise ValueError("rho")
    y, sd, draws = np.asarray(x0)[:, 1], np.sqrt(1 - rho**2), []
    for _ in range(n):
        x = rho * y + sd * rng.normal()
        y = rho * x + sd * rng.normal()
        draws.append(np.stack([x, y], axis=1))
    return np.array(draws)


@right("gibbs_bivariate_normal")
def chain_by_chain(rng, rho, n, x0):
    if abs(rho) >= 1:
        raise ValueError("rho must lie in (-1, 1)")
    sd = (1 - rho**2) ** 0.5
    result = np.zeros((n, len(x0), 2))
    for c, (_, y) in enumerate(x0):
        for i in range(n):
            x = rng.normal(rho * y, sd)
            y = rng.normal(rho * x, sd)
            result[i, c] = x, y
    return result


# autocorrelation


@wrong(
    "autocorrelation",
    hint="Subtract the mean of the chain first: without centring a chain around 100 looks perfectly correlated.",
)
def not_centred(x, max_lag):
    x = np.asarray(x, dtype=float)
    if not 0 <= max_lag < len(x):
        raise ValueError("lag")
    products = [x[: len(x) - k] @ x[k:] for k in range(max_lag + 1)]
    return np.array(products) / products[0]


@wrong(
    "autocorrelation",
    hint="The sums at all lags are divided by the same n (biased estimate): n - k blows up the noise at large lags.",
)
def divided_by_the_pairs(x, max_lag):
    x = np.asarray(x, dtype=float)
    if not 0 <= max_lag < len(x):
        raise ValueError("lag")
    if np.ptp(x) == 0:
        return np.eye(1, max_lag + 1)[0]
    c = x - x.mean()
    products = [(c[: len(x) - k] * c[k:]).mean() for k in range(max_lag + 1)]
    return np.array(products) / products[0]


@wrong(
    "autocorrelation",
    hint="Divide by the value at lag 0, so that the first entry is 1: this is the autocovariance.",
)
def autocovariance(x, max_lag):
    x = np.asarray(x, dtype=float)
    if not 0 <= max_lag < len(x):
        raise ValueError("lag")
    c = x - x.mean()
    return np.array([c[: len(x) - k] @ c[k:] for k in range(max_lag + 1)]) / len(x)


@wrong(
    "autocorrelation",
    hint="Each lag uses the mean and variance of the whole chain; np.corrcoef of two parts takes those of each part.",
)
def correlation_of_the_parts(x, max_lag):
    x = np.asarray(x, dtype=float)
    if not 0 <= max_lag < len(x):
        raise ValueError("lag")
    result = [1.0]
    with np.errstate(all="ignore"):
        for k in range(1, max_lag + 1):
            one, other = x[:-k] - x[:-k].mean(), x[k:] - x[k:].mean()
            result.append((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))
    return np.array(result)


@wrong("autocorrelation", hint="A constant chain gives 0 / 0: the docstring says what to return for it.")
def nan_for_a_constant(x, max_lag):
    x = np.asarray(x, dtype=float)
    if not 0 <= max_lag < len(x):
        raise ValueError("lag")
    c = x - x.mean()
    with np.errstate(all="ignore"):
        return np.array([c[: len(x) - k] @ c[k:] for k in range(max_lag + 1)]) / (c @ c)


@right("autocorrelation")
def by_fft(x, max_lag):
    from scipy import signal

    x = np.asarray(x, dtype=float)
    n = len(x)
    if max_lag < 0 or max_lag >= n:
        raise ValueError("max_lag out of range")
    if np.ptp(x) == 0:
        return [1.0] + [0.0] * max_lag
    c = (x - x.mean()) / x.std()
    return signal.correlate(c, c, method="fft")[n - 1 : n + max_lag] / n


# split_rhat


@wrong(
    "split_rhat",
    hint="Split every chain first: whole chains that drift together agree with each other all the same.",
)
def chains_not_split(chains):
    chains = np.asarray(chains)
    if chains.shape[1] < 4:
        raise ValueError("short")
    n = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean()
    between = chains.mean(axis=1).var(ddof=1) if len(chains) > 1 else 0.0
    if within == 0:
        return 1.0 if between == 0 else np.inf
    return float(np.sqrt((n - 1) / n + between / within))


@wrong(
    "split_rhat",
    hint="Both variances divide by their number minus one (ddof=1), here they divide by the number.",
)
def divisor_n(chains):
    chains = np.asarray(chains)
    m = chains.shape[1] // 2
    if m < 2:
        raise ValueError("short")
    halves = np.concatenate([chains[:, :m], chains[:, m : 2 * m]])
    within, between = halves.var(axis=1).mean(), halves.mean(axis=1).var()
    if within == 0:
        return 1.0 if between == 0 else np.inf
    return float(np.sqrt((m - 1) / m + between / within))


@wrong("split_rhat", hint="This is R-hat squared: the root is missing.")
def root_missing(chains):
    chains = np.asarray(chains)
    m = chains.shape[1] // 2
    if m < 2:
        raise ValueError("short")
    halves = np.concatenate([chains[:, :m], chains[:, m : 2 * m]])
    within, between = halves.var(axis=1, ddof=1).mean(), halves.mean(axis=1).var(ddof=1)
    if within == 0:
        return 1.0 if between == 0 else np.inf
    return float((m - 1) / m + between / within)


@wrong(
    "split_rhat",
    hint="An odd chain has one state too many for two halves: drop the last one, not the first or the middle one.",
)
def first_state_dropped(chains):
    chains = np.asarray(chains)
    m = chains.shape[1] // 2
    if m < 2:
        raise ValueError("short")
    halves = np.concatenate([chains[:, -2 * m : -m], chains[:, -m:]])
    within, between = halves.var(axis=1, ddof=1).mean(), halves.mean(axis=1).var(ddof=1)
    if within == 0:
        return 1.0 if between == 0 else np.inf
    return float(np.sqrt((m - 1) / m + between / within))


@right("split_rhat")
def step_by_step(chains):
    sequences = []
    for chain in chains:
        m = len(chain) // 2
        if m < 2:
            raise ValueError("chains too short")
        sequences += [list(chain[:m]), list(chain[m : 2 * m])]
    means = [np.mean(s) for s in sequences]
    W = np.mean([np.var(s, ddof=1) for s in sequences])
    B = m * np.var(means, ddof=1)
    if W == 0:
        return float("inf") if B > 0 else 1
    return np.sqrt(((m - 1) / m * W + B / m) / W)


# derive_acceptance


@wrong(
    "derive_acceptance",
    hint="1 / M is the acceptance only for a normalised target. How much of the area under the bound lies under p~?",
)
def acceptance_one_over_M():
    a, b, n = sp.symbols("a b n")
    mode = (a - 1) / (a + b - 2)
    M = mode ** (a - 1) * (1 - mode) ** (b - 1)
    Z = sp.beta(a, b)
    return {"mode": mode, "M": M, "Z": Z, "acceptance": 1 / M, "expected_proposals": n * M / Z}


@wrong(
    "derive_acceptance",
    hint="The bound must hold at the highest point, which is the mode, not the mean a / (a + b).",
)
def mean_for_mode():
    a, b, n = sp.symbols("a b n")
    mode = a / (a + b)
    M = mode ** (a - 1) * (1 - mode) ** (b - 1)
    Z = sp.beta(a, b)
    return {"mode": mode, "M": M, "Z": Z, "acceptance": Z / M, "expected_proposals": n * M / Z}


@right("derive_acceptance")
def solved_by_sympy():
    x, a, b, n = sp.symbols("x a b n", positive=True)
    top = sp.solve(sp.diff((a - 1) * sp.log(x) + (b - 1) * sp.log(1 - x), x), x)[0]
    M = sp.exp((a - 1) * sp.log(top) + (b - 1) * sp.log(1 - top))
    Z = sp.beta(a, b)
    return {"mode": top, "M": M, "Z": Z, "acceptance": Z / M, "expected_proposals": n / (Z / M)}
