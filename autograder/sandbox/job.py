"""One job: a student's process, asked to run cells and to answer calls, within limits kept from outside."""

from __future__ import annotations

import os
import secrets
import select
import shutil
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from autograder.config import Limits
from autograder.grading.student import (
    BadAnswer,
    JobDied,
    OutOfStep,
    StudentError,
    StudentFault,
    TimeLimit,
    open_answer,
)
from autograder.results import CellResult
from autograder.sandbox.outputs import clean_count, clean_outputs
from autograder.sandbox.quota import Quota
from notebook_runner import framing
from notebook_runner.wire import encode

if TYPE_CHECKING:
    from autograder.sandbox.cgroups import ControlGroup

GRACE_SECONDS = 1.0
POLL_SECONDS = 0.05
FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
MAX_ANSWER_BYTES = 64 * 2**20


class Reaper(Protocol):
    """What forked a job and can end it: `autograder.sandbox.Sandbox`."""

    def reap(self, pid: int) -> dict[str, Any]:
        """Kill a job with everything it started; returns its exit status, CPU seconds and peak memory."""

    def dismiss(self, pid: int) -> None:
        """Have a job killed with everything it started, without waiting for its end."""


@dataclass(frozen=True)
class Usage:
    """What a job used in all: CPU seconds and the peak of its resident memory."""

    cpu_seconds: float
    memory_kb: int


