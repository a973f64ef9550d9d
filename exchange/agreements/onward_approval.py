"""Leave to pass data on (clause `onward.approval_by`): a signed word of the party whose approval is asked for.

It names both agreements by their digests, the fields that may be passed on, and until when. Whoever passes data on can
know nothing of consent, which serves the sender's own checks and never leaves: what people agreed to is said here by
the approver, for everybody whose data came under the first agreement; without it their rows are held back.

The statement is signed by the approver's root key, as an SSH signature over its canonical JSON, so that `ssh-keygen -Y
verify` checks it without this program.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Annotated, Literal

from pydantic import Field as Attribute
from pydantic import ValidationError

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import Clause, Code, Fields, Line, PartyId
from exchange.crypto import sshsig
from exchange.crypto.canonical import canonical, parse
from exchange.crypto.signing import Signer, VerifyKey
from exchange.errors import AgreementError, CryptoError, Problem
from exchange.keyring import namespaces
from exchange.locale import _

_MAX_BYTES = 64 * 1024


class Attested(Clause):
    """What everybody agreed to whose data may be passed on: with whom to share, on which version of the form of the
    second agreement, at the earliest on which day, where the proof is kept; `adult`: who also agreed for each child."""

    scope: Annotated[tuple[Code, ...], Attribute(min_length=1)]
    form: Code
    given_on: dt.date
    evidence: Line
    adult: Code | None = None


class OnwardStatement(Clause):
    """What is signed. `under`: the agreement under which the data came; `to`: the one under which they may go on."""

    onward: Literal[1] = 1
    under: Reference
    to: Reference
    party: PartyId
    fields: Annotated[Fields, Attribute(min_length=1, max_length=400)]
    until: dt.date
    signed_on: dt.date
    consent: Attested | None = None

    def message(self) -> bytes:
        return canonical(self.model_dump(mode="json", exclude_none=True))


class OnwardApproval(Clause):
    """A statement and the SSH signature over it, armored. Nothing here has been verified."""

    statement: OnwardStatement
    sshsig: Annotated[str, Attribute(min_length=1, max_length=sshsig.MAX_TEXT)]

    def to_json(self) -> bytes:
        return canonical(self.model_dump(mode="json", exclude_none=True)) + b"\n"

    @classmethod
    def from_json(cls, data: bytes, file: str) -> OnwardApproval:
        """AgreementError `onward.unreadable`; `file` is the name in messages."""
        try:
            return cls.model_validate_json(canonical(parse(data[:_MAX_BYTES])))
        except (CryptoError, ValidationError):
            hint = _("ask whoever approved for the file again")
            raise AgreementError(
                Problem("onward.unreadable", _("this is no approval to pass data on"), file, hint)
            ) from None


def approve_onward(statement: OnwardStatement, under: Agreement, key: Signer) -> OnwardApproval:
    """The approval, signed with a root key. AgreementError `onward.not_the_approver`, `onward.unknown_field`."""
    objections = [*_wrong_key(statement, under, key.verify_key), *_unknown_fields(statement, under)]
    AgreementError.raise_all(objections)
    signed = sshsig.sign(key, namespaces.ONWARD, statement.message())
    return OnwardApproval(statement=statement, sshsig=signed)


def objections(
    approval: OnwardApproval, under: Agreement, to: Reference, on: dt.date, revoked: Collection[str] = ()
) -> tuple[Problem, ...]:
    """Why an approval does not allow to pass on, on this day, what came under `under` under `to`; () if it does.

    `revoked`: the approver's revoked keys, as one line of OpenSSH each: what one of them signed counts for nothing.
    Codes: onward.other_agreement, onward.over, onward.not_yet, onward.not_the_approver, onward.signature.
    """
    said, found = approval.statement, list[Problem]()
    if (said.under, said.to) != (Reference.to(under), to):
        found.append(Problem("onward.other_agreement", _("the approval is about other agreements"), str(said.under)))
    if on > said.until:
        found.append(Problem("onward.over", _("the approval ended on {day}").format(day=said.until), str(said.under)))
    if on < said.signed_on:
        found.append(Problem("onward.not_yet", _("the approval is of a later day"), str(said.under)))
    try:
        key = sshsig.claimed_signer(approval.sshsig)
        found += _wrong_key(said, under, key)
        sshsig.verify(approval.sshsig, namespaces.ONWARD, said.message(), [key])
        if key.openssh() in revoked:
            found.append(Problem("onward.signature", _("the key that signed has been revoked"), str(said.under)))
    except CryptoError as error:
        found += [Problem("onward.signature", each.what, str(said.under)) for each in error.problems]
    return tuple(found)


def _wrong_key(said: OnwardStatement, under: Agreement, key: VerifyKey) -> list[Problem]:
    asked = under.onward.approval_by
    if said.party == asked and key.fingerprint() == under.party(asked).key:
        return []
    what = _("under {agreement} {party} must approve, with its root key").format(agreement=under.id, party=asked)
    return [Problem("onward.not_the_approver", what, str(said.under))]


def _unknown_fields(said: OnwardStatement, under: Agreement) -> list[Problem]:
    known = {field.name for field in under.data.fields}
    what, hint = _("the agreement's dictionary has no such field"), _("known: {names}")
    hint = hint.format(names=", ".join(sorted(known)))
    return [Problem("onward.unknown_field", what, name, hint) for name in said.fields if name not in known]
