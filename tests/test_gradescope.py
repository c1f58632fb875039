"""A week's archive in a folder laid out as Gradescope's /autograder: its own scripts, and what they leave."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dill
import nbformat
import pytest
from nbformat.v4 import new_code_cell

from autograder.batch import grade_assignment
from autograder.build import build
from autograder.config import Course, CourseError, load_course
from autograder.demo import Pupil, homework, read_class
from autograder.grade import feedback
from autograder.nbgrader.gradebook import add_students
from autograder.otter.archive import UV, export_archive, requirements
from autograder.results import QuestionResult, Report, TestResult
from autograder.store import read_reports
from autograder.submission import read_release

WEEK = "week4_gmm"
PUPILS = ("ada", "farid", "hiro", "viktor", "greta")
"""All right; a known mistake; edited cells; a process that ends itself; a file that cannot be read."""
SECONDS = 300
PLAIN_CONTAINER = (
    *("chown", "dac_override", "fowner", "fsetid", "kill", "setgid", "setuid", "setpcap", "net_bind_service"),
    *("net_raw", "sys_chroot", "mknod", "audit_write", "setfcap"),
)
"""What Docker leaves to root by default."""
ATTACK = """
import json, os, pathlib
for folder in ({root!r}, "/autograder"):
    for name in ("results/results.json", "source/run_otter.py", "source/files_course/gradescope.json"):
        try:
            (pathlib.Path(folder) / name).write_text('{{"score": 1000, "tests": []}}')
        except OSError:
            pass
        try:
            print("ATTACK" + " SUCCEEDED", (pathlib.Path(folder) / name).read_text())
        except OSError:
            pass
"""


def address(student: str) -> str:
    return f"{student}@example.org"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """A course with one week built and some students known: two by address, the others by id alone."""
    course = load_course()
    limits = dataclasses.replace(course.limits, cell_seconds=8.0)
    course = dataclasses.replace(
        course,
        data=tmp_path_factory.mktemp("course"),
        weeks=(course.week(WEEK), course.week("week7_vae")),
        limits=limits,
    )
    build(dataclasses.replace(course, release_folder=course.data / "release"), WEEK)
    students = [{"id": name, "email": address(name) if name in PUPILS[:2] else ""} for name in PUPILS]
    add_students(course, students)
    return course


@pytest.fixture(scope="module")
def pupils(course: Course) -> dict[str, Pupil]:
    everyone = read_class(course.root / "tests" / "classroom" / WEEK)
    return {pupil.name: pupil for pupil in everyone if pupil.name in PUPILS}


def hand_in(course: Course, pupil: Pupil, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(homework(pupil, read_release(course, WEEK)), indent=1)
    for verb, *rest in pupil.operations:
        if verb == "truncate":
            text = text[: int(len(text) * rest[0])]
    (folder / f"{WEEK}.ipynb").write_text(text)


@pytest.fixture(scope="module")
def reports(course: Course, pupils: dict[str, Pupil]) -> dict[str, Report]:
    """What ``course grade`` finds."""
    for pupil in pupils.values():
        hand_in(course, pupil, course.step("submitted") / pupil.name / WEEK)
    grade_assignment(course, WEEK, workers=1)
    return read_reports(course, WEEK)


@pytest.fixture(scope="module")
def archive(course: Course) -> Path:
    path = course.data / "archive.zip"
    done = export_archive(course, WEEK, path)
    assert (done.students, done.without_address) == (5, 3)
    return path


class Container:
    """A folder laid out as /autograder is, with the archive's scripts in it and what they install beside it."""

    def __init__(self, folder: Path, archive: Path) -> None:
        self.folder = folder
        self.root = folder / "autograder"
        self.source = self.root / "source"
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(self.source)
        shutil.copy(self.source / "run_autograder", self.root / "run_autograder")
        (self.root / "results").mkdir()
        self.environment = {
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
            "HOME": str(folder),
            "AUTOGRADER_DIR": str(self.root),
            "COURSE_VENV": str(folder / "venv"),
        }

    def set_up(self) -> str:
        """Run setup.sh with a Python that installs nothing; returns what was asked of pip."""
        name = f"python{sys.version_info.major}.{sys.version_info.minor}"
        log = self.folder / "pip.log"
        (self.folder / "bin").mkdir()
        fake = self.folder / "bin" / name
        fake.write_text(
            f"""#!/bin/sh
case "$1 $2" in
  "-m venv") mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
  "-m pip") echo "$@" >> {shlex.quote(str(log))} ;;
  *) exec {shlex.quote(sys.executable)} "$@" ;;
esac
"""
        )
        fake.chmod(0o755)
        done = self.run("bash", str(self.source / "setup.sh"))
        assert done.returncode == 0, done.stderr
        return log.read_text()

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            env={**self.environment, **environment},
            cwd="/",
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    def hand_in(self, fill: Callable[[Path], None], *addresses: str) -> None:
        shutil.rmtree(self.root / "submission", ignore_errors=True)
        (self.root / "submission").mkdir()
        fill(self.root / "submission")
        users = [
            {"email": address, "id": number, "name": "Somebody"} for number, address in enumerate(addresses)
        ]
        metadata = {"id": 1, "created_at": "2027-02-20T14:22:32.365935-07:00", "users": users}
        (self.root / "submission_metadata.json").write_text(json.dumps(metadata))

    def grade(self, *under: str, **environment: str) -> dict[str, Any]:
        """Run the script that Gradescope runs, `under` another program say; returns the results, checked."""
        (self.root / "results" / "results.json").unlink(missing_ok=True)
        (self.root / "run_autograder").chmod(0o755)
        done = self.run(*under, str(self.root / "run_autograder"), **environment)
        assert done.returncode == 0, done.stderr
        self.output = done.stdout + done.stderr
        return valid((self.root / "results" / "results.json").read_bytes())


