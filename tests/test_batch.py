"""Many submissions: what is graded, what is kept, and what a kill may cost (nothing that was finished)."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import fakes
import pytest
from fakes import PARTS, WEEK, small_course, submit

from autograder import batch, store
from autograder.batch import grade_assignment
from autograder.config import Course, CourseError


@pytest.fixture
def course(tmp_path: Path) -> Course:
    return small_course(tmp_path)


def grade(course: Course, **how: object) -> batch.Summary:
    how = {"workers": 1, "parts": PARTS} | how
    return grade_assignment(course, WEEK, **how)  # type: ignore[arg-type]


def inline(course: Course, **how: object) -> batch.Summary:
    """Grade in a thread: the plan and the records are the same, and no process has to start."""
    with ThreadPoolExecutor(1) as executor:
        try:
            return grade(course, executor=executor, **how)
        finally:
            batch._worker.close()


def asked(course: Course) -> Counter[str]:
    log = course.data / "asked.log"
    return Counter(log.read_text().split()) if log.exists() else Counter()


def recorded(course: Course) -> Counter[str]:
    return Counter((course.data / "recorded.log").read_text().split())


def statuses(summary: batch.Summary) -> dict[str, str]:
    return {row.student: row.status for row in summary.rows}


def test_a_class_is_graded_in_two_processes_and_recorded(course: Course) -> None:
    for number in range(6):
        submit(course, f"s{number}", "fine")
    seen = []
    summary = grade(course, workers=2, progress=lambda done, total, row: seen.append((done, total)))
    assert summary.exit_code == 0
    assert summary.counts == {"graded": 6}
    assert summary.fresh == 6
    assert seen == [(n, 6) for n in range(1, 7)]
    assert {row.points for row in summary.rows} == {10.0}
    assert recorded(course) == Counter(f"s{n}" for n in range(6))
    assert set(store.read_reports(course, WEEK)) == {f"s{n}" for n in range(6)}
    opened = (course.data / "opened.log").read_text().count("opened")
    assert opened in (1, 2)  # a quick worker may have taken all before the other began
    assert (course.data / "closed.log").read_text().count("closed") == opened
    assert not list(course.reports.rglob("*.running"))


def test_what_is_done_and_unchanged_is_not_graded_again(course: Course) -> None:
    submit(course, "ada", "fine")
    submit(course, "bo", "fine")
    inline(course)
    submit(course, "bo", "fine too")
    submit(course, "cy", "fine")
    summary = inline(course)
    assert asked(course) == {"ada": 1, "bo": 2, "cy": 1}
    assert summary.fresh == 2
    assert statuses(summary) == {"ada": "graded", "bo": "graded", "cy": "graded"}


def test_force_grades_what_is_unchanged(course: Course) -> None:
    submit(course, "ada", "fine")
    inline(course)
    inline(course, force=True)
    assert asked(course) == {"ada": 2}


def test_a_change_of_the_environment_grades_all_again(course: Course) -> None:
    submit(course, "ada", "fine")
    inline(course)
    inline(course, parts=dataclasses.replace(PARTS, environment=lambda course, week: "environment 2"))
    assert asked(course) == {"ada": 2}


def test_a_report_that_the_gradebook_has_not_is_recorded_without_grading(course: Course) -> None:
    submit(course, "ada", "fine")
    inline(course)
    store.marker_path(course, WEEK, "ada").unlink()
    inline(course)
    assert asked(course) == {"ada": 1}
    assert recorded(course) == {"ada": 2}


def test_a_gradebook_that_lost_a_submission_gets_it_again(course: Course) -> None:
    submit(course, "ada", "fine")
    inline(course)
    (course.data / "recorded.log").unlink()
    inline(course)
    assert asked(course) == {"ada": 1}
    assert recorded(course) == {"ada": 1}


def test_a_damaged_report_is_graded_again(course: Course) -> None:
    submit(course, "ada", "fine")
    inline(course)
    store.report_path(course, WEEK, "ada").write_text('{"half')
    assert inline(course).counts == {"graded": 1}
    assert asked(course) == {"ada": 2}


def test_unknown_and_missing_students_are_named_and_the_others_graded(course: Course) -> None:
    submit(course, "ada", "fine")
    submit(course, "stranger", "fine")
    summary = inline(course)
    assert statuses(summary) == {"ada": "graded", "stranger": "unknown"}
    assert "course students add stranger" in summary.rows[1].problem
    assert summary.exit_code == 1
    summary = inline(course, students=["ada", "nobody"])
    assert statuses(summary) == {"ada": "graded", "nobody": "missing"}
    assert asked(course) == {"ada": 1}


@pytest.mark.parametrize(("text", "status"), [("unreadable",) * 2, ("broken grader", "could_not_grade")])
def test_no_grade_is_an_outcome_that_is_kept_and_named_again(course: Course, text: str, status: str) -> None:
    submit(course, "ada", "fine")
    submit(course, "bo", text)
    for _ in range(2):
        summary = inline(course)
        assert statuses(summary) == {"ada": "graded", "bo": status}
        assert summary.exit_code == 1
        assert summary.rows[1].problem
    assert asked(course) == {"ada": 1, "bo": 1}


def test_a_failing_sandbox_is_tried_again_and_given_up_without_a_grade(course: Course) -> None:
    submit(course, "ada", "fails once")
    submit(course, "bo", "fails")
    summary = inline(course)
    assert statuses(summary) == {"ada": "graded", "bo": "could_not_grade"}
    assert asked(course) == {"ada": 2, "bo": batch.ATTEMPTS}
    assert "the sandbox could not be opened" in summary.rows[1].problem
    assert recorded(course) == {"ada": 1}
    submit(course, "bo", "fails")
    inline(course)
    assert asked(course)["bo"] == 2 * batch.ATTEMPTS, "what could not be graded is tried by the next run"


def test_a_submission_that_kills_workers_is_given_up_and_costs_the_others_nothing(course: Course) -> None:
    for number in range(4):
        submit(course, f"s{number}", "fine")
    submit(course, "k", "kills")
    submit(course, "o", "kills once")
    summary = grade(course, workers=2)
    assert statuses(summary) == {f"s{n}": "graded" for n in range(4)} | {
        "k": "could_not_grade",
        "o": "graded",
    }
    assert asked(course)["k"] in (2, 3), "the first time counts where nobody else was at work"
    assert summary.exit_code == 1


def test_a_pool_that_breaks_while_it_is_filled_loses_nothing(
    course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    breaks = iter([False, True])

    class Breaking(ProcessPoolExecutor):
        def submit(self, *arguments: Any, **keywords: Any) -> Any:
            if next(breaks, False):
                raise BrokenProcessPool
            return super().submit(*arguments, **keywords)

    monkeypatch.setattr(batch, "ProcessPoolExecutor", Breaking)
    for number in range(3):
        submit(course, f"s{number}", "fine")
    assert grade(course).counts == {"graded": 3}
    assert asked(course) == {"s0": 1, "s1": 1, "s2": 1}


def test_a_silent_worker_is_killed_and_its_submission_given_up(tmp_path: Path) -> None:
    course = small_course(tmp_path, submission_seconds=0.2)
    submit(course, "ada", "fine")
    submit(course, "zoe", "hangs")
    summary = grade(course)
    assert statuses(summary) == {"ada": "graded", "zoe": "could_not_grade"}
    assert asked(course) == {"ada": 1, "zoe": 2}


def test_an_engine_that_cannot_start_stops_the_run_with_one_line(course: Course) -> None:
    submit(course, "ada", "fine")
    with pytest.raises(CourseError, match=r"^graders cannot be collected: line 3$"):
        inline(course, parts=dataclasses.replace(PARTS, engine=fakes.BrokenEngine))


def test_two_runs_on_the_same_data_do_not_collide(course: Course) -> None:
    submit(course, "ada", "fine")
    with store.only_run(course), pytest.raises(CourseError, match=f"process {os.getpid()}"):
        inline(course)
    assert inline(course).exit_code == 0


@pytest.mark.parametrize("how", [{"workers": 0}, {"week": "week9_none"}])
def test_wrong_arguments_are_errors_for_people(course: Course, how: dict[str, object]) -> None:
    with pytest.raises(CourseError):
        grade_assignment(course, **({"week": WEEK, "parts": PARTS} | how))  # type: ignore[arg-type]


def test_the_key_changes_with_any_file_and_never_follows_a_link(course: Course, tmp_path: Path) -> None:
    folder = submit(course, "ada", "fine").parent
    first = store.submission_digest(folder)
    (folder / "data.csv").write_text("1")
    second = store.submission_digest(folder)
    os.mkfifo(folder / "pipe")
    (tmp_path / "secret").write_text("a")
    (folder / "link").symlink_to(tmp_path / "secret")
    third = store.submission_digest(folder)
    (tmp_path / "secret").write_text("b")
    assert len({first, second, third}) == 3
    assert store.submission_digest(folder) == third


RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
import fakes
from autograder.batch import grade_assignment

if __name__ == "__main__":
    course = fakes.small_course(Path(sys.argv[1]))
    grade_assignment(course, fakes.WEEK, workers=2, parts=fakes.PARTS)
"""


