"""`exchange agreement …`: read, check, keep, sign and show data-sharing agreements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from exchange.cli import agreement_pages as pages
from exchange.cli import console, desk
from exchange.cli.agreement_export import export
from exchange.cli.agreement_new import new
from exchange.cli.agreement_workbook import from_xlsx, to_xlsx
from exchange.cli.amending import diff
from exchange.cli.explain import explain
from exchange.cli.groups import Group
from exchange.cli.onward import onward
from exchange.cli.reviewing import reviewed
from exchange.cli.signatures import signatures
from exchange.cli.stopping import resume, suspend, terminate
from exchange.errors import AgreementError, ExtractError, Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.agreements.agreement import Agreement
    from exchange.agreements.signatures import Signature
    from exchange.office import Office
    from exchange.workspace.agreements import SignedAgreement
    from exchange.workspace.workspace import Workspace


@click.group(
    cls=Group,
    help=_("Data-sharing agreements: a YAML file, and the signatures of every party over exactly its meaning."),
    epilog=desk.example("exchange agreement check dsa.yaml", "exchange agreement sign DSA-NTT-2026-004"),
)
def agreement() -> None:
    pass


for command in (
    new,
    explain,
    diff,
    to_xlsx,
    from_xlsx,
    export,
    signatures,
    onward,
    suspend,
    resume,
    terminate,
    reviewed,
):
    agreement.add_command(command)


@agreement.command(
    help=_("Check the agreement in FILE: every mistake and contradiction at once, each with its line."),
    epilog=desk.example("exchange agreement check dsa.yaml"),
)
@click.argument("file", type=desk.a_path())
def check(file: Path) -> None:
    read = _checked(file)
    document = {"id": read.id, "version": read.version, "digest": read.digest, "network": read.network}
    console.answer(document, [f"{read.id} {read.version} {read.digest}"])
    console.say(_("no contradiction was found"))


@agreement.command(
    help=_("Keep the agreement in FILE, and for a sender the mapping of its workbooks beside it. Signs nothing."),
    epilog=desk.example("exchange agreement add dsa.yaml --mapping mapping.yaml"),
)
@click.argument("file", type=desk.a_path())
@click.option("--mapping", type=desk.a_path(), help=_("how the columns of our workbooks become the agreement's fields"))
@desk.dry_run_option()
def add(file: Path, mapping: Path | None, *, dry_run: bool) -> None:
    from exchange.extracts.mapping import check_mapping, load_mapping
    from exchange.noting import note_agreement

    workspace, read = desk.here(), _checked(file)
    if mapping:
        ExtractError.raise_all(check_mapping(load_mapping(mapping), read.data))
    AgreementError.raise_all(_more_than_wording(workspace, read))
    for problem in _keys_that_differ(workspace, read):
        console.warn(problem)
    desk.end_dry_run(dry_run)
    kept = workspace.agreements.add(file.read_bytes())
    if mapping:
        workspace.agreements.save_mapping(kept, mapping.read_bytes())
    note_agreement(workspace, kept, desk.now())
    console.answer({"id": read.id, "version": read.version, "digest": read.digest}, [f"{read.id} {read.version}"])
    console.say(
        _("read it: exchange agreement show {id}; then sign it: exchange agreement sign {id}").format(id=read.id)
    )


@agreement.command(
    help=_("Show the agreement ID in plain words: who gets what, how it is protected, who has signed."),
    epilog=desk.example(
        "exchange agreement show DSA-NTT-2026-004",
        "exchange agreement show DSA-NTT-2026-004 --html consent.html --consent-sheet",
    ),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--html", type=desk.a_path(), metavar="FILE", help=_("write it as a document in both languages"))
@click.option("--what-leaves", is_flag=True, help=_("with --html: one page for a director, of what leaves"))
@click.option("--consent-sheet", is_flag=True, help=_("with --html: the sheet that a caseworker reads to a survivor"))
@click.option(
    "--form", metavar="VERSION", help=_("with --consent-sheet: a version of the consent form; else the newest")
)
def show(agreement_id: str, *, html: Path | None, what_leaves: bool, consent_sheet: bool, form: str | None) -> None:
    from exchange.agreements.summary import summary
    from exchange.locale import language

    pages.refuse_without_a_file(html, what_leaves, consent_sheet, form)
    kept = desk.here().agreements.newest(agreement_id)
    if html is not None:
        on = _today(kept.agreement)
        pages.write_page(html, kept.agreement, kept.signatures, on, leaves=what_leaves, sheet=consent_sheet, form=form)
    else:
        document = kept.agreement.model_dump(mode="json", by_alias=True, exclude_none=True)
        on = _today(kept.agreement)
        console.answer(document, summary(kept.agreement, language(), kept.signatures, on))


@agreement.command(
    help=_(
        "Sign the agreement ID: with --as, as a person who is certified to sign; otherwise with our root key. Read it "
        "first: exchange agreement show ID."
    ),
    epilog=desk.example("exchange agreement sign DSA-NTT-2026-004 --as director.1"),
)
@click.argument("agreement_id", metavar="ID")
@click.option("--on", type=desk.a_day(), help=_("the day of signing; today where nothing is said, never a later one"))
@desk.as_option()
@desk.dry_run_option()
def sign(agreement_id: str, on: dt.datetime | None, person_id: str | None, *, dry_run: bool) -> None:
    from exchange.agreements.signatures import Signatures
    from exchange.noting import note_agreement

    office = desk.office_to_look()  # a person signs without the organisation's passphrase
    kept = office.workspace.agreements.newest(agreement_id)
    today = office.today(kept.agreement)
    day = on.date() if on else today
    if day > today:
        hint = _("leave --on away")
        raise UsageError(Problem("usage.day_in_the_future", _("nobody signs on a later day"), hint=hint))
    made = Signatures.of(_signature(office, kept.agreement, day, person_id))
    desk.end_dry_run(dry_run)
    kept = office.workspace.agreements.add_signatures(kept, made)
    note_agreement(office.workspace, kept, office.now)
    _answer_states([kept])
    hint = _("send the signature to the others: exchange agreement signatures export {name} FILE")
    console.say(hint.format(name=kept.agreement.id))


@agreement.command(
    help=_("Show in which state the agreements are: who has signed, whether they are in effect."),
    epilog=desk.example("exchange agreement status"),
)
@click.argument("agreement_id", metavar="ID", required=False)
def status(agreement_id: str | None) -> None:
    workspace = desk.here()
    kept = [workspace.agreements.newest(agreement_id)] if agreement_id else list(workspace.agreements.all())
    _answer_states(kept)


@agreement.command(
    help=_("Print the JSON Schema of the agreement's format, for editors that check while one types."),
    epilog=desk.example("exchange agreement schema > agreement.schema.json"),
)
def schema() -> None:
    from exchange.agreements.agreement import Agreement

    console.give_json(Agreement.model_json_schema(by_alias=True))


def _checked(file: Path) -> Agreement:
    from exchange.agreements.crosschecks import check_agreement
    from exchange.agreements.reading import read_agreement_with_places
    from exchange.agreements.text_file import load_text

    read, places = read_agreement_with_places(load_text(file, AgreementError), file.name)
    AgreementError.raise_all(check_agreement(read, places))
    return read


def _more_than_wording(workspace: Workspace, read: Agreement) -> Iterator[Problem]:
    """What a version changes that promises to change wording alone, against the newest of those that it follows."""
    from exchange.agreements.succession import check_succession, is_patch

    kept = [each.agreement for each in workspace.agreements.all() if each.agreement.id == read.id]
    earlier = [each for each in kept if is_patch(each, read) and _patch(each) < _patch(read)]
    if earlier:
        yield from check_succession(max(earlier, key=_patch), read)


def _patch(read: Agreement) -> int:
    return int(read.version.rpartition(".")[2])


def _keys_that_differ(workspace: Workspace, read: Agreement) -> Iterator[Problem]:
    """Parties for whom the agreement names another key than the card that we know: nothing could be sent to them."""
    ours = workspace.own.card().card
    for party in read.parties:
        known = workspace.cards.find(party.id)
        card = ours if party.id == workspace.party else known.card if known else None
        if card is not None and card.fingerprint != party.key and party.id == workspace.party:
            what = _("the agreement names another key for us than our own")
            hint = _("ask its author to put ours in: {key}").format(key=card.fingerprint)
            yield Problem("agreement.key_differs", what, where=party.id, hint=hint)
        elif card is not None and card.fingerprint != party.key:
            what = _("the agreement names another key for {party} than its card").format(party=party.id)
            hint = _("compare fingerprints with {party} before anybody signs").format(party=party.id)
            yield Problem("agreement.key_differs", what, where=party.id, hint=hint)


def _signature(office: Office, read: Agreement, day: dt.date, person_id: str | None) -> Signature:
    from exchange.agreements.signatures import sign

    if person_id is None:
        return sign(read, office.party, desk.with_root_at_hand(office.identity).root, day)
    who = desk.acting(office.workspace, "sign", person_id, office.now.date())
    certification = office.workspace.people.certification(who.person)
    return sign(read, office.party, who.key, day, certification=certification)


def _today(read: Agreement) -> dt.date:
    return read.day(desk.now())


def _answer_states(kept: list[SignedAgreement]) -> None:
    """Each agreement with its state today, and who has signed."""
    from exchange.agreements.signatures import signed_by
    from exchange.agreements.state import state
    from exchange.agreements.summary import state_word
    from exchange.duties.notices import noted
    from exchange.duties.overview import entries_of

    document, rows, workspace = [], [], desk.here()
    for each in kept:
        on = _today(each.agreement)
        given = noted(each.agreement, entries_of(workspace, each.agreement.network))
        now, signed = state(each.agreement, each.signatures, on, given), signed_by(each.agreement, each.signatures, on)
        missing = [who.party for who in each.agreement.signatories if who.party not in signed]
        document.append(
            {"id": each.agreement.id, "version": each.agreement.version, "state": now, "signed": signed}
            | {"not_signed": missing, "digest": each.agreement.digest}
        )
        rows.append((each.agreement.id, each.agreement.version, state_word(now), " ".join(signed), " ".join(missing)))
    head = (_("agreement"), _("version"), _("state"), _("signed"), _("not signed"))
    console.answer(document, console.table(head, rows))
