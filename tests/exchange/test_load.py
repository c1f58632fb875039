"""A whole class hands in at once, on loopback; the service is killed in the middle."""

from __future__ import annotations

import hashlib
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from exchange_class import (
    PREFIX,
    STAFF,
    STUDENT,
    WEEK,
    StubHub,
    free_port,
    process,
    release,
    wait_for,
    work,
)

from course_exchange.client import ExchangeClient
from course_exchange.manifest import of_folder
from course_exchange.receipts import read_public_key, verify

STUDENTS = 120
SECONDS = 120
"""Everybody is done by then, or the test fails. On an idle machine it takes a few seconds."""


@pytest.fixture
def hub():
    stub = StubHub()
    yield stub
    stub.close()


class Class:
    """Students who press Submit in the same moment; each has files of their own."""

    def __init__(self, folder: Path, hub: StubHub, url: str) -> None:
        self.hub, self.url = hub, url
        self.folders = {}
        for number in range(STUDENTS):
            name = f"student{number:03}"
            notebook = f"{name} ".encode() * (2_000 + 1_000 * (number % 3))
            # A few hand in more than fits into one request.
            data = hashlib.sha256(name.encode()).digest() * (80_000 if number % 10 == 0 else 100)
            self.folders[name] = work(folder / name, **{f"{WEEK}__ipynb": notebook, "data__bin": data})
        self.receipts: dict[str, dict] = {}
        self.latencies: list[float] = []

    def hand_in(self) -> None:
        start = threading.Barrier(STUDENTS)

        def one(name: str) -> None:
            token = self.hub.admit(name, *STUDENT)
            entries = of_folder(self.folders[name])
            with ExchangeClient(self.url, token, patience=SECONDS) as client:
                start.wait()
                began = time.monotonic()
                receipt = client.upload("submission", WEEK, self.folders[name], entries)
                self.latencies.append(time.monotonic() - began)
                self.receipts[name] = receipt

        with ThreadPoolExecutor(STUDENTS) as pool:
            list(pool.map(one, self.folders, timeout=SECONDS))

    def check(self, staff: ExchangeClient, folder: Path) -> None:
        """Everybody's own files are there, once, and all receipts hold."""
        key = read_public_key(staff.public_key())
        inbox = staff.inbox(WEEK)
        assert {row["student"]: row["id"] for row in inbox} == {
            name: receipt["package"] for name, receipt in self.receipts.items()
        }
        assert len(inbox) == STUDENTS
        for row in inbox:
            mine = self.folders[row["student"]]
            facts = verify(self.receipts[row["student"]], key)
            assert facts["student"] == row["student"]
            assert facts["files"] == [vars(entry) for entry in of_folder(mine)]
            dest = folder / row["student"]
            staff.download(row["id"], row["files"], dest)
            for path in mine.iterdir():
                assert (dest / path.name).read_bytes() == path.read_bytes(), row["student"]

    def p99(self) -> float:
        return sorted(self.latencies)[int(0.99 * (STUDENTS - 1))]


def test_a_class_hands_in_at_once_without_loss_or_mix_up(hub, tmp_path, capsys):
    port = free_port()
    url = f"http://127.0.0.1:{port}{PREFIX}"
    everybody = Class(tmp_path / "class", hub, url)
    with (
        process(tmp_path, hub, port),
        ExchangeClient(url, hub.admit("small", *STAFF, kind="service")) as staff,
    ):
        release(staff, tmp_path)
        everybody.hand_in()
        everybody.check(staff, tmp_path / "collected")
    with capsys.disabled():
        print(f"\n{STUDENTS} students at once: p99 of a submission {everybody.p99():.2f} s")


def test_nothing_acknowledged_is_lost_when_the_service_is_killed_in_the_middle(hub, tmp_path, capsys):
    port = free_port()
    url = f"http://127.0.0.1:{port}{PREFIX}"
    everybody = Class(tmp_path / "class", hub, url)
    with (
        ExchangeClient(url, hub.admit("small", *STAFF, kind="service")) as staff,
        ThreadPoolExecutor(1) as pool,
    ):
        with process(tmp_path, hub, port) as running:
            release(staff, tmp_path)
            handing_in = pool.submit(everybody.hand_in)
            wait_for(lambda: len(everybody.receipts) >= STUDENTS // 4 or handing_in.done(), SECONDS)
            running.kill()
            running.wait()
        acknowledged = dict(everybody.receipts)
        assert STUDENTS // 4 <= len(acknowledged) < STUDENTS, "it was not killed in the middle"
        with process(tmp_path, hub, port):
            handing_in.result(timeout=SECONDS)
            everybody.check(staff, tmp_path / "collected")
    assert acknowledged.items() <= everybody.receipts.items()
    with capsys.disabled():
        print(
            f"\nkilled after {len(acknowledged)} of {STUDENTS} receipts and started again: "
            f"p99 of a submission {everybody.p99():.2f} s, nothing lost"
        )
