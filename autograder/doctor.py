"""What works on this host and what is missing, before a class finds out: ``course doctor``."""

from __future__ import annotations

import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement
from sqlalchemy.engine import make_url

from autograder.config import Course, CourseError
from autograder.sandbox import Sandbox, SandboxError
from notebook_runner import kernel

State = Literal["ok", "warning", "failed"]
ENOUGH_BYTES = 5 * 2**30
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


def examine(course: Course) -> list[Finding]:
    """Look at everything; a check that fails itself is a finding, too."""
    findings = []
    for check in CHECKS:
        try:
            findings += list(check(course))
        except Exception as error:
            name = check.__name__.removeprefix("_").replace("_", " ")
            findings.append(Finding(name, "failed", f"{type(error).__name__}: {error}"))
    return findings


def _python(course: Course) -> Iterator[Finding]:
    yield Finding("Python", "ok", sys.version.split()[0])


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
    reasons = _too_much_for_a_file(Path(url.database or ""), students) if is_file else []
    if reasons:
        advice = "move to PostgreSQL: 'course gradebook move postgresql://…' (docs/instructor.md)"
        yield Finding("gradebook", "warning", f"{found}; {'; '.join(reasons)}", advice)
    else:
        yield Finding("gradebook", "ok", found)


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


def _environment(course: Course) -> Iterator[Finding]:
    for name in ("PYTHONPATH", "PYTHONSTARTUP", "LD_PRELOAD"):
        if os.environ.get(name):
            found = re.sub(r"[^ -~]", "?", os.environ[name])[:60]
            yield Finding(
                name, "warning", f"is set ({found}): the trusted side imports from there", f"unset {name}"
            )


CHECKS: tuple[Callable[[Course], Iterator[Finding]], ...] = (
    *(_python, _packages, _sandbox, _machine, _data, _secret, _gradebook, _weeks, _release, _environment),
)


def healthy(findings: list[Finding]) -> bool:
    """Whether nothing has failed."""
    return all(finding.state != "failed" for finding in findings)
