"""What the room says when it refuses, and foreign failures turned into our own."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from exchange.errors import MergeError, Problem
from exchange.locale import _


@contextmanager
def translated() -> Iterator[None]:
    """Every failure of SQLite or the disk inside becomes MergeError `store.unusable`."""
    try:
        yield
    except (sqlite3.Error, OSError):
        raise MergeError(
            Problem(
                "store.unusable",
                _("the store cannot be read or written: it is damaged, in use, or the disk is full"),
                hint=_("nothing was changed; keep the folder as it is, make room, and try again"),
            )
        ) from None


def altered() -> MergeError:
    return MergeError(
        Problem(
            "store.altered",
            _("the store's table of keys has been changed by something else than this program"),
            hint=_("keep the folder as it is and restore the whole store from a copy"),
        )
    )


def damaged() -> MergeError:
    return MergeError(
        Problem(
            "store.damaged",
            _("a segment of the store is missing, or is not the one that was written"),
            hint=_("restore the whole store from a copy, or ask the senders for their bundles again"),
        )
    )


def no_key() -> MergeError:
    return MergeError(
        Problem(
            "store.no_key",
            _("the file with the store's key, which lies beside the store, is missing"),
            hint=_("put it back from a copy that is as new as the store, or ask the senders for their bundles again"),
        )
    )


def wrong_key() -> MergeError:
    return MergeError(
        Problem(
            "store.wrong_key",
            _("the store was locked with another key"),
            hint=_("open it with the identity that received the bundles, and the key file that belongs to it"),
        )
    )


def older_round(sender: str) -> MergeError:
    what = _("a later round of links is here already")
    return MergeError(Problem("links.older_round", what, sender, _("nothing was changed; the later one stands")))


def foreign(code: str, what: str) -> MergeError:
    return MergeError(Problem(code, what, hint=_("nothing was changed; tell its sender")))


def epoch_over(sender: str, epoch: str) -> MergeError:
    what = _("its match tokens are of the epoch {epoch}, and the network has gone over to a later one")
    hint = _("let {sender} take the network's newest secret, and send again").format(sender=sender)
    return MergeError(Problem("match.epoch_over", what.format(epoch=epoch), sender, hint))
