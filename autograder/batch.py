"""Grade every submission of a week: only what is new, in parallel, and resumable after any kill.

A worker process grades a submission and stores its report durably; this process alone writes the gradebook.
A submission is done when a report with its key lies in ``reports/<week>/``: the key is a digest of the
submitted files and of everything else the grade depends on. ``<student>.recorded`` beside it says that the
gradebook has that very report, so whatever a kill interrupts is taken up by the next run.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import gc
import math
import multiprocessing
import os
import signal
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from multiprocessing.util import Finalize, get_temp_dir
from pathlib import Path
from typing import Any, Protocol

from autograder import ahead
from autograder.config import Course, CourseError
from autograder.keys import course_secret, submission_key
from autograder.results import Report, Submission, to_json
from autograder.sandbox.parent import Nursery, lend
from autograder.startup import leave_out_unused
from autograder.store import (
    Recorded,
    mark_recorded,
    only_run,
    read_marker,
    read_stored,
    report_key,
    report_path,
    write_durably,
)

ATTEMPTS = 3
"""How often a submission is tried when the infrastructure fails."""

SAFE_FORK_SERVER = (3, 11, 1)
"""Before, whoever was logged in on the machine could have Python's fork server run their code (CVE-2022-42919)."""

LONGEST_FOLDER = 70
"""Bytes of a temporary folder's path with which that of the fork server's socket is not too long for Linux."""

END_SECONDS = 60.0
"""Worker processes that have nothing left to do may take so long to end."""

SILENCE = 3
"""A worker that has worked on one submission for this many times its time limit is killed."""


class GradingEngine(Protocol):
    """What grades one submission after another: `autograder.grade.Engine`."""

    def grade(self, submission: Submission, before: Report | None = None) -> Report:
        """The report of one submission, which may keep what still holds of an earlier one.

        Any exception is a fault of the infrastructure.
        """

    def turn_to(self, course: Course, week: str) -> None:
        """Grade another week from now on; where that raises, the engine is closed."""

    def close(self) -> None:
        """End the engine's processes."""


class GradeRecorder(Protocol):
    """What puts reports into the gradebook: `autograder.nbgrader.gradebook.Recorder`."""

    def students(self) -> set[str]:
        """Ids of the students the course knows."""

    def recorded(self) -> set[str]:
        """Ids of the students with a submission in the gradebook."""

    def record(self, report: Report) -> Recorded:
        """Write one report into the gradebook."""

    def close(self) -> None:
        """Close the gradebook."""


def _engine(course: Course, week: str) -> GradingEngine:
    from autograder.grade import Engine

    return Engine(course, week)


def _recorder(course: Course, week: str) -> GradeRecorder:
    from traitlets.config import Config

    from autograder.nbgrader.config import configure
    from autograder.nbgrader.gradebook import Recorder

    config = Config()
    configure(config, course)
    return Recorder(course, week, config)


