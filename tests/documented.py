"""The commands that the pages show, and what runs each of them.

A command on a page has its place here: in a scenario (typed for real, in a copy of the course, by
`tests/end_to_end/test_documented_commands.py`), in `ELSEWHERE` (run by the test that stands beside it), in `IN_CI`,
or in `NOT_HERE` (it needs another machine, and the reason is given). `tests/test_docs.py` keeps them together.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = {
    *("course", "nbgrader", "make", "otter", "dask", "jupyter", "mkdocs", "python", "pip", "npm"),
    *("docker", "podman", "helm", "kubectl", "curl", "sudo", "git"),
}
GENERATED = {"validation.md", "coverage.md"}


@dataclass(frozen=True)
class Shown:
    """A command on a page."""

    page: str
    line: int
    command: str


def without_remark(line: str) -> str:
    """The command of a line: words as they are typed, without the remark after them."""
    return re.sub(r"\s+#\s.*$", "", line).strip()


def blocks(text: str) -> Iterator[tuple[int, str, list[str]]]:
    """Fenced blocks: the line of the fence, the language, the lines."""
    inside: list[str] | None = None
    begin, language = 0, ""
    for number, line in enumerate(text.splitlines(), 1):
        fence = re.match(r"\s*```(\w*)\s*$", line)
        if fence is None:
            if inside is not None:
                inside.append(line)
        elif inside is None:
            inside, begin, language = [], number, fence[1]
        else:
            yield begin, language, inside
            inside = None


def shown(page: Path) -> Iterator[Shown]:
    """Every command of a page: the lines of its shell blocks, and what stands between single backticks."""
    text = page.read_text(encoding="utf-8")
    for begin, language, lines in blocks(text):
        if language == "sh":
            for number, command in _whole(lines):
                yield Shown(page.name, begin + number, command)
    for number, line in enumerate(_without_blocks(text), 1):
        for span in re.findall(r"(?<!`)`([^`]+)`(?!`)", line):
            words = span.split()
            if len(words) > 1 and words[0] in PROGRAMS:
                yield Shown(page.name, number, span)


def _whole(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Commands with the number of their first line: a backslash goes on with the next one, a loop to its end."""
    parts: list[str] = []
    for number, line in enumerate(lines, 1):
        part = without_remark(line)
        if not part:
            continue
        parts.append(part.removesuffix("\\").strip())
        if part.endswith("\\") or (parts[0].startswith("for ") and part != "done"):
            continue
        joined = "; ".join(parts).replace("do; ", "do ") if parts[0].startswith("for ") else " ".join(parts)
        yield number - len(parts) + 1, joined
        parts = []


def _without_blocks(text: str) -> list[str]:
    lines = text.splitlines()
    for begin, _, inside in blocks(text):
        lines[begin - 1 : begin + len(inside) + 1] = [""] * (len(inside) + 2)
    return lines


@dataclass(frozen=True)
class Step:
    """A command that is typed, by whom, and what it must come to."""

    command: str
    says: str = ""
    code: int = 0
    who: str = "staff"
    background: bool = False
    more: str = ""
    """What a test adds: ports and addresses of its own."""
    instead: dict[str, str] = field(default_factory=dict)
    """Words of the page that stand for something of the reader's, and what they are here."""

    @property
    def typed(self) -> str:
        """The command with the reader's own names."""
        command = self.command
        for word, here in self.instead.items():
            command = command.replace(word, here)
        return f"{command} {self.more}".strip()


WEEK = "week4_gmm"

