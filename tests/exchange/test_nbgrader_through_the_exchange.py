"""nbgrader's own Assignment List, commands and formgrader's API, with the service as their exchange."""

from __future__ import annotations

import json
import subprocess
from datetime import timedelta
from pathlib import Path

import nbgrader_course as small
import pytest
from exchange_class import DUE, STAFF, STUDENT, Exchange
from fakes import WEEK
from nbgrader.apps import NbGraderAPI
from nbgrader.server_extensions.assignment_list.handlers import AssignmentList

import course_exchange
from course_exchange.receipts import read_public_key, verify

# A slip of nbgrader's own.
pytestmark = pytest.mark.filterwarnings("ignore:Passing unrecognized arguments:DeprecationWarning")


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    return small.make(tmp_path_factory.mktemp("master"))


@pytest.fixture
def course(master, tmp_path):
    (tmp_path / "course").mkdir()
    return small.copied(master, tmp_path / "course")


class People:
    """Acts as one person after another, each with a token of their own and their own folder."""

    def __init__(self, exchange: Exchange, course, folder: Path, monkeypatch) -> None:
        self.exchange, self.course, self.folder, self.monkeypatch = exchange, course, folder, monkeypatch
        self.tokens = {"staff": exchange.hub.admit("small", *STAFF, kind="service")}
        monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(folder / "no-config"))
        monkeypatch.setenv("JUPYTER_DATA_DIR", str(folder / "no-data"))
        monkeypatch.setenv(course_exchange.URL, exchange.url)

    def be(self, name: str) -> None:
        token = self.tokens.setdefault(name, "") or self.exchange.hub.admit(name, *STUDENT)
        self.tokens[name] = token
        self.monkeypatch.setenv("JUPYTERHUB_API_TOKEN", token)

    def staff(self) -> NbGraderAPI:
        self.be("staff")
        self.monkeypatch.chdir(self.course.data)
        config = small.nbgrader_config(self.course)
        course_exchange.configure(config, "small")
        config.Exchange.patience = 2.0
        return NbGraderAPI(config=config)

    def home(self, name: str) -> Path:
        home = self.folder / "homes" / name
        home.mkdir(parents=True, exist_ok=True)
        (home / "nbgrader_config.py").write_text(
            "import course_exchange\ncourse_exchange.configure(get_config(), 'small')\n"
        )
        return home

    def student(self, name: str) -> AssignmentList:
        self.be(name)
        # A single-user server works in its root folder.
        self.monkeypatch.chdir(self.home(name))
        assignments = AssignmentList()
        assignments.root_dir = str(self.home(name))
        return assignments

    def hand_in(self, name: str, text: str) -> dict:
        student = self.student(name)
        path = self.home(name) / WEEK / f"{WEEK}.ipynb"
        if not path.exists():
            done(student.fetch_assignment("small", WEEK))
        notebook = json.loads(path.read_text())
        notebook["cells"][1]["source"] = text
        path.write_text(json.dumps(notebook))
        done(student.submit_assignment("small", WEEK))
        return shown(student)[1]


def done(result: dict) -> None:
    assert result["success"], result


def shown(student: AssignmentList) -> list[dict]:
    listed = student.list_assignments("small")
    done(listed)
    return listed["value"]


@pytest.fixture
def people(exchange, course, tmp_path, monkeypatch):
    people = People(exchange, course, tmp_path, monkeypatch)
    done(people.staff().release_assignment(WEEK))
    return people


