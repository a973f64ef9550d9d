"""Watching what commands leave behind: their processes, the files that they delete again, and secrets in any of it."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

# Python calls this before it removes or renames a file, and before it starts a process: what would be gone is copied.
_HOOK = """
import itertools, os, shutil, sys

numbers = itertools.count()

def kept():
    return os.path.join({evidence!r}, f"{{os.getpid()}}-{{next(numbers)}}")

def watch(event, arguments):
    if event in ("os.remove", "os.rename"):
        folder = arguments[1] if event == "os.remove" else arguments[2]
        path = os.fspath(arguments[0])
        if folder not in (-1, None):
            path = os.path.join(f"/proc/self/fd/{{folder}}", path)
        if os.path.isfile(path):
            shutil.copyfile(path, kept())
    elif event == "subprocess.Popen":
        with open(kept(), "w") as file:
            file.write(repr(arguments))

sys.addaudithook(watch)
"""


def watched(folder: Path) -> dict[str, str]:
    """Variables under which every command keeps in `folder`/evidence what it deletes, and whom it starts."""
    evidence, hook = folder / "evidence", folder / "hook"
    for each in (evidence, hook, folder / "home", folder / "tmp"):
        each.mkdir()
    (hook / "sitecustomize.py").write_text(_HOOK.format(evidence=str(evidence)), encoding="utf-8")
    return {
        "PYTHONPATH": str(hook),
        "HOME": str(folder / "home"),
        "HISTFILE": str(folder / "home" / ".bash_history"),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONFAULTHANDLER": "1",
    }


@contextmanager
def seen_by_others(mark: str) -> Iterator[set[bytes]]:
    """What anybody sees of processes that have `mark` in their variables, looked at all the while: arguments and
    variables."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.03):
            for process in Path("/proc").glob("[0-9]*"):
                try:
                    variables = (process / "environ").read_bytes()
                    if mark.encode() in variables:
                        seen.update((variables, (process / "cmdline").read_bytes()))
                except OSError:
                    pass  # it has ended, or is another user's

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def forms(secret: bytes) -> frozenset[bytes]:
    """How a secret may stand somewhere in the clear: raw, in hexadecimal, in base64 at any place in a longer text, as
    Python prints it, in a JSON document, in UTF-16."""
    found = {secret, secret.hex().encode(), secret.hex().upper().encode(), repr(secret)[2:-1].encode()}
    for before in range(3):
        text = base64.b64encode(bytes(before) + secret)
        inner = text[(0, 2, 3)[before] : -4]  # without what neighbours have a part in
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    try:
        text = secret.decode("utf-8")
    except UnicodeDecodeError:
        return frozenset(found)
    found |= {
        json.dumps(text)[1:-1].encode(),
        text.encode("utf-16-le"),
        text.encode("utf-16-be"),
        text.upper().encode(),
    }
    return frozenset(found)


def betrayed(secrets: Mapping[str, bytes], places: Mapping[str, bytes]) -> list[str]:
    """Which secret stands in the clear in which place."""
    needles = {name: forms(secret) for name, secret in secrets.items()}
    return [
        f"{name} in {place}"
        for place, content in places.items()
        for name, ways in needles.items()
        if any(way in content for way in ways)
    ]
