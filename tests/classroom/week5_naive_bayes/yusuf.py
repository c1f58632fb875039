# %% question="predict"
def predict(model, X):
    import sys
    import warnings

    warnings.warn("predict was called", stacklevel=1)
    print("still here", file=sys.stderr)
    print("predicting", len(X), "rows " * 20)
    return np.asarray(model.classes)[np.argmax(joint_log_likelihood(model, X), axis=1)]


# %% after="log_odds"
for line in range(2000):
    print("line", line, "of my notes")
