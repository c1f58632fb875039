# %% question="exponential_mle"
import sys
import warnings


def exponential_mle(x):
    warnings.warn("one over the mean")
    print("exponential_mle was called", file=sys.stderr)
    if np.ndim(x) != 1 or np.size(x) == 0 or np.min(x) < 0:
        raise ValueError("x (N,) of waiting times")
    return np.float64(1) / np.mean(x)  # warns for all-zero data, on purpose
