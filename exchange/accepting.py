"""A bundle is accepted: stored, noted, then acknowledged to its sender by a signed receipt."""

from __future__ import annotations

from functools import partial

from exchange.acknowledging import receipt
from exchange.agreed import agreement_of
from exchange.agreements.agreement import Agreement
from exchange.audit.entries import Counts, Entry
from exchange.bundle.agreed import check_agreed
from exchange.bundle.contents import read_contents
from exchange.bundle.describe import CHECKPOINT_FILE
from exchange.bundle.parcel import Bundle
from exchange.merge.store import Store
from exchange.merging import open_store
from exchange.office import Office
from exchange.posting import post_letter
from exchange.seal.envelope import Envelope
from exchange.seal.sealing import SealedBundle
from exchange.witnessing.taking import keep_checkpoint


def accept(office: Office, bundle: Bundle, envelope: Envelope, ciphertext: str) -> int:
    """Store it, then acknowledge it; how many rows it brought. Repeating it changes nothing.

    BundleError: as `read_contents` and `check_agreed`; receive.no_agreement. MergeError: as `Store.apply`.
    """
    agreement = agreement_of(office, bundle.agreement)
    contents = read_contents(bundle)
    check_agreed(contents, agreement, office.party)
    _keep_bare_checkpoint(office, bundle, agreement)
    with open_store(office) as store:
        applied = store.apply(contents, office.now)
        rows = _rows_of(store, bundle) if applied.already_there else applied.rows  # the machine stopped after it
    if ciphertext not in office.noted(agreement.network, "bundle.accepted"):
        _acknowledge(office, agreement, envelope, ciphertext, rows)
    return rows


def _rows_of(store: Store, bundle: Bundle) -> int:
    return sum(each.reports or 0 for each in store.holdings() if each.bundle == bundle.id)


def _acknowledge(office: Office, agreement: Agreement, envelope: Envelope, ciphertext: str, rows: int) -> None:
    """Note that it was opened, then write the receipt: its checkpoint covers what was noted, and the log says that it
    was accepted before the receipt can leave."""
    about = partial(office.entry, counterpart=envelope.sender, agreement=envelope.agreement, ciphertext=ciphertext)
    counts = Counts(rows_in=rows, corrections=1 if envelope.replaces else 0)

    def accepted(sealed: SealedBundle) -> tuple[Entry, ...]:
        of_bundle = partial(about, period=envelope.period, bundle=envelope.id, counts=counts)
        return (of_bundle("bundle.accepted", receipt=sealed.ciphertext),)

    if ciphertext not in office.noted(agreement.network, "bundle.opened"):
        office.note(agreement.network, about("bundle.opened", bundle=envelope.id, period=envelope.period))
    answer = receipt(office, agreement, envelope.id, ciphertext)
    post_letter(office, envelope.sender, answer, agreement.network, envelope.agreement, noting=accepted)


def _keep_bare_checkpoint(office: Office, bundle: Bundle, agreement: Agreement) -> None:
    """Keep the sender's log as a bundle of an earlier version shows it."""
    for member in bundle.members:
        if member.path == CHECKPOINT_FILE:
            keep_checkpoint(office, bundle.sender, agreement.network, member.content)
