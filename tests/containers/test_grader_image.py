"""The grader's image gives the grades that are given outside, without network, rights or a disk to write on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from container_engine import Engine, free_port, wait_for

from autograder import batch
from autograder.build import build
from autograder.config import Course, load_course
from autograder.demo import homework, read_class
from autograder.nbgrader.gradebook import add_students
from autograder.store import read_reports
from autograder.submission import read_release

WEEK = "week1_bayes"
STUDENTS = 8
WALLS = ("--cap-drop=ALL", "--security-opt=no-new-privileges", "--read-only", "--tmpfs=/tmp:size=1g")


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A week that a few students have handed in, graded outside."""
    course = load_course().at(tmp_path_factory.mktemp("outside") / "data")
    build(course, WEEK)
    release = read_release(course, WEEK)
    handed_in = 0
    for pupil in read_class(course.root / "tests" / "classroom" / WEEK):
        if not pupil.operations and not pupil.extra and handed_in < STUDENTS:
            handed_in += 1
            add_students(course, [{"id": pupil.name}])
            folder = course.step("submitted") / pupil.name / WEEK
            folder.mkdir(parents=True)
            (folder / f"{WEEK}.ipynb").write_text(json.dumps(homework(pupil, release)))
            (folder / "timestamp.txt").write_text("2027-01-30 12:00:00 UTC")
    course.secret.parent.mkdir()
    course.secret.write_bytes(bytes(range(32)))
    course.secret.chmod(0o600)
    before = course.data.parent / "before"
    shutil.copytree(course.data, before)
    batch.grade_assignment(course, WEEK, workers=2)
    return course


@pytest.fixture
def inside(course: Course, tmp_path: Path) -> Path:
    """The same week before it was graded, as the image's user has it."""
    folder = tmp_path / "data"
    shutil.copytree(course.data.parent / "before", folder)
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, 1000, 100)
    return folder


def grades(course: Course, data: Path) -> dict[str, dict[str, float | None]]:
    """Points by student and question."""
    return {
        student: {question.name: question.points for question in report.questions}
        for student, report in read_reports(course.at(data), WEEK).items()
        if report.status == "graded"
    }


def test_the_grades_are_those_given_outside(engine: Engine, course: Course, inside: Path):
    image = engine.image("grader")
    words = ("--network=none", "--memory=6g", "--pids-limit=512", f"--volume={inside}:/data", image)
    engine.run("run", "--rm", *WALLS, *words, "course", "grade", WEEK, "--workers", "2", seconds=1200)
    outside = grades(course, course.data)
    assert len(outside) == STUDENTS
    assert grades(course, inside) == outside


def test_workers_in_containers_give_the_same_grades_though_one_dies_in_the_middle(
    engine: Engine, course: Course, inside: Path
):
    image, port = engine.image("grader"), free_port()
    address = f"tcp://127.0.0.1:{port}"
    common = ("--network=host", *WALLS, "--memory=4g", "--pids-limit=512", f"--volume={inside}:/data", image)
    listening = ("--host", "127.0.0.1", "--no-dashboard")
    started = [engine.out("run", "--detach", *common, "dask", "scheduler", *listening, "--port", str(port))]
    worker = (
        "dask",
        "worker",
        address,
        "--nthreads",
        "1",
        "--no-nanny",
        *listening,
        "--local-directory",
        "/tmp",
    )
    workers = [engine.out("run", "--detach", *common, *worker) for _ in range(2)]
    started += workers
    try:
        for name in workers:
            wait_for(lambda name=name: "Registered to" in _said(engine, name), 120)
        run = engine.start("run", "--rm", *common, "course", "grade", WEEK, "--cluster", address)
        try:
            wait_for(lambda: len(list((inside / "reports" / WEEK).glob("*.json"))) >= 2, 600)
            engine.run("kill", workers[0])
        finally:
            said, _ = run.communicate(timeout=1200)
        assert run.returncode == 0, said
        assert grades(course, inside) == grades(course, course.data)
    finally:
        engine.run("rm", "--force", *started)


def _said(engine: Engine, container: str) -> str:
    done = engine.run("logs", container)
    return done.stdout + done.stderr


def test_the_image_is_fit_to_grade(engine: Engine):
    image = engine.image("grader")
    own = ("--network=none", "--memory=4g", "--tmpfs=/data:uid=1000,mode=0700")
    said = engine.out("run", "--rm", *WALLS, *own, image)
    assert "a cell ran: ok" in said
    assert "as in requirements.lock" in said


def test_nothing_secret_is_in_it(engine: Engine):
    for target in ("grader", "hub"):
        names = [entry.name for entry, _ in engine.files(engine.image(target)) if entry.isreg()]
        own = [name for name in names if name.startswith(("srv/", "data", "exchange", "home", "run/secrets"))]
        assert not [name for name in own if name.endswith((".key", ".db", ".sqlite", ".whl"))]
        assert not [
            name
            for name in own
            if "/secrets/" in name or "/site/" in name or name.startswith("srv/course/tests/")
        ]
        assert "srv/course/autograder/config.py" in own
