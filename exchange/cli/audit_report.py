"""`exchange audit report`: one page about the packs of an audit, findings first, in both languages."""

from __future__ import annotations

from pathlib import Path

import click

from exchange.cli import console, desk
from exchange.cli.audit_kept import kept_option
from exchange.cli.audit_keys import key_option
from exchange.cli.audit_logs import examined_option
from exchange.cli.audit_reading import read
from exchange.cli.audit_stamp import tsa_option
from exchange.errors import AuditError
from exchange.locale import _, ngettext


@click.command(
    help=_(
        "Verify evidence packs, ask every question that can be asked of them, and write one page: findings first, each "
        "with the command that shows it again. PACK is a pack or a folder of packs. The status is 13 where anything is "
        "wrong."
    ),
    epilog=desk.example("exchange audit report packs --out audit.html"),
)
@click.argument("packs", metavar="PACK…", nargs=-1, required=True, type=desk.a_path())
@click.option(
    "--out",
    required=True,
    metavar="FILE",
    type=desk.a_path(),
    help=_("the page, which takes the place of an older one"),
)
@key_option()
@kept_option()
@tsa_option()
@examined_option()
def report(
    packs: tuple[Path, ...],
    out: Path,
    keys: tuple[str, ...],
    kept: tuple[Path, ...],
    roots: tuple[Path, ...],
    agreements: tuple[str, ...],
) -> None:
    from exchange.asking.examining import examine
    from exchange.keyring.private_files import write_private
    from exchange.reports.audit_page import Audit, audit_page

    verdict, shown = read(packs, keys, kept, roots, agreements)
    named, before, believed = (tuple(map(str, each)) for each in (packs, kept, roots))
    audit = Audit(named, keys, verdict, examine(shown), desk.now(), before, believed, agreements)
    write_private(out, audit_page(audit).encode("utf-8"))
    wrong = sum(each.weight == "wrong" for each, _command in audit.found)
    console.answer({"page": str(out), "wrong": wrong, "look": len(audit.found) - wrong}, [str(out)])
    if wrong:
        said = ngettext("{count} thing is wrong", "{count} things are wrong", wrong)
        console.say(said.format(count=wrong))
        raise click.exceptions.Exit(AuditError.exit_status)
