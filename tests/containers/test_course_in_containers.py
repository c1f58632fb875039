"""A course in containers, as compose.yaml describes it: a week from release to feedback, two students of one uid."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from container_site import STUDENTS, Site

from autograder.config import load_course
from autograder.demo import differences, homework, read_class
from autograder.store import read_reports
from autograder.submission import read_release

WEEK = "week1_bayes"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def site(engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(engine, tmp_path_factory.mktemp("site"))
    try:
        site.start("database", "hub", "exchange", "grader")
        for name in STUDENTS:
            site.staff("course", "students", "add", name)
        site.staff("course", "build", WEEK)
        site.staff("nbgrader", "release_assignment", WEEK)
        for name in STUDENTS:
            site.start_server(name)
        yield site
    finally:
        for container in engine.out("ps", "--all", "--quiet").split():
            engine.run("rm", "--force", "--volumes", container)


def put(site: Site, name: str, path: str, content: bytes) -> None:
    """Leave a file in a student's home, as its own user."""
    code = f"import sys; open({path!r}, 'wb').write(sys.stdin.buffer.read())"
    done = site.engine.run(
        "exec", "--interactive", f"course-{name}", "python", "-c", code, input=content.decode()
    )
    assert done.returncode == 0


def test_a_students_server_is_a_container_with_limits_and_without_rights(site: Site):
    (facts,) = json.loads(site.engine.out("inspect", "course-ada"))
    host = facts["HostConfig"]
    assert facts["Config"]["Image"] == "course-student"
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert (host["PidsLimit"], host["Memory"], host["CpuQuota"]) == (512, 2 * 2**30, 100_000)
    assert host["ShmSize"] == 2**30
    assert [mount["Destination"] for mount in facts["Mounts"]] == ["/home/jovyan"]
    assert "1.0G" in site.student("ada", "df", "-h", "/dev/shm")


def test_the_servers_are_healthy_by_their_own_check(site: Site):
    for name in ("ada", "hub", "exchange", "grader"):
        assert site.student(name, "healthy") == ""


def test_loaders_of_several_processes_have_room_for_their_batches(site: Site):
    code = """
import torch
from torch.utils.data import DataLoader, TensorDataset
data = TensorDataset(torch.zeros(64, 2**20))
print(sum(batch.numel() for (batch,) in DataLoader(data, batch_size=16, num_workers=2)) // 2**20)
"""
    assert site.student("ada", "python", "-W", "ignore", "-c", code).strip() == "64"


def test_a_week_from_release_to_feedback(site: Site, tmp_path: Path):
    course = load_course()
    release = read_release(course, WEEK)
    pupils = {pupil.name: pupil for pupil in read_class(ROOT / "tests" / "classroom" / WEEK)}
    for name in STUDENTS:
        assert WEEK in site.student(name, "nbgrader", "list")
        site.student(name, "nbgrader", "fetch_assignment", WEEK)
        own = homework(pupils[name], release)
        put(site, name, f"{WEEK}/{WEEK}.ipynb", json.dumps(own).encode())
        site.student(name, "nbgrader", "submit", WEEK)
        receipts = site.student(name, "sh", "-c", f"ls receipts/{WEEK}/*.json").split()
        assert site.student(name, "course", "receipt", "verify", receipts[0]).startswith("valid")

    site.staff("nbgrader", "collect", WEEK)
    site.staff("course", "grade", WEEK, "--workers", "2")
    site.staff("nbgrader", "generate_feedback", WEEK)
    site.staff("nbgrader", "release_feedback", WEEK)
    inside = course.at(tmp_path)
    site.engine.run("cp", "course-grader:/data/reports", inside.reports)
    reports = read_reports(inside, WEEK)
    for name in STUDENTS:
        assert differences(pupils[name], reports[name]) == []
        site.student(name, "nbgrader", "fetch_feedback", WEEK)
        assert ".html" in site.student(name, "sh", "-c", f"find {WEEK}/feedback -type f")


