"""An organisation at work: its folder, its keys, the time. What both halves of the road do alike stands here:
noting in the log, sealing and queueing, and going on after a crash.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.checkpoint import log_origin, witness_name
from exchange.audit.entries import AgreementRef, Counts, Entry, Kind, Opening
from exchange.audit.heads import Heads
from exchange.bundle.letters import LetterBody, write_letter
from exchange.bundle.parcel import Bundle, Letter, Member
from exchange.crypto import box
from exchange.errors import AuditError, Problem, WorkspaceError
from exchange.keyring.identity import Identity
from exchange.keyring.private_files import GrowingFile, read_private, write_private
from exchange.locale import _
from exchange.seal.ledger import Given
from exchange.seal.sealing import SealedBundle, seal
from exchange.transport.outbox import Queued
from exchange.transport.sftp.login import Passwords, nobody_to_ask
from exchange.workspace.workspace import Workspace

if TYPE_CHECKING:
    from concurrent.futures import Future

LIFETIME = dt.timedelta(days=60)  # how long a sealed parcel may be on its way


def _nothing(_sealed: SealedBundle) -> None:
    return None


def _no_more(_sealed: SealedBundle) -> tuple[Entry, ...]:
    return ()


@dataclass(frozen=True, slots=True)
class Office:
    """`now` is aware and in UTC; `randomness(n)` gives n bytes fit for keys; `passwords` are those of servers."""

    workspace: Workspace
    identity: Identity
    now: dt.datetime
    randomness: Callable[[int], bytes] = field(default=os.urandom, repr=False)
    passwords: Passwords = field(default_factory=partial(Passwords, nobody_to_ask), repr=False, compare=False)

    @property
    def party(self) -> str:
        return self.identity.party

    def unlock_ahead(self) -> None:
        """Something locked will be read soon: where the keys are locked still, ask for the passphrase now, and unlock
        them beside what comes meanwhile, since that takes most of a second by design."""

    def today(self, agreement: Agreement) -> dt.date:
        """The date in the agreement's time zone."""
        return agreement.day(self.now)

    def new_id(self) -> str:
        """A random id for a parcel: 32 hexadecimal digits."""
        return self.randomness(16).hex()

    # --- the log ---

    def note(self, network: str, *entries: Entry) -> None:
        """Append entries to our log in a network."""
        with self.workspace.logs.open(network) as log:
            log.append(*entries)

    def noted(self, network: str, kind: Kind) -> Noted:
        """The entries of this kind in our log in a network, by the digest of the sealed file that they are about; the
        first where there are several. Read when it is asked."""
        return Noted(self, network, kind)

    def every_entry(self, network: str) -> Iterator[Entry]:
        """All that our log in a network still tells, in its order."""
        with self.workspace.logs.open(network) as log:
            for _number, _leaf, data in log.raw_records():
                if data is not None:
                    yield Opening.read(data).entry

    def entries(self, network: str, *kinds: Kind) -> Iterator[Entry]:
        """The entries of these kinds in our log in a network, in their order."""
        with self.workspace.logs.open(network) as log:
            for data in log.openings_with(*(f'"{kind}"'.encode() for kind in kinds)):
                entry = Opening.read(data).entry
                if entry.kind in kinds:
                    yield entry

    def entries_about(self, network: str, ciphertext: str) -> Iterator[Entry]:
        """The entries about a sealed file in our log in a network, in their order."""
        with self.workspace.logs.open(network) as log:
            for data in log.openings_with(ciphertext.encode()):
                entry = Opening.read(data).entry
                if entry.ciphertext == ciphertext:
                    yield entry

    def entry(
        self,
        kind: Kind,
        *,
        counterpart: str | None = None,
        agreement: Reference | None = None,
        period: str | None = None,
        bundle: str | None = None,
        ciphertext: str | None = None,
        page: str | None = None,
        receipt: str | None = None,
        letter: str | None = None,
        key: str | None = None,
        person: str | None = None,
        since: dt.datetime | None = None,
        counts: Counts | None = None,
        codes: tuple[str, ...] = (),
        note: str | None = None,
        fields: tuple[str, ...] = (),
        onward: Reference | None = None,
    ) -> Entry:
        """An entry of ours, at this time."""
        return Entry(
            time=self.now,
            kind=kind,
            party=self.party,
            counterpart=counterpart,
            agreement=_ref(agreement),
            period=period,
            bundle=bundle,
            ciphertext=ciphertext,
            page=page,
            receipt=receipt,
            letter=letter,
            key=key,
            person=person,
            since=since,
            counts=counts,
            codes=codes,
            note=note,
            fields=fields,
            onward=_ref(onward),
        )

    def checkpoint(self, network: str) -> str:
        """Our log in a network as others see it this week, signed."""
        with self.workspace.logs.open(network) as log:
            return Heads(log).checkpoint_due(self.identity.log, self.now).data.decode("utf-8")

    def showing(self, network: str, party: str, *, at_once: bool = False) -> bytes:
        """What a parcel to a party shows: our log in a network as others see it this week (`at_once`: as it is now),
        with the way from whatever that party may have seen of it, and its own log as we have cosigned it.

        KeyringError where its card is not fit to send to; AuditError `audit.log_altered` and as `Heads.show`.
        """
        card, theirs = self.workspace.cards.get(party, self.now.date()).card, log_origin(party, network)
        with self.workspace.logs.open(network) as log:
            heads, witness_key = Heads(log), card.log_verify_key
            shown = heads.show(self.identity.log, witness_name(theirs), witness_key, self.now, at_once=at_once)
        with self.workspace.witnesses.open(network) as witness:
            return replace(shown, seen=witness.cosigned(theirs)).data

    # --- sealing and queueing ---

    def post(
        self, parcel: Bundle | Letter, *, awaits_receipt: bool, noting: Callable[[SealedBundle], None] = _nothing
    ) -> SealedBundle:
        """Seal a parcel, give it its number, queue it. `noting` runs between: what must be known before it can leave.

        The order is that of `exchange.seal.ledger`; `resume` goes on from wherever a crash left it. One process
        posts at a time; another waits for its turn.
        """
        with self.workspace.turn("posting"):
            if self.workspace.ledger.unqueued():
                self._resume()
            return self._post(parcel, awaits_receipt, noting)

    def _post(
        self, parcel: Bundle | Letter, awaits_receipt: bool, noting: Callable[[SealedBundle], None]
    ) -> SealedBundle:
        workspace = self.workspace
        card = workspace.cards.get(parcel.recipient, self.now.date())
        place = workspace.ledger.next_place(parcel)
        with GrowingFile(workspace.sealed_folder) as growing:
            sealed = seal(
                parcel,
                self.identity,
                card,
                place,
                created=self.now,
                expires=self.now + LIFETIME,
                randomness=self.randomness,
                target=growing.file,
            )
            file = growing.keep(sealed.name)
        workspace.ledger.gave(sealed.envelope, sealed.ciphertext_sha256)
        noting(sealed)
        workspace.outbox.queue(file, _queued(sealed, self.now, awaits_receipt))
        workspace.ledger.queued(sealed.ciphertext_sha256)
        file.unlink(missing_ok=True)
        return sealed

    def reject(self, network: str, ciphertext_sha256: str, rejected: Entry) -> bool:
        """A packed bundle never leaves: its number is taken back, and the memory of releases forgets it. False where it
        is not in that state any more, or the server may have it.

        That it was rejected is noted first; from then on `resume` finishes what a crash cut off. SealError (seal.given)
        where another one of its series was packed after it.
        """
        with self.workspace.turn("posting"):
            standings = (each for each in self.workspace.outbox.status() if each.parcel.sha256 == ciphertext_sha256)
            if not any(each.state == "packed" and not each.maybe_there for each in standings):
                return False
            given = self.workspace.ledger.reopen(ciphertext_sha256)
            self.note(network, rejected)
            self._finish_rejecting(given)
            return True

    def _finish_rejecting(self, given: Given) -> None:
        self.workspace.outbox.reject(given.ciphertext_sha256, self.now)
        self.workspace.releases.take_back(given.parcel_id)
        self.workspace.ledger.take_back(given)

    def write(
        self,
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
        showing = b"" if agreement is None else self._shown_if_sound(network, recipient)
        letter = write_letter(body, letter_id or self.new_id(), self.party, recipient, agreement, table, showing)

        def note(sealed: SealedBundle) -> None:
            sent = self.entry(
                "letter.sent",
                counterpart=recipient,
                agreement=agreement,
                ciphertext=sealed.ciphertext,
                letter=letter.id,
                period=period,
                note=letter.kind,
            )
            self.note(network, *noting(sealed), sent)

        return self.post(letter, awaits_receipt=False, noting=note)

    def _shown_if_sound(self, network: str, party: str) -> bytes:
        """Nothing where our log is damaged: a withdrawal must leave all the same, and `status` says what is wrong."""
        try:
            return self.showing(network, party)
        except AuditError:
            return b""

    def resume(self) -> None:
        """Go on where a crash left a parcel between its number and the queue, or half rejected.

        What we remember to have sent – a bundle in the memory of releases, a letter in the log – is queued; what we do
        not goes back, and its number with it: nobody has seen it. What another process is just posting is not touched.
        """
        with self.workspace.turn("posting"):
            self._resume()

    def _resume(self) -> None:
        workspace = self.workspace
        waiting = {standing.parcel.sha256: standing.state for standing in workspace.outbox.status()}
        files = {_sha256(file): file for file in workspace.sealed_folder.iterdir()}
        for given in reversed(workspace.ledger.unqueued()):
            file = files.pop(given.ciphertext_sha256, None)
            state = waiting.get(given.ciphertext_sha256)
            if state == "rejected" or (state == "packed" and self._is_rejected(given)):
                self._finish_rejecting(given)
            elif state is not None:
                workspace.ledger.queued(given.ciphertext_sha256)
            elif file is not None and self._is_remembered(given):
                is_bundle = given.series.kind == "bundle"
                queued = Queued(
                    id=given.parcel_id,
                    name=file.name,
                    recipient=given.series.recipient,
                    kind=given.series.kind,
                    period=None,
                    size=file.stat().st_size,
                    sha256=given.ciphertext_sha256,
                    queued_at=self.now,
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

    def _is_remembered(self, given: Given) -> bool:
        if given.series.kind == "bundle":
            return self.workspace.releases.find(given.parcel_id) is not None
        return self._is_noted(given, "letter.sent")

    def _is_rejected(self, given: Given) -> bool:
        return self._is_noted(given, "release.rejected") or self._is_noted(given, "release.taken_back")

    def _is_noted(self, given: Given, kind: Kind) -> bool:
        ciphertext = f"sha256:{given.ciphertext_sha256}"
        return any(ciphertext in self.noted(network, kind) for network in self.workspace.logs.networks())

    # --- registers that only we can read ---

    def load_register(self, file: Path) -> bytes | None:
        """What `save_register` kept in `file`; None where nothing was kept yet."""
        if not file.exists():
            return None
        return box.unlock(self._register_key(file), read_private(file), context=file.name.encode())

    def save_register(self, file: Path, content: bytes) -> None:
        """Keep `content` so that only our identity opens it."""
        write_private(file, box.lock(self._register_key(file), content, context=file.name.encode()))

    def _register_key(self, file: Path) -> bytes:
        return self.identity.key_for(f"register/{file.name}")


@dataclass(frozen=True, slots=True)
class Noted(Mapping[str, Entry]):
    """What our log in a network notes of one kind, by the digest of the sealed file; the first where there are more."""

    office: Office
    network: str
    kind: Kind

    def __getitem__(self, ciphertext: str) -> Entry:
        for entry in self.office.entries_about(self.network, ciphertext):
            if entry.kind == self.kind:
                return entry
        raise KeyError(ciphertext)

    def __iter__(self) -> Iterator[str]:
        return iter(
            dict.fromkeys(
                e.ciphertext for e in self.office.entries(self.network, self.kind) if e.ciphertext is not None
            )
        )

    def __len__(self) -> int:
        return sum(1 for _each in self)


class LockedOffice(Office):
    """An organisation whose keys are unlocked when something first needs them, which may be never. `ask` asks for the
    passphrase, and gives what unlocks with it."""

    def __init__(self, workspace: Workspace, ask: Callable[[], Callable[[], Identity]], now: dt.datetime) -> None:
        passwords = Passwords(nobody_to_ask)
        given = {"workspace": workspace, "now": now, "randomness": os.urandom, "passwords": passwords, "_ask": ask}
        for name, value in given.items():
            object.__setattr__(self, name, value)

    @cached_property
    def identity(self) -> Identity:
        return self._unlocking.result()

    def unlock_ahead(self) -> None:
        self._unlocking  # noqa: B018  # begins it

    @cached_property
    def _unlocking(self) -> Future[Identity]:
        from concurrent.futures import ThreadPoolExecutor

        unlock = self._ask()  # type: ignore[attr-defined]  # set above, past the frozen class
        return ThreadPoolExecutor(1).submit(unlock)

    @property
    def party(self) -> str:
        return self.workspace.party


def _ref(agreement: Reference | None) -> AgreementRef | None:
    return None if agreement is None else AgreementRef(**agreement.model_dump())


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
