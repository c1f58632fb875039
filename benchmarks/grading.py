"""How fast a class is graded: this engine, stock ``nbgrader autograde`` and ``otter run``, side by side.

Run ``make bench``, or ``python benchmarks/grading.py`` with ``--short`` for minutes instead of an hour. The class is
the example class, copied until each week has `--students`; left out are the students whose code never ends or takes
all memory, since the stock tools have no limits to meet, and those whose notebook is damaged.

The engine grades all weeks in turn with one pool of warm workers, once with two of them and once with one. All that
is compared is measured week by week, one after the other, so that a machine that gets busy disturbs all alike: the
students' own code, two workers, the own code side by side, one worker, the stock tools. These take seconds a
submission and grade them one by one, so they are given every n-th submission only (`--stock` a week, all with 0).

What the students' own code needs is measured in a bare warm process: a fork that has imported the same packages runs
the same cells and answers the same calls, with no wall, no wire and no grader beside it. That sum, divided by the
number of workers, is the limit that no grader can pass. Two cores that share caches and memory do not compute twice as
much as one: so the same is measured of every second student with two bare processes side by side.

No week of the course computes for less than a tenth of a second, so one more is graded that does: `benchmarks/light`.
All this happens in a copy of the project that has this week, too. What is measured is stored at once (`--measured`),
and the page is made of it: one thing that fails is named there, and costs nothing else. ``--from`` makes the page
again from stored measurements.

Figures go to docs/benchmarks.json and the table and plot of docs/benchmarks.md are made of them.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import io
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2

from autograder import batch
from autograder.config import REPOSITORY, Course, load_course
from autograder.demo import CELL_SECONDS, Pupil, read_class, release_and_collect, spread
from autograder.new.declare import with_week
from autograder.new.week import declaration, files, new_week
from autograder.results import from_json, to_json
from autograder.store import read_reports

BIN = Path(sys.executable).parent
NIGHT_HOURS = 8
LIGHT = "week99_light"
LIGHT_SECONDS = 0.1
"""Own computation below which a submission counts as light."""
TRIAL_SECONDS = 30.0
"""Time limit of a submission in the trial that tells who meets a limit: long for all others."""
TICKS = os.sysconf("SC_CLK_TCK")

Raw = dict[str, Any]
"""What was measured, as it is stored: one entry for each week and each of the other things."""


def say(text: str) -> None:
    """A line of progress, with the time."""
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


# The project's copy


def copied_project(root: Path) -> None:
    """The project in a folder of its own, with the light week as one more."""
    ignored = shutil.ignore_patterns("__pycache__")
    for name in (
        "assignments",
        "autograder",
        "benchmarks",
        "course_exchange",
        "notebook_runner",
        "reference",
        "release",
        "tests/classroom",
    ):
        shutil.copytree(REPOSITORY / name, root / name, ignore=ignored)
    course = dataclasses.replace(load_course(), root=root)
    week = dataclasses.replace(new_week(course, LIGHT, "Waiting"), reference="light")
    config = (REPOSITORY / "course_config.py").read_text(encoding="utf-8")
    (root / "course_config.py").write_text(with_week(config, declaration(week)), encoding="utf-8")
    sources = Path(__file__).with_name("light")
    for kind, target in files(course, week).items():
        if kind != "bank":
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(sources / f"{kind}.py.txt", target)
    classroom = root / "tests" / "classroom" / LIGHT
    classroom.mkdir(parents=True)
    for path in (sources / "classroom").iterdir():
        shutil.copy(path, classroom / path.name.removesuffix(".txt"))


# The class


def honest(course: Course, week: str, count: int, folder: Path, pool: batch.Workers) -> list[Pupil]:
    """The example class of a week, no more than twice `count` of it, without those who met a limit."""
    limits = dataclasses.replace(course.limits, cell_seconds=CELL_SECONDS, submission_seconds=TRIAL_SECONDS)
    course = dataclasses.replace(course.at(folder / "trial"), limits=limits)
    pupils = read_class(course.root / "tests" / "classroom" / week)[: 2 * count]
    release_and_collect(course, week, pupils, folder / "trial" / "exchange")
    batch.grade_assignment(course, week, force=True, pool=pool)
    reports = read_reports(course, week)
    return [pupil for pupil in pupils if not pupil.operations and _met_no_limit(reports[pupil.name])]


def _met_no_limit(report: Any) -> bool:
    words = ("limit of", "used up its time", "out of memory", "process ended", "allocate")
    return (
        report.status == "graded"
        and all(cell.status in ("ok", "error") for cell in report.cells)
        and not any(
            word in text
            for question in report.questions
            for test in question.tests
            for text in (test.message, test.detail)
            for word in words
        )
    )


def copied(pupils: list[Pupil], count: int) -> list[Pupil]:
    """The pupils again and again under other names, until there are `count`."""
    return [
        dataclasses.replace(pupils[i % len(pupils)], name=f"{pupils[i % len(pupils)].name}{i // len(pupils)}")
        for i in range(count)
    ]


# Measuring


class Watch:
    """Wall-clock seconds and CPU seconds of this process and those below it, without `idle` ones."""

    def __init__(self, idle: Iterable[int] = ()) -> None:
        self.idle = frozenset(idle)
        self.seconds = self.cpu = 0.0

    def __enter__(self) -> Watch:
        self._before = {process: _cpu_seconds(process) for process in self._processes()}
        self._started = time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._started
        # Of one that has ended meanwhile nothing is known: a nursery does not account for its warm parents.
        self.cpu = sum(
            max(0.0, _cpu_seconds(process) - self._before.get(process, 0.0)) for process in self._processes()
        )

    def _processes(self) -> Iterator[int]:
        return _descendants(os.getpid(), self.idle)


class PeakMemory:
    """The most MiB that a process and those below it take together, looked at every half a second.

    To look costs up to a tenth of a second of computing, and keeps processes from getting memory meanwhile: not for
    use where something is timed.
    """

    def __init__(self, root: int) -> None:
        self.root = root
        self.mb = 0.0

    def __enter__(self) -> PeakMemory:
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._sampler.join()

    def now(self) -> float:
        """Memory at this moment, where what several share is counted once."""
        return sum(map(_proportional_mb, _descendants(self.root)))

    def _sample(self) -> None:
        while not self._done.wait(0.5):
            self.mb = max(self.mb, self.now())


def _cpu_seconds(process: int) -> float:
    """CPU seconds of a process and of its children that have ended."""
    with contextlib.suppress(OSError):
        # The name, in brackets, may hold anything.
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS
    return 0.0


def _children(process: int) -> Iterator[int]:
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            yield from map(int, task.read_text().split())


def _descendants(process: int, without: frozenset[int] = frozenset()) -> Iterator[int]:
    yield process
    for child in _children(process):
        if child not in without:
            yield from _descendants(child, without)


def _proportional_mb(process: int) -> float:
    """Memory of a process, where pages that several share are counted in shares."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


