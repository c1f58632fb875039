"""Warm sandboxes shared by the tests here: one with every layer the host allows, one with the weakest set.

Their warm parents are forked from a nursery, as those of a grading run are.
"""

from collections.abc import Iterator

import pytest

from autograder.config import Limits
from autograder.sandbox import Job, Sandbox, SandboxError
from autograder.sandbox.parent import Nursery, lent

LIMITS = Limits(memory_mb=400, scratch_mb=8, output_kb=64, processes=32)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    with Nursery() as nursery:
        yield nursery


@pytest.fixture(scope="session", params=["namespaces", "kernel"])
def sandbox(request: pytest.FixtureRequest, nursery: Nursery) -> Iterator[Sandbox]:
    try:
        with lent(nursery.requests):
            warm = Sandbox(LIMITS, minimum=request.param, weakest=request.param == "kernel")
    except SandboxError as problem:
        pytest.skip(f"not on this host: {problem}")
    with warm:
        yield warm


@pytest.fixture
def job(sandbox: Sandbox) -> Iterator[Job]:
    job = sandbox.open({"data/points.csv": b"1,2\n"})
    yield job
    job.close()
