"""The course as data: what `course_config.py` declares, checked, with the paths that follow from it."""

from __future__ import annotations

import dataclasses
import difflib
import importlib.util
import math
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent


class CourseError(Exception):
    """A mistake the reader can mend: one line that says what is wrong and what to do."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """``; did you mean 'x'?`` where one of the known names is meant, by a part of it or with a slip; or nothing."""
    known = list(known)
    meant = [other for other in known if name and (name in other or other in name)]
    if len(meant) != 1:
        meant = difflib.get_close_matches(name, known, 1, 0.75)
    return f"; did you mean {meant[0]!r}?" if meant else ""


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
class ExchangeLimits:
    """What a person may ask of the exchange service."""

    upload_mb: int = 100
    """One submission, release or feedback, all files together."""
    student_mb: int = 2000
    """A student's submissions together, every version."""
    versions: int = 100
    """Submissions of a student for one week: every one is kept."""
    uploads_per_hour: int = 60
    """Submissions begun by a student; half of them may come at once."""
    requests_per_minute: int = 1200
    """Requests of one person; 1 MB is sent with each."""
    reserve_mb: int = 1000
    """Room that is left on the disk."""

    def __post_init__(self) -> None:
        for name, value in dataclasses.asdict(self).items():
            if type(value) is not int or value <= 0:
                raise CourseError(
                    f"course_config.py: exchange.{name} must be a positive whole number, not {value!r}"
                )


SECONDS_PER_DAY = 86400


