"""A PostgreSQL server of the tests' own: Debian's programs, a temporary folder, a free port, ended afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "shared_buffers": "32MB",
    "max_connections": "60",
}
WHERE = (
    "PostgreSQL is not installed: on Debian or Ubuntu 'sudo apt install postgresql', and "
    "'.venv/bin/pip install psycopg[binary]'"
)


def programs() -> Path | None:
    """The folder of the newest server's programs; None where there is none."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return next((path for path in reversed(folders) if (path / "pg_ctl").exists()), None)


class Server:
    """A running server: makes databases."""

    def __init__(self, url: str) -> None:
        self.url = url

    def new(self, template: str = "template0") -> str:
        """The address of a new database, empty or a copy of another."""
        name = f"course_{secrets.token_hex(6)}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def copy(self, url: str) -> str:
        """The address of a copy of one of the server's databases."""
        return self.new(str(make_url(url).database))

    def run(self, statement: str) -> None:
        engine = sqlalchemy.create_engine(
            self.url.replace("postgresql://", "postgresql+psycopg://"),
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as connection:
            connection.execute(sqlalchemy.text(statement))


@contextmanager
def serving() -> Iterator[Server]:
    """Start a server and end it. The server refuses to run as root, and runs as another user then."""
    folder = Path(tempfile.mkdtemp(prefix="course-postgres-"))
    try:
        as_whom = _ordinary_user(folder)
        password = folder / "password"
        password.write_text(secrets.token_hex(8))
        password.chmod(0o644)
        data = folder / "data"
        _run(
            ["initdb", "-D", data, "-U", "course", "-A", "scram-sha-256", "--pwfile", password, "-N"], as_whom
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        options = " ".join(f"-c {name}='{value}'" for name, value in OPTIONS.items())
        control = ["pg_ctl", "-D", data, "-w", "-t", "120"]
        _run([*control, "-l", folder / "log", "-o", f"-p {port} {options}", "start"], as_whom, folder / "log")
        try:
            yield Server(f"postgresql://course:{password.read_text()}@127.0.0.1:{port}/postgres")
        finally:
            _run([*control, "-m", "immediate", "stop"], as_whom)
    finally:
        shutil.rmtree(folder)


def _ordinary_user(folder: Path) -> dict[str, Any]:
    """How to start the server's programs so that they are not root."""
    if os.getuid():
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(words: list[Any], as_whom: dict[str, Any], log: Path | None = None) -> None:
    folder = programs()
    assert folder is not None
    command = [str(folder / words[0]), *map(str, words[1:])]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    # To a file: the server itself would keep a pipe open.
    with tempfile.TemporaryFile() as said:
        done = subprocess.run(
            command, cwd="/", env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, **as_whom
        )
        if done.returncode:
            said.seek(0)
            told = said.read().decode() + (log.read_text() if log is not None and log.exists() else "")
            raise RuntimeError(f"{words[0]} failed: {told}")
