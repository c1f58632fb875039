"""What a student with a token, a text editor and time would try."""

from __future__ import annotations

import base64
import gzip
import json
import socket

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from exchange_class import ACCESS, PREFIX, STUDENT, WEEK, announced, hand_in, release, work
from typer.testing import CliRunner

from course_exchange import PUBLIC_KEY
from course_exchange.cli import app
from course_exchange.client import CHUNK, ExchangeRefused
from course_exchange.manifest import MAX_FILES, ManifestError, check_path, of_folder, parse
from course_exchange.receipts import ReceiptError, read_public_key, sign, verify

NOBODYS = "0" * 32


@pytest.fixture
def mallory(exchange, staff):
    """A student's token."""
    return exchange.hub.admit("mallory", *STUDENT)


@pytest.fixture
def adas(ada, tmp_path):
    """The receipt of another student's submission."""
    return hand_in(ada, tmp_path / "ada", "ada's work")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "api/inbox"),
        ("GET", f"api/inbox?student=ada&assignment={WEEK}"),
        ("GET", "api/audit"),
        ("GET", "api/packages/{package}/content"),
        ("DELETE", "api/packages/{package}"),
        ("GET", "api/uploads/{package}"),
        ("PATCH", "api/uploads/{package}"),
        ("POST", "api/uploads/{package}/complete"),
    ],
)
def test_a_student_is_refused_whatever_is_not_theirs(exchange, mallory, adas, staff, method, path):
    answer = exchange.raw(
        mallory, method, path.format(package=adas["package"]), data=b"x", headers={"Upload-Offset": "0"}
    )
    assert answer.status_code in (403, 404)
    assert b"ada's work" not in answer.content
    (found,) = staff.inbox(WEEK)
    assert found["receipt"] == adas


def test_what_is_not_theirs_looks_like_what_does_not_exist(exchange, mallory, adas):
    for path in ("api/packages/{}/content", "api/uploads/{}"):
        theirs = exchange.raw(mallory, "GET", path.format(adas["package"]))
        nothing = exchange.raw(mallory, "GET", path.format(NOBODYS))
        assert (theirs.status_code, theirs.content) == (nothing.status_code, nothing.content)


@pytest.mark.parametrize("kind", ["assignment", "feedback", "receipt", ""])
def test_a_student_can_send_nothing_but_submissions(exchange, mallory, adas, tmp_path, kind):
    mine = work(tmp_path / "mallory", **{f"{WEEK}__ipynb": "{}"})
    body = announced(WEEK, mine, kind=kind, about=adas["package"])
    assert exchange.raw(mallory, "POST", "api/uploads", json=body).status_code in (400, 403)


@pytest.mark.parametrize(
    "more", [{"student": "ada"}, {"author": "ada", "student_id": "ada"}, {"about": "ada"}]
)
def test_whose_a_submission_is_says_the_hub_and_never_the_client(exchange, mallory, staff, tmp_path, more):
    mine = work(tmp_path / "mallory", **{f"{WEEK}__ipynb": "{}"})
    headers = {"X-Forwarded-User": "ada", "X-Forwarded-For": "10.0.0.1", "Cookie": "jupyterhub-user=ada"}
    answer = exchange.raw(
        mallory, "POST", "api/uploads?student=ada", json=announced(WEEK, mine, **more), headers=headers
    )
    upload = answer.json()["upload"]
    exchange.raw(mallory, "PATCH", f"api/uploads/{upload}", data="{}", headers={"Upload-Offset": "0"})
    receipt = exchange.raw(mallory, "POST", f"api/uploads/{upload}/complete").json()["receipt"]
    assert receipt["student"] == "mallory"
    assert [row["student"] for row in staff.inbox(WEEK)] == ["mallory"]


def test_a_service_named_like_a_student_is_not_that_student(exchange, adas, staff, tmp_path):
    client = exchange.client(exchange.hub.admit("ada", *STUDENT, kind="service"))
    assert client.submissions() == []
    with pytest.raises(ExchangeRefused, match="cannot be used here"):
        hand_in(client, tmp_path / "service", "{}")


@pytest.mark.parametrize("name", ["../ada", "ada/../bo", ".hidden", "a+b", "a b", "ada\n", "", "*"])
def test_a_name_that_is_no_folders_name_cannot_hand_in(exchange, staff, tmp_path, name):
    client = exchange.client(exchange.hub.admit(name, *STUDENT))
    with pytest.raises(ExchangeRefused, match="cannot be used here"):
        hand_in(client, tmp_path / "them", "{}")


