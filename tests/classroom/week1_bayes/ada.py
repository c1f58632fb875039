# %% question="bayes_posterior"
def bayes_posterior(prior, likelihood):
    joint = np.array(prior) * np.array(likelihood)
    total = joint.sum()
    if total == 0:
        raise ValueError("No hypothesis with positive prior can produce this observation.")
    return joint / total


# %% question="log_posterior"
def log_posterior(log_prior, log_likelihood):
    scores = np.array(log_prior) + np.sum(np.array(log_likelihood), axis=0)
    biggest = scores.max()
    if biggest == -np.inf:
        raise ValueError("All hypotheses are ruled out.")
    return scores - (biggest + np.log(np.sum(np.exp(scores - biggest))))


# %% question="beta_binomial_update"
def beta_binomial_update(a, b, x):
    x = np.array(x, dtype=int)
    return a + np.sum(x == 1), b + np.sum(x == 0)


# %% question="credible_interval"
def credible_interval(a, b, level):
    return tuple(stats.beta.ppf([(1 - level) / 2, (1 + level) / 2], a, b))


# %% question="derive_beta_bernoulli"
def derive_beta_bernoulli():
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)
    likelihood = theta**s * (1 - theta) ** (n - s)
    prior = theta ** (a - 1) * (1 - theta) ** (b - 1) / sp.beta(a, b)
    evidence = sp.beta(a + s, b + n - s) / sp.beta(a, b)
    return {
        "log_likelihood": sp.log(likelihood),
        "log_joint": sp.log(likelihood * prior),
        "log_evidence": sp.log(evidence),
        "log_posterior": sp.log(likelihood * prior / evidence),
        "posterior_mean": (a + s) / (a + b + n),
    }


# %% [markdown] answer="sequential_learning"
# 1. After the first observation: $p(\theta|x_1) = p(x_1|\theta)p(\theta)/p(x_1)$. I use this as the prior for $x_2$. The numerator becomes
#    $p(x_2|\theta)p(x_1|\theta)p(\theta)/p(x_1)$ and the denominator is its integral over $\theta$. The number $1/p(x_1)$ is in both
#    and cancels, so what is left is $p(x_2|\theta)p(x_1|\theta)p(\theta)$ divided by its integral.
#    Because $p(x_1|\theta)p(x_2|\theta) = p(x_1,x_2|\theta)$ this is $p(\theta|x_1,x_2)$.
# 2. In the last line: the two likelihoods multiply only if $x_1$ and $x_2$ are independent *once $\theta$ is known*. Without
#    that I would need $p(x_2|\theta,x_1)$.
# 3. The product does not care which factor is first. The same argument adds $x_3$, and so on, for any order.

# %% plot="posterior_sharpening"
t = np.linspace(0.001, 0.999, 500)
fig, ax = plt.subplots()
for n, style in [(0, ":"), (3, "-."), (10, "--"), (40, "-"), (212, "-")]:
    a_n, b_n = beta_binomial_update(1, 1, found[:n])
    ax.plot(t, stats.beta.pdf(t, a_n, b_n), style, linewidth=3 if n == 212 else 1.5, label=f"{n} patients")
ax.axvline(found.mean(), color="k", label="share among 212")
ax.set_xlabel("sensitivity")
ax.set_ylabel("posterior density")
ax.legend();

# %% [markdown] answer="reading_the_posteriors"
# From 10 to 40 patients the curve gets about half as wide (the 95 % interval from 0.53 to 0.29), so the width falls like one over
# the square root of n. After three patients the highest point is at 1, but nearly all of the probability lies below 1, so 1 is not a
# good guess: the mean, 0.8, averages over everything that is still plausible. My colleague's Beta(50, 50) is worth a hundred patients. With
# n = 3 her curve still sits at 0.5 and is narrow; with n = 212 it is pulled towards 0.68 and does not reach 0.76.

# %% question="beta_binomial_predictive"
def beta_binomial_predictive(a, b, n):
    k = np.arange(0, n + 1)
    coefficient = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    integral = special.betaln(k + a, n - k + b)
    return coefficient + integral - special.betaln(a, b)


# %% question="dirichlet_update"
def dirichlet_update(alpha, counts):
    return np.array(alpha) + np.array(counts)


# %% question="normal_update"
def normal_update(mu0, tau0_sq, sigma_sq, x):
    n = len(x)
    tau_n_sq = 1 / (1 / tau0_sq + n / sigma_sq)
    mu_n = tau_n_sq * (mu0 / tau0_sq + np.sum(x) / sigma_sq)
    return mu_n, tau_n_sq


# %% question="derive_normal_normal"
def derive_normal_normal():
    mu, mu0, s1, s2 = sp.symbols("mu mu0 s1 s2")
    tau0_sq, sigma_sq, n = sp.symbols("tau0_sq sigma_sq n", positive=True)
    squares = s2 - 2 * mu * s1 + n * mu**2
    log_likelihood = -n * sp.log(2 * sp.pi * sigma_sq) / 2 - squares / (2 * sigma_sq)
    log_prior = -sp.log(2 * sp.pi * tau0_sq) / 2 - (mu - mu0) ** 2 / (2 * tau0_sq)
    slope = sp.diff(log_likelihood + log_prior, mu)
    return {
        "log_likelihood": log_likelihood,
        "log_joint": log_likelihood + log_prior,
        "slope": slope,
        "precision": -sp.diff(slope, mu),
        "posterior_mean": sp.solve(slope, mu)[0],
    }


# %% question="log_evidence"
def log_evidence(a, b, x):
    a_n, b_n = beta_binomial_update(a, b, x)
    return special.betaln(a_n, b_n) - special.betaln(a, b)


# %% question="log_bayes_factor"
def log_bayes_factor(x, a1, b1, a2, b2):
    return log_evidence(a1, b1, x) - log_evidence(a2, b2, x)