class Job:
    """A student's process. Use from one thread; `close` it in the end.

    When the process ends (memory, a crash, its own exit, or a kill after it ignored its time limit), the
    request in hand raises JobDied or TimeLimit, `alive` is False, and every later request raises JobDied.
    """

    def __init__(
        self,
        reaper: Reaper,
        pid: int,
        channel: socket.socket,
        group: ControlGroup,
        limits: Limits,
        scratch: str | None,
        scratch_files: int,
    ) -> None:
        self.alive = True
        self.student_seconds = 0.0
        self._reaper = reaper
        self._pid = pid
        self._channel = channel
        self._group = group
        self._limits = limits
        self._scratch = scratch
        self._scratch_files = scratch_files
        self._oom_before = group.out_of_memory()
        self._pidfd = os.pidfd_open(pid)
        self._usage: Usage | None = None
        self._end = ""
        self._quota: Quota | None = None
        self._poll = select.poll()
        self._poll.register(self._pidfd, select.POLLIN)
        channel.setblocking(False)

    def write_files(self, files: Mapping[str, bytes]) -> None:
        """Put files into the working folder; raises JobDied where the process cannot take them."""
        number = secrets.randbits(62)
        message = framing.RUNNER + encode({"id": number, "op": "files", "files": dict(files)})
        try:
            open_answer(self._exchange(message, wall=30.0, cpu=30.0), number)
        except JobDied:
            raise
        except StudentFault as problem:
            self._kill(f"the files could not be put into the working folder ({problem})")
            raise JobDied(self._end) from None
        if self._scratch is not None:
            # The process is confined by now, and none of the student's code has run yet.
            room = int(self._limits.scratch_mb * 2**20)
            self._quota = Quota(self._scratch, self._pid, room, self._scratch_files)

    def run_cell(
        self, cell_id: str, source: str, seconds: float, room: int | None = None, *, shown: bool = True
    ) -> CellResult:
        """Run one code cell for at most `seconds` of wall-clock time; an error or the limit is its result.

        Of its outputs `room` characters are kept, by default what the whole notebook may have. Figures are not
        drawn where the outputs will not be `shown`. Raises JobDied where the process ended during the cell.
        """
        with self._counted():
            return self._run_cell(cell_id, source, seconds, room, shown)

    def _run_cell(
        self, cell_id: str, source: str, seconds: float, room: int | None, shown: bool
    ) -> CellResult:
        number = secrets.randbits(62)
        message = framing.RUNNER + encode({"id": number, "op": "cell", "source": source, "shown": shown})
        started = time.perf_counter()
        try:
            value = open_answer(self._exchange(message, wall=seconds, cpu=None), number)
        except TimeLimit:
            return _stopped(cell_id, seconds)
        except (BadAnswer, StudentError) as problem:
            self._kill(f"the process sent something unreadable ({problem})")
            raise JobDied(self._end) from None
        taken = time.perf_counter() - started
        status = value.get("status") if isinstance(value, dict) else None
        if not isinstance(status, str) or status not in ("ok", "error", "interrupted"):
            self._kill("the process sent something unreadable")
            raise JobDied(self._end)
        most = self._limits.output_kb * 1024
        result = CellResult(
            cell_id=cell_id,
            status="error" if status != "ok" else "ok",
            outputs=clean_outputs(value.get("outputs"), most if room is None else min(room, most)),
            seconds=round(taken, 6),
            execution_count=clean_count(value.get("execution_count")),
        )
        if status == "interrupted" and taken >= seconds:
            stopped = _stopped(cell_id, seconds)
            stopped.outputs = result.outputs[:20] + stopped.outputs
            return stopped
        return result

    def request(self, op: str, arguments: dict[str, Any], *, seconds: float) -> Any:
        """Ask for one value (`autograder.grading.student.Caller`); `seconds` is CPU time, outside's measure."""
        number = secrets.randbits(62)
        message = framing.CALL + encode({"id": number, "op": op, "arguments": arguments})
        with self._counted():
            answer = self._exchange(message, wall=max(3 * seconds, seconds + 2), cpu=seconds)
            try:
                return open_answer(answer, number)
            except OutOfStep:
                self._kill("the process sent an answer that was not asked for")
                raise

    def close(self) -> Usage:
        """Kill the job with everything it started and remove what it wrote; returns what it used.

        After `dismiss` nothing is known of that, and it is all zero.
        """
        if self._usage is None:
            self._kill("")
        assert self._usage is not None
        return self._usage

    def dismiss(self) -> None:
        """`close` for who need not know what it used: its end is not waited for, where its folder ends with it."""
        if self._usage is None and self._scratch is None:
            self._leave()
            self._reaper.dismiss(self._pid)
            os.close(self._pidfd)
            self._usage = Usage(0.0, 0)
            self._end = "it was closed"
        else:
            self.close()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """Count the time as the student's: reading an answer too, which may take far longer than sending it."""
        started = time.perf_counter()
        try:
            yield
        finally:
            self.student_seconds += time.perf_counter() - started

    def _exchange(self, message: bytes, *, wall: float, cpu: float | None) -> bytes:
        """Send a message and wait for the answer, within wall-clock and CPU seconds.

        At the limit the job is interrupted, as Jupyter does it; after a second's grace it is killed.
        """
        if not self.alive:
            raise JobDied(self._end)
        limit = _Limit(self._pid, wall, cpu)
        self._send(message, limit)
        answer = self._receive(limit)
        if limit.interrupted and cpu is not None:
            raise TimeLimit(cpu)
        return answer

    def _send(self, message: bytes, limit: _Limit) -> None:
        view = memoryview(framing.HEAD.pack(len(message)) + message)
        while view:
            try:
                view = view[self._channel.send(view) :]
            except BlockingIOError:
                self._wait(select.POLLOUT, limit)
            except OSError:
                self._died()

    def _receive(self, limit: _Limit) -> bytes:
        head = self._read(framing.HEAD.size, limit)
        (size,) = framing.HEAD.unpack(head)
        if size > MAX_ANSWER_BYTES:
            self._kill(f"an answer of {size:,} bytes was announced; {MAX_ANSWER_BYTES:,} are allowed")
            raise JobDied(self._end)
        return self._read(size, limit)

    def _read(self, size: int, limit: _Limit) -> bytes:
        parts = bytearray()
        while len(parts) < size:
            try:
                part = self._channel.recv(min(size - len(parts), 2**20))
            except BlockingIOError:
                self._wait(select.POLLIN, limit)
                continue
            except OSError:
                self._died()
            if not part:
                self._died()
            parts += part
        return bytes(parts)

    def _wait(self, event: int, limit: _Limit) -> None:
        """Wait until the channel is ready; the process's end and the limits are seen meanwhile."""
        channel = self._channel.fileno()
        self._poll.register(channel, event)
        while True:
            ready = dict(self._poll.poll(limit.patience() * 1000))
            if ready.get(channel, 0) & event:
                return
            if ready:
                self._died()
            if limit.over():
                if not limit.interrupted:
                    limit.interrupt()
                    self._signal(signal.SIGINT)
                else:
                    self._kill(f"did not stop at its limit of {limit.words}")
                    if limit.cpu is not None:
                        raise TimeLimit(limit.cpu)
                    raise JobDied(self._end)

    def _signal(self, number: int) -> None:
        try:
            signal.pidfd_send_signal(self._pidfd, number)
        except ProcessLookupError:
            return

    def _died(self) -> None:
        self._kill("")
        raise JobDied(self._end)

    def _kill(self, reason: str) -> None:
        """End the job and account for it; `reason` is for the student, or found out here."""
        if self._usage is not None:
            return
        self._leave()
        if self._quota is not None:
            reason = self._quota.reason or reason
        facts = self._reaper.reap(self._pid)
        os.close(self._pidfd)
        if self._scratch is not None:
            remove_folder(self._scratch)
        self._usage = Usage(facts["cpu"], facts["memory_kb"])
        self._end = reason or self._reason(facts["status"])

    def _leave(self) -> None:
        self.alive = False
        self._channel.close()
        if self._quota is not None:
            self._quota.stop()

    def _reason(self, status: int) -> str:
        if self._group.out_of_memory() > self._oom_before:
            return f"the process ran out of memory (limit {self._limits.memory_mb} MB)"
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            if number == signal.SIGXCPU:
                return "the process used up its CPU time"
            return f"the process ended ({signal.Signals(number).name})"
        return "the process ended itself (exit)"


