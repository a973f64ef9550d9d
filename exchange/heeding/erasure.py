"""What is to go, and that it went: withdrawals of those whose data we have, certificates of those who had ours."""

from __future__ import annotations

from functools import partial

from exchange.agreed import agreement_of
from exchange.audit.entries import Counts, Kind
from exchange.bundle.letters import Certificate, Withdrawal
from exchange.bundle.parcel import Letter
from exchange.duties.disposal import take_certificate
from exchange.errors import BundleError, Problem
from exchange.heeding.who_may_say import check_may_say, network_of, reference_of
from exchange.locale import _
from exchange.merge.merging import forget
from exchange.merging import open_store
from exchange.office import Office
from exchange.posting import post_letter

_CERTIFIED: dict[str, Kind] = {"withdrawal": "erasure.certified", "match_filters": "filters.certified"}
"""The letters of ours that a certificate may answer, and what is noted then."""


def heed_withdrawal(office: Office, letter: Letter, withdrawal: Withdrawal, ciphertext: str) -> None:
    """Erase, then certify: the certificate says what was done, and nobody can prove more.

    How many reports there are is noted before they go, so that a crash between does not certify that there were none.
    """
    reference = reference_of(letter)
    check_may_say(letter, [agreement_of(office, reference).sender.id])
    network, named = network_of(office, letter), dict.fromkeys((withdrawal.pseudonym, *withdrawal.earlier))
    about = partial(
        office.entry, counterpart=letter.sender, ciphertext=ciphertext, agreement=reference, letter=letter.id
    )
    with open_store(office) as store:
        if ciphertext not in office.noted(network, "letter.received"):
            there = Counts(reports=sum(store.reports_of(letter.sender, reference.id, each) for each in named))
            office.note(network, about("letter.received", note=letter.kind, counts=there))
        for each in named:
            store.withdraw(letter.sender, reference.id, each)
        forget(store)
    if ciphertext in office.noted(network, "erasure.certified"):
        return
    counts = office.noted(network, "letter.received")[ciphertext].counts
    erased = (counts and counts.reports) or 0
    certified = (about("erasure.certified", counts=Counts(reports=erased)),)
    body = Certificate(kind="certificate", letter=letter.id, bundles=(), erased=office.now, reports_erased=erased)
    post_letter(office, letter.sender, body, network, reference, noting=lambda _sealed: certified)


def heed_certificate(office: Office, letter: Letter, certificate: Certificate, ciphertext: str) -> None:
    """Note that our withdrawal was obeyed, our filters deleted, or that what we sent was destroyed. Clocks stop at the
    entry, so the letter that it answers must be ours."""
    if certificate.bundles:
        agreement = agreement_of(office, reference_of(letter))
        check_may_say(letter, tuple(agreement.retention))
        take_certificate(office, agreement, letter, certificate, ciphertext)
        return
    network, reference = network_of(office, letter), reference_of(letter)
    answered = next(
        (
            each.note
            for each in office.entries(network, "letter.sent")
            if (each.letter, each.counterpart) == (certificate.letter, letter.sender)
            and each.note in _CERTIFIED
            and each.agreement is not None
            and each.agreement.id == reference.id
        ),
        None,
    )
    if answered is None:
        what, hint = (
            _("the certificate answers no withdrawal and no filters that we sent to its sender"),
            _("nothing was noted; ask them"),
        )
        raise BundleError(Problem("letter.foreign_certificate", what, where=letter.sender, hint=hint))
    kind = _CERTIFIED[answered]
    if ciphertext not in office.noted(network, kind):
        entry = office.entry(
            kind,
            counterpart=letter.sender,
            agreement=reference,
            ciphertext=ciphertext,
            letter=certificate.letter,
            counts=Counts(reports=certificate.reports_erased),
        )
        office.note(network, entry)
