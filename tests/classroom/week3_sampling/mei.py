# %% question="split_rhat"
def split_rhat(chains):
    chains = np.asarray(chains)
    if chains.shape[1] < 4:
        raise ValueError("short")
    n = chains.shape[1]
    within = chains.var(axis=1, ddof=1).mean()
    between = chains.mean(axis=1).var(ddof=1) if len(chains) > 1 else 0.0
    if within == 0:
        return 1.0 if between == 0 else np.inf
    return float(np.sqrt((n - 1) / n + between / within))


# %% question="derive_acceptance"
def derive_acceptance():
    a, b, n = sp.symbols("a b n")
    mode = (a - 1) / (a + b - 2)
    M = mode ** (a - 1) * (1 - mode) ** (b - 1)
    Z = sp.beta(a, b)
    return {"mode": mode, "M": M, "Z": Z, "acceptance": 1 / M, "expected_proposals": n * M / Z}
