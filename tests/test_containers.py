"""Images, compose and the chart's values, as far as they can be checked without an engine."""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from jsonschema import Draft7Validator

from autograder.config import load_course
from autograder.hub.configuration import People, Place, configure, write_nbgrader_configs
from autograder.hub.gpus import GpuPool, NoneFree

ROOT = Path(__file__).parent.parent
DOCKER = ROOT / "docker"
SERVICES = yaml.safe_load((DOCKER / "compose.yaml").read_text())["services"]
PLACE = Place(
    exchange_url="http://exchange:9201",
    course_url="http://grader:9202",
    student_config=Path("/etc/course/jupyter"),
    staff_config=Path("/etc/course/staff"),
)


def test_no_gpu_is_given_twice():
    pool = GpuPool(["0", "1"])
    assert pool.take("ada/") == "0"
    assert pool.take("bo/") == "1"
    with pytest.raises(NoneFree, match="all 2 GPUs are in use"):
        pool.take("chen/")
    pool.give_back("ada/")
    assert pool.take("chen/") == "0"
    assert pool.free == []


def test_a_server_keeps_its_gpu_however_often_it_asks():
    pool = GpuPool(["0", "1"])
    assert [pool.take("ada/") for _ in range(3)] == ["0", "0", "0"]
    assert pool.take("ada/second") == "1"


def test_the_gpus_of_running_servers_are_theirs_after_the_hub_was_started_again():
    pool = GpuPool(["0", "1"])
    pool.restore("ada/", "0")
    assert pool.take("bo/") == "1"
    with pytest.raises(ValueError, match="GPU 0 is held by ada/ and by bo/"):
        pool.restore("bo/", "0")


def test_a_gpu_that_is_named_twice_is_refused():
    with pytest.raises(ValueError, match="named twice"):
        GpuPool(["0", "0"])


@pytest.fixture
def spawner_class():
    pytest.importorskip("dockerspawner", reason="dockerspawner is not installed: pip install '.[containers]'")
    from traitlets.config import Config

    from autograder.hub.containers import CourseSpawner

    CourseSpawner.pool = GpuPool()
    config = Config()
    config.CourseSpawner.gpu_devices = ["0", "MIG-1"]

    def make(name: str) -> CourseSpawner:
        user = SimpleNamespace(name=name, escaped_name=name, url=f"/user/{name}/", settings={})
        return CourseSpawner(config=config, user=user, orm_spawner=None)

    yield make
    CourseSpawner.pool = GpuPool()


def test_a_spawner_remembers_its_gpu_and_gives_it_back(spawner_class):
    ada, bo = spawner_class("ada"), spawner_class("bo")
    ada.device = ada.pool.take(ada.holder)
    assert ada.get_state()["gpu"] == "0"
    type(ada).pool = GpuPool(["0", "MIG-1"])
    again = spawner_class("ada")
    again.load_state({"gpu": "0"})
    assert bo.pool.take(bo.holder) == "MIG-1"
    again.clear_state()
    assert again.pool.free == ["0"]
    assert "gpu" not in again.get_state()


def test_the_form_says_how_many_are_free(spawner_class):
    ada = spawner_class("ada")
    ada.pool.take(ada.holder)
    assert "1 of 2 free" in ada.options_form(ada)
    assert ada.options_from_form({"profile": ["gpu"]}) == {"profile": "gpu"}


def test_services_with_containers_of_their_own_are_not_started_by_the_hub():
    from traitlets.config import Config

    course, config = load_course(), Config()
    place = Place(**{**vars(PLACE), "elsewhere": frozenset({"exchange", course.id})})
    configure(config, course, People(students=["ada"], graders=[], instructors=[]), place)
    services = {service["name"]: service for service in config.JupyterHub.services}
    assert not {"command", "cwd", "environment"} & {*services["exchange"], *services[course.id]}
    assert services["exchange"]["url"] == "http://exchange:9201"
    assert "command" in services["idle-culler"]


def test_students_images_are_configured_as_students_are_elsewhere(tmp_path):
    place = Place(
        **{**vars(PLACE), "student_config": tmp_path / "students", "staff_config": tmp_path / "staff"}
    )
    write_nbgrader_configs(load_course(), place)
    written = {
        path.relative_to(tmp_path / "students"): path.read_text()
        for path in place.student_config.rglob("*.*")
    }
    assert len(written) == 4
    for path, text in written.items():
        assert (DOCKER / "student" / path).read_text() == text, path


