"""``course export otter WEEK``: one week as an autograder archive for Gradescope, which otter reads too.

The archive holds the engine, and of that week the hidden graders, the bank, the reference and the release. It holds
neither the course secret nor anything of another week, nor the students' names.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import json
import sys
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import notebook_runner
from autograder import bank
from autograder.config import Course, CourseError, Week
from autograder.grading.session import GraderError, GraderSession
from autograder.keys import course_secret, derive, submission_key
from autograder.nbgrader.gradebook import open_gradebook
from autograder.otter import gradescope
from autograder.submission import question_cells, read_release

ENGINE = Path(__file__).resolve().parent.parent
TEMPLATES = ENGINE / "otter" / "templates"
MODULES = (
    "__init__",
    "config",
    "grade",
    "keys",
    "results",
    "store",
    "submission",
    "bank/__init__",
    "graders/__init__",
    "grading/*",
    "otter/__init__",
    "otter/gradescope",
    "otter/plugin",
    "sandbox/*",
)
"""What of the engine grading needs."""
COURSE_FOLDER = "files_course"
"""Begins with "files", so that the image of ``otter grade`` has it; is not "files", which ``otter run`` would copy to
where the submission lies."""
UV = "0.13.9"
WHEN = (2000, 1, 1, 0, 0, 0)
"""The time of every file in the archive: exported twice, it has the same bytes."""

ENVIRONMENT = """# The image of `otter grade` wants this file; setup.sh installs requirements.txt.
name: course
dependencies:
  - python={python}
"""

COURSE_CONFIG = '''"""The course as this archive knows it: one week."""

from autograder.config import Course, Limits, Week

course = Course(
    id={id!r},
    title={title!r},
    weeks=({week!r},),
    limits={limits!r},
    sandbox_minimum={minimum!r},
)
'''


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    students: int
    """Students of the gradebook whose hidden inputs the archive draws as ``course grade`` does."""
    without_address: int
    """Those of them whose address is not known: their id must then be the part of their address before the @."""


def export_archive(course: Course, week: str, path: Path, visibility: str = "after_published") -> Exported:
    """Write the archive; raises CourseError where the week cannot be graded or a package is not pinned."""
    declared = course.week(week)
    if visibility not in gradescope.VISIBILITIES:
        raise CourseError(
            f"there is no visibility {visibility!r}; Gradescope knows {', '.join(gradescope.VISIBILITIES)}"
        )
    _check_graders(course, declared)
    with open_gradebook(course) as book:
        names = {student.id: [student.id, *filter(None, [student.email])] for student in book.students}
        addressed = sum(bool(student.email) for student in book.students)
    files = {
        **_scripts(),
        "requirements.txt": requirements(course, declared),
        "environment.yml": ENVIRONMENT.format(python=_python()),
        "otter_config.json": json.dumps(
            {"show_hidden": True, "plugins": ["autograder.otter.plugin.SandboxedGrading"]}, indent=1
        ),
    }
    packed = {name: text.encode() for name, text in files.items()}
    packed |= {f"tests/{test.name}": test.read_bytes() for test in _public_tests(course, week)}
    packed |= {f"{COURSE_FOLDER}/{name}": data for name, data in _course_files(course, declared).items()}
    keys = _keys(course, week, names)
    settings = {"week": week, "visibility": visibility, **keys}
    packed[f"{COURSE_FOLDER}/{gradescope.SETTINGS}"] = json.dumps(settings, indent=1).encode()
    _write_zip(path, packed)
    return Exported(path, len(names), len(names) - addressed)


def _check_graders(course: Course, week: Week) -> None:
    """Raise CourseError where not every question of the release has hidden tests that can be collected."""
    released = [name for name, _ in question_cells(read_release(course, week.name)).values()]
    try:
        with GraderSession(week.name, week.reference) as session:
            tested = set(session.questions)
    except (GraderError, ModuleNotFoundError) as problem:
        raise CourseError(f"{week.name} cannot be exported: {problem}") from None
    missing = [name for name in released if name not in tested]
    if missing:
        raise CourseError(
            f"{week.name} cannot be exported: {', '.join(missing)} has no hidden tests: write them in "
            f"autograder/graders/{week.name}.py"
        )


def _keys(course: Course, week: str, names: Mapping[str, Iterable[str]]) -> dict[str, object]:
    """The keys of the week, none of which leads to another week's or to the course secret."""
    try:
        secret = course_secret(course.secret)
    except (PermissionError, ValueError) as error:
        raise CourseError(str(error)) from None
    other = derive(secret, "archive", week)
    students = {
        gradescope.alias(other, name): submission_key(secret, student, week).hex()
        for student, aliases in sorted(names.items())
        for name in aliases
    }
    return {"other": other.hex(), "students": dict(sorted(students.items()))}


