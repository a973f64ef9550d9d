"""What was to go and goes no more: a bundle that is lost, or a letter that can never be believed.

A bundle that nobody can have, the last of its series, is rejected: its number is free again. Any other leaves a gap,
and its recipient would hold whatever follows. So a letter says that this number never comes; the memory of releases
stays, since nobody can prove that nothing came, and the period is sent again as a correction. Should the recipient have
it after all, it says so with its receipt, which counts.

Letters wait for none before them, so one that is given up leaves no gap that anybody waits for.
"""

from __future__ import annotations

from exchange.acknowledging import receipt
from exchange.agreed import agreement_of
from exchange.agreements.agreement import Agreement
from exchange.audit.entries import Entry
from exchange.bundle.letters import GivenUp, read_letter
from exchange.bundle.parcel import Letter
from exchange.errors import BundleError, Problem, TransportError
from exchange.locale import _
from exchange.office import Office
from exchange.posting import post_letter, reject_parcel
from exchange.previewing import forget_pages
from exchange.protect.releases.releases import Release
from exchange.seal.sealing import SealedBundle
from exchange.seal.series import Series
from exchange.transport.parcels import Standing

# --- at the sender ---


def release_of(office: Office, standing: Standing) -> Release | None:
    """The release that a parcel is; None of a letter."""
    return office.workspace.releases.find(f"sha256:{standing.parcel.sha256}")


def nobody_has(office: Office, standing: Standing) -> bool:
    """Whether a parcel can be taken back without a trace: nobody can have it, and none of its series came after it."""
    given = office.workspace.ledger.given(standing.parcel.sha256)
    never_left = standing.state in {"packed", "queued", "failed"} and not standing.maybe_there
    return never_left and given is not None and office.workspace.ledger.is_last(given)


def give_up_bundle(office: Office, standing: Standing, release: Release, person: str) -> None:
    """A certified person answers for it that the recipient has nothing of this bundle, and it goes no more. Repeating
    it goes on where it was cut off. TransportError (transport.others_deliver) where it may be on its way just now."""
    agreement = _agreement(office, release)
    if nobody_has(office, standing) and _rejected(office, agreement, standing, release, person):
        forget_pages(office)
        return
    if release.ciphertext not in office.noted(agreement.network, "release.given_up"):
        _tell(office, agreement, standing, release, person)
    office.workspace.outbox.give_up(standing.parcel.sha256, office.now)
    forget_pages(office)


def give_up_letter(office: Office, standing: Standing) -> None:
    """This letter goes no more. Repeating it changes nothing. TransportError as of `give_up_bundle`."""
    ciphertext = f"sha256:{standing.parcel.sha256}"
    for network in office.workspace.logs.networks():
        sent = office.noted(network, "letter.sent").get(ciphertext)
        if sent is not None and ciphertext not in office.noted(network, "letter.given_up"):
            entry = office.entry(
                "letter.given_up",
                counterpart=standing.parcel.recipient,
                ciphertext=ciphertext,
                letter=sent.letter,
                note=sent.note,
            )
            office.note(network, entry.model_copy(update={"agreement": sent.agreement}))
    office.workspace.outbox.give_up(standing.parcel.sha256, office.now)


def _agreement(office: Office, release: Release) -> Agreement:
    known = office.workspace.agreements.find(release.agreement)
    if known is None:
        what, where = _("the agreement of this bundle is not here"), str(release.agreement)
        raise TransportError(Problem("agreement.unknown", what, where=where))
    return known.agreement


def _rejected(office: Office, agreement: Agreement, standing: Standing, release: Release, person: str) -> bool:
    office.workspace.outbox.hold(standing.parcel.sha256, office.now, _given_up())
    return reject_parcel(
        office, agreement.network, standing.parcel.sha256, _entry(office, release, person, rejected=True)
    )


def _tell(office: Office, agreement: Agreement, standing: Standing, release: Release, person: str) -> None:
    given = office.workspace.ledger.given(standing.parcel.sha256)
    if given is None:
        what, hint = _("the ledger does not know the number of this bundle"), _("compare it: exchange card numbers")
        raise TransportError(Problem("transport.no_number", what, standing.parcel.name, hint))
    body = GivenUp(
        kind="given_up",
        bundle=release.bundle,
        ciphertext=release.ciphertext,
        sequence=given.sequence,
        envelope=given.envelope_digest,
    )

    def noting(_sealed: SealedBundle) -> tuple[Entry, ...]:
        return (_entry(office, release, person, rejected=False),)

    post_letter(office, release.recipient, body, agreement.network, release.agreement, noting=noting)


def _entry(office: Office, release: Release, person: str, *, rejected: bool) -> Entry:
    return office.entry(
        "release.rejected" if rejected else "release.given_up",
        counterpart=release.recipient,
        agreement=release.agreement,
        period=release.period,
        bundle=release.bundle,
        ciphertext=release.ciphertext,
        person=person,
    )


def _given_up() -> Problem:
    return Problem("transport.given_up", _("a person decided that it goes no more"))


# --- at the recipient ---


def heed_given_up(office: Office, letter: Letter, ciphertext: str) -> None:
    """Close the number that a letter gives up; where its bundle is here, give its sender the receipt again.

    BundleError: letter.not_a_party, letter.other_number where another parcel came under that number.
    """
    said = read_letter(letter)
    if not isinstance(said, GivenUp) or letter.agreement is None:
        raise BundleError(Problem("letter.no_agreement", _("such a letter must name its agreement"), letter.sender))
    agreement = agreement_of(office, letter.agreement)
    if letter.sender != agreement.sender.id or office.party not in {each.id for each in agreement.recipients}:
        what = _("the agreement does not let {party} send this to us").format(party=letter.sender)
        raise BundleError(Problem("letter.not_a_party", what, where=letter.sender))
    if not _is_here(office, letter, said, agreement):
        office.workspace.ledger.close(_series(letter, agreement), said.sequence, said.envelope)
    elif ciphertext not in office.noted(agreement.network, "letter.received"):
        answer = receipt(office, agreement, said.bundle, said.ciphertext)
        post_letter(office, letter.sender, answer, agreement.network, letter.agreement)
    if ciphertext not in office.noted(agreement.network, "letter.received"):
        entry = office.entry(
            "letter.received",
            counterpart=letter.sender,
            agreement=letter.agreement,
            ciphertext=ciphertext,
            letter=letter.id,
            bundle=said.bundle,
            note=letter.kind,
        )
        office.note(agreement.network, entry)


def _is_here(office: Office, letter: Letter, said: GivenUp, agreement: Agreement) -> bool:
    """Whether we have taken in that very bundle."""
    there = office.workspace.ledger.taken(_series(letter, agreement), said.sequence)
    if there is None or there.outcome != "accepted":
        return False
    if (there.envelope_digest, f"sha256:{there.ciphertext_sha256}") != (said.envelope, said.ciphertext):
        what, hint = _("another bundle is here under the number that is given up"), _("call its sender at once")
        raise BundleError(Problem("letter.other_number", what, where=letter.sender, hint=hint))
    return True


def _series(letter: Letter, agreement: Agreement) -> Series:
    return Series(letter.sender, letter.recipient, agreement.id, "bundle")
