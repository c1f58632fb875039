"""Known wrong and right solutions of week 1: Bayes."""

# ruff: noqa: B905, D103
# Each solution stands for a student's own work: written as students write, explained by its name and hint.

from __future__ import annotations

import numpy as np
import sympy as sp
from scipy import special, stats

from autograder.bank import right, wrong
from reference.bayes import log_evidence

_SYMMETRIC = "the beta function is symmetric"
_BY_NAME = "symbols are matched by name, whatever their assumptions"

# Changes of the reference that change nothing, so that no hidden test can catch them.
NARROW_TOLERANCES = {
    "test_log_posterior_on_fresh_numbers": "1e-10 shifts the logarithm of a likely hypothesis by about the tolerance; "
    "what gives it away is the hypothesis that is improbable or ruled out",
}
EQUIVALENT_MUTANTS = {
    "beta_binomial_predictive: "
    "return log_choose + special.betaln(a + k, b + n - k) - special.betaln(a, b) → "
    "return log_choose + special.betaln(b + n - k, a + k) - special.betaln(a, b)": _SYMMETRIC,
    "beta_binomial_predictive: "
    "return log_choose + special.betaln(a + k, b + n - k) - special.betaln(a, b) → "
    "return log_choose + special.betaln(a + k, b + n - k) - special.betaln(b, a)": _SYMMETRIC,
    "log_evidence: "
    "return float(special.betaln(a + successes, b + failures) - special.betaln(a, b)) → "
    "return float(special.betaln(b + failures, a + successes) - special.betaln(a, b))": _SYMMETRIC,
    "log_evidence: "
    "return float(special.betaln(a + successes, b + failures) - special.betaln(a, b)) → "
    "return float(special.betaln(a + successes, b + failures) - special.betaln(b, a))": _SYMMETRIC,
    "derive_beta_bernoulli: "
    'theta, a, b, n, s = sp.symbols("theta a b n s", positive=True) → '
    'theta, a, b, n, s = sp.symbols("theta a b n s")': _BY_NAME,
    "derive_beta_bernoulli: "
    "log_prior = (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b)) → "
    "log_prior = (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(b, a))": _SYMMETRIC,
    "derive_beta_bernoulli: "
    "log_marginal = sp.log(sp.beta(a + s, b + n - s)) - sp.log(sp.beta(a, b)) → "
    "log_marginal = sp.log(sp.beta(b + n - s, a + s)) - sp.log(sp.beta(a, b))": _SYMMETRIC,
    "derive_beta_bernoulli: "
    "log_marginal = sp.log(sp.beta(a + s, b + n - s)) - sp.log(sp.beta(a, b)) → "
    "log_marginal = sp.log(sp.beta(a + s, b + n - s)) - sp.log(sp.beta(b, a))": _SYMMETRIC,
    "derive_normal_normal: "
    'mu, mu0, s1, s2 = sp.symbols("mu mu0 s1 s2", real=True) → '
    'mu, mu0, s1, s2 = sp.symbols("mu mu0 s1 s2")': _BY_NAME,
    "derive_normal_normal: "
    'tau0_sq, sigma_sq, n = sp.symbols("tau0_sq sigma_sq n", positive=True) → '
    'tau0_sq, sigma_sq, n = sp.symbols("tau0_sq sigma_sq n")': _BY_NAME,
}

# bayes_posterior


@wrong("bayes_posterior", hint="Likelihood times prior is the joint probability: what must you divide it by?")
def unnormalised(prior, likelihood):
    joint = np.asarray(prior) * np.asarray(likelihood)
    if joint.sum() == 0:
        raise ValueError("impossible data")
    return joint


@wrong(
    "bayes_posterior",
    hint="The prior is missing: a test that is right 9 times in 10 says little about a disease of 1 "
    "in 1,000. "
    "This is base-rate neglect.",
)
def base_rate_neglect(prior, likelihood):
    likelihood = np.asarray(likelihood)
    if (likelihood * prior).sum() == 0:
        raise ValueError("impossible data")
    return likelihood / likelihood.sum()


