"""What a recipient tells a sender of a bundle: that it came, and which of our people acknowledged its notices.

That a bundle came is said by a program, and means that it is whole, opened and kept. That somebody has read the notice
of confidentiality, the caveats and what is forbidden is said by that person alone, before the rows are shown; the
receipt names who it was and when, and carries that person's own signature. Until then receipts say that nobody has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from exchange import who_read
from exchange.agreed import agreement_of
from exchange.agreements.acknowledgement import Acknowledged, Arrived, sign
from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import Entry
from exchange.bundle.agreed import check_agreed, check_metadata_agreed
from exchange.bundle.contents import check_envelope, read_contents
from exchange.bundle.datapackage import PACKAGE_FILE
from exchange.bundle.descriptor import Descriptor
from exchange.bundle.letters import Acknowledgement, Receipt
from exchange.bundle.metadata import Metadata, Notice
from exchange.bundle.parcel import Bundle
from exchange.errors import AgreementError, BundleError, Problem
from exchange.keyring.people import Acting
from exchange.locale import _
from exchange.merge.store import Store
from exchange.office import Office
from exchange.posting import post_letter
from exchange.seal.envelope import Envelope
from exchange.seal.facts import OpeningFacts
from exchange.seal.opening import open_sealed, read_member
from exchange.seal.refusals import OpeningError
from exchange.seal.sealing import SealedBundle


@dataclass(frozen=True, slots=True)
class Described:
    """A bundle that is here, and what it says of itself. `ciphertext`: "sha256:…" of the sealed file in which it
    came; "" where our log does not know that yet."""

    metadata: Metadata
    agreement: Agreement
    ciphertext: str

    @property
    def asked(self) -> tuple[Notice, ...]:
        """What is to be acknowledged before its rows are shown."""
        return self.agreement.delivery.receipt.acknowledges

    @property
    def arrived(self) -> Arrived:
        """As a person's acknowledgement names it."""
        return arrived(self.agreement, self.metadata.recipient.id, self.metadata.bundle, self.ciphertext)


# --- what a bundle says ---


def told_by(
    source: BinaryIO, office: Office, facts: OpeningFacts, allow: Callable[[Envelope], None]
) -> tuple[Envelope, Described]:
    """What the bundle in `source`, a seekable file, says of itself, read before anything of it is written. `allow` sees
    the verified envelope first, and lets no letter through.

    OpeningError as `open_sealed`; BundleError `bundle.disagrees` where its parts disagree, and as `check_agreed` where
    it is not what was agreed: of a bundle that is too large to be held in memory only its own description can be read
    and compared, with the envelope and with the agreement.
    """
    try:
        opened = open_sealed(source, office.identity, office.workspace.cards, facts)
    except OpeningError as error:
        if error.codes != ("seal.too_large",):
            raise
        return _told_by_a_large_one(source, office, facts, allow)
    allow(opened.envelope)
    bundle = opened.parcel
    assert isinstance(bundle, Bundle)  # noqa: S101  # `allow` lets no letter through
    agreement = agreement_of(office, bundle.agreement)
    contents = read_contents(bundle)
    check_agreed(contents, agreement, office.party)
    return opened.envelope, Described(contents.metadata, agreement, opened.ciphertext)


def _told_by_a_large_one(
    source: BinaryIO, office: Office, facts: OpeningFacts, allow: Callable[[Envelope], None]
) -> tuple[Envelope, Described]:
    read = read_member(source, office.identity, office.workspace.cards, facts, PACKAGE_FILE)
    allow(read.envelope)
    found, envelope = Descriptor.read(read.content), read.envelope
    if found is None or envelope.agreement is None:
        raise BundleError(Problem("bundle.disagrees", _("its descriptor is missing, or is not of this version")))
    check_envelope(found.metadata, envelope)
    agreement = agreement_of(office, envelope.agreement)
    check_metadata_agreed(found.metadata, agreement, office.party)
    return envelope, Described(found.metadata, agreement, read.ciphertext)


