"""The exchange service's face towards Python: uploads that resume, downloads that are checked."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import requests

from course_exchange import URL
from course_exchange.manifest import Entry, ManifestError, as_json, parse, size

CHUNK = 1 << 20
"""Bytes sent at once: what is lost at most when a connection breaks."""
AGAIN = frozenset({429, 502, 503, 504})


class ExchangeRefused(Exception):
    """The exchange said no, or did not answer; the message is for the person who asked."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ExchangeClient:
    """Speaks to the service for whoever the token belongs to.

    A request that finds no answer is repeated for `patience` seconds, so a restart of the service goes
    unnoticed. Every request may be repeated without doing anything twice.
    """

    def __init__(
        self, url: str, token: str, *, patience: float = 60.0, timeout: float = 60.0, ca: str | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.patience = patience
        self.timeout = timeout
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["Authorization"] = f"token {token}"
        self._session.verify = ca or True

    @classmethod
    def from_environment(cls, *, patience: float = 60.0, ca: str | None = None) -> ExchangeClient:
        """As JupyterHub set it up in this server; raises ExchangeRefused where it did not."""
        url, token = os.environ.get(URL), os.environ.get("JUPYTERHUB_API_TOKEN")
        if not url or not token:
            raise ExchangeRefused(
                f"{URL} or JUPYTERHUB_API_TOKEN is not set: the exchange is reached from a server of the JupyterHub"
            )
        return cls(url, token, patience=patience, ca=ca)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def __enter__(self) -> ExchangeClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def assignments(self) -> list[dict[str, Any]]:
        """The released assignments, each with its latest version and the asker's own deadline."""
        return self._json("GET", "api/assignments")["assignments"]

    def submissions(self) -> list[dict[str, Any]]:
        """The asker's own submissions, the oldest first, with what feedback there is."""
        return self._json("GET", "api/submissions")["submissions"]

    def inbox(self, assignment: str = "", student: str = "") -> list[dict[str, Any]]:
        """Everybody's submissions, the oldest first: staff only."""
        return self._json("GET", "api/inbox", params={"assignment": assignment, "student": student})[
            "submissions"
        ]

    def public_key(self) -> bytes:
        """The key that receipts are verified with (PEM)."""
        return self._request("GET", "api/key").content

    def audit(self, after: int = 0) -> list[dict[str, Any]]:
        """The audit log's entries after a number: overseers only."""
        return self._json("GET", "api/audit", params={"after": str(after)})["entries"]

    def withdraw(self, package: str) -> None:
        """Take a package out of every list; its files are kept. Staff only; submissions: overseers only."""
        self._request("DELETE", f"api/packages/{package}")

    def upload(
        self,
        kind: str,
        assignment: str,
        folder: Path,
        entries: Sequence[Entry],
        *,
        about: str = "",
    ) -> dict[str, Any]:
        """Send files and return the receipt; goes on where an earlier attempt stopped.

        `kind` is ``submission``, ``assignment`` or ``feedback``; feedback says which submission it is `about`.
        """
        wanted = {
            "kind": kind,
            "assignment": assignment,
            "about": about,
            "files": as_json(entries),
            "nonce": secrets.token_hex(16),
        }
        total = size(entries)
        # Twice: what arrived damaged or was lost by the service's machine is sent once more.
        for _ in range(2):
            state = self._json("POST", "api/uploads", json=wanted)
            if "receipt" in state:
                return state["receipt"]
            upload = state["upload"]
            offset = state["offset"]
            with contextlib.closing(_Joined(folder, entries)) as content:
                while offset < total:
                    answer = self._request(
                        "PATCH",
                        f"api/uploads/{upload}",
                        data=content.read(offset, min(CHUNK, total - offset)),
                        headers={"Upload-Offset": str(offset), "Content-Type": "application/octet-stream"},
                        expected={409},
                    )
                    offset = answer.json()["offset"]
            answer = self._request("POST", f"api/uploads/{upload}/complete", expected={409, 422})
            if answer.status_code < 300:
                return answer.json()["receipt"]
        raise ExchangeRefused("the files changed while they were sent: save them and try again", 422)

    def download(self, package: str, files: object, dest: Path) -> None:
        """Put a package's files into a new folder: all of them, checked, or none.

        The list of files is the one that the service gave; raises ExchangeRefused where it or the content is wrong.
        """
        try:
            entries = parse(files)
        except ManifestError as error:
            raise ExchangeRefused(
                f"the exchange sent a list of files that is not accepted: {error}"
            ) from None
        dest.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=".exchange-", dir=dest.parent))
        try:
            with self._content(package, size(entries)) as content:
                for entry in entries:
                    _write(temporary / entry.path, entry, content)
            temporary.chmod(0o755)
            _replace(temporary, dest)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)

    @contextlib.contextmanager
    def _content(self, package: str, total: int) -> Iterator[IO[bytes]]:
        """All bytes of a package in a temporary file; what is missing is asked for again."""
        with tempfile.TemporaryFile() as file:
            while file.tell() < total:
                before = file.tell()
                answer = self._request(
                    "GET",
                    f"api/packages/{package}/content",
                    headers={"Range": f"bytes={before}-", "Accept-Encoding": "identity"},
                    stream=True,
                )
                with contextlib.closing(answer), contextlib.suppress(requests.RequestException):
                    for data in answer.iter_content(CHUNK):
                        file.write(data)
                        if file.tell() > total:
                            raise ExchangeRefused("the exchange sent more than it announced")
                if file.tell() == before:
                    raise ExchangeRefused("the exchange sent less than it announced")
            file.seek(0)
            yield file

    def _json(self, method: str, path: str, **options: Any) -> Any:
        return self._request(method, path, **options).json()

    def _request(
        self, method: str, path: str, expected: frozenset[int] | set[int] = frozenset(), **options: Any
    ) -> requests.Response:
        until = time.monotonic() + self.patience
        pause = 0.1
        while True:
            problem = "the exchange does not answer"
            try:
                answer = self._session.request(
                    method, f"{self.url}/{path}", timeout=self.timeout, allow_redirects=False, **options
                )
            except (requests.ConnectionError, requests.Timeout):
                status, wait = 0, 0.0
            else:
                status = answer.status_code
                if status < 300 or status in expected:
                    return answer
                problem = _reason(answer)
                wait = float(answer.headers.get("Retry-After", "0") or 0)
                answer.close()
                if status not in AGAIN:
                    raise ExchangeRefused(problem, status)
            # Apart from each other, or a class that was cut off would return in one moment.
            wait = max(wait, pause * random.uniform(0.5, 1.5))
            if time.monotonic() + wait > until:
                raise ExchangeRefused(problem, status)
            time.sleep(wait)
            pause = min(2 * pause, 5.0)


