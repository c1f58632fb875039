"""What notebooks import is imported once for all workers: sandboxes whose warm parents are forks of one process."""

import os
import signal
import time
from itertools import takewhile
from pathlib import Path

import fakes
import pytest

from autograder.batch import Workers
from autograder.config import Limits
from autograder.sandbox import Sandbox, SandboxError
from autograder.sandbox.parent import ANSWER_SECONDS, Nursery, lent

LIMITS = Limits(memory_mb=400)
MODULES = "import sys; sorted({'decimal', 'wave'} & set(sys.modules))"


def value(sandbox, source):
    job = sandbox.open({})
    try:
        return job.run_cell("a", source, 10).outputs[-1]["data"]["text/plain"]
    finally:
        job.close()


def parent_of(pid):
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def ended(pid, seconds=10):
    """Whether the process has ended, or is a zombie, within seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.02)
    return False


def ancestors(pid):
    while pid > 1:
        pid = parent_of(pid)
        yield pid


def test_warm_parents_are_forks_of_the_nursery_with_all_layers_of_their_own(nursery):
    started = time.perf_counter()
    with Sandbox(LIMITS) as alone, lent(nursery.requests):
        taken = time.perf_counter() - started
        with Sandbox(LIMITS) as one:
            started = time.perf_counter()
            with Sandbox(LIMITS) as other:
                assert time.perf_counter() - started < taken / 2
                assert one.layers == other.layers == alone.layers
                home = nursery._process.popen.pid
                assert home in ancestors(one._parent.pid) and home in ancestors(other._parent.pid)
                assert home not in ancestors(alone._parent.pid)
                assert value(one, "6 * 7") == value(other, "6 * 7") == "42"
        assert not nursery.ended


def test_what_one_sandbox_wants_besides_no_other_has(nursery):
    with (
        lent(nursery.requests),
        Sandbox(LIMITS, preload=["wave"]) as one,
        Sandbox(LIMITS) as other,
        Sandbox(LIMITS, preload=["wave"]) as same,
    ):
        assert "wave" in value(one, MODULES) and "wave" in value(same, MODULES)
        assert "wave" not in value(other, MODULES)


def test_a_nursery_that_has_imported_more_is_of_use_only_to_who_wants_that():
    with Nursery(["wave"]) as nursery, lent(nursery.requests):
        with Sandbox(LIMITS, preload=["wave", "decimal"]) as one, Sandbox(LIMITS, preload=["wave"]) as same:
            for sandbox in (one, same):
                assert nursery._process.popen.pid in ancestors(sandbox._parent.pid)
                assert "wave" in value(sandbox, MODULES)
        with Sandbox(LIMITS) as other:
            assert nursery._process.popen.pid not in ancestors(other._parent.pid)
            assert "wave" not in value(other, MODULES)


def test_a_pool_that_turns_to_a_week_that_wants_less_gets_another_nursery():
    with Workers(1) as workers:
        first = workers.pool(1, nursery=True, preload=["wave"])
        assert workers.pool(1, nursery=True, preload=["wave", "decimal"]) is first
        process = workers._nursery._process.popen.pid
        assert workers.pool(1, nursery=True) is not first
        assert workers._nursery._process.popen.pid != process and ended(process)


def test_a_module_that_cannot_be_imported_is_named_and_the_nursery_lives_on(nursery):
    with lent(nursery.requests):
        for _ in range(2):
            with pytest.raises(SandboxError, match="no_such_module"):
                Sandbox(LIMITS, preload=["no_such_module"], weakest=True)
        with Sandbox(LIMITS) as sandbox:
            assert nursery._process.popen.pid in ancestors(sandbox._parent.pid)


def test_without_its_nursery_a_sandbox_gets_a_warm_parent_of_its_own():
    with Nursery() as nursery, lent(nursery.requests):
        with Sandbox(LIMITS) as sandbox:
            os.kill(nursery._process.popen.pid, signal.SIGKILL)
            assert ended(sandbox._parent.pid), "a warm parent outlives its nursery"
            with pytest.raises(SandboxError, match="has ended"):
                sandbox.open({})
        assert nursery.ended
        with Sandbox(LIMITS) as sandbox:
            assert value(sandbox, "6 * 7") == "42"


def test_the_warm_parents_end_with_their_nursery_and_jobs_with_them():
    with Nursery() as nursery, lent(nursery.requests):
        sandbox = Sandbox(LIMITS, preload=["wave"])
        job = sandbox.open({})
        above = takewhile(lambda pid: pid != os.getpid(), ancestors(job._pid))
        processes = [sandbox._parent.pid, job._pid, *above]
    assert len(processes) >= 4
    assert all(ended(process) for process in processes)
    sandbox.close()
    job.close()


def test_a_warm_parent_that_dies_is_noticed_at_once_by_who_waits_for_its_answer():
    with Nursery() as nursery, lent(nursery.requests), Sandbox(LIMITS, preload=["wave"]) as sandbox:
        job = sandbox.open({})
        os.kill(sandbox._parent.pid, signal.SIGKILL)
        assert ended(sandbox._parent.pid)
        started = time.perf_counter()
        with pytest.raises(SandboxError):
            sandbox._parent.answer("no answer")
            sandbox._parent.answer("no answer")
        assert time.perf_counter() - started < ANSWER_SECONDS / 2
        sandbox.close()
        job.close()


def test_the_nursery_ends_when_nobody_is_left_who_could_ask():
    nursery = Nursery()
    nursery.requests.close()
    assert nursery._process.popen.wait(60) == 0
    nursery.close()


def test_the_workers_of_one_run_have_one_nursery_which_a_new_pool_keeps():
    with Workers(2) as workers:
        pool = workers.pool(2, nursery=True)
        nurseries = {pool.submit(fakes.nursery_of_a_sandbox).result() for _ in range(2)}
        workers.kill()
        nurseries.add(workers.pool(1, nursery=True).submit(fakes.nursery_of_a_sandbox).result())
        assert nurseries == {workers._nursery._process.popen.pid}
        os.kill(*nurseries, signal.SIGKILL)
        assert ended(*nurseries)
        assert workers.pool(1, nursery=True).submit(fakes.nursery_of_a_sandbox).result() not in nurseries
        assert workers.pool(2, nursery=True).submit(fakes.nursery_of_a_sandbox).result() not in nurseries
        assert not workers._nursery.ended
        last = workers._nursery._process.popen.pid
    assert ended(last)
