"""Work done as an ordinary user, since root never sees "permission denied"."""

from __future__ import annotations

import multiprocessing
import os
import pwd
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any

from exchange.demo.sftp_server import locked
from exchange.errors import ExchangeError

ROOT = os.geteuid() == 0
# Not `nobody`: systemd calls that account locked, and sshd keeps out whom it finds locked.
STRANGERS = [name for name in ("daemon", "games", "www-data") if not locked(name)]
ORDINARY = STRANGERS[0] if ROOT else pwd.getpwuid(os.geteuid()).pw_name


def codes_as_ordinary_user(work: Callable[[], Any]) -> tuple[str, ...]:
    """The codes with which `work` is refused, run by a user without rights; none if it ends well.

    The work has a process of its own, which is forked, so that the ordinary user needs no access to our code.
    """
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_work, args=(work, theirs), daemon=True)
    process.start()
    theirs.close()
    codes: tuple[str, ...] = ours.recv() if ours.poll(60) else ("hung",)
    process.join(10)
    process.kill()
    return codes


def _work(work: Callable[[], Any], answer: Connection) -> None:
    if ROOT:
        who = pwd.getpwnam(ORDINARY)
        os.setgroups([])
        os.setgid(who.pw_gid)
        os.setuid(who.pw_uid)
    try:
        work()
    except ExchangeError as refused:
        answer.send(refused.codes)
    except BaseException as bug:
        answer.send((repr(bug),))
    else:
        answer.send(())
