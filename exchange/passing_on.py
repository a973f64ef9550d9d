"""A hub passes on what it has merged: as an extract under an agreement of its own, where every source's approver said
yes. Nothing is sent here; `check`, `pack` and `approve` stand between this file and anybody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.onward_approval import OnwardApproval, objections
from exchange.agreements.period import Period
from exchange.errors import AgreementError, DisclosureError, Problem
from exchange.locale import _
from exchange.merge.export import written
from exchange.merge.onward.extract import Leave, Onward, as_extract
from exchange.merge.onward.written import mapping, note, workbook
from exchange.merge.people import Merged
from exchange.merge.refusals import translated
from exchange.office import Office


@dataclass(frozen=True, slots=True)
class PassedOn:
    """The files written, and the agreements whose data stayed behind for want of an approval."""

    onward: Onward
    files: tuple[Path, ...]
    without: tuple[Problem, ...]


def load_approvals(files: Sequence[Path]) -> tuple[OnwardApproval, ...]:
    """AgreementError `onward.no_file`, `onward.unreadable`."""
    return tuple(_load(file) for file in files)


def _load(file: Path) -> OnwardApproval:
    try:
        content = file.read_bytes()
    except OSError:
        raise AgreementError(Problem("onward.no_file", _("the file cannot be opened"), file.name)) from None
    return OnwardApproval.from_json(content, file.name)


def pass_on(
    office: Office,
    merged: Merged,
    agreements: Sequence[Agreement],
    own: Agreement,
    period: Period,
    approvals: Sequence[OnwardApproval],
    out: Path,
) -> PassedOn:
    """Write into `out` what of `merged`, which came under `agreements`, may go on under `own`; beside it its mapping
    and the note for `pack`.

    AgreementError with all that is wrong with an approval; `onward.not_the_sender`; DisclosureError
    `onward.not_approved` where nothing may go on, `onward.nobody` where nobody is left, and those of
    `merge.onward.written.note`.
    """
    if own.sender.id != office.party:
        what = _("{party} does not send under this agreement").format(party=office.party)
        raise AgreementError(Problem("onward.not_the_sender", what, where=own.id))
    leaves = _leaves(office, agreements, own, approvals)
    without = tuple(_not_approved(each) for each in agreements if all(each != leave.agreement for leave in leaves))
    if not leaves:
        raise DisclosureError(*without or (Problem("onward.nobody", _("nothing has come that could be passed on")),))
    made = as_extract(merged, leaves, own, period, office.party)
    if not made.people:
        what = _("nobody first reported in this period is left of what may be passed on")
        raise DisclosureError(Problem("onward.nobody", what, where=str(period)))
    files = {
        out: workbook(made.table),
        out.with_suffix(".mapping.yaml"): mapping(own).encode(),
        out.with_suffix(".note.txt"): note(made, merged, own.language.prevails).encode(),
    }
    for each in approvals:  # first: whoever audits us asks by whose leave it went on
        office.workspace.agreements.keep_leave(each.statement.under.id, each.to_json())
    with translated():
        out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return PassedOn(made, tuple(written(file, content) for file, content in files.items()), without)


def _leaves(
    office: Office, agreements: Sequence[Agreement], own: Agreement, approvals: Sequence[OnwardApproval]
) -> tuple[Leave, ...]:
    """What each approval lets go on; every approval given must hold, or somebody would believe in one that does not."""
    known = {Reference.to(each): each for each in agreements}
    problems: list[Problem] = []
    leaves: dict[Reference, Leave] = {}
    for each in approvals:
        under = known.get(each.statement.under)
        if under is None:
            what = _("nothing came under this text of the agreement")
            problems.append(Problem("onward.other_agreement", what, str(each.statement.under)))
            continue
        revoked = [key.key for key in office.workspace.revoked_keys(each.statement.party)]
        problems += objections(each, under, Reference.to(own), office.today(own), revoked)
        said = each.statement
        leaves[said.under] = Leave(under, frozenset(said.fields), said.consent)
    AgreementError.raise_all(problems)
    return tuple(leaves.values())


def _not_approved(agreement: Agreement) -> Problem:
    approver = agreement.party(agreement.onward.approval_by)
    what = _("data that came under {agreement} stay here: {party} has not approved that they are passed on")
    hint = _("ask for an approval: exchange agreement onward, there")
    return Problem("onward.not_approved", what.format(agreement=agreement.id, party=approver.id), agreement.id, hint)
