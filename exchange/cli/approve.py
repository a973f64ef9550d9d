"""`exchange approve`: people of the sender look at what would leave, and sign that it may, or that it never shall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from exchange.cli import console, desk
from exchange.errors import Problem, UsageError
from exchange.locale import _

if TYPE_CHECKING:
    from exchange.approving import Waiting
    from exchange.audit.entries import Counts
    from exchange.keyring.people import Acting
    from exchange.office import Office


@click.command(
    help=_(
        "Show the bundles that wait, and sign with your own key that those named BUNDLE, or all, may leave: exactly "
        "that sealed file, with exactly that page of what is in it. Look at the page first: it lies in the workspace; "
        "exchange preview BUNDLE --out FOLDER takes it out. A bundle leaves with the next exchange deliver once as "
        "many different people have approved it as its agreement asks. With --reject it never leaves, and its period "
        "can be packed again."
    ),
    epilog=desk.example(
        "exchange approve",
        "exchange approve --all --as director.1",
        "exchange approve --reject 3f9ab2 --as director.1",
    ),
)
@click.argument("bundles", nargs=-1, metavar="[BUNDLE]...")
@click.option("--all", "all_", is_flag=True, help=_("every bundle that waits"))
@click.option("--reject", is_flag=True, help=_("these bundles never leave"))
@click.option(
    "--never-came", is_flag=True, help=_("with --reject: the recipient has said that nothing came of what was tried")
)
@click.option("--yes", is_flag=True, help=_("do not ask again at the terminal"))
@desk.as_option()
@desk.dry_run_option()
def approve(
    bundles: tuple[str, ...],
    *,
    all_: bool,
    reject: bool,
    never_came: bool,
    yes: bool,
    person_id: str | None,
    dry_run: bool,
) -> None:
    from exchange.approving import by_id, waiting

    office = desk.office_to_look()
    everything = waiting(office)
    named = everything if all_ else by_id(everything, bundles)
    if not named:
        _show(everything)
        return
    acting = desk.acting(office.workspace, "approve", person_id, office.now.date())
    for line in (line for each in named for line in _lines(each)):
        console.say(line)
    desk.end_dry_run(dry_run)
    if not yes:
        _ask(acting, len(named), reject=reject)
    if reject:
        _reject_all(office, acting, named, never_came=never_came)
    else:
        _approve_all(office, acting, named)


def _show(everything: tuple[Waiting, ...]) -> None:
    console.answer([_document(each) for each in everything], (line for each in everything for line in _lines(each)))
    if everything:
        console.say(_("name the bundles to approve, or --all, and who you are: --as PERSON"))
    else:
        console.say(_("no bundle waits for approval"))


def _ask(acting: Acting, count: int, *, reject: bool) -> None:
    if not console.interactive():
        what, hint = _("there is nobody to ask"), _("look at the bundles first: exchange approve; then add --yes")
        raise UsageError(Problem("usage.nobody_to_ask", what, hint=hint))
    question = (
        _("{name}: shall these {count} bundles never leave?")
        if reject
        else _("{name}: do you approve that these {count} bundles leave, each to the recipient and as its page says?")
    )
    click.confirm(question.format(name=acting.person.name, count=count), abort=True, err=True)


def _approve_all(office: Office, acting: Acting, named: tuple[Waiting, ...]) -> None:
    from exchange.approving import approve as approve_one

    after = [approve_one(office, each, acting) for each in named]
    lines = (f"{_name(each)}: {_approvals(each)}" for each in after)
    console.answer([_document(each) for each in after], lines)
    if not any(each.missing for each in after):
        console.say(_("approved by enough people: exchange deliver"))


def _reject_all(office: Office, acting: Acting, named: tuple[Waiting, ...], *, never_came: bool) -> None:
    """The newest first: only what was packed last can be taken back."""
    from exchange.approving import reject as reject_one

    rejected = []
    for each in reversed(named):
        reject_one(office, each, acting, never_came=never_came)
        rejected.append(each.release.bundle)
    console.answer({"rejected": rejected}, rejected)
    console.say(_("rejected: it never leaves; its period can be packed again"))


def _document(waiting: Waiting) -> dict[str, Any]:
    counts = waiting.counts.model_dump(exclude_none=True) if waiting.counts else {}
    return {
        "bundle": waiting.release.bundle,
        "recipient": waiting.release.recipient,
        "period": waiting.release.period,
        "agreement": str(waiting.release.agreement),
        "replaces": waiting.release.replaces,
        "packed": waiting.standing.parcel.queued_at.isoformat(),
        "bytes": waiting.standing.parcel.size,
        "ciphertext": waiting.release.ciphertext,
        "page": {"file": _page_name(waiting), "digest": waiting.page},
        "counts": counts,
        "asked": waiting.agreement.approval.people,
        "approved_by": list(waiting.judged.people),
        "missing": waiting.missing,
        "problems": console.problem_documents(_problems(waiting)),
    }


def _lines(waiting: Waiting) -> Iterator[str]:
    counts = waiting.counts
    yield _("{bundle}: {recipient}, {period}, under {agreement}").format(
        bundle=_name(waiting),
        recipient=waiting.release.recipient,
        period=waiting.release.period,
        agreement=f"{waiting.agreement.id} {waiting.agreement.version}",
    )
    if waiting.release.replaces:
        yield "  " + _("a correction: it replaces what was sent for this period before")
    if counts is not None:
        yield "  " + _("{rows} rows and {tables} tables leave; {held} rows are held back").format(
            rows=counts.rows_out, tables=counts.tables, held=counts.held_back
        )
        yield "  " + _("look-alikes: {k}, {asked} asked").format(k=counts.k_reached or "–", asked=counts.k_asked or "–")
        yield "  " + _("withheld: {values} values, {cells} cells of tables").format(
            values=counts.values_withheld, cells=counts.cells_withheld
        )
        if counts.masks is not None:
            yield "  " + _masks(counts)
    yield "  " + _("packed {time}, {size} bytes").format(
        time=console.local(waiting.standing.parcel.queued_at), size=waiting.standing.parcel.size
    )
    yield "  " + _("page: {file}, {digest}").format(file=_page_name(waiting), digest=waiting.page or "–")
    if waiting.changed:
        problem = waiting.changed
        yield "  " + _("cannot be approved: {problem} [{code}]").format(problem=problem.what, code=problem.code)
    yield "  " + _approvals(waiting)
    for problem in waiting.judged.problems:
        yield "  " + _("does not count: {problem} [{code}]").format(problem=problem, code=problem.code)


def _problems(waiting: Waiting) -> tuple[Problem, ...]:
    return (*((waiting.changed,) if waiting.changed else ()), *waiting.judged.problems)


def _page_name(waiting: Waiting) -> str:
    """Where the page lies in the workspace."""
    from exchange.workspace.approvals import PAGE

    return f"approvals/{waiting.release.bundle}/{PAGE}"


def _masks(counts: Counts) -> str:
    from exchange.bundle.words import mask_kind

    found = ", ".join(f"{each.count} {mask_kind(each.kind)}" for each in counts.masks or ())
    said = _("masked in case notes: {masks}; different words that a person decided to keep: {kept}")
    return said.format(masks=found or "–", kept=counts.marks_kept or 0)


def _name(waiting: Waiting) -> str:
    """Enough of a bundle's id to name it by."""
    return waiting.release.bundle[:12]


def _approvals(waiting: Waiting) -> str:
    return _("{count} of {asked} approvals: {people}").format(
        count=len(waiting.judged.people),
        asked=waiting.agreement.approval.people,
        people=", ".join(waiting.judged.people) or "–",
    )
