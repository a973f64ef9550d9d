"""`exchange agreement onward`: let a recipient pass data on under an agreement of its own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.errors import AgreementError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement
    from exchange.agreements.onward_approval import Attested


@click.command(
    help=_(
        "Approve that what a recipient got under the agreement ID is passed on under the agreement in the file --to, "
        "signed with our root key, into FILE. What people agreed to is said here for all of them: the recipient does "
        "not know it, and without it nobody's row leaves there."
    ),
    epilog=desk.example(
        "exchange agreement onward DSA-NTT-2026-004 --to hub.yaml --field prs_Gender --field prs_Birthdate "
        "--until 2027-08-31 --scope share_io --form F4 --given-on 2026-09-01 --evidence 'our files' approval.json"
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.argument("file", type=desk.a_path())
@click.option(
    "--to",
    type=desk.a_path(),
    required=True,
    metavar="AGREEMENT",
    help=_("the agreement under which they would be passed on"),
)
@click.option("--field", "fields", multiple=True, required=True, help=_("a field that may be passed on; repeat it"))
@click.option("--until", type=desk.a_day(), required=True, help=_("the last day on which it may be passed on"))
@click.option("--scope", multiple=True, help=_("with whom all of these people agreed to share; repeat it"))
@click.option("--form", help=_("the version of the consent form that covers it"))
@click.option("--given-on", type=desk.a_day(), help=_("the earliest day on which any of them agreed"))
@click.option("--evidence", help=_("where the proof is kept"))
@click.option("--adult", help=_("who also agreed for each child"))
@desk.dry_run_option()
def onward(
    *,
    agreement_id: str,
    file: Path,
    to: Path,
    fields: tuple[str, ...],
    until: dt.datetime,
    scope: tuple[str, ...],
    form: str | None,
    given_on: dt.datetime | None,
    evidence: str | None,
    adult: str | None,
    dry_run: bool,
) -> None:
    from exchange.agreements.agreement import Reference
    from exchange.agreements.onward_approval import OnwardStatement, approve_onward

    office = desk.office()
    under, other = office.workspace.agreements.newest(agreement_id).agreement, _read(to)
    statement = OnwardStatement(
        under=Reference.to(under),
        to=Reference.to(other),
        party=office.party,
        fields=fields,
        until=until.date(),
        signed_on=office.today(under),
        consent=_attested(scope, form, given_on, evidence, adult),
    )
    made = approve_onward(statement, under, desk.with_root_at_hand(office.identity).root)
    desk.end_dry_run(dry_run)
    file.write_bytes(made.to_json())
    console.answer({"file": str(file), "to": str(statement.to), "fields": list(fields)}, [str(file)])


def _read(file: Path) -> Agreement:
    from exchange.agreements.reading import read_agreement
    from exchange.agreements.text_file import load_text

    return read_agreement(load_text(file, AgreementError), file.name)


def _attested(
    scope: tuple[str, ...], form: str | None, given_on: dt.datetime | None, evidence: str | None, adult: str | None
) -> Attested | None:
    from exchange.agreements.onward_approval import Attested

    if not scope and not (form or given_on or evidence or adult):
        return None
    if not (scope and form and given_on and evidence):
        what = _("what people agreed to is said whole: --scope, --form, --given-on and --evidence")
        raise UsageError(Problem("usage.consent", what))
    return Attested(scope=scope, form=form, given_on=given_on.date(), evidence=evidence, adult=adult)