def valid(data: bytes) -> dict[str, Any]:
    """Results after what Gradescope asks of them."""

    def constant(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    results: dict[str, Any] = json.loads(data.decode("utf-8"), parse_constant=constant)
    assert set(results) <= {
        "score", "execution_time", "output", "stdout_visibility", "extra_data", "tests"
    }  # and no leaderboard  # fmt: skip
    assert isinstance(results["score"], int | float)
    assert results["stdout_visibility"] == "hidden"
    for test in results["tests"]:
        assert set(test) <= {"name", "output", "output_format", "visibility", "score", "max_score", "status"}
        assert test["visibility"] in ("visible", "after_due_date", "after_published", "hidden")
        assert ("score" in test) == ("max_score" in test)
        assert 0 <= test.get("score", 0) <= test.get("max_score", 0)
        assert test.get("status", "passed") in ("passed", "failed")
        if test["name"].startswith("STAFF"):
            assert test["visibility"] == "hidden"
            assert "score" not in test
    return results


def for_students(results: dict[str, Any]) -> str:
    return "\n".join(
        f"{test['name']}\n{test['output']}" for test in results["tests"] if test["visibility"] != "hidden"
    )


def for_staff(results: dict[str, Any]) -> str:
    return "\n".join(test["output"] for test in results["tests"] if test["visibility"] == "hidden")


@pytest.fixture(scope="module")
def container(tmp_path_factory: pytest.TempPathFactory, archive: Path) -> Container:
    """A container that is set up."""
    container = Container(tmp_path_factory.mktemp("container"), archive)
    asked = container.set_up()
    assert (
        f"install --disable-pip-version-check --no-cache-dir -r {container.source}/requirements.txt" in asked
    )
    return container


@pytest.fixture
def broken(tmp_path: Path, archive: Path, container: Container) -> Container:
    """Another one, to be damaged."""
    other = Container(tmp_path, archive)
    other.environment["COURSE_VENV"] = container.environment["COURSE_VENV"]
    other.hand_in(lambda folder: (folder / f"{WEEK}.ipynb").write_text("{}"), address("ada"))
    return other


# The same grades


@pytest.mark.parametrize("name", PUPILS)
def test_the_result_equals_course_grades(
    course: Course,
    container: Container,
    pupils: dict[str, Pupil],
    reports: dict[str, Report],
    name: str,
) -> None:
    container.hand_in(lambda folder: hand_in(course, pupils[name], folder), address(name))
    results, report = container.grade(), reports[name]
    assert results["extra_data"]["status"] == report.status
    if report.status == "unreadable":
        assert results["score"] == 0
        assert report.problem in for_students(results)
        return
    assert results["score"] == report.points
    tests = {test["name"]: test for test in results["tests"] if "score" in test}
    assert list(tests) == [question.name for question in report.questions]
    for question in report.questions:
        test = tests[question.name]
        assert (test["score"], test["max_score"]) == (question.points, question.max_points)
        assert test["output"] == feedback(question)[0]["data"]["text/plain"]
        assert test["visibility"] == "after_published"
    # The same inputs were drawn: the staff read the same values.
    details = [test.detail for question in report.questions for test in question.tests if test.detail]
    assert all(first_line(detail) in for_staff(results) for detail in details)
    assert not any(first_line(detail) in for_students(results) for detail in details if len(detail) > 40)
    assert "is not among the students" not in for_staff(results)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give up what a plain container's root lacks")
def test_the_result_is_the_same_with_the_rights_of_a_plain_container(
    course: Course, container: Container, pupils: dict[str, Pupil], reports: dict[str, Report]
) -> None:
    rights = ",".join(["-all", *(f"+{name}" for name in PLAIN_CONTAINER)])
    container.hand_in(lambda folder: hand_in(course, pupils["farid"], folder), address("farid"))
    results = container.grade("setpriv", f"--bounding-set={rights}", f"--inh-caps={rights}")
    assert "network namespace" not in for_staff(results)
    assert results["score"] == reports["farid"].points


def first_line(text: str) -> str:
    return text.splitlines()[0]


def test_someone_who_is_not_in_the_gradebook_is_graded_and_the_staff_are_told(
    course: Course, container: Container, pupils: dict[str, Pupil], reports: dict[str, Report]
) -> None:
    container.hand_in(
        lambda folder: hand_in(course, pupils["ada"], folder), "eve@example.org", address("ada")
    )
    results = container.grade()
    assert results["score"] == reports["ada"].points
    assert "eve@example.org is not among the students" in for_staff(results)
    assert "handed in by 2 people" in for_staff(results)


def test_the_zip_file_that_students_export_is_graded_too(
    course: Course, container: Container, pupils: dict[str, Pupil], reports: dict[str, Report], tmp_path: Path
) -> None:
    hand_in(course, pupils["ada"], tmp_path)

    def packed(folder: Path) -> None:
        with zipfile.ZipFile(folder / f"{WEEK}_2026_11_21T10_00_00_000000.zip", "w") as exported:
            exported.write(tmp_path / f"{WEEK}.ipynb", f"{WEEK}.ipynb")
            exported.writestr("__zip_filename__", "x.zip")

    container.hand_in(packed, address("ada"))
    assert container.grade()["score"] == reports["ada"].points


def test_students_code_reaches_neither_the_results_nor_the_archive(
    course: Course, container: Container, pupils: dict[str, Pupil], reports: dict[str, Report]
) -> None:
    def attack(folder: Path) -> None:
        hand_in(course, pupils["farid"], folder)
        notebook = nbformat.read(folder / f"{WEEK}.ipynb", as_version=4)
        notebook.cells.insert(0, new_code_cell(ATTACK.format(root=str(container.root)), id="own-attack"))
        nbformat.write(notebook, folder / f"{WEEK}.ipynb")

    before = {path: path.read_bytes() for path in container.source.rglob("*") if path.is_file()}
    container.hand_in(attack, address("farid"))
    results = container.grade()
    assert results["score"] == reports["farid"].points
    assert "ATTACK SUCCEEDED" not in json.dumps(results) + container.output
    assert {path: path.read_bytes() for path in container.source.rglob("*") if path.is_file()} == before


# When something is missing or fails


def said_to_staff(results: dict[str, Any], words: str) -> None:
    assert (results["score"], results["extra_data"]["status"]) == (0, "could_not_grade")
    assert "no fault of yours" in for_students(results)
    assert words not in for_students(results)
    assert words in for_staff(results), for_staff(results)


def test_a_missing_submission_is_told_to_the_staff(broken: Container) -> None:
    shutil.rmtree(broken.root / "submission")
    said_to_staff(broken.grade(), "there is no folder")


def test_an_empty_submission_has_no_grade_and_says_what_is_missing(broken: Container) -> None:
    broken.hand_in(lambda folder: None, address("ada"))
    results = broken.grade()
    assert results["extra_data"]["status"] == "unreadable"
    assert "there is no notebook" in for_students(results)


def test_missing_metadata_are_no_obstacle(broken: Container) -> None:
    (broken.root / "submission_metadata.json").unlink()
    assert broken.grade()["extra_data"]["status"] == "unreadable"


def test_an_image_that_was_not_built_to_its_end_is_told_to_the_staff(
    broken: Container, tmp_path: Path
) -> None:
    said_to_staff(broken.grade(COURSE_VENV=str(tmp_path / "nowhere")), "setup.sh did not run to its end")


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("gradescope.json", "{", "gradescope.json in the archive cannot be read"),
        ("autograder/graders/week4_gmm.py", "import nothing_such\n", "nothing_such"),
        ("autograder/otter/gradescope.py", "raise SystemExit(3)\n", "did not reach its end"),
        (
            "autograder/otter/gradescope.py",
            "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
            "did not reach",
        ),
        ("autograder/sandbox/__init__.py", "import nothing_such\n", "nothing_such"),
    ],
)
def test_a_damaged_archive_leaves_valid_results_that_tell_the_staff(
    broken: Container, file: str, text: str, words: str
) -> None:
    (broken.source / "files_course" / file).write_text(text)
    said_to_staff(broken.grade(), words)