@wrong(
    "bayes_posterior",
    hint="The evidence weighs each likelihood with its prior before summing; the sum of the "
    "likelihoods alone is not p(x).",
)
def divides_by_the_sum_of_likelihoods(prior, likelihood):
    prior, likelihood = np.asarray(prior), np.asarray(likelihood)
    if (prior * likelihood).sum() == 0:
        raise ValueError("impossible data")
    return prior * likelihood / likelihood.sum()


@wrong(
    "bayes_posterior", hint="p(x | k) p(k) is a product: a hypothesis needs both, so one zero must give zero."
)
def adds_instead_of_multiplying(prior, likelihood):
    total = np.asarray(prior) + np.asarray(likelihood)
    return total / total.sum()


@wrong(
    "bayes_posterior",
    hint="Your function changes its argument: *= writes into the caller's array. Make a new array.",
)
def edits_the_prior(prior, likelihood):
    prior = np.asarray(prior, dtype=float)
    prior *= likelihood
    if prior.sum() == 0:
        raise ValueError("impossible data")
    prior /= prior.sum()
    return prior


@wrong(
    "bayes_posterior",
    hint="A small constant in the denominator hides the impossible and spoils small evidences. "
    "Zero evidence should be an error.",
)
def epsilon_in_the_denominator(prior, likelihood):
    joint = np.asarray(prior) * np.asarray(likelihood)
    return joint / (joint.sum() + 1e-10)


@right("bayes_posterior")
def plain_loops(prior, likelihood):
    evidence = 0.0
    for p, q in zip(prior, likelihood):
        evidence += p * q
    if evidence == 0:
        raise ValueError("no hypothesis can have produced this")
    return [p * q / evidence for p, q in zip(prior, likelihood)]


@right("bayes_posterior")
def by_way_of_logarithms(prior, likelihood):
    with np.errstate(divide="ignore"):
        log_joint = np.log(prior) + np.log(likelihood)
    if np.max(log_joint) == -np.inf:
        raise ValueError("impossible")
    return special.softmax(log_joint)


# log_posterior


@wrong(
    "log_posterior",
    hint="Going back to probabilities undoes the logarithm: a product of thousands of numbers below "
    "1 underflows to 0. "
    "Add logarithms, and normalise with a log-sum-exp.",
)
def product_underflow(log_prior, log_likelihood):
    joint = np.exp(log_prior) * np.prod(np.exp(log_likelihood), axis=0)
    if joint.sum() == 0:
        raise ValueError("impossible")
    with np.errstate(divide="ignore"):
        return np.log(joint / joint.sum())


@wrong(
    "log_posterior",
    hint="The sum of exponentials underflows when all logs are very negative: take out the largest "
    "first (log-sum-exp).",
)
def naive_log_sum_exp(log_prior, log_likelihood):
    log_joint = np.asarray(log_prior) + np.sum(log_likelihood, axis=0)
    if np.all(log_joint == -np.inf):
        raise ValueError("impossible")
    with np.errstate(divide="ignore"):
        return log_joint - np.log(np.exp(log_joint).sum())


@wrong(
    "log_posterior",
    hint="This is the log joint. Subtract the log evidence, so that the exponentials sum to 1.",
)
def log_joint_only(log_prior, log_likelihood):
    log_joint = np.asarray(log_prior) + np.sum(log_likelihood, axis=0)
    if np.max(log_joint) == -np.inf:
        raise ValueError("impossible")
    return log_joint


@wrong(
    "log_posterior",
    hint="The prior enters once, however many observations there are: count how often you add it.",
)
def prior_once_per_observation(log_prior, log_likelihood):
    log_joint = (np.asarray(log_prior) + np.asarray(log_likelihood)).sum(axis=0)
    if np.max(log_joint) == -np.inf:
        raise ValueError("impossible")
    return log_joint - special.logsumexp(log_joint)