# This engine


def engine(course: Course, week: str, pool: batch.Workers, idle: Iterable[int] = ()) -> Raw:
    """Grade a week's class with a pool of workers; `idle` processes are none of theirs."""
    first: list[tuple[float, str]] = []

    def progress(done: int, total: int, row: batch.Row) -> None:
        if not first:
            first.append((time.perf_counter() - started, row.student))

    with Watch(idle) as watch:
        started = time.perf_counter()
        summary = batch.grade_assignment(course, week, force=True, pool=pool, progress=progress)
    graded = {name: r for name, r in read_reports(course, week).items() if r.status == "graded"}
    settled, name = first[0]
    timing = graded[name].timing if name in graded else None
    return {
        "submissions": len(summary.rows),
        "not_graded": [f"{row.student}: {row.problem}" for row in summary.rows if row.status != "graded"],
        "seconds": watch.seconds,
        # Until the first submission is begun: the workers start, or turn to the week.
        "lead": max(0.0, settled - timing.student - timing.overhead - summary.recording) if timing else 0.0,
        "cpu_seconds": watch.cpu,
        "recording": summary.recording,
        "report_kb": _mean_kb(course.reports / week, "*.json"),
        "notebook_kb": _mean_kb(course.step("autograded"), f"*/{week}/{week}.ipynb"),
        "student": {name: report.timing.student for name, report in graded.items()},
        "overhead": {name: report.timing.overhead for name, report in graded.items()},
    }


def _mean_kb(folder: Path, pattern: str) -> float:
    return statistics.mean(path.stat().st_size for path in folder.glob(pattern)) / 1024


