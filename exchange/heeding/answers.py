"""The recipient's answer to a bundle of ours: that it is there and who has read its notices, or that it was refused."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from exchange import who_read
from exchange.agreed import signed_agreements
from exchange.agreements.acknowledgement import Arrived
from exchange.agreements.agreement import Reference
from exchange.bundle.letters import Acknowledgement, Receipt, Refusal
from exchange.bundle.parcel import Letter
from exchange.errors import BundleError, Problem
from exchange.heeding.who_may_say import network_of, reference_of
from exchange.locale import _
from exchange.office import Office
from exchange.protect.releases.releases import Release
from exchange.witnessing.taking import keep_checkpoint

_HERE = {"packed", "rejected", "queued", "failed"}
"""States of what lies with us, unless an attempt was cut off."""


def heed_receipt(office: Office, letter: Letter, receipt: Receipt, ciphertext: str) -> None:
    """It is done; who read its notices is kept. BundleError: letter.foreign_receipt, and as `who_read.check`."""
    release = office.workspace.releases.find(receipt.ciphertext)
    if release is None or _answered(letter, receipt) != (release.recipient, release.agreement, release.bundle):
        raise _foreign_receipt(letter.sender)
    _check_left(office, receipt.ciphertext, letter.sender)
    network = network_of(office, letter)
    arrived = _arrived(office, release)
    new = who_read.new(office, network, arrived, receipt.acknowledged)
    _check_read(office, arrived, new, release)
    keep_checkpoint(office, letter.sender, network, receipt.checkpoint.encode("utf-8"))
    about = partial(
        office.entry,
        counterpart=letter.sender,
        agreement=release.agreement,
        period=release.period,
        bundle=release.bundle,
        ciphertext=release.ciphertext,
        receipt=ciphertext,
    )
    office.workspace.outbox.acknowledge(receipt.ciphertext.removeprefix("sha256:"), office.now)
    if release.ciphertext not in office.noted(network, "bundle.acknowledged"):  # else it is answered again
        office.note(network, about("bundle.acknowledged"))
    who_read.take(office, arrived, new)
    for each in new:
        office.note(network, about("notices.acknowledged", person=each.person, codes=each.notices, since=each.at))


def heed_refusal(office: Office, letter: Letter, refusal: Refusal, ciphertext: str) -> None:
    """It goes no more by itself. BundleError: letter.foreign_receipt."""
    network = network_of(office, letter)
    reason, digest = _("{party} refused it").format(party=letter.sender), refusal.ciphertext.removeprefix("sha256:")
    sent = [each.parcel for each in office.workspace.outbox.status() if each.parcel.sha256 == digest]
    if [each.recipient for each in sent] != [letter.sender]:
        raise _foreign_receipt(letter.sender)
    _check_left(office, refusal.ciphertext, letter.sender)
    release = office.workspace.releases.find(refusal.ciphertext)
    if refusal.ciphertext in office.noted(network, "bundle.acknowledged") or (
        release is not None and release.agreement.id != reference_of(letter).id
    ):
        raise _foreign_receipt(letter.sender)
    office.workspace.outbox.refuse(digest, office.now, refusal.reason, reason)
    if refusal.ciphertext not in office.noted(network, "bundle.refused"):
        entry = office.entry(
            "bundle.refused",
            counterpart=letter.sender,
            agreement=reference_of(letter),
            ciphertext=refusal.ciphertext,
            receipt=ciphertext,
            codes=(refusal.reason,),
        )
        office.note(network, entry)


def _answered(letter: Letter, receipt: Receipt) -> tuple[str, Reference | None, str]:
    """What a receipt is about: the version of the agreement stands in the letter's signed envelope."""
    return letter.sender, letter.agreement, receipt.bundle


def _arrived(office: Office, release: Release) -> Arrived:
    return Arrived(
        agreement=release.agreement,
        sender=office.party,
        recipient=release.recipient,
        bundle=release.bundle,
        ciphertext=release.ciphertext,
    )


def _check_left(office: Office, ciphertext: str, party: str) -> None:
    """Nobody can have got what never left. A queue that was lost with its machine knows of nothing."""
    digest = ciphertext.removeprefix("sha256:")
    for standing in office.workspace.outbox.status():
        if standing.parcel.sha256 == digest and standing.state in _HERE and not standing.maybe_there:
            raise _foreign_receipt(party)


def _check_read(office: Office, arrived: Arrived, told: Sequence[Acknowledgement], release: Release) -> None:
    versions = [each for each in signed_agreements(office) if each.id == release.agreement.id]
    people = office.workspace.cards.believed(arrived.recipient, office.now.date()).people(office.now)
    who_read.check(told, arrived, versions, people, release.created, office.now)


def _foreign_receipt(party: str) -> BundleError:
    return BundleError(
        Problem(
            "letter.foreign_receipt",
            _("the receipt is for a bundle that never went to its sender"),
            where=party,
            hint=_("ask its sender to look at its log; nothing was acknowledged"),
        )
    )
