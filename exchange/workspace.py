"""One organisation's folder: the only module that knows where things lie.

    identity.age                     our secret keys, under a passphrase
    passphrase.remembered            the name of our passphrase in the system's keyring, if it is kept there
    own/<party>.card.json            our own card, to be given to others
    own/<party>.revocation.json      the keys of ours that are revoked, if there are any; to be given to others too
    own/<network>.directory.json     where we are its coordinator: the newest directory of cards that we signed
    own/loss.json                    which loss of a machine we began to revoke and are not done with
    own/recovered.json               that the workspace was recovered: see `numbers_unknown`
    own/shares.json                  on which day recovery shares of our root were made; not the shares
    people/<id>.{age,json}           the keys of people, each under the person's passphrase, and our root's word on them
    cards/                           the cards of others, and how far each is trusted
    routes/<party>.json              how we get to a party's server, where not directly with the identity's own key
    agreements/<id>/<version>.yaml   with <version>.signatures.json and mapping.yaml beside, and <digest>.onward.json:
                                     by whose leave we passed on what came under it
    reviews/case-notes-<id>.box      what people decided about words in case notes (locked with our identity)
    network.box, withdrawn.box, notices.box   networks' secrets, who withdrew, suspensions (locked with our identity)
    marks/<bundle>.box               by what people in a bundle of ours are linked (locked with our identity)
    rounds.box                       of which bundles the linking agent got filters last (locked with our identity)
    agent/                           where we are a linking agent: filters, locked, each under a key of its own
    leftovers.box                    what commands wrote in the clear, and where (locked with our identity)
    pseudonyms.box                   by which word each recipient knows which case (locked with our identity)
    letters/<id>.box                 letters that people read, ours and those that came (locked with our identity)
    reported/<id>.box                what an authority was sent of a breach (locked with our identity)
    outbox/ inbox/                   what is to be sent, what came
    journal/                         what the queues did, a line for each event, for whoever helps
    approvals/<bundle>/              who approved that it leaves: <person>.json, signed in <person>.sig; and, until it
                                     has left, the page.html that they approve
    acknowledgements/<digest>/       who has read the notices of the bundle in that sealed file, ours or a recipient's:
                                     <person>.<time>.json, signed in .sig
    turns/                           locks by which two processes wait for each other
    numbers.sqlite                   sequence numbers given out and taken in
    releases.sqlite                  what was released to whom, by keyed case reference
    log/                             the log that nobody can rewrite, what we have seen of the logs of others
                                     (<network>-seen/), and what of that we could not witness (<network>-held/)
    store/                           what was received, locked segment by segment
    store.key                        the key of its table of keys, another one whenever something was destroyed
    dropbox/{incoming,outgoing}/<sender>   where others put bundles and fetch letters, if we have a server
    pages/ exports/                  made for people to read

Everything is private to the user (0700, 0600; on Windows by an access list that the folder hands down).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Literal, Self

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import Signatures, load_signatures, merge, signatures_path, without_revoked
from exchange.agreements.text_file import load_text
from exchange.audit.checkpoint import log_origin
from exchange.audit.log import Log
from exchange.audit.witness import Witness
from exchange.crypto.canonical import digest_of_bytes
from exchange.errors import AgreementError, AuditError, KeyringError, Problem, WorkspaceError
from exchange.keyring.card import SignedCard, file_name, read_card
from exchange.keyring.card_book import CardBook
from exchange.keyring.certification import SignedCertification, read_certification
from exchange.keyring.directory import SignedDirectory, read_directory
from exchange.keyring.directory import file_name as directory_file_name
from exchange.keyring.loss import BegunLoss
from exchange.keyring.private_files import make_folder_private, others_may_enter, write_private
from exchange.keyring.recovery import RecoveredNote, SharesNote
from exchange.keyring.revocation import SignedRevocation, read_revocation, revocation_name
from exchange.keyring.routes import Route, read_route, write_route
from exchange.keyring.shapes import Person, RevokedKey
from exchange.locale import _
from exchange.protect.releases.releases import Releases
from exchange.seal.ledger import Ledger
from exchange.transport.inbox import Inbox
from exchange.transport.journal import Journal
from exchange.transport.ledger import in_turn, nobody_is_told
from exchange.transport.outbox import Outbox

IDENTITY_FILE = "identity.age"
OWN = "own"
SHARES = "shares.json"
RECOVERED = "recovered.json"
_LOSS = "loss.json"
PAGE = "page.html"
_SEEN = "-seen"
LEAVE = ".onward.json"
_CARD_END = file_name("")


@dataclass(frozen=True, slots=True)
class SignedAgreement:
    """An agreement with the signatures that lie beside it, without those by keys that were revoked on their day; else
    neither has been judged here."""

    agreement: Agreement
    signatures: Signatures
    file: Path

    @property
    def mapping_file(self) -> Path:
        return self.file.parent / "mapping.yaml"


@dataclass(slots=True)
class _Queues:
    """What is made when it is first asked for, and then the same for all who ask; logs while they are kept open."""

    outbox: Outbox | None = None
    inbox: Inbox | None = None
    ledger: Ledger | None = None
    releases: Releases | None = None
    logs: dict[str, Log] | None = None


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folder at `folder`. Made by `create`, found by `open`."""

    folder: Path
    party: str
    _queues: _Queues = field(default_factory=_Queues, init=False, repr=False, compare=False)

    @classmethod
    def create(cls, folder: Path, party: str, *, copy: Path | None = None) -> Self:
        """A new workspace; with all that lies in `copy`, another workspace or its backup, but for its keys and its own
        card. WorkspaceError: workspace.exists where one stands already, workspace.not_private; workspace.copy."""
        cls.refuse_in_use(folder)
        if not folder.exists():
            make_folder_private(_private(folder))
        made = cls(folder, party)
        for name in (OWN, "cards", "agreements", "log", "inbox"):
            _private(made._at(name))
        if copy is not None:
            _copy(copy, folder)
        return made

    @classmethod
    def refuse_in_use(cls, folder: Path) -> None:
        """WorkspaceError: workspace.exists where a workspace stands already, workspace.not_private."""
        if (folder / IDENTITY_FILE).exists() or next((folder / OWN).glob(f"*{_CARD_END}"), None):
            raise WorkspaceError(
                Problem(
                    "workspace.exists",
                    _("this folder is a workspace already"),
                    where=folder.name,
                    hint=_("choose another folder with --workspace"),
                )
            )
        if folder.exists():
            _refuse_public(folder)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """The workspace in `folder`. WorkspaceError: workspace.none, workspace.not_private."""
        try:
            cards = sorted((folder / OWN).glob(f"*{_CARD_END}")) if folder.is_dir() else []
        except OSError:
            raise _unreadable(folder) from None
        if len(cards) != 1:
            raise WorkspaceError(
                Problem(
                    "workspace.none",
                    _("this folder is not a workspace"),
                    where=folder.name or ".",
                    hint=_("name it with --workspace, or make one with: exchange init"),
                )
            )
        _refuse_public(folder)
        return cls(folder, cards[0].name.removesuffix(_CARD_END))

    # --- keys and cards ---

    @property
    def identity_file(self) -> Path:
        return self._at(IDENTITY_FILE)

    @property
    def remembered_file(self) -> Path:
        return self._at("passphrase.remembered")

    @property
    def card_file(self) -> Path:
        return self._at(OWN) / file_name(self.party)

    def own_card(self) -> SignedCard:
        return read_card(self._read(self.card_file))

    def save_own_card(self, card: SignedCard) -> None:
        write_private(self.card_file, card.to_bytes())

    def own_revocation(self) -> SignedRevocation | None:
        """What we have revoked; None while that is nothing."""
        file = self._at(OWN) / revocation_name(self.party)
        return read_revocation(self._read(file)) if file.exists() else None

    def save_own_revocation(self, revocation: SignedRevocation) -> None:
        write_private(self._at(OWN) / revocation_name(self.party), revocation.to_bytes())

    def begun_loss(self) -> BegunLoss | None:
        """The loss whose revocation was begun and is not done; None also where its file is damaged: then whatever is
        revoked next takes every key."""
        try:
            return BegunLoss.model_validate_json(self._read(self._at(OWN) / _LOSS))
        except (OSError, WorkspaceError, KeyringError, ValueError):
            return None

    def begin_loss(self, loss: BegunLoss) -> None:
        write_private(self._at(OWN) / _LOSS, loss.model_dump_json().encode() + b"\n")

    def end_loss(self) -> None:
        (self._at(OWN) / _LOSS).unlink(missing_ok=True)

    def revoked_keys(self, party: str) -> tuple[RevokedKey, ...]:
        """The keys that a party has revoked, ours or another; none of one that we do not know."""
        if party != self.party:
            return self.cards.revoked_keys(party)
        own = self.own_revocation()
        return own.revocation.keys if own else ()

    def own_directory(self, network: str) -> SignedDirectory | None:
        """The newest directory of cards that we signed as the network's coordinator; None if there is none."""
        return next((each for each in self.own_directories() if each.directory.network == network), None)

    def own_directories(self) -> Iterator[SignedDirectory]:
        """That of every network that we coordinate."""
        files = sorted(self._at(OWN).glob(f"*{directory_file_name('')}"))
        return (read_directory(self._read(file)) for file in files)

    def save_own_directory(self, signed: SignedDirectory) -> None:
        write_private(self._at(OWN) / directory_file_name(signed.directory.network), signed.to_bytes())

    def shares_made(self) -> date | None:
        """On which day recovery shares of our root key were made; None if none were."""
        file = self._at(OWN) / SHARES
        try:
            note = SharesNote.model_validate_json(self._read(file)) if file.exists() else None
        except ValueError:  # damaged: make them again
            note = None
        return note.made if note and note.root == self.own_card().card.fingerprint else None

    def note_shares(self, note: SharesNote) -> None:
        write_private(self._at(OWN) / SHARES, note.model_dump_json().encode() + b"\n")

    def note_recovered(self, *compared: str) -> None:
        """This workspace was recovered; with `compared` we know since how far we both have counted."""
        write_private(self._at(OWN) / RECOVERED, RecoveredNote(compared=compared).model_dump_json().encode() + b"\n")

    def note_compared(self, party: str) -> None:
        """With that party too."""
        note = self._recovered()
        if note is not None:
            self.note_recovered(*sorted({*note.compared, party}))

    def numbers_unknown(self, party: str) -> bool:
        """Whether more may have been sent to `party` than is known here, since the workspace was recovered."""
        note = self._recovered()
        return note is not None and party not in note.compared

    def _recovered(self) -> RecoveredNote | None:
        file = self._at(OWN) / RECOVERED
        if not file.exists():
            return None
        try:
            return RecoveredNote.model_validate_json(self._read(file))
        except ValueError:  # damaged: nothing is known
            return RecoveredNote()

    @property
    def people_folder(self) -> Path:
        return _private(self._at("people"))

    def certification(self, person: Person) -> SignedCertification:
        """Our root's word on `person` as our card has them. KeyringError (person.no_certification) without."""
        file = self.people_folder / f"{person.id}.json"
        found = read_certification(self._read(file)) if file.exists() else None
        if found is None or found.person != person:
            what = _("what our root key says of {person} is not here").format(person=person.id)
            hint = _("certify the person anew: exchange card people certify")
            raise KeyringError(Problem("person.no_certification", what, hint=hint))
        return found

    def save_certification(self, certification: SignedCertification) -> None:
        write_private(self.people_folder / f"{certification.person.id}.json", certification.to_bytes())

    @property
    def cards(self) -> CardBook:
        return CardBook(self._at("cards"), partial(self.turn, "cards"))

    def route(self, party: str) -> Route:
        """How we get to the server of a party. KeyringError: route.malformed, file.not_private."""
        return read_route(self._at("routes") / f"{party}.json")

    def save_route(self, party: str, route: Route) -> None:
        write_route(_private(self._at("routes")) / f"{party}.json", route)

    # --- agreements ---

    def agreements(self) -> tuple[SignedAgreement, ...]:
        """Every version of every agreement that lies here, by id and version."""
        files = sorted(self._at("agreements").glob("*/*.yaml"))
        return tuple(self._signed(file) for file in files if file.name != "mapping.yaml")

    def agreement(self, agreement_id: str) -> SignedAgreement:
        """The newest version of the agreement `agreement_id`. WorkspaceError (agreement.unknown)."""
        found = [each for each in self.agreements() if each.agreement.id == agreement_id]
        if not found:
            known = sorted({each.agreement.id for each in self.agreements()})
            raise WorkspaceError(
                Problem(
                    "agreement.unknown",
                    _("no agreement of this name lies in the workspace"),
                    hint=_("known here: {names}").format(names=", ".join(known) or "–"),
                )
            )
        return max(found, key=lambda each: tuple(int(part) for part in each.agreement.version.split(".")))

    def by_reference(self, reference: Reference) -> SignedAgreement | None:
        """Exactly the text that `reference` names; None if it is not here."""
        return next((each for each in self.agreements() if Reference.to(each.agreement) == reference), None)

    def add_agreement(self, text: bytes) -> SignedAgreement:
        """Keep an agreement's YAML as it is. WorkspaceError (agreement.changed) if another text has its version."""
        draft = _private(self._at("agreements")) / "draft.yaml"
        write_private(draft, text)
        try:
            agreement = _agreement(draft)
        finally:
            draft.unlink(missing_ok=True)
        file = self._agreement_file(agreement)
        if file.exists() and _agreement(file).digest != agreement.digest:
            raise WorkspaceError(
                Problem(
                    "agreement.changed",
                    _("another text of this version is here already"),
                    where=str(Reference.to(agreement)),
                    hint=_("a change needs a new version, and every signature again"),
                )
            )
        write_private(file, text)
        return self._signed(file)

    def add_signatures(self, signed: SignedAgreement, more: Signatures) -> SignedAgreement:
        """Keep these signatures beside the agreement; those that were there stay."""
        kept = load_signatures(signatures_path(signed.file))  # also what does not count any more: it is evidence
        write_private(signatures_path(signed.file), merge(kept, more).to_json())
        return self._signed(signed.file)

    def save_mapping(self, signed: SignedAgreement, text: bytes) -> None:
        """Keep how our workbook becomes the dictionary of an agreement, as a person has confirmed it."""
        write_private(signed.mapping_file, text)

    def keep_leave(self, agreement_id: str, leave: bytes) -> None:
        """Keep by whose leave we passed on what came under an agreement, as it was signed."""
        name = digest_of_bytes(leave).removeprefix("sha256:")[:16]
        write_private(_private(self._at("agreements") / agreement_id) / f"{name}{LEAVE}", leave)

    def leaves(self, agreement_id: str) -> tuple[bytes, ...]:
        """Every leave that was kept."""
        folder = self._at("agreements") / agreement_id
        return tuple(self._read(each) for each in sorted(folder.glob(f"*{LEAVE}")))

    def _agreement_file(self, agreement: Agreement) -> Path:
        return _private(self._at("agreements") / agreement.id) / f"{agreement.version}.yaml"

    def _signed(self, file: Path) -> SignedAgreement:
        kept = load_signatures(signatures_path(file))
        return SignedAgreement(_agreement(file), without_revoked(kept, self.revoked_keys), file)

    # --- the queues, the numbers, the log ---

    @property
    def outbox(self) -> Outbox:
        made = self._queues.outbox = self._queues.outbox or Outbox(self._at("outbox"), journal=self.journal)
        return made

    @property
    def inbox(self) -> Inbox:
        if self._queues.inbox is None:
            self._queues.inbox = Inbox(self._at("inbox"), journal=self.journal, whose=cache(self.whose))
        return self._queues.inbox

    @property
    def journal(self) -> Journal:
        """What the queues did, for whoever helps."""
        return Journal(_private(self._at("journal")) / "journal.jsonl")

    def whose(self, place: str) -> str:
        """The party whose road it is, by its place; "" where nobody knows: it was brought by hand."""
        for party in self.dropbox_senders():
            if place == (self.dropbox / "incoming" / party).absolute().as_uri():
                return party
        for card in (each.card for each in self.cards.all()):
            if card.sftp is not None:
                host = f"[{card.sftp.host}]" if ":" in card.sftp.host else card.sftp.host
                if f"@{host}:{card.sftp.port}/" in place:
                    return card.party
        return ""

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """A run with thousands of parcels opens queues, numbers, the memory of releases and logs once."""
        queues = self._queues
        with (
            self.outbox.kept_open(),
            self.inbox.kept_open(),
            self.ledger.kept_open(),
            self.releases.kept_open(),
            ExitStack() as stack,
        ):
            outer = queues.logs is not None
            queues.logs = queues.logs or {}
            try:
                yield
            finally:
                if not outer:
                    for log in queues.logs.values():
                        stack.enter_context(log)
                    queues.logs = None

    @property
    def ledger(self) -> Ledger:
        made = self._queues.ledger = self._queues.ledger or Ledger(self._at("numbers.sqlite"))
        return made

    def turn(
        self,
        what: Literal["packing", "posting", "approving", "receiving", "reviewing", "renewing", "vouching", "cards"],
        waits: Callable[[], None] = nobody_is_told,
    ) -> AbstractContextManager[None]:
        """Alone at `what` in this workspace; other processes wait, and `waits` says so. TransportError
        (transport.queue_busy) after that."""
        return in_turn(_private(self._at("turns")) / f"{what}.sqlite", waits)

    @property
    def sealed_folder(self) -> Path:
        """Sealed files between their number and the queue."""
        return _private(self._at("outbox") / "sealed")

    def attached_folder(self) -> Path:
        """An empty folder for what is taken out of attachments; for whoever has the turn to receive."""
        folder = self._at("inbox") / "attached"
        shutil.rmtree(folder, ignore_errors=True)
        return _private(folder)

    def approvals(self, bundle: str) -> Path:
        """The folder of the approvals of a bundle."""
        return _private(self._at("approvals") / bundle)

    def acknowledgements(self, ciphertext: str) -> Path:
        """The folder of what people have signed who read the notices of the bundle in a sealed file, "sha256:…"."""
        return _private(self._at("acknowledgements") / ciphertext.removeprefix("sha256:"))

    def page_file(self, bundle: str) -> Path:
        """The page that people approve with a bundle."""
        return self.approvals(bundle) / PAGE

    def kept_pages(self) -> tuple[Path, ...]:
        """Every such page, in a folder that has its bundle's id."""
        return tuple(sorted(self._at("approvals").glob(f"*/{PAGE}")))

    @property
    def releases(self) -> Releases:
        made = self._queues.releases = self._queues.releases or Releases(self._at("releases.sqlite"))
        return made

    def open_log(self, network: str) -> Log:
        """Our log in a network; made when it is first used."""
        if self._queues.logs is None:
            return self._open_log(network)
        if network not in self._queues.logs:
            self._queues.logs[network] = self._open_log(network)
        return self._queues.logs[network].lent()

    def _open_log(self, network: str) -> Log:
        file = _private(self._at("log")) / f"{network}.sqlite"
        if not file.exists():
            try:
                return Log.create(file, log_origin(self.party, network))
            except AuditError as error:
                if error.codes != ("audit.log_exists",):  # another process was quicker
                    raise
        return Log.open(file)

    def networks(self) -> tuple[str, ...]:
        """The networks in which we keep a log."""
        return tuple(sorted(file.stem for file in self._at("log").glob("*.sqlite")))

    def watched(self) -> tuple[str, ...]:
        """The networks in which we have seen logs of others."""
        return tuple(sorted(each.name.removesuffix(_SEEN) for each in self._at("log").glob(f"*{_SEEN}")))

    def open_witness(self, network: str) -> Witness:
        """What we have seen of the logs of others."""
        return Witness.open(_private(self._at("log") / f"{network}{_SEEN}"), log_origin(self.party, network))

    def keep_checkpoint(self, network: str, note: bytes) -> None:
        """Keep what another party's log looked like, by its digest: evidence if it is ever rewritten."""
        folder = _private(self._at("log") / f"{network}-held")
        write_private(folder / digest_of_bytes(note).removeprefix("sha256:"), note)

    def held_checkpoints(self, network: str) -> tuple[bytes, ...]:
        """Every checkpoint that was kept."""
        folder = self._at("log") / f"{network}-held"
        files = sorted(folder.glob("[0-9a-f]*")) if folder.is_dir() else []  # not what a kill left half-written
        return tuple(self._read(file) for file in files)

    # --- places of other rooms ---

    @property
    def store_folder(self) -> Path:
        return self._at("store")

    @property
    def merging_file(self) -> Path:
        """How a person's record is made of several reports."""
        return self._at("merging.yaml")

    def save_merging(self, text: bytes) -> None:
        write_private(self.merging_file, text)

    @property
    def network_file(self) -> Path:
        return self._at("network.box")

    @property
    def notices_file(self) -> Path:
        return self._at("notices.box")

    @property
    def withdrawn_file(self) -> Path:
        return self._at("withdrawn.box")

    @property
    def leftovers_file(self) -> Path:
        return self._at("leftovers.box")

    @property
    def pseudonyms_file(self) -> Path:
        return self._at("pseudonyms.box")

    def letter_file(self, letter_id: str) -> Path:
        return self.letters_folder / f"{letter_id}.box"

    def reviews_file(self, agreement_id: str) -> Path:
        return _private(self._at("reviews")) / f"case-notes-{agreement_id}.box"

    def reported_file(self, letter_id: str) -> Path:
        return _private(self._at("reported")) / f"{letter_id}.box"

    @property
    def letters_folder(self) -> Path:
        return _private(self._at("letters"))

    @property
    def marks_folder(self) -> Path:
        return _private(self._at("marks"))

    def marks_file(self, bundle: str) -> Path:
        return self.marks_folder / f"{bundle}.box"

    @property
    def rounds_file(self) -> Path:
        return self._at("rounds.box")

    @property
    def agent_folder(self) -> Path:
        return self._at("agent")

    @property
    def dropbox(self) -> Path:
        return self._at("dropbox")

    def dropbox_senders(self) -> tuple[str, ...]:
        """Who has a folder at our own drop box."""
        incoming = self.dropbox / "incoming"
        return tuple(sorted(each.name for each in incoming.iterdir() if each.is_dir())) if incoming.is_dir() else ()

    @property
    def pages(self) -> Path:
        return _private(self._at("pages"))

    @property
    def exports(self) -> Path:
        return _private(self._at("exports"))

    def _at(self, name: str) -> Path:
        return self.folder / name

    def _read(self, file: Path) -> bytes:
        try:
            return file.read_bytes()
        except OSError:
            raise _unreadable(file) from None


