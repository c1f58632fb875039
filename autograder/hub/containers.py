"""Students' servers as containers: DockerSpawner with limits for each, and a GPU of one's own where there are some."""

from __future__ import annotations

import socket
from typing import Any, ClassVar

from docker.types import DeviceRequest
from dockerspawner import DockerSpawner
from tornado.web import HTTPError
from traitlets import Dict, List, Unicode, default

from autograder.hub.gpus import GpuPool, NoneFree

FORM = """
<fieldset>
<legend>What do you need?</legend>
<p><label><input type="radio" name="profile" value="cpu" checked> A computer (enough for every week)</label></p>
<p><label><input type="radio" name="profile" value="gpu"> A computer with a GPU
(week 7 in earnest; {free} of {all} free)</label></p>
</fieldset>
"""


class CourseSpawner(DockerSpawner):
    """A container for each student: nothing of another's, no more than its share, no rights."""

    cpu_image = Unicode("course-student", help="The image for everybody's servers.").tag(config=True)
    gpu_image = Unicode("course-student-gpu", help="The image for servers with a GPU.").tag(config=True)
    gpu_devices = List(
        Unicode(), help="The GPUs to give away, one to a server: indices, UUIDs or MIG UUIDs."
    ).tag(config=True)
    walls = Dict(help="What every server is started with, as Docker's API names it.").tag(config=True)

    pool: ClassVar[GpuPool] = GpuPool()
    device: str = ""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # One pool for all spawners of this Hub, filled when the first one knows the configuration.
        if CourseSpawner.pool.devices == [] and self.gpu_devices:
            CourseSpawner.pool = GpuPool(self.gpu_devices)

    @default("walls")
    def _walls(self) -> dict[str, Any]:
        return {
            "cap_drop": ["ALL"],
            "security_opt": ["no-new-privileges"],
            "pids_limit": 512,
            # PyTorch's DataLoader passes batches through /dev/shm; Docker's own 64 MB are soon full.
            "shm_size": "1g",
        }

    @default("options_form")
    def _form(self) -> Any:
        if not self.gpu_devices:
            return ""
        return lambda _: FORM.format(free=len(self.pool.free), all=len(self.gpu_devices))

    def options_from_form(self, form: dict[str, list[str]]) -> dict[str, str]:
        """What somebody chose on the page before the start."""
        return {"profile": form.get("profile", ["cpu"])[0]}

    @property
    def holder(self) -> str:
        """The server's name in the pool."""
        return f"{self.user.name}/{self.name}"

    async def start(self) -> Any:
        """Start the container, with a GPU where one was asked for and is free."""
        settings = dict(self.walls)
        # Images are chosen here; DockerSpawner takes none from its users unless `allowed_images` says so.
        self.image = self.cpu_image
        if self.gpu_devices and self.user_options.get("profile") == "gpu":
            try:
                self.device = self.pool.take(self.holder)
            except NoneFree as problem:
                raise HTTPError(503, str(problem)) from None
            request = DeviceRequest(device_ids=[self.device], capabilities=[["gpu"]])
            settings["device_requests"] = [request]
            self.image = self.gpu_image
        self.extra_host_config = settings
        if self.network_name == "host":
            self.port = _free_port()
        return await super().start()

    async def get_ip_and_port(self) -> tuple[str, int]:
        """Where the server listens; on the host's own network, on its loopback."""
        if self.network_name == "host":
            return "127.0.0.1", self.port
        found: tuple[str, int] = await super().get_ip_and_port()
        return found

    def get_state(self) -> dict[str, Any]:
        """What is kept of a running server when the Hub is started again."""
        return {**super().get_state(), **({"gpu": self.device} if self.device else {})}

    def load_state(self, state: dict[str, Any]) -> None:
        """A server of before the Hub's start: its GPU stays its own."""
        super().load_state(state)
        self.device = state.get("gpu", "")
        if self.device:
            self.pool.restore(self.holder, self.device)

    def clear_state(self) -> None:
        """The server has ended."""
        super().clear_state()
        self.device = ""
        self.pool.give_back(self.holder)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