def test_a_token_without_the_scopes_gets_nothing(exchange, staff):
    for token in (
        exchange.hub.admit("eve"),
        exchange.hub.admit("eve", *STUDENT, scopes=()),
        exchange.hub.admit("eve", scopes=(ACCESS, "custom:exchange:other:submit", "admin:users", "inherit")),
    ):
        for path in ("api/assignments", "api/submissions", "api/inbox", "api/audit"):
            assert exchange.raw(token, "GET", path).status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": ""},
        {"Authorization": "token "},
        {"Authorization": "token forged"},
        {"Authorization": "Basic YWRhOmFkYQ=="},
        {"Authorization": "token " + "x" * 600},
        {"Authorization": "", "Cookie": "jupyterhub-services=token-of-ada-1; token=token-of-ada-1"},
    ],
)
def test_without_a_token_of_the_hub_nobody_gets_in(exchange, adas, headers):
    for path in ("api/assignments", "api/submissions?token=token-of-ada-1", "api/inbox"):
        assert exchange.raw("", "GET", path, headers=headers).status_code == 401


def test_a_revoked_token_is_refused_within_seconds(exchange, mallory):
    assert exchange.raw(mallory, "GET", "api/assignments").status_code == 200
    del exchange.hub.tokens[mallory]
    for key in exchange.auth.cache.timestamps:
        exchange.auth.cache.timestamps[key] -= exchange.auth.cache_max_age + 1
    assert exchange.raw(mallory, "GET", "api/assignments").status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "../x.ipynb",
        "a/../../x",
        "/etc/passwd",
        "a//b",
        "./a",
        "a/.",
        "..",
        "",
        "a\\..\\b",
        "a\0b",
        "a\nb",
        "\u202egnp.exe",
        "\ud800",
        "timestamp.txt",
        "submission_secret.txt",
        "x" * 256,
        "/".join("a" * 17),
        None,
        7,
        ["a"],
    ],
)
def test_a_path_that_leads_anywhere_else_is_refused_on_both_sides(exchange, mallory, path, ada, tmp_path):
    files = [{"path": path, "size": 0, "sha256": "0" * 64}]
    body = {"kind": "submission", "assignment": WEEK, "about": "", "nonce": "n", "files": files}
    answer = exchange.raw(mallory, "POST", "api/uploads", json=body)
    assert answer.status_code == 400
    with pytest.raises(ManifestError):
        check_path(path)
    with pytest.raises(ExchangeRefused, match="not accepted"):
        ada.download(NOBODYS, files, tmp_path / "there")


@pytest.mark.parametrize(
    "paths", [["a", "a"], ["a.ipynb", "A.ipynb"], ["caf\u00e9", "cafe\u0301"], ["a", "a/b"], ["x/y/z", "x"]]
)
def test_two_names_for_one_place_are_refused(paths):
    with pytest.raises(ManifestError):
        parse([{"path": path, "size": 0, "sha256": "0" * 64} for path in paths])


@pytest.mark.parametrize(
    "files",
    [
        [],
        {},
        None,
        [{}],
        ["a"],
        [{"path": "a", "size": -1, "sha256": "0" * 64}],
        [{"path": "a", "size": True, "sha256": "0" * 64}],
        [{"path": "a", "size": 1e300, "sha256": "0" * 64}],
        [{"path": "a", "size": 2**63, "sha256": "0" * 64}],
        [{"path": "a", "size": 0, "sha256": "0" * 63}],
        [{"path": "a", "size": 0, "sha256": "0" * 64, "mode": 0o777}],
        [{"path": f"{n}", "size": 0, "sha256": "0" * 64} for n in range(MAX_FILES + 1)],
    ],
)
def test_a_list_of_files_that_lies_about_its_form_is_refused(exchange, mallory, files):
    body = {"kind": "submission", "assignment": WEEK, "about": "", "nonce": "n", "files": files}
    assert exchange.raw(mallory, "POST", "api/uploads", json=body).status_code == 400