def is_workspace(folder: Path) -> bool:
    """Whether an organisation's workspace lies there."""
    return (folder / IDENTITY_FILE).exists() or next((folder / OWN).glob(f"*{_CARD_END}"), None) is not None


def card_in(copy: Path) -> SignedCard:
    """The organisation's own card in a copy of its workspace, wherever that lies. WorkspaceError (workspace.copy)."""
    cards = sorted((copy / OWN).glob(f"*{_CARD_END}"))
    if len(cards) != 1:
        raise _no_copy(copy)
    return read_card(cards[0].read_bytes())


def revocation_in(copy: Path) -> SignedRevocation | None:
    """What the organisation of a copy had revoked, by that copy. WorkspaceError (workspace.copy)."""
    files = sorted((copy / OWN).glob(f"*{revocation_name('')}"))
    if len(files) > 1:
        raise _no_copy(copy)
    return read_revocation(files[0].read_bytes()) if files else None


def _copy(copy: Path, folder: Path) -> None:
    """What a link points to is not part of a workspace."""
    left = {copy / IDENTITY_FILE, copy / OWN, copy / "turns"}

    def leave(parent: str, names: list[str]) -> list[str]:
        return [name for name in names if (at := Path(parent, name)) in left or at.is_symlink()]

    try:
        shutil.copytree(copy, folder, ignore=leave, dirs_exist_ok=True)
        for path in (folder, *folder.rglob("*")):  # a stick has lost whose they were
            path.chmod(0o700 if path.is_dir() else 0o600)
    except OSError:
        raise _no_copy(copy) from None


