OK_FORMAT = False

from otter.test_files import test_case

name = "normal_update"
points = None


@test_case(name='Prior N(0, 1), variance 1 and the observation 2 give N(1, 1/2).')
def test_worked_example(normal_update):
    """Prior N(0, 1), variance 1 and the observation 2 give N(1, 1/2)."""
    import numpy as np

    result = normal_update(0.0, 1.0, 1.0, np.array([2.0]))
    assert result is not None, "your function returned None: is there a return statement?"
    assert len(result) == 2, "return two numbers, mu_n and tau_n_sq"
    assert np.allclose(result[0], 1.0), "the posterior mean should be 1, half-way, as in the text"
    assert np.allclose(result[1], 0.5), "the posterior variance should be 1/2, as in the text"


@test_case(name='The surer the prior, the closer the posterior mean stays to it.')
def test_a_sharper_prior_counts_more(normal_update):
    """The surer the prior, the closer the posterior mean stays to it."""
    import numpy as np

    vague, _ = normal_update(0.0, 4.0, 1.0, np.array([2.0]))
    sharp, _ = normal_update(0.0, 0.25, 1.0, np.array([2.0]))
    assert sharp < vague, "a prior with a smaller variance should hold the mean closer to mu0"


@test_case(name='Each observation makes the posterior variance smaller.')
def test_more_data_make_it_surer(normal_update):
    """Each observation makes the posterior variance smaller."""
    import numpy as np

    (_, one), (_, two) = (normal_update(0.0, 1.0, 1.0, np.full(n, 2.0)) for n in (1, 2))
    assert two < one, "a second observation should make the posterior variance smaller: does n come in?"
