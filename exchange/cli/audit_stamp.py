"""`exchange audit stamp request|accept`: timestamps of our log by file; and by which authorities stamps are judged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.agreement_workbook import put, refuse_to_replace
from exchange.cli.audit_logs import log_of, network_option
from exchange.cli.groups import Group
from exchange.errors import AuditError, CryptoError, Problem
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.audit.dates import Seen
    from exchange.crypto.timestamp import Authorities

_MOST = 256 * 1024  # bytes of a file that we read here


@click.group(
    cls=Group,
    help=_(
        "Have an authority say when our log stood as it stands (RFC 3161). It learns a hash and nothing else. Nothing "
        "connects to it from here: you send the file to it, and bring back what it answers. Needs the extra "
        "requirements-timestamps.lock."
    ),
    epilog=desk.example(
        "exchange audit stamp request yks.tsq",
        "curl -H 'Content-Type: application/timestamp-query' --data-binary @yks.tsq -o yks.tsr https://AUTHORITY",
        "exchange audit stamp accept yks.tsr --tsa root.pem",
    ),
)
def stamp() -> None:
    pass


def tsa_option(*, required: bool = False) -> desk.Options:
    what = _("the root certificate, in PEM, of a timestamp authority that you believe (may be repeated)")
    return click.option(
        "--tsa", "roots", multiple=True, required=required, metavar="FILE", type=desk.a_path(), help=what
    )


@stamp.command(
    help=_("Write into FILE what asks a timestamp authority to stamp our log as it stands."),
    epilog=desk.example("exchange audit stamp request yks.tsq"),
)
@click.argument("target", metavar="FILE", type=desk.a_path())
@network_option()
@desk.dry_run_option()
def request(target: Path, network_id: str | None, *, dry_run: bool) -> None:
    from exchange.audit.timestamps import request_stamp

    office = desk.office()
    network = log_of(office.workspace, network_id)
    refuse_to_replace(target)
    would = _("would write into {file} what asks an authority to stamp our log of {network} as it stands")
    desk.end_dry_run(dry_run, would.format(file=target.name, network=network))
    with office.workspace.logs.open(network) as log:
        size, asked = request_stamp(log, office.identity.log, office.now)
    put(target, asked.data)
    console.answer({"file": target.name, "size": size}, [str(target)])
    console.say(_("send it to an authority, and take what it answers: exchange audit stamp accept"))


@stamp.command(
    help=_(
        "Take what a timestamp authority answered about our log: whether it is what we asked, whether the authority is "
        "one of --tsa, and whether its time can be right. From then on our evidence packs have it."
    ),
    epilog=desk.example("exchange audit stamp accept yks.tsr --tsa root.pem"),
)
@click.argument("file", type=desk.a_path())
@tsa_option(required=True)
@network_option()
@desk.dry_run_option()
def accept(file: Path, roots: tuple[Path, ...], network_id: str | None, *, dry_run: bool) -> None:
    from exchange.audit.timestamps import accept_stamp, answered

    workspace = desk.here()
    network, key = log_of(workspace, network_id), workspace.own.card().card.log_verify_key
    answer, believed = _content(file), authorities(roots)
    with workspace.logs.open(network) as log:
        stamped = answered(log, key, answer, believed, desk.now())
        desk.end_dry_run(dry_run, stamped_line(stamped))
        accept_stamp(log, key, answer, believed, desk.now())
    document = {"size": stamped.size, "time": stamped.at, "authority": stamped.by}
    console.answer(document, [stamped_line(stamped)])


def authorities(roots: Iterable[Path]) -> Authorities:
    """Whom the files of --tsa name. CryptoError (timestamp.root) for each that holds no root certificate; AuditError
    (audit.file_missing); UsageError (timestamp.not_installed)."""
    from exchange.crypto.timestamp import Authorities

    found, problems = Authorities(), list[Problem]()
    for file in roots:
        try:
            found |= Authorities.of(_content(file))
        except CryptoError as error:
            problems += (replace(each, where=file.name) for each in error.problems)
    CryptoError.raise_all(problems)
    return found


def stamped_line(stamped: Seen) -> str:
    """What a timestamp says."""
    said = _("the first {size} entries existed on {time}, says {authority}")
    return console.in_one_line(said.format(size=stamped.size, time=stamped.at, authority=stamped.by))


def _content(file: Path) -> bytes:
    """AuditError (audit.file_missing). Of a file that is too long only the beginning, which nobody can read either."""
    try:
        with file.open("rb") as source:
            return source.read(_MOST)
    except OSError:
        what, hint = _("there is no such file, or it cannot be read"), _("look at its name and place")
        raise AuditError(Problem("audit.file_missing", what, file.name, hint)) from None