@wrong(
    "log_posterior", hint="Averaging over the observations counts them as one: independent evidence adds up."
)
def mean_over_observations(log_prior, log_likelihood):
    log_likelihood = np.asarray(log_likelihood)
    log_joint = np.asarray(log_prior) + log_likelihood.sum(axis=0) / max(len(log_likelihood), 1)
    if np.max(log_joint) == -np.inf:
        raise ValueError("impossible")
    return log_joint - special.logsumexp(log_joint)


@wrong(
    "log_posterior",
    hint="Subtracting the largest value makes the best hypothesis 0 in log space, which is certainty. "
    "The log evidence is a sum over all hypotheses.",
)
def subtracts_the_maximum(log_prior, log_likelihood):
    log_joint = np.asarray(log_prior) + np.sum(log_likelihood, axis=0)
    if np.max(log_joint) == -np.inf:
        raise ValueError("impossible")
    return log_joint - np.max(log_joint)


@wrong(
    "log_posterior",
    hint="A constant such as 1e-10 inside the logarithm keeps impossible hypotheses alive and caps "
    "what the data can say.",
)
def epsilon_in_the_logarithm(log_prior, log_likelihood):
    log_joint = np.asarray(log_prior) + np.sum(log_likelihood, axis=0)
    if np.max(log_joint) == -np.inf:
        raise ValueError("impossible")
    joint = np.exp(log_joint - np.max(log_joint))
    return np.log(joint / joint.sum() + 1e-10)


@right("log_posterior")
def one_observation_at_a_time(log_prior, log_likelihood):
    current = np.array(log_prior, dtype=float)
    current = current - np.logaddexp.reduce(current)
    for row in log_likelihood:
        current = current + np.asarray(row)
        norm = np.logaddexp.reduce(current)
        if np.isneginf(norm):
            raise ValueError("these observations cannot happen")
        current = current - norm
    return current


@right("log_posterior")
def scipys_log_softmax(log_prior, log_likelihood):
    total = np.vstack([np.reshape(log_prior, (1, -1)), np.reshape(log_likelihood, (-1, len(log_prior)))]).sum(
        0
    )
    if np.all(total == -np.inf):
        raise ValueError("impossible")
    return special.log_softmax(total)


# beta_binomial_update


@wrong(
    "beta_binomial_update",
    hint="Beta(a, b) has exponents a - 1 and b - 1 already, so the counts are added to a and b as "
    "they are: off by one.",
)
def off_by_one(a, b, x):
    x = np.asarray(x, dtype=int)
    return a + x.sum() - 1, b + len(x) - x.sum() - 1


@wrong("beta_binomial_update", hint="a counts successes (ones) and b failures (zeros): yours are exchanged.")
def successes_and_failures_exchanged(a, b, x):
    x = np.asarray(x, dtype=int)
    return a + len(x) - x.sum(), b + x.sum()


@wrong("beta_binomial_update", hint="b grows by the number of failures, not by the number of all trials.")
def adds_all_trials_to_b(a, b, x):
    x = np.asarray(x, dtype=int)
    return a + x.sum(), b + len(x)


@wrong(
    "beta_binomial_update",
    hint="Where did the prior go? The posterior's parameters start from a and b, not from 1.",
)
def forgets_the_prior(a, b, x):
    x = np.asarray(x, dtype=int)
    return 1 + x.sum(), 1 + len(x) - x.sum()


@wrong(
    "beta_binomial_update",
    hint="The update adds counts, not averages: more data must make the posterior sharper.",
)
def adds_the_average(a, b, x):
    x = np.asarray(x, dtype=float)
    share = x.mean() if len(x) else 0.0
    return a + share, b + 1 - share


@right("beta_binomial_update")
def counts_one_by_one(a, b, x):
    for outcome in x:
        if outcome:
            a = a + 1
        else:
            b = b + 1
    return [a, b]


@right("beta_binomial_update")
def by_counting_nonzeros(a, b, x):
    ones = np.count_nonzero(x)
    return np.array([a + ones, b + len(x) - ones])


# credible_interval


