"""What an entry about a bundle says, in a few words."""

from __future__ import annotations

from exchange.asking.noted import Noted
from exchange.audit.entries import Entry, Kind
from exchange.locale import Said, later

_EVENTS: dict[Kind, Said] = {
    "bundle.packed": later("packed"),
    "bundle.queued": later("free to go"),
    "bundle.delivered": later("sent"),
    "bundle.acknowledged": later("the receipt came"),
    "bundle.received": later("received"),
    "bundle.opened": later("opened by the program"),
    "bundle.accepted": later("accepted, with a receipt"),
    "release.taken_back": later("taken back, because somebody withdrew"),
    "disposal.due": later("to be destroyed"),
    "disposal.done": later("destroyed"),
    "disposal.certified": later("certified as destroyed"),
}


def event(entry: Entry) -> Said:
    """What happened, by whom where a person is named. Of the kinds that tell of a bundle alone."""
    match entry.kind:
        case "release.approved":
            return later("{person} approved that it leaves", person=entry.person)
        case "release.rejected":
            return later("{person} decided that it never leaves", person=entry.person)
        case "release.given_up":
            return later("{person} decided that it goes no more", person=entry.person)
        case "bundle.opened" if entry.person:
            return later("opened by {person}", person=entry.person)
        case "notices.acknowledged":
            return later("{person} has read the notices", person=entry.person)
        case "bundle.refused":
            return later("refused: {codes}", codes=", ".join(entry.codes) or "–")
        case "bundle.quarantined":
            return later("put aside unopened: {codes}", codes=", ".join(entry.codes))
        case kind:
            return _EVENTS[kind]


def line(noted: Noted) -> Said:
    """When, whose log says so, what."""
    moment = f"{noted.entry.time:%Y-%m-%d %H:%M}"
    return later("{moment} UTC, {party}: {what}", moment=moment, party=noted.history.party, what=event(noted.entry))
