"""1. What went from one party to another between two dates, and under which version of the agreement?"""

from __future__ import annotations

from exchange.asking.answer import Answer, Asked, Evidence
from exchange.asking.shown import Shown
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.history import History
from exchange.locale import Said, counted_later, later


def answer(shown: Shown, asked: Asked) -> Answer:
    """From the senders' logs. A bundle that was delivered more than once counts once, when it first went."""
    others = [each for each in shown.histories if each.party != asked.recipient]
    senders = [each for each in others if asked.sender in (None, each.party)]
    sendings = [(log, number, entry) for log in senders for number, entry in _first(log, asked)]
    return Answer(
        "sent",
        asked,
        _sentence(asked, [log for log, _number, _entry in sendings] or senders, [each[2] for each in sendings]),
        tuple(_line(entry) for _log, _number, entry in sendings),
        tuple(Evidence.of(log, number) for log, number, _entry in sendings),
    )


def _first(history: History, asked: Asked) -> list[tuple[int, Entry]]:
    first: dict[str | None, tuple[int, Entry]] = {}
    for number, entry in history.of("bundle.delivered"):
        if entry.counterpart == asked.recipient:
            first.setdefault(entry.ciphertext, (number, entry))
    return [(number, entry) for number, entry in first.values() if asked.within(entry.time)]


def _sentence(asked: Asked, senders: list[History], sent: list[Entry]) -> Said:
    names = {
        "sender": ", ".join(dict.fromkeys(each.party for each in senders)) or asked.sender or "–",
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


def _agreements(sent: list[Entry]) -> tuple[AgreementRef, ...]:
    """Every version of an agreement under which something went, in the order of first use."""
    return tuple(dict.fromkeys(each.agreement for each in sent if each.agreement))


def _line(entry: Entry) -> Said:
    what = {"day": f"{entry.time:%Y-%m-%d}", "period": entry.period or "–", "bundle": entry.bundle or "–"}
    return later("{day}: {period}, {bundle}", **what)
