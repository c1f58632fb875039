"""nbgrader's exchange, spoken to a service: the seven classes that `ExchangeFactory` asks for.

Who somebody is decides the service, by the token that JupyterHub gave their server. What nbgrader passes as a
student's name is only used by staff, to choose whose work to list or collect.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nbgrader.exchange import abc
from traitlets import Bool, Float, Unicode

from course_exchange import PUBLIC_KEY
from course_exchange.client import ExchangeClient, ExchangeRefused
from course_exchange.manifest import Entry, ManifestError, canonical, of_folder
from course_exchange.receipts import ReceiptError, fingerprint, read_public_key, verify

RECEIPTS = "receipts"
"""The folder beside the assignments where a student's receipts are kept."""


def nbgrader_time(iso: str) -> str:
    """A time of the service as nbgrader writes it."""
    return f"{datetime.fromisoformat(iso).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f} UTC"


class Exchange(abc.Exchange):
    """What the seven have in common."""

    path_includes_course = Bool(
        False, help="Whether assignments are kept in a folder with the course's name."
    ).tag(config=True)
    patience = Float(60.0, help="Seconds that an exchange which does not answer is asked again.").tag(
        config=True
    )
    ca = Unicode(
        "", help="A file with certificates, where the exchange's is signed by a private authority."
    ).tag(config=True)

    def start(self) -> Any:
        """Do it; what goes wrong is told in one sentence."""
        try:
            return super().start()
        except (ExchangeRefused, ManifestError, ReceiptError) as problem:
            self.fail(str(problem))

    def init_src(self) -> None:
        """Nothing is to be found out beforehand."""

    def init_dest(self) -> None:
        """Nothing is to be found out beforehand."""

    @contextlib.contextmanager
    def service(self) -> Iterator[ExchangeClient]:
        """The exchange, as the person whose server this is."""
        with ExchangeClient.from_environment(patience=self.patience, ca=self.ca or None) as client:
            yield client

    def needs_course(self) -> None:
        """Stop where no course is named."""
        if not self.coursedir.course_id:
            self.fail("No course id specified. Re-run with --course flag.")

    def local(self, assignment: str) -> Path:
        """Where a student keeps an assignment."""
        course = [self.coursedir.course_id] if self.path_includes_course else []
        return Path(self.assignment_dir, *course, assignment).absolute()

    def entries(self, folder: Path) -> list[Entry]:
        """A folder's files, without what nbgrader ignores."""
        if not folder.is_dir():
            self.fail(f"There is no folder {folder}")
        entries = of_folder(folder, self.coursedir.ignore)
        if not entries:
            self.fail(f"There are no files in {folder}")
        return entries

    def released(self, client: ExchangeClient) -> dict[str, Any]:
        """The latest version of the assignment."""
        name = self.coursedir.assignment_id
        there = {package["assignment"]: package for package in client.assignments()}
        if name not in there:
            self.fail(f"Assignment not found: {name}. Released are: {', '.join(there) or 'none yet'}")
        return there[name]


class ExchangeReleaseAssignment(Exchange, abc.ExchangeReleaseAssignment):
    """Make an assignment's release folder the latest version that students get."""

    def copy_files(self) -> None:
        """Send it, unless there is a version already and `force` is not set."""
        self.needs_course()
        name = self.coursedir.assignment_id
        folder = Path(self.coursedir.format_path(self.coursedir.release_directory, ".", name))
        if not folder.is_dir():
            self.fail(f"Assignment not found at: {folder}. Did you run `nbgrader generate_assignment`?")
        with self.service() as client:
            if not self.force and any(package["assignment"] == name for package in client.assignments()):
                self.fail(f"{name} is released already; --force releases a new version")
            client.upload("assignment", name, folder, self.entries(folder))
        self.log.info("Released as: %s %s", self.coursedir.course_id, name)