def _reason(answer: requests.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return f"the exchange answered {answer.status_code}"


class _Joined:
    """The files' bytes one after the other, read at any place."""

    def __init__(self, folder: Path, entries: Sequence[Entry]) -> None:
        self._parts: list[tuple[int, Entry]] = []
        offset = 0
        for entry in entries:
            self._parts.append((offset, entry))
            offset += entry.size
        self._folder = folder
        self._open: tuple[str, IO[bytes]] | None = None

    def read(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes; a file that has become shorter is filled up, and refused by its digest."""
        found = bytearray()
        for start, entry in self._parts:
            at = offset + len(found)
            if len(found) == length or start > at:
                break
            if at >= start + entry.size:
                continue
            wanted = min(length - len(found), start + entry.size - at)
            found += self._part(entry, at - start, wanted).ljust(wanted, b"\0")
        return bytes(found)

    def _part(self, entry: Entry, offset: int, length: int) -> bytes:
        if self._open is None or self._open[0] != entry.path:
            self.close()
            self._open = (entry.path, open(self._folder / entry.path, "rb"))  # noqa: SIM115 - closed in close()
        file = self._open[1]
        file.seek(offset)
        return file.read(length)

    def close(self) -> None:
        """Close the file that is open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


def _write(path: Path, entry: Entry, content: IO[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    check = hashlib.sha256()
    left = entry.size
    with open(path, "xb") as file:
        while left:
            data = content.read(min(CHUNK, left))
            check.update(data)
            file.write(data)
            left -= len(data)
    if check.hexdigest() != entry.sha256:
        raise ExchangeRefused(f"{entry.path} arrived damaged: try again")


def _replace(new: Path, dest: Path) -> None:
    """Put a folder where another may be; the other is gone only when the new one is there."""
    if not dest.exists():
        new.rename(dest)
        return
    old = Path(tempfile.mkdtemp(prefix=".exchange-", dir=dest.parent)) / "old"
    dest.rename(old)
    new.rename(dest)
    shutil.rmtree(old.parent)