def test_a_student_fetches_hands_in_and_finds_receipt_and_feedback(people, exchange):
    ada = people.student("ada")
    (released,) = shown(ada)
    assert (released["assignment_id"], released["status"]) == (WEEK, "released")
    done(ada.fetch_assignment("small", WEEK))
    home = people.home("ada")
    assert (home / WEEK / f"{WEEK}.ipynb").is_file()
    assert (home / WEEK / "data.csv").read_text() == "the course's own\n"
    assert shown(ada)[0]["status"] == "fetched"
    assert shown(ada)[0]["notebooks"] == [{"notebook_id": WEEK, "path": f"{WEEK}/{WEEK}.ipynb"}]

    submitted = people.hand_in("ada", "def add(x, y):\n    return x + y")
    (version,) = submitted["submissions"]
    assert (submitted["student_id"], version["has_exchange_feedback"]) == ("ada", False)
    (path,) = (home / "receipts" / WEEK).glob("*.json")
    key = read_public_key((home / "receipts" / "exchange.pub").read_bytes())
    assert verify(json.loads(path.read_text()), key)["student"] == "ada"

    api = people.staff()
    done(api.collect(WEEK))
    collected = people.course.step("submitted") / "ada" / WEEK
    assert (collected / "timestamp.txt").read_text() == version["timestamp"]
    page = people.course.step("feedback") / "ada" / WEEK
    page.mkdir(parents=True)
    (page / f"{WEEK}.html").write_text("<p>good</p>")
    (page / "timestamp.txt").write_text(version["timestamp"])
    done(api.release_feedback(WEEK))

    ada = people.student("ada")
    (version,) = shown(ada)[1]["submissions"]
    assert (version["has_exchange_feedback"], version["has_local_feedback"]) == (True, False)
    done(ada.fetch_feedback("small", WEEK))
    (version,) = shown(ada)[1]["submissions"]
    assert version["has_local_feedback"]
    assert not version["feedback_updated"]
    assert (home / version["local_feedback_path"] / f"{WEEK}.html").read_text() == "<p>good</p>"

    (page / f"{WEEK}.html").write_text("<p>better</p>")
    done(people.staff().release_feedback(WEEK))
    ada = people.student("ada")
    assert shown(ada)[1]["submissions"][0]["feedback_updated"]
    done(ada.fetch_feedback("small", WEEK))
    assert (home / version["local_feedback_path"] / f"{WEEK}.html").read_text() == "<p>better</p>"


def test_feedback_of_the_assignment_is_not_handed_in_again(people):
    people.hand_in("ada", "first")
    feedback = people.home("ada") / WEEK / "feedback" / "2027"
    feedback.mkdir(parents=True)
    (feedback / f"{WEEK}.html").write_text("<p>good</p>")
    people.hand_in("ada", "second")
    people.be("staff")
    inbox = people.exchange.client(people.tokens["staff"]).inbox(WEEK)
    assert [file["path"] for file in inbox[-1]["files"]] == ["data.csv", f"{WEEK}.ipynb"]


def test_collecting_takes_the_latest_and_updates_what_is_there(people, exchange):
    source = people.course.step("submitted") / "ada" / WEEK / f"{WEEK}.ipynb"
    people.hand_in("ada", "first")
    done(people.staff().collect(WEEK))
    assert "first" in source.read_text()
    exchange.moment += timedelta(minutes=1)
    people.hand_in("ada", "second")
    people.hand_in("bo", "bo's")
    done(people.staff().collect(WEEK, update=False))
    assert "first" in source.read_text()
    assert "bo's" in (people.course.step("submitted") / "bo" / WEEK / f"{WEEK}.ipynb").read_text()
    done(people.staff().collect(WEEK))
    assert "second" in source.read_text()
    assert {path.name for path in source.parent.parent.iterdir()} == {WEEK}


def test_collecting_before_the_due_date_takes_the_latest_in_time(people, exchange):
    for hours, text in ((-2, "first"), (-1, "in time"), (1, "late")):
        exchange.moment = DUE + timedelta(hours=hours)
        people.hand_in("ada", text)
    exchange.moment = DUE + timedelta(hours=1)
    people.hand_in("bo", "only late")
    api = people.staff()
    api.config.ExchangeCollect.before_duedate = True
    api.exchange.config.ExchangeCollect.before_duedate = True
    done(api.collect(WEEK))
    submitted = people.course.step("submitted")
    assert "in time" in (submitted / "ada" / WEEK / f"{WEEK}.ipynb").read_text()
    assert "only late" in (submitted / "bo" / WEEK / f"{WEEK}.ipynb").read_text()


