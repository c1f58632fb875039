"""One warm sandbox: a zygote that forks a confined process for each submission."""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from autograder.config import Limits
from autograder.grading.student import JobDied
from autograder.sandbox import view
from autograder.sandbox.cgroups import ControlGroup
from autograder.sandbox.job import Job, remove_folder
from autograder.sandbox.parent import SandboxError, WarmParent
from notebook_runner import kernel

FIRST_UID = 1_000_000_000
UIDS = 100
"""User ids of one sandbox: no two jobs that run at the same time have one, and no two in a row."""
PREFIX = "course-sandbox-"
SCRATCH_FILES = 20_000
"""Files and folders that one job may have at once."""


class Sandbox:
    """A warm parent process, confined, from which each submission gets a fork of its own.

    `minimum` is the weakest set of layers that may be used (``kernel`` or ``namespaces``); `weakest` forces
    the weaker set, for tests. With `real_otter` the notebooks' own public checks are run, which otherwise a stand-in
    skips. Raises SandboxError where the host offers less than the minimum.
    """

    def __init__(
        self,
        limits: Limits,
        preload: Sequence[str] = (),
        minimum: str = "kernel",
        *,
        weakest: bool = False,
        real_otter: bool = False,
    ) -> None:
        self.limits = limits
        self.scratch_files = SCRATCH_FILES
        self._real_otter = real_otter
        self.layers: list[str] = []
        sweep()
        self._folder, self._lock = _own_folder()
        (self._folder / "root").mkdir()
        self._parent: WarmParent | None = None
        self._group: ControlGroup | None = None
        self._own_uids = False
        self._opened = 0
        self._namespaces = False
        self._inside: dict[int, int] = {}
        self._spare: _Forked | None = None
        self._asked = self._answered = 0
        self._answers: dict[int, dict[str, Any]] = {}
        self._unwanted: set[int] = set()
        try:
            self._start(list(preload), minimum, weakest)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self, preload: list[str], minimum: str, weakest: bool) -> None:
        if not kernel.known_machine():
            raise SandboxError(
                f"this machine's processor ({kernel.MACHINE}) is none whose system calls the sandbox can filter: "
                f"use one of {', '.join(kernel.AUDIT)}"
            )
        if not kernel.landlock_version():
            raise SandboxError(
                "this kernel has no Landlock, which the sandbox needs at least: use Linux 5.13 or newer with "
                "'landlock' among its security modules"
            )
        problem = ""
        if not weakest:
            try:
                self._launch(preload, namespaces=True)
                self._namespaces = True
            except SandboxError as error:
                problem = str(error)
        if self._parent is None:
            if minimum == "namespaces":
                raise SandboxError(
                    f"namespaces cannot be had here ({problem or 'not tried'}), and course_config.py asks for them: "
                    "run as root, allow unprivileged user namespaces, or set sandbox_minimum='kernel' and see to "
                    "it that the machine has no network"
                )
            self._launch(preload, namespaces=False)
        self._settle()

    def _launch(self, preload: list[str], *, namespaces: bool) -> None:
        root = self._folder / "root"
        self._parent = WarmParent(preload, root, namespaces=namespaces, real_otter=self._real_otter)

    def _settle(self) -> None:
        """What else this host allows, and the names of all layers in force."""
        layers = ["fork", "rlimits", "no_new_privs", f"landlock {kernel.landlock_version()}", "seccomp"]
        if not self._namespaces:
            layers.append("watched files")
        else:
            layers += ["mount namespace", "network namespace", "PID namespace", "IPC namespace"]
            if os.getuid():
                layers.append("user namespace")
        interpreter = os.path.realpath(sys.executable)
        reachable = view.readable_by_others(interpreter) and view.readable_by_others(str(self._folder))
        if os.getuid() == 0 and (self._namespaces or reachable):
            self._own_uids = True
            self._folder.chmod(0o711)
            layers.append("own uid")
        assert self._parent is not None
        zygote = self._parent.pid
        warm = _resident_bytes(zygote)
        self._group = ControlGroup(
            self._folder.name, self.limits.memory_mb * 2**20, self.limits.processes, warm
        )
        if self._group.available:
            try:
                self._group.add(zygote)
            except OSError as error:
                raise SandboxError(
                    f"the warm parent could not be put into its control group: {error}"
                ) from None
            layers.append("control group")
        self.layers = layers

    @property
    def uids(self) -> range:
        """The user ids that this sandbox gives to its jobs; empty where they run as the sandbox's own user."""
        first = FIRST_UID + os.getpid() * UIDS
        return range(first, first + UIDS if self._own_uids else first)

    def open(self, files: Mapping[str, bytes]) -> Job:
        """A job, forked for this, whose working folder holds the files, by their paths relative to it.

        Raises SandboxError, JobDied where the files do not fit, and ValueError for a path that leads outside.
        """
        for name in files:
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in name:
                raise ValueError(f"{name!r} is no relative path inside the working folder")
        if self._parent is None:
            raise SandboxError("this sandbox was closed; make a new one")
        if self._parent.ended:
            raise SandboxError(f"the warm parent has ended: {self._parent.last_words()}")
        job = self._from_spare(files) or self._from(self._fork(), files)
        if self._namespaces:
            # Forking and confining takes the kernel milliseconds: it does so for the next job while this one computes.
            self._spare = self._fork()
        return job

    def _from_spare(self, files: Mapping[str, bytes]) -> Job | None:
        """A job from the process that was forked ahead, or None where that has ended or has other limits."""
        spare, self._spare = self._spare, None
        if spare is None:
            return None
        if spare.limits != self._job_limits():
            self._let_go(spare)
            return None
        try:
            return self._from(spare, files)
        except JobDied:
            return None

    def _from(self, forked: _Forked, files: Mapping[str, bytes]) -> Job:
        answer = self._answer_to(forked.answer)
        if "pid" not in answer:
            forked.channel.close()
            raise SandboxError(f"a job could not be forked: {answer.get('error')}")
        assert self._group is not None
        # In a user namespace the warm parent counts processes on its own.
        pid = answer["process"] if self._namespaces else answer["pid"]
        self._inside[pid] = answer["pid"]
        with contextlib.suppress(OSError):
            # Where memory runs out, here or on the whole machine, a job is what the kernel ends first.
            Path(f"/proc/{pid}/oom_score_adj").write_text("1000")
        job = Job(self, pid, forked.channel, self._group, self.limits, forked.scratch, self.scratch_files)
        job.write_files(files)
        return job

    def _fork(self) -> _Forked:
        """Have a job forked; its answer is not waited for."""
        uid = self.uids[self._opened % UIDS] if self._own_uids else None
        self._opened += 1
        scratch = None if self._namespaces else self._scratch(uid)
        limits = self._job_limits()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                number = self._send({"op": "fork", "uid": uid, "scratch": scratch, **limits}, theirs)
            except SandboxError:
                ours.close()
                raise
        return _Forked(number, ours, scratch, limits)

    def _job_limits(self) -> dict[str, int]:
        return {
            "scratch_bytes": int(self.limits.scratch_mb * 2**20),
            "scratch_files": self.scratch_files,
            "memory_bytes": int(self.limits.memory_mb * 2**20),
            "processes": self._process_limit(),
            "cpu_seconds": int(2 * self.limits.submission_seconds) + 10,
            "output_bytes": int(self.limits.output_kb * 1024),
        }

    def _let_go(self, forked: _Forked) -> None:
        """End a process that was forked and is not wanted."""
        forked.channel.close()
        answer = self._answer_to(forked.answer)
        if "pid" in answer:
            self._unwanted.add(self._send({"op": "reap", "pid": answer["pid"]}))

    def _send(self, request: dict[str, Any], passed: socket.socket | None = None) -> int:
        """Ask the warm parent for something; returns the number by which `_answer_to` gives its answer."""
        assert self._parent is not None
        self._parent.send(request, passed)
        self._asked += 1
        return self._asked

    def _answer_to(self, number: int) -> dict[str, Any]:
        """The answer to a request; of those before it, which come first, the wanted ones are kept."""
        while number not in self._answers:
            self._hear()
        return self._answers.pop(number)

    def _hear(self) -> None:
        self._answered += 1
        assert self._parent is not None
        answer = self._parent.answer("the warm parent does not answer")
        if self._answered in self._unwanted:
            self._unwanted.remove(self._answered)
        else:
            self._answers[self._answered] = answer

    def settle(self) -> None:
        """End the process that was forked ahead, and wait for those that were dismissed: none of them is left then."""
        spare, self._spare = self._spare, None
        if spare is not None:
            self._let_go(spare)
        while self._answered < self._asked:
            self._hear()

    def _scratch(self, uid: int | None) -> str:
        folder = tempfile.mkdtemp(prefix="job-", dir=self._folder)
        if uid is not None:
            os.chown(folder, uid, uid)
        return folder

    def _process_limit(self) -> int:
        """The limit counts all processes of the user; without a uid of its own a job shares the count."""
        if self._own_uids or self._namespaces:
            return self.limits.processes
        return self.limits.processes + _threads_of(os.getuid())

    def reap(self, pid: int) -> dict[str, Any]:
        """Kill a job with everything it started; returns its exit status, CPU seconds and peak memory.

        Where the sandbox was closed before, its jobs have ended with it, and nobody counted what they used.
        """
        if self._parent is None:
            return {"status": int(signal.SIGKILL), "cpu": 0.0, "memory_kb": 0}
        return self._answer_to(self._send({"op": "reap", "pid": self._inside.pop(pid)}))

    def dismiss(self, pid: int) -> None:
        """Have a job killed with everything it started, without waiting for the end or asking what it used."""
        if self._parent is not None:
            self._unwanted.add(self._send({"op": "reap", "pid": self._inside.pop(pid)}))

    def close(self) -> None:
        """End the warm parent and all jobs; may be called twice."""
        self._stop()
        if self._group is not None:
            self._group.remove()
            self._group = None
        if self._folder.exists():
            remove_folder(str(self._folder))
            os.close(self._lock)

    def _stop(self) -> None:
        if self._spare is not None:
            self._spare.channel.close()
            self._spare = None
        if self._parent is not None:
            self._parent.end()
            self._parent = None


