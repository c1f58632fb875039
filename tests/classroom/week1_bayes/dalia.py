# %% question="bayes_posterior"
def bayes_posterior(prior, likelihood):
    prior = np.asarray(prior, dtype=float)
    likelihood = np.asarray(likelihood, dtype=float)
    if not np.any((prior > 0) & (likelihood > 0)):
        raise ValueError("nothing that is possible a priori explains the observation")
    return np.exp(log_posterior_of(np.log(prior, where=prior > 0, out=np.full(prior.shape, -np.inf)), likelihood))


def log_posterior_of(log_prior, likelihood):
    log_likelihood = np.log(likelihood, where=likelihood > 0, out=np.full(likelihood.shape, -np.inf))
    total = log_prior + log_likelihood
    return total - np.logaddexp.reduce(total)


# %% after="bayes_posterior"
# trying it on the prediction from the text
print("my guess was 40 %, the answer is", bayes_posterior([0.005, 0.995], [0.76, 0.03])[0])

# %% question="log_posterior"
def log_posterior(log_prior, log_likelihood):
    belief = np.array(log_prior, dtype=float)
    for row in [np.zeros(len(belief)), *np.reshape(log_likelihood, (-1, len(belief)))]:
        belief = belief + row
        evidence = np.logaddexp.reduce(belief)
        if evidence == -np.inf:
            raise ValueError("these data are impossible")
        belief = belief - evidence
    return belief


# %% after="log_posterior"
def show(name, value):
    print(f"{name:>30}: {value}")


show("two clues", np.exp(log_posterior(np.log([0.5, 0.5]), np.log([[0.8, 0.1], [0.2, 0.4]]))))
show("no clue", np.exp(log_posterior(np.log([0.5, 0.5]), np.zeros((0, 2)))))

# %% question="beta_binomial_update"
def beta_binomial_update(a, b, x):
    if len(x) == 0:
        return a, b
    half = len(x) // 2
    if half == 0:
        return (a + 1, b) if x[0] else (a, b + 1)
    return beta_binomial_update(*beta_binomial_update(a, b, x[:half]), x[half:])


# %% question="credible_interval"
def credible_interval(a, b, level):
    outside = 1 - level
    return stats.beta.ppf(outside / 2, a, b), stats.beta.isf(outside / 2, a, b)


# %% question="derive_beta_bernoulli"
def derive_beta_bernoulli():
    theta, a, b, n, s = sp.symbols("theta a b n s", positive=True)
    one = sp.Integer(1)
    log_likelihood = s * sp.log(theta) + (n - s) * sp.log(one - theta)
    log_prior = sp.log(theta ** (a - 1) * (1 - theta) ** (b - 1) * sp.gamma(a + b) / sp.gamma(a) / sp.gamma(b))
    a_n, b_n = a + s, b + n - s
    log_posterior = log_prior.subs({a: a_n, b: b_n}, simultaneous=True)
    log_evidence = sp.loggamma(a_n) + sp.loggamma(b_n) - sp.loggamma(a_n + b_n)
    log_evidence -= sp.loggamma(a) + sp.loggamma(b) - sp.loggamma(a + b)
    return {
        "log_likelihood": log_likelihood,
        "log_joint": log_likelihood + log_prior,
        "log_evidence": log_evidence,
        "log_posterior": log_posterior,
        "posterior_mean": a_n / (a_n + b_n),
    }


# %% [markdown] answer="sequential_learning"
# Write $Z_1 = \int p(x_1|\theta)p(\theta)d\theta$. Then
#
# $$\frac{p(x_2|\theta)\,\frac{1}{Z_1}p(x_1|\theta)p(\theta)}{\int p(x_2|t)\frac{1}{Z_1}p(x_1|t)p(t)\,dt} = \frac{p(x_1|\theta)p(x_2|\theta)p(\theta)}{\int p(x_1|t)p(x_2|t)p(t)\,dt}$$
#
# because $Z_1$ is a constant. With conditional independence $p(x_1|\theta)p(x_2|\theta)=p(x_1,x_2|\theta)$, so this is the posterior given both. (Note that $x_1$ and $x_2$ are
# *not* independent unless $\theta$ is known: seeing $x_1$ changes what I expect of $x_2$.) Multiplication commutes, therefore the order does not matter.