def test_a_sandbox_below_the_minimum_is_refused_by_name(broken: Container) -> None:
    config = broken.source / "files_course" / "course_config.py"
    config.write_text(config.read_text().replace("sandbox_minimum='kernel'", "sandbox_minimum='namespaces'"))
    assert "sandbox_minimum='namespaces'" in config.read_text()
    engine = broken.source / "files_course" / "autograder" / "sandbox" / "sandbox.py"
    text = engine.read_text()
    assert "self._launch(preload, namespaces=True)" in text
    refused = 'raise SandboxError("a container without namespaces")'
    engine.write_text(text.replace("self._launch(preload, namespaces=True)", refused))
    said_to_staff(broken.grade(), "namespaces cannot be had here (a container without namespaces)")


def test_a_question_that_could_not_be_graded_has_no_score(broken: Container) -> None:
    from autograder.otter.gradescope import results_of

    questions = [
        QuestionResult(
            name=name, max_points=5, tests=[TestResult(name="t", weight=1, outcome=outcome, line="adds")]
        )
        for name, outcome in (("a", "passed"), ("b", "could_not_grade"))
    ]
    report = Report(
        assignment=WEEK, student="ada", status="could_not_grade", questions=questions, problem="b failed"
    )
    results = valid(json.dumps(results_of(report, "visible")).encode())
    assert results["score"] == 5
    assert [test.get("score") for test in results["tests"][:2]] == [5, None]
    assert "not graded yet" in for_students(results)
    assert "b failed" in for_staff(results)