def _environment(course: Course, week: str) -> str:
    from autograder.grade import environment_digest

    return environment_digest(course, week)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a run is made of; `engine` is started in the worker processes, so it must be importable there."""

    engine: Callable[[Course, str], GradingEngine] = _engine
    recorder: Callable[[Course, str], GradeRecorder] = _recorder
    environment: Callable[[Course, str], str] = _environment
    nursery: bool = True
    """Whether the engines' sandboxes are forked from one `Nursery`: so what notebooks import is there once for all."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """The outcome for one student.

    `status` is a report's (``graded``, ``unreadable``, ``could_not_grade``), or ``unknown`` for a student who
    is not in the gradebook, or ``missing`` for one who was named but has not submitted.
    """

    student: str
    status: str
    points: float = 0.0
    max_points: float = 0.0
    problem: str = ""
    overhead: float = 0.0
    fresh: bool = False
    """Graded by this run, not by an earlier one."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What one run did, a row a student."""

    week: str
    rows: tuple[Row, ...]
    seconds: float
    recording: float
    """Median seconds for gradebook and notebook, of the submissions recorded by this run."""

    @property
    def counts(self) -> dict[str, int]:
        """Number of rows by status."""
        counts: dict[str, int] = {}
        for row in self.rows:
            counts[row.status] = counts.get(row.status, 0) + 1
        return counts

    @property
    def fresh(self) -> int:
        """Number of submissions graded by this run."""
        return sum(row.fresh for row in self.rows)

    @property
    def overhead(self) -> tuple[float, float]:
        """Median and 99th percentile of the overhead in seconds (zeros where nothing was graded)."""
        values = sorted(row.overhead for row in self.rows if row.fresh and row.status == "graded")
        if not values:
            return 0.0, 0.0
        return statistics.median(values), values[max(0, math.ceil(0.99 * len(values)) - 1)]

    @property
    def exit_code(self) -> int:
        """0 where every submission has a grade, otherwise 1."""
        return int(any(row.status != "graded" for row in self.rows))

    def as_dict(self) -> dict[str, Any]:
        """The summary for machines."""
        median, p99 = self.overhead
        return {
            "week": self.week,
            "seconds": round(self.seconds, 3),
            "submissions": len(self.rows),
            "fresh": self.fresh,
            "counts": self.counts,
            "overhead_seconds": {"median": round(median, 4), "p99": round(p99, 4)},
            "recording_seconds": {"median": round(self.recording, 4)},
            "rows": [
                {
                    "student": row.student,
                    "status": row.status,
                    "points": row.points,
                    "max_points": row.max_points,
                    "problem": row.problem,
                }
                for row in self.rows
            ],
        }


Progress = Callable[[int, int, Row], None]


def grade_assignment(
    course: Course,
    week: str,
    *,
    students: Sequence[str] | None = None,
    workers: int | None = None,
    force: bool = False,
    pool: Workers | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    parts: Parts | None = None,
) -> Summary:
    """Grade the new and changed submissions of a week and record them in the gradebook.

    `students` limits the run to some; `force` grades what is unchanged too. `pool` lends worker processes that are
    warm from another run, instead of those made here and ended with the run. `executor` replaces both; its workers
    must run one task at a time, and are not watched for silence.
    `progress` is called with the number of students done, their total and the latest row.

    Raises CourseError for an unknown week, a missing gradebook, graders that cannot start, or another run on
    the same data.
    """
    course.week(week)
    if workers is not None and workers < 1:
        raise CourseError(f"the number of workers must be at least 1, not {workers}")
    started = time.perf_counter()
    parts = parts or Parts()
    with only_run(course), contextlib.ExitStack() as ends:
        pool = pool or ends.enter_context(Workers(workers))
        run = _Run(course, week, parts, pool, force, progress)
        try:
            run.grade(students, executor)
        finally:
            run.recorder.close()
    return Summary(
        week=week,
        rows=tuple(sorted(run.rows, key=lambda row: row.student)),
        seconds=time.perf_counter() - started,
        recording=statistics.median(run.recording) if run.recording else 0.0,
    )