@wrong(
    "credible_interval",
    hint="Equal tails: half of what is left over belongs below the interval and half above. Yours "
    "has it all on one side.",
)
def one_sided(a, b, level):
    return 0.0, stats.beta.ppf(level, a, b)


@wrong("credible_interval", hint="What is outside, 1 - level, is shared by two tails.")
def tail_not_halved(a, b, level):
    return stats.beta.ppf(min(1 - level, level), a, b), stats.beta.ppf(max(1 - level, level), a, b)


@wrong(
    "credible_interval",
    hint="Mean plus or minus 1.96 standard deviations is a normal approximation: a Beta distribution "
    "can lean to one side "
    "and ends at 0 and 1. Use its own quantiles.",
)
def normal_approximation(a, b, level):
    mean, sd = stats.beta.mean(a, b), stats.beta.std(a, b)
    width = stats.norm.ppf((1 + level) / 2)
    return mean - width * sd, mean + width * sd


@wrong(
    "credible_interval",
    hint="This is the shortest interval (highest density). The question asks for equal tails; they "
    "agree only if "
    "the distribution is symmetric.",
)
def highest_density(a, b, level):
    from scipy import optimize

    def width(tail):
        return stats.beta.ppf(tail + level, a, b) - stats.beta.ppf(tail, a, b)

    tail = optimize.minimize_scalar(width, bounds=(0, 1 - level), method="bounded").x
    return stats.beta.ppf(tail, a, b), stats.beta.ppf(tail + level, a, b)


@right("credible_interval")
def inverse_incomplete_beta(a, b, level):
    return special.betaincinv(a, b, (1 - level) / 2), special.betainccinv(a, b, (1 - level) / 2)


@right("credible_interval")
def frozen_interval(a, b, level):
    return stats.beta(a, b).interval(level)


# beta_binomial_predictive


@wrong(
    "beta_binomial_predictive",
    hint="Plugging the posterior mean into a binomial pretends that theta is known: predictions come "
    "out too sure. "
    "Average over theta instead.",
)
def plugs_in_the_mean(a, b, n):
    return stats.binom.logpmf(np.arange(n + 1), n, a / (a + b))


@wrong(
    "beta_binomial_predictive",
    hint="That is the probability of one particular sequence with k successes. How many such "
    "sequences are there?",
)
def no_binomial_coefficient(a, b, n):
    k = np.arange(n + 1)
    return special.betaln(a + k, b + n - k) - special.betaln(a, b)


@wrong(
    "beta_binomial_predictive",
    hint="These are probabilities; the question asks for their natural logarithms.",
)
def probabilities_not_logs(a, b, n):
    return stats.betabinom.pmf(np.arange(n + 1), n, a, b)


@wrong(
    "beta_binomial_predictive",
    hint="n trials have n + 1 possible numbers of successes: 0 counts, and so does n.",
)
def leaves_out_the_last(a, b, n):
    return stats.betabinom.logpmf(np.arange(n), n, a, b)


@wrong(
    "beta_binomial_predictive",
    hint="The prior's normaliser B(a, b) is missing, so the probabilities do not sum to one.",
)
def without_the_normaliser(a, b, n):
    k = np.arange(n + 1)
    log_choose = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return log_choose + special.betaln(a + k, b + n - k)


@wrong(
    "beta_binomial_predictive",
    hint="Binomial coefficients and beta functions over- and underflow for large n: take gammaln and betaln.",
)
def overflows_for_many_trials(a, b, n):
    k = np.arange(n + 1)
    with np.errstate(all="ignore"):
        return np.log(special.comb(n, k) * special.beta(a + k, b + n - k) / special.beta(a, b))


@right("beta_binomial_predictive")
def scipys_betabinom(a, b, n):
    return stats.betabinom(n, a, b).logpmf(range(n + 1))


@right("beta_binomial_predictive")
def by_ratios_of_neighbours(a, b, n):
    log_p = [float(special.betaln(a, b + n) - special.betaln(a, b))]
    for k in range(n):
        log_p.append(log_p[-1] + np.log((n - k) / (k + 1) * (a + k) / (b + n - k - 1)))
    return log_p


