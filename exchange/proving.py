"""Receipts and certificates in evidence packs: is each signed by who gave it, and is it what the log tells of?

A log attests that a receipt came; the paper proves it. It is judged by the cards of its giver that were shown, by the
roots under which the parties signed (`asking.people.cards_of`), and by the key of the giver's log where the auditor
knows that. What is wrong with a paper is wrong with the pack that shows it: who is named in it need not have
written it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from exchange.asking.keys_used import Revoked, revoked_keys
from exchange.asking.people import cards_of
from exchange.asking.shown import Shown, reference
from exchange.audit.checkpoint import log_origin
from exchange.audit.entries import Entry
from exchange.audit.findings import Finding
from exchange.audit.history import History
from exchange.audit.papers import FOLDERS, OF_RECEIPTS, Proved, papers_named, proved
from exchange.bundle.letters import Certificate, Receipt
from exchange.crypto.signing import VerifyKey
from exchange.errors import BundleError, CryptoError, SealError
from exchange.keyring.shapes import CertifiedKey
from exchange.locale import Said, later
from exchange.seal.paper import Paper, read_paper, signer_of

_MOST_PAPERS = 3000
"""Of one pack, which a stranger wrote: each takes some milliseconds, and may be a finding. Whatever is beyond counts as
not shown."""


def prove(shown: Shown, keys: Mapping[str, VerifyKey]) -> tuple[tuple[Proved, ...], tuple[Finding, ...]]:
    """Of each log how many of its receipts and certificates are proved; and what is wrong with papers. `keys`: of logs,
    by origin, as the auditor knows them."""
    judging = [_Judging.of(shown, log, keys) for log in shown.histories]
    found = [(each, dict(each.judged())) for each in judging]
    counted = tuple(
        proved(each.log, {path for path, wrong in papers.items() if wrong is None}) for each, papers in found
    )
    findings = (one for each, papers in found for one in (*papers.values(), *each.known_from_packs()))
    return counted, tuple(dict.fromkeys(each for each in findings if each is not None))


@dataclass(frozen=True, slots=True)
class _Giver:
    """Who gave papers: the keys with which it signs, by the cards that count; those that it has revoked. `unproved`:
    nothing but the packs themselves tells that these are its cards, and it shows no log."""

    keys: frozenset[CertifiedKey]
    revoked: tuple[Revoked, ...]
    unproved: bool

    @classmethod
    def of(cls, shown: Shown, party: str, network: str, keys: Mapping[str, VerifyKey]) -> _Giver:
        known = keys.get(log_origin(party, network))
        cards = [each for each in cards_of(shown, party) if known in (None, each.log_verify_key)]
        revoked = (each for (whose, _key), each in revoked_keys(shown).items() if whose == party)
        unproved = known is None and shown.history(party) is None
        return cls(frozenset(key for each in cards for key in each.signing_keys), tuple(revoked), unproved)

    def signers(self, on: dt.date) -> list[VerifyKey]:
        return [each.verify_key for each in self.keys if each.covers(on)]

    def lost(self, key: VerifyKey, at: dt.datetime) -> bool:
        return any(each.key == key.fingerprint() and each.since <= at for each in self.revoked)


@dataclass(frozen=True, slots=True)
class _Judging:
    """One log, the papers that its pack shows, and those that it names with their entries."""

    shown: Shown
    log: History
    keys: Mapping[str, VerifyKey]
    named: Mapping[str, Sequence[int]]
    givers: dict[str, _Giver] = field(default_factory=dict)

    @classmethod
    def of(cls, shown: Shown, log: History, keys: Mapping[str, VerifyKey]) -> _Judging:
        return cls(shown, log, keys, papers_named(log))

    def judged(self) -> Iterator[tuple[str, Finding | None]]:
        """Each paper by its path, and why it does not count; None where it does."""
        paths = sorted(each for each in self.log.documents if each.partition("/")[0] in FOLDERS)
        for path in paths[:_MOST_PAPERS]:
            if path in self.named or not self.log.withheld:  # else it may be about what is withheld
                yield path, self._objection(path, self.named.get(path, ()))

    def known_from_packs(self) -> Iterator[Finding]:
        """Whose card nothing but the packs tells of, though its papers are judged by it."""
        for party in sorted(party for party, giver in self.givers.items() if giver.unproved and giver.keys):
            what = later("the card of {party} is known from the pack alone: compare its fingerprint", party=party)
            yield self._found("audit.own_key", what)

    def _objection(self, path: str, numbers: Sequence[int]) -> Finding | None:
        if not numbers:
            return self._found("audit.paper_unmatched", later("the log names no such paper: {file}", file=path))
        number, entries = numbers[0], [self.log.entries[each] for each in numbers]
        try:
            paper = read_paper(self.log.documents[path])
        except (SealError, BundleError):
            what = later("this paper is not what its giver signed, or no paper at all: {file}", file=path)
            return self._found("audit.paper_forged", what, number)
        if not all(_fits(paper, each, self.log.party) for each in entries):
            what = later("this paper is another than the log tells of: {file}", file=path)
            return self._found("audit.paper_unmatched", what, number)
        return self._by_its_giver(path, paper, number)

    def _by_its_giver(self, path: str, paper: Paper, number: int) -> Finding | None:
        party, day = paper.envelope.sender, paper.envelope.created.date()
        giver = self._giver(party)
        if not giver.keys:
            return self._found("audit.key_untold", later("no card of {party} was shown", party=party))
        try:
            signer = signer_of(paper, giver.signers(day))
        except CryptoError:
            what = later("{party} did not sign this paper with a key of its card: {file}", party=party, file=path)
            return self._found("audit.paper_forged", what, number)
        if giver.lost(signer, self.log.entries[number].time):
            what = later("{party} signed this paper with a key that was lost then: {file}", party=party, file=path)
            return self._found("audit.key_in_doubt", what, number)
        return None

    def _giver(self, party: str) -> _Giver:
        if party not in self.givers:
            self.givers[party] = _Giver.of(self.shown, party, self.log.network, self.keys)
        return self.givers[party]

    def _found(self, code: str, said: Said, number: int | None = None) -> Finding:
        """Held against the pack, and no log."""
        return Finding(code, said, self.log.pack, entry=number)


def _fits(paper: Paper, entry: Entry, party: str) -> bool:
    """Whether a paper, which another gave this party, is what an entry of its log tells of."""
    envelope, body = paper.envelope, paper.body
    if (envelope.sender, envelope.recipient) != (entry.counterpart, party) or envelope.sender == party:
        return False
    about = envelope.agreement if entry.agreement is None else reference(entry.agreement)
    if (about and about.id) != (envelope.agreement and envelope.agreement.id):
        return False
    match body:
        case Receipt():
            there = entry.person is None or entry.person in {each.person for each in body.acknowledged}
            same = entry.bundle in (None, body.bundle) and about == envelope.agreement
            return there and same and entry.ciphertext == body.ciphertext and entry.kind in OF_RECEIPTS
        case Certificate(bundles=()):
            same = entry.letter == body.letter and entry.kind in ("erasure.certified", "filters.certified")
            return same and (entry.counts is None or entry.counts.reports in (None, body.reports_erased))
        case Certificate():  # of bundles that came under any version
            return entry.kind == "disposal.certified" and entry.letter == envelope.id and entry.bundle in body.bundles
        case _:
            return False
