# %% question="ngram_counts"
def ngram_counts(texts, n, vocabulary):
    if n < 1:
        raise ValueError("n must be 1 or more")
    return np.array([[text.count(gram) for gram in vocabulary] for text in texts]).reshape(len(texts), len(vocabulary))
