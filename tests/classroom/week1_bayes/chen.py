# %% question="bayes_posterior"
def bayes_posterior(prior, likelihood):
    evidence = np.dot(prior, likelihood)
    if evidence <= 0:
        raise ValueError(f"evidence is {evidence}")
    return np.multiply(prior, likelihood) / evidence


# %% question="log_posterior"
def log_posterior(log_prior, log_likelihood):
    log_joint = np.add(log_prior, np.add.reduce(log_likelihood, axis=0))
    if np.isneginf(log_joint).all():
        raise ValueError("impossible")
    return special.log_softmax(log_joint)


# %% question="beta_binomial_update"
def beta_binomial_update(a, b, x):
    n1 = np.count_nonzero(x)
    return np.array([a, b]) + [n1, np.size(x) - n1]


# %% question="credible_interval"
def credible_interval(a, b, level):
    return stats.beta(a, b).interval(level)


# %% question="derive_beta_bernoulli"
def derive_beta_bernoulli():
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)

    def log_density(p, q):
        return (p - 1) * sp.log(theta) + (q - 1) * sp.log(1 - theta) - sp.loggamma(p) - sp.loggamma(q) + sp.loggamma(p + q)

    log_likelihood = s * sp.log(theta) + (n - s) * sp.log(1 - theta)
    log_joint = log_likelihood + log_density(a, b)
    log_post = log_density(a + s, b + n - s)
    return dict(
        log_likelihood=log_likelihood,
        log_joint=log_joint,
        # the evidence is what the joint and the posterior differ by; the thetas cancel when written out
        log_evidence=sp.expand(log_joint - log_post),
        log_posterior=log_post,
        posterior_mean=(a + s) / (a + s + b + n - s),
    )


# %% [markdown] answer="sequential_learning"
# $p(\theta \mid x_1, x_2) = \dfrac{p(x_2 \mid \theta, x_1)\, p(\theta \mid x_1)}{p(x_2 \mid x_1)}$ is Bayes' theorem with everything conditioned on
# $x_1$. Conditional independence replaces $p(x_2 \mid \theta, x_1)$ by $p(x_2 \mid \theta)$. That is exactly the second update with the first
# posterior as its prior, and $p(x_2|x_1)$ is its normaliser. Since $p(\theta \mid x_1, x_2) \propto p(\theta)\,p(x_1|\theta)\,p(x_2|\theta)$ is symmetric, the order is irrelevant.

# %% plot="posterior_sharpening"
theta = np.linspace(0, 1, 1001)
fig, axes = plt.subplots(1, 5, figsize=(10, 2.6), sharey=True)
for ax, n in zip(axes, (0, 3, 10, 40, 212)):
    ax.plot(theta, stats.beta(*beta_binomial_update(1, 1, found[:n])).pdf(theta))
    ax.axvline(found.mean(), linestyle="--", color="black")
    ax.set(title=f"n = {n}", xlabel="sensitivity")
axes[0].set_ylabel("posterior density")
fig.tight_layout()

# %% [markdown] answer="reading_the_posteriors"
# Four times the data, half the width. The mode at 1 only says that no miss has been seen; the mean 4/5 is the probability that the next
# patient is found. Beta(50, 50) acts as 100 earlier patients with 50 found: at n = 3 the curve is around 0.515, at n = 212 around 0.68, and narrower
# than it deserves to be.

# %% question="beta_binomial_predictive"
def beta_binomial_predictive(a, b, n):
    return stats.betabinom.logpmf(np.arange(n + 1), n, a, b)


# %% question="dirichlet_update"
def dirichlet_update(alpha, counts):
    return np.add(alpha, counts)


# %% question="normal_update"
def normal_update(mu0, tau0_sq, sigma_sq, x):
    n = np.size(x)
    xbar = np.mean(x) if n else mu0
    weight = n * tau0_sq / (n * tau0_sq + sigma_sq)
    return [mu0 + weight * (xbar - mu0), (1 - weight) * tau0_sq]


# %% question="derive_normal_normal"
def derive_normal_normal():
    mu, mu0, tau0_sq, sigma_sq, n, s1, s2 = sp.symbols("mu mu0 tau0_sq sigma_sq n s1 s2", real=True)
    ll = -(n * sp.log(2 * sp.pi * sigma_sq) + (s2 - 2 * mu * s1 + n * mu**2) / sigma_sq) / 2
    lj = ll - (sp.log(2 * sp.pi * tau0_sq) + (mu - mu0) ** 2 / tau0_sq) / 2
    A = n / sigma_sq + 1 / tau0_sq
    h = s1 / sigma_sq + mu0 / tau0_sq
    return dict(log_likelihood=ll, log_joint=lj, slope=h - A * mu, precision=A, posterior_mean=h / A)


# %% question="log_evidence"
def log_evidence(a, b, x):
    n, k = np.size(x), np.sum(x)
    return stats.betabinom.logpmf(k, n, a, b) + special.betaln(k + 1, n - k + 1) + np.log(n + 1)


# %% question="log_bayes_factor"
def log_bayes_factor(x, a1, b1, a2, b2):
    k = np.sum(x)
    m = np.size(x) - k
    posterior = special.betaln([a1 + k, a2 + k], [b1 + m, b2 + m])
    prior = special.betaln([a1, a2], [b1, b2])
    evidence = posterior - prior
    return evidence[0] - evidence[1]