# What the archive holds


def members(archive: Path) -> Iterator[tuple[zipfile.ZipInfo, bytes]]:
    with zipfile.ZipFile(archive) as packed:
        for member in packed.infolist():
            yield member, packed.read(member)


def test_the_archive_holds_one_week_and_no_secret(course: Course, archive: Path) -> None:
    secret = course.secret.read_bytes()
    names = [member.filename for member, _ in members(archive)]
    assert {"setup.sh", "run_autograder", "run_otter.py", "requirements.txt", "tests/e_step.py"} <= set(names)
    assert not [name for name in names if re.search(r"week(?!4_gmm)\d", name)]
    others = {week.reference for week in load_course().weeks} - {"gmm"}
    assert not [name for name in names if Path(name).stem in others]
    for member, data in members(archive):
        assert secret not in data and secret.hex().encode() not in data, member.filename
        for student in PUPILS:
            assert not re.search(rb"\b%s\b" % student.encode(), data), member.filename
    config = dict((m.filename, d.decode()) for m, d in members(archive))["files_course/course_config.py"]
    assert "week7" not in config and "xemption" not in config
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600


def test_every_module_of_the_engine_that_the_archive_imports_is_in_it(archive: Path) -> None:
    texts = {member.filename: data for member, data in members(archive) if member.filename.endswith(".py")}
    own = {name.removeprefix("files_course/") for name in texts}
    for name, data in texts.items():
        for module in re.findall(rb"^ *(?:from|import) (autograder[.\w]*)", data, re.MULTILINE):
            path = module.decode().replace(".", "/")
            assert {f"{path}.py", f"{path}/__init__.py"} & own, f"{name} imports {module.decode()}"