def bare(course: Course, week: str, names: list[str], processes: int = 1) -> dict[str, tuple[float, float]]:
    """Seconds and CPU seconds of each student's own cells and calls in a bare warm process; so many run at once."""
    script = str(Path(__file__).with_name("bare.py"))
    submitted = str(course.step("submitted"))
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    running = [
        subprocess.Popen(
            [sys.executable, script, json.dumps([week, submitted, names[first::processes]])],
            env={**os.environ, **threads, "MPLBACKEND": "module://matplotlib_inline.backend_inline"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=course.root,
        )
        for first in range(processes)
    ]
    seconds, problems = dict[str, tuple[float, float]](), ""
    with ThreadPoolExecutor(processes) as readers:
        for output, errors in readers.map(lambda process: process.communicate(), running):
            problems += errors
            for line in output.splitlines():
                name, *numbers = line.split(" ")
                if name in names and len(numbers) == 2:
                    seconds[name] = float(numbers[0]), float(numbers[1])
    if failed := [name for name in names if name not in seconds]:
        raise RuntimeError(f"the bare runs of {', '.join(failed)} failed\n{problems[-2000:]}")
    return seconds


AT_REST = """
import sys
from pathlib import Path
from autograder import batch
from autograder.config import load_course
from autograder.startup import leave_out_unused
leave_out_unused()  # as the command does
week, data = sys.argv[1:]
with batch.Workers(2) as pool:
    batch.grade_assignment(load_course().at(Path(data)), week, force=True, pool=pool)
    print("at rest", flush=True)
    sys.stdin.read()
"""


def own_memory(course: Course, week: str) -> Raw:
    """MiB that grading a week takes, in a program of its own, which has done nothing else before."""
    grading = subprocess.Popen(
        [sys.executable, "-c", AT_REST, week, str(course.data)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=course.root,
    )
    with grading, PeakMemory(grading.pid) as peak:
        assert grading.stdout is not None
        if not grading.stdout.readline():
            raise RuntimeError(f"{week} could not be graded")
        return {
            "at_rest_mb": peak.now(),
            "writer_mb": _proportional_mb(grading.pid),
            "peak_mb": peak.mb,
        }


# The stock tools


def stock_nbgrader(course: Course, week: str, folder: Path) -> Callable[[str], float]:
    """What grades one student with ``nbgrader autograde``, without this engine, and returns the seconds."""
    other = course.at(folder / "stock" / week)
    parts = [
        path for step in ("source", "release", "submitted") for path in course.step(step).glob("**/" + week)
    ]
    for part in parts:
        shutil.copytree(part, other.data / part.relative_to(course.data), dirs_exist_ok=True)
    lines = ["c = get_config()", f"c.CourseDirectory.root = {str(other.data)!r}"]
    lines += [f"c.CourseDirectory.course_id = {course.id!r}", "c.ExecutePreprocessor.timeout = 120"]
    lines += [f"c.CourseDirectory.db_url = 'sqlite:///{other.data}/gradebook.db'"]
    (other.data / "nbgrader_config.py").write_text("\n".join(lines) + "\n")
    shutil.copy(course.data / "gradebook.db", other.data / "gradebook.db")
    return lambda name: _timed(["nbgrader", "autograde", week, "--student", name, "--force"], other.data)


def otter(course: Course, week: str, folder: Path) -> Callable[[str], float]:
    """What grades one student with ``otter run`` on the release's public tests, and returns the seconds."""
    place = folder / "otter" / week
    shutil.copytree(course.release / week, place / "release")
    archive = place / "autograder.zip"
    _timed(["otter", "generate", "-t", "tests", "-o", str(archive), "--no-environment"], place / "release")

    def run(name: str) -> float:
        at = place / name
        shutil.copytree(place / "release", at)
        shutil.copy(course.step("submitted") / name / week / f"{week}.ipynb", at / f"{week}.ipynb")
        return _timed(["otter", "run", "-a", str(archive), f"{week}.ipynb"], at)

    return run


def _timed(command: list[str], folder: Path) -> float:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "MPLBACKEND": "agg"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {(done.stderr or done.stdout)[-2000:]}")
    return time.perf_counter() - started


# All that is measured


class Bench:
    """One run: what it has measured so far lies in `path` after each step."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, path: Path) -> None:
        self.arguments = arguments
        self.folder = folder
        self.path = path
        self.course = load_course()
        self.data = self.course.at(folder / "class")
        self.weeks: list[str] = arguments.weeks or [w.name for w in self.course.weeks if w.name != LIGHT]
        self.raw: Raw = {"about": about(), "weeks": {}}
        if arguments.resume:
            self.raw = json.loads(path.read_text())
            self.raw["about"]["resumed"] = about()["date"]
        self.raw["problems"] = []
        self.pools = {2: batch.Workers(2), 1: batch.Workers(1)}
        self.processes: dict[int, set[int]] = {2: set(), 1: set()}

    def run(self) -> None:
        """Measure everything that is not measured yet; what fails is noted, and the rest goes on."""
        resumed = bool(self.raw["weeks"])
        classes = self.prepared()
        try:
            if resumed:
                # Or the first week measured now would be charged with the start of the workers once more.
                for pool in self.pools.values():
                    batch.grade_assignment(self.data, LIGHT, force=True, pool=pool)
            for week in classes:
                if week not in self.raw["weeks"]:
                    with self.noting(week):
                        self.week(week)
            for workers in (1, 2):
                with self.noting(f"end of {workers} worker(s)"):
                    self.end(workers)
            self.part("memory", self.memory)
            self.part("growth", lambda: self.growth(classes[LIGHT]))
            self.part("unchanged", lambda: self.unchanged(classes))
            self.part("small", lambda: small_things(self.course))
        finally:
            for pool in self.pools.values():
                pool.close()
        self.store()

    def part(self, name: str, measure: Callable[[], Raw]) -> None:
        """Measure one of the other things."""
        if name not in self.raw:
            with self.noting(name):
                self.raw[name] = measure()

    @contextlib.contextmanager
    def noting(self, what: str) -> Iterator[None]:
        """Note a failure and go on; store what there is."""
        try:
            yield
        except Exception as error:
            traceback.print_exc()
            self.raw["problems"].append(f"{what}: {(str(error).strip() or type(error).__name__)[:300]}")
            say(f"FAILED {what}")
        self.store()

    def store(self) -> None:
        """Write what was measured so far, whole."""
        temporary = self.path.with_suffix(".tmp")
        temporary.write_text(json.dumps(self.raw, indent=1) + "\n")
        os.replace(temporary, self.path)

    def prepared(self) -> dict[str, list[Pupil]]:
        """The pupils of each week that could be prepared, whose class has handed in."""
        classes = {}
        with batch.Workers(2) as pool:
            for week in [*self.weeks, LIGHT]:
                if week in self.raw["weeks"] and week != LIGHT and "unchanged" in self.raw:
                    continue
                say(f"{week}: a trial of its example class; {self.arguments.students} hand in")
                with self.noting(f"preparing {week}"):
                    pupils = honest(self.course, week, self.arguments.students, self.folder, pool)
                    these = copied(pupils, self.arguments.students)
                    release_and_collect(self.data, week, these, self.folder / "class" / "exchange")
                    classes[week] = pupils
        return classes

    def week(self, week: str) -> None:
        """One week, of all tools in turn; the light week is the last."""
        names = batch.submitted_students(self.data, week)
        found: Raw = {}
        say(f"{week}: the students' own code")
        alone = bare(self.data, week, names)
        found["own"] = {name: seconds for name, (seconds, _) in alone.items()}
        found["own_cpu_seconds"] = sum(cpu for _, cpu in alone.values())
        say(f"{week}: two workers ({sum(found['own'].values()) / 2:.0f} s is the limit)")
        found["engine 2"] = self.graded(week, 2)
        if "changed" not in self.raw and week != LIGHT:
            say(f"{week}: again, as if one grader had changed")
            self.raw["changed"] = self.changed(week, found["engine 2"])
        say(f"{week}: the own code of every second student, side by side")
        beside = bare(self.data, week, names[::2], processes=2)
        found["side by side"] = {name: seconds for name, (seconds, _) in beside.items()}
        say(f"{week}: one worker")
        found["engine 1"] = self.graded(week, 1)
        weeks = {**self.raw["weeks"], week: found}
        self.raw["weeks"] = {week: weeks[week] for week in [*self.weeks, LIGHT] if week in weeks}
        self.store()
        number = self.arguments.stock
        some = names if not number else names[:: max(1, len(names) // number)][:number]
        for tool, start in (("nbgrader", stock_nbgrader), ("otter", otter)):
            say(f"{week}: {tool}, {len(some)} submissions")
            found[tool] = {}
            with self.noting(f"{week}, {tool}"):
                grade = start(self.data, week, self.folder)
                for name in some:
                    with self.noting(f"{week}, {tool}, {name}"):
                        found[tool][name] = grade(name)

    def graded(self, week: str, workers: int) -> Raw:
        """The class of a week graded by one of the two pools."""
        others = self.processes[3 - workers]
        found = engine(self.data, week, self.pools[workers], others)
        self.processes[workers] = set(_children(os.getpid())) - others
        for problem in found["not_graded"]:
            self.raw["problems"].append(f"{week}, {workers} worker(s), {problem}")
        say(
            f"{week}: {found['seconds']:.1f} s with {workers} worker(s), {found['lead']:.1f} s before the first"
        )
        return found

    def end(self, workers: int) -> None:
        """End a pool, and note how long that takes."""
        started = time.perf_counter()
        self.pools[workers].close()
        self.raw.setdefault("end", {}).setdefault(str(workers), time.perf_counter() - started)
        self.processes[workers] = set()

    def memory(self) -> Raw:
        """What the heaviest week takes: nearly all of it is the packages that it imports."""
        preload = {week: self.course.week(week).preload for week in self.weeks}
        heaviest = max(self.weeks, key=lambda week: ("torch" in preload[week], len(preload[week])))
        say(f"memory: {heaviest}")
        return {
            "week": heaviest,
            "torch": "torch" in preload[heaviest],
            **own_memory(self.data, heaviest),
        }

    def changed(self, week: str, anew: Raw) -> Raw:
        """What it costs that one question's grader has changed, and what is asked again."""
        name = _as_if_one_grader_had_changed(self.data, week)
        before = {student: report.questions for student, report in read_reports(self.data, week).items()}
        seconds = batch.grade_assignment(self.data, week, pool=self.pools[2]).seconds
        after = read_reports(self.data, week)
        asked = {"changed": 0, "rested_on": 0, "others": 0}
        for student, report in after.items():
            names = [question.name for question in report.questions]
            for old, question in zip(before[student], report.questions, strict=True):
                # The same seconds to the last digit: these are the results of before.
                if [test.seconds for test in old.tests] == [test.seconds for test in question.tests]:
                    continue
                # Calls of an imperfect function are what tells an error that a later question carries forward.
                earlier = names.index(question.name) < names.index(name) if name in names else False
                kind = "rested_on" if earlier and question.points != question.max_points else "others"
                asked["changed" if question.name == name else kind] += 1
        return {
            "question": name,
            "week": week,
            "of_all": seconds / (anew["seconds"] - anew["lead"]),
            "asked": asked,
            "results": sum(map(len, before.values())),
        }

    def growth(self, pupils: list[Pupil]) -> Raw:
        """Seconds a submission of the light week in a small class and in one four times as large, in turn.

        In the light week there is little beside the engine's own work, which alone can grow otherwise than linearly.
        """
        few = max(1, self.arguments.few // len(pupils)) * len(pupils)
        courses = {}
        for count in (few, 4 * few):
            say(f"growth: {count} hand in {LIGHT}")
            courses[count] = self.course.at(self.folder / "growth" / str(count))
            exchange = self.folder / "growth" / f"exchange{count}"
            release_and_collect(courses[count], LIGHT, copied(pupils, count), exchange)
        seconds: dict[int, list[float]] = {few: [], 4 * few: []}
        for count in (few, 4 * few, few, 4 * few, few):
            # One for each worker, which turns to the class with it.
            names = [f"{pupil.name}0" for pupil in pupils[:2]]
            batch.grade_assignment(courses[count], LIGHT, students=names, force=True, pool=self.pools[2])
            run = batch.grade_assignment(courses[count], LIGHT, force=True, pool=self.pools[2])
            seconds[count].append(run.seconds / count)
            say(f"growth: {1000 * run.seconds / count:.1f} ms a submission in a class of {count}")
        return {"submissions": list(seconds), "seconds_a_submission": list(seconds.values())}

    def unchanged(self, classes: dict[str, list[Pupil]]) -> Raw:
        """What a class costs that is unchanged: of the week that is graded fastest, but for the light one."""
        weeks = [week for week in self.raw["weeks"] if week != LIGHT]
        week = min(weeks, key=lambda week: statistics.mean(self.raw["weeks"][week]["own"].values()))
        count = self.arguments.unchanged
        say(f"unchanged: {count} hand in {week}, and are graded")
        course = self.course.at(self.folder / "unchanged")
        release_and_collect(
            course, week, copied(classes[week], count), self.folder / "unchanged" / "exchange"
        )
        batch.grade_assignment(course, week, workers=2)
        seconds = [batch.grade_assignment(course, week, workers=2).seconds for _ in range(3)]
        return {"week": week, "submissions": count, "seconds": statistics.median(seconds)}


def _as_if_one_grader_had_changed(course: Course, week: str) -> str:
    """Make the reports of a week say that the question in the middle was judged by other tests; returns its name."""
    for path in (course.reports / week).glob("*.json"):
        report = from_json(path.read_bytes())
        if report.questions:
            question = report.questions[len(report.questions) // 2]
            question.graders, report.key = "other tests", ""
            path.write_bytes(to_json(report))
    return question.name


CHECK = """
import statistics, time
import otter
grader = otter.Notebook("week1_bayes.ipynb")
def check():
    started = time.perf_counter()
    grader.check("bayes_posterior")
    return time.perf_counter() - started
bayes_posterior = lambda prior, likelihood: None
check()
print(statistics.median(check() for _ in range(9)))
"""


def small_things(course: Course) -> dict[str, float]:
    """Seconds of ``course --help``, and of ``grader.check`` once otter is imported."""
    helped = statistics.median(_timed(["course", "--help"], course.root) for _ in range(5))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(course.release / "week1_bayes", folder, dirs_exist_ok=True)
        command = [sys.executable, "-c", CHECK]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return {"help_seconds": round(helped, 3), "check_seconds": round(float(done.stdout.split()[-1]), 4)}


# What was found


def figures(raw: Raw) -> dict[str, Any]:
    """The figures of each week and of all weeks together."""
    found = {week: facts for week, facts in raw["weeks"].items() if week != LIGHT}
    if not found:
        raise SystemExit("no week was measured to the end: there is nothing to write")
    first = next(iter(found.values()))
    # The first week would be charged with the start of the workers, which is paid once for all.
    starts = {workers: first[f"engine {workers}"]["lead"] for workers in (2, 1)}
    ends = {workers: raw.get("end", {}).get(str(workers), 0.0) for workers in (2, 1)}
    rows = {}
    for week, facts in found.items():
        rows[week] = _row([facts], {n: -starts[n] if facts is first else 0.0 for n in (2, 1)})
    result = {
        "weeks": rows,
        "all": _row(list(found.values()), ends),
        "start_seconds": round(starts[2], 2),
        "end_seconds": round(ends[2], 2),
        "light": _row([raw["weeks"][LIGHT]], {2: 0.0, 1: 0.0}) if LIGHT in raw["weeks"] else None,
        "memory": _rounded(raw.get("memory")),
        "growth": _growth(raw.get("growth")),
        "changed": _rounded(raw.get("changed")),
        "unchanged": _rounded(raw.get("unchanged")),
        "small": raw.get("small"),
        "problems": raw["problems"],
    }
    return result | {"goals": goals(result)}


def _rounded(facts: Raw | None) -> Raw | None:
    return facts and {
        key: round(value, 3) if isinstance(value, float) else value for key, value in facts.items()
    }


def _growth(facts: Raw | None) -> Raw | None:
    if facts is None:
        return None
    few, many = map(statistics.mean, facts["seconds_a_submission"])
    return {
        "submissions": facts["submissions"],
        "seconds_a_submission": [round(few, 4), round(many, 4)],
        "ratio": round(many / few, 3),
    }


def _row(weeks: list[Raw], more: dict[int, float]) -> dict[str, Any]:
    """The figures of some weeks; `more` seconds are theirs beside them, by the number of workers."""
    two, one = ([facts[f"engine {workers}"] for facts in weeks] for workers in (2, 1))
    submissions = sum(run["submissions"] for run in two)
    own, beside, student, overhead = (
        {(i, name): value for i, part in enumerate(parts) for name, value in part.items()}
        for parts in (
            [facts["own"] for facts in weeks],
            [facts["side by side"] for facts in weeks],
            [run["student"] for run in two],
            [run["overhead"] for run in two],
        )
    )
    seconds = sum(run["seconds"] for run in two) + more[2]
    alone = sum(run["seconds"] for run in one) + more[1]
    limit = sum(own.values()) / 2
    slower = sum(beside.values()) / sum(own[key] for key in beside)
    counted = [facts for facts in weeks if facts["engine 2"]["cpu_seconds"] is not None]
    cpu = sum(facts["engine 2"]["cpu_seconds"] for facts in counted)
    row = {
        "submissions": submissions,
        "own_seconds": round(2 * limit, 2),
        "own_median": round(statistics.median(own.values()), 4),
        "own_most": round(max(own.values()), 4),
        "limit_seconds": round(limit, 2),
        "seconds_2_workers": round(seconds, 2),
        "seconds_1_worker": round(alone, 2),
        "of_the_limit": round(seconds / limit, 3),
        "slower_side_by_side": round(slower, 3),
        "of_side_by_side": round(seconds / limit / slower, 3),
        "two_to_one": round(seconds / alone, 3),
        "a_minute": round(60 * submissions / seconds, 1),
        "cpu_seconds": round(cpu, 1),
        "cpu_of_own": round(cpu / sum(facts["own_cpu_seconds"] for facts in counted), 3) if counted else None,
        "overhead_seconds": spread(list(overhead.values())),
        "recording_seconds": round(statistics.mean(run["recording"] for run in two), 4),
        "report_kb": round(statistics.mean(run["report_kb"] for run in two), 1),
        "notebook_kb": round(statistics.mean(run["notebook_kb"] for run in two), 1),
    }
    # A submission's share of the whole time: all is shared out, what no submission is charged with, too.
    spans = {key: student[key] + overhead[key] for key in student}
    share = seconds / sum(spans.values())
    for tool in ("nbgrader", "otter"):
        theirs = {
            (i, name): value
            for i, facts in enumerate(weeks)
            for name, value in facts.get(tool, {}).items()
            if (i, name) in spans
        }
        row[tool] = None
        if theirs:
            mean = statistics.mean(theirs.values())
            row[tool] = {
                "submissions": len(theirs),
                "a_minute": round(60 / mean, 2),
                "times_faster": round(mean / (share * statistics.mean(spans[key] for key in theirs)), 1),
            }
    return row


def goals(result: dict[str, Any]) -> list[dict[str, Any]]:
    """What was to be reached, what was measured, and whether that meets it; None where it was not measured."""
    whole, light, small = result["all"], result["light"], result["small"]
    found: list[dict[str, Any]] = []

    def goal(text: str, measured: str | None, met: bool | None) -> None:
        found.append({"goal": text, "measured": measured or "not measured", "met": met if measured else None})

    def times(row: dict[str, Any] | None, at_least: float, text: str) -> None:
        for tool, command in (("nbgrader", "nbgrader autograde"), ("otter", "otter run")):
            facts = row and row[tool]
            number = facts and facts["times_faster"]
            goal(
                f"{text}: at least {at_least} times `{command}`",
                facts and f"{number} times",
                facts and number >= at_least,
            )

    goal(
        "the whole class within 1.25 times the limit",
        f"{whole['of_the_limit']:.2f} times; {whole['of_side_by_side']:.2f} times two bare processes side by side",
        whole["of_the_limit"] <= 1.25,
    )
    times(light, 15, f"light notebooks (own computation below {LIGHT_SECONDS} s)")
    times(whole, 5, "the whole course")
    overhead = whole["overhead_seconds"]
    for key, name, most in (("median", "at the median", 0.06), ("p99", "at the 99th percentile", 0.2)):
        goal(
            f"overhead a submission at most {1000 * most:.0f} ms {name}",
            f"{1000 * overhead[key]:.0f} ms",
            overhead[key] <= most,
        )
    growth = result["growth"]
    few, many = growth["submissions"] if growth else (50, 200)
    goal(
        f"cost linear in submissions: {many} against {few} within 10 %",
        growth and f"{growth['ratio']:.2f} times a submission",
        growth and growth["ratio"] <= 1.1,
    )
    goal(
        "near-linear in cores: two workers need at most 0.55 of one worker's time",
        f"{whole['two_to_one']:.2f}",
        whole["two_to_one"] <= 0.55,
    )
    unchanged = result["unchanged"]
    goal(
        f"an unchanged class of {unchanged['submissions'] if unchanged else 500} looked through in less than 2 s",
        unchanged and f"{unchanged['seconds']:.2f} s",
        unchanged and unchanged["seconds"] < 2,
    )
    changed = result["changed"]
    asked = changed["asked"] if changed else {}
    goal(
        "one question's grader changed: only that question is asked again, and imperfect ones that it rests on",
        changed
        and f"of {changed['results']} results {asked['changed']} of that question, {asked['rested_on']} it rests on, "
        f"{asked['others']} others",
        changed and asked["others"] == 0 and asked["changed"] > 0,
    )
    memory = result["memory"]
    goal(
        "the engine's own memory under 1 GiB with two workers and torch loaded",
        memory and f"{memory['at_rest_mb']:.0f} MiB" + ("" if memory["torch"] else ", without torch"),
        memory and memory["at_rest_mb"] < 1024 and (memory["torch"] or None),
    )
    goal(
        "`course --help` in less than 0.3 s",
        small and f"{small['help_seconds']:.2f} s",
        small and small["help_seconds"] < 0.3,
    )
    goal(
        "`grader.check` in less than 50 ms after its import",
        small and f"{1000 * small['check_seconds']:.0f} ms",
        small and small["check_seconds"] < 0.05,
    )
    return found


def page(result: dict[str, Any]) -> str:
    """What `docs/benchmarks.md` says about grading."""
    return _rendered("grading.md.j2", result, light_seconds=LIGHT_SECONDS)


def scaling(result: dict[str, Any]) -> str:
    """What `docs/scaling.md` reckons from the figures."""
    whole = result["all"]
    core_seconds = 2 * whole["seconds_2_workers"] / whole["submissions"]
    rows = []
    for submissions in (1_000, 10_000, 100_000):
        hours = submissions * core_seconds / 3600
        minutes = submissions * whole["recording_seconds"] / 60
        gigabytes = submissions * (whole["report_kb"] + whole["notebook_kb"]) / 2**20
        rows.append(
            {
                "submissions": submissions,
                "core_hours": hours,
                "workers": math.ceil(hours / NIGHT_HOURS),
                "writer": f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h",
                "storage": f"{gigabytes:.1f} GB",
            }
        )
    memory = result["memory"]
    facts = {**whole, "recording": whole["recording_seconds"], "core_seconds": core_seconds}
    facts["peak_mb"] = memory and memory["peak_mb"]
    return _rendered("scaling.md.j2", facts | result, rows=rows, hours=NIGHT_HOURS)


def _rendered(template: str, *facts: dict[str, Any], **more: Any) -> str:
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(Path(__file__).with_name(template).read_text()).render(*facts, **more)


def _put(path: Path, part: str, text: str) -> None:
    """Put a text between the marks of its part of a page."""
    begin, end = f"<!-- {part}: begin -->", f"<!-- {part}: end -->"
    before, _, rest = path.read_text().partition(begin)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def write(result: dict[str, Any], docs: Path) -> None:
    """Write the figures, the plot, and their part of the page."""
    (docs / "benchmarks.json").write_text(json.dumps(result, indent=1) + "\n")
    _put(docs / "benchmarks.md", "grading", page(result))
    _put(docs / "scaling.md", "scaling", scaling(result))
    (docs / "benchmarks.svg").write_text(plot(result))


INK = "#010203"
"""Stands for the colour of the text while a plot is drawn; no bar has it."""

STYLE = "svg { color: #333 } @media (prefers-color-scheme: dark) { svg { color: #ddd } }"


def plot(result: dict[str, Any]) -> str:
    """Submissions a minute as an SVG picture, to be read on light and dark pages."""
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    inked = (
        "text.color",
        "axes.labelcolor",
        "axes.edgecolor",
        "xtick.color",
        "ytick.color",
        "axes.titlecolor",
    )
    plt.rcParams.update({"svg.hashsalt": "benchmarks", "legend.framealpha": 0, **dict.fromkeys(inked, INK)})
    fig, ax = plt.subplots(figsize=(8, 3.4))
    weeks = list(result["weeks"])
    series = {
        "this engine, 2 workers": [row["a_minute"] for row in result["weeks"].values()],
        "nbgrader autograde": [
            (row["nbgrader"] or {}).get("a_minute", 0) for row in result["weeks"].values()
        ],
        "otter run": [(row["otter"] or {}).get("a_minute", 0) for row in result["weeks"].values()],
    }
    for offset, (name, values) in enumerate(series.items()):
        color = ("#3b82c4", "#d9822b", "#2f9e6e")[offset]
        places = [i + 0.27 * (offset - 1) for i in range(len(weeks))]
        bars = ax.bar(places, values, 0.25, label=name, color=color)
        ax.bar_label(bars, fmt="%.0f", fontsize=7)
    limits = [60 * row["submissions"] / row["limit_seconds"] for row in result["weeks"].values()]
    label = "limit: the students' own computation"
    ax.plot(range(len(weeks)), limits, "_", color=INK, markersize=34, label=label)
    ax.set_xticks(range(len(weeks)), [week.partition("_")[0].replace("week", "week ") for week in weeks])
    ax.set(ylabel="submissions a minute", title="Grading a class on two cores")
    ax.margins(y=0.12)
    ax.spines[["top", "right"]].set_visible(False)
    # Room above everything: the limits are lines, which a legend among them would cross.
    ax.set_ylim(top=1.25 * ax.get_ylim()[1])
    ax.legend(fontsize=8, markerscale=0.4, ncols=2, loc="upper center")
    file = io.StringIO()
    fig.savefig(file, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    plt.close(fig)
    return (
        file.getvalue().replace(INK, "currentColor").replace("<defs>", f"<defs>\n  <style>{STYLE}</style>", 1)
    )


def main() -> None:
    """Measure in a copy of the project, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weeks", nargs="*", help="all by default")
    parser.add_argument("--students", type=int, default=50, help="submissions a week")
    parser.add_argument(
        "--stock", type=int, default=4, help="submissions a week for the stock tools; 0 for all"
    )
    parser.add_argument(
        "--few", type=int, default=50, help="the smaller of the two classes that tell the growth"
    )
    parser.add_argument("--unchanged", type=int, default=500, help="submissions of the unchanged class")
    parser.add_argument("--short", action="store_true", help="two weeks and small classes: minutes")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.*")
    parser.add_argument(
        "--measured",
        type=Path,
        default=REPOSITORY / "build" / "benchmarks.json",
        metavar="FILE",
        help="where each measurement is stored at once (%(default)s)",
    )
    parser.add_argument(
        "--resume", action="store_true", help="keep what --measured has, and measure what it has not"
    )
    parser.add_argument(
        "--from",
        type=Path,
        dest="stored",
        metavar="FILE",
        help="measure nothing: make the page of stored figures",
    )
    # How this program starts itself in the copy, where it measures.
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.short:
        arguments.weeks = arguments.weeks or ["week1_bayes", "week4_gmm"]
        arguments.students, arguments.stock, arguments.few, arguments.unchanged = 12, 2, 12, 50
    if arguments.inside:
        Bench(arguments, arguments.inside, arguments.measured).run()
        return
    measured = (arguments.stored or arguments.measured).resolve()
    if not arguments.stored:
        measure(measured)
    raw = json.loads(measured.read_text())
    result = {**raw["about"], **figures(raw)}
    if arguments.write:
        write(result, REPOSITORY / "docs")
    print(page(result), scaling(result), sep="\n\n")


def measure(measured: Path) -> None:
    """Run this program with the same settings in a copy of the project; its figures are in `measured` then."""
    measured.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="benchmarks-") as name:
        folder = Path(name).resolve()
        root = folder / "project"
        copied_project(root)
        own = ["--measured", str(measured), "--inside", str(folder)]
        done = subprocess.run(
            # Not as a script, which each worker would import, too.
            [sys.executable, "-c", "from benchmarks import grading; grading.main()", *sys.argv[1:], *own],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root), "COURSE_DATA": str(folder / "data")},
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"the measuring ended early; what there is: {measured}")


def about() -> dict[str, Any]:
    """When and where this is measured, and with which versions."""
    words = sys.argv[1:-4]  # without what `measure` has added
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "command": " ".join(["python", "benchmarks/grading.py", *words]),
        "machine": f"{os.cpu_count()} cores of {_processor()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("nbgrader", "otter-grader", "numpy", "matplotlib")},
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
