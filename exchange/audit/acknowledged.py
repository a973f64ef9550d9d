"""Who has acknowledged all that is to be acknowledged before data are used, as a log tells it."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from exchange.audit.entries import Entry


def acknowledged_all(entries: Iterable[Entry], asked: Collection[str]) -> tuple[str, ...]:
    """The people who did, the first first. `entries`: those about one bundle. Some of the notices are not all of them,
    but they may be acknowledged one after another."""
    said: dict[str, set[str]] = {}
    for entry in entries:
        if entry.kind == "notices.acknowledged" and entry.person:
            said.setdefault(entry.person, set()).update(entry.codes)
    return tuple(person for person, codes in said.items() if set(asked) <= codes)
