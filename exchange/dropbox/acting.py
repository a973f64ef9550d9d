"""Root acting as an ordinary user for a moment, so that what that user controls cannot lead root astray."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def acting_as(uid: int, gid: int) -> Iterator[None]:
    """Inside the block files are made and followed with the rights of this user; whoever is not root stays who they
    are."""
    if uid == 0 or getattr(os, "geteuid", lambda: -1)() != 0:
        yield
        return
    groups, group = os.getgroups(), os.getegid()
    os.setgroups([])
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(groups)
