"""The memory that a piece of work takes at its peak."""

from __future__ import annotations

import ctypes
import gc
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType

STATUS = Path("/proc/self/status")
INTERVAL = 0.001


def resident(field: str = "VmRSS") -> int:
    """Return bytes of this process by the kernel's account."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def _give_back() -> None:
    """Return free memory to the system, so that what is taken again is seen."""
    gc.collect()
    if "pyarrow" in sys.modules:
        sys.modules["pyarrow"].default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class Peak:
    """Samples resident memory every millisecond; ``bytes`` is the peak beyond."""

    def __enter__(self) -> Self:
        """Begin to sample."""
        _give_back()
        self.start = self.highest = resident()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stopped.is_set():
            self.highest = max(self.highest, resident())
            time.sleep(INTERVAL)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop sampling."""
        self._stopped.set()
        self._thread.join()

    @property
    def bytes(self) -> int:
        """Return the highest sample above the first."""
        return self.highest - self.start
