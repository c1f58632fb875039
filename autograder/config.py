"""The course as data: what `course_config.py` declares, checked, with the paths that follow from it."""

from __future__ import annotations

import dataclasses
import importlib.util
import os
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


class CourseError(Exception):
    """A mistake the reader can mend: one line that says what is wrong and what to do."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """What one submission may use while it is graded."""

    cell_seconds: float = 20.0
    """Wall-clock seconds for one cell."""
    submission_seconds: float = 120.0
    """Wall-clock seconds for all cells and calls together."""
    memory_mb: int = 2048
    """Memory beyond what the warm process holds already."""
    processes: int = 64
    """Processes and threads at once."""
    scratch_mb: int = 128
    """Files the notebook may write."""
    output_kb: int = 2048
    """Printed text and pictures kept, all cells together."""
    notebook_mb: int = 20
    """Size of a submitted notebook."""

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if not isinstance(value, int | float) or value <= 0:
                raise CourseError(f"course_config.py: limits.{name} must be a positive number, not {value!r}")


@dataclass(frozen=True, kw_only=True)
class LatePolicy:
    """Share of the points lost for each day begun after the deadline, and the day after which nothing counts."""

    per_day: float = 0.1
    last_day: int = 5

    def __post_init__(self) -> None:
        if not 0 <= self.per_day <= 1:
            raise CourseError(
                f"course_config.py: late.per_day must lie between 0 and 1, not {self.per_day!r}"
            )


@dataclass(frozen=True, kw_only=True)
class Week:
    """One assignment: its name, title, reference module and deadline (ISO 8601 with a zone)."""

    name: str
    title: str
    reference: str
    deadline: str
    preload: tuple[str, ...] = ()
    """Modules imported once in the warm process, beyond NumPy, SciPy, scikit-learn, Matplotlib and SymPy."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"week\d+_[a-z][a-z0-9_]*", self.name):
            raise CourseError(f"course_config.py: the week's name {self.name!r} should look like 'week4_gmm'")
        try:
            due = datetime.fromisoformat(self.deadline)
        except (TypeError, ValueError):
            raise CourseError(
                f"course_config.py: {self.name}: the deadline {self.deadline!r} is no ISO 8601 time; "
                "write it as '2027-03-01T23:59:00+00:00'"
            ) from None
        if due.tzinfo is None:
            raise CourseError(
                f"course_config.py: {self.name}: the deadline needs a time zone, such as +00:00"
            )

    @property
    def due(self) -> datetime:
        """The deadline as an aware datetime."""
        return datetime.fromisoformat(self.deadline)

    @property
    def due_utc(self) -> datetime:
        """The deadline as nbgrader stores it: in UTC, without a zone."""
        return self.due.astimezone(UTC).replace(tzinfo=None)


@dataclass(frozen=True, kw_only=True)
class Course:
    """The whole course, with the paths that follow from it.

    `root` holds the sources (this repository). `data` holds what a running course makes: the gradebook,
    submissions, reports and the course secret; it lies outside the repository.
    """

    id: str
    title: str
    weeks: tuple[Week, ...]
    limits: Limits = field(default_factory=Limits)
    late: LatePolicy = field(default_factory=LatePolicy)
    sandbox_minimum: str = "kernel"
    """The weakest sandbox that may be used: ``kernel`` (Landlock, seccomp, rlimits) or ``namespaces``."""
    root: Path = REPOSITORY
    data: Path = Path()
    release_folder: Path | None = None
    reports_folder: Path | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", self.id):
            raise CourseError(
                f"course_config.py: the course id {self.id!r} may hold small letters, digits, - and _"
            )
        names = [week.name for week in self.weeks]
        if len(set(names)) != len(names):
            raise CourseError("course_config.py: two weeks have the same name")
        if self.sandbox_minimum not in ("kernel", "namespaces"):
            raise CourseError(
                f"course_config.py: sandbox_minimum is {self.sandbox_minimum!r}; use 'kernel' or 'namespaces'"
            )
        if self.data == Path():
            object.__setattr__(self, "data", _default_data(self.id))

    def week(self, name: str) -> Week:
        """The week of that name; raises CourseError naming the weeks there are."""
        for week in self.weeks:
            if week.name == name:
                return week
        known = ", ".join(week.name for week in self.weeks)
        raise CourseError(f"there is no assignment {name!r}; course_config.py has: {known}")

    def at(self, data: Path) -> Course:
        """The same course with its data in another folder."""
        return dataclasses.replace(self, data=data.resolve())

    @property
    def assignments(self) -> Path:
        """Where the notebook sources lie."""
        return self.root / "assignments"

    @property
    def release(self) -> Path:
        """Where the student versions lie."""
        return self.release_folder or self.root / "release"

    @property
    def secret(self) -> Path:
        """The course secret."""
        return self.data / "keys" / "course.key"

    @property
    def gradebook_url(self) -> str:
        """The gradebook's database, as SQLAlchemy writes it."""
        return os.environ.get("COURSE_GRADEBOOK", f"sqlite:///{self.data / 'gradebook.db'}")

    def step(self, name: str) -> Path:
        """The folder of one of nbgrader's steps: source, submitted, autograded or feedback."""
        return self.data / name

    @property
    def reports(self) -> Path:
        """Where the durable grade reports lie: ``reports/<assignment>/<student>.json``."""
        return self.reports_folder or self.data / "reports"


def _default_data(course_id: str) -> Path:
    chosen = os.environ.get("COURSE_DATA")
    if chosen:
        return Path(chosen).expanduser().resolve()
    base = os.environ.get("XDG_DATA_HOME") or "~/.local/share"
    return (Path(base) / course_id).expanduser().resolve()


def load_course(path: Path | None = None) -> Course:
    """The course declared in a `course_config.py`; raises CourseError for anything wrong in it."""
    path = path or REPOSITORY / "course_config.py"
    if not path.is_file():
        raise CourseError(f"there is no {path}: run the command in the course's repository")
    spec = importlib.util.spec_from_file_location("course_config", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except CourseError:
        raise
    except Exception as error:
        raise CourseError(f"{path.name}: {type(error).__name__}: {error}") from None
    course = getattr(module, "course", None)
    if not isinstance(course, Course):
        raise CourseError(f"{path.name} must define 'course = Course(...)'")
    return course
