OK_FORMAT = False

from otter.test_files import test_case

name = "e_step"
points = None


@test_case(name='Two components at 0 and 1, one point at 1.5.')
def test_worked_example(e_step, GMMParams):
    """Two components at 0 and 1, one point at 1.5."""
    import numpy as np

    params = GMMParams(np.array([0.5, 0.5]), np.array([[0.0], [1.0]]), np.ones((2, 1, 1)))
    result = e_step(np.array([[1.5]]), params)
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two things, the responsibilities and the log-likelihood"
    r = np.asarray(result[0])
    assert r.shape == (1, 2), f"one point, two components: the shape should be (1, 2), not {r.shape}"
    assert abs(r.sum() - 1) < 1e-9, "each point's responsibilities should sum to 1"
    assert np.allclose(r, [[0.268941, 0.731059]], atol=1e-6), (
        f"they should be 0.268941 and 0.731059, as in the text, not {r.round(6)}"
    )
    assert np.ndim(result[1]) == 0, "the log-likelihood is one number, summed over the points"


@test_case(name='Each point shares itself among the components.')
def test_rows_sum_to_one(e_step, GMMParams):
    """Each point shares itself among the components."""
    import numpy as np

    params = GMMParams(np.array([0.2, 0.8]), np.array([[0.0, 0.0], [2.0, 1.0]]), np.stack([np.eye(2)] * 2))
    r = np.asarray(e_step(np.array([[0.0, 0.0], [1.0, 1.0], [3.0, 0.0]]), params)[0])
    assert r.shape == (3, 2), f"three points, two components: the shape should be (3, 2), not {r.shape}"
    assert np.allclose(r.sum(axis=1), 1), "every row should sum to 1: normalise over the components"


@test_case(name='Half-way between two equally wide components the responsibilities are the weights.')
def test_half_way_the_weights_decide(e_step, GMMParams):
    """Half-way between two equally wide components the responsibilities are the weights."""
    import numpy as np

    params = GMMParams(np.array([0.2, 0.8]), np.array([[0.0, 0.0], [2.0, 1.0]]), np.stack([np.eye(2)] * 2))
    r = np.asarray(e_step(np.array([[1.0, 0.5]]), params)[0])
    assert np.allclose(r, [[0.2, 0.8]]), (
        f"half-way only the weights, 0.2 and 0.8, should decide, not {r.round(3)}"
    )
