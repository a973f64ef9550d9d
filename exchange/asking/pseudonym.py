"""12. Everything about one person whom a recipient knows by a pseudonym.

A log holds no pseudonym, so that whoever reads it learns of nobody. Only the sender can lead back: its registers know
the case behind a pseudonym, and which bundles and letters were about it; of these its log tells. Looking it up is an
entry, too. Of packs alone nobody can tell, and the answer says who can.
"""

from __future__ import annotations

from collections.abc import Iterator

from exchange.asking.answer import Answer, Asked
from exchange.asking.events import line_about
from exchange.asking.noted import Noted, evidence
from exchange.asking.shown import Shown
from exchange.audit.history import History
from exchange.locale import Said, counted_later, later


def answer(shown: Shown, asked: Asked) -> Answer:
    """By the ids of bundles and letters to which the sender's registers lead (`asked.led_to`)."""
    if asked.led_to is None:
        return Answer("pseudonym", asked, _cannot_tell(shown, asked))
    found = [each for log in shown.histories for each in _about(log, frozenset(asked.led_to))]
    return Answer(
        "pseudonym",
        asked,
        counted_later(
            "{count} entry of the log is about this person",
            "{count} entries of the log are about this person",
            len(found),
        ),
        tuple(line_about(each, each.entry.bundle or each.entry.letter or "") for each in found),
        evidence(found),
        attested=later("that these are all, only the sender's own registers tell: nobody else can verify it"),
    )


def _cannot_tell(shown: Shown, asked: Asked) -> Said:
    senders = {each.agreement.sender.id for each in shown.agreements.values() if each.agreement.id == asked.agreement}
    return later(
        "no log tells of one person; {sender} alone can tell, in its own house, from its registers",
        sender=", ".join(sorted(senders)) or later("the sender"),
    )


def _about(log: History, ids: frozenset[str]) -> Iterator[Noted]:
    """What names a bundle or letter by its id, or by the sealed file in which it went."""
    named = [each for each in log.entries.values() if each.bundle in ids or each.letter in ids]
    files = {each.ciphertext for each in named} - {None}
    for number, each in sorted(log.entries.items()):
        if each.bundle in ids or each.letter in ids or each.ciphertext in files:
            yield Noted(log, number, each)
