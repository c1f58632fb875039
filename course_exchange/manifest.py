"""What is sent: a list of files with their sizes and digests, and after it their bytes, one after the other.

Nothing is packed or compressed, so nothing is unpacked where a path or a size could lie. Both sides check a
list before they believe a word of it.
"""

from __future__ import annotations

import fnmatch
import hashlib
import json
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

MAX_FILES = 1000
MAX_DEPTH = 16
MAX_PART = 255
# Written by whoever collects a submission; a student's file of that name would be taken for it.
RESERVED = frozenset({"timestamp.txt", "submission_secret.txt"})


class ManifestError(Exception):
    """A list of files that is not accepted; the message says which entry and why."""


@dataclass(frozen=True)
class Entry:
    """One file: its path below the assignment's folder, its size in bytes, its SHA-256."""

    path: str
    size: int
    sha256: str


def check_path(path: object) -> str:
    """The path, if it names a file below the folder on every system; raises ManifestError otherwise."""
    if not isinstance(path, str) or not path:
        raise ManifestError(f"{path!r} is no file name")
    shown = repr(path[:80])
    parts = path.split("/")
    if len(parts) > MAX_DEPTH:
        raise ManifestError(f"{shown} lies more than {MAX_DEPTH} folders deep")
    for part in parts:
        if part in ("", ".", ".."):
            raise ManifestError(f"{shown} leads out of the folder or names no file")
        if "\\" in part or any(unicodedata.category(letter) in ("Cc", "Cs", "Cf") for letter in part):
            raise ManifestError(f"{shown} holds a character that file names may not have")
        if len(os.fsencode(part)) > MAX_PART:
            raise ManifestError(f"{shown} has a part longer than {MAX_PART} bytes")
    if path in RESERVED:
        raise ManifestError(f"{shown} is a name that the exchange uses itself")
    return path


def parse(raw: object) -> list[Entry]:
    """A received list of files, checked; raises ManifestError."""
    if not isinstance(raw, list) or not raw:
        raise ManifestError("the list of files is empty or no list")
    if len(raw) > MAX_FILES:
        raise ManifestError(f"{len(raw)} files are too many: at most {MAX_FILES} can be sent")
    entries = []
    seen: set[str] = set()
    for item in raw:
        if not isinstance(item, dict) or set(item) != {"path", "size", "sha256"}:
            raise ManifestError("each file needs exactly path, size and sha256")
        path, size, sha256 = check_path(item["path"]), item["size"], item["sha256"]
        if type(size) is not int or not 0 <= size < 2**53:
            raise ManifestError(f"{path!r} has the size {size!r}")
        if not isinstance(sha256, str) or not re.fullmatch("[0-9a-f]{64}", sha256):
            raise ManifestError(f"{path!r} has no SHA-256")
        # Two names that one file system holds apart can be the same file on another.
        name = unicodedata.normalize("NFC", path).casefold()
        if name in seen:
            raise ManifestError(f"{path!r} is listed twice")
        seen.add(name)
        entries.append(Entry(path, size, sha256))
    for name in seen:
        if any(str(folder) in seen for folder in PurePosixPath(name).parents):
            raise ManifestError(f"{name!r} lies in something that is listed as a file")
    return entries


def as_json(entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """The entries as they are sent."""
    return [asdict(entry) for entry in entries]


def canonical(value: Any) -> bytes:
    """The one way to write a JSON value, for digests and signatures."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def digest(entries: Iterable[Entry]) -> str:
    """SHA-256 over names, sizes and digests: says what was handed in, to the last byte."""
    return hashlib.sha256(canonical(as_json(entries))).hexdigest()


def size(entries: Iterable[Entry]) -> int:
    """Bytes of all files together."""
    return sum(entry.size for entry in entries)


def of_folder(folder: Path, ignore: Sequence[str] = ()) -> list[Entry]:
    """The regular files below a folder; links and what matches `ignore` (by name) are left out."""
    entries = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not _matches(name, ignore))
        for name in sorted(files):
            path = Path(root, name)
            relative = path.relative_to(folder).as_posix()
            if _matches(name, ignore) or relative in RESERVED or not stat.S_ISREG(path.lstat().st_mode):
                continue
            with open(path, "rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
                entries.append(Entry(check_path(relative), file.tell(), sha256))
    return entries


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatch(name, pattern) for pattern in patterns)