# dirichlet_update


@wrong(
    "dirichlet_update",
    hint="Subtracting 1 gives the mode's numerator. The posterior's parameters are asked for.",
)
def dirichlet_off_by_one(alpha, counts):
    return np.asarray(alpha) + np.asarray(counts) - 1


@wrong(
    "dirichlet_update",
    hint="That is the posterior mean. The question asks for the parameters, which are not normalised.",
)
def posterior_mean_instead(alpha, counts):
    alpha_n = np.asarray(alpha) + np.asarray(counts)
    return alpha_n / alpha_n.sum()


@wrong(
    "dirichlet_update", hint="Adding 1 to each count is one particular prior. Use the alpha that was given."
)
def add_one_smoothing(alpha, counts):
    return np.asarray(counts) + 1.0


@wrong("dirichlet_update", hint="+= writes into the caller's array: return a new one.")
def dirichlet_in_place(alpha, counts):
    alpha = np.asarray(alpha, dtype=float)
    alpha += counts
    return alpha


@wrong("dirichlet_update", hint="With lists, + joins them end to end: turn the arguments into arrays first.")
def joins_lists(alpha, counts):
    return alpha + counts


@right("dirichlet_update")
def a_comprehension(alpha, counts):
    return [float(prior) + int(seen) for prior, seen in zip(alpha, counts)]


# normal_update


