"""What each token may do, asked of a real Hub and its services."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

pytest.importorskip("jupyterhub", reason="jupyterhub is missing: run 'make setup-hub'")

from autograder.config import load_course
from autograder.hub import roles
from autograder.hub.demo import MARK, PEOPLE
from course_exchange.client import ExchangeClient, ExchangeRefused

COURSE = load_course()
WEEK = "week4_gmm"


def test_no_role_inherits_or_administers():
    for role in roles.roles(COURSE):
        for scope in role["scopes"]:
            assert scope not in ("inherit", "self", "all"), role["name"]
            assert not scope.startswith(
                ("admin", "tokens", "shares", "users:shares", "groups", "proxy", "shutdown")
            )
            # What reaches further than oneself names a service, or is the culler's.
            narrowed = "!" in scope or scope.startswith("custom:exchange:generative-models:")
            assert narrowed or role["name"] == roles.CULLER, (role["name"], scope)


def test_rights_at_the_exchange_are_given_to_groups_and_services_never_to_persons():
    for role in roles.roles(COURSE):
        assert "users" not in role
        if any(scope.startswith("custom:") for scope in role["scopes"]) and role["name"] != "server":
            assert role.get("groups") or role.get("services")


@pytest.fixture(scope="module")
def ada(hub):
    return hub.server_token("ada")


@pytest.fixture(scope="module")
def submission(hub):
    """The package of another student."""
    token = hub.server_token("bo")
    with ExchangeClient(hub.demo.exchange_url, token) as bo:
        from course_exchange.manifest import of_folder

        folder = hub.demo.course.release / WEEK
        return bo.upload("submission", WEEK, folder, of_folder(folder))["package"]


EXCHANGE = [
    ("GET", "api/inbox", None),
    ("GET", f"api/inbox?assignment={WEEK}&student=bo", None),
    ("GET", "api/audit", None),
    ("GET", "api/packages/{package}/content", None),
    ("DELETE", "api/packages/{package}", None),
    ("POST", "api/uploads", {"kind": "assignment"}),
    ("POST", "api/uploads", {"kind": "feedback"}),
]
HUB = [
    ("GET", "users"),
    ("GET", "users/bo"),
    ("POST", "users/eve"),
    ("PATCH", "users/ada"),
    ("DELETE", "users/bo"),
    ("POST", "users/bo/server"),
    ("DELETE", "users/bo/server"),
    ("POST", "users/ada/tokens"),
    ("GET", "users/ada/tokens"),
    ("POST", "users/bo/tokens"),
    ("GET", "groups"),
    ("POST", f"groups/{roles.instructor_group(COURSE)}/users"),
    ("GET", f"groups/{roles.grader_group(COURSE)}"),
    ("POST", "groups/new"),
    ("GET", "services"),
    ("GET", "proxy"),
    ("POST", "proxy"),
    ("POST", "shutdown"),
    ("GET", "info"),
    ("POST", "shares/ada/"),
]
SERVERS = [
    "/services/generative-models/lab",
    "/services/generative-models/formgrader",
    "/services/generative-models/formgrader/api/assignments",
    "/services/generative-models/api/contents",
    "/services/generative-models/terminals/websocket/1",
    "/user/bo/lab",
    "/user/bo/api/contents",
    "/user/tara/api/contents",
]


@pytest.mark.parametrize(("method", "path", "more"), EXCHANGE)
def test_a_students_token_is_refused_at_the_exchanges_staff_endpoints(
    hub, ada, submission, method, path, more
):
    file = {"path": "a.ipynb", "size": 0, "sha256": "0" * 64}
    body = {"assignment": WEEK, "about": submission, "nonce": "n", "files": [file], **(more or {})}
    url = hub.demo.exchange_url + path.format(package=submission)
    answer = hub.with_token(ada, method, url, json=body if more else None)
    assert answer.status_code in (403, 404), answer.text


@pytest.mark.parametrize(("method", "path"), HUB)
def test_a_students_token_is_refused_at_the_hubs_staff_endpoints(hub, ada, method, path):
    body = {"users": ["ada"], "admin": True} if method in ("POST", "PATCH") else None
    answer = hub.with_token(ada, method, f"{hub.url}/hub/api/{path}", json=body)
    assert answer.status_code in (403, 404), answer.text


@pytest.mark.parametrize("path", SERVERS)
def test_a_students_token_is_refused_at_other_servers(hub, ada, submission, path):
    hub.server_token("tara")
    answer = hub.with_token(ada, "GET", hub.url + path)
    assert answer.status_code in (302, 403), answer.text
    if answer.status_code == 302:
        assert re.match(r"(/hub/|/services/[^/]+/oauth|/user/)", answer.headers["Location"])


@pytest.mark.parametrize("method, path", [pair for pair in HUB if pair[1] not in ("users/ada/tokens",)])
def test_a_student_who_is_logged_in_is_refused_at_the_hubs_staff_endpoints(hub, method, path):
    with hub.login("ada") as session:
        answer = hub.call(session, method, path, json={"users": ["ada"]} if method != "GET" else None)
        assert answer.status_code in (403, 404), answer.text


@pytest.mark.parametrize("path", ["/services/generative-models/formgrader", "/user/bo/lab", "/hub/admin"])
def test_a_student_who_is_logged_in_cannot_open_what_is_the_staffs(hub, submission, path):
    with hub.login("ada") as session:
        answer = session.get(hub.url + path, timeout=60)
    assert answer.status_code in (403, 404), answer.url


def test_a_student_cannot_make_tokens(hub):
    with hub.login("ada") as session:
        for body in ({}, {"roles": ["admin"]}, {"scopes": ["inherit"]}, {"scopes": ["admin:users"]}):
            assert hub.call(session, "POST", "users/ada/tokens", json=body).status_code in (400, 403)


def test_a_students_token_does_what_a_student_needs(hub, ada):
    with ExchangeClient(hub.demo.exchange_url, ada) as client:
        assert [package["assignment"] for package in client.assignments()] == [WEEK]
        assert client.submissions() == []
    own = hub.with_token(ada, "GET", f"{hub.url}/hub/api/user").json()
    assert own["name"] == "ada"
    assert not [
        scope for scope in own["scopes"] if re.search(r"inherit|admin|token|release|collect|oversee", scope)
    ]


def test_a_grader_works_through_the_courses_server_only(hub):
    token = hub.server_token("tara")
    with ExchangeClient(hub.demo.exchange_url, token) as client:
        for ask in (client.assignments, client.inbox, client.submissions, client.audit):
            with pytest.raises(ExchangeRefused):
                ask()
    with hub.login("tara") as session:
        page = session.get(f"{hub.url}/services/generative-models/formgrader", timeout=60)
    assert (page.status_code, "formgrader" in page.text.lower()) == (200, True)


def test_an_instructor_oversees_but_releases_through_the_courses_server(hub, submission):
    with ExchangeClient(hub.demo.exchange_url, hub.server_token("ines")) as client:
        assert any(entry["who"] == "bo" and entry["outcome"] == "done" for entry in client.audit())
        assert submission in {row["id"] for row in client.inbox(WEEK)}
        (released,) = client.assignments()
        with pytest.raises(ExchangeRefused, match="not yours to withdraw"):
            client.withdraw(released["id"])


def test_the_courses_server_releases_and_collects_and_is_nobody_at_the_hub(hub, submission):
    with ExchangeClient(hub.demo.exchange_url, hub.demo.token) as client:
        assert submission in {row["id"] for row in client.inbox(WEEK)}
        with pytest.raises(ExchangeRefused):
            client.audit()
        with pytest.raises(ExchangeRefused):
            client.submissions()
    for path in ("users", "groups", "services", "proxy"):
        assert hub.with_token(hub.demo.token, "GET", f"{hub.url}/hub/api/{path}").status_code == 403


def test_the_culler_sees_and_stops_servers_and_can_do_nothing_else(hub, ada):
    token = hub.service_token(roles.CULLER)
    users = hub.with_token(token, "GET", f"{hub.url}/hub/api/users").json()
    assert {user["name"] for user in users} == PEOPLE.everybody
    assert all("groups" not in user and "auth_state" not in user for user in users)
    for method, path in (
        ("POST", "users/eve"),
        ("POST", "users/bo/tokens"),
        ("GET", "groups"),
        ("POST", "shutdown"),
    ):
        assert hub.with_token(token, method, f"{hub.url}/hub/api/{path}").status_code == 403
    assert hub.with_token(token, "POST", f"{hub.url}/hub/api/users/ada/server").status_code == 403
    assert hub.with_token(token, "GET", f"{hub.demo.exchange_url}api/inbox").status_code == 403
    assert hub.with_token(token, "GET", f"{hub.url}/user/ada/api/contents").status_code in (302, 403)
    assert hub.with_token(token, "DELETE", f"{hub.url}/hub/api/users/ines/server").status_code in (
        202,
        204,
        400,
    )


def test_the_exchanges_own_token_can_do_nothing_but_be_asked(hub):
    token = hub.service_token(roles.EXCHANGE)
    for path in ("users", "groups", "services"):
        assert hub.with_token(token, "GET", f"{hub.url}/hub/api/{path}").status_code == 403


def test_nobody_who_is_not_on_the_list_gets_in(hub):
    import requests

    for name, password in (("eve", ""), ("eve", "eve"), ("ada", ""), ("ada", hub.demo.passwords["bo"])):
        with requests.Session() as session:
            session.get(f"{hub.url}/hub/login", timeout=30)
            form = {
                "username": name,
                "password": password,
                "_xsrf": session.cookies.get("_xsrf", path="/hub/"),
            }
            assert session.post(f"{hub.url}/hub/login", data=form, timeout=30).status_code == 403


def test_with_a_domain_each_server_has_a_host_of_its_own(tmp_path):
    """The subdomains of a real site; on this machine no more than their addresses can be looked at."""
    code = """
import asyncio, json, sys
from jupyterhub.app import JupyterHub
app = JupyterHub(subdomain_host="https://hub.example.edu", db_url="sqlite:///:memory:", log_level="ERROR")
hosts = [app.subdomain_hook(name, app.domain, kind=kind) for name, kind in (("ada", "user"), ("course", "service"))]
print(json.dumps(hosts))
"""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    user, service = json.loads(result.stdout)
    assert user.endswith(".hub.example.edu") and service.endswith(".hub.example.edu")
    assert user != service


def test_when_the_hub_ends_nothing_of_it_is_left(hub, tmp_path):
    from pathlib import Path

    from autograder.hub.demo import prepare, running

    demo = prepare(tmp_path / "demo", ())
    with running(demo, ()) as process:
        assert process.poll() is None
    marked = f"{MARK}={demo.mark}".encode()
    left = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            left += [path] if marked in path.read_bytes() else []
        except OSError:
            continue
    assert left == []
