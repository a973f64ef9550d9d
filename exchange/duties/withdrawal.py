"""A person withdraws: nothing about her leaves any more, and those who hold her personal data are told to erase it."""

from __future__ import annotations

import datetime as dt

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import Counts
from exchange.bundle.letters import Withdrawal
from exchange.errors import Problem, UsageError
from exchange.locale import _
from exchange.office import Office
from exchange.redact.keys import redact_keys
from exchange.redact.pseudonymise import pseudonym_of
from exchange.registers import case_key, withdrew
from exchange.seal.sealing import SealedBundle


def withdraw(office: Office, agreement_id: str, case: str) -> tuple[SealedBundle, ...]:
    """A person withdrew: nothing about her leaves any more under this agreement, and recipients of personal data that
    got her are told by letter to erase her. In gated tiers she is absent from the next release on, because recalling
    one row would point at it."""
    signed = office.workspace.agreement(agreement_id)
    agreement = signed.agreement
    if not case or case != case.strip():
        raise UsageError(Problem("withdraw.case", _("this is no case number"), hint=_("write it as in the workbook")))
    withdrew(office, agreement_id, case)
    office.note(
        agreement.network,
        office.entry("consent.withdrawn", agreement=Reference.to(agreement), counts=Counts(withdrawals=1)),
    )
    term = agreement.consent.withdrawal
    told = [party for party in who_got(office, agreement, case) if not agreement.tier_of(party).gated]
    letters = []
    for recipient in told:
        keys = redact_keys(office.identity.key_for("pseudonyms"), agreement_id, recipient)
        body = Withdrawal(
            kind="withdrawal",
            pseudonym=pseudonym_of(keys, agreement.data.key, case),
            erase_by=office.now + dt.timedelta(days=term.erase_within_days),
        )
        letters.append(office.write(recipient, body, agreement.network, Reference.to(agreement)))
    return tuple(letters)


def who_got(office: Office, agreement: Agreement, case: str) -> tuple[str, ...]:
    """The recipients of whose releases any held this case, gated ones too; () where no release ever knew the number."""
    keys = ((party.id, case_key(office, agreement.id, party.id, case)) for party in agreement.recipients)
    return office.workspace.releases.recipients_of(agreement.id, keys)
