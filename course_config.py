"""The course, declared once. nbgrader's configuration, the limits and the reports are derived from it."""

from autograder.config import Course, LatePolicy, Limits, Week

course = Course(
    id="generative-models",
    title="Generative Models",
    weeks=(
        Week(
            name="week1_bayes",
            title="Bayes: beliefs that learn",
            reference="bayes",
            deadline="2027-02-01T23:59:00+00:00",
        ),
        Week(
            name="week2_mle",
            title="Maximum likelihood",
            reference="mle",
            deadline="2027-02-08T23:59:00+00:00",
        ),
        Week(
            name="week3_sampling",
            title="Sampling: answers from draws",
            reference="sampling",
            deadline="2027-02-15T23:59:00+00:00",
        ),
        Week(
            name="week4_gmm",
            title="Gaussian mixtures and EM",
            reference="gmm",
            deadline="2027-02-22T23:59:00+00:00",
        ),
        Week(
            name="week5_naive_bayes",
            title="Naive Bayes: a model of each class",
            reference="naive_bayes",
            deadline="2027-03-01T23:59:00+00:00",
        ),
        Week(
            name="week6_hmm",
            title="Hidden Markov models",
            reference="hmm",
            deadline="2027-03-08T23:59:00+00:00",
        ),
        Week(
            name="week7_vae",
            title="Variational autoencoders",
            reference="vae",
            deadline="2027-03-15T23:59:00+00:00",
            preload=("torch", "torch._dynamo"),  # the second is what the first optimiser would import
        ),
        Week(
            name="week8_metrics",
            title="Evaluating generative models",
            reference="metrics",
            deadline="2027-03-22T23:59:00+00:00",
        ),
    ),
    limits=Limits(),
    late=LatePolicy(per_day=0.1, last_day=5),
)
