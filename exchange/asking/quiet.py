"""After how long a log that does not grow, or who does not witness it, is called silent: as the agreements have it."""

from __future__ import annotations

import datetime as dt

from exchange.asking.bound import bound
from exchange.asking.shown import Shown
from exchange.audit.history import History
from exchange.audit.reading import ReadLog
from exchange.duties.reporting import silent_after
from exchange.errors import AuditError


def quiet(log: ReadLog, other: str | None = None) -> dt.timedelta | None:
    """By the newest version of each agreement in a pack that binds the log's party, with another or with anybody: where
    one has data sent every month, and one every quarter, the month counts. None where nothing tells."""
    try:
        history = History.of_read(log)
    except AuditError:
        return None  # what is wrong with it is said by verifying it
    if history.made is None:
        return None
    shown = Shown.of([history], history.made)
    texts = (versions[-1] for versions in bound(shown, history).values())
    pairs = (pair for text in texts for pair in silent_after(text, history.party))
    return min((limit for party, limit in pairs if other in (None, party)), default=None)