@pytest.mark.parametrize("lock", ["student.lock", "engine.lock"])
def test_the_images_locks_agree_with_the_others_and_name_no_address(lock):
    lines = (DOCKER / lock).read_text().splitlines()
    for line in lines:
        assert re.fullmatch(r"[a-z0-9.-]+(\[[a-z,-]+\])?==[\w.+!]+( ; [^:/]+)?", line), line
    versions = {}
    for name in ("requirements.lock", "requirements-hub.lock"):
        for line in (ROOT / name).read_text().splitlines():
            versions.setdefault(line.split("==")[0], set()).add(line.split("==")[1].split()[0])
    for line in lines:
        name, version = line.split("==")[0], line.split("==")[1].split()[0]
        assert version in versions.get(name, {version}), line


def test_what_a_build_may_see_is_an_allow_list_without_secrets():
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert lines[0] == "*"
    assert {"docker/secrets", "docker/site", "**/*.key"} <= set(lines)


def test_a_student_image_is_made_of_nothing_that_holds_a_solution():
    text = re.sub(r"^#.*\n|\\\n", "", (DOCKER / "Dockerfile").read_text(), flags=re.M)
    stages = {
        match[2]: match for match in re.finditer(r"^FROM (\S+) AS (\S+)$(.*?)(?=^FROM|\Z)", text, re.M | re.S)
    }
    assert {"student", "student-gpu", "grader", "hub"} <= stages.keys()
    for name in ("base", "student-base", "student", "student-gpu"):
        copied = re.findall(r"^COPY (?:--\S+ )*(\S+)", stages[name][3], re.M)
        mounted = re.findall(r"type=bind,source=([^,\s]+)", stages[name][3])
        for path in [*copied, *mounted]:
            assert path == "course_exchange" or path.startswith("docker/"), (name, path)
    for name in ("student", "student-gpu", "grader", "hub"):
        assert stages[name][3].rstrip().endswith("USER 1000:100")
    assert "# syntax=" not in text
    assert "<<" not in text


def compose_schema() -> dict:
    found = importlib.util.find_spec("check_jsonschema")
    if found is None or not found.submodule_search_locations:
        pytest.skip("the schema of compose files is not installed: pip install check-jsonschema")
    folder = Path(found.submodule_search_locations[0]) / "builtin_schemas" / "vendor"
    return json.loads((folder / "compose-spec.json").read_text())


def test_the_compose_file_is_one_by_the_specification():
    content = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    errors = [
        f"{list(error.path)}: {error.message}"
        for error in Draft7Validator(compose_schema()).iter_errors(content)
    ]
    assert not errors


def compose_program() -> list[str]:
    """Compose itself, where it is installed."""
    for words in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(words[0]):
            done = subprocess.run([*words, "version", "--short"], capture_output=True, text=True, check=False)
            if done.returncode == 0 and done.stdout.startswith(("2.", "v2.", "3.", "v3.", "5.", "v5.")):
                return words
    return []


