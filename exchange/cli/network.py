"""`exchange network …`: the secret by which the senders of a network make match tokens that can be compared."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.groups import Group
from exchange.errors import KeyringError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.matching.secret import NetworkSecret
    from exchange.office import Office
    from exchange.workspace.workspace import Workspace

DIGEST_BYTES = 4


@click.group(
    cls=Group,
    help=_("The network's secret lets senders make match tokens. Senders share it; recipients must never hold it."),
    epilog=desk.example("exchange network new --epoch 2026", "exchange network share rpk jkm"),
)
def network() -> None:
    pass


def network_option() -> desk.Options:
    what = _("the network, where our agreements are of more than one")
    return click.option("--network", "network_id", metavar="NETWORK", help=what)


@network.command(
    help=_("Make the network's secret for a new epoch. One coordinator does so, for all senders."),
    epilog=desk.example("exchange network new --epoch 2026"),
)
@click.option("--epoch", required=True, help=_("a name for the time in which tokens compare, such as 2026"))
@network_option()
@desk.dry_run_option()
def new(epoch: str, network_id: str | None, *, dry_run: bool) -> None:
    from exchange.matching.secret import NetworkSecret
    from exchange.registers import keep_network_secret

    office = desk.office()
    name = _our_network(office.workspace, network_id)
    secret = NetworkSecret.new(name, epoch, office.randomness)
    desk.end_dry_run(dry_run)
    with office.workspace.turn("receiving"):
        keep_network_secret(office, secret)
    _answer([secret])
    console.say(_("give it to the other senders: exchange network share PARTY"))


@network.command(
    help=_("Write the secret to other senders: one sealed letter for each PARTY, into the outbox."),
    epilog=desk.example("exchange network share rpk jkm", "exchange deliver --to-folder /media/stick"),
)
@click.argument("parties", metavar="PARTY…", nargs=-1, required=True)
@network_option()
@desk.dry_run_option()
def share(parties: tuple[str, ...], network_id: str | None, *, dry_run: bool) -> None:
    from exchange.bundle.letters import NetworkSecretLetter
    from exchange.posting import post_letter
    from exchange.registers import network_secret

    office = desk.office()
    name = _our_network(office.workspace, network_id)
    secret = network_secret(office, name)
    if secret is None:
        raise _no_secret(name)
    _refuse_recipients(office, name, parties)
    desk.end_dry_run(dry_run)
    body = NetworkSecretLetter(kind="network_secret", network=name, epoch=secret.epoch, secret=secret.secret.hex())
    for party in parties:
        post_letter(office, party, body, name)
    console.answer({"network": name, "epoch": secret.epoch, "to": parties}, parties)
    console.say(_("the letters wait in the outbox: exchange deliver"))


@network.command(
    help=_(
        "From now on take the network's secret of a new epoch from PARTY, instead of the one whose secret is here. A "
        "letter of somebody else waits until this is said. Call the one who gave it until now first: whoever gives us "
        "a secret of its own making can try names and numbers against our match tokens."
    ),
    epilog=desk.example("exchange network accept rpk", "exchange receive --again"),
)
@click.argument("party")
@network_option()
@desk.dry_run_option()
def accept(party: str, network_id: str | None, *, dry_run: bool) -> None:
    from exchange.registers import secret_giver, take_secrets_from

    office = desk.office()
    name = _our_network(office.workspace, network_id)
    _refuse_recipients(office, name, (party,))
    if secret_giver(office, name) is None:
        raise _no_secret(name)
    desk.end_dry_run(dry_run)
    with office.workspace.turn("receiving"):
        take_secrets_from(office, name, party)
    line = _("the next secret of {network} is taken from {party}").format(network=name, party=party)
    console.answer({"network": name, "giver": party}, [line])
    console.say(_("take up what has come: exchange receive --again"))


@network.command(
    help=_(
        "Once the secret of a new epoch is here: encode anew what recipients still hold of ours, under the new secret. "
        "Each gets a letter with the tokens of its rows; nothing else of the rows leaves again."
    ),
    epilog=desk.example("exchange network rotate --dry-run", "exchange network rotate", "exchange deliver"),
)
@network_option()
@desk.dry_run_option()
def rotate(network_id: str | None, *, dry_run: bool) -> None:
    from exchange.rotating import rotate as rotate_all
    from exchange.rotating import to_rotate

    office = desk.office()
    name = _our_network(office.workspace, network_id)
    if dry_run:
        found = to_rotate(office, name)
        head = (_("agreement"), _("recipient"), _("bundles"))
        planned = [(agreement, to, str(count)) for agreement, to, count in found]
        console.answer({"dry_run": True, "to": [each[:2] for each in found]}, console.table(head, planned))
        desk.say_nothing_changed()
        return
    with office.workspace.turn("packing"):
        done, problems = rotate_all(office, name)
    columns = (_("agreement"), _("recipient"), _("bundles"), _("rows"))
    rows = [(each.agreement, each.recipient, str(each.bundles), str(each.rows)) for each in done]
    console.answer([asdict(each) for each in done], console.table(columns, rows))
    for problem in problems:
        console.warn(problem)
    if any(each.told for each in done):
        console.say(_("the letters wait in the outbox: exchange deliver"))
    elif not done and not problems:
        console.say(_("nothing that recipients hold is of another epoch"))


@network.command(
    help=_("Destroy the secret of EPOCH, once nothing that recipients hold of ours was made with it."),
    epilog=desk.example("exchange network retire 2026"),
)
@click.argument("epoch")
@network_option()
@desk.dry_run_option()
def retire(epoch: str, network_id: str | None, *, dry_run: bool) -> None:
    from exchange.rotating import check_retire
    from exchange.rotating import retire as destroy

    office = desk.office()
    name = _our_network(office.workspace, network_id)
    with office.workspace.turn("receiving"):
        check_retire(office, name, epoch)
        desk.end_dry_run(dry_run)
        destroy(office, name, epoch)
    line = _("the secret of {network} of the epoch {epoch} is destroyed here").format(network=name, epoch=epoch)
    console.answer({"network": name, "epoch": epoch}, [line])
    console.say(_("destroy by hand every copy elsewhere: backups, sticks"))


@network.command(
    help=_("Show which secrets are here, by a short digest to compare over the phone; never a secret."),
    epilog=desk.example("exchange network show"),
)
def show() -> None:
    from exchange.registers import secrets_of

    office = desk.office()
    names = sorted(
        {each.agreement.network for each in office.workspace.agreements.all()} | {*office.workspace.logs.networks()}
    )
    _answer([secret for name in names for secret in secrets_of(office, name)])


def _our_network(workspace: Workspace, named: str | None) -> str:
    """The network in which we are a sender. Where we receive we must not hold its secret."""
    agreements = [each.agreement for each in workspace.agreements.all()]
    receiving = {each.network for each in agreements if each.sender.id != workspace.party}
    sending = sorted({each.network for each in agreements if each.sender.id == workspace.party} - receiving)
    if named is None and len(sending) == 1:
        return sending[0]
    if named not in sending:
        what = _("this is no network in which we only send")
        hint = _("networks in which we send: {names}").format(names=", ".join(sending) or "–")
        raise UsageError(Problem("network.not_ours", what, where=named or "", hint=hint))
    return named


def _no_secret(network: str) -> KeyringError:
    hint = _("make it: exchange network new --epoch 2026")
    return KeyringError(Problem("network.no_secret", _("the network's secret is not here"), where=network, hint=hint))


def _refuse_recipients(office: Office, name: str, parties: tuple[str, ...]) -> None:
    """Nobody who gets data or audits; and nobody whose own safety words were not read: a coordinator's word on a card
    is not enough for what opens every token. All of them are named at once."""
    agreements = [each.agreement for each in office.workspace.agreements.all() if each.agreement.network == name]
    recipients = {party.id for each in agreements for party in each.parties if party.role != "sender"}
    auditors = {auditor.id for each in agreements for auditor in each.audit.auditors}
    problems = [
        Problem("network.not_a_sender", _("whoever receives, audits or links must never hold the secret"), where=party)
        for party in parties
        if party in recipients | auditors
    ]
    for party in parties:
        try:
            office.workspace.cards.confirmed(party).recipient(office.now.date())
        except KeyringError as error:
            problems += error.problems
    KeyringError.raise_all(problems)


def _answer(secrets: list[NetworkSecret]) -> None:
    from exchange.crypto.hashing import derive

    shown = [
        {
            "network": each.network,
            "epoch": each.epoch,
            "digest": derive(each.secret, "data-sharing-exchange/network-secret/digest", DIGEST_BYTES).hex(),
        }
        for each in secrets
    ]
    head = (_("network"), _("epoch"), _("digest"))
    console.answer(shown, console.table(head, [tuple(each.values()) for each in shown]))
