"""What works on this host and what is missing, before a class finds out: ``course doctor``."""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import stat
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from packaging.version import Version
from sqlalchemy.engine import make_url

from autograder.config import SECONDS_PER_DAY, Course, CourseError
from autograder.sandbox import Sandbox, SandboxError
from notebook_runner import kernel

State = Literal["ok", "warning", "failed"]
Progress = Callable[[int, int, str], None]
ENOUGH_BYTES = 5 * 2**30
OLDEST_PYTHON = (3, 11)
OLDEST_HUB = "5.5.1"
"""Older ones let a service with a filtered group role widen its own rights."""
SKEW = 2.0
"""Seconds by which the clocks of this machine and of its disk may differ."""
UNSYNCHRONISED = 0x40
"""The kernel's STA_UNSYNC: nothing keeps the clock right."""
MANY_STUDENTS = 250
"""Beyond so many a course has several graders, who wait for each other where the gradebook is one file."""
NETWORK_FILE_SYSTEMS = {
    *("9p", "afs", "beegfs", "ceph", "cifs", "davfs", "glusterfs", "gpfs", "lustre", "nfs", "nfs4", "ocfs2"),
    *("orangefs", "smb3", "smbfs", "virtiofs"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: how it stands, and what to do where it does not."""

    what: str
    state: State
    found: str
    advice: str = ""


def examine(course: Course, progress: Progress = lambda *_: None) -> list[Finding]:
    """Look at everything; a check that fails itself is a finding, too.

    `progress` is called with the number of checks that are done, that of all, and the name of the next.
    """
    findings = []
    for done, check in enumerate(CHECKS):
        name = check.__name__.removeprefix("_").replace("_", " ")
        progress(done, len(CHECKS), name)
        try:
            findings += list(check(course))
        except Exception as error:
            findings.append(Finding(name, "failed", f"{type(error).__name__}: {error}"))
    return findings


def _python(course: Course) -> Iterator[Finding]:
    found = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        wanted = ".".join(map(str, OLDEST_PYTHON))
        advice = f"install Python {wanted} or newer, then run 'make clean' and 'make setup'"
        yield Finding("Python", "failed", f"{found}; the course needs {wanted}", advice)
    else:
        yield Finding("Python", "ok", found)


def _preloads(course: Course) -> Iterator[Finding]:
    """Packages that a week's notebook imports, and the lock does not hold: PyTorch."""
    for week in course.weeks:
        missing = sorted({name.partition(".")[0] for name in week.preload if not _importable(name)})
        if missing:
            advice = "run 'make setup', which installs PyTorch too"
            yield Finding(week.name, "failed", f"needs {', '.join(missing)}, not installed", advice)


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def _packages(course: Course) -> Iterator[Finding]:
    lock = course.root / "requirements.lock"
    if not lock.is_file():
        yield Finding("packages", "warning", "there is no requirements.lock to compare with")
        return
    differing = []
    for line in lock.read_text().splitlines():
        wanted = Requirement(line)
        if wanted.marker is not None and not wanted.marker.evaluate():
            continue
        try:
            installed = version(wanted.name)
        except PackageNotFoundError:
            installed = "missing"
        if not wanted.specifier.contains(installed if installed != "missing" else "0", prereleases=True):
            differing.append(f"{wanted.name} {installed}, not {str(wanted.specifier).lstrip('=')}")
    if differing:
        more = f" and {len(differing) - 5} more" if len(differing) > 5 else ""
        yield Finding("packages", "warning", "; ".join(differing[:5]) + more, "run 'make setup'")
    else:
        yield Finding("packages", "ok", "as in requirements.lock")


def _sandbox(course: Course) -> Iterator[Finding]:
    version_ = kernel.landlock_version()
    if not version_:
        advice = (
            "use Linux 5.13 or newer with 'landlock' among its security modules (/sys/kernel/security/lsm)"
        )
        yield Finding("Landlock", "failed", "the kernel has none", advice)
        return
    yield Finding("Landlock", "ok", f"version {version_}")
    try:
        with Sandbox(course.limits, minimum=course.sandbox_minimum) as sandbox:
            layers = sandbox.layers
            end = _job(sandbox)
    except SandboxError as problem:
        yield Finding("sandbox", "failed", str(problem))
        return
    yield Finding("sandbox", "ok" if end == "ok" else "failed", f"a cell ran: {end}")
    yield Finding("layers", "ok", ", ".join(layers))
    if "network namespace" not in layers:
        yield Finding(
            "namespaces",
            "warning",
            "not to be had here: the kernel layers alone confine a submission",
            "run as root, or allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
            "kernel.apparmor_restrict_unprivileged_userns=0); in a container, give it no network",
        )
    if "control group" not in layers:
        yield Finding(
            "control group",
            "warning",
            "none can be made: memory is limited for each process, not for all of a submission together",
            "run as root, or limit the container's memory and processes",
        )
    if "own uid" not in layers:
        why = (
            "only root can give user ids away"
            if os.getuid()
            else "the interpreter lies below a private folder"
        )
        yield Finding("user ids", "warning", f"submissions run as this user: {why}")


def _job(sandbox: Sandbox) -> str:
    job = sandbox.open({})
    try:
        return job.run_cell("doctor", "1 + 1", 10.0).status
    finally:
        job.close()


def _machine(course: Course) -> Iterator[Finding]:
    there = len(os.sched_getaffinity(0))
    cores, memory = allotted()
    cores = min(cores, there)
    limited = " (this container's limits)" if (cores, memory) != (there, _machine_mb()) else ""
    each = course.limits.memory_mb + 500
    found = f"{cores} cores, {memory:,} MB of memory{limited}"
    fit = max(1, min(cores, memory // each))
    if fit < there:
        needed = f"{there * each:,} MB if all {there} processes of a run meet their limit"
        advice = f"grade with --workers {fit}, or lower limits.memory_mb"
        yield Finding("machine", "warning", f"{found}; {needed}", advice)
    else:
        yield Finding("machine", "ok", found)


def _machine_mb() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20


def allotted(groups: Path = Path("/sys/fs/cgroup")) -> tuple[int, int]:
    """Whole cores and MB of memory that the control group of a container leaves of the machine."""

    def numbers(*names: str) -> list[int]:
        for name in names:
            try:
                words = (groups / name).read_text().split()
            except OSError:
                continue
            return [int(word) for word in words if word.lstrip("-").isdigit()]
        return []

    machine = _machine_mb()
    memory = [value // 2**20 for value in numbers("memory.max", "memory/memory.limit_in_bytes")]
    # On version 2 quota and period stand in one file; without a limit the quota is no number, on version 1 it is -1.
    share = numbers("cpu.max") or [
        *numbers("cpu/cpu.cfs_quota_us"),
        *numbers("cpu/cpu.cfs_period_us"),
    ]
    cores = os.cpu_count() or 1
    if len(share) == 2 and share[0] > 0:
        cores = min(cores, max(1, share[0] // share[1]))
    return cores, min([machine, *memory])


def _data(course: Course) -> Iterator[Finding]:
    folder = course.data
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(existing, os.W_OK):
        yield Finding("data", "failed", f"{folder} cannot be written", "choose another with COURSE_DATA")
        return
    if folder.is_relative_to(course.root) and folder.parent.name != "build":
        advice = "choose one outside with COURSE_DATA: submissions do not belong into the repository"
        yield Finding("data", "warning", f"{folder} lies in the repository", advice)
    elif folder.exists() and folder.stat().st_mode & (stat.S_IRWXO):
        yield Finding("data", "warning", f"{folder} may be entered by everybody", f"chmod o-rwx {folder}")
    else:
        yield Finding("data", "ok", str(folder))
    free = shutil.disk_usage(existing).free
    if free < ENOUGH_BYTES:
        yield Finding("disk", "warning", f"{free / 2**30:.1f} GB free", "make room before a class is graded")
    else:
        yield Finding("disk", "ok", f"{free / 2**30:.0f} GB free")


def _secret(course: Course) -> Iterator[Finding]:
    if not course.secret.exists():
        yield Finding("course secret", "ok", "none yet; it is made when the first submission is graded")
    elif course.secret.stat().st_mode & 0o077:
        advice = f"chmod 600 {course.secret}"
        yield Finding("course secret", "failed", "others may read it", advice)
    elif course.secret.stat().st_size < 32:
        advice = "restore it from the backup: with another secret every hidden input changes"
        yield Finding("course secret", "failed", "it is damaged (fewer than 32 bytes)", advice)
    elif course.secret.parent.stat().st_mode & 0o022:
        advice = f"chmod go-w {course.secret.parent}"
        yield Finding("course secret", "failed", "others may put another in its place", advice)
    else:
        yield Finding("course secret", "ok", "readable by its owner only")


def _gradebook(course: Course) -> Iterator[Finding]:
    from autograder.nbgrader.gradebook import open_gradebook, without_password

    url = make_url(course.gradebook_url)
    shown = without_password(course.gradebook_url)
    is_file = url.get_backend_name() == "sqlite"
    if is_file and not os.path.exists(url.database or ""):
        yield Finding("gradebook", "ok", f"none yet; it will be {shown}")
        return
    try:
        with open_gradebook(course) as book:
            students = len(book.students)
            found = f"{shown}: {students} students, {len(book.assignments)} assignments"
    except CourseError as problem:
        yield Finding("gradebook", "failed", str(problem))
        return
    trouble, cure = _schema(course.gradebook_url)
    reasons = _too_much_for_a_file(Path(url.database or ""), students) if is_file else []
    if trouble:
        yield Finding("gradebook", "failed", f"{found}; {trouble}", cure)
    elif reasons:
        advice = "move to PostgreSQL: 'course gradebook move postgresql://…' (docs/instructor.md)"
        yield Finding("gradebook", "warning", f"{found}; {'; '.join(reasons)}", advice)
    else:
        yield Finding("gradebook", "ok", found)


def _schema(url: str) -> tuple[str, str]:
    """What is wrong with a gradebook's tables, and what to do; two empty texts where nothing is."""
    import nbgrader
    from alembic.config import Config
    from alembic.script import ScriptDirectory
    from sqlalchemy import create_engine, inspect, text
    from sqlalchemy.exc import SQLAlchemyError

    config = Config()
    config.set_main_option("script_location", str(Path(nbgrader.__file__).parent / "alembic"))
    wanted = ScriptDirectory.from_config(config).get_current_head()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            versioned = inspect(connection).has_table("alembic_version")
            there = (
                connection.scalar(text("SELECT version_num FROM alembic_version")) if versioned else "none"
            )
            if engine.dialect.name == "sqlite":
                state = str(connection.scalar(text("PRAGMA quick_check(1)")))
                if state != "ok":
                    return f"the file is damaged ({state.splitlines()[-1]})", "restore it from a backup"
    except SQLAlchemyError as error:
        return f"it cannot be read ({str(error).splitlines()[0]})", "restore it from a backup"
    finally:
        engine.dispose()
    if there != wanted:
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        newer = "run 'make setup': this nbgrader is older than the one that made it"
        older = "back it up, then run 'nbgrader db upgrade'"
        advice = older if there in known or there == "none" else newer
        return f"its schema is {there}, nbgrader's is {wanted}", advice
    return "", ""


def _too_much_for_a_file(path: Path, students: int) -> list[str]:
    """Why a gradebook in one file, which has one writer at a time, is no longer wise."""
    reasons = []
    if students > MANY_STUDENTS:
        reasons.append(f"more than {MANY_STUDENTS} students")
    system = file_system(path)
    if system in NETWORK_FILE_SYSTEMS or system.startswith("fuse."):
        reasons.append(
            f"it lies on a network file system ({system}), whose locks a file of SQLite cannot rely on"
        )
    if path.stat().st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        reasons.append("several accounts may write it")
    users = processes_with(path)
    if users > 1:
        reasons.append(f"{users} programs have it open now")
    return reasons


def file_system(path: Path, mounts: Path = Path("/proc/self/mounts")) -> str:
    """The kind of file system that a path lies on, by the kernel's name; empty where that cannot be told."""
    found, kind = -1, ""
    try:
        lines = mounts.read_text(errors="replace").splitlines()
    except OSError:
        return ""
    for line in lines:
        _, point, system, *_ = line.split()
        # Blanks in a mount point are written in octal.
        point = re.sub(r"\\([0-7]{3})", lambda code: chr(int(code[1], 8)), point)
        # The last of several mounts at one place is the one on top.
        if path.resolve().is_relative_to(point) and len(point) >= found:
            found, kind = len(point), system
    return kind


def processes_with(path: Path) -> int:
    """How many other processes have a file open, of those that this user may look into."""
    wanted = path.stat()
    users = set()
    for link in Path("/proc").glob("[0-9]*/fd/*"):
        try:
            there = link.stat()
        except OSError:
            continue
        if (there.st_dev, there.st_ino) == (wanted.st_dev, wanted.st_ino):
            users.add(link.parts[2])
    return len(users - {str(os.getpid())})


def _weeks(course: Course) -> Iterator[Finding]:
    from autograder.grading.session import GraderError, GraderSession

    for week in course.weeks:
        try:
            with GraderSession(week.name, week.reference) as graders:
                tests = sum(len(graders.tests(question)) for question in graders.questions)
                yield Finding(week.name, "ok", f"{len(graders.questions)} questions, {tests} hidden tests")
        except (GraderError, ImportError) as problem:
            yield Finding(week.name, "failed", str(problem))


def _release(course: Course) -> Iterator[Finding]:
    from autograder.build import stale_release

    stale = stale_release(course)
    if stale:
        more = f" and {len(stale) - 1} more" if len(stale) > 1 else ""
        yield Finding("release", "warning", f"stale: {stale[0]}{more}", "run 'course build'")
    else:
        yield Finding("release", "ok", "as assignments/ and reference/ have it")


def _validation(course: Course) -> Iterator[Finding]:
    from autograder.validate.record import stale

    problems = stale(course)
    if not problems:
        yield Finding("validation", "ok", "of the present graders")
    for problem in problems:
        found, _, advice = problem.partition(": ")
        yield Finding("validation", "warning", found, advice)


def _exchange(course: Course) -> Iterator[Finding]:
    from course_exchange import URL
    from course_exchange.client import ExchangeClient, ExchangeRefused

    folder, url = course.data / "exchange", os.environ.get(URL)
    if url:
        try:
            with ExchangeClient(
                url, os.environ.get("JUPYTERHUB_API_TOKEN", ""), patience=0, timeout=10
            ) as client:
                client.public_key()
            yield Finding("exchange", "ok", f"{url} answers")
        except ExchangeRefused as problem:
            advice = f"look at the Hub's log: it starts the service (docs/hub.md); or unset {URL}"
            yield Finding("exchange", "failed", f"{url}: {problem}", advice)
    elif not folder.exists():
        yield Finding("exchange", "ok", "not used here: nbgrader's own folder takes its place")
        return
    key = folder / "receipts.key"
    if folder.exists() and folder.stat().st_mode & 0o022:
        yield Finding(
            "exchange files", "failed", f"{folder} may be written by others", f"chmod go-w {folder}"
        )
    elif key.exists() and key.stat().st_mode & 0o077:
        advice = f"chmod 600 {key}, and ask who could sign receipts"
        yield Finding("exchange files", "failed", "others may read the key that signs receipts", advice)
    elif folder.exists():
        yield Finding("exchange files", "ok", str(folder))


def _hub(course: Course) -> Iterator[Finding]:
    try:
        found = version("jupyterhub")
    except PackageNotFoundError:
        yield Finding("JupyterHub", "ok", "not installed: it is needed for 'make hub' only")
        return
    if Version(found) < Version(OLDEST_HUB):
        yield Finding("JupyterHub", "failed", f"{found}, older than {OLDEST_HUB}", "run 'make setup-hub'")
    elif not (proxy := _proxy(course)):
        yield Finding("JupyterHub", "warning", f"{found}, without its proxy", "run 'make setup-hub'")
    else:
        yield Finding("JupyterHub", "ok", f"{found}; {proxy}")


def _proxy(course: Course) -> str | None:
    own = course.root / ".venv" / "proxy" / "node_modules" / ".bin" / "configurable-http-proxy"
    named = os.environ.get("CONFIGURABLE_HTTP_PROXY")
    return named or shutil.which("configurable-http-proxy") or (str(own) if own.exists() else None)


def _clock(course: Course) -> Iterator[Finding]:
    """Deadlines are judged by it; a disk on a server has a clock of its own."""
    now = datetime.now(UTC)
    newest = max((path.stat().st_mtime for path in course.root.glob("*.py")), default=0.0)
    if now.timestamp() < newest - SECONDS_PER_DAY:
        advice = "set the clock: late days are reckoned by it"
        yield Finding("clock", "failed", f"{now:%Y-%m-%d %H:%M} UTC, before the course was written", advice)
        return
    existing = next(path for path in (course.data, *course.data.parents) if path.exists())
    skew = 0.0
    if os.access(existing, os.W_OK):
        with tempfile.TemporaryFile(dir=existing) as file:
            before = time.time()
            file.write(b"?")
            file.flush()
            written = os.fstat(file.fileno()).st_mtime
            skew = max(before - written, written - time.time(), 0.0)
    if skew > SKEW:
        advice = "let both keep time by NTP: what is newer than what is judged by the times of files"
        yield Finding("clock", "warning", f"the disk of {existing} is {skew:.0f} s away from it", advice)
    elif _unsynchronised():
        advice = "start a time service (timedatectl set-ntp true); in a container, on its host"
        yield Finding(
            "clock",
            "warning",
            f"{now:%Y-%m-%d %H:%M} UTC; the kernel knows nothing that keeps it right",
            advice,
        )
    else:
        yield Finding("clock", "ok", f"{now:%Y-%m-%d %H:%M} UTC")


def _unsynchronised() -> bool:
    """What the kernel says of its clock; false where it does not say."""

    class Timex(ctypes.Structure):
        """The beginning of the kernel's ``struct timex``, and room for its rest."""

        _fields_ = (
            ("modes", ctypes.c_uint),
            ("offset", ctypes.c_long),
            ("freq", ctypes.c_long),
            ("maxerror", ctypes.c_long),
            ("esterror", ctypes.c_long),
            ("status", ctypes.c_int),
            ("rest", ctypes.c_byte * 512),
        )

    asked = Timex()
    try:
        answer = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(asked))
    except (AttributeError, OSError):
        return False
    return answer >= 0 and bool(asked.status & UNSYNCHRONISED)


def _environment(course: Course) -> Iterator[Finding]:
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "LD_PRELOAD"):
        if os.environ.get(name):
            found = re.sub(r"[^ -~]", "?", os.environ[name])[:60]
            yield Finding(
                name, "warning", f"is set ({found}): the trusted side imports from there", f"unset {name}"
            )


CHECKS: tuple[Callable[[Course], Iterator[Finding]], ...] = (
    *(_python, _packages, _preloads, _environment, _sandbox, _machine, _clock, _data, _secret, _gradebook),
    *(_exchange, _hub, _weeks, _release, _validation),
)


def healthy(findings: list[Finding]) -> bool:
    """Whether nothing has failed."""
    return all(finding.state != "failed" for finding in findings)