TERM = [
    Step("course doctor", says="sandbox"),
    Step("course build"),
    Step(f"course build {WEEK}"),
    Step(f"course build {WEEK} --dry-run"),
    Step("course build --dry-run"),
    Step("course students import roster.csv --dry-run"),
    Step("course students import roster.csv", says="2 students"),
    Step("course students add ada"),
    Step("course students add ada --email ada@example.org"),
    Step("course students add ada --first-name Ada --last-name Lovelace --email ada@example.edu"),
    Step(f"nbgrader release_assignment {WEEK}"),
    Step(f"nbgrader fetch_assignment {WEEK}", who="ada"),
    Step("answer the questions", who="ada"),
    Step(f"nbgrader submit {WEEK}", says="Submitted as", who="ada"),
    Step("nbgrader list", says=WEEK, who="ada"),
    Step(f"nbgrader collect {WEEK}"),
    Step(f"nbgrader collect {WEEK} --update"),
    Step(f"course grade {WEEK}", says="1 graded; 1 graded now"),
    Step(f"course grade {WEEK} --student ada --force", says="1 graded now"),
    Step(f"course grade {WEEK} --force", says="1 graded now"),
    Step(f"nbgrader autograde {WEEK}"),
    Step(f"course build {WEEK} --migrate --dry-run", says="nothing to migrate"),
    Step(f"course build {WEEK} --migrate", says="nothing to migrate"),
    Step(f"course grade {WEEK} --regrade", says="0 scores of 0 students would change"),
    Step(f"nbgrader generate_feedback {WEEK}"),
    Step(f"nbgrader release_feedback {WEEK}"),
    Step(f"nbgrader fetch_feedback {WEEK}", who="ada"),
    Step(f"course report {WEEK}", says=".html"),
    Step("course export canvas", says="canvas.csv"),
    Step("course export canvas --roster Grades.csv", says="canvas.csv"),
    Step("course export moodle", says="moodle.csv"),
    Step(f"course export moodle {WEEK}", says="moodle.csv"),
    Step("course export canvas --roster Grades.csv --to upload.csv", says="upload.csv"),
    Step("course export csv", says=".csv"),
    Step(f"course export csv {WEEK}", says=".csv"),
    Step(
        f"course report {WEEK} --output /tmp/class.html",
        says="class.html",
        instead={"/tmp/class.html": "$COURSE_DATA/class.html"},
    ),
    Step(
        """course doctor --json - | jq '.[] | select(.state != "ok")'""",
        says="[",
        instead={"""| jq '.[] | select(.state != "ok")'""": ""},
    ),
    Step("course export totals", says="totals.csv"),
    Step("nbgrader export"),
    Step(
        f"course export otter {WEEK}",
        says="2 students are known to the archive, 1 of them without an address",
    ),
    Step(
        "course gradebook move sqlite:////path/to/new.db",
        says="every row is there",
        instead={"/path/to/new.db": "$COURSE_DATA/new.db"},
    ),
    Step(
        f"otter run -a {WEEK}-autograder.zip notebook.ipynb",
        says="Total Score",
        instead={"notebook.ipynb": f"$COURSE_DATA/submitted/ada/{WEEK}/{WEEK}.ipynb"},
    ),
    Step("course --help", says="Usage"),
    Step("make help", says="list the verbs"),
]

IMPORT = [
    Step("course import otter hw3.ipynb --week week9_flows", says="then: course build week9_flows"),
    Step("declare the week"),
    Step("course build week9_flows"),
]

CLUSTER = [
    Step("hand in without an exchange"),
    Step("dask scheduler", background=True, more="--host 127.0.0.1 --port $PORT --no-dashboard"),
    Step(
        "dask worker tcp://grader-1:8786 --nthreads 1 --no-nanny",
        background=True,
        instead={"grader-1:8786": "127.0.0.1:$PORT"},
        more="--host 127.0.0.1 --no-dashboard",
    ),
    Step(
        f"course grade {WEEK} --cluster tcp://grader-1:8786",
        says="1 graded; 1 graded now",
        instead={"grader-1:8786": "127.0.0.1:$PORT"},
    ),
]

SCENARIOS = {"a term": TERM, "an import from otter": IMPORT, "a cluster": CLUSTER}


@dataclass(frozen=True)
class RunBy:
    """A test that runs a command, and words of its file that show it."""

    path: str
    test: str
    source: str
    helper: str = ""
    """The file that the words stand in, where it is another one."""