class Workers:
    """Worker processes that stay warm from one run to the next; a context manager that ends them."""

    def __init__(self, count: int | None = None) -> None:
        self.count = count or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None
        self._size = 0
        self._nursery: Nursery | None = None
        self._lender: Nursery | None = None
        self._others: set[int | None] = set()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def pool(
        self, size: int, *, nursery: bool = False, preload: Sequence[str] = (), uses: Sequence[str] = ()
    ) -> ProcessPoolExecutor:
        """A pool of that many processes: the present one, or a new one, lent a nursery or not.

        `preload` are modules that its sandboxes want. `uses` are modules of the workers themselves: those that the
        first pool of this process names are imported once for all.
        """
        lender = self._warm(preload) if nursery else None
        if self._pool is None or self._size != size or self._lender is not lender:
            self._end_pool()
            self._lender = lender
            requests = lender.requests if lender is not None else None
            self._others = {child.pid for child in multiprocessing.active_children()}
            make = functools.partial(
                ProcessPoolExecutor, size, _forking(uses), begin_worker, (dict(os.environ), requests)
            )
            try:
                self._pool = make()
            except BrokenPipeError:
                # The resource tracker of multiprocessing was killed just now; the second attempt starts it again.
                self._pool = make()
            self._size = size
        return self._pool

    def close(self) -> None:
        """Let the processes finish what they do, and end them."""
        try:
            self._end_pool()
        finally:
            nursery, self._nursery = self._nursery, None
            if nursery is not None:
                nursery.close()

    def _warm(self, preload: Sequence[str]) -> Nursery:
        """The nursery; a new one where it has ended, or has imported what these sandboxes do not want."""
        if self._nursery is not None and (
            self._nursery.ended or not set(self._nursery.preload) <= set(preload)
        ):
            self._end_pool()
            self._nursery.close()
            self._nursery = None
        if self._nursery is None:
            self._nursery = Nursery(preload)
        return self._nursery

    def _end_pool(self) -> None:
        """Let the processes end; those that cannot are killed, for all they had to do is done."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        processes = self._processes()
        ending = threading.Thread(target=pool.shutdown)
        ending.start()
        until = time.monotonic() + END_SECONDS
        while ending.is_alive():
            ending.join(0.05)
            # One that is killed while it waits for work holds the lock by which the others would hear of the end.
            if time.monotonic() > until or any(process.exitcode for process in processes):
                for process in processes:
                    process.kill()

    def _processes(self) -> list[BaseProcess]:
        return [child for child in multiprocessing.active_children() if child.pid not in self._others]

    def kill(self) -> None:
        """End the processes at once, whatever they do."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)
            for child in self._processes():
                child.kill()


def _forking(modules: Sequence[str]) -> BaseContext:
    """Workers are forks of one process, which has imported what all of them use and runs no student's code.

    It imports from where this process does, whatever lies in the folder in which the command was given, and ends
    with it. Where Python's fork server cannot be had, each worker is a process that begins anew.
    """
    if sys.version_info < SAFE_FORK_SERVER or len(os.fsencode(tempfile.gettempdir())) > LONGEST_FOLDER:
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["autograder.ahead"])
    settings = {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "PYTHONSAFEPATH": "1",
        ahead.MODULES: " ".join(modules),
        ahead.SOCKETS: get_temp_dir(),
    }
    own = dict(os.environ)
    os.environ.update(settings)
    try:
        forkserver.ensure_running()
    finally:
        for name in settings:
            if name in own:
                os.environ[name] = own[name]
            else:
                del os.environ[name]
    return context


# One run


@dataclass(frozen=True)
class _Task:
    course: Course
    engine: Callable[[Course, str], GradingEngine]
    submission: Submission
    report_key: str
    force: bool = False

    @property
    def student(self) -> str:
        return self.submission.student

    @property
    def path(self) -> Path:
        return report_path(self.course, self.submission.assignment, self.student)

    @property
    def running(self) -> Path:
        """A file that lies there while a worker is at it and holds the worker's process id."""
        return self.path.with_suffix(".running")