def held(office: Office, store: Store) -> tuple[Described, ...]:
    """Every bundle in the store, each with the sealed file in which our log says that it came."""
    came = {
        entry.bundle: entry.ciphertext
        for network in office.workspace.logs.networks()
        for entry in office.entries(network, "bundle.accepted")
    }
    return tuple(
        Described(each, agreement_of(office, each.agreement), came.get(each.bundle) or "") for each in store.metadata()
    )


# --- who acknowledged it ---


def to_acknowledge(office: Office, those: Sequence[Described], person: str) -> tuple[Described, ...]:
    """Of those, the bundles of which this person has not acknowledged all that is asked."""

    def done(told: Described) -> set[Notice]:
        said = who_read.ours(office, told.agreement.network, told.arrived) if told.ciphertext else ()
        return {notice for each in said if each.person == person for notice in each.notices}

    return tuple(told for told in those if not set(told.asked) <= done(told))


def acknowledge(office: Office, told: Described, acting: Acting) -> None:
    """Sign and note that this person acknowledged what is asked, and tell the sender: with a receipt of its own where
    the bundle is accepted already, else with that which `receive` writes."""
    metadata, network, person = told.metadata, told.agreement.network, acting.person.id
    if not told.ciphertext:
        what, hint = _("the log does not say yet that this bundle was accepted"), _("let it: exchange receive")
        raise BundleError(Problem("open.not_accepted", what, where=metadata.bundle, hint=hint))
    said = Acknowledged(arrived=told.arrived, notices=told.asked, person=person, at=office.now)
    signature = sign(said, acting.key)
    who_read.keep(office, said, signature)  # before the log says so
    entry = office.entry(
        "notices.acknowledged",
        counterpart=metadata.sender.id,
        agreement=metadata.agreement,
        period=metadata.period,
        bundle=metadata.bundle,
        ciphertext=told.ciphertext,
        person=person,
        codes=told.asked,
    )
    if told.ciphertext not in office.noted(network, "bundle.accepted"):
        office.note(network, entry)
        return
    given = Acknowledgement(person=person, notices=told.asked, at=said.at, sshsig=signature)
    body = receipt(office, told.agreement, metadata.bundle, told.ciphertext)
    body = body.model_copy(update={"acknowledged": (*body.acknowledged, given)})

    def noting(_sealed: SealedBundle) -> tuple[Entry, ...]:
        return (entry,)

    post_letter(office, metadata.sender.id, body, network, metadata.agreement, noting=noting)


def not_acknowledged(those: Iterable[Described]) -> AgreementError:
    """The rows stay closed until somebody has acknowledged the notices."""
    return AgreementError(
        *(
            Problem(
                "open.not_acknowledged",
                _("the notices of this bundle have not been acknowledged, so its rows stay closed"),
                where=f"{told.metadata.sender.id}, {told.metadata.period}",
                hint=_("read what is shown, then say so; in a script: --acknowledge"),
            )
            for told in those
        )
    )


def receipt(office: Office, agreement: Agreement, bundle: str, ciphertext: str) -> Receipt:
    """That the bundle came, and who has acknowledged its notices until now. The program says so for the organisation,
    with its signing key; what people say in it is signed by each of them."""
    return Receipt(
        kind="receipt",
        bundle=bundle,
        ciphertext=ciphertext,
        acknowledged=who_read.ours(office, agreement.network, arrived(agreement, office.party, bundle, ciphertext)),
        received=office.now,
        checkpoint=office.checkpoint(agreement.network),
    )


def arrived(agreement: Agreement, recipient: str, bundle: str, ciphertext: str) -> Arrived:
    """A bundle as it came to one recipient, in the words of receipts and acknowledgements."""
    return Arrived(
        agreement=Reference.to(agreement),
        sender=agreement.sender.id,
        recipient=recipient,
        bundle=bundle,
        ciphertext=ciphertext,
    )
