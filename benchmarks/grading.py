"""How fast a class is graded: this engine, stock ``nbgrader autograde`` and ``otter run``, side by side.

Run ``make bench``, or ``python benchmarks/grading.py`` with ``--short`` for minutes instead of hours. The class is the
example class, copied until each week has `--students`; left out are the students whose code never ends or takes all
memory, since the stock tools have no limits to meet, and those whose notebook is damaged. All tools are measured week
by week, one after the other, so that a busy machine disturbs all alike. The stock tools take seconds a submission and
grade them one by one, so they are given every n-th submission only (`--stock` a week, all of them with 0).

What the students' own code needs is measured in a bare warm process: a fork that has imported the same packages runs
the same cells and answers the same calls, with no wall, no wire and no grader beside it. That sum, divided by the
number of workers, is the limit that no grader can pass. Two cores that share caches and memory do not compute twice as
much as one: so the same is measured once more with two bare processes side by side.

Figures go to docs/benchmarks.json and the table and plot of docs/benchmarks.md are made of them.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import math
import os
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2

from autograder import batch
from autograder.config import Course, load_course
from autograder.demo import Pupil, read_class, release_and_collect, spread
from autograder.results import from_json, to_json
from autograder.store import read_reports

BIN = Path(sys.executable).parent
NIGHT_HOURS = 8
LIGHT_SECONDS = 0.1
"""Own computation below which a submission counts as light."""


# The class


def honest(course: Course, week: str, count: int, folder: Path) -> list[Pupil]:
    """The example class of a week, no more than twice `count` of it, without those who met a limit."""
    course = course.at(folder / "trial" / week)
    pupils = read_class(course.root / "tests" / "classroom" / week)[: 2 * count]
    release_and_collect(course, week, pupils, folder / "trial" / "exchange")
    batch.grade_assignment(course, week, force=True)
    reports = read_reports(course, week)
    return [pupil for pupil in pupils if not pupil.operations and _met_no_limit(reports[pupil.name])]


def _met_no_limit(report: Any) -> bool:
    words = ("limit of", "out of memory", "process ended", "Unable to allocate")
    return (
        report.status == "graded"
        and all(cell.status in ("ok", "error") for cell in report.cells)
        and not any(word in test.message for q in report.questions for test in q.tests for word in words)
    )


def copied(pupils: list[Pupil], count: int) -> list[Pupil]:
    """The pupils again and again under other names, until there are `count`."""
    return [
        dataclasses.replace(pupils[i % len(pupils)], name=f"{pupils[i % len(pupils)].name}{i // len(pupils)}")
        for i in range(count)
    ]


# Measuring


class Watch:
    """Wall-clock seconds, CPU seconds of ended children and peak memory of all processes below this one."""

    def __init__(self) -> None:
        self.seconds = self.cpu = self.peak_mb = 0.0

    def __enter__(self) -> Watch:
        self._done = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()
        self._before = time.perf_counter(), _cpu_seconds()
        return self

    def __exit__(self, *_: object) -> None:
        started, cpu = self._before
        self.seconds = time.perf_counter() - started
        self.cpu = _cpu_seconds() - cpu
        self._done.set()
        self._sampler.join()

    def _sample(self) -> None:
        while not self._done.wait(0.5):
            self.peak_mb = max(self.peak_mb, sum(map(_proportional_mb, _descendants(os.getpid()))))


def _cpu_seconds() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in used)


def _descendants(process: int) -> Iterator[int]:
    yield process
    for task in Path(f"/proc/{process}/task").glob("*/children"):
        with contextlib.suppress(OSError):
            for child in task.read_text().split():
                yield from _descendants(int(child))


def _proportional_mb(process: int) -> float:
    """Memory of a process, where pages that several share are counted in shares."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
    return 0.0


# This engine