FORKED = """
import os, sys
sys.path.insert(0, sys.argv[1])
import fakes
from autograder.batch import Workers

if __name__ == "__main__":
    with Workers(2) as workers:
        pool = workers.pool(2, uses=["broken", "used"])
        found = {pool.submit(fakes.module_and_its_process, "used", 0.5) for _ in range(2)}
        found = {future.result() for future in found}
        (where,) = {where for where, _, _ in found}
        homes = {home for _, home, _ in found}
        forks = all(home != worker for _, home, worker in found)
        print(where, forks, len(homes), os.environ.get("AUTOGRADER_AHEAD"))
"""


def test_ctrl_c_leaves_no_worker_behind(course: Course, tmp_path: Path) -> None:
    submit(course, "ada", "hangs")
    script = tmp_path / "run.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(tmp_path), str(Path(__file__).parent)]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    while not asked(course):
        with contextlib.suppress(subprocess.TimeoutExpired):
            assert run.wait(0.02) is None, "it ended before it was interrupted"
    run.send_signal(signal.SIGINT)
    # The worker holds the pipe too: this also waits until it is gone.
    _, errors = run.communicate(timeout=10)
    assert errors.splitlines()[-1] == "KeyboardInterrupt"


def test_a_secret_that_others_can_read_stops_the_run_with_one_line(course: Course) -> None:
    submit(course, "ada", "fine")
    inline(course)
    course.secret.chmod(0o644)
    with pytest.raises(CourseError, match="can be read by others"):
        inline(course)


