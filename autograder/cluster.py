"""Grade on the workers of a Dask cluster instead of processes of this machine.

The workers see the course's data folder under the same path (a shared file system) and have the same graders and
packages; each runs one task at a time. They store the reports themselves, as worker processes do, so a run that is
killed is resumed in the same way. What crosses the network is a task's description, with the key of its submission.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograder.batch import EngineFailed
from autograder.config import Course, CourseError
from autograder.grade import environment_digest

CONNECT_SECONDS = 10.0
WATCH_SECONDS = 1.0


@contextmanager
def cluster(address: str, course: Course, week: str) -> Iterator[Executor]:
    """The workers of the scheduler at an address, such as ``tcp://grader-1:8786``, as an executor for a week's tasks.

    Raises CourseError where Dask is not installed, no scheduler answers, or no worker offers the week's resources.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise CourseError(
            "--cluster needs Dask: install it with 'pip install distributed', in the version that the workers have"
        ) from None
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what matters is told by the run itself
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0]
        raise CourseError(
            f"no Dask scheduler answers at {address} ({reason}): start one with 'dask scheduler', or mend the address"
        ) from None
    with client:
        workers = client.scheduler_info(n_workers=-1)["workers"].values()
        wanted = dict(course.week(week).resources)
        fitting = [w for w in workers if all(w["resources"].get(name, 0) >= n for name, n in wanted.items())]
        if not fitting:
            offer = f" that offers {wanted}" if wanted else ""
            raise CourseError(
                f"the scheduler at {address} has no worker{offer}: start some with 'dask worker {address} --nthreads 1'"
            )
        before = client.run_on_scheduler(_allow_no_failures)
        executor = _ClusterExecutor(client, address, wanted, environment_digest(course, week))
        try:
            yield executor
        finally:
            # Where the scheduler itself is gone, the run has said so already.
            with contextlib.suppress(Exception):
                executor.shutdown(wait=False, cancel_futures=True)
                client.run_on_scheduler(functools.partial(_allow_failures, before))


def _allow_no_failures(dask_scheduler: Any) -> int:
    """Have the scheduler report a task with its worker's loss: whoever is run again is the run's decision."""
    before = int(dask_scheduler.allowed_failures)
    dask_scheduler.allowed_failures = 0
    return before


def _allow_failures(number: int, dask_scheduler: Any) -> None:
    dask_scheduler.allowed_failures = number


class _ClusterExecutor(Executor):
    def __init__(self, client: Any, address: str, resources: dict[str, float], environment: str) -> None:
        self.client = client
        self.address = address
        self.resources = resources
        self.environment = environment
        self.waiting: dict[Any, Future[Any]] = {}
        self.left = threading.Event()
        threading.Thread(target=self._watch, name="scheduler-watch", daemon=True).start()

    def _watch(self) -> None:
        """Break what waits for a scheduler that is gone: Dask leaves pending what was sent while it tried again."""
        while not self.left.wait(WATCH_SECONDS):
            if self.client.status == "closed":
                for outer in list(self.waiting.values()):
                    _settle(outer, BrokenExecutor("the scheduler is gone"))

    def submit(self, function: Callable[..., Any], /, *arguments: Any, **keywords: Any) -> Future[Any]:
        """Run a function of a task on some worker; its future breaks where the worker is lost.

        Raises CourseError where the scheduler itself is gone.
        """
        outer: Future[Any] = Future()
        outer.set_running_or_notify_cancel()
        try:
            inner = self.client.submit(
                _checked,
                self.environment,
                functools.partial(function, *arguments, **keywords),
                pure=False,
                retries=0,
                resources=self.resources or None,
            )
        except Exception:
            if self.client.status == "running":
                raise
            raise CourseError(
                f"the Dask scheduler at {self.address} is gone: start it again with its workers, then grade again "
                "with the same command; what is graded is kept"
            ) from None
        self.waiting[inner] = outer
        inner.add_done_callback(lambda done: self._pass_on(done, outer))
        return outer

    def _pass_on(self, inner: Any, outer: Future[Any]) -> None:
        self.waiting.pop(inner, None)
        try:
            value = inner.result()
        except EngineFailed as error:
            _settle(outer, error)
        except BaseException as error:
            # A killed worker, a lost connection, a cancelled task: the submission has no grade yet.
            _settle(outer, BrokenExecutor(f"{type(error).__name__}: {error}"))
        else:
            with contextlib.suppress(InvalidStateError):
                outer.set_result(value)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leave the workers; what still runs there is cancelled where asked."""
        self.left.set()
        if cancel_futures:
            self.client.cancel(list(self.waiting), force=True)


def _settle(future: Future[Any], error: BaseException) -> None:
    # Two threads may come to know of one loss.
    with contextlib.suppress(InvalidStateError):
        future.set_exception(error)


# On the workers


_verified: set[str] = set()
"""Environments that this worker process has found to be its own."""


def _checked(environment: str, work: functools.partial[Any]) -> Any:
    """Do a task's work, unless this worker would do it otherwise; raises EngineFailed, naming the worker."""
    from distributed import get_worker

    worker, task = get_worker(), work.args[0]
    if worker.state.nthreads != 1:
        raise EngineFailed(
            f"the worker {worker.address} runs {worker.state.nthreads} tasks at a time, and grading takes a whole "
            "process: start it with --nthreads 1"
        )
    if not Path(task.submission.folder).is_dir():
        raise EngineFailed(
            f"the worker {worker.address} does not see {task.submission.folder}: the data folder must be shared, "
            "under the same path"
        )
    known = environment in _verified
    if not known and environment_digest(task.course, task.submission.assignment) != environment:
        raise EngineFailed(
            f"the worker {worker.address} has other graders, packages or limits than this machine: use the same image"
        )
    _verified.add(environment)
    return work()
