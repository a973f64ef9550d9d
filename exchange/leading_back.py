"""The way back from a pseudonym to the case number: kept apart from the data, and gone only by certified people.

A pseudonym cannot be turned round. When a bundle is sealed, the pseudonyms of its cases are noted in a register that
only our identity opens, before the bundle can leave. A look-up needs a person whom our card certifies to look up, with
their own key; the log has each look-up, also one that found nothing or was refused, before anything is shown. The
register forgets a case once its recipient must have certified that it destroyed what it got.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, TypeAdapter

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.tiers import Pseudonymise
from exchange.errors import AgreementError, Problem, UsageError
from exchange.extracts.references import as_compared
from exchange.keyring.people import Acting
from exchange.locale import _
from exchange.office import Office
from exchange.redact.keys import RedactKeys, redact_keys
from exchange.redact.pseudonymise import pseudonym_of
from exchange.remembering import destroyed_before


class _Led(BaseModel):
    """One pseudonym that was given: for which case, to whom under which agreement, and when last."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agreement: str
    recipient: str
    pseudonym: str
    case: str
    given: dt.datetime


_REGISTER: TypeAdapter[tuple[_Led, ...]] = TypeAdapter(tuple[_Led, ...])


def keep_pseudonyms(office: Office, agreement: Agreement, keys: RedactKeys, cases: Iterable[str]) -> None:
    """Note under which pseudonyms these cases go to the recipient of `keys`; nothing where its tier gives none."""
    if not _gives_pseudonyms(agreement, keys.recipient):
        return
    epoch = _epoch(agreement, keys.recipient)
    known = {(each.agreement, each.recipient, each.pseudonym): each for each in _register(office)}
    for case in cases:
        made = pseudonym_of(keys, agreement.data.key, case, epoch)
        led = _Led(agreement=agreement.id, recipient=keys.recipient, pseudonym=made, case=case, given=office.now)
        known[led.agreement, led.recipient, led.pseudonym] = led
    kept = tuple(each for each in known.values() if not _is_over(office, agreement, each))
    office.save_register(office.workspace.pseudonyms_file, _REGISTER.dump_json(kept))


def known_as(office: Office, agreement: Agreement, recipient: str, case: str) -> tuple[str, ...]:
    """Every pseudonym by which a recipient knows a case: that of today's epoch first, then those of earlier ones."""
    keys = redact_keys(office.identity.key_for("pseudonyms"), agreement.id, recipient)
    today = pseudonym_of(keys, agreement.data.key, case, _epoch(agreement, recipient))
    same = as_compared(case)
    earlier = (
        each.pseudonym
        for each in _register(office)
        if (each.agreement, each.recipient) == (agreement.id, recipient) and as_compared(each.case) == same
    )
    return tuple(dict.fromkeys((today, *earlier)))


def _epoch(agreement: Agreement, recipient: str) -> str:
    rule = agreement.tier_of(recipient).release.get(agreement.data.key)
    return rule.epoch if isinstance(rule, Pseudonymise) else "1"


def check_look_up(office: Office, agreement_id: str, recipient: str) -> Agreement:
    """The agreement under which we gave pseudonyms to this recipient. AgreementError: `lookup.not_ours`, where we do
    not send under it; `lookup.no_pseudonyms`, where the party gets none."""
    agreement = office.workspace.agreement(agreement_id).agreement
    if agreement.sender.id != office.party:
        what = _("{party} does not send under this agreement").format(party=office.party)
        raise AgreementError(Problem("lookup.not_ours", what, where=agreement_id))
    if not _gives_pseudonyms(agreement, recipient):
        what = _("this party gets no pseudonyms of cases under the agreement")
        raise AgreementError(Problem("lookup.no_pseudonyms", what, where=recipient))
    return agreement


def look_up(office: Office, acting: Acting, agreement: Agreement, recipient: str, pseudonym: str) -> str:
    """The case number behind a pseudonym that the recipient holds; the log has it before this returns.

    UsageError `lookup.unknown`: it was not given to this recipient, or is no longer kept.
    """
    if "look_up" not in acting.person.roles:
        raise AssertionError("only a person who may look up is let in")
    named = (agreement.id, recipient, pseudonym.strip())
    found = [each.case for each in _register(office) if (each.agreement, each.recipient, each.pseudonym) == named]
    unknown = () if found else ("lookup.unknown",)
    _note(office, agreement, recipient, unknown, acting.person.id)
    if not found:
        what = _("this pseudonym was not given to {party}, or is no longer kept").format(party=recipient)
        hint = _("copy it whole; pseudonyms are kept until the recipient must have destroyed the data")
        raise UsageError(Problem("lookup.unknown", what, hint=hint))
    return found[0]


def refused_look_up(office: Office, agreement: Agreement, recipient: str, codes: tuple[str, ...]) -> None:
    """Note that somebody tried who may not; who it was, nobody has shown."""
    _note(office, agreement, recipient, codes, None)


def _note(office: Office, agreement: Agreement, recipient: str, codes: tuple[str, ...], person: str | None) -> None:
    entry = office.entry(
        "pseudonym.looked_up",
        agreement=Reference.to(agreement),
        counterpart=recipient,
        person=person,
        codes=codes,
    )
    office.note(agreement.network, entry)


def _gives_pseudonyms(agreement: Agreement, recipient: str) -> bool:
    """Whether the recipient knows cases by a pseudonym; of a household there is no way back."""
    if recipient not in {party.id for party in agreement.recipients}:
        return False
    return isinstance(agreement.tier_of(recipient).release.get(agreement.data.key), Pseudonymise)


def _register(office: Office) -> tuple[_Led, ...]:
    return _REGISTER.validate_json(office.load_register(office.workspace.pseudonyms_file) or b"[]")


def _is_over(office: Office, agreement: Agreement, led: _Led) -> bool:
    """Another agreement's are left alone: its own packing forgets them."""
    if led.agreement != agreement.id or led.recipient not in agreement.retention:
        return False
    return led.given < destroyed_before(office, agreement, led.recipient)
