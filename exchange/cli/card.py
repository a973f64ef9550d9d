"""`exchange card …`: the public keys of organisations, and how far each is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.card_directory import directory
from exchange.cli.forgetting import forget
from exchange.cli.groups import Group
from exchange.cli.numbers import numbers
from exchange.cli.people import people, person_line, say_who_gets_the_card
from exchange.cli.recover import recover
from exchange.cli.revoking import revoke
from exchange.cli.route import route
from exchange.cli.sftp_address import sftp
from exchange.cli.shares import no_shares, shares
from exchange.errors import KeyringError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.keyring.card import Card
    from exchange.keyring.known_card import KnownCard
    from exchange.keyring.shapes import RevokedKey, Valid
    from exchange.workspace.workspace import Workspace


@click.group(
    cls=Group,
    help=_("Cards are the public keys of an organisation. A card that nobody has confirmed receives nothing."),
    epilog=desk.example("exchange card add gt-ntt.card.json", "exchange card words gt-ntt --confirm"),
)
def card() -> None:
    pass


card.add_command(people)
card.add_command(revoke)
card.add_command(directory)
card.add_command(shares)
card.add_command(recover)
card.add_command(numbers)
card.add_command(forget)
card.add_command(sftp)
card.add_command(route)


@card.command(help=_("Show a card: ours, or that of PARTY."), epilog=desk.example("exchange card show gt-ntt"))
@click.argument("party", required=False)
def show(party: str | None) -> None:
    workspace = desk.here()
    if party in (None, workspace.party):
        ours, revoked = workspace.own.card().card, workspace.revoked_keys(workspace.party)
        document = ours.model_dump(mode="json")
        if revoked:
            document["revoked_keys"] = [each.model_dump(mode="json") for each in revoked]
        console.answer(document, [*_card_lines(ours), *_revoked_lines(revoked)])
    else:
        known = workspace.cards.known(str(party))
        document = {**known.card.model_dump(mode="json"), "trust": known.trust.model_dump(mode="json")}
        trust = f"{_('trust')}: {_trust_word(known)}"
        console.answer(document, [*_card_lines(known.card), *_revoked_lines(known.trust.revoked_keys), trust])


@card.command(
    name="list",
    help=_("List the cards that are known, and how far each is trusted."),
    epilog=desk.example("exchange card list"),
)
def list_() -> None:
    cards = desk.here().cards
    known = cards.all()
    rows = [(each.signed.party, str(each.card.names), each.card.fingerprint, _trust_word(each)) for each in known]
    head = (_("party"), _("name"), _("fingerprint"), _("trust"))
    document = [{"party": each.signed.party, **each.trust.model_dump(mode="json")} for each in known]
    console.answer(document, console.table(head, rows))
    for problem in cards.damaged():
        console.warn(problem)


@card.command(
    help=_(
        "Take what FILE holds into the book: a card, which stays unconfirmed until its safety words are read, or a "
        "party's revocation of keys of its own, which counts at once and for ever."
    ),
    epilog=desk.example("exchange card add gt-ntt.card.json", "exchange card add gt-ntt.revocation.json"),
)
@click.argument("file", type=desk.a_path())
@desk.dry_run_option()
def add(file: Path, *, dry_run: bool) -> None:
    from exchange.keyring.card import MAX_CARD, read_card
    from exchange.keyring.revocation import is_revocation

    workspace = desk.here()
    with file.open("rb") as source:
        content = source.read(MAX_CARD + 1)
    if is_revocation(content):
        _add_revocation(content, file.name, dry_run=dry_run)
        return
    signed, today = read_card(content), desk.now().date()
    if signed.party == workspace.party:
        raise UsageError(Problem("usage.own_card", _("this is a card of our own"), where=file.name))
    workspace.cards.with_card(signed, today)
    desk.end_dry_run(dry_run)
    known = workspace.cards.add(signed, today)
    console.answer({"party": signed.party, "confirmed": known.confirmed}, [signed.party])
    if not known.confirmed:
        hint = _("read the safety words with {party} over the phone: exchange card words {party} --confirm")
        console.say(hint.format(party=signed.party))


@card.command(
    help=_(
        "Write our card, what we have revoked if there is anything and, for ssh-keygen, the files allowed_signers and "
        "revoked into FOLDER, else into the workspace's exports. Only whose card is believed is an allowed signer; for "
        "whom a coordinator alone vouches, on the days of its directory."
    ),
    epilog=desk.example("exchange card export ~/for-the-auditor"),
)
@click.argument("folder", type=desk.a_path(), required=False)
@desk.dry_run_option()
def export(folder: Path | None, *, dry_run: bool) -> None:
    workspace = desk.here()
    folder = folder or workspace.exports
    files = _public_files(workspace)
    for problem in workspace.cards.damaged():
        console.warn(problem)
    desk.end_dry_run(dry_run)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    console.answer({"folder": str(folder), "files": list(files)}, [str(folder / name) for name in files])


@card.command(
    help=_(
        "Show the eight safety words to read with PARTY over the phone, on a number that you know from elsewhere. "
        "With --confirm, ours are not shown: the other side shows and reads them, and they are typed here; if they are "
        "the same, the card is trusted."
    ),
    epilog=desk.example("exchange card words gt-ntt --confirm"),
)
@click.argument("party")
@click.option("--confirm", is_flag=True, help=_("ask for the words that the other side reads, and trust the card"))
@click.option("--confirmed", metavar="WORDS", help=_("the eight words as the other side read them; trust the card"))
@desk.dry_run_option()
def words(party: str, *, confirm: bool, confirmed: str | None, dry_run: bool) -> None:
    from exchange.keyring.safety_words import are_words, safety_words, same_words
    from exchange.noting import Trusted, note_trusted

    workspace, moment = desk.here(), desk.now()
    today = moment.date()
    known = workspace.cards.known(party)
    ours = safety_words(workspace.own.card().card.root_key, known.card.root_key)
    if confirm and confirmed is None:
        if not console.interactive():
            hint = _('give the words that were read: --confirmed "word word …"')
            raise UsageError(Problem("usage.nobody_to_ask", _("there is nobody to ask"), hint=hint))
        hint = _("ask {party} to type: exchange card words {us}, and to read to you the eight words that it shows")
        console.say(hint.format(party=party, us=workspace.party))
        confirmed = click.prompt(_("the words that {party} reads to you").format(party=party), err=True)
    if confirmed is not None:
        if not are_words(confirmed):
            hint = _("one was misheard or mistyped: let {party} read them again").format(party=party)
            raise UsageError(Problem("usage.words", _("these are not eight words of the list"), hint=hint))
        if not same_words(confirmed, ours):
            raise _words_differ(party)
        workspace.cards.not_revoked(party)
        desk.end_dry_run(dry_run)
        note_trusted(workspace, [Trusted(party, known.card.fingerprint, today)], moment)
        known = workspace.cards.confirm(party, today)
    document = {"party": party, "words": ours, "confirmed": known.confirmed}
    console.answer(document, [_("{party} is confirmed").format(party=party)] if confirmed else [" ".join(ours)])


@card.command(
    help=_(
        "Make new encryption and signing keys at once, before their time. The old ones still open what is under way, "
        "and what they signed still counts. No agreement changes; partners get the new card with the next delivery."
    ),
    epilog=desk.example("exchange card rotate"),
)
@desk.dry_run_option()
def rotate(*, dry_run: bool) -> None:
    from exchange.keyring.identity import rotate as with_new_keys
    from exchange.renewing import change

    workspace, moment = desk.here(), desk.now()
    secret = desk.passphrase()
    root = desk.unlock_to_certify(workspace, secret).root
    desk.end_dry_run(dry_run)
    change(workspace, secret, moment, lambda ours: with_new_keys(ours, moment.date()), root=root)
    after = workspace.own.card()
    console.answer({"party": after.party, "serial": after.card.serial}, [workspace.own.card_file.name])
    say_who_gets_the_card()


@card.command(
    name="root",
    help=_(
        "Move the root key out of the workspace into FILE, on a stick that lies in a safe, under a passphrase of its "
        "own. Daily work goes on without it; to change our card, certify people or sign agreements, name FILE in "
        "EXCHANGE_ROOT, and the file of its passphrase in EXCHANGE_ROOT_PASSPHRASE_FILE if nobody is to be asked. Copy "
        "FILE to a second stick, and destroy older copies of the workspace: they still hold the root."
    ),
    epilog=desk.example("exchange card root --apart /media/stick/yks-root.age"),
)
@click.option("--apart", "file", type=desk.a_path(), required=True, metavar="FILE", help=_("where the root key goes"))
@desk.dry_run_option()
def root(file: Path, *, dry_run: bool) -> None:
    from dataclasses import replace

    from exchange.keyring.identity_file import load_identity
    from exchange.keyring.passphrase import check_passphrase
    from exchange.keyring.people import load_person_key, save_person_key
    from exchange.renewing import change

    workspace, moment = desk.here(), desk.now()
    secret = desk.passphrase()
    key = load_identity(workspace.identity_file, secret).root
    desk.refuse_to_replace(file)
    theirs = desk.passphrase_of_root(new=True)
    check_passphrase(theirs)
    desk.refuse_shared(theirs, secret, _("the root key lies apart so that one passphrase does not open both"))
    if workspace.recovery.shares_made() is None:
        console.warn(no_shares(workspace.party))
    desk.end_dry_run(dry_run)
    save_person_key(key, file, theirs)
    if load_person_key(file, theirs) != key:  # a stick that does not keep what was written to it
        raise KeyringError(Problem("file.damaged", _("the file holds no signing key"), where=file.name))
    change(workspace, secret, moment, lambda ours: replace(ours, root_apart=True))
    console.answer({"root": file.name, "fingerprint": key.fingerprint()}, [str(file)])
    console.say(
        _("name this file in {variable} when our card changes or an agreement is signed").format(variable=desk.ROOT)
    )
    console.say(_("copy it to a second stick, and destroy older copies of the workspace: they still hold the root key"))


def _add_revocation(content: bytes, name: str, *, dry_run: bool) -> None:
    from exchange.keyring.revocation import read_revocation
    from exchange.partners_keys import take_revocation

    office, signed = desk.office_to_look(), read_revocation(content)
    if signed.party == office.party:
        raise UsageError(Problem("usage.own_card", _("this is a revocation of our own"), where=name))
    office.workspace.cards.with_revocation(signed, office.now)
    desk.end_dry_run(dry_run)
    trust = take_revocation(office, signed).trust
    document = {"party": signed.party, "trust": trust.model_dump(mode="json")}
    console.answer(document, [signed.party, *_revoked_lines(trust.revoked_keys)])
    if trust.revoked_on:
        for problem in partner_revoked(office.workspace, signed.party):
            console.warn(problem)


def partner_revoked(workspace: Workspace, party: str) -> Iterator[Problem]:
    """What to do where the card of a party with whom we have agreements is revoked."""
    shared = {
        each.agreement.id for each in workspace.agreements.all() if party in {one.id for one in each.agreement.parties}
    }
    if shared:
        what = _("its card is revoked: nothing goes there and nothing from there is opened ({agreements})")
        hint = _(
            "call {party} on a number that you know; add its new card (exchange card add), read the words, and amend "
            "the agreements to its new root key"
        )
        listed = ", ".join(sorted(shared))
        yield Problem("card.revoked", what.format(agreements=listed), party, hint.format(party=party))


def _card_lines(card: Card) -> list[str]:
    lines: list[tuple[str, Any]] = [
        (_("party"), card.party),
        (_("name"), card.names),
        (_("fingerprint"), card.fingerprint),
        (_("contact"), card.contact),
        (_("card"), _("number {serial} of {day}").format(serial=card.serial, day=card.issued)),
    ]
    if card.sftp:
        lines.append((_("server"), f"{card.sftp.host}:{card.sftp.port}, {card.sftp.directory}"))
    lines += [(_("encryption key"), _days(key)) for key in card.encryption_keys]
    lines += [(_("signing key"), _days(key)) for key in card.signing_keys]
    lines.append((_("key of the log"), card.log_verify_key.fingerprint()))
    lines += [(_("person"), person_line(person)) for person in card.people]
    return [f"{label}: {value}" for label, value in lines]


def _revoked_lines(keys: Iterable[RevokedKey]) -> Iterator[str]:
    from exchange.crypto.signing import VerifyKey

    uses = {
        "root": _("root key"),
        "signing": _("signing key"),
        "encryption": _("encryption key"),
        "person": _("key of a person"),
    }
    for each in keys:
        name = VerifyKey.from_openssh(each.key).fingerprint() if each.signs else each.key
        line = _("revoked: {use} {key}, since {time}")
        yield line.format(use=uses[each.use], key=name, time=f"{each.since:%Y-%m-%d %H:%M} UTC")


def _days(valid: Valid) -> str:
    return _("{first} to {last}").format(first=valid.not_before, last=valid.not_after)


def _trust_word(known: KnownCard) -> str:
    trust = known.trust
    if trust.revoked_on:
        return _("revoked since {day}").format(day=trust.revoked_on)
    if trust.confirmed_on:
        return _("confirmed on {day}").format(day=trust.confirmed_on)
    if known.vouched:
        newest = max(known.vouched, key=lambda each: each.until)
        return _("{party} vouches for it until {day}").format(party=newest.coordinator, day=newest.until)
    return _("not confirmed")


def _words_differ(party: str) -> KeyringError:
    what = _("the words differ, so one of you holds a false card; nothing is trusted")
    hint = _("ask {party} for its card again, over another way, and compare fingerprints").format(party=party)
    return KeyringError(Problem("card.words_differ", what, where=party, hint=hint))


def _public_files(workspace: Workspace) -> dict[str, bytes]:
    """Whoever has sent us a card that nobody believes has signed nothing that counts."""
    from exchange.crypto.allowed_signers import revoked_keys
    from exchange.crypto.signing import VerifyKey
    from exchange.keyring.revocation import revocation_name
    from exchange.keyring.signers_file import signers_file

    ours, revocation, today = workspace.own.card(), workspace.own.revocation(), desk.now().date()
    believed = [known for known in workspace.cards.all() if known.believed(today)]
    confirmed = [known.signed for known in believed if known.confirmed]
    vouched = [known for known in believed if not known.confirmed]
    own = [VerifyKey.from_openssh(each.key) for each in workspace.revoked_keys(workspace.party) if each.signs]
    files = {
        workspace.own.card_file.name: ours.to_bytes(),
        "allowed_signers": signers_file([ours, *confirmed], vouched).encode(),
        "revoked": revoked_keys([*own, *workspace.cards.revoked()]).encode(),
    }
    return files if revocation is None else {**files, revocation_name(ours.party): revocation.to_bytes()}
