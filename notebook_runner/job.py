"""Inside a job: answer the grader's requests, cell by cell and call by call."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from typing import Any

from notebook_runner import cells, framing, wire
from notebook_runner.calls import Calls


def serve(channel: socket.socket, output_bytes: int) -> None:
    """Take the files, then answer requests until the grader closes the channel."""
    shell = cells.new_shell()
    cells.OUTPUTS.room = output_bytes
    signal.signal(signal.SIGINT, _too_late)
    sys.path.insert(0, "")  # as a kernel has it: modules that were submitted beside the notebook
    calls = Calls(shell.user_ns)
    while True:
        try:
            message = framing.receive(channel)
        except framing.FrameError:
            return
        framing.send(channel, _answered(shell, calls, message))


def _too_late(number: int, frame: Any) -> None:
    """An interrupt that comes when nothing runs any more stops nothing."""


def _answered(shell: cells.Shell, calls: Calls, message: bytes) -> bytes:
    """The answer to one message; its first byte says whether it is a call or something for the runner."""
    request = None if message[:1] == framing.CALL else wire.decode(message[1:])
    try:
        # Python's own handler leaves no line of ours in the traceback that the student reads.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return calls.answer(message[1:]) if request is None else _done(shell, request)
    except KeyboardInterrupt:
        # It came before the cell began, or when its outputs were being packed.
        stopped: dict[str, Any] = {"status": "interrupted", "outputs": [], "execution_count": None}
        return wire.encode({"id": request and request["id"], "value": stopped})
    finally:
        with contextlib.suppress(KeyboardInterrupt):
            signal.signal(signal.SIGINT, _too_late)
        signal.signal(signal.SIGINT, _too_late)


def _done(shell: cells.Shell, request: dict[str, Any]) -> bytes:
    """The answer to a request for the runner: a cell to run, or files to write."""
    try:
        if request["op"] == "cell":
            value: Any = cells.run_cell(shell, request["source"], shown=request["shown"])
        else:
            value = _write(request["files"])
    except OSError as problem:
        error = {"type": type(problem).__name__, "message": str(problem), "lines": []}
        return wire.encode({"id": request["id"], "error": error})
    return wire.encode({"id": request["id"], "value": value})


def _write(files: dict[str, bytes]) -> int:
    for name, content in files.items():
        if os.path.dirname(name):
            os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(content)
    return len(files)
