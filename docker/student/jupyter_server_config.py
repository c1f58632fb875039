"""A student's server: what is busy is not idle.

The Hub's culler ends servers without activity, and a kernel that trains for an hour without printing shows none. So a
busy kernel counts as activity, for as long as a night may take: what is stuck in a loop is ended the next day.
"""

import os
from datetime import UTC, datetime, timedelta

from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.ioloop import PeriodicCallback

LONGEST = timedelta(hours=12)
"""How long a kernel may be silent and still count as busy."""
EVERY_SECONDS = float(os.environ.get("COURSE_ACTIVITY_SECONDS", "60"))


class PatientKernelManager(AsyncMappingKernelManager):
    """Says so as long as a kernel works, not only when it prints."""

    def __init__(self, **options):
        super().__init__(**options)
        self._look = PeriodicCallback(self.count_busy_kernels, EVERY_SECONDS * 1000)
        self._look.start()

    def count_busy_kernels(self):
        """Make the time of the last activity now, where a kernel has work that is not too old."""
        now = datetime.now(UTC)
        for kernel_id in self.list_kernel_ids():
            kernel = self.get_kernel(kernel_id)
            # The kernel's own time is that of its last message: for a silent one, of the cell's beginning.
            silent = now - getattr(kernel, "last_activity", now)
            if getattr(kernel, "execution_state", "") == "busy" and silent < LONGEST:
                self.last_kernel_activity = now


c = get_config()
c.ServerApp.kernel_manager_class = PatientKernelManager
# Where a site ends idle kernels (cull_idle_timeout), these stay: one that works, one whose page is open.
c.MappingKernelManager.cull_busy = False
c.MappingKernelManager.cull_connected = False
