# %% question="expectation"
def expectation(f, values, pmf):
    values = np.asarray(values, dtype=float)
    pmf = np.asarray(pmf, dtype=float)
    if np.any(pmf < 0) or not np.isclose(pmf.sum(), 1, rtol=0, atol=1e-8):
        raise ValueError("pmf is not a distribution")
    keep = pmf > 0
    return float(pmf[keep] @ f(values[keep]))


# %% question="inverse_cdf_exponential"
def inverse_cdf_exponential(rng, rate, n):
    if rate <= 0:
        raise ValueError("rate must be positive")
    u = rng.random(n)
    return -np.log1p(-u) / rate


# %% question="box_muller"
def box_muller(rng, n):
    half = (n + 1) // 2
    u1, u2 = 1 - rng.random(half), rng.random(half)
    z = np.sqrt(-2 * np.log(u1)) * np.exp(2j * np.pi * u2)
    return np.concatenate([z.real, z.imag])[:n]


# %% question="rejection_sample"
def rejection_sample(rng, log_p, propose, log_q, log_M, n):
    kept, n_accepted, n_proposed = [], 0, 0
    batch = 2 * n + 10
    while n_accepted < n:
        x = propose(rng, batch)
        log_ratio = log_p(x) - log_q(x) - log_M
        if np.max(log_ratio) > 1e-9:
            raise ValueError("the envelope is below the target")
        ok = np.log(1 - rng.random(batch)) < log_ratio
        kept.append(x[ok])
        n_accepted += ok.sum()
        n_proposed += batch
    return np.concatenate(kept)[:n], n_accepted / n_proposed


# %% question="derive_acceptance"
def derive_acceptance():
    a, b, n = sp.symbols("a b n", positive=True)
    top = (a - 1) / (a + b - 2)
    bound = top ** (a - 1) * (1 - top) ** (b - 1)
    area = sp.beta(a, b)
    return {
        "mode": top,
        "M": bound,
        "Z": area,
        "acceptance": area / bound,
        "expected_proposals": n * bound / area,
    }


# %% question="importance_estimate"
def importance_estimate(f, log_p, log_q, x, self_normalised):
    x = np.asarray(x, dtype=float)
    log_w = log_p(x) - log_q(x)
    if not self_normalised:
        return float((np.exp(log_w) * f(x)).mean())
    biggest = log_w.max()
    if biggest == -np.inf:
        raise ValueError("all weights are zero")
    w = np.exp(log_w - biggest)
    return float((w * f(x)).sum() / w.sum())


# %% question="importance_ess"
def importance_ess(log_w):
    log_w = np.asarray(log_w, dtype=float)
    if np.all(np.isneginf(log_w)):
        raise ValueError("all weights are zero")
    w = np.exp(log_w - log_w.max())
    return float(w.sum() ** 2 / (w @ w))


# %% question="mh_step"
def mh_step(rng, x, log_p, propose, log_q):
    x = np.asarray(x, dtype=float)
    y = propose(rng, x)
    log_p_x, log_p_y = log_p(x), log_p(y)
    possible = log_p_y > -np.inf
    must_leave = np.isneginf(log_p_x)
    log_ratio = np.full(x.shape, -np.inf)
    normal = possible & ~must_leave
    log_ratio[normal] = (log_p_y - np.where(must_leave, 0, log_p_x) + log_q(x, y) - log_q(y, x))[normal]
    log_ratio[possible & must_leave] = np.inf
    accepted = np.log(1 - rng.random(x.shape)) < log_ratio
    return np.where(accepted, y, x), accepted


# %% question="mh_chain"
def mh_chain(rng, x0, log_p, propose, log_q, n, burn_in=0):
    x = np.asarray(x0, dtype=float)
    draws = np.empty((n, x.size))
    count = np.zeros(x.size)
    for t in range(-burn_in, n):
        x, accepted = mh_step(rng, x, log_p, propose, log_q)
        if t >= 0:
            draws[t] = x
            count += accepted
    return draws, count / n


# %% question="autocorrelation"
def autocorrelation(x, max_lag):
    x = np.asarray(x, dtype=float)
    n = x.size
    if max_lag < 0 or max_lag >= n:
        raise ValueError("no such lag")
    rho = np.zeros(max_lag + 1)
    rho[0] = 1
    if np.all(x == x[0]):
        return rho
    d = x - x.mean()
    for k in range(1, max_lag + 1):
        rho[k] = np.sum(d[k:] * d[:-k]) / np.sum(d**2)
    return rho


# %% question="split_rhat"
def split_rhat(chains):
    chains = np.asarray(chains, dtype=float)
    C, n = chains.shape
    if n < 4:
        raise ValueError("too short")
    m = n // 2
    s = chains[:, : 2 * m].reshape(2 * C, m)
    W = s.var(axis=1, ddof=1).mean()
    B_over_m = s.mean(axis=1).var(ddof=1)
    if W == 0:
        return 1.0 if B_over_m == 0 else np.inf
    return float(np.sqrt(((m - 1) / m * W + B_over_m) / W))


# %% question="gibbs_bivariate_normal"
def gibbs_bivariate_normal(rng, rho, n, x0):
    if abs(rho) >= 1:
        raise ValueError("rho is not a correlation of a proper normal")
    state = np.array(x0, dtype=float)
    sd = np.sqrt(1 - rho**2)
    draws = []
    for _ in range(n):
        state[:, 0] = rng.normal(rho * state[:, 1], sd)
        state[:, 1] = rng.normal(rho * state[:, 0], sd)
        draws.append(state.copy())
    return np.array(draws)


# %% [markdown] answer="high_dimensions"
# (a) $p/q = 1.1^D \exp(-\lVert x\rVert^2 (1 - 1/1.21)/2)$; the exponential is at most 1, reached at the origin, so $M = 1.1^D$.
# (b) Lengths concentrate: proposals have length about $1.1\sqrt D$, target draws $\sqrt D$. The two shells do not overlap for large $D$, so nearly every proposal
# lies where the target has almost no density. (c) The ratio is then unbounded: the tails are not covered, and there is no M.


# %% [markdown] answer="detailed_balance"
# $p(x) q(y|x) \alpha(x \to y) = \min(p(x) q(y|x), p(y) q(x|y))$ is symmetric in x and y. Summing $p(x) T(x \to y) = p(y) T(y \to x)$ over x gives
# $p(y)$, so p is stationary. Staying put is balanced with itself. We also need that the chain can reach everything (irreducible, aperiodic).


# %% plot="chain_plot"
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4))
for sd, style in ((0.3, "--"), (3.0, "-")):
    x = runs[sd][:, 2]
    axes[0].plot(x[:400], style, label=f"sd {sd}")
    axes[1].plot(autocorrelation(x, 60), style)
    axes[2].plot(np.cumsum(x) / np.arange(1, len(x) + 1), style, label=f"sd {sd}")
axes[2].axhline(1.5, color="k")
for ax, label in zip(axes, ("state", "autocorrelation", "running mean")):
    ax.set(xlabel="step or lag", ylabel=label)
axes[0].legend()


# %% [markdown] answer="chain_interpretation"
# (a) The trace of sd 0.3 stays in one mode, its autocorrelation falls slowly, and its mean settles away from 1.5. (b) It is the mean of the mode it lives in; the chains
# that started elsewhere disagree, R-hat is 2.65. (c) Larger steps, or a mixture of step sizes.
