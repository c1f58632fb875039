"""A course in containers, as compose.yaml describes it: a week from release to feedback, two students of one uid."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from container_site import STUDENTS, Site

from autograder.config import load_course
from autograder.demo import homework, read_class
from autograder.store import read_release

WEEK = "week1_bayes"
ROOT = Path(__file__).parents[2]
PUPILS = {"ada": "ada", "bo": "bo"}


@pytest.fixture(scope="module")
def site(engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = Site(engine, tmp_path_factory.mktemp("site"))
    try:
        site.up()
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
    done = site.engine.run("exec", "--interactive", f"course-{name}", "python", "-c", code, input=content.decode())
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
        own = homework(pupils[PUPILS[name]], release)
        put(site, name, f"{WEEK}/{WEEK}.ipynb", json.dumps(own).encode())
        site.student(name, "nbgrader", "submit", WEEK)
        receipts = site.student(name, "sh", "-c", f"ls receipts/{WEEK}/*.json").split()
        assert "ok" in site.student(name, "course", "receipt", "verify", receipts[0]).lower()

    site.staff("nbgrader", "collect", WEEK)
    site.staff("course", "grade", WEEK, "--workers", "2")
    site.staff("nbgrader", "generate_feedback", WEEK)
    site.staff("nbgrader", "release_feedback", WEEK)
    for name in STUDENTS:
        report = json.loads(site.student("grader", "cat", f"/data/reports/{WEEK}/{name}.json"))
        assert report["status"] == "graded"
        pupil = pupils[PUPILS[name]]
        given = {question["name"]: question["points"] for question in report["questions"]}
        wanted = {q["name"]: pupil.expected.get(q["name"], q["max_points"]) for q in report["questions"]}
        assert given == pytest.approx(wanted)
        site.student(name, "nbgrader", "fetch_feedback", WEEK)
        assert ".html" in site.student(name, "sh", "-c", f"find {WEEK}/feedback -type f")


def test_two_students_of_one_uid_cannot_reach_each_others_work(site: Site):
    assert {site.student(name, "id", "-u").strip() for name in STUDENTS} == {"1000"}
    put(site, "bo", "private.txt", b"what bo wrote")
    code = """
import json, os, pathlib, urllib.error, urllib.request

def ask(url, token=os.environ["JUPYTERHUB_API_TOKEN"]):
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, None

found = [str(path) for path in pathlib.Path("/").glob("home/*/private.txt")]
found += [str(path) for path in pathlib.Path("/proc").glob("[0-9]*/root/home/*/private.txt")]
exchange = os.environ["COURSE_EXCHANGE_URL"]
print(json.dumps({
    "files": found,
    "processes": sorted({p.read_text().strip() for p in pathlib.Path("/proc").glob("[0-9]*/comm")}),
    "own": ask(f"{exchange}api/submissions"),
    "others": ask(f"{exchange}api/submissions?student=bo"),
    "server": ask(BO)[0],
    "hub": ask(os.environ["JUPYTERHUB_API_URL"] + "/users/bo")[0],
    "socket": os.path.exists("/var/run/docker.sock"),
    "secrets": os.path.exists("/run/secrets"),
}))
"""
    address = site.student("bo", "printenv", "JUPYTERHUB_SERVICE_URL").strip()
    seen = json.loads(site.student("ada", "python", "-c", code.replace("BO", repr(f"{address}api/contents"))))
    assert seen["files"] == []
    assert seen["server"] in (401, 403)
    assert seen["hub"] in (403, 404)
    assert (seen["socket"], seen["secrets"]) == (False, False)
    print(seen)


def test_a_backup_in_one_command_brings_everything_back(site: Site):
    engine = site.engine
    before = site.staff("course", "export", "totals") if False else site.student("grader", "sha256sum", "/data/keys/course.key")
    name = engine.out("run", "--rm", *site.words("backup")[1:]).splitlines()[-1]
    assert sorted(path.name for path in (site.folder / "backups" / name).iterdir()) == sorted(
        ["SHA256SUMS", "data.tar", "exchange.tar", "exchange.dump", "gradebook.dump", "hub.dump"]
    )
    with tarfile.open(site.folder / "backups" / name / "data.tar") as packed:
        assert "./keys/course.key" in packed.getnames()
    assert before
    assert io