def test_the_scripts_are_executable_and_exporting_again_gives_the_same_bytes(
    course: Course, archive: Path, tmp_path: Path
) -> None:
    modes = {member.filename: member.external_attr >> 16 for member, _ in members(archive)}
    assert modes["setup.sh"] == modes["run_autograder"] == 0o100755
    export_archive(course, WEEK, tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == archive.read_bytes()


def test_every_package_is_pinned_and_torch_is_there_only_where_it_is_used(course: Course) -> None:
    lines = {week.name: requirements(course, week).splitlines() for week in course.weeks}
    assert all("==" in line for week in lines.values() for line in week)
    assert not [line for line in lines[WEEK] if line.startswith("torch")]
    assert [line for line in lines["week7_vae"] if line.startswith("torch==") and "+" not in line]


def test_setup_fetches_a_python_where_the_image_has_another(tmp_path: Path, archive: Path) -> None:
    """With programs that only note what they are asked to do."""
    container = Container(tmp_path, archive)
    log = tmp_path / "log"
    (tmp_path / "bin").mkdir()
    note = f'echo "$(basename "$0") $*" >> {shlex.quote(str(log))}\n'
    python = """case "$*" in
  *"uv python find"*) echo "$HOME/brought" ;;
  *"-m venv"*) mkdir -p "$3/bin"; cp "$0" "$3/bin/python" ;;
esac
"""
    for name, text in {"apt-get": 'case "$*" in *python3.1*) exit 100 ;; esac\n', "python3": python}.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{note}{text}")
        (tmp_path / "bin" / name).chmod(0o755)
    shutil.copy(tmp_path / "bin" / "python3", tmp_path / "brought")
    for tool in ("bash", "mkdir", "cp", "basename"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    container.environment["PATH"] = str(tmp_path / "bin")
    done = container.run("bash", str(container.source / "setup.sh"))
    assert done.returncode == 0, done.stderr
    asked = log.read_text()
    assert f"python3 -m pip install uv=={UV}" in asked
    assert "python3 -m uv python install 3." in asked
    assert f"brought -m venv {tmp_path / 'venv'}" in asked
    assert "-r" in asked.split("python -m pip install")[-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "week9_none", "reference": "gmm"}, "no readable release"),
        ({"name": "week4_gmm", "reference": "nothing"}, "cannot be exported"),
    ],
)
def test_a_week_that_cannot_be_graded_is_not_exported(
    course: Course, tmp_path: Path, change: dict[str, str], words: str
) -> None:
    week = dataclasses.replace(course.week(WEEK), **change)
    with pytest.raises(CourseError, match=words):
        export_archive(dataclasses.replace(course, weeks=(week,)), week.name, tmp_path / "x.zip")
    assert not list(tmp_path.iterdir())


def test_a_week_without_hidden_graders_is_not_exported(course: Course, tmp_path: Path) -> None:
    week = dataclasses.replace(course.week(WEEK), name="week9_none")
    release = tmp_path / "release" / "week9_none"
    release.mkdir(parents=True)
    shutil.copy(course.release / WEEK / f"{WEEK}.ipynb", release / "week9_none.ipynb")
    without = dataclasses.replace(course, weeks=(week,), release_folder=release.parent)
    with pytest.raises(CourseError, match="week9_none has no hidden graders: write"):
        export_archive(without, "week9_none", tmp_path / "x.zip")


def test_a_question_without_hidden_tests_is_named(course: Course, tmp_path: Path) -> None:
    release = tmp_path / "release" / WEEK
    shutil.copytree(course.release / WEEK, release)
    text = (release / f"{WEEK}.ipynb").read_text()
    (release / f"{WEEK}.ipynb").write_text(text.replace('"grade_id": "bic"', '"grade_id": "aic"'))
    with pytest.raises(CourseError, match="aic has no hidden tests"):
        export_archive(dataclasses.replace(course, release_folder=release.parent), WEEK, tmp_path / "x.zip")


def test_an_unknown_visibility_is_refused(course: Course, tmp_path: Path) -> None:
    with pytest.raises(CourseError, match="there is no visibility 'public'"):
        export_archive(course, WEEK, tmp_path / "x.zip", "public")


# otter's own programs on the archive