@pytest.fixture
def small_disk(course: Course) -> Iterator[Callable[[str], None]]:
    """A file system of a few pages for the reports; the function gives it another size."""
    if os.getuid() or shutil.which("mount") is None:
        pytest.skip("only root can mount a small file system")
    course.reports.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=40k", "tmpfs", str(course.reports)]
    done = subprocess.run(mount, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip()}")
    try:
        yield lambda size: subprocess.run(
            ["mount", "-o", f"remount,size={size}", str(course.reports)], check=True
        )
    finally:
        subprocess.run(["umount", str(course.reports)], check=True)


def test_a_full_disk_is_said_and_costs_nothing_that_was_stored(
    course: Course, small_disk: Callable[[str], None]
) -> None:
    for number in range(12):
        submit(course, f"s{number:02}", "fine")
    with pytest.raises(CourseError, match=r"cannot be written \(No space left on device\).*grade again"):
        grade(course)
    stored = {path.stem for path in (course.reports / WEEK).glob("*.json") if store.read_stored(path)}
    assert 0 < len(stored) < 12
    assert not list(course.reports.rglob("*.tmp"))
    small_disk("1m")
    before = asked(course)
    assert grade(course).counts == {"graded": 12}
    again = {name for name, times in asked(course).items() if times > before[name]}
    assert not again & stored


def below(process: int) -> list[int]:
    """The process's children, and theirs: workers are forks of a child."""
    found = []
    for thread in Path(f"/proc/{process}/task").glob("*"):
        with contextlib.suppress(OSError):
            found += [int(child) for child in (thread / "children").read_text().split()]
    return found + [pid for child in found for pid in below(child)]


def test_workers_are_forks_that_have_imported_what_is_named_from_where_this_process_does(
    tmp_path: Path,
) -> None:
    """A module beside the user, by chance of the same name, is not taken for it."""
    for folder in ("here", "path"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "used.py").write_text(f"import os\nwhere, process = {folder!r}, os.getpid()")
    (tmp_path / "path" / "broken.py").write_text("1 / 0")
    script = tmp_path / "run.py"
    script.write_text(FORKED)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "path"), *sys.path[:1]])}
    command = [sys.executable, str(script), str(Path(__file__).parent)]
    done = subprocess.run(
        command, cwd=tmp_path / "here", env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.split() == ["path", "True", "1", "None"], done.stderr


@pytest.mark.parametrize(
    ("where", "value"),
    [("autograder.batch.SAFE_FORK_SERVER", (99,)), ("tempfile.tempdir", "/" + 50 * "long/")],
    ids=["it is not safe", "its socket's path would be too long"],
)
def test_where_the_fork_server_cannot_be_had_workers_are_started_one_by_one(
    monkeypatch: pytest.MonkeyPatch, where: str, value: object
) -> None:
    monkeypatch.setattr(where, value)
    with batch.Workers(1) as workers:
        (worker,) = workers.pool(1).map(fakes.who_after, [0.0])
        assert Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1] == str(os.getpid())


