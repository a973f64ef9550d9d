"""What happens in a year among ten organisations, as events that can be changed before they are written into logs.

What a month brings has the kinds and the fields of a real month: `test_a_year_of_ten_organisations.py` compares them.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from functools import partial
from typing import Any

from audit.year_cast import (
    CASES,
    CERTIFIED_UNTIL,
    END,
    EVERYBODY,
    FOUNDED,
    PEOPLE,
    RECIPIENTS,
    SENDERS,
    SIGNED_ON,
    STATISTICS,
    TASK_FORCE,
    WRITERS,
    agreement,
    digest,
    identity,
    leave,
    periods,
    reference,
    secret,
)
from audit.year_events import Breach, Disposal, Event, Sent, Urgent, Withdrawal

from exchange.audit.entries import Counts, Entry, Kind, KindCount

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Way:
    """What names one bundle in the logs of both sides."""

    sender: str
    recipient: str
    period: str
    bundle: str
    name: tuple[object, ...]

    @property
    def about(self) -> dict[str, Any]:
        ciphertext = digest("file", *self.name)
        named = {"period": self.period, "bundle": self.bundle, "ciphertext": ciphertext}
        return {"agreement": reference(self.sender), **named}

    @property
    def for_sender(self) -> dict[str, Any]:
        return {**self.about, "counterpart": self.recipient}

    @property
    def for_recipient(self) -> dict[str, Any]:
        return {**self.about, "counterpart": self.sender}

    @property
    def receipt(self) -> str:
        return digest("receipt", *self.name)

    @property
    def second(self) -> str:
        return digest("second receipt", *self.name)

    @property
    def reader(self) -> str:
        return PEOPLE[self.recipient][0][0]

    @property
    def notices(self) -> tuple[str, ...]:
        return agreement(self.sender).delivery.receipt.acknowledges


class Story:
    """An honest year. What `change`, `drop` and `tell` do to it is what the year's logs will say."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.events: list[Event] = []
        self.bundles: dict[tuple[str, str, str], Sent] = {}
        self.deaf: set[tuple[str, str, dt.date]] = set()
        """(whose log, who does not cosign it any more, since when)"""
        self._begin()
        for sender in SENDERS:
            self._year_of(sender)
        self.withdrawals = {
            sender: self._withdrawal(sender, dt.date(2027, 2 + place, 9)) for place, sender in enumerate(SENDERS)
        }
        self.urgent = {
            sender: self._urgent(sender, dt.date(2027, 3, 2 + place)) for place, sender in enumerate(SENDERS[:2])
        }
        self.breaches = {sender: self._breach(sender, dt.date(2027, 4, 12)) for sender in SENDERS[-1:]}
        self._readings()
        self.leaves = {"yks": leave("yks", END.date()), "cso-5": leave("cso-5", END.date())}
        self.onward = {sender: self._passed_on(sender, minute) for minute, sender in enumerate(self.leaves)}

    # --- changing it ---

    def tell(self, party: str, kind: Kind, at: dt.datetime, **fields: Any) -> Event:
        event = Event(Entry(time=at, kind=kind, party=party, **fields))
        self.events.append(event)
        return event

    def change(self, event: Event, **fields: Any) -> Event:
        told = {name: getattr(event.entry, name) for name in Entry.model_fields}
        event.entry = Entry(**{**told, **fields})
        return event

    def count(self, event: Event, **counts: Any) -> Event:
        return self.change(event, counts=(event.entry.counts or Counts()).model_copy(update=counts))

    def delay(self, by: dt.timedelta, *events: Event) -> None:
        for each in events:
            self.change(each, time=each.entry.time + by)
            if each.entry.since is not None:
                self.change(each, since=each.entry.since + by)

    def drop(self, *events: Event) -> None:
        for each in events:
            self.events.remove(each)

    def sent(self, sender: str, recipient: str, period: str) -> Sent:
        return self.bundles[sender, recipient, period]

    def checked(self, sent: Sent) -> Counts:
        """What its sender's program found in the extract of a bundle."""
        entry = sent.packed.entry
        about = (entry.party, "extract.checked", entry.agreement, entry.period)
        told = (each.entry for each in self.events)
        found = (e for e in told if (e.party, e.kind, e.agreement, e.period) == about)
        return next(each.counts for each in found if each.counts is not None)

    def of(self, party: str) -> list[Event]:
        """What a log will hold, in its order."""
        return sorted((each for each in self.events if each.party == party), key=lambda each: each.at)

    # --- how it begins ---

    def _begin(self) -> None:
        """A log begins with what was so before: since when, it says."""
        founded = dt.datetime.combine(FOUNDED, dt.time(), dt.UTC)
        at, since = founded + DAY + HOUR, {"since": founded}
        for party in WRITERS:
            for other in EVERYBODY:
                if other != party:
                    key = identity(other).fingerprint()
                    self.tell(party, "card.trusted", at, **since, counterpart=other, key=key)
            for name, role in PEOPLE[party]:
                key = secret(party, name).verify_key.fingerprint()
                self.tell(
                    party, "person.certified", at, **since, person=name, key=key, until=CERTIFIED_UNTIL, codes=(role,)
                )
        for sender in SENDERS:
            for party in (sender, *RECIPIENTS):
                self._agreed(party, sender)
        for party in RECIPIENTS:
            self._agreed(party, TASK_FORCE)

    def _agreed(self, party: str, sender: str) -> None:
        signed, ref = dt.datetime.combine(SIGNED_ON, dt.time(), dt.UTC), reference(sender)
        self.tell(party, "agreement.made", signed - DAY, agreement=ref)
        for each in agreement(sender).signatories:
            other = None if each.party == party else each.party
            key = identity(each.party).fingerprint()
            self.tell(party, "agreement.signed", signed + DAY, since=signed, agreement=ref, counterpart=other, key=key)

    # --- a month ---

    def _year_of(self, sender: str) -> None:
        for recipients in ((TASK_FORCE, CASES), (STATISTICS,)):
            for period, after in periods(recipients[0]):
                day = after + dt.timedelta(days=self.chance.randrange(2, 7))
                at = dt.datetime.combine(day, dt.time(1, SENDERS.index(sender)), dt.UTC)
                checked = self._checked(sender, period, at)
                for place, recipient in enumerate(recipients):
                    sent = self.send(sender, recipient, period, at + place * 7 * MINUTE, checked)
                    self.bundles[sender, recipient, period] = sent

    def _checked(self, sender: str, period: str, at: dt.datetime) -> Counts:
        """A month without cases is reported as any other."""
        rows = 0 if self.chance.random() < 0.05 else self.chance.randrange(15, 60)
        held = self.chance.randrange(0, 4) if rows else 0
        counts = Counts(rows_in=rows, held_back=held, reasons=_reasons("extract.value", held))
        codes = ("extract.nik_broken",) if rows else ()
        about = {"agreement": reference(sender), "period": period}
        self.tell(sender, "extract.checked", at, **about, counts=counts, codes=codes)
        return counts

    def send(
        self, sender: str, recipient: str, period: str, at: dt.datetime, checked: Counts, bundle: str = "", nth: int = 0
    ) -> Sent:
        """One bundle from packing to acknowledgement, and destruction where it falls into the year. `nth`: where
        another file of the same period went before."""
        name = (sender, recipient, period, nth)
        way = _Way(sender, recipient, period, bundle or digest("bundle", *name)[7:39], name)
        arrives = at + DAY + self.chance.randrange(20) * HOUR
        ours, theirs = self._sender_side(way, at, checked), self._recipient_side(way, arrives)
        theirs["accepted"] = self._accepted(way, theirs["received"], ours["packed"])
        back = self._back(way, arrives + DAY)
        disposal = self._disposal(way, arrives) if recipient == TASK_FORCE else None
        return Sent(**ours, **theirs, **back, disposal=disposal)

    def _sender_side(self, way: _Way, at: dt.datetime, checked: Counts) -> dict[str, Event]:
        out, counts = way.for_sender, self._packed(way.sender, way.recipient, checked)
        paged = {**out, "page": digest("page", *way.name)}
        attempt = Counts(attempts=1, bytes=counts.bytes)
        fields = _fields(way.sender, way.recipient, counts)
        tell = partial(self.tell, way.sender)
        return {
            "packed": tell("bundle.packed", at, **paged, counts=counts, fields=fields),
            "approved": tell("release.approved", at + HOUR, **paged, person="director.1"),
            "approved_too": tell("release.approved", at + 2 * HOUR, **paged, person="data.officer.1"),
            "queued": tell("bundle.queued", at + 2 * HOUR, **out),
            "delivered": tell("bundle.delivered", at + 3 * HOUR, **out, counts=attempt),
        }

    def _recipient_side(self, way: _Way, at: dt.datetime) -> dict[str, Event]:
        came, letter = way.for_recipient, {"agreement": way.about["agreement"], "counterpart": way.sender}
        read, later = {**came, "person": way.reader}, at + 2 * HOUR
        tell = partial(self.tell, way.recipient)
        return {
            "received": tell("bundle.received", at, **came),
            "opened": tell("bundle.opened", at, **came),
            "receipt": tell("letter.sent", at, **letter, **_letter("receipt", way.receipt)),
            "read": tell("bundle.opened", later, **read),
            "notices": tell("notices.acknowledged", later, **read, codes=way.notices),
            "second_receipt": tell("letter.sent", later, **letter, **_letter("receipt", way.second)),
        }

    def _accepted(self, way: _Way, received: Event, packed: Event) -> Event:
        counts = Counts(rows_in=packed.entry.counts.rows_out if packed.entry.counts else 0, corrections=0)
        about = {**way.for_recipient, "receipt": way.receipt, "counts": counts}
        return self.tell(way.recipient, "bundle.accepted", received.entry.time, **about)

    def _back(self, way: _Way, at: dt.datetime) -> dict[str, Event]:
        read = {"receipt": way.second, "person": way.reader, "codes": way.notices, "since": at - 22 * HOUR}
        return {
            "acknowledged": self.tell(way.sender, "bundle.acknowledged", at, **way.for_sender, receipt=way.receipt),
            "noticed": self.tell(way.sender, "notices.acknowledged", at, **way.for_sender, **read),
        }

    def _packed(self, sender: str, recipient: str, checked: Counts) -> Counts:
        """As `exchange.sending` counts: of all rows of the extract some are held back, for one reason each; of the
        others the tier's protection lets all or none go as rows."""
        tier, rows, found = agreement(sender).tier_of(recipient), checked.rows_in or 0, checked.held_back or 0
        without = self.chance.randrange(0, 1 + rows // 4)
        held, consented = found + without, rows - found - without
        as_rows = "rows" in tier.protect.output and (not tier.gated or consented >= 20)
        k, tables = tier.protect.k, tier.protect.tables
        return Counts(
            rows_in=consented,
            rows_out=consented if as_rows else 0,
            held_back=held,
            reasons=(*_reasons("finding", found), *_reasons("scope", without)),
            k_asked=k,
            k_reached=(k or 1) + self.chance.randrange(3) if as_rows and k else None,
            exposed=0,
            values_withheld=0,
            tables=len(tables.by) if tables else 0,
            cell_asked=tables.min_cell if tables else None,
            cell_reached=tables.min_cell if tables else None,
            cells_exposed=0,
            cells_withheld=self.chance.randrange(7),
            bytes=261_803,
        )

    def _disposal(self, way: _Way, received: dt.datetime) -> Disposal | None:
        """Destroyed on its day, certified two days later; what is not due within the year stays."""
        month = received.month + 6
        due = received.replace(year=received.year + (month - 1) // 12, month=(month - 1) % 12 + 1, hour=2)
        if due + 10 * DAY > END:
            return None
        certificate, reports = digest("certificate", *way.name), Counts(reports=12)
        about = {name: way.about[name] for name in ("agreement", "period", "bundle")}
        ours, theirs = {**about, "counterpart": way.sender}, {**about, "counterpart": way.recipient}
        letter, sent = _letter("certificate", certificate), due + 2 * DAY
        to = {"agreement": about["agreement"], "counterpart": way.sender}
        names = {"ciphertext": certificate, "letter": letter["letter"]}
        return Disposal(
            due=self.tell(way.recipient, "disposal.due", due, **ours, counts=reports),
            done=self.tell(way.recipient, "disposal.done", due, **ours, counts=reports),
            certified=self.tell(way.recipient, "disposal.certified", sent, **ours, ciphertext=certificate),
            letter=self.tell(way.recipient, "letter.sent", sent, **to, **letter),
            came=self.tell(way.sender, "disposal.certified", due + 3 * DAY, **theirs, **names),
        )

    # --- what does not happen every month ---

    def _withdrawal(self, sender: str, day: dt.date) -> Withdrawal:
        at, ref = dt.datetime.combine(day, dt.time(3), dt.UTC), reference(sender)
        own, letter = digest("withdrawal", sender)[7:39], digest("letter", sender)[7:39]
        file, certificate = digest("withdrawal's file", sender), digest("erasure's certificate", sender)
        to = {"counterpart": CASES, "agreement": ref, "letter": letter}
        by = {"counterpart": sender, "agreement": ref, "letter": letter, "ciphertext": file}
        answer = {"counterpart": sender, "agreement": ref, "ciphertext": certificate, "note": "certificate"}
        one, tell = Counts(reports=1), self.tell
        return Withdrawal(
            withdrawn=tell(sender, "consent.withdrawn", at, agreement=ref, letter=own, counts=Counts(withdrawals=1)),
            asked=tell(sender, "erasure.asked", at, **to),
            sent=tell(sender, "letter.sent", at, **to, ciphertext=file, note="withdrawal"),
            received=tell(CASES, "letter.received", at + DAY, **by, note="withdrawal", counts=one),
            erased=tell(CASES, "erasure.certified", at + DAY, **by, counts=one),
            certificate=tell(CASES, "letter.sent", at + DAY, **answer, letter=digest(certificate)[7:39]),
            certified=tell(sender, "erasure.certified", at + 2 * DAY, **to, ciphertext=certificate, counts=one),
        )

    def _urgent(self, sender: str, day: dt.date) -> Urgent:
        at, letter = dt.datetime.combine(day, dt.time(5), dt.UTC), digest("urgent", sender)[7:39]
        about = {"agreement": reference(sender), "letter": letter}
        file = {**about, "ciphertext": digest("urgent's file", sender), "note": "urgent_disclosure"}
        return Urgent(
            disclosed=self.tell(sender, "disclosure.urgent", at, **about, counterpart=CASES, person="head.1"),
            sent=self.tell(sender, "letter.sent", at, **file, counterpart=CASES),
            received=self.tell(CASES, "letter.received", at + HOUR, **file, counterpart=sender),
            reviewed=self.tell(sender, "disclosure.reviewed", at + 6 * HOUR, **about, person="head.2"),
        )

    def _breach(self, sender: str, day: dt.date) -> Breach:
        """Everybody is told by a letter of its own, the auditor too, who keeps no log."""
        at, breach = dt.datetime.combine(day, dt.time(7), dt.UTC), digest("breach", sender)[7:39]
        about = {"agreement": reference(sender), "letter": breach}
        others = [each.id for each in agreement(sender).parties if each.id != sender]
        files = {other: digest("breach's file", sender, other) for other in others}
        letters = {
            other: {"agreement": about["agreement"], **_letter("breach_notice", file)} for other, file in files.items()
        }
        tell = partial(self.tell, sender)
        return Breach(
            noticed=tell("breach.noticed", at, **about, since=at - HOUR),
            told={
                other: tell("breach.told", at, **about, counterpart=other, ciphertext=file)
                for other, file in files.items()
            },
            sent={other: tell("letter.sent", at, **letters[other], counterpart=other) for other in others},
            received={
                other: self.tell(other, "letter.received", at + HOUR, **letters[other], counterpart=sender)
                for other in others
                if other in WRITERS
            },
            reported=tell("breach.reported", at + DAY, **about, since=at + 20 * HOUR),
        )

    def _readings(self) -> None:
        """Every month the recipients merge what they have and export it for their own people."""
        for recipient in RECIPIENTS:
            reader = PEOPLE[recipient][0][0]
            for _period, after in periods(recipient):
                at = dt.datetime.combine(after + 14 * DAY, dt.time(4), dt.UTC)
                counted = Counts(reports=120, people=110)
                self.tell(recipient, "store.merged", at, counts=counted)
                for sender in SENDERS:
                    self.tell(
                        recipient,
                        "store.exported",
                        at + HOUR,
                        agreement=reference(sender),
                        person=reader,
                        counts=counted,
                    )

    def _passed_on(self, sender: str, minute: int) -> Event:
        """The task force passes on what came from a sender, by its leave."""
        at = dt.datetime(2027, 8, 20, 6, minute, tzinfo=dt.UTC)
        about = {"agreement": reference(sender), "onward": reference(TASK_FORCE), "note": "onward"}
        counts = Counts(reports=40, people=38)
        return self.tell(TASK_FORCE, "store.exported", at, **about, person=PEOPLE[TASK_FORCE][0][0], counts=counts)


def _letter(note: str, ciphertext: str) -> dict[str, Any]:
    return {"ciphertext": ciphertext, "letter": digest("letter", ciphertext)[7:39], "note": note}


def _reasons(kind: str, count: int) -> tuple[KindCount, ...]:
    return (KindCount(kind=kind, count=count),) if count else ()


def _fields(sender: str, recipient: str, counts: Counts) -> tuple[str, ...]:
    """The columns of people's rows: what the tier releases as rows, where there are any."""
    if not counts.rows_out:
        return ()
    release = agreement(sender).tier_of(recipient).release
    return tuple(name for name, rule in release.items() if rule.rule != "drop" and rule.place == "rows")
