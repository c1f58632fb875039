"""What nbgrader needs to reach the course's exchange service: students' and staff's side, nothing hidden.

A package of its own, without the engine: it is installed where students work, beside nbgrader. The service is
`autograder.exchange`; what the two share (paths, digests, receipts) is defined here.
"""

from __future__ import annotations

import os
from typing import Any

PLUGIN = "course_exchange.plugin"
URL = "COURSE_EXCHANGE_URL"
"""The environment variable with the service's address."""
PUBLIC_KEY = "exchange.pub"
"""Name of the file with the exchange's public key, beside the receipts."""


def configure(config: Any, course_id: str | None = None) -> None:
    """Put the service in the place of nbgrader's filesystem exchange, in an `nbgrader_config.py`.

    >>> from course_exchange import configure  # doctest: +SKIP
    >>> configure(get_config(), "generative-models")  # doctest: +SKIP
    """
    factory = config.ExchangeFactory
    factory.exchange = f"{PLUGIN}.Exchange"
    factory.fetch_assignment = f"{PLUGIN}.ExchangeFetchAssignment"
    factory.fetch_feedback = f"{PLUGIN}.ExchangeFetchFeedback"
    factory.release_assignment = f"{PLUGIN}.ExchangeReleaseAssignment"
    factory.release_feedback = f"{PLUGIN}.ExchangeReleaseFeedback"
    factory.list = f"{PLUGIN}.ExchangeList"
    factory.submit = f"{PLUGIN}.ExchangeSubmit"
    factory.collect = f"{PLUGIN}.ExchangeCollect"
    course_id = course_id or os.environ.get("COURSE_ID")
    if course_id:
        config.CourseDirectory.course_id = course_id
