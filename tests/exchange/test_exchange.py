"""What the exchange promises: whole, dated, receipted, every version kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from exchange_class import DUE, LATER, STUDENT, WEEK, Exchange, announced, hand_in, release, work

from autograder.config import CourseError, ExchangeLimits
from autograder.exchange.service import Bucket
from course_exchange.client import CHUNK, ExchangeClient, ExchangeRefused
from course_exchange.manifest import of_folder
from course_exchange.receipts import read_public_key, verify


def test_what_is_handed_in_is_collected_byte_for_byte(exchange, staff, ada, tmp_path):
    mine = work(
        tmp_path / "ada",
        **{
            f"{WEEK}__ipynb": "{}",
            "empty__txt": "",
            "data/plot__png": bytes(range(256)) * 10_000,
            "ä ö__csv": "1",
        },
    )
    receipt = ada.upload("submission", WEEK, mine, of_folder(mine))
    (found,) = staff.inbox(WEEK)
    assert (found["student"], found["id"]) == ("ada", receipt["package"])
    staff.download(found["id"], found["files"], tmp_path / "collected")
    for path in mine.rglob("*"):
        if path.is_file():
            assert (tmp_path / "collected" / path.relative_to(mine)).read_bytes() == path.read_bytes()


def test_a_receipt_names_files_times_and_student_and_is_signed(exchange, ada, tmp_path):
    receipt = hand_in(ada, tmp_path / "ada", "{}")
    facts = verify(receipt, read_public_key(ada.public_key()))
    assert (facts["student"], facts["by"], facts["assignment"], facts["course"]) == (
        "ada",
        "ada",
        WEEK,
        "small",
    )
    assert facts["files"] == [vars(entry) for entry in of_folder(tmp_path / "ada")]
    assert datetime.fromisoformat(facts["submitted"]) == exchange.moment
    assert facts["late_days"] == 0


def test_links_and_what_nbgrader_ignores_are_not_sent(tmp_path):
    secret = work(tmp_path, secret__txt="s") / "secret.txt"
    mine = work(
        tmp_path / "mine", **{"a__ipynb": "{}", ".ipynb_checkpoints/a__ipynb": "{}", "timestamp__txt": "t"}
    )
    (mine / "link.txt").symlink_to(secret)
    (mine / "folder").symlink_to(tmp_path)
    assert [entry.path for entry in of_folder(mine, [".ipynb_checkpoints"])] == ["a.ipynb"]


def test_every_version_is_kept(exchange, staff, ada, tmp_path):
    for text in ("first", "second", "first"):
        hand_in(ada, tmp_path / "ada", text)
        exchange.moment += timedelta(minutes=1)
    found = staff.inbox(WEEK, "ada")
    assert found == sorted(found, key=lambda row: row["submitted"])
    texts = []
    for number, row in enumerate(found):
        staff.download(row["id"], row["files"], tmp_path / str(number))
        texts.append((tmp_path / str(number) / f"{WEEK}.ipynb").read_text())
    assert texts == ["first", "second", "first"]


def test_a_new_release_is_what_students_get_and_the_old_one_is_kept(exchange, staff, ada, tmp_path):
    (before,) = ada.assignments()
    release(staff, tmp_path, text="revised")
    (after,) = ada.assignments()
    assert after["id"] != before["id"]
    ada.download(after["id"], after["files"], tmp_path / "fetched")
    assert (tmp_path / "fetched" / f"{WEEK}.ipynb").read_text() == "revised"
    ada.download(before["id"], before["files"], tmp_path / "old")
    assert (tmp_path / "old" / f"{WEEK}.ipynb").read_text() == "{}"


def test_what_is_not_released_can_neither_be_seen_nor_handed_in(ada, tmp_path):
    assert [package["assignment"] for package in ada.assignments()] == [WEEK]
    with pytest.raises(ExchangeRefused, match="not released"):
        hand_in(ada, tmp_path / "ada", "{}", LATER)
    with pytest.raises(ExchangeRefused, match="no assignment"):
        hand_in(ada, tmp_path / "ada", "{}", "week9_none")


@pytest.mark.parametrize(
    ("student", "days", "late"),
    [("ada", -1, 0), ("ada", 0.5, 1), ("ada", 5, 5), ("zoe", 2.9, 0), ("zoe", 4, 1)],
)
def test_the_servers_clock_decides_what_is_late(exchange, staff, tmp_path, student, days, late):
    client = exchange.person(student, *STUDENT)
    exchange.moment = DUE + timedelta(days=days)
    assert hand_in(client, tmp_path / student, "{}")["late_days"] == late


@pytest.mark.parametrize(("student", "days"), [("ada", 5.01), ("zoe", 8.01)])
def test_after_the_last_late_day_nothing_is_taken(exchange, staff, tmp_path, student, days):
    client = exchange.person(student, *STUDENT)
    exchange.moment = DUE + timedelta(days=days)
    with pytest.raises(ExchangeRefused, match=r"closed: it was due on 0[14] March 2027, 12:00 UTC"):
        hand_in(client, tmp_path / student, "{}")


def test_no_two_submissions_have_the_same_time_even_if_the_clock_is_set_back(exchange, staff, ada, tmp_path):
    times = []
    for text in "abc":
        times.append(hand_in(ada, tmp_path / "ada", text)["submitted"])
        exchange.moment -= timedelta(hours=1)
    assert times == sorted(set(times))


def begin(exchange: Exchange, token: str, folder: Path, **more: str) -> str:
    answer = exchange.raw(token, "POST", "api/uploads", json=announced(WEEK, folder, **more))
    assert answer.status_code == 201, answer.text
    return answer.json()["upload"]


def test_an_upload_goes_on_where_it_stopped_and_its_first_time_counts(exchange, staff, tmp_path):
    token = exchange.hub.admit("ada", *STUDENT)
    content = bytes(range(256)) * 4096 * 3
    mine = work(tmp_path / "ada", **{f"{WEEK}__ipynb": content})
    exchange.moment = DUE - timedelta(seconds=1)
    upload = begin(exchange, token, mine)
    exchange.raw(
        token, "PATCH", f"api/uploads/{upload}", data=content[:CHUNK], headers={"Upload-Offset": "0"}
    )
    exchange.moment = DUE + timedelta(hours=1)
    sent = []
    client = exchange.client(token)
    plain = client._request

    def watched(method, path, **options):
        if method == "PATCH":
            sent.append(len(options["data"]))
        return plain(method, path, **options)

    client._request = watched
    receipt = client.upload("submission", WEEK, mine, of_folder(mine))
    assert sum(sent) == len(content) - CHUNK
    assert receipt["package"] == upload
    assert receipt["late_days"] == 0
    assert datetime.fromisoformat(receipt["complete"]) == exchange.moment


def test_an_unfinished_upload_is_not_gone_on_with_once_something_newer_is_there(exchange, staff, tmp_path):
    token = exchange.hub.admit("ada", *STUDENT)
    first = work(tmp_path / "first", **{f"{WEEK}__ipynb": "first"})
    old = begin(exchange, token, first)
    exchange.moment += timedelta(hours=1)
    client = exchange.client(token)
    hand_in(client, tmp_path / "second", "second")
    exchange.moment += timedelta(hours=1)
    receipt = client.upload("submission", WEEK, first, of_folder(first))
    assert receipt["package"] != old
    assert staff.inbox(WEEK)[-1]["id"] == receipt["package"]


def test_other_bytes_than_announced_are_thrown_away_and_may_be_sent_again(exchange, staff, tmp_path):
    token = exchange.hub.admit("ada", *STUDENT)
    upload = begin(exchange, token, work(tmp_path / "ada", **{f"{WEEK}__ipynb": "honest"}))
    place = f"api/uploads/{upload}"

    def send(data: str) -> int:
        exchange.raw(token, "PATCH", place, data=data, headers={"Upload-Offset": "0"})
        return exchange.raw(token, "POST", f"{place}/complete").status_code

    assert send("forged") == 422
    assert staff.inbox(WEEK) == []
    assert send("honest") == 200
    assert len(staff.inbox(WEEK)) == 1


def test_too_few_bytes_are_no_submission(exchange, staff, tmp_path):
    token = exchange.hub.admit("ada", *STUDENT)
    upload = begin(exchange, token, work(tmp_path / "ada", **{f"{WEEK}__ipynb": "whole"}))
    exchange.raw(token, "PATCH", f"api/uploads/{upload}", data="who", headers={"Upload-Offset": "0"})
    answer = exchange.raw(token, "POST", f"api/uploads/{upload}/complete")
    assert (answer.status_code, answer.json()["offset"]) == (409, 3)
    assert staff.inbox(WEEK) == []


def test_an_upload_whose_bytes_were_lost_with_the_power_begins_again(exchange, staff, tmp_path):
    token = exchange.hub.admit("ada", *STUDENT)
    mine = work(tmp_path / "ada", **{f"{WEEK}__ipynb": "whole"})
    upload = begin(exchange, token, mine)
    exchange.raw(token, "PATCH", f"api/uploads/{upload}", data="who", headers={"Upload-Offset": "0"})
    (exchange.store.files / upload).unlink()
    assert exchange.client(token).upload("submission", WEEK, mine, of_folder(mine))["package"] == upload


def test_uploads_nobody_goes_on_with_are_forgotten_after_a_day(exchange, staff, ada, tmp_path):
    kept = hand_in(ada, tmp_path / "kept", "kept")
    token = exchange.hub.admit("bo", *STUDENT)
    begin(exchange, token, work(tmp_path / "bo", **{f"{WEEK}__ipynb": "{}"}))
    assert exchange.store.clean() == 0
    exchange.moment += timedelta(days=1, seconds=1)
    assert exchange.store.clean() == 1
    assert kept["package"] in {path.name for path in exchange.store.files.iterdir()}
    assert len(list(exchange.store.files.iterdir())) == 2


def test_a_file_that_grows_while_it_is_sent_is_sent_as_it_was_announced(ada, staff, tmp_path):
    mine = work(tmp_path / "ada", **{f"{WEEK}__ipynb": "{}", "log__txt": "one"})
    entries = of_folder(mine)
    (mine / "log.txt").write_text("one and more")
    ada.upload("submission", WEEK, mine, entries)
    (mine / "log.txt").write_text("o")
    with pytest.raises(ExchangeRefused, match="changed while they were sent"):
        ada.upload("submission", WEEK, mine, entries)


def test_feedback_reaches_the_student_it_is_about(exchange, staff, ada, bo, tmp_path):
    receipt = hand_in(ada, tmp_path / "ada", "{}")
    pages = work(tmp_path / "pages", **{f"{WEEK}__html": "<p>good</p>"})
    staff.upload("feedback", WEEK, pages, of_folder(pages), about=receipt["package"])
    feedback = ada.submissions()[0]["feedback"]
    ada.download(feedback["id"], feedback["files"], tmp_path / "read")
    assert (tmp_path / "read" / f"{WEEK}.html").read_text() == "<p>good</p>"
    assert bo.submissions() == []
    with pytest.raises(ExchangeRefused, match="no such package"):
        bo.download(feedback["id"], feedback["files"], tmp_path / "stolen")


def test_feedback_needs_a_submission(staff, tmp_path):
    pages = work(tmp_path / "pages", **{f"{WEEK}__html": "<p>good</p>"})
    with pytest.raises(ExchangeRefused, match="no such submission"):
        staff.upload("feedback", WEEK, pages, of_folder(pages), about="0" * 32)


def test_what_is_withdrawn_is_gone_from_the_lists_and_kept_on_disk(exchange, staff, ada, dean, tmp_path):
    receipt = hand_in(ada, tmp_path / "ada", "{}")
    dean.withdraw(receipt["package"])
    assert ada.submissions() == staff.inbox(WEEK) == []
    assert (exchange.store.files / receipt["package"]).read_text() == "{}"


def test_staff_take_back_what_they_released_but_no_submission(exchange, staff, ada, tmp_path):
    receipt = hand_in(ada, tmp_path / "ada", "{}")
    with pytest.raises(ExchangeRefused, match="ask who oversees"):
        staff.withdraw(receipt["package"])
    (released,) = ada.assignments()
    staff.withdraw(released["id"])
    assert ada.assignments() == []


def limited(tmp_path: Path, **limits: int) -> Exchange:
    given = {"reserve_mb": 1, "requests_per_minute": 100_000, "uploads_per_hour": 10_000} | limits
    return Exchange(tmp_path, ExchangeLimits(**given))


@pytest.mark.parametrize(
    ("limits", "status", "said"),
    [
        ({"upload_mb": 1}, 413, "2.0 MB are too much: at most 1 MB"),
        ({"student_mb": 3}, 413, "more than 3 MB together"),
        ({"versions": 1}, 403, "1 versions of week1_small"),
        ({"reserve_mb": 10**9}, 507, "disk is full"),
        ({"uploads_per_hour": 2}, 429, "too many requests"),
        ({"requests_per_minute": 1}, 429, "too many requests"),
    ],
)
def test_each_limit_is_kept_and_named(tmp_path, limits, status, said):
    exchange = limited(tmp_path)
    try:
        release(exchange.client(exchange.hub.admit("small", "release", kind="service")), tmp_path)
    finally:
        exchange.close()
    exchange = limited(tmp_path, **limits)
    try:
        client = exchange.person("ada", *STUDENT)
        client.patience = 0
        with pytest.raises(ExchangeRefused, match=said) as refused:
            for version in "ab":
                hand_in(client, tmp_path / "ada", version * 2_000_000)
        assert refused.value.status == status
    finally:
        exchange.close()


def test_one_persons_rate_is_not_anothers(exchange):
    now = 0.0
    bucket = Bucket(2, 0.5, clock=lambda: now)
    assert [bucket.take("ada"), bucket.take("ada"), bucket.take("bo")] == [0, 0, 0]
    assert bucket.take("ada") == pytest.approx(2.0)
    now = 2.0
    assert bucket.take("ada") == 0


def test_a_wrong_limit_is_named():
    with pytest.raises(CourseError, match=r"exchange\.upload_mb must be a positive whole number"):
        ExchangeLimits(upload_mb=0)


def test_the_audit_log_says_who_did_what_and_who_was_refused(exchange, staff, ada, dean, tmp_path):
    receipt = hand_in(ada, tmp_path / "ada", "{}")
    with pytest.raises(ExchangeRefused):
        ada.inbox()
    entries = dean.audit()
    assert [entry["id"] for entry in entries] == sorted(entry["id"] for entry in entries)
    said = {(entry["who"], entry["action"], entry["package"], entry["outcome"]) for entry in entries}
    assert ("service:small", f"open assignment {WEEK}", "", "done") in said
    assert ("ada", "complete", receipt["package"], "done") in said
    assert ("ada", "list inbox", "", "refused: only staff may see submissions") in said
    assert {entry["address"] for entry in entries} == {"127.0.0.1"}
    assert dean.audit(entries[-1]["id"])[-1]["action"] == "read audit log"


def test_a_hub_that_does_not_answer_is_waited_for(exchange, staff, tmp_path):
    client = exchange.client(exchange.hub.admit("ada", *STUDENT))
    client.patience = 0
    exchange.hub.down = True
    with pytest.raises(ExchangeRefused, match="JupyterHub does not answer") as refused:
        client.assignments()
    assert refused.value.status == 503
    exchange.hub.down = False
    assert len(client.assignments()) == 1


def test_an_exchange_that_is_not_there_is_told_in_one_sentence():
    with (
        ExchangeClient("http://127.0.0.1:9/services/exchange", "t", patience=0) as client,
        pytest.raises(ExchangeRefused, match="the exchange does not answer"),
    ):
        client.assignments()


def test_the_secret_of_the_receipts_is_readable_by_its_owner_only(exchange):
    folder = exchange.store.folder
    assert (folder / "receipts.key").stat().st_mode & 0o077 == 0
    assert (folder / "files").stat().st_mode & 0o077 == 0