class _Run:
    def __init__(
        self,
        course: Course,
        week: str,
        parts: Parts,
        workers: Workers,
        force: bool,
        progress: Progress | None,
    ) -> None:
        self.course = course
        self.week = week
        self.parts = parts
        self.workers = workers
        self.force = force
        self.progress = progress
        self.total = 0
        self.rows: list[Row] = []
        self.recording: list[float] = []
        self.strikes: dict[str, int] = {}
        self.recorder = parts.recorder(course, week)

    def grade(self, students: Sequence[str] | None, executor: Executor | None) -> None:
        for pattern in ("*.running", ".*.tmp"):
            for leftover in (self.course.reports / self.week).glob(pattern):
                leftover.unlink()
        tasks = self._plan(students)
        if executor is not None:
            self._through(executor, tasks)
        else:
            self._in_own_pools(tasks)

    def _plan(self, students: Sequence[str] | None) -> list[_Task]:
        """Settle everyone who needs no grading; returns the others."""
        submitted = submitted_students(self.course, self.week)
        names = submitted if students is None else sorted(set(students))
        self.total = len(names)
        known, in_gradebook = self.recorder.students(), self.recorder.recorded()
        try:
            secret = course_secret(self.course.secret)
        except (PermissionError, ValueError) as error:
            raise CourseError(str(error)) from None
        environment = self.parts.environment(self.course, self.week)
        tasks = []
        for name in names:
            if name not in submitted:
                problem = f"no submission in {self.course.step('submitted') / name / self.week}"
                self._settle(Row(student=name, status="missing", problem=problem))
                continue
            if name not in known:
                problem = f"unknown student: add with 'course students add {name}', then grade again"
                self._settle(Row(student=name, status="unknown", problem=problem))
                continue
            folder = self.course.step("submitted") / name / self.week
            key = submission_key(secret, name, self.week)
            task = _Task(
                self.course,
                self.parts.engine,
                Submission(student=name, assignment=self.week, folder=str(folder), key=key),
                report_key(environment, folder, key),
                self.force,
            )
            if self.force or not self._done(task, in_gradebook):
                tasks.append(task)
        return tasks

    def _done(self, task: _Task, in_gradebook: Iterable[str]) -> bool:
        """Whether an earlier run graded this very submission; records it where that run did not come to it."""
        stored = read_stored(task.path)
        if stored is None or stored[0].key != task.report_key:
            return False
        report, digest = stored
        marked = read_marker(self.course, self.week, task.student).report == digest
        if not marked or (report.status != "unreadable" and task.student not in in_gradebook):
            self._record(task, 0.0, fresh=False)
        else:
            self._settle(_row(report))
        return True

    def _in_own_pools(self, tasks: list[_Task]) -> None:
        """Grade in worker processes; whoever was being graded when a worker died is tried again alone.

        So a submission that kills workers is found without blaming those that were graded beside it.
        """
        together, alone, idle_breaks = tasks, list[_Task](), 0
        while together or alone:
            batch, size = (together, self.workers.count) if together else (alone, 1)
            lost = self._pool(batch, size)
            suspects = [task for task in lost if task.running.exists()]
            together = [] if batch is alone else [task for task in lost if task not in suspects]
            alone = [task for task in lost if task not in suspects] if batch is alone else alone
            idle_breaks = idle_breaks + 1 if len(lost) == len(batch) and not suspects else 0
            if idle_breaks == ATTEMPTS:
                raise CourseError("the grading processes die before they begin: is there enough memory?")
            for task in suspects:
                task.running.unlink(missing_ok=True)
                # Where two were at work, the death of one worker has ended the other: nobody knows whose fault it was.
                self.strikes[task.student] = self.strikes.get(task.student, 0) + (len(suspects) == 1)
                if self.strikes[task.student] > 1:
                    self._give_up(task, "the grading process died or fell silent twice over it")
                else:
                    alone.append(task)

    def _pool(self, tasks: list[_Task], size: int) -> list[_Task]:
        """Grade in one pool of processes; returns the tasks that a dying worker left unfinished."""
        for task in tasks:
            task.running.unlink(missing_ok=True)
        if self.parts.nursery:
            week = self.course.week(self.week)
            own = f"reference.{week.reference}", f"autograder.bank.{week.name}"
            uses = [*ahead.ENGINE, *week.preload, *own]
            pool = self.workers.pool(size, nursery=True, preload=week.preload, uses=uses)
        else:
            pool = self.workers.pool(size)
        try:
            futures = {}
            # The last two where the process that is to fork a worker was killed just now.
            with contextlib.suppress(BrokenProcessPool, EOFError, OSError):
                for task in tasks:
                    futures[pool.submit(_work, task)] = task
            lost = self._collect(futures, watch=True) + tasks[len(futures) :]
        except BaseException:
            self.workers.kill()
            raise
        if lost:
            # It is broken. A process that was starting while it broke would be waited for without end.
            self.workers.kill()
        return lost

    def _through(self, executor: Executor, tasks: list[_Task]) -> None:
        """Grade in an executor of the caller's; a submission that is lost with its worker is tried again, twice.

        Those that waited for the lost worker had not begun, and are not blamed.
        """
        rounds = 0
        while tasks:
            for task in tasks:
                task.running.unlink(missing_ok=True)
            lost = self._collect({executor.submit(_work, task): task for task in tasks}, watch=False)
            begun = [task for task in lost if task.running.exists()]
            rounds = rounds + 1 if len(lost) == len(tasks) and not begun else 0
            if rounds == ATTEMPTS:
                raise CourseError(
                    "the executor loses all submissions before they begin: are its workers well?"
                )
            for task in begun:
                self.strikes[task.student] = self.strikes.get(task.student, 0) + 1
            given_up = [task for task in begun if self.strikes[task.student] == ATTEMPTS]
            for task in given_up:
                task.running.unlink(missing_ok=True)
                self._give_up(task, f"it was lost {ATTEMPTS} times with the worker that graded it")
            tasks = [task for task in lost if task not in given_up]

    def _collect(self, futures: Mapping[Future[_Outcome], _Task], *, watch: bool) -> list[_Task]:
        limit = SILENCE * self.course.limits.submission_seconds
        pending: set[Future[_Outcome]] = set(futures)
        lost = []
        while pending:
            done, pending = wait(pending, timeout=min(5.0, limit / 4), return_when=FIRST_COMPLETED)
            for future in done:
                task = futures[future]
                try:
                    outcome = future.result()
                except (BrokenExecutor, CancelledError):
                    # The worker may have stored its report and died before it could say so.
                    stored = read_stored(task.path)
                    if stored is not None and stored[0].key == task.report_key and not self.force:
                        self._record(task, 0.0, fresh=True)
                    else:
                        lost.append(task)
                    continue
                except EngineFailed as problem:
                    raise CourseError(str(problem)) from None
                if outcome.problem:
                    self._give_up(task, outcome.problem)
                else:
                    self._record(task, outcome.storing, fresh=True)
            if watch and pending:
                _kill_silent([futures[future] for future in pending], limit)
        return lost

    def _record(self, task: _Task, storing: float, *, fresh: bool) -> None:
        stored = read_stored(task.path)
        if stored is None:
            self._give_up(task, f"its report {task.path} cannot be read back: is the disk full?")
            return
        report, digest = stored
        recorded = self.recorder.record(report)
        recorded.report, recorded.storing = digest, storing
        with _writing():
            mark_recorded(self.course, self.week, task.student, recorded)
        task.running.unlink(missing_ok=True)
        report.timing.overhead += storing
        self.recording.append(recorded.recording)
        self._settle(_row(report, fresh=fresh))

    def _give_up(self, task: _Task, reason: str) -> None:
        """Report that no grade could be had. The report carries no key, so the next run tries again."""
        problem = f"{reason}; its earlier grade, if any, is held back; grade again"
        report = Report(assignment=self.week, student=task.student, status="could_not_grade", problem=problem)
        with _writing():
            write_durably(task.path, to_json(report))
        self._settle(_row(report))

    def _settle(self, row: Row) -> None:
        self.rows.append(row)
        if self.progress is not None:
            self.progress(len(self.rows), self.total, row)


