"""People approve what leaves: sealed bundles wait in the outbox until as many as the agreement asks have signed.

    packed ──approve──► enough of them ──► queued, and `deliver` asks once more
       └────reject────► gone for good: its number is taken back, and its period can be packed again

Each approval is two files of its own, so that two people who approve at once never meet. All is safe to repeat and to
kill at any moment: `settle` notes and releases what was signed and left so.

What they look at is the page of `exchange.previewing`: an approval signs its digest and that of the sealed file.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.approval import Approval, Judged, Proposed, approvals_missing, approvers, judge
from exchange.agreements.approval import approve as signed
from exchange.audit.entries import Counts, Entry
from exchange.crypto.signing import VerifyKey
from exchange.errors import AgreementError, ExchangeError, Problem, SealError
from exchange.keyring.people import Acting
from exchange.keyring.private_files import read_private, write_private
from exchange.locale import _, ngettext
from exchange.office import Office
from exchange.posting import reject_parcel, resume
from exchange.previewing import about_page, forget_pages
from exchange.protect.releases.releases import Release
from exchange.seal.sealing import ROOT_SIGNED
from exchange.transport.parcels import Standing

WITHDRAWN_SINCE = "approval.withdrawn_since"
"""The one reason that no approval takes away: somebody who is in the bundle has withdrawn."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A bundle that waits for approvals, oldest first of its recipient; `counts`: what the log says is in it; `page`:
    the digest of its page, by the log; `changed`: why the page that lies here cannot be approved."""

    standing: Standing
    release: Release
    agreement: Agreement
    judged: Judged
    counts: Counts | None
    page: str | None
    changed: Problem | None

    @property
    def missing(self) -> int:
        """How many more people must approve."""
        return approvals_missing(self.agreement, self.judged.people)


# --- what waits ---


def waiting(office: Office) -> tuple[Waiting, ...]:
    """Every bundle that waits, oldest first. AgreementError where one cannot be judged: see `objection`."""
    packed = (each for each in office.workspace.outbox.status() if each.state == "packed")
    return tuple(waits(office, each) for each in packed if not _is_letter(office, each))


def by_id(everything: tuple[Waiting, ...], names: tuple[str, ...]) -> tuple[Waiting, ...]:
    """Those that are named by their ids, or by the beginning of one that no other has. AgreementError
    (approval.no_such_bundle) with every name that none or several have."""
    found: list[Waiting] = []
    problems: list[Problem] = []
    for name in names:
        matching = [each for each in everything if name and each.release.bundle.startswith(name)]
        if len(matching) == 1:
            found += (each for each in matching if each not in found)
        else:
            what, hint = _("no bundle of this id waits, or several do"), _("see which ones wait: exchange approve")
            problems.append(Problem("approval.no_such_bundle", what, hint=hint))
    AgreementError.raise_all(problems)
    return tuple(found)


def check_approvers(office: Office, agreement: Agreement) -> None:
    """AgreementError (approval.nobody) where fewer people may approve than the agreement asks: nothing could leave."""
    may = approvers(agreement, office.workspace.own.card().card, office.now.date(), _revoked(office))
    missing = approvals_missing(agreement, may)
    if missing:
        what = ngettext(
            "the agreement asks that {asked} person approves, and our card certifies {count}",
            "the agreement asks that {asked} people approve, and our card certifies {count}",
            agreement.approval.people,
        )
        hint = _("certify those who decide what leaves: exchange card people certify ID --role approve")
        what = what.format(asked=agreement.approval.people, count=len(may))
        raise AgreementError(Problem("approval.nobody", what, where=agreement.id, hint=hint))


def objection(office: Office, standing: Standing) -> Problem | None:
    """Why a parcel may not leave now; None if it may. Nobody is asked about letters; they leave, unless the key that
    signed one is revoked.

    Codes: letter.sealed_with_revoked; approval.missing, and the first of why an approval does not count;
    approval.sealed_with_revoked, approval.not_remembered, agreement.unknown; those of `about_page`.
    """
    if _is_letter(office, standing):
        return _letter_before_a_loss(office, standing)
    try:
        found = waits(office, standing)
    except ExchangeError as error:
        return error.problems[0]
    return _sealed_before_a_loss(office, found) or found.changed or (missing(found) if found.missing else None)


def why_it_waits(office: Office, standing: Standing) -> Problem:
    """Why a parcel in state packed was not released. Codes as of `objection`; approval.withdrawn_since;
    approval.earlier_waits."""
    where = f"{standing.parcel.recipient} {standing.parcel.period or ''}".strip()
    if standing.code == WITHDRAWN_SINCE:
        hint = _("reject it, and pack the period again: exchange approve --reject BUNDLE --as PERSON")
        return Problem(standing.code, standing.reason, where, hint)
    what, hint = _("an earlier bundle for the same recipient waits"), _("approve or reject that one first")
    return objection(office, standing) or Problem("approval.earlier_waits", what, where, hint)


def missing(found: Waiting) -> Problem:
    """How many have approved, of how many; the code is that of an approval which does not count, if there is one."""
    what = _("{count} of {asked} people have approved").format(
        count=len(found.judged.people), asked=found.agreement.approval.people
    )
    where = f"{found.release.recipient} {found.release.period} {found.release.bundle}"
    hint = _("let those who may approve look at it: exchange approve --as PERSON")
    if found.judged.problems:
        first = found.judged.problems[0]
        return Problem(first.code, f"{what}; {first}", where, hint)
    return Problem("approval.missing", what, where, hint)


# --- what people do ---


def approve(office: Office, found: Waiting, acting: Acting) -> Waiting:
    """Sign that this bundle leaves, and release it if that is enough. Whoever has approved it already changes nothing.

    AgreementError where the approval would not count, for the reasons of `judge`, or where page or sealed file are not
    those that were packed: nothing is kept then.
    """
    person = acting.person.id
    _refuse_changed(office, found)
    approval = signed(_proposed(found.release, found.page), person, acting.key, office.now)
    resume(office)  # a rejection that was cut off is finished before anything else is released
    with office.workspace.turn("approving"):
        now = waits(office, found.standing)
        _refuse_changed(office, now)
        if person not in now.judged.people:
            judged = _judged(office, now.agreement, _proposed(now.release, now.page), now.standing, (approval,))
            AgreementError.raise_all(judged.problems)
            _keep(office.workspace.approvals.of(found.release.bundle), approval)
        _settle(office)
        return waits(office, found.standing)


def _refuse_changed(office: Office, found: Waiting) -> None:
    file = office.workspace.outbox.altered(found.standing.parcel)
    AgreementError.raise_all(problem for problem in (found.changed, file) if problem is not None)


def reject(office: Office, found: Waiting, acting: Acting, *, never_came: bool = False) -> None:
    """The bundle never leaves. AgreementError: approval.not_the_last, a later one of its series waits or has left;
    approval.maybe_sent, sending it was cut off, so that the recipient may have it. `never_came`: the person has asked
    the recipient, and answers for it that nothing came."""
    release = found.release
    with office.workspace.turn("approving"):
        if found.standing.maybe_there and not never_came:
            what = _("sending it was tried, so the recipient may have it")
            hint = _("ask by phone; if it never came there, add --never-came, else pack a correction")
            raise AgreementError(Problem("approval.maybe_sent", what, where=release.bundle, hint=hint))
        office.workspace.outbox.never_came(found.standing.parcel.sha256, office.now)
        rejected = office.entry(
            "release.rejected",
            counterpart=release.recipient,
            agreement=release.agreement,
            period=release.period,
            bundle=release.bundle,
            ciphertext=release.ciphertext,
            person=acting.person.id,
        )
        try:
            reject_parcel(office, found.agreement.network, found.standing.parcel.sha256, rejected)
        except SealError as error:
            if error.codes != ("seal.given",):
                raise
            what = _("a later bundle for the same recipient has been packed; bundles leave and go back in their order")
            hint = _("reject the later one first; if it has left, approve this one and pack a correction")
            raise AgreementError(Problem("approval.not_the_last", what, where=release.bundle, hint=hint)) from None
    forget_pages(office)


def settle(office: Office) -> None:
    """Note approvals that are not in the log yet, and release what has enough of them."""
    with office.workspace.turn("approving"):
        _settle(office)
    forget_pages(office)


def _settle(office: Office) -> None:
    held: set[tuple[str, str]] = set()
    for standing in office.workspace.outbox.status():
        if standing.state != "packed":
            continue
        try:
            found = waits(office, standing)
        except ExchangeError:  # `objection` says it
            continue
        series = (found.release.agreement.id, found.release.recipient)
        _note(office, found)
        # A recipient takes bundles in their order only, and what has left can never be rejected: so a later one waits.
        if found.missing or found.changed or series in held or standing.code == WITHDRAWN_SINCE:
            held.add(series)
        else:
            _queue(office, found)


def _queue(office: Office, found: Waiting) -> None:
    """Noted first: nothing is on its way of which the log does not know."""
    release, network = found.release, found.agreement.network
    if release.ciphertext not in office.noted(network, "bundle.queued"):
        entry = office.entry(
            "bundle.queued",
            counterpart=release.recipient,
            agreement=release.agreement,
            period=release.period,
            bundle=release.bundle,
            ciphertext=release.ciphertext,
        )
        office.note(network, entry)
    office.workspace.outbox.release(found.standing.parcel.sha256, office.now)


def _note(office: Office, found: Waiting) -> None:
    noted = {
        entry.person
        for entry in office.entries(found.agreement.network, "release.approved")
        if entry.ciphertext == found.release.ciphertext
    }
    for person in found.judged.people:
        if person not in noted:
            entry = office.entry(
                "release.approved",
                counterpart=found.release.recipient,
                agreement=found.release.agreement,
                period=found.release.period,
                bundle=found.release.bundle,
                ciphertext=found.release.ciphertext,
                page=found.page,
                person=person,
            )
            office.note(found.agreement.network, entry)


# --- judging what lies here ---


def waits(office: Office, standing: Standing) -> Waiting:
    release = office.workspace.releases.find(_digest(standing))
    if release is None:
        what = _("we do not remember to have packed this bundle")
        raise AgreementError(Problem("approval.not_remembered", what, where=standing.parcel.name))
    known = office.workspace.agreements.find(release.agreement)
    if known is None:
        what, where = _("the agreement of this bundle is not here"), str(release.agreement)
        raise AgreementError(Problem("agreement.unknown", what, where=where))
    agreement = known.agreement
    packed = office.noted(agreement.network, "bundle.packed").get(release.ciphertext)
    page = packed.page if packed else None
    judged = Judged((), ())
    if page is not None:
        kept, problems = _kept(office.workspace.approvals.of(release.bundle))
        judged = _judged(office, agreement, _proposed(release, page), standing, kept)
        judged = Judged(judged.people, (*judged.problems, *problems))
    changed = about_page(office, standing, release.bundle, page)
    return Waiting(standing, release, agreement, judged, packed.counts if packed else None, page, changed)


def _judged(
    office: Office, agreement: Agreement, proposed: Proposed, standing: Standing, approvals: tuple[Approval, ...]
) -> Judged:
    card, packed = office.workspace.own.card().card, standing.parcel.queued_at
    return judge(agreement, proposed, approvals, card, packed=packed, now=office.now, revoked=_revoked(office))


def _sealed_before_a_loss(office: Office, found: Waiting) -> Problem | None:
    """Its recipient would put aside in silence what is signed with a key that we have revoked since."""
    if not _is_before_a_loss(office, found.agreement.network, found.standing):
        return None
    what = _("it is signed with a key of ours that was revoked since, so its recipient would not open it")
    hint = _("reject it, and pack the period again: exchange approve --reject BUNDLE --as PERSON")
    return Problem("approval.sealed_with_revoked", what, f"{found.release.recipient} {found.release.period}", hint)


def letters_before_a_loss(office: Office) -> tuple[tuple[Standing, Entry], ...]:
    """The letters that wait and can never be believed, since the key that signed them is revoked; each with the entry
    of the log that says what it was."""
    waiting = (each for each in office.workspace.outbox.status() if each.state in {"packed", "queued", "failed"})
    found = ((each, _of_before(office, each)) for each in waiting if _is_letter(office, each))
    return tuple((each, entry) for each, entry in found if entry is not None)


def _letter_before_a_loss(office: Office, standing: Standing) -> Problem | None:
    if _of_before(office, standing) is None:
        return None
    what = _("this letter is signed with a key of ours that was revoked since, so its recipient would not open it")
    hint = _("write it again with today's keys: exchange deliver --again {file}").format(file=standing.parcel.name[:12])
    return Problem("letter.sealed_with_revoked", what, standing.parcel.recipient, hint)


def _of_before(office: Office, letter: Standing) -> Entry | None:
    """What the log says of a letter that was signed before a loss with a key that is revoked since; None for any other.
    Our cards and revocations are signed by the root."""
    for network in office.workspace.logs.networks() if _revoked_signing(office) else ():
        if _is_before_a_loss(office, network, letter):
            entry = office.noted(network, "letter.sent").get(_digest(letter))
            if entry is not None and entry.note not in ROOT_SIGNED:
                return entry
    return None


def _is_letter(office: Office, standing: Standing) -> bool:
    return standing.parcel.kind == "letter" and office.workspace.releases.find(_digest(standing)) is None


def _is_before_a_loss(office: Office, network: str, standing: Standing) -> bool:
    keys = _revoked_signing(office)
    first: dict[str, dt.datetime] = {}  # a loss that is dated back later is noted once more
    for each in office.entries(network, "card.revoked") if keys else ():
        if each.key in keys:
            first.setdefault(str(each.key), each.time)
    return any(standing.parcel.queued_at < revoked for revoked in first.values())


def _revoked_signing(office: Office) -> frozenset[str]:
    """The fingerprints of the signing keys that we have revoked."""
    revoked = (each for each in office.workspace.revoked_keys(office.party) if each.use == "signing")
    return frozenset(VerifyKey.from_openssh(each.key).fingerprint() for each in revoked)


def _revoked(office: Office) -> frozenset[str]:
    return frozenset(each.key for each in office.workspace.revoked_keys(office.party))


def _proposed(release: Release, page: str | None) -> Proposed:
    if page is None:
        raise AssertionError("a bundle without a page is refused before")
    return Proposed(
        agreement=Reference.model_validate(release.agreement.model_dump()),
        bundle=release.bundle,
        ciphertext=release.ciphertext,
        page=page,
        recipient=release.recipient,
        period=release.period,
    )


def _digest(standing: Standing) -> str:
    return f"sha256:{standing.parcel.sha256}"


# --- the two files of an approval ---


def _keep(folder: Path, approval: Approval) -> None:
    """The signature last: a statement without one is nothing yet."""
    person = approval.statement.person
    write_private(folder / f"{person}.json", approval.statement.message())
    write_private(folder / f"{person}.sig", approval.signature.encode("ascii"))


def _kept(folder: Path) -> tuple[tuple[Approval, ...], tuple[Problem, ...]]:
    """The approvals in a folder, and why others cannot be read."""
    approvals: list[Approval] = []
    problems: list[Problem] = []
    for signature in _signatures(folder):
        try:
            statement = read_private(folder / f"{signature.stem}.json")
            approvals.append(Approval.read(statement, read_private(signature), signature.stem))
        except ExchangeError as error:
            problems += error.problems
    return tuple(approvals), tuple(problems)


def _signatures(folder: Path) -> Iterator[Path]:
    """What a kill left half-written begins with a dot."""
    return (file for file in sorted(folder.glob("*.sig")) if not file.name.startswith("."))
