"""The warm parent of a sandbox: a process of its own, or branched off one that several workers share.

What notebooks import takes seconds and hundreds of megabytes, and is the same for all. Workers of one machine are
lent a `Nursery`, which has imported it once: each sandbox gets a fork of it, which then confines itself. Where there is
none, or it has ended, a sandbox starts a warm parent by itself.
"""

from __future__ import annotations

import array
import contextlib
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from autograder.sandbox import view
from notebook_runner import framing

WARM_UP_SECONDS = 120.0
ANSWER_SECONDS = 30.0
STOP_SECONDS = 5.0
MAX_ANSWER_BYTES = 2**16
CREDENTIALS = struct.Struct("3i")


class SandboxError(Exception):
    """The sandbox itself failed: a matter for the staff and for a retry, never for a grade."""


class _Process:
    """A Python process that runs the zygote's script with these settings and one socket to it."""

    def __init__(self, settings: dict[str, Any]) -> None:
        # Of several messages on their way each must arrive by itself.
        self.channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        script = str(view.runner_folder() / "zygote.py")
        settings = {**settings, "path": view.import_path(), "control": theirs.fileno()}
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - read after the process has ended
        with theirs:
            self.popen = subprocess.Popen(
                [sys.executable, "-I", "-S", "-B", script, json.dumps(settings)],
                env=_environment(),
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=self._errors,
                stderr=self._errors,
                start_new_session=True,
                cwd="/",
            )

    def last_words(self) -> str:
        """The last line that it printed."""
        self._errors.seek(0, os.SEEK_END)
        self._errors.seek(max(0, self._errors.tell() - 4000))
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else ""

    def end(self) -> None:
        """End it; may be called twice."""
        self.channel.close()
        if self.popen.returncode is None:
            # Asked to end, it kills its jobs with all their processes first, which SIGKILL would not.
            self.popen.terminate()
            try:
                self.popen.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()
        self._errors.close()


class Nursery:
    """A process that has imported what notebooks import and forks warm parents; a context manager that ends it.

    It runs no student's code. Workers are given `requests` when they are started, and call `lend` with it.
    Only sandboxes that want all of the modules in `preload` are given a fork.
    """

    def __init__(self, preload: Sequence[str] = ()) -> None:
        self.preload = tuple(preload)
        self._process = _Process({"nursery": self.preload})
        self.requests = self._process.channel

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def ended(self) -> bool:
        """Whether it has ended."""
        return self._process.popen.poll() is not None

    def close(self) -> None:
        """End it. The warm parents that were forked from it end, too."""
        self._process.end()


_lent: list[socket.socket] = []


def lend(requests: socket.socket) -> None:
    """Take the warm parents of this process's sandboxes from a nursery, from now on."""
    _lent[:] = [requests]


@contextlib.contextmanager
def lent(requests: socket.socket) -> Iterator[None]:
    """Take those of the sandboxes that are made in the block from a nursery."""
    before = _lent[:]
    lend(requests)
    try:
        yield
    finally:
        _lent[:] = before


class WarmParent:
    """The warm parent of one sandbox. `pid` is its process, by its number out here.

    Raises SandboxError where it cannot be had.
    """

    def __init__(self, preload: list[str], root: Path, *, namespaces: bool, real_otter: bool) -> None:
        settings = {
            "readable": [*view.readable(), str(_font_cache())],
            "namespaces": namespaces,
            "landlock": True,
            "root": str(root),
            "preload": preload,
            "real_otter": real_otter,
        }
        self._process: _Process | None = None
        if real_otter or not self._branched(settings):
            self._process = _Process(settings)
            self.control = self._process.channel
            try:
                self._greet()
            except BaseException:
                self._process.end()
                raise
        self._pidfd = os.pidfd_open(self.pid)
        self.control.settimeout(ANSWER_SECONDS)

    def _branched(self, settings: dict[str, Any]) -> bool:
        """Whether the nursery that was lent gave one. Where it could not, for whatever reason, nothing is lost."""
        if not _lent:
            return False
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        passed = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs.fileno()]))]
        try:
            with theirs:
                _lent[0].sendmsg([json.dumps(settings).encode()], passed)
            self._greet()
        except (OSError, SandboxError):
            self.control.close()
            return False
        return True

    def _greet(self) -> None:
        self.control.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self.control.settimeout(WARM_UP_SECONDS)
        self.pid: int = self.answer("the warm parent did not start")["process"]

    @property
    def ended(self) -> bool:
        """Whether the process has ended."""
        waiting = select.poll()
        waiting.register(self._pidfd, select.POLLIN)
        return bool(waiting.poll(0))

    def last_words(self) -> str:
        """The last line that the process printed, where that is known."""
        return self._process.last_words() if self._process is not None else ""

    def send(self, request: dict[str, Any], passed: socket.socket | None = None) -> None:
        """Send a request, and a socket with it; raises SandboxError where the process has ended."""
        ancillary = []
        if passed is not None:
            ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [passed.fileno()]))]
        try:
            self.control.sendmsg([json.dumps(request).encode()], ancillary)
        except OSError as error:
            raise SandboxError(f"the warm parent has ended: {self.last_words() or error}") from None

    def answer(self, problem: str) -> dict[str, Any]:
        """Its next answer; ``process`` is the process it is about, by its number out here.

        Raises SandboxError, which begins with `problem`, where none comes.
        """
        room = socket.CMSG_SPACE(CREDENTIALS.size)
        try:
            data, ancillary, _, _ = self.control.recvmsg(MAX_ANSWER_BYTES, room)
            if len(data) < framing.HEAD.size:
                raise framing.FrameError("the stream ended")
            answer: dict[str, Any] = json.loads(data[framing.HEAD.size :])
            answer["process"] = CREDENTIALS.unpack(ancillary[0][2])[0]
            return answer
        except (OSError, framing.FrameError) as error:
            raise SandboxError(f"{problem}: {self.last_words() or error}") from None

    def end(self) -> None:
        """End it with all its jobs."""
        self.control.close()
        # First of all this one: in a user namespace of its own it has a parent, which waits for it.
        self._stop()
        if self._process is not None:
            self._process.end()
        os.close(self._pidfd)

    def _stop(self) -> None:
        ending = select.poll()
        ending.register(self._pidfd, select.POLLIN)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)
            if ending.poll(STOP_SECONDS * 1000):
                return


def _environment() -> dict[str, str]:
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
    return {
        **dict.fromkeys(threads, "1"),
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": str(_font_cache()),
        "IPYTHONDIR": str(_font_cache() / "ipython"),
        "COLUMNS": "80",
        # nbgrader sets it while it grades; code in notebooks may ask.
        "NBGRADER_EXECUTION": "autograde",
        # A grade must not depend on whether the grading machine has a GPU.
        "CUDA_VISIBLE_DEVICES": "",
    }


def _font_cache() -> Path:
    """Matplotlib's list of fonts, made once outside: looking for fonts takes seconds."""
    base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(base).expanduser() / "course-sandbox"
    if not list(folder.glob("fontlist-*.json")):
        (folder / "ipython").mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-I", "-c", "import matplotlib.font_manager"],
            env={**os.environ, "MPLCONFIGDIR": str(folder)},
            check=False,
            capture_output=True,
        )
    return folder