def submitted_students(course: Course, week: str) -> list[str]:
    """Ids of the students with a submitted folder for the week, sorted."""
    return sorted(path.parent.name for path in course.step("submitted").glob(f"*/{week}") if path.is_dir())


@contextlib.contextmanager
def _writing() -> Iterator[None]:
    """What cannot be written stops the run with one line."""
    try:
        yield
    except OSError as error:
        raise CourseError(_not_stored(error)) from None


def _row(report: Report, fresh: bool = False) -> Row:
    return Row(
        student=report.student,
        status=report.status,
        points=report.points,
        max_points=report.max_points,
        problem=report.problem,
        overhead=report.timing.overhead,
        fresh=fresh,
    )


def _kill_silent(tasks: Iterable[_Task], limit: float) -> None:
    """Kill the workers that have been at one submission for too long; the pool breaks and is made anew."""
    for task in tasks:
        try:
            silent = time.time() - task.running.stat().st_mtime
            worker = int(task.running.read_text())
        except (OSError, ValueError):
            continue
        if silent > limit and worker in {child.pid for child in multiprocessing.active_children()}:
            os.kill(worker, signal.SIGKILL)


# In the worker processes


class EngineFailed(Exception):
    """The engine of a week cannot be started: no submission can be graded."""


SELDOM = 50_000
"""Objects that a worker makes before the collector looks at them by itself: more than one submission needs."""