@wrong(
    "normal_update",
    hint="Each part is weighted with its precision, one over its variance: the surer of two voices "
    "should count more. "
    "You weight with the variances.",
)
def variance_for_precision(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    weight = tau0_sq + x.size * sigma_sq
    return (mu0 * tau0_sq + x.sum() * sigma_sq) / weight, 1 / (1 / tau0_sq + x.size / sigma_sq)


@wrong("normal_update", hint="The arguments are variances already: do not square them.")
def squares_the_variances(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    precision = 1 / tau0_sq**2 + x.size / sigma_sq**2
    return (mu0 / tau0_sq**2 + x.sum() / sigma_sq**2) / precision, 1 / precision


@wrong(
    "normal_update", hint="The second result is the posterior variance; yours is its inverse, the precision."
)
def returns_the_precision(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    precision = 1 / tau0_sq + x.size / sigma_sq
    return (mu0 / tau0_sq + x.sum() / sigma_sq) / precision, precision


@wrong(
    "normal_update",
    hint="The second result is the posterior variance; yours is its root, the standard deviation.",
)
def returns_the_standard_deviation(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    precision = 1 / tau0_sq + x.size / sigma_sq
    return (mu0 / tau0_sq + x.sum() / sigma_sq) / precision, np.sqrt(1 / precision)


@wrong("normal_update", hint="N observations count N times: their precisions add up. Yours count as one.")
def counts_the_sample_once(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    if x.size == 0:
        return mu0, tau0_sq
    precision = 1 / tau0_sq + 1 / sigma_sq
    return (mu0 / tau0_sq + x.mean() / sigma_sq) / precision, 1 / precision


@wrong("normal_update", hint="This is the maximum-likelihood answer: the prior has no say in it.")
def ignores_the_prior(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    if x.size == 0:
        return mu0, tau0_sq
    return x.mean(), sigma_sq / x.size


@wrong(
    "normal_update",
    hint="Adding sigma_sq gives the variance of the next observation. The question asks for that of "
    "the mean.",
)
def predictive_variance(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    precision = 1 / tau0_sq + x.size / sigma_sq
    return (mu0 / tau0_sq + x.sum() / sigma_sq) / precision, 1 / precision + sigma_sq


@wrong(
    "normal_update",
    hint="No observations are a case too: the mean of an empty array is NaN. What should you return?",
)
def mean_of_an_empty_sample(mu0, tau0_sq, sigma_sq, x):
    x = np.asarray(x, dtype=float)
    n = x.size
    tau_n_sq = 1 / (1 / tau0_sq + n / sigma_sq)
    mean = x.mean() if n else np.nan
    return tau_n_sq * (mu0 / tau0_sq + n * mean / sigma_sq), tau_n_sq


@right("normal_update")
def as_a_kalman_filter(mu0, tau0_sq, sigma_sq, x):
    mean, variance = mu0, tau0_sq
    for value in x:
        gain = variance / (variance + sigma_sq)
        mean = mean + gain * (value - mean)
        variance = (1 - gain) * variance
    return mean, variance


@right("normal_update")
def as_a_weighted_average(mu0, tau0_sq, sigma_sq, x):
    n = len(x)
    if n == 0:
        return mu0, tau0_sq
    weight = n * tau0_sq / (n * tau0_sq + sigma_sq)
    return np.array([(1 - weight) * mu0 + weight * np.mean(x), sigma_sq * tau0_sq / (n * tau0_sq + sigma_sq)])


# log_evidence


@wrong(
    "log_evidence",
    hint="The binomial coefficient counts all orders. The evidence of one given sequence has none.",
)
def with_binomial_coefficient(a, b, x):
    x = np.asarray(x, dtype=int)
    return stats.betabinom.logpmf(x.sum(), len(x), a, b)


@wrong(
    "log_evidence",
    hint="This is the likelihood at its best theta. The evidence averages the likelihood over the prior, "
    "and is always smaller.",
    also=("log_bayes_factor",),
)
def likelihood_at_its_maximum(a, b, x):
    x = np.asarray(x, dtype=int)
    ones, zeros = x.sum(), len(x) - x.sum()
    return float(special.xlogy(ones, ones / max(len(x), 1)) + special.xlogy(zeros, zeros / max(len(x), 1)))


@wrong(
    "log_evidence",
    hint="Without - log B(a, b) the prior is not normalised. Check: with no data the log evidence must be 0.",
)
def without_the_priors_normaliser(a, b, x):
    x = np.asarray(x, dtype=int)
    return special.betaln(a + x.sum(), b + len(x) - x.sum())


@wrong(
    "log_evidence",
    hint="Beta functions of large arguments underflow to 0, and log 0 is -inf: take special.betaln.",
    also=("log_bayes_factor",),
)
def evidence_underflows(a, b, x):
    x = np.asarray(x, dtype=int)
    with np.errstate(all="ignore"):
        return np.log(special.beta(a + x.sum(), b + len(x) - x.sum()) / special.beta(a, b))


@wrong(
    "log_evidence",
    hint="Each prediction must use what was learnt from the observations before it: update a and b "
    "as you go.",
)
def never_learns(a, b, x):
    x = np.asarray(x, dtype=int)
    return x.sum() * np.log(a / (a + b)) + (len(x) - x.sum()) * np.log(b / (a + b))


@right("log_evidence")
def one_prediction_after_another(a, b, x):
    total = 0.0
    for outcome in x:
        total += np.log((a if outcome else b) / (a + b))
        if outcome:
            a += 1
        else:
            b += 1
    return total


@right("log_evidence")
def from_gamma_functions(a, b, x):
    n, s = len(x), np.sum(x)
    ln = special.gammaln
    return ln(a + b) - ln(a) - ln(b) + ln(a + s) + ln(b + n - s) - ln(a + b + n)


# log_bayes_factor


@wrong("log_bayes_factor", hint="Positive values should speak for model 1: yours speak for model 2.")
def the_other_way_round(x, a1, b1, a2, b2):
    return log_evidence(a2, b2, x) - log_evidence(a1, b1, x)


@wrong(
    "log_bayes_factor", hint="The logarithm of a ratio is the difference of the logarithms, not their ratio."
)
def ratio_of_logarithms(x, a1, b1, a2, b2):
    second = log_evidence(a2, b2, x)
    return log_evidence(a1, b1, x) / second if second else 0.0


@wrong("log_bayes_factor", hint="The natural logarithm is asked for, not the one to base 10.")
def to_base_ten(x, a1, b1, a2, b2):
    return (log_evidence(a1, b1, x) - log_evidence(a2, b2, x)) / np.log(10)


@wrong(
    "log_bayes_factor", hint="exp of the evidence underflows, and 0 / 0 is NaN: stay in log space to the end."
)
def through_probabilities(x, a1, b1, a2, b2):
    with np.errstate(all="ignore"):
        return np.log(np.exp(log_evidence(a1, b1, x)) / np.exp(log_evidence(a2, b2, x)))


@wrong(
    "log_bayes_factor",
    hint="Comparing the likelihoods at the two prior means forgets that each model is a whole "
    "distribution over theta.",
)
def compares_the_prior_means(x, a1, b1, a2, b2):
    ones, zeros = np.sum(x), len(x) - np.sum(x)
    return ones * np.log(a1 / (a1 + b1) * (a2 + b2) / a2) + zeros * np.log(b1 / (a1 + b1) * (a2 + b2) / b2)


@right("log_bayes_factor")
def all_in_one_line(x, a1, b1, a2, b2):
    s, f = np.sum(x), len(x) - np.sum(x)
    return (
        special.betaln(a1 + s, b1 + f)
        - special.betaln(a1, b1)
        - special.betaln(a2 + s, b2 + f)
        + special.betaln(a2, b2)
    )


@right("log_bayes_factor")
def prediction_by_prediction(x, a1, b1, a2, b2):
    total = np.float64(0)
    for outcome in x:
        p1, p2 = a1 / (a1 + b1), a2 / (a2 + b2)
        total += np.log(p1 / p2) if outcome else np.log((1 - p1) / (1 - p2))
        a1, b1, a2, b2 = a1 + outcome, b1 + 1 - outcome, a2 + outcome, b2 + 1 - outcome
    return total


# derivations


@wrong(
    "derive_beta_bernoulli",
    hint="The mode of the posterior (MAP) is not its mean: for Beta(a, b) the mean is a / (a + b).",
)
def mode_for_mean():
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)
    likelihood = theta**s * (1 - theta) ** (n - s)
    prior = theta ** (a - 1) * (1 - theta) ** (b - 1) / sp.beta(a, b)
    evidence = sp.beta(a + s, b + n - s) / sp.beta(a, b)
    return {
        "log_likelihood": sp.log(likelihood),
        "log_joint": sp.log(likelihood * prior),
        "log_evidence": sp.log(evidence),
        "log_posterior": sp.log(likelihood * prior / evidence),
        "posterior_mean": (a + s - 1) / (a + b + n - 2),
    }


@wrong(
    "derive_beta_bernoulli",
    hint="A binomial coefficient counts the orders in which the successes may fall; here one "
    "sequence is given.",
)
def counts_the_orders():
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)
    likelihood = sp.log(sp.binomial(n, s)) + s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    prior = (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - sp.log(sp.beta(a, b))
    evidence = sp.log(sp.binomial(n, s) * sp.beta(a + s, b + n - s) / sp.beta(a, b))
    return {
        "log_likelihood": likelihood,
        "log_joint": likelihood + prior,
        "log_evidence": evidence,
        "log_posterior": likelihood + prior - evidence,
        "posterior_mean": (a + s) / (a + b + n),
    }


@wrong(
    "derive_beta_bernoulli",
    hint="The prior's normaliser 1 / B(a, b) does not depend on theta, but it belongs to the joint "
    "and to the evidence.",
)
def drops_the_normaliser():
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)
    likelihood = s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    joint = likelihood + (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta)
    evidence = sp.log(sp.beta(a + s, b + n - s))
    return {
        "log_likelihood": likelihood,
        "log_joint": joint,
        "log_evidence": evidence,
        "log_posterior": joint - evidence,
        "posterior_mean": (a + s) / (a + b + n),
    }


@right("derive_beta_bernoulli")
def with_gamma_functions():
    theta, a, b, n, s = sp.symbols("theta a b n s")

    def log_beta(p, q):
        return sp.loggamma(p) + sp.loggamma(q) - sp.loggamma(p + q)

    likelihood = sp.log(theta**s * (1 - theta) ** (n - s))
    joint = likelihood + (a - 1) * sp.log(theta) + (b - 1) * sp.log(1 - theta) - log_beta(a, b)
    evidence = log_beta(a + s, b + n - s) - log_beta(a, b)
    return {
        "log_likelihood": likelihood,
        "log_joint": joint,
        "log_evidence": evidence,
        "log_posterior": (a + s - 1) * sp.log(theta)
        + (b + n - s - 1) * sp.log(1 - theta)
        - log_beta(a + s, b + n - s),
        "posterior_mean": (a + b) / (a + b + n) * a / (a + b) + n / (a + b + n) * s / n,
    }


@wrong(
    "derive_normal_normal",
    hint="Precisions add; variances do not: sigma_sq / n + tau0_sq is the variance of a sum, which "
    "is wider than either.",
)
def adds_the_variances():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2", positive=True)
    likelihood = -n / 2 * sp.log(2 * sp.pi * sigma_sq) - (s2 - 2 * mu * s1 + n * mu**2) / (2 * sigma_sq)
    joint = likelihood - sp.log(2 * sp.pi * tau0_sq) / 2 - (mu - mu0) ** 2 / (2 * tau0_sq)
    variance = sigma_sq / n + tau0_sq
    return {
        "log_likelihood": likelihood,
        "log_joint": joint,
        "slope": sp.diff(joint, mu),
        "precision": 1 / variance,
        "posterior_mean": (mu0 * tau0_sq + s1 * sigma_sq) / (tau0_sq + n * sigma_sq),
    }


@wrong(
    "derive_normal_normal",
    hint="Each of the n observations brings its own - log(2 pi sigma_sq) / 2, so that term stands n times.",
)
def one_normaliser_for_all():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2", positive=True)
    likelihood = -sp.log(2 * sp.pi * sigma_sq) / 2 - (s2 - 2 * mu * s1 + n * mu**2) / (2 * sigma_sq)
    joint = likelihood - sp.log(2 * sp.pi * tau0_sq) / 2 - (mu - mu0) ** 2 / (2 * tau0_sq)
    slope = sp.diff(joint, mu)
    precision = -sp.diff(slope, mu)
    return {
        "log_likelihood": likelihood,
        "log_joint": joint,
        "slope": slope,
        "precision": precision,
        "posterior_mean": sp.solve(slope, mu)[0],
    }


@wrong(
    "derive_normal_normal",
    hint="s1 is the sum of the observations, not their mean: it is not multiplied by n again.",
)
def takes_the_sum_for_the_mean():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2", positive=True)
    likelihood = -n / 2 * sp.log(2 * sp.pi * sigma_sq) - (s2 - 2 * mu * n * s1 + n * mu**2) / (2 * sigma_sq)
    joint = likelihood - sp.log(2 * sp.pi * tau0_sq) / 2 - (mu - mu0) ** 2 / (2 * tau0_sq)
    precision = n / sigma_sq + 1 / tau0_sq
    return {
        "log_likelihood": likelihood,
        "log_joint": joint,
        "slope": n * (s1 - mu) / sigma_sq - (mu - mu0) / tau0_sq,
        "precision": precision,
        "posterior_mean": (n * s1 / sigma_sq + mu0 / tau0_sq) / precision,
    }


@right("derive_normal_normal")
def differentiates_and_solves():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2")
    likelihood = -n * sp.log(sp.sqrt(2 * sp.pi * sigma_sq)) - s2 / (2 * sigma_sq)
    likelihood = likelihood + mu * s1 / sigma_sq - n * mu**2 / (2 * sigma_sq)
    joint = likelihood - sp.log(sp.sqrt(2 * sp.pi * tau0_sq)) - (mu - mu0) ** 2 / (2 * tau0_sq)
    return {
        "log_likelihood": likelihood,
        "log_joint": joint,
        "slope": sp.diff(joint, mu),
        "precision": -sp.diff(joint, mu, 2),
        "posterior_mean": sp.solve(sp.diff(joint, mu), mu)[0],
    }
