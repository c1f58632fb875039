"""What the exchange has: a database of packages, one file of bytes for each, an audit log.

A package is a released assignment, a submission or a student's feedback. It begins as an upload, which grows in
``files/<id>``; one commit makes it complete, and from then on nothing about it changes. Nobody's file names are ever
used as names here. The methods block, and may be called from several threads of one process.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import BigInteger, Engine, Index, Text, UniqueConstraint, create_engine, event, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from autograder.config import Course
from autograder.keys import course_secret
from autograder.store import write_durably
from course_exchange import PUBLIC_KEY
from course_exchange.manifest import Entry, as_json, digest, parse, size
from course_exchange.receipts import public_pem, sign

KINDS = ("assignment", "submission", "feedback")
# A name becomes a folder's name where submissions are collected, and nbgrader parts names at "+".
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
ABANDONED = timedelta(days=1)
MEGABYTE = 1_000_000


class Refused(Exception):
    """What was asked is not done: an HTTP status, and a sentence for the person who asked."""

    def __init__(self, status: int, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.status = status
        self.facts = facts


@dataclass(frozen=True)
class Person:
    """Who asks, as the Hub knows them, and what their token allows."""

    name: str
    rights: frozenset[str]

    def may(self, right: str) -> bool:
        """Whether the token carries a right: ``submit``, ``release``, ``collect`` or ``oversee``."""
        return right in self.rights


class _Base(DeclarativeBase):
    pass


class Package(_Base):
    """An upload, and what it became. Times are microseconds since 1970 (UTC)."""

    __tablename__ = "packages"
    __table_args__ = (
        UniqueConstraint("author", "nonce"),
        UniqueConstraint("kind", "assignment", "student", "opened"),
        Index("packages_by_place", "kind", "assignment", "student"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    assignment: Mapped[str]
    student: Mapped[str]
    """Whose submission or feedback it is; empty for an assignment."""
    author: Mapped[str]
    """Who sent it."""
    nonce: Mapped[str]
    about: Mapped[str]
    """The submission that a feedback is about."""
    files: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    opened: Mapped[int] = mapped_column(BigInteger)
    completed: Mapped[int | None] = mapped_column(BigInteger)
    withdrawn: Mapped[int | None] = mapped_column(BigInteger)
    receipt: Mapped[str | None] = mapped_column(Text)


class AuditEntry(_Base):
    """Who did what, or was refused."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[int] = mapped_column(BigInteger)
    who: Mapped[str]
    address: Mapped[str]
    action: Mapped[str]
    package: Mapped[str]
    outcome: Mapped[str] = mapped_column(Text)