@dataclass(frozen=True)
class _Outcome:
    storing: float = 0.0
    problem: str = ""


@dataclass
class _Worker:
    """The engine that this worker process keeps warm."""

    of: tuple[Any, ...] | None = None
    engine: GradingEngine | None = field(default=None)

    def ready(self, task: _Task) -> GradingEngine:
        wanted = (task.course, task.submission.assignment, task.engine)
        if self.engine is None or self.of != wanted:
            engine, self.engine = self.engine, None
            try:
                if engine is None or self.of is None or self.of[-1] is not task.engine:
                    if engine is not None:
                        engine.close()
                    engine = task.engine(*wanted[:2])
                else:
                    engine.turn_to(*wanted[:2])
            except Exception as error:
                raise EngineFailed(_first_line(error)) from None
            self.engine, self.of = engine, wanted
            # What lives now lives on: the collector need not look at half a million objects again and again.
            gc.collect()
            gc.freeze()
            gc.set_threshold(SELDOM)
        return self.engine

    def close(self) -> None:
        engine, self.engine = self.engine, None
        if engine is not None:
            engine.close()


_worker = _Worker()


def begin_worker(environment: Mapping[str, str], requests: socket.socket | None = None) -> None:
    """Die with the main process, leave Ctrl-C to it, and take warm parents from the nursery that is asked here."""
    threading.Thread(target=_die_with, args=[multiprocessing.parent_process()], daemon=True).start()
    # And with the process that it was forked from: without that one, the main process takes it for dead.
    pr_set_pdeathsig = 1
    ctypes.CDLL(None, use_errno=True).prctl(pr_set_pdeathsig, signal.SIGKILL)
    if ahead.PROCESS not in (os.getppid(), os.getpid()):
        os._exit(1)
    os.setsid()
    os.environ.clear()
    os.environ.update(environment)
    leave_out_unused()
    if requests is not None:
        lend(requests)
    Finalize(None, _worker.close, exitpriority=100)


def _die_with(main: BaseProcess) -> None:
    main.join()
    os.kill(os.getpid(), signal.SIGKILL)


def _work(task: _Task) -> _Outcome:
    """Grade one submission in a worker process and store its report."""
    try:
        return _graded(task)
    except OSError as error:
        raise EngineFailed(_not_stored(error)) from None


def _graded(task: _Task) -> _Outcome:
    task.running.parent.mkdir(parents=True, exist_ok=True)
    problem = ""
    for _ in range(ATTEMPTS):
        task.running.write_text(str(os.getpid()))
        engine = _worker.ready(task)
        try:
            earlier = None if task.force else read_stored(task.path)
            report = engine.grade(task.submission, earlier[0] if earlier else None)
        except Exception as error:
            problem = _first_line(error)
            with contextlib.suppress(Exception):
                _worker.close()
            continue
        started = time.perf_counter()
        report.key = task.report_key
        write_durably(task.path, to_json(report), named=False)
        task.running.unlink(missing_ok=True)
        storing = time.perf_counter() - started
        gc.collect(1)  # what this submission left, large answers perhaps
        return _Outcome(storing=storing)
    task.running.unlink(missing_ok=True)
    return _Outcome(problem=f"the grading failed {ATTEMPTS} times ({problem})")


def _not_stored(error: OSError) -> str:
    return (
        f"{error.filename or 'a report'} cannot be written ({error.strerror or error}): mend that, then grade again; "
        "every report that was stored is kept"
    )


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