class ExchangeFetchAssignment(Exchange, abc.ExchangeFetchAssignment):
    """Copy a released assignment to the student."""

    def copy_files(self) -> None:
        """All of it, or with `replace_missing_files` what is missing."""
        self.needs_course()
        dest = self.local(self.coursedir.assignment_id)
        if dest.is_dir() and not self.replace_missing_files:
            self.fail(f"You already have a copy of the assignment in this directory: {dest.name}")
        with self.service() as client:
            package = self.released(client)
            keep_key(client, Path(self.assignment_dir))
            if not dest.is_dir():
                client.download(package["id"], package["files"], dest)
            else:
                self._mend(client, package, dest)
        self.log.info("Fetched as: %s %s", self.coursedir.course_id, self.coursedir.assignment_id)

    def _mend(self, client: ExchangeClient, package: dict[str, Any], dest: Path) -> None:
        with tempfile.TemporaryDirectory(prefix=".exchange-", dir=dest.parent) as temporary:
            fresh = Path(temporary, "fresh")
            client.download(package["id"], package["files"], fresh)
            for entry in package["files"]:
                path = dest / entry["path"]
                if not path.exists():
                    self.log.warning("Replacing missing file '%s'", path)
                    path.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(fresh / entry["path"], path)


class ExchangeSubmit(Exchange, abc.ExchangeSubmit):
    """Hand in the student's folder, and keep the receipt."""

    def copy_files(self) -> None:
        """Send it; with `strict`, only where no notebook is missing."""
        self.needs_course()
        # An assignment may be named by its path, as in nbgrader.
        name = Path(self.coursedir.assignment_id).name
        self.coursedir.assignment_id = name
        folder = self.local(name)
        entries = self.entries(folder)
        with self.service() as client:
            self._compare(self.released(client), entries)
            receipt = client.upload("submission", name, folder, entries)
            key = keep_key(client, Path(self.assignment_dir))
        verify(receipt, read_public_key(key))
        path = self._keep(receipt)
        self.log.info(
            "Submitted as: %s %s %s", self.coursedir.course_id, name, nbgrader_time(receipt["submitted"])
        )
        self.log.info("Your receipt: %s", path)
        if receipt["late_days"]:
            self.log.warning("This is late: %d day(s) after the deadline have begun", receipt["late_days"])

    def _compare(self, released: dict[str, Any], entries: list[Entry]) -> None:
        wanted = {file["path"] for file in released["files"] if file["path"].endswith(".ipynb")}
        missing = sorted(wanted - {entry.path for entry in entries})
        if missing and self.strict:
            self.fail(f"Not submitted: missing notebooks: {', '.join(missing)}")
        if missing:
            self.log.warning("Missing notebooks: %s", ", ".join(missing))

    def _keep(self, receipt: dict[str, Any]) -> Path:
        moment = datetime.fromisoformat(receipt["submitted"])
        path = Path(
            self.assignment_dir, RECEIPTS, receipt["assignment"], f"{moment:%Y-%m-%d_%H-%M-%S_%f}.json"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(canonical(receipt))
        return path


class ExchangeCollect(Exchange, abc.ExchangeCollect):
    """Copy each student's latest submission to the staff."""

    def copy_files(self) -> None:
        """The latest of each student, or with `before_duedate` the latest in time."""
        self.needs_course()
        name = self.coursedir.assignment_id
        student = "" if self.coursedir.student_id in ("", "*") else self.coursedir.student_id
        with self.service() as client:
            latest: dict[str, dict[str, Any]] = {}
            for submission in client.inbox(name, student):
                before = latest.get(submission["student"])
                if not (before and self.before_duedate and _late(submission) and not _late(before)):
                    latest[submission["student"]] = submission
            self.log.info(
                "%d submission(s) of '%s' for course '%s'", len(latest), name, self.coursedir.course_id
            )
            for submission in latest.values():
                self._collect(client, submission)

    def _collect(self, client: ExchangeClient, submission: dict[str, Any]) -> None:
        student, name = submission["student"], submission["assignment"]
        dest = Path(self.coursedir.format_path(self.coursedir.submitted_directory, student, name))
        stamp = nbgrader_time(submission["submitted"])
        if dest.is_dir():
            have = self.coursedir.get_existing_timestamp(str(dest))
            new = datetime.fromisoformat(submission["submitted"]).astimezone(UTC).replace(tzinfo=None)
            wanted = (self.update and (have is None or new > have)) or (self.before_duedate and have != new)
            if not wanted:
                self.log.info("Already there: %s %s", student, name)
                return
        with tempfile.TemporaryDirectory(prefix=".exchange-", dir=_made(dest.parent)) as temporary:
            fresh = Path(temporary, "fresh")
            client.download(submission["id"], submission["files"], fresh)
            (fresh / "timestamp.txt").write_text(stamp)
            if dest.is_dir():
                dest.rename(Path(temporary, "old"))
            fresh.rename(dest)
        self.log.info("Collected: %s %s %s", student, name, stamp)


class ExchangeReleaseFeedback(Exchange, abc.ExchangeReleaseFeedback):
    """Send each student the feedback on the submission that was graded."""

    def copy_files(self) -> None:
        """All students of the assignment, or those that were chosen."""
        self.needs_course()
        name, chosen = self.coursedir.assignment_id, self.coursedir.student_id or "*"
        left_out = set(self.coursedir.student_id_exclude.split(","))
        root = Path(self.coursedir.format_path(self.coursedir.feedback_directory, "_", name)).parent.parent
        problems = []
        with self.service() as client:
            submissions = {
                (row["student"], nbgrader_time(row["submitted"])): row for row in client.inbox(name)
            }
            for folder in sorted(root.glob(f"{chosen}/{name}")):
                student = folder.parent.name
                if student in left_out:
                    continue
                submission = submissions.get((student, _timestamp(folder)))
                if submission is None:
                    problems.append(f"{student}: what was graded did not come through the exchange")
                    continue
                pages = [entry for entry in self.entries(folder) if entry.path.endswith(".html")]
                if not pages:
                    problems.append(f"{student}: there is no page in {folder}")
                elif _content(submission["feedback"]) != {page.path: page.sha256 for page in pages}:
                    client.upload("feedback", name, folder, pages, about=submission["id"])
                    self.log.info("Released feedback: %s %s", student, name)
        if problems:
            self.fail("Feedback could not be released for some: " + "; ".join(problems))


class ExchangeFetchFeedback(Exchange, abc.ExchangeFetchFeedback):
    """Copy the feedback on the student's submissions into the assignment's folder."""

    def copy_files(self) -> None:
        """Each into ``feedback/<time of the submission>/``, where nbgrader looks for it."""
        self.needs_course()
        wanted = self.coursedir.assignment_id
        with self.service() as client:
            for submission in client.submissions():
                feedback = submission["feedback"]
                if feedback is None or wanted not in ("", submission["assignment"]):
                    continue
                stamp = nbgrader_time(submission["submitted"])
                dest = self.local(submission["assignment"]) / "feedback" / stamp
                client.download(feedback["id"], feedback["files"], dest)
                self.log.info("Fetched feedback: %s", dest)


class ExchangeList(Exchange, abc.ExchangeList):
    """What is released, what the student has handed in (`cached`), or what everybody has (`inbound`)."""

    def copy_files(self) -> None:
        """Nothing is copied: listing or withdrawing follows."""

    def list_files(self) -> list[dict[str, Any]]:
        """The list in the form that nbgrader's Assignment List shows."""
        return self._list()

    def remove_files(self) -> list[dict[str, Any]]:
        """Withdraw what would be listed; the service keeps the files."""
        return self._list(remove=True)

    def _list(self, remove: bool = False) -> list[dict[str, Any]]:
        self.needs_course()
        with self.service() as client:
            if self.inbound:
                student = "" if self.coursedir.student_id in ("", "*") else self.coursedir.student_id
                packages = client.inbox(self.coursedir.assignment_id, student)
            else:
                packages = client.submissions() if self.cached else client.assignments()
            name = self.coursedir.assignment_id
            packages = [package for package in packages if name in ("", package["assignment"])]
            if remove:
                for package in packages:
                    client.withdraw(package["id"])
        handed_in = self.inbound or self.cached
        shown = [self._submitted(row) if handed_in else self._released(row) for row in packages]
        for row in shown:
            row["status"] = "removed" if remove else row["status"]
            self.log.info(
                " ".join([row["course_id"], row.get("student_id", ""), row["assignment_id"], row["status"]])
            )
        return _grouped(shown) if handed_in else shown

    def _released(self, package: dict[str, Any]) -> dict[str, Any]:
        folder = self.local(package["assignment"])
        there = folder.is_dir()
        names = sorted(Path(file["path"]).stem for file in package["files"] if _is_notebook(file["path"]))
        if there:
            names = sorted(path.stem for path in folder.glob("*.ipynb"))
        return {
            "course_id": self.coursedir.course_id,
            "assignment_id": package["assignment"],
            "status": "fetched" if there else "released",
            "path": str(folder) if there else "",
            "deadline": package["deadline"],
            "notebooks": [{"notebook_id": name, "path": str(folder / f"{name}.ipynb")} for name in names],
        }

    def _submitted(self, package: dict[str, Any]) -> dict[str, Any]:
        stamp = nbgrader_time(package["submitted"])
        folder = self.local(package["assignment"]) / "feedback" / stamp
        exchange = _content(package["feedback"])
        notebooks = []
        for name in sorted(
            Path(file["path"]).stem for file in package["files"] if _is_notebook(file["path"])
        ):
            page = folder / f"{name}.html"
            local = hashlib.sha256(page.read_bytes()).hexdigest() if page.is_file() else None
            there = exchange.get(page.name)
            notebooks.append(
                {
                    "notebook_id": name,
                    "path": "",
                    "has_local_feedback": local is not None,
                    "has_exchange_feedback": there is not None,
                    "local_feedback_path": str(page) if local else None,
                    "feedback_updated": bool(local and there and local != there),
                }
            )
        has_local = bool(notebooks) and all(row["has_local_feedback"] for row in notebooks)
        return {
            "course_id": self.coursedir.course_id,
            "student_id": package["student"],
            "assignment_id": package["assignment"],
            "timestamp": stamp,
            "status": "submitted",
            "path": "",
            "notebooks": notebooks,
            "has_local_feedback": has_local,
            "has_exchange_feedback": bool(notebooks)
            and all(row["has_exchange_feedback"] for row in notebooks),
            "feedback_updated": any(row["feedback_updated"] for row in notebooks),
            "local_feedback_path": str(folder) if has_local else None,
        }


def keep_key(client: ExchangeClient, folder: Path) -> bytes:
    """The exchange's public key, kept beside the receipts at first sight; raises ReceiptError if it changes."""
    path = folder / RECEIPTS / PUBLIC_KEY
    key = client.public_key()
    if path.is_file():
        before, now = read_public_key(path.read_bytes()), read_public_key(key)
        if fingerprint(before) != fingerprint(now):
            raise ReceiptError(
                f"the exchange's key has changed from {fingerprint(before)} to {fingerprint(now)}: ask the staff; "
                f"if it is right, delete {path}"
            )
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(key)
    return key


def _grouped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows:
        group = groups.setdefault(
            (row["student_id"], row["assignment_id"]),
            {name: row[name] for name in ("course_id", "student_id", "assignment_id", "status")}
            | {"submissions": []},
        )
        group["submissions"].append(row)
    return [groups[place] for place in sorted(groups)]


def _late(submission: dict[str, Any]) -> bool:
    return datetime.fromisoformat(submission["submitted"]) > datetime.fromisoformat(submission["deadline"])


def _timestamp(folder: Path) -> str:
    path = folder / "timestamp.txt"
    return path.read_text().strip() if path.is_file() else ""


def _content(package: dict[str, Any] | None) -> dict[str, str]:
    return {file["path"]: file["sha256"] for file in package["files"]} if package else {}


def _is_notebook(path: str) -> bool:
    return path.endswith(".ipynb") and "/" not in path


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