class Store:
    """The exchange of one course, below `folder`."""

    def __init__(
        self,
        course: Course,
        folder: Path,
        url: str | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.course = course
        self.folder = folder
        self.now = now
        self.files = folder / "files"
        self.files.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.key = Ed25519PrivateKey.from_private_bytes(course_secret(folder / "receipts.key")[:32])
        self.public_key = public_pem(self.key.public_key())
        write_durably(folder / PUBLIC_KEY, self.public_key)
        self.engine = _engine(url or f"sqlite:///{folder / 'exchange.db'}")
        _Base.metadata.create_all(self.engine)
        # One writer: quotas and times are decided one after the other. There is one service process.
        self._writing = threading.Lock()
        self._appending: set[str] = set()

    def close(self) -> None:
        """Close the database."""
        self.engine.dispose()

    # Uploads

    def open_upload(
        self, person: Person, kind: str, assignment: str, about: str, files: Sequence[Entry], nonce: str
    ) -> dict[str, Any]:
        """Begin an upload, or find the one to go on with; raises Refused.

        Returns ``{"upload": id, "offset": bytes that are there}``, or ``{"receipt": …}`` where it is complete.
        """
        student = self._owner(person, kind, assignment, about)
        with self._write() as session:
            known = session.scalar(select(Package).filter_by(author=person.name, nonce=nonce))
            if known is not None:
                if (known.kind, known.assignment, known.digest) != (kind, assignment, digest(files)):
                    raise Refused(409, "this nonce belongs to another upload")
                if known.receipt is not None:
                    return {"receipt": json.loads(known.receipt)}
                return {"upload": known.id, "offset": self._offset(known)}
            moment = self.now()
            if kind == "submission":
                self._check_open(assignment, student, moment)
            same = self._unfinished(session, person, kind, assignment, student, about, digest(files))
            if same is not None:
                same.nonce = nonce
                return {"upload": same.id, "offset": self._offset(same)}
            self._check_room(session, person, kind, assignment, student, size(files))
            place = {"kind": kind, "assignment": assignment, "student": student}
            last = session.scalar(select(func.max(Package.opened)).filter_by(**place))
            package = Package(
                id=secrets.token_hex(16),
                **place,
                author=person.name,
                nonce=nonce,
                about=about,
                files=json.dumps(as_json(files)),
                digest=digest(files),
                size=size(files),
                # A time names a submission, so no two have the same, even after the clock was set back.
                opened=max(_stamp(moment), (last or 0) + 1),
            )
            session.add(package)
            (self.files / package.id).touch(mode=0o600, exist_ok=False)
            return {"upload": package.id, "offset": 0}

    def offset(self, person: Person, upload: str) -> int:
        """How many bytes of an upload are there."""
        with Session(self.engine) as session:
            return self._offset(self._own_upload(session, person, upload))

    def append(self, person: Person, upload: str, offset: int, data: bytes) -> int:
        """Add bytes at the end of an upload and return the new end; raises Refused where they belong elsewhere."""
        with Session(self.engine) as session:
            package = self._own_upload(session, person, upload)
            if package.completed is not None:
                raise Refused(409, "this upload is complete", offset=package.size)
            announced = package.size
            self._offset(package)
        with self._alone(upload):
            path = self.files / upload
            there = path.stat().st_size
            if offset != there:
                raise Refused(409, f"the upload goes on at byte {there}, not {offset}", offset=there)
            if there + len(data) > announced:
                raise Refused(413, f"the upload was announced with {announced} bytes; this would be more")
            with open(path, "ab") as file:
                file.write(data)
            return there + len(data)

    def complete(self, person: Person, upload: str) -> dict[str, Any]:
        """Make an upload a package, durably, and return its receipt; the same one however often it is asked for."""
        with Session(self.engine) as session:
            package = self._own_upload(session, person, upload)
            if package.receipt is not None:
                return json.loads(package.receipt)
            entries = parse(json.loads(package.files))
            self._offset(package)
        with self._alone(upload):
            path = self.files / upload
            self._check_content(path, entries)
            path.chmod(0o400)
            _sync(path)
            _sync(self.files)
        with self._write() as session:
            package = self._own_upload(session, person, upload)
            if package.receipt is None:
                package.completed = _stamp(self.now())
                package.receipt = json.dumps(self._receipt(package))
            return json.loads(package.receipt)

    def _owner(self, person: Person, kind: str, assignment: str, about: str) -> str:
        """Whose the package will be: never what the client says. Raises Refused where the right is missing."""
        if kind not in KINDS:
            raise Refused(400, f"there is no kind {kind!r}; there is {', '.join(KINDS)}")
        if assignment not in {week.name for week in self.course.weeks}:
            raise Refused(404, f"there is no assignment {assignment!r} in this course")
        if kind == "submission":
            if not person.may("submit"):
                raise Refused(403, "you are not a student of this course")
            if not STUDENT.fullmatch(person.name):
                raise Refused(403, f"the user name {person.name!r} cannot be used here: ask the staff")
            if not self._latest(assignment):
                raise Refused(404, f"{assignment} is not released")
            return person.name
        if not person.may("release"):
            raise Refused(403, "only staff may release")
        if kind == "assignment":
            return ""
        with Session(self.engine) as session:
            submission = session.get(Package, about)
            if submission is None or (submission.kind, submission.assignment) != ("submission", assignment):
                raise Refused(404, f"there is no such submission of {assignment} to give feedback on")
            return submission.student

    def _check_open(self, assignment: str, student: str, moment: datetime) -> None:
        late = (moment - self.deadline(student, assignment)).total_seconds()
        if self.course.late.days(late) > self.course.late.last_day:
            raise Refused(
                403,
                f"{assignment} is closed: it was due on {self.deadline(student, assignment):%d %B %Y, %H:%M %Z}",
            )

    def _check_room(
        self, session: Session, person: Person, kind: str, assignment: str, student: str, wanted: int
    ) -> None:
        limits = self.course.exchange
        if wanted > limits.upload_mb * MEGABYTE:
            raise Refused(
                413,
                f"{wanted / MEGABYTE:.1f} MB are too much: at most {limits.upload_mb} MB can be handed in at once",
            )
        if shutil.disk_usage(self.files).free < wanted + limits.reserve_mb * MEGABYTE:
            raise Refused(507, "the exchange's disk is full: tell the staff")
        if kind != "submission":
            return
        own = select(func.count(), func.coalesce(func.sum(Package.size), 0)).filter_by(
            kind="submission", student=student
        )
        versions = session.execute(own.filter_by(assignment=assignment)).one()[0]
        if versions >= limits.versions:
            raise Refused(
                403,
                f"{versions} versions of {assignment} are handed in, and no more are taken: tell the staff",
            )
        used = session.execute(own).one()[1]
        if used + wanted > limits.student_mb * MEGABYTE:
            raise Refused(
                413, f"your submissions would take more than {limits.student_mb} MB together: tell the staff"
            )

    def _unfinished(
        self,
        session: Session,
        person: Person,
        kind: str,
        assignment: str,
        student: str,
        about: str,
        what: str,
    ) -> Package | None:
        """The latest upload to this place, if it is these same files, not complete: its first time counts."""
        latest = session.scalars(
            select(Package)
            .filter_by(kind=kind, assignment=assignment, student=student, about=about)
            .order_by(Package.opened.desc())
            .limit(1)
        ).first()
        if latest is None or latest.completed is not None:
            return None
        return latest if (latest.author, latest.digest) == (person.name, what) else None

    def _own_upload(self, session: Session, person: Person, upload: str) -> Package:
        package = session.get(Package, upload)
        if package is None or package.author != person.name:
            raise Refused(404, "there is no such upload")
        return package

    def _offset(self, package: Package) -> int:
        if package.completed is not None:
            return package.size
        path = self.files / package.id
        # The row can have outlived the file where the machine lost its power.
        path.touch(mode=0o600)
        return path.stat().st_size

    @contextlib.contextmanager
    def _alone(self, upload: str) -> Iterator[None]:
        """One request at a time may change an upload's file."""
        with self._writing:
            if upload in self._appending:
                raise Refused(503, "another request is writing this upload")
            self._appending.add(upload)
        try:
            yield
        finally:
            with self._writing:
                self._appending.discard(upload)

    def _check_content(self, path: Path, entries: Sequence[Entry]) -> None:
        announced = size(entries)
        there = path.stat().st_size
        if there < announced:
            raise Refused(409, f"{announced - there} bytes are missing", offset=there)
        with open(path, "rb") as file:
            for entry in entries:
                check, left = hashlib.sha256(), entry.size
                while left:
                    data = file.read(min(left, 1 << 20))
                    check.update(data)
                    left -= len(data)
                if check.hexdigest() != entry.sha256:
                    os.truncate(path, 0)
                    raise Refused(422, f"{entry.path} is not what was announced: send it again", offset=0)

    def _receipt(self, package: Package) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "course": self.course.id,
            "package": package.id,
            "of": package.kind,
            "assignment": package.assignment,
            "by": package.author,
            "submitted": _iso(package.opened),
            "complete": _iso(package.completed or 0),
            "digest": package.digest,
            "files": json.loads(package.files),
        }
        if package.kind == "submission":
            deadline = self.deadline(package.student, package.assignment)
            late = (_time(package.opened) - deadline).total_seconds()
            facts |= {
                "student": package.student,
                "deadline": deadline.astimezone(UTC).isoformat(),
                "late_days": self.course.late.days(late),
            }
        return sign(facts, self.key)

    # Lists and downloads

    def deadline(self, student: str, assignment: str) -> datetime:
        """A student's own deadline."""
        return self.course.week(assignment).due + (self.course.extension(student, assignment) or timedelta(0))

    def assignments(self, person: Person) -> list[dict[str, Any]]:
        """The latest version of each released assignment."""
        if not (person.may("submit") or person.may("collect")):
            raise Refused(403, "you do not take part in this course")
        found = []
        for week in self.course.weeks:
            package = self._latest(week.name)
            if package is not None:
                deadline = self.deadline(person.name, week.name)
                found.append({**_shown(package), "deadline": deadline.astimezone(UTC).isoformat()})
        return found

    def submissions(self, person: Person) -> list[dict[str, Any]]:
        """A student's own submissions, with their receipts and the latest feedback on each."""
        if not person.may("submit"):
            raise Refused(403, "you are not a student of this course")
        return self._submissions(student=person.name)

    def inbox(self, person: Person, assignment: str, student: str) -> list[dict[str, Any]]:
        """Everybody's submissions, or those of an assignment or a student."""
        if not person.may("collect"):
            raise Refused(403, "only staff may see submissions")
        chosen = {"assignment": assignment, "student": student}
        return self._submissions(**{name: value for name, value in chosen.items() if value})

    def _submissions(self, **chosen: str) -> list[dict[str, Any]]:
        with Session(self.engine) as session:
            rows = select(Package).filter_by(withdrawn=None, **chosen).where(Package.completed.is_not(None))
            submissions = session.scalars(rows.filter_by(kind="submission").order_by(Package.opened)).all()
            feedback = session.scalars(rows.filter_by(kind="feedback").order_by(Package.opened)).all()
        latest = {package.about: package for package in feedback}
        found = []
        for package in submissions:
            about = latest.get(package.id)
            shown = {
                **_shown(package),
                "deadline": self.deadline(package.student, package.assignment).isoformat(),
            }
            shown["feedback"] = None if about is None else _shown(about)
            shown["receipt"] = json.loads(package.receipt or "null")
            found.append(shown)
        return found

    def _latest(self, assignment: str) -> Package | None:
        with Session(self.engine) as session:
            return session.scalars(
                select(Package)
                .filter_by(kind="assignment", assignment=assignment, withdrawn=None)
                .where(Package.completed.is_not(None))
                .order_by(Package.opened.desc())
                .limit(1)
            ).first()

    def readable(self, person: Person, package: str) -> tuple[Path, int]:
        """The file with a package's bytes, and its size; what is not theirs is refused as if it were not there."""
        with Session(self.engine) as session:
            found = session.get(Package, package)
        if found is None or found.completed is None or not self._may_read(person, found):
            raise Refused(404, "there is no such package")
        return self.files / found.id, found.size

    def _may_read(self, person: Person, package: Package) -> bool:
        if person.may("collect"):
            return True
        if not person.may("submit") or package.withdrawn is not None:
            return False
        return package.kind == "assignment" or package.student == person.name

    def withdraw(self, person: Person, package: str) -> None:
        """Take a package out of every list. Its row and bytes stay.

        Who releases may take back a release or feedback; a submission only who oversees the course.
        """
        if not (person.may("oversee") or person.may("release")):
            raise Refused(403, "only staff may withdraw")
        with self._write() as session:
            found = session.get(Package, package)
            if found is None or found.completed is None:
                raise Refused(404, "there is no such package")
            if not person.may("oversee" if found.kind == "submission" else "release"):
                raise Refused(403, f"this {found.kind} is not yours to withdraw: ask who oversees the course")
            found.withdrawn = found.withdrawn or _stamp(self.now())

    # Audit and housekeeping

    def note(self, who: str, address: str, action: str, package: str, outcome: str) -> None:
        """Add a line to the audit log."""
        with self._write() as session:
            session.add(
                AuditEntry(
                    at=_stamp(self.now()),
                    who=who,
                    address=address,
                    action=action,
                    package=package,
                    outcome=outcome[:500],
                )
            )

    def audit(self, person: Person, after: int) -> list[dict[str, Any]]:
        """At most 1000 lines of the audit log, from the one after number `after`."""
        if not person.may("oversee"):
            raise Refused(403, "only who oversees the course may read its audit log")
        with Session(self.engine) as session:
            rows = session.scalars(
                select(AuditEntry).where(AuditEntry.id > after).order_by(AuditEntry.id).limit(1000)
            )
            return [
                {
                    "id": row.id,
                    "at": _iso(row.at),
                    "who": row.who,
                    "address": row.address,
                    "action": row.action,
                    "package": row.package,
                    "outcome": row.outcome,
                }
                for row in rows
            ]

    def clean(self) -> int:
        """Forget uploads that nobody went on with for a day; returns how many."""
        before = _stamp(self.now() - ABANDONED)
        with self._write() as session:
            gone = session.scalars(
                select(Package).where(Package.completed.is_(None), Package.opened < before)
            ).all()
            for package in gone:
                session.delete(package)
            known = set(session.scalars(select(Package.id)).all()) - {package.id for package in gone}
            for path in self.files.iterdir():
                if path.name not in known:
                    path.unlink()
        return len(gone)

    @contextlib.contextmanager
    def _write(self) -> Iterator[Session]:
        """A transaction that is durable when the block is left; what it returns may be told to the world."""
        with self._writing, Session(self.engine, expire_on_commit=False) as session, session.begin():
            yield session


def _engine(url: str) -> Engine:
    engine = create_engine(url, pool_pre_ping=True)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def _durable(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA busy_timeout=30000")

    return engine


def _shown(package: Package) -> dict[str, Any]:
    return {
        "id": package.id,
        "assignment": package.assignment,
        "student": package.student,
        "submitted": _iso(package.opened),
        "files": json.loads(package.files),
    }


def _stamp(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _time(stamp: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=stamp)


def _iso(stamp: int) -> str:
    return _time(stamp).isoformat(timespec="microseconds")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
