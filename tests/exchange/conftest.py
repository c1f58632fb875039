from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from exchange_class import OVERSEER, STAFF, STUDENT, Exchange, release

from course_exchange.client import ExchangeClient


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Exchange]:
    running = Exchange(tmp_path)
    yield running
    running.close()


@pytest.fixture
def staff(exchange: Exchange, tmp_path: Path) -> ExchangeClient:
    """The course service; the first week is released."""
    client = exchange.client(exchange.hub.admit("small", *STAFF, kind="service"))
    release(client, tmp_path)
    return client


@pytest.fixture
def ada(exchange: Exchange, staff: ExchangeClient) -> ExchangeClient:
    return exchange.person("ada", *STUDENT)


@pytest.fixture
def bo(exchange: Exchange, staff: ExchangeClient) -> ExchangeClient:
    return exchange.person("bo", *STUDENT)


@pytest.fixture
def dean(exchange: Exchange) -> ExchangeClient:
    return exchange.person("dean", *OVERSEER)
