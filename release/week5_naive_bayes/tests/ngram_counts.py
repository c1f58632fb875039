OK_FORMAT = False

from otter.test_files import test_case

name = "ngram_counts"
points = None


@test_case(name='The trigrams of banana.')
def test_worked_example(ngram_counts):
    """The trigrams of banana."""
    import numpy as np

    result = ngram_counts(["banana", "an"], 3, ["ana", "xyz", "ban"])
    assert result is not None, "your function returned None: is there a return statement?"
    result = np.asarray(result)
    assert result.shape == (2, 3), f"two texts, three n-grams: the shape should be (2, 3), not {result.shape}"
    assert result[0].tolist() == [2, 0, 1], "banana should hold ana twice and ban once, as in the text"
    assert result[1].tolist() == [0, 0, 0], "a text of two characters holds no trigram"


@test_case(name='Upper and lower case differ.')
def test_case_is_kept(ngram_counts):
    """Upper and lower case differ."""
    import numpy as np

    result = np.asarray(ngram_counts(["Ab"], 1, ["a", "A"]))
    assert result.tolist() == [[0, 1]], "Ab holds A once, and no a"