def _scripts() -> dict[str, str]:
    marks = {"@PYTHON@": _python(), "@UV@": UV}
    scripts = {}
    for path in sorted(TEMPLATES.iterdir()):
        text = path.read_text(encoding="utf-8")
        for mark, value in marks.items():
            text = text.replace(mark, value)
        scripts[path.name] = text
    return scripts


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def requirements(course: Course, week: Week) -> str:
    """The packages of the lock; for a week that uses PyTorch also that, in the version that is installed here."""
    lock = course.root / "requirements.lock"
    if not lock.is_file():
        raise CourseError(f"there is no {lock}, which pins the packages of the archive: run 'make lock'")
    text = lock.read_text(encoding="utf-8")
    if uses_torch(week):
        try:
            # Which build it is, for a CPU or a GPU, is the image's matter.
            text += f"torch=={version('torch').partition('+')[0]}\n"
        except PackageNotFoundError:
            raise CourseError(
                f"{week.name} uses PyTorch, which is not installed here: run 'make setup'"
            ) from None
    return text


def uses_torch(week: Week) -> bool:
    """Whether the week's reference or its warm process imports PyTorch."""
    reference = inspect.getsource(importlib.import_module(f"reference.{week.reference}"))
    imports = {line.split()[1].partition(".")[0] for line in reference.splitlines() if _is_import(line)}
    return "torch" in imports | {module.partition(".")[0] for module in week.preload}


def _is_import(line: str) -> bool:
    return line.startswith(("import ", "from "))


def _public_tests(course: Course, week: str) -> list[Path]:
    return sorted((course.release / week / "tests").glob("*.py"))


def _course_files(course: Course, week: Week) -> dict[str, bytes]:
    """The engine and the week, by their paths in the archive's folder of the course."""
    paths: dict[str, Path] = {}
    for module in (*MODULES, f"graders/{week.name}"):
        for path in sorted(ENGINE.glob(f"{module}.py")):
            paths[f"autograder/{path.relative_to(ENGINE).as_posix()}"] = path
    known = Path(inspect.getfile(bank)).parent / f"{week.name}.py"
    if known.is_file():
        paths[f"autograder/bank/{week.name}.py"] = known
    runner = Path(notebook_runner.__file__).parent
    paths |= {f"notebook_runner/{path.name}": path for path in sorted(runner.glob("*.py"))}
    reference = Path(inspect.getfile(importlib.import_module(f"reference.{week.reference}")))
    paths |= {f"reference/{path.name}": path for path in (reference.parent / "__init__.py", reference)}
    release = course.release / week.name
    for path in sorted(release.rglob("*")):
        if path.is_file():
            paths[f"release/{week.name}/{path.relative_to(release).as_posix()}"] = path
    files = {name: path.read_bytes() for name, path in paths.items()}
    week = dataclasses.replace(week, canvas_id=None)
    config = COURSE_CONFIG.format(
        id=course.id, title=course.title, week=week, limits=course.limits, minimum=course.sandbox_minimum
    )
    return {**files, "course_config.py": config.encode()}


def _write_zip(path: Path, files: Mapping[str, bytes]) -> None:
    """Write the archive whole or not at all. It holds keys and hidden tests: only its owner may read it."""
    temporary = path.with_name(f".{path.name}.new")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            temporary.chmod(0o600)
            for name, data in sorted(files.items()):
                entry = zipfile.ZipInfo(name, WHEN)
                entry.compress_type = zipfile.ZIP_DEFLATED
                executable = name in ("setup.sh", "run_autograder")
                entry.external_attr = (0o100755 if executable else 0o100644) << 16
                archive.writestr(entry, data)
        temporary.replace(path)
    except OSError as error:
        raise CourseError(f"{path} cannot be written: {error.strerror}") from None
    finally:
        temporary.unlink(missing_ok=True)
