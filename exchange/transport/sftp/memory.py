"""What the C library does with the large blocks of a transfer."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # mallopt(3)
KEPT = 64 << 20  # bytes


@cache
def keep_large_blocks() -> None:
    """Let glibc keep freed blocks of up to 64 MiB and use them again. Once per process; elsewhere it does nothing.

    Otherwise each block of 128 KiB or more comes fresh from the kernel, page by page: measured, that costs a download
    more than writing it.
    """
    if sys.platform != "linux":
        return
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return
    mallopt(_M_MMAP_THRESHOLD, KEPT // 2)  # glibc refuses more than 32 MiB
    mallopt(_M_TRIM_THRESHOLD, KEPT)