@pytest.mark.parametrize("name", ["farid", "greta"])
def test_otter_run_gives_the_engines_points(
    course: Course,
    archive: Path,
    pupils: dict[str, Pupil],
    reports: dict[str, Report],
    tmp_path: Path,
    name: str,
) -> None:
    hand_in(course, pupils[name], tmp_path)
    log = tmp_path / ".OTTER_LOG"
    log.write_bytes(dill.dumps("never unpickled"))
    with zipfile.ZipFile(tmp_path / "submission.zip", "w") as packed:
        packed.write(tmp_path / f"{WEEK}.ipynb", f"{WEEK}.ipynb")
        packed.write(log, log.name)
    (tmp_path / "out").mkdir()
    command = [sys.executable, "-m", "otter", "run", "-a", str(archive), "-o", str(tmp_path / "out")]
    done = subprocess.run(
        [*command, str(tmp_path / "submission.zip")],
        env={**os.environ, "PYTHONPATH": str(course.root)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    if reports[name].status != "graded":
        assert done.returncode != 0
        return
    assert done.returncode == 0, done.stderr
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    points = {test["name"]: test["score"] for test in results["tests"] if "score" in test}
    assert points == {question.name: question.points for question in reports[name].questions}


class FolderDocker:
    """Docker as far as ``otter grade`` uses it, with folders for containers: no image is fetched, no setup.sh run."""

    def __init__(self, folder: Path, venv: str) -> None:
        self.folder = folder
        self.venv = venv
        self.container = self
        self.started: dict[Path, int] = {}

    def build(self, context: str, *, file: str, **_: Any) -> None:
        """Lay the image out by the ADD lines of the Dockerfile."""
        image = self.folder / "image"
        for line in re.findall(r"^ADD (.*)$", Path(file).read_text(), re.MULTILINE):
            *sources, target = line.split()
            place = image / target.removeprefix("/")
            for source in sources:
                found = list(Path(context).glob(source))
                assert found, f"otter's Dockerfile wants {source}"
                for path in found:
                    (place if target.endswith("/") else place.parent).mkdir(parents=True, exist_ok=True)
                    if path.is_dir():
                        shutil.copytree(path, place, dirs_exist_ok=True)
                    else:
                        shutil.copy(path, place)
        (image / "autograder" / "submission_metadata.json").touch()

    def create(self, image: str, command: list[str], networks: list[str]) -> FolderContainer:
        assert (command, networks) == (["/autograder/run_autograder"], ["none"])
        container = FolderContainer(self.folder / f"container{len(self.started)}", self.venv)
        self.started[container.folder] = 0
        shutil.copytree(self.folder / "image", container.folder)
        return container

    def copy(self, source: Any, target: Any) -> None:
        source, target = (
            place if isinstance(place, str) else place[0].folder / place[1].removeprefix("/")
            for place in (source, target)
        )
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)

    def start(self, container: FolderContainer) -> None:
        container.start()

    def wait(self, container: FolderContainer) -> int:
        return container.code

    def logs(self, container: FolderContainer) -> str:
        return container.output


class FolderContainer:
    id = "0123456789ab"

    def __init__(self, folder: Path, venv: str) -> None:
        self.folder = folder
        self.venv = venv

    def start(self) -> None:
        root = self.folder / "autograder"
        (root / "run_autograder").chmod(0o755)
        done = subprocess.run(
            [str(root / "run_autograder")],
            env={"PATH": "/usr/bin:/bin", "AUTOGRADER_DIR": str(root), "COURSE_VENV": self.venv},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        self.code, self.output = done.returncode, done.stdout + done.stderr
        self.results = valid((root / "results" / "results.json").read_bytes())

    def remove(self) -> None:
        shutil.rmtree(self.folder)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of a package that otter imports
def test_otter_grade_gives_the_engines_points_but_for_its_image(
    course: Course,
    archive: Path,
    container: Container,
    pupils: dict[str, Pupil],
    reports: dict[str, Report],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """otter's own code from the archive to the table of grades, with folders in the place of Docker's containers."""
    import otter.grade
    from otter.grade import containers

    (tmp_path / "submitted").mkdir()
    for name in ("farid", "greta"):
        hand_in(course, pupils[name], tmp_path / name)
        shutil.copy(tmp_path / name / f"{WEEK}.ipynb", tmp_path / "submitted" / f"{name}.ipynb")
    docker = FolderDocker(tmp_path, container.environment["COURSE_VENV"])
    monkeypatch.setattr(containers, "docker", docker)
    otter.grade.main(
        name="gmm",
        paths=[str(tmp_path / "submitted")],
        autograder=str(archive),
        output_dir=str(tmp_path),
        containers=1,
        no_network=True,
    )
    with open(tmp_path / "final_grades.csv", newline="") as file:
        rows = {row["file"]: row for row in csv.DictReader(file)}
    for question in reports["farid"].questions:
        assert float(rows["farid.ipynb"][question.name]) == pytest.approx(question.points)
    assert rows["greta.ipynb"]["grading_status"] != rows["farid.ipynb"]["grading_status"]