def test_compose_itself_understands_the_file(tmp_path):
    words = compose_program()
    if not words:
        pytest.skip("compose 2 is not installed: its plugin for docker, or docker-compose")
    shutil.copy(DOCKER / "compose.yaml", tmp_path)
    command = [*words, "--file", str(tmp_path / "compose.yaml"), "--profile", "backup", "config", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_has_limits_walls_and_secrets_from_files(name):
    service = SERVICES[name]
    assert {"mem_limit", "cpus", "pids_limit", "networks", "secrets"} <= service.keys()
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["read_only"] is True
    assert service["logging"]["options"]["max-size"]
    for key, value in service.get("environment", {}).items():
        assert not re.search("PASSWORD|TOKEN|SECRET", key) or value.startswith("/run/secrets/"), key
    mounted = any("docker.sock" in volume for volume in service.get("volumes", []))
    assert mounted == (name == "hub")


def test_every_secret_is_made_and_used_and_none_is_text():
    compose = yaml.safe_load((DOCKER / "compose.yaml").read_text())
    used = {secret for service in SERVICES.values() for secret in service["secrets"]}
    assert used == compose["secrets"].keys()
    made = (DOCKER / "make-secrets.sh").read_text()
    for name, secret in compose["secrets"].items():
        assert secret == {"file": f"./secrets/{name}"}
        assert name in made


def test_students_reach_neither_the_database_nor_the_grader_nor_the_internet():
    networks = yaml.safe_load((DOCKER / "compose.yaml").read_text())["networks"]
    assert {name for name, service in SERVICES.items() if "students" in service["networks"]} == {
        "hub",
        "exchange",
    }
    assert networks["students"]["internal"] and networks["staff"]["internal"]
    assert networks["students"]["name"] == SERVICES["hub"]["environment"]["COURSE_STUDENT_NETWORK"]


def chart_errors(values: dict) -> list[str]:
    """What the chart's schema says of values, laid over the chart's own as helm does."""
    vendor = ROOT / "tests" / "vendor" / "zero-to-jupyterhub"
    schema, own = (json.loads((vendor / name).read_text()) for name in ("values.schema.json", "values.json"))
    errors = Draft7Validator(schema).iter_errors(merged(own, values))
    return [f"{list(error.path)}: {error.message}" for error in errors]


def merged(one: dict, other: dict) -> dict:
    """As helm lays one file of values over another."""
    both = dict(one)
    for key, value in other.items():
        both[key] = (
            merged(both[key], value) if isinstance(value, dict) and isinstance(both.get(key), dict) else value
        )
    return both


@pytest.fixture
def chart():
    base = yaml.safe_load((DOCKER / "kubernetes" / "values.yaml").read_text())
    command = [sys.executable, "-W", "ignore", str(DOCKER / "kubernetes" / "roles.py")]
    command.append(str(DOCKER / "site.example" / "people.toml"))
    done = subprocess.run(
        command, cwd=ROOT, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True
    )
    return merged(base, yaml.safe_load(done.stdout))


def test_the_charts_values_fit_its_schema(chart):
    assert chart_errors(chart) == []
    assert chart_errors(merged(chart, {"singleuser": {"memory": {"limits": "4G"}}}))


def test_the_chart_has_a_profile_without_and_one_with_a_gpu(chart):
    cpu, gpu = chart["singleuser"]["profileList"]
    assert cpu["default"] and "nvidia" not in json.dumps(cpu)
    choices = gpu["profile_options"]["share"]["choices"]
    limits = [choice["kubespawner_override"]["extra_resource_limits"] for choice in choices.values()]
    assert {"nvidia.com/gpu": "1"} in limits
    # Fractions of GPUs are no numbers to Kubernetes: each is a resource of its own name, and asked for whole.
    assert all(list(limit.values()) == ["1"] for limit in limits)
    assert sum(any("/mig-" in name for name in limit) for limit in limits) >= 1


def test_the_charts_pods_have_shared_memory_no_rights_and_no_way_out(chart):
    single = chart["singleuser"]
    (volume,) = single["storage"]["extraVolumes"]
    assert volume["emptyDir"]["medium"] == "Memory"
    assert {"name": volume["name"], "mountPath": "/dev/shm"} in single["storage"]["extraVolumeMounts"]
    assert single["allowPrivilegeEscalation"] is False
    assert single["extraPodConfig"]["automountServiceAccountToken"] is False
    allowed = single["networkPolicy"]["egressAllowRules"]
    assert not any(allowed[name] for name in ("nonPrivateIPs", "privateIPs", "cloudMetadataServer"))
    assert chart["prePuller"]["hook"]["enabled"] and chart["prePuller"]["pullProfileListImages"]
    assert set(chart["hub"]["loadRoles"]) >= {"user", "server", "student-generative-models"}


def test_the_course_beside_the_chart_has_the_names_that_the_chart_expects(chart):
    parts = list(yaml.safe_load_all((DOCKER / "kubernetes" / "course.yaml").read_text()))
    by_name = {(part["kind"], part["metadata"]["name"]): part for part in parts}
    for service in chart["hub"]["services"].values():
        host, port = service["url"].removeprefix("http://").split(":")
        assert by_name["Service", host]["spec"]["ports"][0]["port"] == int(port)
        pod = by_name["Deployment", host]["spec"]["template"]
        assert by_name["Service", host]["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
        (volume,) = [volume for volume in pod["spec"]["volumes"] if volume["name"] == "secrets"]
        keys = {item["key"] for item in volume["secret"]["items"]}
        assert f"hub.services.{service['name']}.apiToken" in keys
        assert volume["secret"]["secretName"] == chart["hub"]["existingSecret"]
        assert pod["spec"]["automountServiceAccountToken"] is False
        assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
        (container,) = pod["spec"]["containers"]
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        assert by_name["NetworkPolicy", host]["spec"]["podSelector"]["matchLabels"] == {"app": host}
    (rule,) = chart["singleuser"]["networkPolicy"]["egress"]
    (target,) = rule["to"]
    assert target["podSelector"]["matchLabels"] == {"app": "course-exchange"}
    assert (
        chart["singleuser"]["extraEnv"]["COURSE_EXCHANGE_URL"]
        == "http://course-exchange:9201/services/exchange/"
    )