LONGEST = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
import fakes
from autograder import batch
if __name__ == "__main__":
    with batch.Workers(1) as workers:
        list(workers.pool(1).map(fakes.who_after, [0.0]))
        print(os.listdir(os.environ["TMPDIR"]), flush=True)
        if sys.argv[2] == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.parametrize("ends", ["by itself", "killed"])
def test_a_temporary_folder_of_the_longest_path_does_and_is_left_empty(tmp_path: Path, ends: str) -> None:
    script = tmp_path / "run.py"
    script.write_text(LONGEST)
    with tempfile.TemporaryDirectory() as folder:
        longest = Path(folder) / ("a" * (batch.LONGEST_FOLDER - len(folder) - 1))
        longest.mkdir()
        command = [sys.executable, str(script), str(Path(__file__).parent), ends]
        environment = {**os.environ, "TMPDIR": str(longest)}
        # The workers hold the pipe too: this also waits until none of them is left.
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        assert done.stdout.startswith("['pymp-"), done.stdout + done.stderr
        until = time.monotonic() + 30
        while os.listdir(longest) and time.monotonic() < until:
            time.sleep(0.05)
        assert os.listdir(longest) == []


@pytest.mark.parametrize("wanted", [10, pytest.param(200, marks=pytest.mark.long)])
def test_sigkill_of_any_process_at_any_moment_loses_nothing_and_grades_nothing_twice(
    course: Course, tmp_path: Path, wanted: int
) -> None:
    script = tmp_path / "run.py"
    script.write_text(RUN)
    command = [sys.executable, str(script), str(tmp_path), str(Path(__file__).parent)]
    moments = random.Random(1)
    students: list[str] = []
    finished: dict[str, int] = {}

    def hand_in() -> None:
        """A class anew: where it grew, to look through it would take longer than to grade what is left."""
        shutil.rmtree(course.data, ignore_errors=True)
        students[:] = [f"s{number:03}" for number in range(40)]
        for student in students:
            submit(course, student, "takes its time")

    def reports() -> dict[str, int]:
        return {path.stem: path.stat().st_ino for path in (course.reports / WEEK).glob("*.json")}

    hand_in()
    started = time.perf_counter()
    subprocess.run(command, check=True)
    whole = time.perf_counter() - started
    hand_in()
    kills = 0
    while kills < wanted:
        run = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            run.wait(moments.uniform(0.2, 1) * whole)
        except subprocess.TimeoutExpired:
            victims = [run.pid] if kills % 2 else below(run.pid)
            if victims:
                kills += 1
                os.kill(moments.choice(victims), signal.SIGKILL)
        # The workers hold the pipe too: this also waits until none of them is left.
        _, errors = run.communicate(timeout=300)
        assert run.returncode in (0, -signal.SIGKILL), errors.decode()
        now = reports()
        assert finished.items() <= now.items(), "a finished report was lost or written again"
        finished = now
        if run.returncode == 0:
            assert set(finished) == set(recorded(course)) == set(students)
            assert not list(course.reports.rglob("*.running"))
            hand_in()
            finished = {}
    assert grade(course, workers=2).counts == {"graded": len(students)}
    assert finished.items() <= reports().items()
    assert set(recorded(course)) == set(students)
    assert not list(course.reports.rglob("*.running"))


def test_a_pool_is_made_though_the_resource_tracker_has_just_been_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = []

    def pool(*arguments: object) -> str:
        made.append(arguments)
        if len(made) == 1:
            raise BrokenPipeError
        return "a pool"

    monkeypatch.setattr(batch, "ProcessPoolExecutor", pool)
    assert batch.Workers(2).pool(2) == "a pool"  # type: ignore[comparison-overlap]
    assert len(made) == 2


@pytest.mark.parametrize("killed", [0, 1])
def test_a_worker_that_is_killed_while_the_run_ends_does_not_keep_it_from_ending(killed: int) -> None:
    """Of two idle workers one waits for work and holds the lock for which the other waits."""
    workers = batch.Workers(2)
    pool = workers.pool(2)
    processes: set[int] = set()
    while len(processes) < 2:
        processes |= set(pool.map(fakes.who_after, [0.2, 0.2]))
    both = sorted(processes)
    for process in both:
        os.kill(process, signal.SIGSTOP)
    closing = threading.Thread(target=workers.close, daemon=True)
    closing.start()
    # Once it has been told that the end has come, the pool does not watch its processes any more.
    closing.join(1)
    assert closing.is_alive()
    os.kill(both[killed], signal.SIGKILL)
    os.kill(both[1 - killed], signal.SIGCONT)
    closing.join(20)
    assert not closing.is_alive()
