"""1. What went from one party to another between two dates, and under which version of the agreement?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from exchange.asking.answer import Answer, Asked, Evidence, finding, joined
from exchange.asking.shown import Shown
from exchange.audit.entries import AgreementRef, Entry, Kind
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.locale import Said, counted_later, later

_CAME: tuple[Kind, ...] = ("bundle.opened", "bundle.accepted")
"""What names its sender in the recipient's log."""

_Noted = tuple[History, int, Entry]


def answer(shown: Shown, asked: Asked) -> Answer:
    """From the senders' logs; where one was not shown, what the recipient says that it received from it. A bundle that
    was delivered more than once counts once, when it first went."""
    others = [each for each in shown.histories if each.party != asked.recipient]
    senders = [each for each in others if asked.sender in (None, each.party)]
    sent = [(log, number, entry) for log in senders for number, entry in _first(log, asked, "bundle.delivered")]
    came = list(_came(shown, asked))
    absent = sorted({str(entry.counterpart) for _log, _number, entry in came})
    return Answer(
        "sent",
        asked,
        _sentence(shown, asked, senders, sent, came),
        (*(_line(entry) for _log, _number, entry in sent), *(_came_line(entry) for _log, _number, entry in came)),
        tuple(Evidence.of(log, number) for log, number, _entry in (*sent, *came)),
        tuple(_not_shown(party, came) for party in absent),
    )


def _first(history: History, asked: Asked, *kinds: Kind) -> list[tuple[int, Entry]]:
    """Of each file the first entry, where it is of the days that are asked about."""
    first: dict[str | None, tuple[int, Entry]] = {}
    for number, entry in history.of(*kinds):
        if asked.recipient in (entry.counterpart, history.party):
            first.setdefault(entry.ciphertext, (number, entry))
    return [(number, entry) for number, entry in first.values() if asked.within(entry.time)]


def _came(shown: Shown, asked: Asked) -> Iterator[_Noted]:
    """What the recipient's log says of senders whose own logs were not shown."""
    for log in shown.histories if asked.recipient is not None else ():
        if log.party == asked.recipient:
            logs = {each.party for each in shown.histories if each.network == log.network}
            for number, entry in _first(log, asked, *_CAME):
                if entry.counterpart not in logs and asked.sender in (None, entry.counterpart):
                    yield log, number, entry


def _not_shown(party: str, came: Iterable[_Noted]) -> Finding:
    log, number = next((log, number) for log, number, entry in came if entry.counterpart == party)
    return finding(log, "audit.pack_absent", later("no log of {party} was shown", party=party), number)


# --- what is said of it ---


def _sentence(
    shown: Shown, asked: Asked, senders: Sequence[History], sent: Sequence[_Noted], came: Sequence[_Noted]
) -> Said:
    """Nothing is said to have gone, or not, by a log that was not shown."""
    if not senders or (came and not sent):
        return _by_the_recipient(shown, asked, came)
    by_senders = _by_the_senders(asked, senders, sent)
    return joined((by_senders, _by_the_recipient(shown, asked, came))) if came else by_senders


def _by_the_senders(asked: Asked, senders: Sequence[History], sent: Sequence[_Noted]) -> Said:
    names = {
        "sender": ", ".join(dict.fromkeys(each.party for each in [log for log, _number, _entry in sent] or senders)),
        "recipient": asked.recipient,
        "since": asked.since,
        "until": asked.until,
    }
    if not sent:
        return later("nothing went from {sender} to {recipient} from {since} to {until}", **names)
    return counted_later(
        "{count} bundle went from {sender} to {recipient} from {since} to {until}, under {agreements}",
        "{count} bundles went from {sender} to {recipient} from {since} to {until}, under {agreements}",
        len(sent),
        agreements=", ".join(f"{each.id} {each.version}" for each in _agreements(sent)),
        **names,
    )


def _by_the_recipient(shown: Shown, asked: Asked, came: Sequence[_Noted]) -> Said:
    parties = ", ".join(sorted({str(entry.counterpart) for _log, _number, entry in came})) or asked.sender
    absent = later("no log of {party} was shown", party=parties) if parties else later("no sender's log was shown")
    if asked.recipient is None or shown.history(asked.recipient) is None:
        return joined((absent, later("what went to {recipient} is not known", recipient=asked.recipient)))
    received = counted_later(
        "by its own log {recipient} received {count} bundle from {since} to {until}",
        "by its own log {recipient} received {count} bundles from {since} to {until}",
        len(came),
        recipient=asked.recipient,
        since=asked.since,
        until=asked.until,
    )
    return joined((absent, received))


def _agreements(sent: Sequence[_Noted]) -> tuple[AgreementRef, ...]:
    """Every version of an agreement under which something went, in the order of first use."""
    return tuple(dict.fromkeys(each.agreement for _log, _number, each in sent if each.agreement))


def _line(entry: Entry) -> Said:
    return later("{day}: {period}, {bundle}", **_named(entry))


def _came_line(entry: Entry) -> Said:
    return later("{day}: received from {party}: {period}, {bundle}", party=entry.counterpart, **_named(entry))


def _named(entry: Entry) -> dict[str, str]:
    return {"day": f"{entry.time:%Y-%m-%d}", "period": entry.period or "–", "bundle": entry.bundle or "–"}
