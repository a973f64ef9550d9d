"""`exchange breach scope` and `draft`: whose data were exposed and who got them, by our log; what is written then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.cli.texts import moment
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement
    from exchange.duties.breach_cases import Cases
    from exchange.duties.breach_scope import Exposed, Reached, Scope
    from exchange.office import Office
    from exchange.reports.breach_notice import Notice


def exposed_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What was exposed, as far as somebody knows it."""
    for option in (
        click.option("--until", metavar="TIME", help=_("and until when")),
        click.option("--since", metavar="TIME", help=_("what lay with whom it had gone to since then")),
        click.option("--period", "-p", metavar="PERIOD", help=_("data of this period")),
        click.option("--key", metavar="KEY", help=_("what this key opens: a person's, or one for encryption")),
        click.option(
            "--person", "of_person", metavar="ID", help=_("what was seen under the name of this person of ours")
        ),
        click.option("--party", metavar="PARTY", help=_("what went to this party, or came from it")),
        click.option("--bundle", "bundles", multiple=True, metavar="ID", help=_("this bundle (may be repeated)")),
    ):
        command = option(command)
    return command


@click.command(
    help=_(
        "Say from our log what was exposed under the agreement ID: which bundles, with how many rows, who sent and who "
        "got them. Give all that is known; nothing given means everything that ever went under it. With --cases, at "
        "the sender and for a person who may look up: whose cases they are, by their numbers."
    ),
    epilog=desk.example(
        "exchange breach scope DSA-NTT-2026-004 --party gt-ntt --since 2026-10-01T00:00",
        "exchange breach scope DSA-NTT-2026-004 --bundle 4f1d2c --cases --as director.1",
    ),
)
@click.argument("agreement_id", metavar="ID")
@exposed_options
@click.option("--cases", is_flag=True, help=_("also whose cases they are"))
@desk.as_option()
@desk.dry_run_option()
def scope(agreement_id: str, *, cases: bool, person_id: str | None, dry_run: bool, **said: Any) -> None:
    office = desk.office_to_look()
    agreement, found = _scope(office, agreement_id, **said)
    desk.end_dry_run(dry_run)
    named = _cases(office, agreement, found, person_id) if cases else ()
    document = _document(found)
    if cases:
        document["cases"] = [
            {"bundle": each.bundle, "to": each.recipient, "cases": each.cases, "missing": each.missing}
            for each in named
        ]
    console.answer(document, [*_lines(found), *_case_lines(named)])
    _say_what_is_unknown(found)


