"""`exchange card directory …`: the cards of a network, signed by its coordinator, taken in one piece."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.groups import Group
from exchange.errors import KeyringError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.keyring.card import SignedCard
    from exchange.keyring.vouching import Taken, Vouching
    from exchange.workspace.workspace import Workspace

DAYS = 90
WARNING = dt.timedelta(days=14)


@click.group(
    cls=Group,
    help=_(
        "A directory holds the cards of a network, signed by its coordinator, so that not every two organisations must "
        "telephone. The coordinator of the cards says whose card is whose; who makes the network's secret (exchange "
        "network) may be the same organisation or another, and trusting one says nothing of the other."
    ),
    epilog=desk.example(
        "exchange card directory trust gt-ntt --network ntt", "exchange card directory take ntt.directory.json"
    ),
)
def directory() -> None:
    pass


def _network_option() -> desk.Options:
    return click.option("--network", required=True, metavar="NETWORK", help=_("the network, as agreements name it"))


@directory.command(
    help=_(
        "As the coordinator: write the next directory of NETWORK into FILE, with our card and those whose safety words "
        "we have read, and sign it with our root key. Whoever takes it believes each card in it, so check whom you "
        "know. Make the next one before its days are over, and whenever a party comes, goes or loses its keys."
    ),
    epilog=desk.example("exchange card directory new --network ntt --out ntt.directory.json --days 90"),
)
@_network_option()
@click.option("--out", type=desk.a_path(), required=True, metavar="FILE", help=_("where the directory goes"))
@click.option(
    "--days",
    type=click.IntRange(1, 366),
    default=DAYS,
    show_default=True,
    help=_("for how many days it counts; whoever keeps newer ones from others gains no more than that"),
)
@desk.dry_run_option()
def new(network: str, out: Path, days: int, *, dry_run: bool) -> None:
    from exchange.keyring.directory import issue_directory

    workspace, today = desk.here(), desk.now().date()
    desk.refuse_to_replace(out)
    identity = desk.unlock_to_certify(workspace, desk.passphrase())
    with workspace.turn("vouching"):
        before = workspace.own.directory(network)
        version = before.directory.version + 1 if before else 1
        signed = issue_directory(identity, network, _our_cards(workspace), version=version, on=today, days=days)
        desk.end_dry_run(dry_run)
        workspace.own.save_directory(signed)  # before anybody can have it: no number is given twice
    out.write_bytes(signed.to_bytes())
    parties = [each.party for each in signed.cards]
    expires = signed.directory.expires
    document = {"network": network, "version": version, "expires": expires.isoformat(), "parties": parties}
    console.answer(document, [str(out)])
    console.say(_("it vouches until {day} for: {parties}").format(day=expires, parties=", ".join(parties)))


@directory.command(
    help=_(
        "Say, once, that COORDINATOR vouches for the cards of NETWORK. Its own safety words must have been read. It "
        "could then introduce a false party to us, but never replace a key that we know, nor read anything."
    ),
    epilog=desk.example("exchange card directory trust gt-ntt --network ntt"),
)
@click.argument("coordinator")
@_network_option()
@desk.dry_run_option()
def trust(coordinator: str, network: str, *, dry_run: bool) -> None:
    from exchange.keyring.taking import trust_coordinator

    workspace, today = desk.here(), desk.now().date()
    with workspace.turn("vouching"):
        vouching = trust_coordinator(workspace.cards, coordinator, network, today)
        desk.end_dry_run(dry_run)
        workspace.cards.keep_vouching(vouching)
    line = _("{party} vouches for the cards of {network}").format(party=coordinator, network=network)
    console.answer(vouching.model_dump(mode="json"), [line])
    console.say(_("ask it for its directory, then: exchange card directory take FILE"))


@directory.command(
    help=_(
        "Take that trust back: nothing is sent any more to those of NETWORK whose own safety words we have not read. "
        "If the coordinator's keys are lost, revoke its card instead."
    ),
    epilog=desk.example("exchange card directory distrust --network ntt"),
)
@_network_option()
@desk.dry_run_option()
def distrust(network: str, *, dry_run: bool) -> None:
    from exchange.keyring.taking import distrust_coordinator

    workspace, today = desk.here(), desk.now().date()
    with workspace.turn("vouching"):
        vouching = distrust_coordinator(workspace.cards, network, today)
        desk.end_dry_run(dry_run)
        workspace.cards.keep_vouching(vouching)
    console.answer(vouching.model_dump(mode="json"), [_("nobody vouches for the cards of {name}").format(name=network)])


@directory.command(
    help=_(
        "Take the directory in FILE: each card in it is trusted until it expires, and those that it leaves out are not "
        "any more. An older directory, or another of the same number, is refused; a card that contradicts one that we "
        "know is left out, and said."
    ),
    epilog=desk.example("exchange card directory take ntt.directory.json"),
)
@click.argument("file", type=desk.a_path())
@desk.dry_run_option()
def take(file: Path, *, dry_run: bool) -> None:
    from exchange.keyring.directory import MAX_DIRECTORY, read_directory
    from exchange.keyring.taking import keep, weigh

    workspace, moment = desk.here(), desk.now()
    with file.open("rb") as source:
        signed = read_directory(source.read(MAX_DIRECTORY + 1))
    with workspace.turn("vouching"):
        weighed = weigh(workspace.cards, signed, workspace.own.card().card, moment.date())
        if dry_run:
            for problem in weighed.problems:
                console.warn(problem)
        desk.end_dry_run(dry_run)
        _note(workspace, weighed.vouching.taken, moment)  # first: nobody is trusted of whom the log does not know
        keep(workspace.cards, weighed, moment.date())
    document = {
        "network": signed.directory.network,
        "version": signed.directory.version,
        "expires": signed.directory.expires.isoformat(),
        "vouched": weighed.parties,
        "new": [each.party for each in weighed.fresh],
        "dropped": weighed.dropped,
    }
    if weighed.dropped:
        console.say(_("no longer vouched for: {parties}").format(parties=", ".join(weighed.dropped)))
    console.answer_partly(document, weighed.parties, KeyringError, weighed.problems)


@directory.command(
    help=_("Show who vouches for which network, until when and for whom; and the directories that we have signed."),
    epilog=desk.example("exchange card directory show"),
)
def show() -> None:
    workspace = desk.here()
    taken = list(workspace.cards.vouchings())
    ours = list(workspace.own.directories())
    document = {
        "trusted": [each.model_dump(mode="json") for each in taken],
        "signed": [each.directory.model_dump(mode="json", exclude={"cards"}) for each in ours],
    }
    rows = [_row(each) for each in taken if not each.ended_on]
    for each in ours:
        said = each.directory
        parties = " ".join(card.party for card in each.cards)
        rows.append((said.network, said.coordinator, str(said.version), said.expires.isoformat(), parties))
    head = (_("network"), _("coordinator"), _("number"), _("expires"), _("parties"))
    console.answer(document, console.table(head, rows))


def directories_run_out(workspace: Workspace, today: dt.date) -> Iterator[Problem]:
    """Directories that count no longer, or not for much longer: those that we took, and those that we have signed."""
    for each in workspace.cards.vouchings():
        if each.taken and not each.ended_on and each.taken.expires < today + WARNING:
            hint = _("ask {party} for a newer one, then: exchange card directory take FILE")
            yield _runs_out(each.network, each.taken.expires, hint.format(party=each.coordinator))
    for ours in workspace.own.directories():
        said = ours.directory
        if said.expires < today + WARNING:
            hint = _("make the next one: exchange card directory new --network {network}").format(network=said.network)
            yield _runs_out(said.network, said.expires, hint)


def _runs_out(network: str, expires: dt.date, hint: str) -> Problem:
    what = _("the directory of cards of {network} expires on {day}").format(network=network, day=expires)
    return Problem("directory.runs_out", what, where=network, hint=hint)


def _row(vouching: Vouching) -> tuple[str, ...]:
    if vouching.taken is None:
        return vouching.network, vouching.coordinator, "–", "–", "–"
    parties = " ".join(each.party for each in vouching.taken.vouched)
    taken = vouching.taken
    return vouching.network, vouching.coordinator, str(taken.version), taken.expires.isoformat(), parties


def _our_cards(workspace: Workspace) -> list[SignedCard]:
    """Ours, and those whose own words were read: whoever is only vouched for cannot be vouched for again."""
    confirmed = (known for known in workspace.cards.all() if known.confirmed)
    return [workspace.own.card(), *(known.signed for known in confirmed)]


def _note(workspace: Workspace, taken: Taken | None, moment: dt.datetime) -> None:
    from exchange.noting import Trusted, note_trusted

    confirmed = {known.card.party for known in workspace.cards.all() if known.confirmed}
    vouched = [each for each in taken.vouched if each.party not in confirmed] if taken else []
    trusted = [Trusted(each.party, each.root, moment.date(), taken.expires if taken else None) for each in vouched]
    note_trusted(workspace, trusted, moment)
