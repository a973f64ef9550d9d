"""A recipient destroys what it may no longer keep, and certifies it; the sender heeds the certificate.

What a bundle brought goes with its key, out of the merged view and out of the exports in the workspace. In this order,
so that a crash between leaves nothing undone that is said, and nothing said twice: how much there is is noted; it is
destroyed; that it was is noted; the certificate is written, and noted with it in one piece. Whoever copied data
elsewhere destroys them by hand: no program can.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.state import end
from exchange.audit.entries import Counts, Entry, Kind
from exchange.bundle.letters import MOST_BUNDLES, Certificate
from exchange.bundle.parcel import Letter
from exchange.duties.clock import about_or_all
from exchange.duties.retention import destroy_on
from exchange.duties.standing import receiving_under
from exchange.errors import BundleError, Problem, UsageError
from exchange.kept_marks import forget_marks
from exchange.locale import _
from exchange.merge.export import destroy
from exchange.merge.merging import forget
from exchange.merge.publishing import PUBLISHED
from exchange.merge.store import Holding
from exchange.merging import open_store
from exchange.office import Office
from exchange.posting import post_letter, resume
from exchange.registers import notices


@dataclass(frozen=True, slots=True)
class Kept:
    """A bundle that came and whose destruction is not certified yet; `due`: the day of its destruction. `reports`: how
    many it still has; 0 where a correction took its place or they are destroyed, None where they cannot be read."""

    sender: str
    agreement: Reference
    bundle: str
    period: str
    received: dt.datetime
    due: dt.date
    reports: int | None


@dataclass(frozen=True, slots=True)
class Disposed:
    """What was destroyed and certified under one agreement: bundles, their reports, files of exports. `exported`: how
    often the store has been exported since the first of these bundles came; copies may lie anywhere."""

    agreement: str
    sender: str
    bundles: tuple[Kept, ...]
    reports: int
    files: int
    exported: int


# --- the recipient ---


def dispose(office: Office, agreement_id: str | None = None, *, all_now: bool = False) -> tuple[Disposed, ...]:
    """Destroy and certify what is due, under one agreement or all; `all_now`: also what might be kept longer.

    Repeating it changes nothing. UsageError `dispose.not_a_recipient`; KeyringError where a certificate cannot be
    written: the data are destroyed, and the next call writes it.
    """
    with office.workspace.turn("receiving"):
        resume(office)
        parts = [part for each in _agreements(office, agreement_id) for part in _parts(office, each, all_now)]
        destroyed = [(agreement, _destroy(office, agreement, those)) for agreement, those in parts]
        for agreement, disposed in destroyed:  # last: where a sender's card has expired, the data are gone all the same
            _certify(office, agreement, disposed)
        return tuple(disposed for _agreement, disposed in destroyed)


def due(office: Office, agreement_id: str | None = None, *, all_now: bool = False) -> tuple[Kept, ...]:
    """What `dispose` would destroy."""
    return tuple(each for agreement in _agreements(office, agreement_id) for each in _due(office, agreement, all_now))


def _agreements(office: Office, agreement_id: str | None) -> tuple[Agreement, ...]:
    everything = receiving_under(office)
    if agreement_id is None:
        return everything
    wanted = office.workspace.agreements.newest(agreement_id).agreement.id
    found = tuple(each for each in everything if each.id == wanted)
    if not found:
        what, hint = _("we receive nothing under this agreement"), _("see the agreements: exchange status")
        raise UsageError(Problem("dispose.not_a_recipient", what, agreement_id, hint))
    return found


def _parts(office: Office, agreement: Agreement, all_now: bool) -> Iterator[tuple[Agreement, tuple[Kept, ...]]]:
    """What is due, as many bundles at a time as one certificate names."""
    found = _due(office, agreement, all_now)
    for first in range(0, len(found), MOST_BUNDLES):
        yield agreement, found[first : first + MOST_BUNDLES]


def _due(office: Office, agreement: Agreement, all_now: bool) -> tuple[Kept, ...]:
    today = office.today(agreement)
    return tuple(each for each in kept(office, agreement) if all_now or each.due <= today)


def days_of(office: Office) -> dict[str, dt.date]:
    """Bundle → the day on which all that it brought is to be destroyed: every row has the day of its bundle."""
    return {each.bundle: each.due for agreement in receiving_under(office) for each in kept(office, agreement)}


def kept(office: Office, agreement: Agreement) -> tuple[Kept, ...]:
    """Every bundle that came under any version and whose destruction is not certified, by the day it came.

    Both know of it: the log also after a correction has taken its place, the store also where the machine stopped
    before the log did.
    """
    entries = _entries(office, agreement, "bundle.accepted", "disposal.certified")
    certified = {each.bundle for each in entries if each.kind == "disposal.certified"}
    accepted = {each.bundle: each for each in entries if each.kind == "bundle.accepted" and each.bundle}
    with open_store(office) as store:
        held = {each.bundle: each for each in store.holdings() if each.agreement == agreement.id}
    ends = end(agreement, notices(office))
    names = [name for name in dict.fromkeys((*accepted, *held)) if name not in certified]
    found = (_kept(office, agreement, ends, accepted.get(name), held.get(name)) for name in names)
    return tuple(sorted(found, key=lambda each: (each.received, each.bundle)))


def _kept(office: Office, agreement: Agreement, ends: dt.date, entry: Entry | None, held: Holding | None) -> Kept:
    reference = _came_under(entry) or Reference.to(agreement)
    received = held.received if held else entry.time if entry else office.now
    return Kept(
        sender=agreement.sender.id,
        agreement=reference,
        bundle=(held.bundle if held else entry.bundle if entry else None) or "",
        period=(held.period if held else entry.period if entry else None) or "",
        received=received,
        due=_due_day(office, agreement, reference, received, ends),
        reports=held.reports if held else 0,
    )


def _came_under(entry: Entry | None) -> Reference | None:
    named = entry.agreement if entry else None
    return None if named is None else Reference(id=named.id, version=named.version, digest=named.digest)


def _due_day(office: Office, newest: Agreement, reference: Reference, received: dt.datetime, ends: dt.date) -> dt.date:
    """By the version that it came under or by the newest, whichever lets it be kept for less long."""
    under = office.workspace.agreements.find(reference)
    versions = [newest, *([under.agreement] if under and office.party in under.agreement.retention else [])]
    return min(destroy_on(each, office.party, received, ends) for each in versions)


def _destroy(office: Office, agreement: Agreement, bundles: Sequence[Kept]) -> Disposed:
    counted = _note_due(office, agreement, bundles)
    with open_store(office) as store:
        for each in bundles:
            store.dispose(each.sender, agreement.id, each.bundle)
        forget(store)
    files = destroy(office.workspace.exports)
    noted = {each.bundle for each in _entries(office, agreement, "disposal.done")}
    done = [_entry(office, "disposal.done", each, counted[each.bundle]) for each in bundles if each.bundle not in noted]
    if done:
        office.note(agreement.network, *done)
    exported = _exports_since(office, agreement, min(each.received for each in bundles))
    gone = tuple(replace(each, reports=counted[each.bundle]) for each in bundles)
    return Disposed(agreement.id, agreement.sender.id, gone, sum(counted.values()), files, exported)


def _certify(office: Office, agreement: Agreement, disposed: Disposed) -> None:
    bundles = disposed.bundles
    body = Certificate(
        kind="certificate",
        letter=None,
        bundles=tuple(each.bundle for each in bundles),
        erased=office.now,
        reports_erased=disposed.reports,
    )
    post_letter(
        office,
        agreement.sender.id,
        body,
        agreement.network,
        Reference.to(agreement),
        noting=lambda sealed: tuple(
            _entry(office, "disposal.certified", each, ciphertext=sealed.ciphertext) for each in bundles
        ),
    )


def _note_due(office: Office, agreement: Agreement, bundles: Sequence[Kept]) -> dict[str, int]:
    """Note how many reports each bundle has before they go, once; how many it had when that was noted."""
    noted = {each.bundle: each for each in _entries(office, agreement, "disposal.due")}
    missing = [each for each in bundles if each.bundle not in noted]
    if missing:
        entries = [_entry(office, "disposal.due", each, each.reports) for each in missing]
        office.note(agreement.network, *entries)
        noted |= {each.bundle: each for each in entries}
    return {each.bundle: _reports(noted[each.bundle]) for each in bundles}


def _reports(entry: Entry) -> int:
    return (entry.counts and entry.counts.reports) or 0


def _entry(office: Office, kind: Kind, kept: Kept, reports: int | None = None, ciphertext: str | None = None) -> Entry:
    return office.entry(
        kind,
        counterpart=kept.sender,
        agreement=kept.agreement,
        period=kept.period or None,
        bundle=kept.bundle,
        ciphertext=ciphertext,
        counts=None if reports is None else Counts(reports=reports),
    )


def _exports_since(office: Office, agreement: Agreement, moment: dt.datetime) -> int:
    exports = office.entries(agreement.network, "store.exported")
    rows = (each for each in exports if each.note != PUBLISHED and about_or_all(agreement, each))
    return sum(each.time >= moment for each in rows)


def _entries(office: Office, agreement: Agreement, *kinds: Kind) -> list[Entry]:
    """The entries of these kinds about any version of the agreement, oldest first."""
    with office.workspace.logs.open(agreement.network) as log:
        entries = [record.opening.entry for record in log.records() if record.opening]
    return [each for each in entries if each.kind in kinds and each.agreement and each.agreement.id == agreement.id]


# --- the sender ---


def take_certificate(
    office: Office, agreement: Agreement, letter: Letter, certificate: Certificate, ciphertext: str
) -> None:
    """Note what a recipient says it has destroyed, once for each bundle.

    BundleError (letter.foreign_certificate) where any of the bundles never went to it under this agreement.
    """
    releases = [office.workspace.releases.find(bundle) for bundle in certificate.bundles]
    sent = [each for each in releases if each and (each.recipient, each.agreement.id) == (letter.sender, agreement.id)]
    if len(sent) < len(releases):
        what = _("the certificate names a bundle that never went to its sender")
        hint = _("ask its sender to look at its log; nothing was noted")
        raise BundleError(Problem("letter.foreign_certificate", what, letter.sender, hint))
    noted = {each.bundle for each in _entries(office, agreement, "disposal.certified")}
    entries = [
        office.entry(
            "disposal.certified",
            counterpart=each.recipient,
            agreement=each.agreement,
            period=each.period,
            bundle=each.bundle,
            ciphertext=ciphertext,
            letter=letter.id,
        )
        for each in sent
        if each.bundle not in noted
    ]
    if entries:
        office.note(agreement.network, *entries)
    forget_marks(office, agreement)
