"""What an entry says, in a few words: of a bundle, of a letter, of what is out of the ordinary."""

from __future__ import annotations

from exchange.asking.noted import Noted
from exchange.audit.entries import Entry, Kind
from exchange.audit.wording import happened
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
    "consent.withdrawn": later("the person withdrew consent"),
    "erasure.asked": later("the recipient is to be told to erase"),
    "erasure.certified": later("the recipient certified that it erased"),
    "letter.sent": later("a letter was written"),
    "letter.received": later("a letter came"),
    "letter.given_up": later("a letter was given up"),
    "rights.requested": later("the person asked for her rights"),
    "rights.answered": later("the person was answered"),
    "disclosure.urgent": later("told at once, because a life was at risk"),
    "disclosure.reviewed": later("an urgent disclosure was looked at by somebody else"),
    "disclosure.compelled": later("the law compelled it to give data"),
    "breach.noticed": later("a breach was noticed"),
    "opening.erased": later("an earlier entry lost its content"),
}


def event(entry: Entry) -> Said:
    """What happened, by whom where a person is named, and why where codes tell. Of the kinds that questions tell."""
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
        case "log.contradicted":
            return later("another party's log is not what it had shown before: {codes}", codes=", ".join(entry.codes))
        case "pseudonym.looked_up" if entry.codes:
            return later("looked up a pseudonym in vain: {codes}", codes=", ".join(entry.codes))
        case kind:
            return _EVENTS.get(kind) or happened(kind)


def line(noted: Noted) -> Said:
    """When, whose log says so, what."""
    moment = f"{noted.entry.time:%Y-%m-%d %H:%M}"
    return later("{moment} UTC, {party}: {what}", moment=moment, party=noted.history.party, what=event(noted.entry))


def line_about(noted: Noted, file: str | Said) -> Said:
    """The same, with what it is about; "" where nothing tells."""
    return later("{line} ({file})", line=line(noted), file=file) if file else line(noted)
