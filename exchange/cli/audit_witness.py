"""`exchange audit show|cosign|take|accept`: the auditor as a witness, by file; and beginning anew with a log."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.agreement_workbook import put, refuse_to_replace
from exchange.cli.audit_files import HEAD, SHOWING, content
from exchange.cli.audit_logs import agreements_option, log_of, network_option
from exchange.errors import AuditError, ExchangeError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.workspace.workspace import Workspace


@click.command(
    help=_(
        "Write into FILE how our log stands now, for the auditor to cosign: one who is no party of the data sees the "
        "same history as everybody else, once a month. It holds sizes and hashes, nothing else. Afterwards nobody can "
        "change unseen what it covers."
    ),
    epilog=desk.example("exchange audit show yks.showing", "exchange audit show yks.showing --for independent-auditor"),
)
@click.argument("target", metavar="FILE", type=desk.a_path())
@click.option("--for", "reader", metavar="PARTY", help=_("who is to cosign it: an auditor or a party"))
@agreements_option()
@network_option()
@desk.dry_run_option()
def show(
    target: Path, reader: str | None, agreements: tuple[str, ...], network_id: str | None, *, dry_run: bool
) -> None:
    from exchange.duties.inspection import may_read
    from exchange.witnessing.by_file import head_shown

    office = desk.office()
    network = log_of(office.workspace, network_id)
    auditor = may_read(office, network, reader, agreements)
    office.workspace.cards.get(auditor.party, office.now.date())
    refuse_to_replace(target)
    would = _("would write into {file} how our log of {network} stands now, for {party} to cosign")
    desk.end_dry_run(dry_run, would.format(file=target.name, network=network, party=auditor.name))
    data = office.showing(network, auditor.party, at_once=True)
    put(target, data)
    console.answer({"file": target.name, "for": auditor.party, "size": head_shown(data).size}, [str(target)])
    console.say(_("give it to {party}, and take what comes back: exchange audit take").format(party=auditor.name))


@click.command(
    help=_(
        "As an auditor: verify that each log shown in FILE continues what we have seen of it, remember it, and cosign "
        "it into a file in DIR for its party to take. What contradicts is kept as evidence and not cosigned. Do it "
        "every month: what was cosigned cannot be changed unseen any more. The status is 13 where a log was not "
        "cosigned."
    ),
    epilog=desk.example("exchange audit cosign yks.showing gt-ntt.showing --out cosigned"),
)
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=desk.a_path())
@click.option("--out", required=True, metavar="DIR", type=desk.a_path(), help=_("where the cosigned checkpoints go"))
@desk.dry_run_option()
def cosign(files: tuple[Path, ...], out: Path, *, dry_run: bool) -> None:
    from exchange.witnessing.by_file import cosign_shown, head_shown

    office = desk.office()
    contents = {file: content(file, SHOWING) for file in files}
    if dry_run:
        would = _("would cosign {size} entries of {log}, if they continue what was seen of it")
        heads = [head_shown(each) for each in contents.values()]
        desk.end_dry_run(dry_run, *(would.format(size=each.size, log=each.origin) for each in heads))
    made: list[dict[str, Any]] = []
    problems: list[Problem] = []
    for file, shown in contents.items():
        try:
            cosigned = cosign_shown(office, shown)
        except ExchangeError as error:
            problems += (Problem(each.code, each.what, each.where or file.name, each.hint) for each in error.problems)
            continue
        target = out / f"{cosigned.party}.{cosigned.network}.{cosigned.size}.cosigned"
        _write(target, cosigned.note)
        made.append({"party": cosigned.party, "network": cosigned.network, "size": cosigned.size, "file": target.name})
    lines = [_("{party}: {size} entries cosigned, in {file}").format(**each) for each in made]
    console.answer_partly({"cosigned": made}, lines, AuditError, problems)


@click.command(
    help=_("Take what the auditor has cosigned of our log. From then on our bundles and letters show it to others."),
    epilog=desk.example("exchange audit take cosigned/yks.ntt.640.cosigned"),
)
@click.argument("file", type=desk.a_path())
@desk.dry_run_option()
def take(file: Path, *, dry_run: bool) -> None:
    from exchange.witnessing.by_file import cosigned_of_ours, take_cosigned

    note = content(file, HEAD)
    workspace, now = desk.here(), desk.now()
    found = cosigned_of_ours(workspace, note, now)
    names = {"size": found.size, "parties": ", ".join(found.by)}
    desk.end_dry_run(dry_run, _("would keep that {size} entries of our log are cosigned by {parties}").format(**names))
    take_cosigned(workspace, note, now)
    said = _("{size} entries of our log are cosigned by {parties}")
    console.answer({"size": found.size, "by": list(found.by)}, [said.format(**names)])


@click.command(
    help=_(
        "After a call: begin anew with the log of PARTY, whose workspace was restored from an older copy, or whose "
        "view of our log is explained. What was seen before is kept for the auditor, and our log says that it was "
        "accepted."
    ),
    epilog=desk.example("exchange audit accept gt-ntt"),
)
@click.argument("party", metavar="PARTY")
@network_option(_("where we watch logs of more than one network"))
@desk.dry_run_option()
def accept(party: str, network_id: str | None, *, dry_run: bool) -> None:
    from exchange.witnessing.contradictions import begin_anew

    office = desk.office()
    network = _seen_in(office.workspace, network_id)
    would = _("would begin anew with the log of {party} in {network}")
    desk.end_dry_run(dry_run, would.format(party=party, network=network))
    count = begin_anew(office, network, party)
    console.answer({"party": party, "network": network, "settled": count}, [party])
    console.say(_("its next checkpoint is taken as it comes"))


def _seen_in(workspace: Workspace, named: str | None) -> str:
    """The network in whose logs something was seen; an auditor keeps no log of her own."""
    seen = workspace.witnesses.networks()
    if named in seen:
        return named
    if named is None and len(seen) == 1:
        return seen[0]
    what, hint = _("it is not clear which network is meant"), _("no log of another was seen here yet")
    if seen:
        hint = _("logs were seen of: {names}; choose one with --network").format(names=", ".join(seen))
    raise UsageError(Problem("usage.network", what, where=named or "", hint=hint))


def _write(target: Path, content: bytes) -> None:
    """The same file again where the same head was cosigned before."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError:
        raise UsageError(Problem("usage.not_written", _("the file cannot be written here"), target.name)) from None
