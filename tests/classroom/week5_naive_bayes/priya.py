# %% question="predict"
def predict(model, X):
    return np.argmax(predict_log_proba(model, X), axis=1)
