"""Frames over a socket: four bytes of length, then the message; the length is checked before anything is read."""

from __future__ import annotations

import socket
import struct

HEAD = struct.Struct("<I")
MAX_FRAME = 272 * 2**20
CALL, RUNNER = b"Q", b"R"
"""How a message to a job begins: a call of the student's functions, or something for the runner."""


class FrameError(Exception):
    """The other side ended, or announced a frame that is too long."""


def send(channel: socket.socket, message: bytes) -> None:
    """Send one frame."""
    channel.sendall(HEAD.pack(len(message)))
    channel.sendall(message)


def receive(channel: socket.socket, limit: int = MAX_FRAME) -> bytes:
    """Receive one frame; raises FrameError at the end of the stream or above the limit."""
    (size,) = HEAD.unpack(_exactly(channel, HEAD.size))
    if size > limit:
        raise FrameError(f"a frame of {size:,} bytes was announced; {limit:,} are allowed")
    return _exactly(channel, size)


def _exactly(channel: socket.socket, size: int) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        part = channel.recv(min(size - len(parts), 2**20))
        if not part:
            raise FrameError("the stream ended")
        parts += part
    return bytes(parts)
