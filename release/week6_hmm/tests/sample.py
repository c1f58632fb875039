OK_FORMAT = False

from otter.test_files import test_case

name = "sample"
points = None


@test_case(name='The chain of the worked example goes round and shows where it is.')
def test_only_one_path_is_possible(sample, HMMParams):
    """The chain of the worked example goes round and shows where it is."""
    import numpy as np

    with np.errstate(divide="ignore"):
        ring = HMMParams(np.log([1.0, 0.0, 0.0]), np.log(np.roll(np.eye(3), 1, axis=1)), np.log(np.eye(3)))
    result = sample(np.random.default_rng(0), ring, 7)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the states and the symbols"
    for what, part in zip(("states", "symbols"), result):
        part = np.asarray(part)
        assert part.shape == (7,), f"one for each step: the {what} should have shape (7,), not {part.shape}"
        assert part.tolist() == [0, 1, 2, 0, 1, 2, 0], (
            f"the {what} should go round, 0, 1, 2, 0, ..., as in the text"
        )


@test_case(name='The generator that is handed in is used.')
def test_different_seeds_differ(sample, HMMParams):
    """The generator that is handed in is used."""
    import numpy as np

    even = HMMParams(np.log([0.5, 0.5]), np.full((2, 2), np.log(0.5)), np.full((2, 4), np.log(0.25)))
    first, second = (np.asarray(sample(np.random.default_rng(seed), even, 60)[1]) for seed in (1, 2))
    assert (first != second).any(), "two seeds gave the same symbols: do you draw with `rng`?"
