"""A job's files where no mount of its own limits them: watched from outside for as long as the job lives."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import threading
import time
from collections.abc import Iterator

LOOK_SECONDS = 0.2
SHARE = 10
"""A look that takes long is followed by a pause of so many times its length."""
MAX_DEPTH = 48
SLACK = 2**20
"""Disks keep more than a file's own bytes; a file of just the allowed size meets the kernel's limit, not this one."""
FOLDER_COUNTS = 10
"""A folder counts as so many files: a disk may take milliseconds to remove one, and that is the grader's time."""
MAX_MAPPED = 4
"""Mapped files without a name: their size cannot be known from outside, so they are counted by number."""
CAP_SYS_PTRACE = 19
GONE = (FileNotFoundError, ProcessLookupError, NotADirectoryError)


class Quota:
    """Ends a job whose files are too many or too large; `reason` then says so, in words for the student.

    Counted are the files in its folder and those that have no name any more but are held open or mapped by one
    of its processes. What is written between two looks is not stopped: the size of one file is limited by the
    kernel, and the job ends at the next look.
    """

    def __init__(self, folder: str, group: int, most_bytes: int, most_files: int) -> None:
        self.reason = ""
        self._folder = os.path.realpath(folder)
        self._group = group
        self._most_bytes = most_bytes
        self._most_files = most_files
        self._bytes = 0
        self._files = 0
        self._sees_descriptors = may_look() and _listable(f"/proc/{group}/fd")
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name=f"quota-{group}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; must come before the job's number can be given to another process."""
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        pause = LOOK_SECONDS
        while not self._ended.wait(pause):
            started = time.monotonic()
            try:
                self.look()
            except _Over as over:
                self._end(str(over))
                return
            except Exception as problem:  # what cannot be watched may not run
                self._end(f"its files could not be counted ({type(problem).__name__})")
                return
            pause = max(LOOK_SECONDS, SHARE * (time.monotonic() - started))

    def _end(self, reason: str) -> None:
        self.reason = f"the process was ended: {reason}"
        with contextlib.suppress(OSError):
            os.killpg(self._group, signal.SIGKILL)

    def look(self) -> None:
        """Count once; raises where it is too much."""
        self._bytes = self._files = 0
        try:
            top = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except GONE:
            return
        try:
            self._count_folder(top, 0)
        finally:
            os.close(top)
        if self._sees_descriptors:
            self._count_nameless()

    def _add(self, facts: os.stat_result) -> None:
        if stat.S_ISDIR(facts.st_mode):
            self._files += FOLDER_COUNTS
        else:
            self._files += 1
            self._bytes += max(facts.st_size, 512 * facts.st_blocks)
        if self._files > self._most_files:
            raise _Over(f"it made too many files and folders (limit {self._most_files:,} files)")
        if self._bytes > self._most_bytes + SLACK:
            raise _Over(
                f"its files are larger than {self._most_bytes / 2**20:g} MB in all (limits.scratch_mb)"
            )

    def _count_folder(self, folder: int, depth: int) -> None:
        """Count what lies in an open folder; no link is followed."""
        if depth > MAX_DEPTH:
            raise _Over(f"it made folders more than {MAX_DEPTH} deep")
        with os.scandir(folder) as entries:
            for entry in entries:
                try:
                    facts = entry.stat(follow_symlinks=False)
                    self._add(facts)
                    if not stat.S_ISDIR(facts.st_mode):
                        continue
                    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
                    inner = os.open(entry.name, flags, dir_fd=folder)
                except GONE:
                    continue
                except PermissionError:
                    raise _Over("it made a folder that nobody may look into") from None
                try:
                    self._count_folder(inner, depth + 1)
                finally:
                    os.close(inner)

    def _count_nameless(self) -> None:
        seen: set[tuple[int, int]] = set()
        mapped: set[bytes] = set()
        for process in self._processes():
            try:
                for task in os.listdir(f"{process}/task"):
                    for facts in _open_files(f"{process}/task/{task}/fd"):
                        if facts.st_nlink == 0 and (facts.st_dev, facts.st_ino) not in seen:
                            seen.add((facts.st_dev, facts.st_ino))
                            self._add(facts)
                mapped |= self._mapped(process)
            except GONE:
                continue
            except PermissionError:
                if _state(process) not in ("", "Z", "X"):
                    raise _Over("one of its processes hides its open files") from None
        if len(mapped) > MAX_MAPPED:
            raise _Over(f"it keeps more than {MAX_MAPPED} removed files mapped")

    def _processes(self) -> Iterator[str]:
        """The job's processes: without a PID namespace they can leave neither their group nor its number."""
        for name in os.listdir("/proc"):
            if name.isdigit() and _fields(f"/proc/{name}")[2:3] == [str(self._group)]:
                yield f"/proc/{name}"

    def _mapped(self, process: str) -> set[bytes]:
        """Device and number of each file of the folder that is mapped and has no name any more."""
        folder = os.fsencode(self._folder)
        with open(f"{process}/maps", "rb") as file:
            text = file.read()
        if folder not in text:
            return set()
        lines = (line for line in text.splitlines() if folder in line and line.endswith(b" (deleted)"))
        return {b" ".join(line.split()[3:5]) for line in lines}


class _Over(Exception):
    """A job's files are too much."""


def may_look() -> bool:
    """Whether a job's processes can be looked into at any time.

    Root without CAP_SYS_PTRACE, as in a plain container, can do so only until a job has become another user.
    """
    if os.getuid() != 0:
        return True
    with open("/proc/self/status") as status:
        effective = next(line.split()[1] for line in status if line.startswith("CapEff:"))
    return bool(int(effective, 16) >> CAP_SYS_PTRACE & 1)


def _listable(folder: str) -> bool:
    try:
        os.listdir(folder)
    except OSError:
        return False
    return True


def _open_files(folder: str) -> Iterator[os.stat_result]:
    for number in os.listdir(folder):
        with contextlib.suppress(*GONE):
            facts = os.stat(f"{folder}/{number}")
            if stat.S_ISREG(facts.st_mode):
                yield facts


def _fields(process: str) -> list[str]:
    """What /proc says about a process after its name: its state, its parent, its group…"""
    try:
        with open(f"{process}/stat", "rb") as file:
            return file.read().rpartition(b")")[2].decode().split()
    except OSError:
        return []


def _state(process: str) -> str:
    return "".join(_fields(process)[:1])
