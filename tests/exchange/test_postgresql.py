"""The same store on PostgreSQL, as in a deployment with several machines."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from exchange_class import OVERSEER, STAFF, STUDENT, WEEK, Exchange, hand_in, release

PROGRAMS = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)
pytest.importorskip("psycopg", reason="psycopg is missing: run 'make setup-test'")
pytestmark = pytest.mark.skipif(
    PROGRAMS is None, reason="no PostgreSQL was found: install it with 'sudo apt install postgresql'"
)


@pytest.fixture
def database(tmp_path_factory):
    """A server of our own on a socket; PostgreSQL refuses to run as root."""
    folder = tmp_path_factory.mktemp("pg")
    before = []
    if os.getuid() == 0:
        somebody = pwd.getpwnam("nobody")
        os.chown(folder, somebody.pw_uid, somebody.pw_gid)
        for parent in (folder.parent, folder.parent.parent):
            parent.chmod(0o711)
        before = ["setpriv", f"--reuid={somebody.pw_uid}", f"--regid={somebody.pw_gid}", "--clear-groups"]
    # A socket's path may have a hundred letters only.
    socket = Path(subprocess.check_output([*before, "mktemp", "-d"], text=True, cwd="/").strip())

    def run(program, *arguments):
        subprocess.run(
            [*before, PROGRAMS / program, "-D", folder / "data", *arguments],
            check=True,
            cwd="/",
            stdout=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        )

    run("initdb", "-U", "course", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -k {socket} -c fsync=off"
    run("pg_ctl", "-w", "-l", folder / "log", "-o", options, "start")
    try:
        yield f"postgresql+psycopg://course@/postgres?host={socket}"
    finally:
        run("pg_ctl", "-w", "-m", "immediate", "stop")
        shutil.rmtree(socket)


def test_the_exchange_keeps_its_promises_on_postgresql(database, tmp_path):
    exchange = Exchange(tmp_path, database=database)
    try:
        staff = exchange.client(exchange.hub.admit("small", *STAFF, kind="service"))
        release(staff, tmp_path)
        students = [exchange.person(f"student{number}", *STUDENT) for number in range(20)]
        with ThreadPoolExecutor(20) as pool:
            receipts = list(
                pool.map(
                    lambda pair: hand_in(pair[1], tmp_path / str(pair[0]), f"{pair[0]}"), enumerate(students)
                )
            )
        assert {row["id"] for row in staff.inbox(WEEK)} == {receipt["package"] for receipt in receipts}
        before = students[0].submissions()
        audit = exchange.person("dean", *OVERSEER).audit()
        assert sum(entry["action"] == "complete" and entry["outcome"] == "done" for entry in audit) == 21
    finally:
        exchange.close()
    again = Exchange(tmp_path, database=database)
    try:
        assert again.person("student0", *STUDENT).submissions() == before
    finally:
        again.close()