def test_released_twice_needs_force(people):
    api = people.staff()
    assert api.get_released_assignments() == {WEEK}
    again = api.release_assignment(WEEK)
    assert not again["success"]
    assert "--force releases a new version" in again["log"]
    api.exchange.config.ExchangeReleaseAssignment.force = True
    done(api.release_assignment(WEEK))


def test_a_missing_file_is_fetched_again_and_the_students_work_stays(people, monkeypatch):
    people.hand_in("ada", "mine")
    home = people.home("ada")
    (home / WEEK / "data.csv").unlink()
    student = people.student("ada")
    assert "You already have a copy" in student.fetch_assignment("small", WEEK)["value"]
    with open(home / "nbgrader_config.py", "a") as config:
        config.write("get_config().ExchangeFetchAssignment.replace_missing_files = True\n")
    done(student.fetch_assignment("small", WEEK))
    assert (home / WEEK / "data.csv").is_file()
    assert "mine" in (home / WEEK / f"{WEEK}.ipynb").read_text()


def test_feedback_on_what_did_not_come_through_the_exchange_is_named_and_the_others_get_theirs(people):
    submitted = people.hand_in("ada", "mine")["submissions"][0]
    for student, stamp in (("ada", submitted["timestamp"]), ("bo", "2027-02-27 12:00:00 UTC")):
        page = people.course.step("feedback") / student / WEEK
        page.mkdir(parents=True)
        (page / f"{WEEK}.html").write_text("<p>good</p>")
        (page / "timestamp.txt").write_text(stamp)
    result = people.staff().release_feedback(WEEK)
    assert not result["success"]
    assert "bo: what was graded did not come through the exchange" in result["log"]
    assert shown(people.student("ada"))[1]["submissions"][0]["has_exchange_feedback"]


def test_a_students_nbgrader_can_do_nothing_of_the_staffs(people):
    people.hand_in("ada", "mine")
    people.be("mallory")
    config = small.nbgrader_config(people.course)
    course_exchange.configure(config, "small")
    api = NbGraderAPI(config=config)
    for result in (api.collect(WEEK), api.release_feedback(WEEK), api.unrelease(WEEK)):
        assert not result["success"]
        assert "only" in result["log"]
    api.exchange.config.ExchangeReleaseAssignment.force = True
    assert "only staff may release" in api.release_assignment(WEEK)["log"]
    assert not (people.course.step("submitted") / "ada").exists()


def test_the_key_of_the_exchange_cannot_change_unnoticed(people, exchange, tmp_path):
    people.hand_in("ada", "mine")
    other = Exchange(tmp_path / "other")
    try:
        (people.home("ada") / "receipts" / "exchange.pub").write_bytes(other.store.public_key)
    finally:
        other.close()
    refused = people.student("ada").submit_assignment("small", WEEK)
    assert "the exchange's key has changed" in refused["value"]


def test_the_commands_speak_to_the_exchange(people):
    people.be("ada")
    home = people.home("ada")
    for command in (["fetch_assignment", WEEK], ["submit", WEEK], ["list", "--cached"]):
        result = subprocess.run(["nbgrader", *command], cwd=home, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, result.stderr
    assert f"small ada {WEEK} submitted" in result.stderr
    assert len(list((home / "receipts" / WEEK).glob("*.json"))) == 1


def test_the_staffs_command_withdraws_a_release(people):
    home = people.home("staff")
    people.be("staff")
    command = ["nbgrader", "list", "--remove"]
    result = subprocess.run(command, cwd=home, capture_output=True, text=True, timeout=120)
    assert (result.returncode, f"{WEEK} removed" in result.stderr) == (0, True), result.stderr
    assert shown(people.student("ada")) == []


def test_without_a_hub_nbgrader_says_what_is_missing(people, monkeypatch):
    monkeypatch.delenv(course_exchange.URL)
    result = people.student("ada").fetch_assignment("small", WEEK)
    assert "the exchange is reached from a server of the JupyterHub" in result["value"]