# %% plot="posterior_sharpening"
fig, ax = plt.subplots()
xs = np.linspace(0, 1, 300)
for n, dash in {0: (1, 1), 3: (3, 1), 10: (6, 2), 40: (8, 1, 1, 1), 212: (1, 0)}.items():
    curve = stats.beta.pdf(xs, *beta_binomial_update(1, 1, found[:n]))
    line = ax.plot(xs, curve, dashes=dash, color="black")
    ax.annotate(f"n={n}", (xs[curve.argmax()], curve.max()))
ax.axvline(found.mean(), color="tab:red", label="all 212")
ax.set(xlabel="sensitivity", ylabel="density")
ax.legend();

# %% [markdown] answer="reading_the_posteriors"
# 1. Half as wide with four times the patients: $1/\sqrt n$.
# 2. No. The mode sits on the border only because there was no miss yet. The mean, $4/5$, accounts for all values that three successes allow.
# 3. For $n=3$ practically her prior (mean 53/103). For $n=212$ the mean is 211/312 = 0.68: a strong prior that is wrong needs many patients to be corrected.

# %% question="beta_binomial_predictive"
def beta_binomial_predictive(a, b, n):
    # one step at a time, as in a Polya urn: p(k + 1) / p(k) is a simple ratio
    log_ratios = [np.log((n - k) * (a + k)) - np.log((k + 1) * (b + n - k - 1)) for k in range(n)]
    log_p = np.concatenate([[0.0], np.cumsum(log_ratios)])
    return log_p - special.logsumexp(log_p)


# %% question="dirichlet_update"
def dirichlet_update(alpha, counts):
    alpha = list(alpha)
    for k, count in enumerate(counts):
        alpha[k] = alpha[k] + float(count)
    return np.array(alpha)


# %% question="normal_update"
def normal_update(mu0, tau0_sq, sigma_sq, x):
    precisions = np.array([1 / tau0_sq] + [1 / sigma_sq] * len(x))
    voices = np.array([mu0] + list(x))
    return np.average(voices, weights=precisions), 1 / precisions.sum()


# %% after="normal_update"
show("worked example", normal_update(0, 1, 1, [2.0]))

# %% question="derive_normal_normal"
def derive_normal_normal():
    names = "mu mu0 tau0_sq sigma_sq n s1 s2"
    S = {name: sp.Symbol(name) for name in names.split()}
    log_likelihood = sp.sympify("-n*log(2*pi*sigma_sq)/2 - (s2 - 2*mu*s1 + n*mu**2)/(2*sigma_sq)")
    log_joint = log_likelihood + sp.sympify("-log(2*pi*tau0_sq)/2 - (mu - mu0)**2/(2*tau0_sq)")
    slope = log_joint.diff(S["mu"])
    precision = -slope.diff(S["mu"])
    return {
        "log_likelihood": log_likelihood,
        "log_joint": log_joint,
        "slope": slope,
        "precision": precision,
        "posterior_mean": slope.subs(S["mu"], 0) / precision,
    }


# %% question="log_evidence"
def log_evidence(a, b, x):
    # Bayes' theorem solved for the evidence, at any theta: evidence = likelihood * prior / posterior
    theta = (a + 0.5) / (a + b + 1)
    a_n, b_n = beta_binomial_update(a, b, x)
    likelihood = (a_n - a) * np.log(theta) + (b_n - b) * np.log1p(-theta)
    return likelihood + stats.beta.logpdf(theta, a, b) - stats.beta.logpdf(theta, a_n, b_n)


# %% question="log_bayes_factor"
def log_bayes_factor(x, a1, b1, a2, b2):
    return -np.diff([log_evidence(a1, b1, x), log_evidence(a2, b2, x)]).item()


# %% after="log_bayes_factor"
for n in range(0, 213, 53):
    show(f"maker over sceptic, n = {n}", log_bayes_factor(found[:n], 45, 5, 50, 50))
