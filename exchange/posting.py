"""A parcel is sealed, numbered, queued; or rejected before it leaves. What a crash cut off between is gone on with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

from exchange.agreements.agreement import Reference
from exchange.audit.entries import Entry, Kind
from exchange.bundle.letters import LetterBody, write_letter
from exchange.bundle.parcel import Bundle, Letter, Member
from exchange.errors import AuditError, Problem, WorkspaceError
from exchange.keyring.private_files import GrowingFile
from exchange.locale import _
from exchange.office import Office
from exchange.seal.ledger import Given
from exchange.seal.sealing import SealedBundle, seal
from exchange.transport.parcels import Queued

LIFETIME = dt.timedelta(days=60)  # how long a sealed parcel may be on its way


def _nothing(_sealed: SealedBundle) -> None:
    return None


def _no_more(_sealed: SealedBundle) -> tuple[Entry, ...]:
    return ()


def post(
    office: Office, parcel: Bundle | Letter, *, awaits_receipt: bool, noting: Callable[[SealedBundle], None] = _nothing
) -> SealedBundle:
    """Seal a parcel, give it its number, queue it. `noting` runs between: what must be known before it can leave.

    The order is that of `exchange.seal.ledger`; `resume` goes on from wherever a crash left it. One process
    posts at a time; another waits for its turn.
    """
    with office.workspace.turn("posting"):
        if office.workspace.ledger.unqueued():
            _resume(office)
        return _post(office, parcel, awaits_receipt, noting)


def post_letter(
    office: Office,
    recipient: str,
    body: LetterBody,
    network: str,
    agreement: Reference | None = None,
    *,
    letter_id: str | None = None,
    period: str | None = None,
    table: Member | None = None,
    noting: Callable[[SealedBundle], tuple[Entry, ...]] = _no_more,
) -> SealedBundle:
    """Post a letter. It awaits no receipt: what it asks for is answered by a letter of its own. `letter_id`: where
    what it says was recorded under an id before, else a new one. `period`: what it is about. `table`: what
    lies beside what it says.

    That it was written is noted before it can leave, in one piece with what `noting` says is done by it: after a
    crash either all of that is known and the letter leaves, or none is and it is written again.
    """
    showing = b"" if agreement is None else _shown_if_sound(office, network, recipient)
    letter = write_letter(body, letter_id or office.new_id(), office.party, recipient, agreement, table, showing)

    def note(sealed: SealedBundle) -> None:
        sent = office.entry(
            "letter.sent",
            counterpart=recipient,
            agreement=agreement,
            ciphertext=sealed.ciphertext,
            letter=letter.id,
            period=period,
            note=letter.kind,
        )
        office.note(network, *noting(sealed), sent)

    return post(office, letter, awaits_receipt=False, noting=note)


def reject_parcel(office: Office, network: str, ciphertext_sha256: str, rejected: Entry) -> bool:
    """A packed bundle never leaves: its number is taken back, and the memory of releases forgets it. False where it
    is not in that state any more, or the server may have it.

    That it was rejected is noted first; from then on `resume` finishes what a crash cut off. SealError (seal.given)
    where another one of its series was packed after it.
    """
    with office.workspace.turn("posting"):
        standings = (each for each in office.workspace.outbox.status() if each.parcel.sha256 == ciphertext_sha256)
        if not any(each.state == "packed" and not each.maybe_there for each in standings):
            return False
        given = office.workspace.ledger.reopen(ciphertext_sha256)
        office.note(network, rejected)
        _finish_rejecting(office, given)
        return True


def resume(office: Office) -> None:
    """Go on where a crash left a parcel between its number and the queue, or half rejected.

    What we remember to have sent – a bundle in the memory of releases, a letter in the log – is queued; what we do
    not goes back, and its number with it: nobody has seen it. What another process is just posting is not touched.
    """
    with office.workspace.turn("posting"):
        _resume(office)


def _post(
    office: Office, parcel: Bundle | Letter, awaits_receipt: bool, noting: Callable[[SealedBundle], None]
) -> SealedBundle:
    workspace = office.workspace
    card = workspace.cards.get(parcel.recipient, office.now.date())
    place = workspace.ledger.next_place(parcel)
    with GrowingFile(workspace.sealed_folder) as growing:
        sealed = seal(
            parcel,
            office.identity,
            card,
            place,
            created=office.now,
            expires=office.now + LIFETIME,
            randomness=office.randomness,
            target=growing.file,
        )
        file = growing.keep(sealed.name)
    workspace.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)
    noting(sealed)
    workspace.outbox.queue(file, _queued(sealed, office.now, awaits_receipt))
    workspace.ledger.queued(sealed.ciphertext_sha256)
    file.unlink(missing_ok=True)
    return sealed


def _shown_if_sound(office: Office, network: str, party: str) -> bytes:
    """Nothing where our log is damaged: a withdrawal must leave all the same, and `status` says what is wrong."""
    try:
        return office.showing(network, party)
    except AuditError:
        return b""


def _finish_rejecting(office: Office, given: Given) -> None:
    office.workspace.outbox.reject(given.ciphertext_sha256, office.now)
    office.workspace.releases.take_back(given.parcel_id)
    office.workspace.ledger.take_back(given)


def _resume(office: Office) -> None:
    workspace = office.workspace
    waiting = {standing.parcel.sha256: standing.state for standing in workspace.outbox.status()}
    files = {_sha256(file): file for file in workspace.sealed_folder.iterdir()}
    for given in reversed(workspace.ledger.unqueued()):
        file = files.pop(given.ciphertext_sha256, None)
        state = waiting.get(given.ciphertext_sha256)
        if state == "rejected" or (state == "packed" and _is_rejected(office, given)):
            _finish_rejecting(office, given)
        elif state is not None:
            workspace.ledger.queued(given.ciphertext_sha256)
        elif file is not None and _is_remembered(office, given):
            is_bundle = given.series.kind == "bundle"
            queued = Queued(
                id=given.parcel_id,
                name=file.name,
                recipient=given.series.recipient,
                kind=given.series.kind,
                period=None,
                size=file.stat().st_size,
                sha256=given.ciphertext_sha256,
                queued_at=office.now,
                awaits_approval=is_bundle,
                awaits_receipt=is_bundle,
            )
            workspace.outbox.queue(file, queued)
            workspace.ledger.queued(given.ciphertext_sha256)
        else:
            workspace.ledger.take_back(given)
        if file is not None:
            file.unlink(missing_ok=True)
    for file in files.values():
        file.unlink(missing_ok=True)  # it never had a number


def _is_remembered(office: Office, given: Given) -> bool:
    if given.series.kind == "bundle":
        return office.workspace.releases.find(given.parcel_id) is not None
    return _is_noted(office, given, "letter.sent")


def _is_rejected(office: Office, given: Given) -> bool:
    return _is_noted(office, given, "release.rejected") or _is_noted(office, given, "release.taken_back")


def _is_noted(office: Office, given: Given, kind: Kind) -> bool:
    ciphertext = f"sha256:{given.ciphertext_sha256}"
    return any(ciphertext in office.noted(network, kind) for network in office.workspace.logs.networks())


def _queued(sealed: SealedBundle, now: dt.datetime, awaits_receipt: bool) -> Queued:
    envelope = sealed.envelope
    return Queued(
        id=envelope.id,
        name=sealed.name,
        recipient=envelope.recipient,
        kind="bundle" if envelope.kind == "bundle" else "letter",
        period=envelope.period,
        size=sealed.size,
        sha256=sealed.ciphertext_sha256,
        queued_at=now,
        awaits_approval=envelope.kind == "bundle",
        awaits_receipt=awaits_receipt,
    )


def _sha256(file: Path) -> str:
    import hashlib

    try:
        with file.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except OSError:
        raise WorkspaceError(
            Problem("workspace.unreadable", _("a file of the workspace cannot be read"), where=file.name)
        ) from None
