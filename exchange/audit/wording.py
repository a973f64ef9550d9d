"""What each kind of entry tells, in a sentence: for lists of entries and for pages."""

from __future__ import annotations

from exchange.audit.entries import Kind
from exchange.locale import Said, later


def happened(kind: Kind) -> Said:
    """What an entry of this kind says, in any language."""
    return _SENTENCES[kind]


_SENTENCES: dict[Kind, Said] = {
    "agreement.made": later("an agreement was made"),
    "agreement.signed": later("an agreement was signed"),
    "agreement.amended": later("an agreement was amended"),
    "agreement.suspended": later("an agreement was suspended"),
    "agreement.resumed": later("an agreement was resumed"),
    "agreement.ended": later("an agreement was ended"),
    "agreement.reviewed": later("an agreement was looked at again"),
    "card.trusted": later("a card was confirmed"),
    "card.rotated": later("keys were renewed"),
    "card.revoked": later("a key was revoked"),
    "person.certified": later("a person was certified"),
    "person.dismissed": later("a person's certification ended"),
    "extract.checked": later("an extract was checked"),
    "notes.reviewed": later("a person decided on words in case notes"),
    "release.approved": later("a person approved that a bundle leaves"),
    "release.rejected": later("a person decided that a bundle never leaves"),
    "release.taken_back": later("a bundle was taken back before it left: somebody in it withdrew"),
    "release.given_up": later("a bundle that did not arrive was given up"),
    "bundle.packed": later("a bundle was packed and sealed"),
    "bundle.queued": later("a bundle was free to go"),
    "bundle.delivered": later("a bundle was sent"),
    "bundle.acknowledged": later("the receipt of a bundle came"),
    "notices.acknowledged": later("a person has read the notices of a bundle"),
    "bundle.refused": later("a bundle was refused"),
    "bundle.received": later("a bundle was received"),
    "bundle.opened": later("a bundle was opened"),
    "bundle.accepted": later("a bundle was accepted, with a receipt"),
    "bundle.quarantined": later("a file was put aside unopened"),
    "letter.sent": later("a letter was written"),
    "letter.given_up": later("a letter was given up"),
    "letter.received": later("a letter came"),
    "consent.withdrawn": later("a person withdrew consent"),
    "store.merged": later("reports were merged"),
    "store.reviewed": later("a person decided whether reports are of one person"),
    "store.read": later("a person read data in the store"),
    "store.exported": later("data were exported"),
    "pseudonym.looked_up": later("a pseudonym was looked up"),
    "pseudonym.chosen": later("a person chose her pseudonym"),
    "pseudonym.listed": later("it was listed whose cases stand behind pseudonyms"),
    "erasure.asked": later("a recipient is to be told to erase a person"),
    "erasure.certified": later("that a person was erased was certified"),
    "secret.retired": later("a network's secret of an epoch that is over was destroyed"),
    "links.made": later("a linking agent told which rows are of one person"),
    "filters.destroyed": later("a linking agent deleted filters"),
    "filters.certified": later("that filters were deleted was certified"),
    "disposal.due": later("data were due to be destroyed"),
    "disposal.done": later("data were destroyed"),
    "disposal.certified": later("that data were destroyed was certified"),
    "rights.requested": later("a person asked for her rights"),
    "rights.answered": later("a person who asked for her rights was answered"),
    "disclosure.urgent": later("data were given out because a life was at risk"),
    "disclosure.reviewed": later("somebody else looked at an urgent disclosure"),
    "disclosure.compelled": later("data were given out because the law compelled it"),
    "breach.noticed": later("a breach was noticed"),
    "breach.told": later("those who must know of a breach were told"),
    "breach.reported": later("a breach was reported to the authority"),
    "leftovers.deleted": later("files with data in the clear were deleted"),
    "opening.erased": later("the content of an entry was erased"),
    "log.padding": later("nothing: it hides how much is noted"),
    "log.contradicted": later("another log contradicted what it had shown before"),
}
