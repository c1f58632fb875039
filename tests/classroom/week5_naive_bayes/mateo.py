# %% question="class_log_prior"
def class_log_prior(y):
    y = np.asarray(y).tolist()
    if len(y) == 0:
        raise ValueError("there are no labels in y")
    classes = list(dict.fromkeys(y))
    return np.array(classes), np.log(np.array([y.count(c) for c in classes]) / len(y))
