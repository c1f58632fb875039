"""The process for the next submission is made while the present one computes: who sees it, and what ends it."""

import dataclasses
import os
import signal
from pathlib import Path

import pytest


def children(sandbox):
    return Path(f"/proc/{sandbox._parent.pid}/task/{sandbox._parent.pid}/children").read_text().split()


def works(job):
    return job.run_cell("a", "1 + 1", 10).outputs[-1]["data"]["text/plain"] == "2"


@pytest.fixture
def settled(sandbox):
    sandbox.settle()
    yield sandbox
    sandbox.settle()


def test_one_is_forked_ahead_inside_namespaces_only_and_settling_ends_it(settled):
    job = settled.open({})
    assert works(job)
    job.dismiss()
    assert (settled._spare is not None) is settled._namespaces
    settled.settle()
    assert settled._spare is None
    assert children(settled) == []


def test_the_next_submission_gets_it_with_its_own_files(settled):
    if not settled._namespaces:
        pytest.skip("without namespaces none is forked ahead")
    first = settled.open({"first.txt": b"1"})
    ahead = settled._spare
    second = settled.open({"second.txt": b"2"})
    assert second._channel is ahead.channel
    assert (
        second.run_cell("a", "import os; os.listdir()", 10).outputs[-1]["data"]["text/plain"]
        == "['second.txt']"
    )
    first.close()
    second.close()


def test_one_that_has_died_meanwhile_costs_the_next_submission_nothing(settled):
    if not settled._namespaces:
        pytest.skip("without namespaces none is forked ahead")
    settled.open({}).dismiss()
    settled._answers[settled._spare.answer] = answer = settled._answer_to(settled._spare.answer)
    os.kill(answer["process"], signal.SIGKILL)
    job = settled.open({"data.txt": b"1"})
    assert works(job)
    job.close()


def test_one_with_other_limits_is_not_used(settled):
    before = settled.limits
    settled.open({}).dismiss()
    try:
        settled.limits = dataclasses.replace(before, scratch_mb=before.scratch_mb / 2)
        job = settled.open({})
        size = "import os; s = os.statvfs(os.environ['HOME']); s.f_blocks * s.f_frsize"
        if settled._namespaces:
            room = job.run_cell("a", size, 10).outputs[-1]["data"]["text/plain"]
            assert int(room) == int(settled.limits.scratch_mb * 2**20)
        assert works(job)
        job.close()
    finally:
        settled.limits = before


def test_a_job_sees_no_process_but_its_own(settled):
    job = settled.open({})
    listing = (
        "import os; sorted(int(name) for name in os.listdir('/proc') if name.isdigit()) == [os.getpid()]"
    )
    if settled._namespaces:
        assert job.run_cell("a", listing, 10).outputs[-1]["data"]["text/plain"] == "True"
    job.close()


def test_a_dismissed_job_is_over_and_may_be_dismissed_again(settled):
    job = settled.open({})
    job.dismiss()
    job.dismiss()
    assert not job.alive
    assert (job.close().memory_kb == 0) is settled._namespaces
    settled.settle()
    assert children(settled) == []
