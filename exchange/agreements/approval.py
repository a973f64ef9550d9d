"""Approvals: people of the sender agree that exactly one sealed bundle leaves.

A person signs a statement – under which agreement, which bundle, the digest of its sealed file, the digest of the page
that says what is in it, to whom, for which period, who approves, when – with a key of their own, as an SSH signature
over the statement's canonical JSON. With the files that `exchange card export` writes, stock OpenSSH checks it:

    ssh-keygen -Y verify -f allowed_signers -I yks/officer.1 -n data-sharing-exchange/approval/v1 \
        -s officer.1.sig < officer.1.json

An approval counts if it is about this very bundle, was given after the bundle was packed, and is signed by somebody
whom the sender's card certifies with the role `approve` on that day; the card counts if the root key that the agreement
names has signed it. What does not count is said and passed over: anybody may have put it there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, ValidationError
from pydantic import Field as Attribute

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.clause import Clause, Digest, PartyId, PersonId
from exchange.crypto import sshsig
from exchange.crypto.canonical import canonical, parse
from exchange.crypto.signing import Signer, VerifyKey
from exchange.errors import AgreementError, CryptoError, Problem
from exchange.keyring.card import Card
from exchange.keyring.namespaces import APPROVAL
from exchange.locale import _


def _whole_second_in_utc(moment: dt.datetime) -> dt.datetime:
    if moment.utcoffset() != dt.timedelta(0) or moment.microsecond:
        raise ValueError("not a whole second in UTC")
    return moment


class Proposed(Clause):
    """One sealed bundle that is to leave. `page`: the digest of the page that says what is in it."""

    agreement: Reference
    bundle: Annotated[str, Attribute(pattern=r"^[0-9a-f]{32}$")]
    ciphertext: Digest
    page: Digest
    recipient: PartyId
    period: Annotated[str, Attribute(pattern=r"^[0-9]{4}-([0-9]{2}|Q[1-4])$")]


class Statement(Clause):
    """What is signed. `approval`: the version of this format."""

    approval: Literal[1] = 1
    proposed: Proposed
    person: PersonId
    approved_at: Annotated[dt.datetime, AfterValidator(_whole_second_in_utc)]

    def message(self) -> bytes:
        """The bytes that are signed: canonical JSON (RFC 8785)."""
        return canonical(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class Approval:
    """A statement and the armored SSH signature over it. Nothing here has been verified."""

    statement: Statement
    signature: str

    @classmethod
    def read(cls, statement: bytes, signature: bytes, where: str) -> Approval:
        """The approval in its two files; `where` names it in messages. AgreementError (approval.unreadable)."""
        try:
            read = Statement.model_validate(parse(statement))
            if read.message() == statement:
                return cls(read, signature.decode("ascii"))
        except (CryptoError, ValidationError, UnicodeDecodeError):
            pass
        raise AgreementError(Problem("approval.unreadable", _("this is not an approval as it was signed"), where))


@dataclass(frozen=True, slots=True)
class Judged:
    """`people`: the ids of those whose approval counts, in the order in which they gave it, each once; `problems`: why
    others do not count."""

    people: tuple[PersonId, ...]
    problems: tuple[Problem, ...]


def approve(proposed: Proposed, person: PersonId, key: Signer, at: dt.datetime) -> Approval:
    """The approval of `person`, at this moment (in UTC)."""
    statement = Statement(proposed=proposed, person=person, approved_at=at.replace(microsecond=0))
    return Approval(statement, sshsig.sign(key, APPROVAL, statement.message()))


def judge(
    agreement: Agreement,
    proposed: Proposed,
    approvals: Iterable[Approval],
    card: Card,
    *,
    packed: dt.datetime,
    now: dt.datetime,
    revoked: Collection[str] = (),
) -> Judged:
    """Whose approvals of `proposed` count. `card`: the sender's own; `packed`: when the bundle was; `revoked`: the keys
    that the sender has revoked. Whoever has such a key writes any time, so it approves nothing that has not left.

    Codes: approval.other_root, approval.other_bundle, approval.other_time, approval.not_certified,
    approval.bad_signature, approval.revoked.
    """
    if (card.party, card.fingerprint) != (agreement.sender.id, agreement.sender.key):
        return Judged((), (_other_root(agreement, card),))
    counted: dict[VerifyKey, PersonId] = {}  # by key: one person under two names would still be one
    problems = []
    for each in sorted(approvals, key=lambda each: (each.statement.approved_at, each.statement.person)):
        key = _key(each.statement, card)
        problem = _objection(each, key, proposed, packed, now) or _revoked(each, key, revoked)
        if problem is None and key is not None:
            counted.setdefault(key, each.statement.person)
        elif problem is not None:
            problems.append(problem)
    return Judged(tuple(counted.values()), tuple(problems))


def approvers(agreement: Agreement, card: Card, on: dt.date, revoked: Collection[str] = ()) -> tuple[PersonId, ...]:
    """Those who may approve on that day, with a key that is not revoked; nobody where the card is not by the root key
    that the agreement names."""
    if (card.party, card.fingerprint) != (agreement.sender.id, agreement.sender.key):
        return ()
    return tuple(
        each.id for each in card.people if "approve" in each.roles and each.covers(on) and each.key not in revoked
    )


def approvals_missing(agreement: Agreement, people: Collection[PersonId]) -> int:
    """How many more people must approve than these."""
    return max(0, agreement.approval.people - len(set(people)))


def _key(statement: Statement, card: Card) -> VerifyKey | None:
    """The key of the person who is named, if the card certifies them to approve on the day of the approval."""
    day = statement.approved_at.date()
    return next(
        (
            person.verify_key
            for person in card.people
            if person.id == statement.person and "approve" in person.roles and person.covers(day)
        ),
        None,
    )


def _objection(
    approval: Approval, key: VerifyKey | None, proposed: Proposed, packed: dt.datetime, now: dt.datetime
) -> Problem | None:
    statement = approval.statement
    if statement.proposed != proposed:
        return Problem("approval.other_bundle", _("the approval is of another bundle"), statement.person)
    if not packed <= statement.approved_at <= now:
        what = _("the approval is dated before the bundle was packed, or after today")
        return Problem("approval.other_time", what, statement.person)
    if key is None:
        what = _("our card certified nobody of this id to approve on that day")
        return Problem("approval.not_certified", what, statement.person)
    try:
        sshsig.verify(approval.signature, APPROVAL, statement.message(), [key])
    except CryptoError:
        return Problem("approval.bad_signature", _("the signature under the approval is not valid"), statement.person)
    return None


def _revoked(approval: Approval, key: VerifyKey | None, revoked: Collection[str]) -> Problem | None:
    if key is None or key.openssh() not in revoked:
        return None
    return Problem("approval.revoked", _("the key that approved it was revoked"), approval.statement.person)


def _other_root(agreement: Agreement, card: Card) -> Problem:
    what = _("our card is not signed by the root key that the agreement names")
    hint = _("compare with: exchange card show")
    return Problem("approval.other_root", what, where=f"{agreement.id} {card.party}", hint=hint)