def engine(course: Course, week: str, workers: int) -> dict[str, Any]:
    """Grade a week's class with so many workers, started for it."""
    with batch.Workers(workers) as pool:
        with Watch() as watch:
            summary = batch.grade_assignment(course, week, force=True, pool=pool)
        at_rest = sum(map(_proportional_mb, _descendants(os.getpid())))
    graded = [r for r in read_reports(course, week).values() if r.status == "graded"]
    assert summary.exit_code == 0, summary.counts
    return {
        "submissions": len(summary.rows),
        "seconds": watch.seconds,
        "cpu_seconds": watch.cpu,
        "peak_mb": watch.peak_mb,
        "at_rest_mb": at_rest,
        "overheads": [report.timing.overhead for report in graded],
        "recording": summary.recording,
        "report_kb": _mean_kb(course.reports / week, "*.json"),
        "notebook_kb": _mean_kb(course.step("autograded"), f"*/{week}/{week}.ipynb"),
        "student_seconds": {report.student: report.timing.student for report in graded},
    }


def _mean_kb(folder: Path, pattern: str) -> float:
    return statistics.mean(path.stat().st_size for path in folder.glob(pattern)) / 1024


def bare(course: Course, week: str, names: list[str], processes: int = 1) -> dict[str, float]:
    """Seconds that each student's own cells and calls need in a bare warm process, with so many at the same time."""
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
    seconds, problems = dict[str, float](), ""
    with ThreadPoolExecutor(processes) as readers:
        for output, errors in readers.map(lambda process: process.communicate(), running):
            problems += errors
            for line in output.splitlines():
                name, _, number = line.partition(" ")
                if name in names and number:
                    seconds[name] = float(number)
    if len(seconds) != len(names):
        raise RuntimeError(f"{week}: {len(names) - len(seconds)} bare runs failed\n{problems[-2000:]}")
    return seconds


# The stock tools


def stock_nbgrader(course: Course, week: str, names: list[str], folder: Path) -> dict[str, float]:
    """Seconds of ``nbgrader autograde`` for each student, as nbgrader does it without this engine."""
    other = course.at(folder / "stock" / week)
    for step in ("source", "release", "submitted"):
        if course.step(step).exists():
            shutil.copytree(course.step(step), other.step(step), dirs_exist_ok=True)
    lines = ["c = get_config()", f"c.CourseDirectory.root = {str(other.data)!r}"]
    lines += [f"c.CourseDirectory.course_id = {course.id!r}", "c.ExecutePreprocessor.timeout = 120"]
    lines += [f"c.CourseDirectory.db_url = 'sqlite:///{other.data}/gradebook.db'"]
    (other.data / "nbgrader_config.py").write_text("\n".join(lines) + "\n")
    shutil.copy(course.data / "gradebook.db", other.data / "gradebook.db")
    return {
        name: _timed(["nbgrader", "autograde", week, "--student", name, "--force"], other.data)
        for name in names
    }


def otter(course: Course, week: str, names: list[str], folder: Path) -> dict[str, float]:
    """Seconds of ``otter run`` for each student, on the public tests of the release."""
    place = folder / "otter" / week
    shutil.copytree(course.release / week, place / "release")
    archive = place / "autograder.zip"
    _timed(["otter", "generate", "-t", "tests", "-o", str(archive), "--no-environment"], place / "release")
    seconds = {}
    for name in names:
        at = place / name
        shutil.copytree(place / "release", at)
        shutil.copy(course.step("submitted") / name / week / f"{week}.ipynb", at / f"{week}.ipynb")
        seconds[name] = _timed(["otter", "run", "-a", str(archive), f"{week}.ipynb"], at)
    return seconds


def _timed(command: list[str], folder: Path) -> float:
    environment = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "MPLBACKEND": "agg"}
    started = time.perf_counter()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {(done.stderr or done.stdout)[-2000:]}")
    return time.perf_counter() - started


# One week, and the whole