@dataclass(frozen=True, kw_only=True)
class LatePolicy:
    """What handing in late costs."""

    per_day: float = 0.1
    """Share of the points lost for each day begun after the deadline."""
    last_day: int = 5
    """After this day nothing counts any more."""
    grace_minutes: float = 0.0
    """Lateness that costs nothing. Once it is over, the first day begins at the deadline."""
    most: float = 1.0
    """Largest share of the points that is lost up to the last day."""
    free_days: int = 0
    """Late days that cost a student nothing, in the whole course; spent in the order of the deadlines."""

    def __post_init__(self) -> None:
        for name in ("per_day", "most"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or not 0 <= value <= 1:
                raise CourseError(f"course_config.py: late.{name} must lie between 0 and 1, not {value!r}")
        for name in ("last_day", "grace_minutes", "free_days"):
            value = getattr(self, name)
            if not isinstance(value, int | float) or value < 0:
                raise CourseError(f"course_config.py: late.{name} must not be negative, but is {value!r}")

    def days(self, seconds: float) -> int:
        """Days begun after the deadline, for a submission that many seconds late."""
        if seconds <= 60 * self.grace_minutes:
            return 0
        return math.ceil(seconds / SECONDS_PER_DAY)

    def share(self, days: int, free: int = 0) -> float:
        """Share of the points lost after that many late days, `free` of which cost nothing."""
        if days > self.last_day:
            return 1.0
        return min(self.per_day * max(days - free, 0), self.most)


@dataclass(frozen=True)
class Extension:
    """A student's own deadline for a week: ISO 8601 with a time zone."""

    student: str
    week: str
    until: str
    reason: str = ""

    def __post_init__(self) -> None:
        _zoned_time(self.until, f"the extension of {self.student} in {self.week}")


@dataclass(frozen=True)
class Exemption:
    """A week that does not count for a student."""

    student: str
    week: str
    reason: str = ""


def _zoned_time(text: str, what: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise CourseError(
            f"course_config.py: {what}: {text!r} is no ISO 8601 time; write it as '2027-03-01T23:59:00+00:00'"
        ) from None
    if time.tzinfo is None:
        raise CourseError(f"course_config.py: {what}: {text!r} needs a time zone, such as +00:00")
    return time


@dataclass(frozen=True, kw_only=True)
class Week:
    """One assignment: its name, title, reference module and deadline (ISO 8601 with a zone)."""

    name: str
    title: str
    reference: str
    deadline: str
    preload: tuple[str, ...] = ()
    """Modules imported once in the warm process, beyond NumPy, SciPy, scikit-learn, Matplotlib and SymPy."""
    resources: Mapping[str, float] = field(default_factory=dict)
    """What a worker of a cluster must offer to grade it, such as ``{"GPU": 1}``."""
    weight: float = 1.0
    """What the week counts in the course's total, beside the others."""
    canvas_id: int | None = None
    """The assignment's number in Canvas, where there is one already."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"week\d+_[a-z][a-z0-9_]*", self.name):
            raise CourseError(f"course_config.py: the week's name {self.name!r} should look like 'week4_gmm'")
        _zoned_time(self.deadline, f"{self.name}: the deadline")
        if not isinstance(self.weight, int | float) or self.weight < 0:
            raise CourseError(
                f"course_config.py: {self.name}: the weight must not be negative, but is {self.weight!r}"
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
    exchange: ExchangeLimits = field(default_factory=ExchangeLimits)
    extensions: tuple[Extension, ...] = ()
    exemptions: tuple[Exemption, ...] = ()
    drop_lowest: int = 0
    """Weeks left out of a student's total: those with the lowest share of their points."""
    sandbox_minimum: str = "kernel"
    """The weakest sandbox that may be used: ``kernel`` (Landlock, seccomp, rlimits) or ``namespaces``."""
    gradebook: str = ""
    """The gradebook's database as SQLAlchemy writes it, such as ``postgresql://course@db.example.edu/course``.

    Empty for what COURSE_GRADEBOOK names, or for a SQLite file among the data.
    """
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
        rules: list[Extension | Exemption] = [*self.extensions, *self.exemptions]
        for rule in rules:
            if rule.week not in names:
                raise CourseError(
                    f"course_config.py: {rule.student} has a rule of their own for {rule.week!r}, which is no week"
                )
            if isinstance(rule, Extension) and datetime.fromisoformat(rule.until) < self.week(rule.week).due:
                raise CourseError(
                    f"course_config.py: the extension of {rule.student} in {rule.week} ends before the deadline"
                )
        if not 0 <= self.drop_lowest < max(len(names), 1):
            raise CourseError(
                f"course_config.py: drop_lowest is {self.drop_lowest!r}; of {len(names)} weeks one must be left"
            )
        if self.data == Path():
            object.__setattr__(self, "data", _default_data(self.id))

    def week(self, name: str) -> Week:
        """The week of that name; raises CourseError naming the weeks there are."""
        for week in self.weeks:
            if week.name == name:
                return week
        known = [week.name for week in self.weeks]
        raise CourseError(
            f"there is no assignment {name!r}{did_you_mean(name, known)}; course_config.py has: {', '.join(known)}"
        )

    def extension(self, student: str, week: str) -> timedelta | None:
        """How much longer than the others a student has for a week; None where nothing is agreed."""
        due = self.week(week).due
        own = [
            datetime.fromisoformat(rule.until)
            for rule in self.extensions
            if (rule.student, rule.week) == (student, week)
        ]
        return max(own) - due if own else None

    def exempt(self, student: str, week: str) -> bool:
        """Whether the week does not count for the student."""
        return any((rule.student, rule.week) == (student, week) for rule in self.exemptions)

    def at(self, data: Path) -> Course:
        """The same course with all of its data in another folder: with a gradebook of its own there, too."""
        data = data.resolve()
        return dataclasses.replace(self, data=data, gradebook=_sqlite(data))

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
        """The gradebook's database, as SQLAlchemy writes it, with the driver for PostgreSQL that is used here."""
        url = self.gradebook or os.environ.get("COURSE_GRADEBOOK") or _sqlite(self.data)
        return re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url)

    def step(self, name: str) -> Path:
        """The folder of one of nbgrader's steps: source, submitted, autograded or feedback."""
        return self.data / name

    @property
    def reports(self) -> Path:
        """Where the durable grade reports lie: ``reports/<assignment>/<student>.json``."""
        return self.reports_folder or self.data / "reports"


def _sqlite(data: Path) -> str:
    return f"sqlite:///{data / 'gradebook.db'}"


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
