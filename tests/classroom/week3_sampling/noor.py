# %% question="box_muller"
def box_muller(rng, n):
    pairs = (n + 1) // 2
    r, a = np.sqrt(-2 * np.log(1 - rng.random(pairs))), np.pi * rng.random(pairs)
    return np.concatenate([r * np.cos(a), r * np.sin(a)])[:n]


# %% question="expectation"
def expectation(f, values, pmf):
    values, pmf = np.asarray(values), np.asarray(pmf)
    if (pmf < 0).any() or abs(pmf.sum() - 1) > 1e-8:
        raise ValueError("no pmf")
    return float(f(np.array([(values * pmf).sum()]))[0])
