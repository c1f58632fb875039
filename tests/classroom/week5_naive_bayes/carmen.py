# %% question="predict"
def prediction(model, X):
    return np.take(model.classes, np.argmax(predict_log_proba(model, X), axis=1))