_ANY_COURSE = "tests/end_to_end/test_any_course.py"
_RECEIPTS = "tests/exchange/test_attacks_on_the_exchange.py"
_VERIFIED = "test_course_receipt_verify_says_what_a_receipt_is_worth"
_RECEIPT = RunBy(_RECEIPTS, _VERIFIED, 'verified(path, "--folder", tmp_path / "ada")')
_GUIDE = RunBy(
    "tests/end_to_end/test_add_a_week.py", "test_every_command_of_the_guide_does_what_it_says", "commands()"
)
_CLASS = RunBy(
    "tests/end_to_end/test_class.py", "test_every_student_gets_exactly_the_expected_score", "run_demo("
)
_VALIDATED = RunBy(
    "tests/validate/test_measure.py",
    "test_the_command_shows_the_figures_and_keeps_them_where_asked",
    'options = ["--record"] if record else []',
)
_SITE = "tests/containers/test_course_in_containers.py"
_WEEK_IN_CONTAINERS = RunBy(_SITE, "test_a_week_from_release_to_feedback", "site.staff(")
_BACKUP = RunBy(_SITE, "test_a_backup_in_one_command_brings_everything_back", 'site.words("restore", name)')
_BUILT = RunBy(
    "tests/containers/test_student_image.py",
    "test_who_it_runs_as_and_what_it_says_of_itself",
    '"--target", target, "--tag", name',
    helper="tests/container_engine.py",
)
_EXPLAINED = RunBy(
    "tests/test_explain.py",
    "test_the_command_exits_0_where_the_grade_is_the_stored_one",
    '["explain", "gita", "bayes_posterior"]',
)
ELSEWHERE = {
    "course explain ada e_step": _EXPLAINED,
    "course explain ada fit --week week4_gmm --json ada.json": _EXPLAINED,
    "course similarity week4_gmm": RunBy(
        "tests/test_similarity.py",
        "test_the_command_says_how_many_are_to_be_looked_at_and_where",
        '["similarity", WEEK]',
    ),
    "course grade ps1": RunBy(
        _ANY_COURSE,
        "test_scores_comments_and_penalties_are_those_of_stock_nbgrader",
        'batch.command("course", "grade", name',
    ),
    "nbgrader autograde ps1": RunBy(
        _ANY_COURSE,
        "test_scores_comments_and_penalties_are_those_of_stock_nbgrader",
        'engine.command("nbgrader", "autograde", name)',
    ),
    "course receipt verify RECEIPT": RunBy(_RECEIPTS, _VERIFIED, "verified(path)"),
    "course receipt verify RECEIPT --folder week4_gmm": RunBy(
        _RECEIPTS, _VERIFIED, 'verified(path, "--folder", tmp_path / "ada")'
    ),
    "course receipt verify RECEIPT --key exchange.pub": RunBy(
        _RECEIPTS, _VERIFIED, 'verified(path, "--key", exchange.store.folder / PUBLIC_KEY)'
    ),
    "course validate week4_gmm --record": RunBy(
        "tests/validate/test_measure.py",
        "test_the_command_shows_the_figures_and_keeps_them_where_asked",
        'options = ["--record"] if record else []',
    ),
    "course gradebook move postgresql://course@localhost/course": RunBy(
        "tests/test_databases.py",
        "test_the_command_says_what_was_moved_and_what_to_set",
        '["gradebook", "move", postgresql.new()]',
    ),
    "otter grade -n gmm -a week4_gmm-autograder.zip submissions/": RunBy(
        "tests/test_gradescope.py",
        "test_otter_grade_gives_the_engines_points_but_for_its_image",
        "otter.grade.main(",
    ),
    "course validate week4_gmm --replicas 200": _VALIDATED,
    "course gradebook move postgresql://course@db.example.edu/course": RunBy(
        "tests/test_databases.py",
        "test_the_command_says_what_was_moved_and_what_to_set",
        '["gradebook", "move", postgresql.new()]',
    ),
    "course receipt verify receipt.json": _RECEIPT,
    "course receipt verify receipt.json --folder week4_gmm": _RECEIPT,
    "course demo week1_bayes": _CLASS,
    "course demo week4_gmm --key another": _CLASS,
    "course demo --everyone --json figures.json": _CLASS,
    "course new week9_gan --title 'Generative adversarial networks'": _GUIDE,
    "course new week9_gan --title 'Generative adversarial networks' --dry-run": _GUIDE,
    "course new week9_gan --dry-run": _GUIDE,
    "course build week9_gan": _GUIDE,
    "course build week9_gan --dry-run": _GUIDE,
    "course validate week9_gan --record": _GUIDE,
    "course demo week9_gan": _GUIDE,
    "python -m pytest": _GUIDE,
    "python -m autograder.cli.reference": RunBy(
        "tests/test_command_line.py", "test_the_page_about_the_command_line_is_current", "markdown"
    ),
    "course import otter FILE --week week9_gan": RunBy(
        "tests/test_otter_import.py",
        "test_an_imported_week_builds_and_grades",
        'run(project, "import", "otter", str(folder / "squares.ipynb"), "--week", WEEK)',
    ),
    "for image in student student-gpu grader hub; do "
    "docker build --file docker/Dockerfile --target $image --tag course-$image .; done": _BUILT,
    "docker build --file docker/Dockerfile --target student-gpu --tag course-student-gpu .": _BUILT,
    "sh make-secrets.sh": RunBy(
        _SITE, "test_a_week_from_release_to_feedback", '"make-secrets.sh"', helper="tests/container_site.py"
    ),
    "docker compose exec grader python docker/serve.py grader course students add ada --first-name Ada": (
        _WEEK_IN_CONTAINERS
    ),
    "docker compose exec grader python docker/serve.py grader course build week1_bayes": _WEEK_IN_CONTAINERS,
    "docker compose exec grader python docker/serve.py grader nbgrader release_assignment week1_bayes": (
        _WEEK_IN_CONTAINERS
    ),
    "docker compose run --rm backup": _BACKUP,
    "docker compose stop hub exchange grader && docker compose run --rm restore 2027-02-01T030000Z && "
    "docker compose up -d": _BACKUP,
    "docker run --rm --network none --cap-drop ALL --security-opt no-new-privileges --read-only --tmpfs /tmp "
    "--memory 6g --pids-limit 1000 --volume /srv/course-data:/data course-grader course grade week1_bayes "
    "--workers 2": RunBy(
        "tests/containers/test_grader_image.py", "test_the_grades_are_those_given_outside", '"--network=none"'
    ),
    "python docker/kubernetes/roles.py": RunBy(
        "tests/test_containers.py",
        "test_the_charts_values_fit_its_schema",
        'str(DOCKER / "kubernetes" / "roles.py")',
    ),
    "nbgrader list --remove": RunBy(
        "tests/exchange/test_nbgrader_through_the_exchange.py",
        "test_the_staffs_command_withdraws_a_release",
        '["nbgrader", "list", "--remove"]',
    ),
    "python -m autograder.exchange": RunBy(
        "tests/exchange/test_load.py",
        "test_nothing_acknowledged_is_lost_when_the_service_is_killed_in_the_middle",
        '[sys.executable, "-m", "autograder.exchange", "--config", str(config)]',
        helper="tests/exchange_class.py",
    ),
    'curl -H "Authorization: token $JUPYTERHUB_API_TOKEN" "${COURSE_EXCHANGE_URL}api/audit?after=0"': RunBy(
        "tests/hub/test_roles.py",
        "test_an_instructor_oversees_but_releases_through_the_courses_server",
        '("GET", "api/audit", None)',
    ),
    "pip install ./course_exchange": RunBy(
        "tests/exchange/test_what_students_install.py",
        "test_its_wheel_holds_itself_alone_and_brings_the_command",
        "course_exchange",
    ),
    "jupyter lab": RunBy("tests/hub/test_hub_in_a_browser.py", "test_a_week_from_login_to_feedback", "/lab"),
    "make hub": RunBy(
        "tests/hub/test_roles.py",
        "test_a_grader_works_through_the_courses_server_only",
        "from autograder.hub.demo import prepare, running",
        helper="tests/hub/conftest.py",
    ),
    "make fuzz": RunBy(
        "tests/test_nothing_is_believed.py",
        "test_mutated_replies_are_read_or_refused",
        '"fuzz" / "replies.py"',
    ),
    "make docs": RunBy(
        "tests/test_site.py", "test_the_site_is_built_without_a_warning", '"-m", "mkdocs", "build"'
    ),
}