def _no_copy(copy: Path) -> WorkspaceError:
    what = _("this is no whole copy of a workspace, or it cannot be read")
    hint = _("name the folder in which the cards and the log lie")
    return WorkspaceError(Problem("workspace.copy", what, where=copy.name, hint=hint))


def _agreement(file: Path) -> Agreement:
    return _parsed(load_text(file, AgreementError), file.name)


@lru_cache(maxsize=64)
def _parsed(text: str, name: str) -> Agreement:
    """A text is parsed once in a process: it takes 50 ms, and one command asks many times."""
    return read_agreement(text, name)


def _unreadable(path: Path) -> WorkspaceError:
    return WorkspaceError(
        Problem(
            "workspace.unreadable",
            _("a file or folder of the workspace cannot be read"),
            where=path.name,
            hint=_("is it yours? run the command as the user to whom the workspace belongs"),
        )
    )


def _refuse_public(folder: Path) -> None:
    if others_may_enter(folder):
        raise WorkspaceError(
            Problem(
                "workspace.not_private",
                _("others on this machine can look into the workspace"),
                where=folder.name,
                hint=_("make it private: chmod 700 on the folder; on Windows, put it into your own user folder"),
            )
        )


def _private(folder: Path) -> Path:
    """`folder`, made if need be, for the user alone."""
    try:
        if not folder.parent.exists():
            _private(folder.parent)  # mkdir would give parents the rights that others may look with
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        raise WorkspaceError(
            Problem(
                "workspace.not_writable",
                _("a folder of the workspace cannot be made"),
                where=folder.name,
                hint=_("is the disk full, or the folder not yours?"),
            )
        ) from None
    return folder