@dataclass(frozen=True)
class _Forked:
    """A process that the warm parent was asked to fork: what its answer is called, and the way to it."""

    answer: int
    channel: socket.socket
    scratch: str | None
    limits: dict[str, int]


def sweep() -> None:
    """Remove what sandboxes left behind that were killed: a folder is locked as long as its sandbox lives."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        try:
            if folder.is_symlink() or folder.stat().st_uid != os.getuid():
                continue
            lock = _locked(folder)
        except OSError:
            continue
        ControlGroup.remove_leftover(folder.name)
        remove_folder(str(folder))
        os.close(lock)


def _own_folder() -> tuple[Path, int]:
    """A new folder, and the descriptor that holds its lock."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        # Before it is locked another process may take it for one that was left behind: then there is another one.
        try:
            lock = _locked(folder)
        except (BlockingIOError, FileNotFoundError):
            continue
        if folder.exists():
            return folder, lock
        os.close(lock)


def _locked(folder: Path) -> int:
    """A descriptor that holds the folder's lock until the process ends; raises OSError where another has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _resident_bytes(pid: int) -> int:
    fields = Path(f"/proc/{pid}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def _threads_of(uid: int) -> int:
    """Number of threads of a user on this host."""
    count = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if folder.stat().st_uid == uid:
                count += len(os.listdir(folder / "task"))
        except OSError:
            continue
    return count