class _Limit:
    """The time that one request has left."""

    def __init__(self, pid: int, wall: float, cpu: float | None) -> None:
        self.cpu = cpu
        self.interrupted = False
        self._wall = wall
        self._started = time.monotonic()
        self._clock = (~pid << 3) | 2
        self.words = f"{wall if cpu is None else cpu:g} s"
        self._cpu_before: float | None = None

    def _cpu_used(self) -> float:
        """CPU seconds of the process since this was first asked, read from outside."""
        try:
            now = time.clock_gettime(self._clock)
        except OSError:
            return 0.0
        if self._cpu_before is None:
            self._cpu_before = now
        return now - self._cpu_before

    def patience(self) -> float:
        """Seconds to wait before looking again."""
        passed = time.monotonic() - self._started
        left = self._wall - passed
        if self.cpu is not None and not self.interrupted:
            # Most calls are answered before the first look at the clock, which costs more than they do.
            look = passed >= POLL_SECONDS
            left = min(left, max(self.cpu - self._cpu_used(), POLL_SECONDS) if look else POLL_SECONDS)
        return max(left, 0.001)

    def over(self) -> bool:
        """Whether the time is used up."""
        if time.monotonic() - self._started >= self._wall:
            return True
        return self.cpu is not None and not self.interrupted and self._cpu_used() >= self.cpu

    def interrupt(self) -> None:
        """Note the interrupt: from now on only the grace is left."""
        self.interrupted = True
        self._started = time.monotonic()
        self._wall = GRACE_SECONDS


def _stopped(cell_id: str, seconds: float) -> CellResult:
    message = f"this cell was stopped at its time limit of {seconds:g} s"
    output = {
        "output_type": "error",
        "ename": "TimeLimit",
        "evalue": message,
        "traceback": [f"TimeLimit: {message}"],
    }
    return CellResult(cell_id=cell_id, status="time_limit", outputs=[output], seconds=seconds)


def remove_folder(folder: str) -> None:
    """Remove a folder, however deep it is and whatever permissions a student set in it; links are not followed.

    One step at a time: a path from the top could be longer than the kernel takes, and one call within another a
    folder deeper than Python goes.
    """
    with suppress(OSError):
        os.chmod(folder, 0o700)
        here, names = os.open(folder, FOLDER), [""]
        try:
            waiting = [_emptied(here)]
            while waiting:
                if waiting[-1]:
                    names.append(waiting[-1].pop())
                    os.chmod(names[-1], 0o700, dir_fd=here)
                    here = _moved(here, names[-1])
                    waiting.append(_emptied(here))
                else:
                    waiting.pop()
                    if waiting:
                        here = _moved(here, "..")
                        os.rmdir(names.pop(), dir_fd=here)
        finally:
            os.close(here)
    shutil.rmtree(folder, ignore_errors=True)


def _moved(here: int, name: str) -> int:
    """A folder beside an open one, opened in its place."""
    there = os.open(name, FOLDER, dir_fd=here)
    os.close(here)
    return there


def _emptied(folder: int) -> list[str]:
    """Remove all files of an open folder; returns the names of the folders in it."""
    folders = []
    with os.scandir(folder) as entries:
        for entry in list(entries):
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=folder)
    return folders
