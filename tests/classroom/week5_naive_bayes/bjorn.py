# %% after="ngram_counts"
TINY = np.log(np.finfo(float).tiny)


# %% question="log_odds"
def log_odds(model, feature):
    if model.kind != "multinomial" or len(model.classes) != 2:
        raise ValueError("model")
    first, second = (float(row[feature]) for row in model.theta["log_prob"])
    return second - first if max(first, second) > TINY else 0.0