@pytest.mark.parametrize("body", [b"", b"[", b"null", b"[" * 100_000, b"\xff", b'{"kind": 1}'])
def test_a_body_that_is_no_request_is_refused(exchange, mallory, body):
    assert exchange.raw(mallory, "POST", "api/uploads", data=body).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "api/packages/../../receipts.key/content",
        "api/uploads/..%2f..%2freceipts.key",
        "%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_an_address_that_climbs_finds_nothing(exchange, mallory, path):
    request = f"GET {PREFIX}{path} HTTP/1.1\r\nHost: x\r\nAuthorization: token {mallory}\r\nConnection: close\r\n\r\n"
    with socket.create_connection(("127.0.0.1", exchange.port)) as connection:
        connection.sendall(request.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 404")


def test_a_compressed_body_is_not_unpacked(exchange, mallory):
    bomb = gzip.compress(b"0" * 50_000_000)
    headers = {"Content-Encoding": "gzip", "Upload-Offset": "0"}
    answer = exchange.raw(mallory, "PATCH", f"api/uploads/{NOBODYS}", data=bomb, headers=headers)
    assert answer.status_code == 415


def test_an_archive_that_would_fill_a_disk_stays_a_file(exchange, staff, ada, tmp_path):
    bomb = gzip.compress(b"0" * 50_000_000)
    mine = work(tmp_path / "ada", **{f"{WEEK}__ipynb": "{}", "data__csv__gz": bomb})
    ada.upload("submission", WEEK, mine, of_folder(mine))
    (found,) = staff.inbox(WEEK)
    staff.download(found["id"], found["files"], tmp_path / "collected")
    assert (tmp_path / "collected" / "data.csv.gz").read_bytes() == bomb
    assert (exchange.store.files / found["id"]).stat().st_size == len(bomb) + len("{}")


def test_more_bytes_than_announced_are_refused(exchange, mallory, tmp_path):
    mine = work(tmp_path / "mallory", **{f"{WEEK}__ipynb": "{}"})
    upload = exchange.raw(mallory, "POST", "api/uploads", json=announced(WEEK, mine)).json()["upload"]
    answer = exchange.raw(
        mallory, "PATCH", f"api/uploads/{upload}", data=b"x" * 100_000, headers={"Upload-Offset": "0"}
    )
    assert answer.status_code == 413
    assert (exchange.store.files / upload).stat().st_size == 0


def test_a_request_larger_than_a_chunk_is_not_read(exchange, mallory):
    head = (
        f"PATCH {PREFIX}api/uploads/{NOBODYS} HTTP/1.1\r\nHost: x\r\nAuthorization: token {mallory}\r\n"
        f"Upload-Offset: 0\r\nContent-Length: {CHUNK + 1}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", exchange.port), timeout=20) as connection:
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert not answer or answer.startswith((b"HTTP/1.1 413", b"HTTP/1.1 400"))


@pytest.mark.parametrize("offset", ["", "-1", "1e3", "0x0", "9" * 30, "\u0661"])
def test_an_offset_that_is_no_number_is_refused(exchange, mallory, offset):
    answer = exchange.raw(
        mallory, "PATCH", f"api/uploads/{NOBODYS}", data=b"x", headers={"Upload-Offset": offset.encode()}
    )
    assert answer.status_code == 400


def test_a_replayed_request_changes_nothing(exchange, mallory, staff, tmp_path):
    mine = work(tmp_path / "mallory", **{f"{WEEK}__ipynb": "first"})
    body = announced(WEEK, mine)
    begin = lambda: exchange.raw(mallory, "POST", "api/uploads", json=body)  # noqa: E731
    upload = begin().json()["upload"]
    assert begin().json() == {"upload": upload, "offset": 0}
    place = f"api/uploads/{upload}"
    send = lambda: exchange.raw(mallory, "PATCH", place, data="first", headers={"Upload-Offset": "0"})  # noqa: E731
    finish = lambda: exchange.raw(mallory, "POST", f"{place}/complete")  # noqa: E731
    assert send().status_code == 200
    assert (send().status_code, send().json()["offset"]) == (409, 5)
    receipt = finish().json()
    assert finish().json() == receipt
    assert begin().json() == receipt
    assert (send().status_code, send().json()["offset"]) == (409, 5)
    assert len(staff.inbox(WEEK)) == 1


def test_a_nonce_cannot_be_used_for_something_else(exchange, mallory, tmp_path):
    first = work(tmp_path / "first", **{f"{WEEK}__ipynb": "first"})
    second = work(tmp_path / "second", **{f"{WEEK}__ipynb": "second"})
    assert exchange.raw(mallory, "POST", "api/uploads", json=announced(WEEK, first)).status_code == 201
    assert exchange.raw(mallory, "POST", "api/uploads", json=announced(WEEK, second)).status_code == 409