def test_two_students_of_one_uid_cannot_reach_each_others_work(site: Site):
    assert {site.student(name, "id", "-u").strip() for name in STUDENTS} == {"1000"}
    put(site, "bo", "private.txt", b"what bo wrote")
    ask = """
import json, os, sys, urllib.error, urllib.request

def ask(url, method="GET"):
    headers = {"Authorization": "token " + os.environ["JUPYTERHUB_API_TOKEN"]}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers, method=method), timeout=20) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        return refused.code, b""

exchange = os.environ["COURSE_EXCHANGE_URL"] + "api/"
mine = json.loads(ask(exchange + "submissions")[1])["submissions"]
"""
    code = "print(json.dumps([mine, os.environ['JUPYTERHUB_SERVICE_URL']]))"
    theirs, server = json.loads(site.student("bo", "python", "-c", ask + code))
    assert theirs
    code = """
import pathlib
theirs = [exchange + "packages/" + package for package in json.loads(sys.argv[1])]
print(json.dumps({
    "content": [ask(url + "/content")[0] for url in theirs],
    "withdraw": [ask(url, "DELETE")[0] for url in theirs],
    "inbox": ask(exchange + "inbox")[0],
    "audit": ask(exchange + "audit")[0],
    "mine": [entry["id"] for entry in mine],
    "server": ask(sys.argv[2] + "api/contents")[0],
    "hub": ask(os.environ["JUPYTERHUB_API_URL"] + "/users/bo")[0],
    "files": [str(path) for path in pathlib.Path("/").glob("home/*/private.txt")],
    "memory": [
        str(path)
        for seen in pathlib.Path("/proc").glob("[0-9]*/root")
        for path in seen.glob("home/*/private.txt")
    ],
    "engine": [path for path in ("/var/run/docker.sock", "/data", "/exchange") if os.path.exists(path)],
    "secrets": [str(path) for path in pathlib.Path("/run/secrets").glob("*")],
}))
"""
    packages = [entry["id"] for entry in theirs]
    seen = json.loads(site.student("ada", "python", "-c", ask + code, json.dumps(packages), server))
    assert set(seen["content"] + seen["withdraw"]) <= {403, 404}
    assert {seen["inbox"], seen["audit"], seen["server"], seen["hub"]} <= {403, 404}
    assert seen["mine"]
    assert not set(seen["mine"]) & set(packages)
    assert seen["files"] == seen["memory"] == seen["engine"] == seen["secrets"] == []


def test_a_backup_in_one_command_brings_everything_back(site: Site):
    key = site.student("grader", "sha256sum", "/data/keys/course.key")
    report = site.student("grader", "cat", f"/data/reports/{WEEK}/ada.json")
    listed = site.student("ada", "nbgrader", "list")
    name = site.engine.out("run", "--rm", *site.words("backup")[1:]).splitlines()[-1]
    folder = site.folder / "backups" / name
    dumps = {"hub.dump", "exchange.dump", "gradebook.dump"}
    assert {path.name for path in folder.iterdir()} == {"SHA256SUMS", "data.tar", "exchange.tar", *dumps}
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}

    site.stop("hub", "exchange", "grader")
    for service, path in (("exchange", "/exchange"), ("grader", "/data")):
        words = site.words(service)[1:]
        image = words.index("course-hub" if service == "exchange" else "course-grader")
        site.engine.run("run", "--rm", *words[: image + 1], "find", path, "-mindepth", "1", "-delete")
    for database in ("hub", "exchange", "gradebook"):
        statement = f"DROP OWNED BY {database}"
        psql = [
            "exec",
            "--env=PGHOST=/var/run/postgresql",
            f"--env=PGPORT={site.ports['database']}",
            "course-database",
        ]
        site.engine.run(*psql, "psql", "--username=postgres", f"--dbname={database}", "--command", statement)

    assert f"restored {name}" in site.engine.out("run", "--rm", *site.words("restore", name)[1:])
    site.start("hub", "exchange", "grader")
    assert site.student("grader", "sha256sum", "/data/keys/course.key") == key
    assert site.student("grader", "cat", f"/data/reports/{WEEK}/ada.json") == report
    # The students' servers ran all the while, with the tokens that they had.
    assert site.student("ada", "nbgrader", "list") == listed