_INDEX = "fetches packages from an index"
_ROOT = "changes the system, as its administrator"
_MEASURES = "measures for minutes to hours, and the figures are committed with the machine they were taken on"
_COMPOSE = "needs Docker with its compose plugin; tests/test_containers.py checks the file by its schema"
_GPU = "needs a GPU; tests/test_gpu.py is run where there is one"
NOT_HERE = {
    "course --install-completion": "changes the shell of whoever types it",
    "make lock": _INDEX,
    "make test-containers": "needs root, docker.io and debootstrap, and 15 GB",
    "python -m venv": "a student's own environment, in a container",
    "cd docker": _COMPOSE,
    "cp -r site.example site": _COMPOSE,
    'echo "DOCKER_GID=$(stat -c %g /var/run/docker.sock)" > .env': _COMPOSE,
    "docker compose build": _COMPOSE,
    "docker compose build && docker compose up -d": _COMPOSE,
    "helm upgrade --install course jupyterhub/jupyterhub --values docker/kubernetes/values.yaml "
    "--values roles.yaml --values login.yaml": "needs a cluster; the chart's schema is asked by a test",
    "kubectl apply --filename docker/kubernetes/course.yaml": "needs a cluster",
    'docker run --rm --gpus all course-student-gpu python -c "import torch; print(torch.cuda.get_device_name())"': (
        _GPU
    ),
    "pytest tests/test_gpu.py": _GPU,
    "nvidia-smi --list-gpus": _GPU,
    'COURSE_GPUS="GPU-6f1c…,MIG-0b52…" docker compose up -d hub': _COMPOSE,
    "python -c": "shows a version, in an image with CUDA",
    'pip install -e ".[cluster]"': _INDEX,
    "pip install /path/to/this/repository": _INDEX,
    "python -m pip install 'psycopg[binary]'": _INDEX,
    "python -m pip install copydetect": _INDEX,
    "make setup": _INDEX,
    "make bench": _MEASURES,
    "make pictures": "its pictures are looked at by a person before they are committed",
    "sudo apt install chromium": _ROOT,
    "sudo apt install npm": _ROOT,
    "sudo apt install postgresql": _ROOT,
    "sudo -u postgres createuser --pwprompt course": _ROOT,
    "sudo -u postgres createdb --owner=course --encoding=UTF8 --template=template0 course": _ROOT,
    "python benchmarks/grading.py": _MEASURES,
    "python benchmarks/heldout_margin.py": _MEASURES,
    "python benchmarks/vae_step.py": _MEASURES,
}

IN_CI = {"make demo", "make test", "make test-long", "make test-hub"}
"""What `.ci/run` types in a fresh clone."""


def named(command: str) -> str | None:
    """The entry of a command, or None: itself, or for `make` and `python` its first three words or two."""
    tables = (
        {step.command for steps in SCENARIOS.values() for step in steps}
        | set(ELSEWHERE)
        | set(NOT_HERE)
        | IN_CI
    )
    if command in tables:
        return command
    words = command.split()
    if words[0] in ("make", "python"):
        return next((start for n in (3, 2) if (start := " ".join(words[:n])) in tables), None)
    return None
