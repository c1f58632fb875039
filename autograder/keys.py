"""The course secret and what is derived from it.

Every hidden input is drawn from a key, so a student's inputs are their own and a regrade repeats them.
Only the process that plans the grading reads the secret; workers get a submission's derived key.
"""

from __future__ import annotations

import functools
import hmac
import os
import secrets
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence


def course_secret(path: Path) -> bytes:
    """Read the course secret, making it at first use (32 random bytes, readable by its owner only)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(32))
        file.flush()
        os.fsync(file.fileno())
    return _read(path)


def _read(path: Path) -> bytes:
    if path.stat().st_mode & 0o077:
        raise PermissionError(
            f"{path} can be read by others: run 'chmod 600 {path}' and check who had access"
        )
    secret = path.read_bytes()
    if len(secret) < 32:
        raise ValueError(
            f"{path} is damaged (fewer than 32 bytes): restore it from the backup of the course keys"
        )
    return secret


def submission_key(secret: bytes, student: str, assignment: str) -> bytes:
    """The key of one student's submission: all a worker ever learns of the secret."""
    return derive(secret, "submission", student, assignment)


def derive(key: bytes, *names: str) -> bytes:
    """HMAC-SHA256 of the names under `key`; the names are length-prefixed, so no two lists collide."""
    return hmac.digest(key, _message(names), "sha256")


@functools.lru_cache(maxsize=4096)
def _message(names: tuple[str, ...]) -> bytes:
    """The names as bytes: the same for a whole class."""
    return b"".join(len(name).to_bytes(4, "big") + name for name in map(str.encode, names))


def generator(key: bytes, *names: str) -> np.random.Generator:
    """A random generator whose state is derived from `key` and the names."""
    return np.random.Generator(np.random.PCG64(_Derived(derive(key, *names))))  # type: ignore[arg-type]


class _Derived(ISeedSequence):
    """A state as it was derived: 256 bits of an HMAC need no mixing, which takes longer than all the rest."""

    def __init__(self, state: bytes) -> None:
        self.state = state

    def generate_state(self, n_words: int, dtype: Any = np.uint32) -> np.ndarray:
        """The first words of the state."""
        return np.frombuffer(self.state, dtype, n_words)
