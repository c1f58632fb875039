"""Inside a job: answer the grader's requests, cell by cell and call by call."""

from __future__ import annotations

import os
import signal
import socket
from typing import Any

from notebook_runner import cells, framing, wire
from notebook_runner.calls import Calls

CALL = b"Q"
RUNNER = b"R"

_busy = False


def serve(channel: socket.socket, output_bytes: int) -> None:
    """Take the files, then answer requests until the grader closes the channel."""
    shell = cells.new_shell()
    cells.OUTPUTS.room = output_bytes
    signal.signal(signal.SIGINT, _interrupt)
    calls = Calls(shell.user_ns)
    while True:
        try:
            message = framing.receive(channel)
        except framing.FrameError:
            return
        framing.send(channel, _answered(shell, calls, message))


def _interrupt(number: int, frame: Any) -> None:
    """Stop the cell or call that runs; an interrupt that comes too late stops nothing."""
    del number, frame
    if _busy:
        raise KeyboardInterrupt


def _answered(shell: cells.Shell, calls: Calls, message: bytes) -> bytes:
    """The answer to one message; its first byte says whether it is a call or something for the runner."""
    global _busy
    _busy = True
    try:
        if message[:1] == CALL:
            return calls.answer(message[1:])
        request = wire.decode(message[1:])
        if request["op"] == "cell":
            value: Any = cells.run_cell(shell, request["source"])
        else:
            value = _write(request["files"])
        return wire.encode({"id": request["id"], "value": value}, substitute=repr)
    except KeyboardInterrupt:
        return wire.encode({"id": None, "error": {"type": "TimeLimit", "message": "", "lines": []}})
    finally:
        _busy = False


def _write(files: dict[str, bytes]) -> int:
    for name, content in files.items():
        if os.path.dirname(name):
            os.makedirs(os.path.dirname(name), exist_ok=True)
        with open(name, "wb") as file:
            file.write(content)
    return len(files)