def one_week(course: Course, week: str, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """All measurements of one week."""
    pupils = honest(course, week, arguments.students, folder)
    course = course.at(folder / "class" / week)
    release_and_collect(course, week, copied(pupils, arguments.students), folder / "class" / "exchange")
    names = sorted(path.name for path in course.step("submitted").iterdir())
    before = bare(course, week, names)
    some = (
        names if not arguments.stock else names[:: max(1, len(names) // arguments.stock)][: arguments.stock]
    )
    # The lightest is always among them: there the tools' own cost is all that counts.
    some = sorted({*some, min(names, key=before.__getitem__)})
    print(f"{week}: {len(names)} submissions, {len(some)} of them for the stock tools", flush=True)
    found: dict[str, Any] = {f"engine {workers}": engine(course, week, workers) for workers in (2, 1)}
    found["side by side"] = bare(course, week, names, processes=2)
    found["nbgrader"] = stock_nbgrader(course, week, some, folder)
    found["otter"] = otter(course, week, some, folder)
    after = bare(course, week, names)
    # A machine is not equally busy all the time: the mean of before and after stands for between.
    found["own"] = {name: (before[name] + after[name]) / 2 for name in names}
    return found


def growth(course: Course, week: str, arguments: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """How the cost grows with the class, and what a class costs that is unchanged."""
    pupils = honest(course, week, arguments.few, folder / "growth")
    seconds = {}
    for count in (arguments.few, 4 * arguments.few):
        these = course.at(folder / "growth" / str(count))
        release_and_collect(these, week, copied(pupils, count), folder / "growth" / f"exchange{count}")
        with batch.Workers(2) as pool:
            batch.grade_assignment(these, week, students=[f"{pupils[0].name}0"], pool=pool)  # warm
            seconds[count] = batch.grade_assignment(these, week, force=True, pool=pool).seconds
            one_question = _as_if_one_grader_had_changed(these, week)
            regrade = batch.grade_assignment(these, week, pool=pool).seconds
    blank = [pupil for pupil in pupils if not pupil.cells][:1] or pupils[:1]
    these = course.at(folder / "growth" / "unchanged")
    release_and_collect(these, week, copied(blank, arguments.unchanged), folder / "growth" / "exchange")
    batch.grade_assignment(these, week, workers=2)
    again = statistics.median(batch.grade_assignment(these, week, workers=2).seconds for _ in range(3))
    few, many = seconds
    return {
        "submissions": [few, many],
        "seconds_a_submission": [round(seconds[few] / few, 4), round(seconds[many] / many, 4)],
        "ratio": round(seconds[many] / many / (seconds[few] / few), 3),
        "changed_question": one_question,
        "changed_question_of_all": round(regrade / seconds[many], 3),
        "unchanged_submissions": arguments.unchanged,
        "unchanged_seconds": round(again, 3),
    }


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


def figures(found: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The figures of each week and of all weeks together."""
    rows = {week: _row([facts]) for week, facts in found.items()}
    return {"weeks": rows, "all": _row(list(found.values()))}


def _row(weeks: list[dict[str, Any]]) -> dict[str, Any]:
    two, one = ([facts[f"engine {workers}"] for facts in weeks] for workers in (2, 1))
    submissions = sum(run["submissions"] for run in two)
    own = {(i, name): value for i, facts in enumerate(weeks) for name, value in facts["own"].items()}
    beside = [value for facts in weeks for value in facts["side by side"].values()]
    seconds = sum(run["seconds"] for run in two)
    spans = {
        (i, name): value + overhead
        for i, run in enumerate(two)
        for (name, value), overhead in zip(run["student_seconds"].items(), run["overheads"], strict=True)
    }
    row = {
        "submissions": submissions,
        "own_seconds": round(sum(own.values()), 2),
        "limit_seconds": round(sum(own.values()) / 2, 2),
        "seconds_2_workers": round(seconds, 2),
        "seconds_1_worker": round(sum(run["seconds"] for run in one), 2),
        "of_the_limit": round(seconds / (sum(own.values()) / 2), 3),
        "side_by_side_seconds": round(sum(beside) / 2, 2),
        "of_side_by_side": round(seconds / (sum(beside) / 2), 3),
        "two_to_one": round(seconds / sum(run["seconds"] for run in one), 3),
        "a_minute": round(60 * submissions / seconds, 1),
        "cpu_seconds": round(sum(run["cpu_seconds"] for run in two), 1),
        "peak_mb": round(max(run["peak_mb"] for run in two)),
        "at_rest_mb": round(max(run["at_rest_mb"] for run in two)),
        "overhead_seconds": spread([value for run in two for value in run["overheads"]]),
        "recording_seconds": round(statistics.mean(run["recording"] for run in two), 4),
        "report_kb": round(statistics.mean(run["report_kb"] for run in two), 1),
        "notebook_kb": round(statistics.mean(run["notebook_kb"] for run in two), 1),
    }
    for tool in ("nbgrader", "otter"):
        theirs = {(i, name): value for i, facts in enumerate(weeks) for name, value in facts[tool].items()}
        light = [key for key in theirs if own[key] < LIGHT_SECONDS]
        mean = statistics.mean(theirs.values())
        row[tool] = {
            "submissions": len(theirs),
            "a_minute": round(60 / mean, 2),
            "times_faster": round(mean / statistics.mean(spans[key] / 2 for key in theirs), 1),
            "light_submissions": len(light),
            "times_faster_light": round(
                statistics.mean(theirs[key] for key in light)
                / statistics.mean(spans[key] / 2 for key in light),
                1,
            )
            if light
            else None,
        }
    return row


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
    facts = {**whole, "recording": whole["recording_seconds"], "core_seconds": core_seconds}
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
    import matplotlib

    matplotlib.use("agg")
    import matplotlib.pyplot as plt

    (docs / "benchmarks.json").write_text(json.dumps(result, indent=1) + "\n")
    _put(docs / "benchmarks.md", "grading", page(result))
    _put(docs / "scaling.md", "scaling", scaling(result))
    plt.rcParams["svg.hashsalt"] = "benchmarks"
    fig, ax = plt.subplots(figsize=(8, 3.4))
    weeks = list(result["weeks"])
    series = {
        "this engine, 2 workers": [result["weeks"][week]["a_minute"] for week in weeks],
        "nbgrader autograde": [result["weeks"][week]["nbgrader"]["a_minute"] for week in weeks],
        "otter run": [result["weeks"][week]["otter"]["a_minute"] for week in weeks],
    }
    for offset, (name, values) in enumerate(series.items()):
        bars = ax.bar([i + 0.27 * (offset - 1) for i in range(len(weeks))], values, 0.25, label=name)
        ax.bar_label(bars, fmt="%.0f", fontsize=7)
    limits = [60 * row["submissions"] / row["limit_seconds"] for row in result["weeks"].values()]
    ax.plot(range(len(weeks)), limits, "k_", markersize=34, label="limit: the students' own computation")
    ax.set_xticks(range(len(weeks)), [week.partition("_")[0].replace("week", "week ") for week in weeks])
    ax.set(ylabel="submissions a minute", title="Grading a class on two cores")
    ax.legend(fontsize=8, markerscale=0.4)
    fig.savefig(docs / "benchmarks.svg", bbox_inches="tight", metadata={"Date": None})


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--weeks", nargs="*", help="all by default")
    parser.add_argument("--students", type=int, default=50, help="submissions a week")
    parser.add_argument(
        "--stock", type=int, default=6, help="submissions a week for the stock tools; 0 for all"
    )
    parser.add_argument(
        "--few", type=int, default=50, help="the smaller of the two classes that tell the growth"
    )
    parser.add_argument("--unchanged", type=int, default=500, help="submissions of the unchanged class")
    parser.add_argument("--short", action="store_true", help="two weeks and small classes: minutes")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.*")
    arguments = parser.parse_args()
    if arguments.short:
        arguments.weeks = arguments.weeks or ["week1_bayes", "week4_gmm"]
        arguments.students, arguments.stock, arguments.few, arguments.unchanged = 12, 2, 10, 50
    course = load_course()
    weeks = arguments.weeks or [week.name for week in course.weeks]
    with tempfile.TemporaryDirectory() as folder:
        found = {week: one_week(course, week, arguments, Path(folder)) for week in weeks}
        grown = growth(course, weeks[0], arguments, Path(folder))
    result = {
        "date": datetime.now(UTC).date().isoformat(),
        "command": " ".join(["python", "benchmarks/grading.py", *sys.argv[1:]]),
        "machine": f"{os.cpu_count()} cores of {_processor()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("nbgrader", "otter-grader", "numpy", "matplotlib")},
        **figures(found),
        "growth": grown,
        "small": small_things(course),
    }
    if arguments.write:
        write(result, course.root / "docs")
    print(page(result), scaling(result), sep="\n\n")


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


if __name__ == "__main__":
    main()
