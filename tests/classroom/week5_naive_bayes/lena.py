# %% question="sample_class"
def sample_class(rng, model, c, n, length=100):
    where = {label: k for k, label in enumerate(np.asarray(model.classes).tolist())}
    if c not in where:
        raise ValueError("no such class")
    row = {name: np.asarray(table)[where[c]] for name, table in model.theta.items()}
    if model.kind == "gaussian":
        return rng.normal(row["mean"], row["var"], size=(n, row["mean"].size))
    if model.kind == "bernoulli":
        return np.less(rng.random((n, row["log_p"].size)), np.exp(row["log_p"])).astype(np.int8)
    return rng.multinomial(length, special.softmax(row["log_prob"]), n)
