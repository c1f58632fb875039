"""The class's pages on a real Hub: for instructors, and nobody else."""

from __future__ import annotations

import pytest

pytest.importorskip("jupyterhub", reason="jupyterhub is missing: run 'make setup-hub'")

from autograder.hub.roles import PAGES
from autograder.views.files import write_private

PLACE = f"/services/{PAGES}"
WANTED = ("", "/", "/reports/index.html", "/reports/pages/students/ada.html", "/reports/week4_gmm.html")


@pytest.fixture(scope="module")
def pages(hub):
    """Some pages in the course's data, and what is no page."""
    data = hub.demo.course.data
    for address in ("reports/index.html", "reports/pages/students/ada.html", "reports/week4_gmm.html"):
        write_private(data / address, f"<title>{address}</title>")
    write_private(data / "feedback" / "ada" / "week4_gmm" / "week4_gmm.html", "<title>feedback</title>")
    write_private(data / "reports" / "week4_gmm" / "ada.json", "{}")
    (data / "reports" / "elsewhere.html").symlink_to("/etc/hostname")
    return data


@pytest.mark.parametrize("name", ["ada", "tara"])
def test_a_students_and_a_tas_token_are_refused(hub, pages, name):
    token = hub.server_token(name)
    for address in WANTED[2:]:
        answer = hub.with_token(token, "GET", f"{hub.url}{PLACE}{address}")
        assert answer.status_code == 403 and "<title>reports" not in answer.text


@pytest.mark.parametrize("name", ["ada", "tara"])
def test_a_student_or_ta_who_is_logged_in_is_refused(hub, pages, name):
    with hub.login(name) as session:
        for address in WANTED:
            answer = session.get(hub.url + PLACE + address, timeout=60)
            assert answer.status_code == 403 and "<title>reports" not in answer.text


def test_without_a_login_one_is_sent_to_the_hub(hub, pages):
    answer = hub.with_token("none", "GET", f"{hub.url}{PLACE}/reports/index.html")
    assert answer.status_code in (302, 403) and "<title>reports" not in answer.text


def test_an_instructor_reads_every_page(hub, pages):
    with hub.login("ines") as session:
        for address in (*WANTED, "/feedback/ada/week4_gmm/week4_gmm.html"):
            answer = session.get(hub.url + PLACE + address, timeout=60)
            assert (answer.status_code, answer.text[:7]) == (200, "<title>"), address
            assert answer.headers["Cache-Control"] == "no-store"
            assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    [
        "/keys/course.key",
        "/gradebook.db",
        "/reports/week4_gmm/ada.json",
        "/reports/../keys/course.key",
        "/reports/pages/..%2f..%2fkeys/course.key.html",
        "/reports/elsewhere.html",
        "/feedback/ada/week9/none.html",
    ],
)
def test_nothing_but_pages_is_served_to_an_instructor_either(hub, pages, address):
    with hub.login("ines") as session:
        session.get(hub.url + PLACE, timeout=60)
        assert session.get(hub.url + PLACE + address, timeout=60).status_code in (404, 403)