def test_anothers_upload_cannot_be_gone_on_with_even_with_their_nonce(exchange, mallory, tmp_path):
    adas = exchange.hub.admit("ada", *STUDENT)
    work(tmp_path / "same", **{f"{WEEK}__ipynb": "same"})
    body = announced(WEEK, tmp_path / "same")
    theirs = exchange.raw(adas, "POST", "api/uploads", json=body).json()["upload"]
    assert exchange.raw(mallory, "POST", "api/uploads", json=body).json()["upload"] != theirs
    for method, path in (("GET", ""), ("PATCH", ""), ("POST", "/complete")):
        answer = exchange.raw(
            mallory, method, f"api/uploads/{theirs}{path}", data=b"x", headers={"Upload-Offset": "0"}
        )
        assert answer.status_code == 404


def test_what_staff_withdrew_a_student_cannot_read_any_more(staff, ada, tmp_path):
    receipt = release(staff, tmp_path, text="with the solutions by mistake")
    files = receipt["files"]
    staff.withdraw(receipt["package"])
    with pytest.raises(ExchangeRefused, match="no such package"):
        ada.download(receipt["package"], files, tmp_path / "leak")


def test_the_exchange_cannot_be_framed_sniffed_or_cached(exchange, mallory):
    answer = exchange.raw(mallory, "GET", "api/assignments")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers


FORGERIES = {
    "another student": lambda r: {**r, "student": "mallory"},
    "another time": lambda r: {**r, "submitted": "2027-01-01T00:00:00.000000+00:00"},
    "not late": lambda r: {**r, "late_days": -1},
    "another file": lambda r: {**r, "files": [{**r["files"][0], "sha256": "0" * 64}]},
    "another course": lambda r: {**r, "course": "easy"},
    "an addition": lambda r: {**r, "extension": "granted"},
    "an omission": lambda r: {name: value for name, value in r.items() if name != "deadline"},
    "no signature": lambda r: {name: value for name, value in r.items() if name != "signature"},
    "an empty signature": lambda r: {**r, "signature": ""},
    "a signature of zeros": lambda r: {**r, "signature": base64.b64encode(bytes(64)).decode()},
    "a signature that is no text": lambda r: {**r, "signature": 7},
    "their own key": lambda r: sign(
        {k: v for k, v in r.items() if k not in ("signature", "key", "kind")}, Ed25519PrivateKey.generate()
    ),
    "their own signature under the exchange's name": lambda r: {
        **r,
        "signature": base64.b64encode(Ed25519PrivateKey.generate().sign(b"x")).decode(),
    },
    "no receipt": lambda r: [r],
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_receipt_is_recognised(exchange, adas, forgery):
    key = read_public_key(exchange.store.public_key)
    verify(adas, key)
    with pytest.raises(ReceiptError):
        verify(FORGERIES[forgery](adas), key)


def verified(*arguments):
    result = CliRunner().invoke(app, ["receipt", "verify", *map(str, arguments)])
    return result.exit_code, result.output


def test_course_receipt_verify_says_what_a_receipt_is_worth(exchange, adas, tmp_path):
    (tmp_path / "kept").mkdir()
    path = tmp_path / "kept" / "receipt.json"
    path.write_text(json.dumps(adas))
    code, said = verified(path)
    assert (code, "name the exchange's key with --key" in said) == (2, True)
    (tmp_path / "kept" / PUBLIC_KEY).write_bytes(exchange.store.public_key)
    code, said = verified(path, "--folder", tmp_path / "ada")
    assert (code, "student: ada" in said, said.startswith("valid: ")) == (0, True, True)
    (tmp_path / "ada" / f"{WEEK}.ipynb").write_text("better")
    code, said = verified(path, "--folder", tmp_path / "ada")
    assert (code, f"DIFFERS: {WEEK}.ipynb is not what was handed in" in said) == (1, True)
    path.write_text(json.dumps({**adas, "late_days": 0, "student": "mallory"}))
    code, said = verified(path, "--key", exchange.store.folder / PUBLIC_KEY)
    assert (code, said.startswith("NOT VALID")) == (1, True)
    path.write_text("[" * 100_000)
    assert verified(path)[0] == 2
    assert verified(tmp_path / "none.json", "--key", exchange.store.folder / PUBLIC_KEY)[0] == 2
