"""`exchange agreement export`: an agreement in a vocabulary of others, and what that cannot hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import console, desk
from exchange.cli.agreement_workbook import put
from exchange.cli.amending import read
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement
    from exchange.exports.exported import Exported


@click.command(
    name="export",
    help=_(
        "Give AGREEMENT (a file, or the id of one that we keep) in a vocabulary that others read: its dictionary as a "
        "Frictionless Table Schema, its permissions, prohibitions and duties as an ODRL policy, its purposes and "
        "measures in terms of DPV. The clauses that the vocabulary cannot hold are listed."
    ),
    epilog=desk.example(
        "exchange agreement export DSA-NTT-2026-004 --format odrl --out dsa.odrl.jsonld",
        "exchange agreement export dsa.yaml --format frictionless --tier task-force",
    ),
)
@click.argument("agreement")
@click.option(
    "--format",
    "vocabulary",
    type=click.Choice(["frictionless", "odrl", "dpv"]),
    required=True,
    help=_("the vocabulary: Frictionless Table Schema v2, ODRL 2.2 or DPV 2.3, the last two in JSON-LD"),
)
@click.option("--tier", metavar="TIER", help=_("with frictionless: what the rows of this tier hold, as they leave"))
@click.option("--out", type=desk.a_path(), metavar="FILE", help=_("into a new file; to stdout where none is named"))
@desk.dry_run_option()
def export(agreement: str, vocabulary: str, tier: str | None, out: Path | None, *, dry_run: bool) -> None:
    if tier is not None and vocabulary != "frictionless":
        hint = _("leave --tier away: the whole agreement is exported")
        raise UsageError(Problem("usage.tier_not_here", _("a tier goes with --format frictionless only"), hint=hint))
    found = read(agreement)
    made = _exported(found, vocabulary, tier)
    text = json.dumps(made.document, ensure_ascii=False, indent=2)
    desk.end_dry_run(dry_run)
    if out is not None:
        put(out, f"{text}\n".encode())
    where = {"document": made.document} if out is None else {"file": out.name}
    answer = {"digest": found.digest, **where, "lost": list(made.lost)}
    console.answer(answer, [text] if out is None else [str(out)])
    console.say(_("clauses that are not in it:"))
    for clause in made.lost:
        console.say(f"  {clause}")


def _exported(found: Agreement, vocabulary: str, tier: str | None) -> Exported:
    from exchange.exports.dpv import as_dpv
    from exchange.exports.frictionless import table_schema, tier_schema
    from exchange.exports.odrl import as_odrl

    if vocabulary == "frictionless":
        return table_schema(found) if tier is None else tier_schema(found, tier)
    return as_odrl(found) if vocabulary == "odrl" else as_dpv(found)
