"""A person withdraws: nothing about her leaves any more, and those who hold her personal data are told to erase it.

Recorded, that is in force: `exchange.consent` holds her rows back, and `objection` stops a bundle that was packed with
her. The rest – bundles taken back, the entries, the letters – `complete` does, and does again after a crash, because
every id is derived from her case under a key of ours: what the log has of a withdrawal says what is still to be done.

    consent.withdrawn    letter = the withdrawal's own id; once
    erasure.asked        letter = the id of the letter that tells this recipient; once for each of them
    letter.sent          that letter
    erasure.certified    that letter is answered; nothing else stops the clock
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.agreed import signed_agreements
from exchange.agreements.agreement import Agreement, Reference
from exchange.approving import WITHDRAWN_SINCE
from exchange.audit.entries import Counts, Entry
from exchange.bundle.letters import Withdrawal
from exchange.crypto.hashing import keyed
from exchange.duties.clock import Clock, Facts
from exchange.duties.correspondence import binding
from exchange.errors import AgreementError, DisclosureError, KeyringError, Problem, SealError, UsageError
from exchange.extracts.references import as_compared
from exchange.kept_marks import forget_marks
from exchange.locale import _
from exchange.office import Office
from exchange.posting import post_letter, reject_parcel, resume
from exchange.previewing import forget_pages
from exchange.protect.releases.releases import Release
from exchange.pseudonyms import known_as
from exchange.registers import case_key, withdrawals, withdrew
from exchange.remembering import is_lost
from exchange.transport.parcels import NO_PROBLEM, Standing

_CLAUSE = "consent.withdrawal"
_UNDELIVERED = ("packed", "queued", "sending", "failed")


@dataclass(frozen=True, slots=True)
class Owed:
    """Why the letter to a recipient cannot be written yet; its clock runs, and `complete` tries again."""

    recipient: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Stopped:
    """`told`: recipients to whom letters go. `taken_back`: bundles that had not left and never will; their periods can
    be packed again. `held`: bundles that may have left before, and are not sent again. `owed`: recipients whose
    letters could not be written yet."""

    told: tuple[str, ...]
    owed: tuple[Owed, ...]
    taken_back: tuple[Release, ...]
    held: tuple[Release, ...]


def withdraw(office: Office, agreement_id: str, case: str) -> Stopped:
    """A person withdrew: nothing about her leaves any more under this agreement, and recipients of personal data that
    got her are told by letter to erase her. In gated tiers she is absent from the next release on, because recalling
    one row would point at it. Repeating it goes on where it was cut off, and else changes nothing."""
    agreement = _governing(office, agreement_id)
    if not case or case != case.strip():
        raise UsageError(Problem("withdraw.case", _("this is no case number"), hint=_("write it as in the workbook")))
    withdrew(office, agreement_id, case)  # in force from here on
    resume(office)
    taken_back, held = take_back(office, agreement)
    forget_marks(office, agreement)
    told, owed = _tell(office, agreement, case)
    return Stopped(told, owed, taken_back, held)


def complete(office: Office) -> None:
    """Go on with every withdrawal that was cut off, and take back what was packed while it was recorded."""
    ours = {each.agreement.id for each in office.workspace.agreements.all() if each.agreement.sender.id == office.party}
    for agreement_id in sorted(ours):
        agreement, cases = _governing(office, agreement_id), withdrawals(office, agreement_id)
        if cases:
            take_back(office, agreement)
            forget_marks(office, agreement)
        for case in sorted(cases):
            _tell(office, agreement, case)


def who_got(office: Office, agreement: Agreement, case: str) -> tuple[str, ...]:
    """The recipients of whose releases any held this case, gated ones too; () where no release ever knew the number."""
    parties = _ever(office, agreement.id)
    keys = ((party, case_key(office, agreement.id, party, case)) for party in parties)
    return office.workspace.releases.recipients_of(agreement.id, keys)


# --- what waits to leave ---


def objection(office: Office, standing: Standing) -> Problem | None:
    """Why a bundle may not leave: somebody in it has withdrawn since. None for others, and for what the server has."""
    release = office.workspace.releases.find(f"sha256:{standing.parcel.sha256}")
    if release is None or not _holds_withdrawn(office, release):
        return None
    return None if standing.parcel.sha256 in office.workspace.outbox.delivered() else _withdrawn_since(release)


def take_back(office: Office, agreement: Agreement) -> tuple[tuple[Release, ...], tuple[Release, ...]]:
    """The bundles under `agreement` that hold somebody who withdrew and had not left: those that are taken back, with
    all that were packed after them, and those that are only held. The pages of what is taken back go with it: they
    count her.

    Only the end of a series can be taken back, and only what nobody can have: a number never belongs to two contents.
    """
    taken: list[Release] = []
    held: list[Release] = []
    for recipient in _ever(office, agreement.id):
        waiting = list(_waiting(office, agreement, recipient))
        affected = [at for at, (_each, release) in enumerate(waiting) if _holds_withdrawn(office, release)]
        for at in affected:
            office.workspace.outbox.hold(waiting[at][0].parcel.sha256, office.now, _withdrawn_since(waiting[at][1]))
        free = _free_from(office, waiting)
        first = min((at for at in affected if at >= free), default=len(waiting))
        back = [each for standing, each in reversed(waiting[first:]) if _taken_back(office, standing, each)]
        taken += back
        held += (waiting[at][1] for at in affected if waiting[at][1] not in back)
    forget_pages(office)
    return tuple(taken), tuple(held)


def _waiting(office: Office, agreement: Agreement, recipient: str) -> Iterator[tuple[Standing, Release]]:
    """What is packed and was never delivered, in the order of its series."""
    there = office.workspace.outbox.delivered()
    for standing in office.workspace.outbox.status():
        release = office.workspace.releases.find(f"sha256:{standing.parcel.sha256}")
        if release is None or (release.agreement.id, release.recipient) != (agreement.id, recipient):
            continue
        if standing.state in _UNDELIVERED and standing.parcel.sha256 not in there:
            yield standing, release


def _free_from(office: Office, waiting: list[tuple[Standing, Release]]) -> int:
    """From which one on nobody can have any of them. Asked after they are held: none is just being sent."""
    now = {each.parcel.sha256: each.maybe_there for each in office.workspace.outbox.status()}
    return max((at + 1 for at, (each, _release) in enumerate(waiting) if now[each.parcel.sha256]), default=0)


def _taken_back(office: Office, standing: Standing, release: Release) -> bool:
    network = office.workspace.agreements.newest(release.agreement.id).agreement.network
    holds = _holds_withdrawn(office, release)
    office.workspace.outbox.hold(standing.parcel.sha256, office.now, _withdrawn_since(release) if holds else NO_PROBLEM)
    entry = office.entry(
        "release.taken_back",
        counterpart=release.recipient,
        agreement=release.agreement,
        period=release.period,
        bundle=release.bundle,
        ciphertext=release.ciphertext,
    )
    try:
        return reject_parcel(office, network, standing.parcel.sha256, entry)
    except SealError as error:
        if error.codes != ("seal.given",):
            raise
        return False  # something was packed after it just now: held until the next look


def _holds_withdrawn(office: Office, release: Release) -> bool:
    agreement, recipient = release.agreement.id, release.recipient
    gone = (case_key(office, agreement, recipient, case) for case in withdrawals(office, agreement))
    return office.workspace.releases.holds_any(release.bundle, gone)


def _withdrawn_since(release: Release) -> Problem:
    what = _("somebody who is in this bundle has withdrawn since it was packed")
    hint = _("it is not sent; where the recipient says that it never came: exchange approve --reject --never-came {id}")
    hint = hint.format(id=release.bundle[:12])
    return Problem(WITHDRAWN_SINCE, what, f"{release.recipient} {release.period}", hint)


# --- telling those who hold her ---


def _tell(office: Office, agreement: Agreement, case: str) -> tuple[tuple[str, ...], tuple[Owed, ...]]:
    """Note the withdrawal, and write to every recipient of personal data that got her; the recipients, and why others
    of them cannot be written to yet. What was noted or written before is not again."""
    own = _id_of(office, agreement.id, as_compared(case))
    under = _personal(office, agreement.id)
    letters = {party: _id_of(office, own, party) for party in under}
    asked = {entry.letter: entry for entry in office.entries(agreement.network, "erasure.asked")}
    if own not in {entry.letter for entry in office.entries(agreement.network, "consent.withdrawn")}:
        got = who_got(office, agreement, case)
        # Where the memory of releases is not whole, nobody knows who got her: all are told.
        told = [(p, letters[p]) for p in letters if p in got or is_lost(office, agreement, p)]
        entries = tuple(_withdrawn_entries(office, agreement, own, told))
        office.note(agreement.network, *entries)
        asked |= {entry.letter: entry for entry in entries}
    sent = {entry.letter for entry in office.entries(agreement.network, "letter.sent")}
    owed = [(party, asked[letter]) for party, letter in letters.items() if letter in asked]
    unreached: list[Owed] = []
    for party, entry in owed:
        if entry.letter not in sent:
            try:
                _write(office, under[party], party, case, entry)
            except (KeyringError, DisclosureError) as error:  # keeps no other recipient, and no delivery
                if not all(code.startswith("card.") or code == "pseudonyms.lost" for code in error.codes):
                    raise
                unreached.append(Owed(party, error.problems))
    missed = {each.recipient for each in unreached}
    return tuple(party for party, _entry in owed if party not in missed), tuple(unreached)


def _governing(office: Office, agreement_id: str) -> Agreement:
    """Never a draft that some have not signed: its recipients would refuse the letter."""
    try:
        return binding(office, agreement_id)
    except AgreementError:  # nothing was ever sent
        return office.workspace.agreements.newest(agreement_id).agreement


def _ever(office: Office, agreement_id: str) -> tuple[str, ...]:
    """Whoever is a recipient in any version: who left with a new version still holds what came before."""
    versions = (each.agreement for each in office.workspace.agreements.all() if each.agreement.id == agreement_id)
    return tuple(dict.fromkeys(party.id for each in versions for party in each.recipients))


def _personal(office: Office, agreement_id: str) -> dict[str, Agreement]:
    """Recipient of personal data under any signed version → the version to write under: the newest in effect."""
    signed = (each for each in signed_agreements(office) if each.id == agreement_id)
    today = office.now.date()
    order = sorted(signed, key=lambda e: (e.term.effective <= today, tuple(map(int, e.version.split(".")))))
    return {p.id: each for each in order for p in each.recipients if not each.tier_of(p.id).gated}


def _withdrawn_entries(
    office: Office, agreement: Agreement, own: str, told: Iterable[tuple[str, str]]
) -> Iterator[Entry]:
    reference = Reference.to(agreement)
    yield office.entry("consent.withdrawn", agreement=reference, letter=own, counts=Counts(withdrawals=1))
    for party, letter in told:
        yield office.entry("erasure.asked", counterpart=party, agreement=reference, letter=letter)


def ids_of_withdrawal(office: Office, agreement: Agreement, case: str, recipient: str) -> tuple[str, str]:
    """Of the withdrawal of this case, whether there was one or not, and of the letter that would tell the recipient."""
    own = _id_of(office, agreement.id, as_compared(case))
    return own, _id_of(office, own, recipient)


def letter_again(office: Office, agreement: Agreement, letter_id: str) -> Withdrawal | None:
    """What the letter of this id told its recipient; None where it is none of these."""
    asked = (each for each in office.entries(agreement.network, "erasure.asked") if each.letter == letter_id)
    owed = next(asked, None)
    for case in withdrawals(office, agreement.id) if owed else ():
        own = _id_of(office, agreement.id, as_compared(case))
        if owed and owed.counterpart and _id_of(office, own, owed.counterpart) == letter_id:
            return _body(office, agreement, owed.counterpart, case, owed)
    return None


def _write(office: Office, agreement: Agreement, recipient: str, case: str, owed: Entry) -> None:
    body = _body(office, agreement, recipient, case, owed)
    post_letter(office, recipient, body, agreement.network, Reference.to(agreement), letter_id=owed.letter)


def _body(office: Office, agreement: Agreement, recipient: str, case: str, owed: Entry) -> Withdrawal:
    today, *earlier = known_as(office, agreement, recipient, case)
    return Withdrawal(
        kind="withdrawal",
        pseudonym=today,
        earlier=tuple(earlier),
        erase_by=owed.time + dt.timedelta(days=agreement.consent.withdrawal.erase_within_days),
    )


def _id_of(office: Office, *parts: str) -> str:
    """An id that nobody else can make or test, always the same for the same withdrawal."""
    return keyed(office.identity.key_for("withdrawals"), *parts).hex()[:32]


# --- the clocks ---


def clocks(facts: Facts) -> Iterator[Clock]:
    """For the sender the three clocks of every withdrawal, for a recipient the one of each letter that came."""
    if facts.party == facts.agreement.sender.id:
        hours = dt.timedelta(hours=facts.agreement.consent.withdrawal.stop_within_hours)
        for entry in facts.of("consent.withdrawn"):
            # It is noted after all that waited was taken back or held, and nothing of her is sent from then on.
            yield facts.clock("withdrawal.stop", f"{_CLAUSE}.stop_within_hours", entry, hours, stopped=entry.time)
        for entry in facts.of("erasure.asked"):
            yield _tell_clock(facts, entry)
            yield _erase(facts, entry, entry.counterpart or "", owed_to=facts.party)
    else:
        for entry in facts.of("letter.received", "withdrawal"):
            yield _erase(facts, entry, facts.party, owed_to=facts.agreement.sender.id)


def _tell_clock(facts: Facts, asked: Entry) -> Clock:
    hours = dt.timedelta(hours=facts.agreement.consent.withdrawal.tell_recipients_within_hours)
    there = (facts.delivered.get(each.ciphertext or "") for each in _sent(facts, asked))
    certified = _certified(facts, asked, asked.counterpart or "")
    told = min((each for each in (certified, *there) if each is not None), default=None)
    clause = f"{_CLAUSE}.tell_recipients_within_hours"
    return facts.clock("withdrawal.tell", clause, asked, hours, owed_to=asked.counterpart or "", stopped=told)


def _erase(facts: Facts, entry: Entry, by: str, *, owed_to: str) -> Clock:
    days = dt.timedelta(days=facts.agreement.consent.withdrawal.erase_within_days)
    certified = _certified(facts, entry, entry.counterpart or "")
    clause = f"{_CLAUSE}.erase_within_days"
    return facts.clock("withdrawal.erase", clause, entry, days, by=by, owed_to=owed_to, stopped=certified)


def _sent(facts: Facts, owed: Entry) -> Iterator[Entry]:
    of_kind = facts.of("letter.sent", "withdrawal")
    return (each for each in of_kind if (each.letter, each.counterpart) == (owed.letter, owed.counterpart))


def _certified(facts: Facts, owed: Entry, counterpart: str) -> dt.datetime | None:
    """When our own log had the certificate of exactly this letter; the day that it names does not count."""
    of_letter = (
        each for each in facts.of("erasure.certified") if (each.letter, each.counterpart) == (owed.letter, counterpart)
    )
    return min((each.time for each in of_letter if each.time >= owed.time), default=None)
