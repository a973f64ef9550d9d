"""The way back from a pseudonym to the case number: kept apart from the data, and gone only by certified people.

A pseudonym cannot be turned round. The register of pseudonyms leads back, and only our identity opens it. Whoever looks
into it, or chooses in it, is a person whom our card certifies to look up, with their own key; the log has it before
anything is shown, and has every attempt that failed, by its codes alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from exchange.agreements.agreement import Agreement, Reference
from exchange.errors import AgreementError, ExchangeError, Problem, UsageError, WorkspaceError
from exchange.extracts.references import as_compared
from exchange.keyring.people import Acting
from exchange.locale import _
from exchange.office import Office
from exchange.pseudonyms import Led, key_rule, register

Doing = Literal["pseudonym.looked_up", "pseudonym.chosen", "pseudonym.listed"]


@dataclass(slots=True)
class Attempt:
    """What somebody tries in the register, for the log. `person`: who it is, once they have shown it."""

    person: str | None = None

    def is_of(self, acting: Acting) -> Acting:
        """The person at work, who may look up."""
        if "look_up" not in acting.person.roles:
            raise AssertionError("only a person who may look up is let in")
        self.person = acting.person.id
        return acting


@contextmanager
def attempt(office: Office, doing: Doing, agreement_id: str, recipient: str) -> Iterator[Attempt]:
    """Whatever fails inside is noted by its codes, and raised again. That it succeeded, `note` says: before anything
    is shown."""
    tried = Attempt()
    try:
        office.identity  # noqa: B018  # unlocked first: a wrong passphrase is an attempt as well
        yield tried
    except ExchangeError as error:
        note(office, doing, agreement_id, recipient, tried.person, tuple(dict.fromkeys(error.codes)))
        raise


def note(
    office: Office,
    doing: Doing,
    agreement_id: str,
    recipient: str,
    person: str | None,
    codes: tuple[str, ...] = (),
) -> None:
    """Note that somebody looked or chose, or failed to. An agreement or a recipient that we do not know is not named,
    since it is what somebody typed; of an agreement that we do not know, every log of ours has the attempt."""
    try:
        agreement = office.workspace.agreements.newest(agreement_id).agreement
    except WorkspaceError:
        for network in office.workspace.logs.networks():
            office.note(network, office.entry(doing, person=person, codes=codes))
        return
    known = recipient if recipient in {party.id for party in agreement.parties} else None
    entry = office.entry(doing, agreement=Reference.to(agreement), counterpart=known, person=person, codes=codes)
    office.note(agreement.network, entry)


def check_ours(office: Office, agreement_id: str, recipient: str) -> Agreement:
    """The agreement under which we give pseudonyms to this recipient. WorkspaceError: `agreement.unknown`.
    AgreementError: `lookup.not_ours`, where we do not send under it; `lookup.no_pseudonyms`, where the party gets
    none."""
    agreement = office.workspace.agreements.newest(agreement_id).agreement
    if agreement.sender.id != office.party:
        what = _("{party} does not send under this agreement").format(party=office.party)
        raise AgreementError(Problem("lookup.not_ours", what, where=agreement_id))
    if key_rule(agreement, recipient) is None:  # of a household there is no way back
        what = _("this party gets no pseudonyms of cases under the agreement")
        raise AgreementError(Problem("lookup.no_pseudonyms", what, where=recipient))
    return agreement


def look_up(office: Office, acting: Acting, agreement: Agreement, recipient: str, pseudonym: str) -> str:
    """The case number behind a pseudonym that the recipient holds; the log has it before this returns. A failure is for
    `attempt` to note.

    UsageError `lookup.unknown`: it was not given to this recipient, or is no longer kept.
    """
    named = as_compared(pseudonym)
    found = [each.case for each in _given_to(office, agreement, recipient) if as_compared(each.pseudonym) == named]
    if not found:
        what = _("this pseudonym was not given to {party}, or is no longer kept").format(party=recipient)
        hint = _("copy it whole; pseudonyms are kept until the recipient must have destroyed the data")
        raise UsageError(Problem("lookup.unknown", what, hint=hint))
    note(office, "pseudonym.looked_up", agreement.id, recipient, acting.person.id)
    return found[0]


def _given_to(office: Office, agreement: Agreement, recipient: str) -> Iterator[Led]:
    return (each for each in register(office) if each.is_for(agreement, recipient) and each.given and each.case)
