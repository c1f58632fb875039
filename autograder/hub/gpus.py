"""Which GPU is whose: each is one server's at a time, never two servers' by accident.

Docker's ``count=1`` would give every server the first one. A device is a GPU's index or UUID, or the UUID of a part
of one (MIG).
"""

from __future__ import annotations

from collections.abc import Sequence


class NoneFree(Exception):
    """Every GPU is in use."""


class GpuPool:
    """The GPUs of a host and the servers that hold them."""

    def __init__(self, devices: Sequence[str] = ()) -> None:
        if len(set(devices)) != len(devices):
            raise ValueError(f"a GPU is named twice: {', '.join(devices)}")
        self._holders: dict[str, str | None] = dict.fromkeys(devices)

    @property
    def devices(self) -> list[str]:
        """All of them."""
        return list(self._holders)

    @property
    def free(self) -> list[str]:
        """Those that nobody holds."""
        return [device for device, holder in self._holders.items() if holder is None]

    def take(self, holder: str) -> str:
        """A GPU for a server; a server that holds one keeps it."""
        mine = [device for device, other in self._holders.items() if other == holder]
        free = mine or self.free
        if not free:
            raise NoneFree(
                f"all {len(self._holders)} GPUs are in use: start a server without one, or try again later"
            )
        self._holders[free[0]] = holder
        return free[0]

    def restore(self, holder: str, device: str) -> None:
        """What was so before the Hub was started again; a GPU that is no longer in the list counts until then."""
        other = self._holders.get(device)
        if other not in (None, holder):
            raise ValueError(f"GPU {device} is held by {other} and by {holder}")
        self._holders[device] = holder

    def give_back(self, holder: str) -> None:
        """The server has ended."""
        for device, other in self._holders.items():
            if other == holder:
                self._holders[device] = None