@click.command(
    help=_(
        "Draft into FOLDER, in both languages, what is written when data were exposed: the notices to the other "
        "parties and to the authority, at the sender what survivors are told, and the text of which data were exposed "
        "for the letters. The figures are those of scope, the hours those of the agreement; what only people know is "
        "left open. No draft names anybody."
    ),
    epilog=desk.example(
        "exchange breach draft DSA-NTT-2026-004 --noticed 2026-10-05T09:00 --party gt-ntt --out drafts",
        "exchange breach draft DSA-NTT-2026-004 --noticed 2026-10-05T09:00 --bundle 4f1d2c --out drafts",
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--noticed", required=True, metavar="TIME", help=_("when it was noticed: the clocks run from then"))
@click.option("--out", type=desk.a_path(), required=True, metavar="FOLDER", help=_("a folder, made if it is not there"))
@exposed_options
@desk.dry_run_option()
def draft(agreement_id: str, *, noticed: str, out: Path, dry_run: bool, **said: Any) -> None:
    from exchange.duties.correspondence import not_later
    from exchange.keyring.private_files import write_private
    from exchange.reports.breach_notice import drafts

    office = desk.office_to_look()
    agreement, found = _scope(office, agreement_id, **said)
    at = not_later(office, moment(noticed, agreement))
    if not found.bundles:
        hint = _("say less of what was exposed: exchange breach scope ID")
        raise UsageError(Problem("breach.nothing_exposed", _("the log tells of no such bundle"), agreement.id, hint))
    made = drafts(_notice(office.party, agreement, found, at, _as_typed(**said)))
    for name in made:
        desk.refuse_to_replace(out / name)
    desk.end_dry_run(dry_run)
    out.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name, text in made.items():
        write_private(out / name, text.encode("utf-8"))
    console.answer(
        {**_document(found), "files": [str(out / name) for name in made]}, [str(out / name) for name in made]
    )
    _say_what_is_unknown(found)


# --- what was exposed ---


def _scope(
    office: Office,
    agreement_id: str,
    *,
    bundles: tuple[str, ...],
    party: str | None,
    of_person: str | None,
    key: str | None,
    period: str | None,
    since: str | None,
    until: str | None,
) -> tuple[Agreement, Scope]:
    from exchange.agreements.period import Period
    from exchange.duties.breach_scope import Exposed, scope
    from exchange.duties.clock import about_or_all

    agreement = office.workspace.agreements.newest(agreement_id).agreement
    if party is not None and party not in {each.id for each in agreement.parties}:
        raise UsageError(Problem("breach.no_such_party", _("this is no party of the agreement"), where=agreement.id))
    exposed = Exposed(
        bundles=bundles,
        party=party,
        person=of_person,
        period=None if period is None else str(Period.read(period)),
        since=None if since is None else moment(since, agreement),
        until=None if until is None else moment(until, agreement),
    )
    if key is not None:
        exposed = _by_key(office, key, exposed)
    entries = (each for each in office.every_entry(agreement.network) if about_or_all(agreement, each))
    return agreement, scope(entries, office.party, exposed)


def _by_key(office: Office, key: str, exposed: Exposed) -> Exposed:
    from exchange.duties.breach_scope import exposed_by_key

    cards = [office.workspace.own.card().card, *(known.card for known in office.workspace.cards.all())]
    return exposed_by_key(cards, office.party, key, exposed)


def _cases(office: Office, agreement: Agreement, found: Scope, person_id: str | None) -> tuple[Cases, ...]:
    """The log has it before anything is shown, and has an attempt that failed."""
    from exchange.duties.breach_cases import cases_of
    from exchange.leading_back import attempt, note

    with attempt(office, "pseudonym.listed", agreement.id, "") as tried:
        if office.party != agreement.sender.id:
            what = _("only the sender can say whose cases they are")
            raise UsageError(Problem("breach.not_the_sender", what, where=agreement.id))
        tried.is_of(desk.acting(office.workspace, "look_up", person_id, office.now.date()))
        named = cases_of(office, found.bundles)
    for recipient in sorted({each.recipient for each in named}):
        note(office, "pseudonym.listed", agreement.id, recipient, tried.person)
    return named


def _as_typed(
    bundles: tuple[str, ...], party: str | None, of_person: str | None, key: str | None, **times: str | None
) -> tuple[str, ...]:
    """What was said of what was exposed, as it is said again to the next command."""
    told = {"party": party, "person": of_person, "key": key, **times}
    options = [("bundle", each) for each in bundles] + [(name, each) for name, each in told.items() if each is not None]
    return tuple(word for name, each in options for word in (f"--{name}", each))


def _notice(us: str, agreement: Agreement, found: Scope, noticed: dt.datetime, typed: tuple[str, ...]) -> Notice:
    from exchange.reports.breach_notice import Line, Notice

    def line(each: Reached) -> Line:
        fields = each.fields or agreement.tier_of(each.recipient).row_fields
        return Line(
            bundle=each.bundle,
            sender=each.sender,
            recipient=each.recipient,
            period=each.period,
            rows=each.rows,
            fields=fields,
            arrived=each.arrived,
            destroyed=each.destroyed,
        )

    return Notice(agreement, us, noticed, tuple(line(each) for each in found.bundles), found.forgotten, typed)


def _document(found: Scope) -> dict[str, Any]:
    return {
        "bundles": [
            {
                "bundle": each.bundle,
                "ciphertext": each.ciphertext,
                "agreement": each.agreement.model_dump(mode="json") if each.agreement else None,
                "from": each.sender,
                "to": each.recipient,
                "period": each.period,
                "rows": each.rows,
                "fields": each.fields,
                "arrived": each.arrived.isoformat() if each.arrived else None,
                "destroyed": each.destroyed.isoformat() if each.destroyed else None,
            }
            for each in found.bundles
        ],
        "rows": found.rows,
        "uncounted": found.uncounted,
        "parties": found.parties,
        "acts": dict(found.acts),
        "forgotten": found.forgotten,
    }


def _lines(found: Scope) -> Iterator[str]:
    from exchange.audit.wording import happened

    head = (_("bundle"), _("from"), _("to"), _("period"), _("rows"), _("there since"), _("destroyed"))
    rows = [
        (
            each.bundle[:12],
            each.sender,
            each.recipient,
            each.period or "–",
            "?" if each.rows is None else str(each.rows),
            "–" if each.arrived is None else f"{each.arrived:%Y-%m-%d}",
            "–" if each.destroyed is None else f"{each.destroyed:%Y-%m-%d}",
        )
        for each in found.bundles
    ]
    yield from console.table(head, rows)
    yield _("at most {count} rows in all").format(count=found.rows)
    for kind, count in found.acts:
        yield f"{kind}: {happened(kind)}: {count}"


def _case_lines(named: tuple[Cases, ...]) -> Iterator[str]:
    for each in named:
        yield f"{each.bundle[:12]} {each.recipient}: {' '.join(each.cases)}"
        if each.missing:
            line = _("the registers do not tell whose {count} further rows are: look into the workbook of {period}")
            yield line.format(count=each.missing, period=each.period)


def _say_what_is_unknown(found: Scope) -> None:
    if found.uncounted:
        what = _("bundles of which the log does not say how many rows they have: {count}")
        console.say(what.format(count=found.uncounted))
    if found.forgotten:
        what = _("entries of the log that tell nothing any more, so that more may have been exposed: {count}")
        console.warn(Problem("breach.log_forgets", what.format(count=found.forgotten)))
