"""What is not as it was, planted into a year of ten organisations: each a small function, each at a place of its own.

`Planted.code` is what must be found, by `verify` or by the question of that name; `at` where: an event's entry, or the
log of a party where what is wrong is that there is none. `also` are codes that follow from the same thing, each in the
log of a party.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from audit.year_cast import CASES, RECIPIENTS, STATISTICS, TASK_FORCE, digest, leave, reference, secret
from audit.year_events import Event, Sent
from audit.year_story import DAY, HOUR, Story

from exchange.audit.entries import AgreementRef, Counts, Kind

Also = tuple[tuple[str, str], ...]
Where = Event | str
Plant = Callable[[Story], tuple[Where, Also]]


@dataclass(frozen=True, slots=True)
class Irregularity:
    """`question`: whose answer must find it; "" where verifying does."""

    name: str
    code: str
    question: str
    plant: Plant


@dataclass(frozen=True, slots=True)
class Planted:
    irregularity: Irregularity
    at: Where
    also: Also

    @property
    def party(self) -> str:
        return self.at if isinstance(self.at, str) else self.at.party

    @property
    def entry(self) -> int | None:
        return None if isinstance(self.at, str) else self.at.number

    def explains(self, code: str, party: str, entry: int | None) -> bool:
        """Whether a finding is of this irregularity, or follows from it."""
        here = self.entry is None or self.entry == entry
        return ((code, party) == (self.irregularity.code, self.party) and here) or (code, party) in self.also


IRREGULARITIES: list[Irregularity] = []


def found_as(code: str, question: str = "") -> Callable[[Plant], Plant]:
    def keep(plant: Plant) -> Plant:
        IRREGULARITIES.append(Irregularity(plant.__name__, f"audit.{code}", question, plant))
        return plant

    return keep


def plant_all(story: Story) -> tuple[Planted, ...]:
    return tuple(Planted(each, *each.plant(story)) for each in IRREGULARITIES)


# --- do both sides tell the same? ---


@found_as("received_not_delivered")
def a_delivery_is_left_out(story: Story) -> tuple[Where, Also]:
    sent = story.sent("yks", TASK_FORCE, "2026-11")
    story.drop(sent.delivered)
    return sent.received, (("audit.month_missing", "yks"),)


@found_as("delivered_not_received", "received")
def a_reception_is_left_out(story: Story) -> tuple[Where, Also]:
    sent = story.sent("rpk", CASES, "2026-10")
    story.drop(*sent.there, *sent.back)
    return sent.delivered, (("audit.unacknowledged", "rpk"), ("audit.receipt_late", "rpk"))


@found_as("misdelivered")
def a_bundle_reached_somebody_else(story: Story) -> tuple[Where, Also]:
    sent = story.sent("jkm", CASES, "2026-12")
    file, at = sent.delivered.entry.ciphertext, sent.delivered.entry.time + HOUR
    story.tell(STATISTICS, "bundle.received", at, ciphertext=file)
    return sent.delivered, ()


@found_as("agreement_differs")
def an_acceptance_names_another_version(story: Story) -> tuple[Where, Also]:
    sent = story.sent("cso-4", TASK_FORCE, "2027-01")
    other = AgreementRef(id=reference("cso-4").id, version="1.0.0", digest=digest("an older text"))
    story.change(sent.accepted, agreement=other)
    return sent.delivered, (("audit.agreement_absent", TASK_FORCE),)


@found_as("receipt_unmatched")
def a_receipt_is_invented(story: Story) -> tuple[Where, Also]:
    sent = story.sent("cso-5", CASES, "2026-11")
    return story.change(sent.acknowledged, receipt=digest("invented")), ()


@found_as("unacknowledged")
def a_receipt_never_came_back(story: Story) -> tuple[Where, Also]:
    sent = story.sent("cso-6", TASK_FORCE, "2026-10")
    story.drop(*sent.back)
    return sent.delivered, (("audit.receipt_late", "cso-6"), ("audit.receipt_late", TASK_FORCE))


@found_as("not_delivered")
def what_was_approved_is_kept(story: Story) -> tuple[Where, Also]:
    sent = story.sent("yks", CASES, "2027-02")
    story.drop(sent.delivered, *sent.there, *sent.back)
    return sent.packed, (("audit.month_missing", "yks"),)


@found_as("letter_not_sent")
def a_breach_is_told_and_the_letter_kept_out_of_the_log(story: Story) -> tuple[Where, Also]:
    breach = story.breaches["cso-6"]
    story.drop(breach.sent[CASES])
    story.change(breach.told[CASES], ciphertext=None, note="phone")
    return breach.received[CASES], ()


@found_as("letter_not_received")
def an_urgent_letter_is_kept_out_of_the_recipients_log(story: Story) -> tuple[Where, Also]:
    story.drop(story.urgent["yks"].received)
    return story.urgent["yks"].sent, ()


# --- is the history as it was? ---


@found_as("silent")
def a_witness_cosigns_no_more(story: Story) -> tuple[Where, Also]:
    story.deaf.add(("rpk", CASES, dt.date(2027, 4, 1)))
    return "rpk", ()


@found_as("unwitnessed")
def the_last_month_is_shown_to_nobody(story: Story) -> tuple[Where, Also]:
    story.deaf |= {("cso-4", each, dt.date(2027, 8, 1)) for each in (*RECIPIENTS, "independent-auditor")}
    return "cso-4", ()


@found_as("time_backwards")
def an_approval_is_dated_back(story: Story) -> tuple[Where, Also]:
    sent = story.sent("cso-5", TASK_FORCE, "2027-03")
    sent.approved_too.written = sent.delivered.entry.time + 2 * DAY
    return sent.approved_too, (("audit.not_approved", "cso-5"),)


# --- 2: who let it leave? ---


@found_as("not_approved", "bundle")
def one_person_approves_alone(story: Story) -> tuple[Where, Also]:
    sent = story.sent("rpk", TASK_FORCE, "2026-11")
    story.drop(sent.approved_too)
    return sent.delivered, ()


@found_as("approver_unknown", "bundle")
def somebody_unknown_approves(story: Story) -> tuple[Where, Also]:
    sent = story.sent("jkm", TASK_FORCE, "2027-03")
    return story.change(sent.approved_too, person="director.9"), (("audit.key_unknown", "jkm"),)


@found_as("same_key", "bundle")
def one_key_approves_under_two_names(story: Story) -> tuple[Where, Also]:
    sent = story.sent("cso-5", CASES, "2027-02")
    told = {
        "person": "director.2",
        "key": secret("cso-5", "director.1").verify_key.fingerprint(),
        "codes": ("approve",),
    }
    story.tell("cso-5", "person.certified", sent.packed.entry.time - DAY, **told, until=dt.date(2027, 12, 31))
    also = (("audit.not_approved", "cso-5"), ("audit.approver_unknown", "cso-5"))
    return story.change(sent.approved_too, person="director.2"), also


@found_as("left_twice", "bundle")
def one_bundle_leaves_in_two_files(story: Story) -> tuple[Where, Also]:
    first = story.sent("cso-4", CASES, "2026-10")
    at, bundle = first.packed.entry.time + 3 * DAY, first.packed.entry.bundle or ""
    second = story.send("cso-4", CASES, "2026-10", at, story.checked(first), bundle=bundle, nth=1)
    return second.delivered, ()


# --- 3: was it in force? ---


@found_as("not_in_force", "in-force")
def a_bundle_leaves_while_sending_is_suspended(story: Story) -> tuple[Where, Also]:
    sent = story.sent("cso-6", TASK_FORCE, "2027-04")
    story.delay(12 * DAY, *sent.events)
    notices: tuple[tuple[int, Kind, str], ...] = (
        (-1, "agreement.suspended", "suspension"),
        (6, "agreement.resumed", "resumption"),
    )
    for days, kind, note in notices:
        at = sent.packed.entry.time + days * DAY
        for party in ("cso-6", *RECIPIENTS):
            story.tell(party, kind, at, agreement=reference("cso-6"), counterpart="cso-6", note=note)
    return sent.delivered, (("audit.not_in_force", TASK_FORCE), ("audit.month_late", "cso-6"))


# --- 4, 6: which rows, which fields? ---


@found_as("rows_uncovered", "consent")
def more_rows_leave_than_consent_covers(story: Story) -> tuple[Where, Also]:
    sent = story.sent("yks", CASES, "2026-12")
    rows = (sent.packed.entry.counts or Counts()).rows_in or 0
    story.count(sent.accepted, rows_in=rows + 3)
    return story.count(sent.packed, rows_out=rows + 3), ()


@found_as("field_beyond_tier", "fields")
def a_name_leaves_with_the_rows(story: Story) -> tuple[Where, Also]:
    sent = with_rows(story, "cso-5", CASES)
    return story.change(sent.packed, fields=(*sent.packed.entry.fields, "prs_FirstName")), ()


# --- 5: withdrawals ---


@found_as("withdrawal_late", "withdrawals")
def a_recipient_is_told_late(story: Story) -> tuple[Where, Also]:
    told = story.withdrawals["rpk"]
    story.delay(3 * DAY, told.sent, told.received, told.erased, told.certificate, told.certified)
    return "rpk", ()


@found_as("withdrawal_untold", "withdrawals")
def a_recipient_is_never_told(story: Story) -> tuple[Where, Also]:
    told = story.withdrawals["jkm"]
    story.drop(told.sent, told.received, told.erased, told.certificate, told.certified)
    return "jkm", (("audit.erasure_open", "jkm"), ("audit.erasure_late", "jkm"))


@found_as("erasure_late", "withdrawals")
def a_recipient_erases_late(story: Story) -> tuple[Where, Also]:
    told = story.withdrawals["cso-4"]
    story.delay(12 * DAY, told.erased, told.certificate, told.certified)
    return told.erased, (("audit.erasure_late", "cso-4"),)


# --- 8: receipts ---


@found_as("receipt_late", "unacknowledged")
def a_receipt_comes_late(story: Story) -> tuple[Where, Also]:
    sent = story.sent("cso-6", CASES, "2027-01")
    story.delay(9 * DAY, *sent.there, *sent.back)
    return "cso-6", (("audit.receipt_late", CASES),)


# --- 9: destruction ---


@found_as("destruction_late", "destroyed")
def a_bundle_is_destroyed_late(story: Story) -> tuple[Where, Also]:
    disposal = story.sent("yks", TASK_FORCE, "2026-10").disposal
    assert disposal is not None
    story.delay(40 * DAY, *disposal.events)
    return TASK_FORCE, (("audit.destruction_late", "yks"),)


@found_as("destruction_open", "destroyed")
def a_bundle_is_never_destroyed(story: Story) -> tuple[Where, Also]:
    disposal = story.sent("rpk", TASK_FORCE, "2026-10").disposal
    assert disposal is not None
    story.drop(*disposal.events)
    return TASK_FORCE, (("audit.destruction_open", "rpk"),)


# --- 10, 11: who else has it, who looks at it? ---


@found_as("onward_without_leave", "onward")
def data_are_passed_on_after_the_leave_has_ended(story: Story) -> tuple[Where, Also]:
    story.leaves["cso-5"] = leave("cso-5", dt.date(2027, 8, 1))  # it was over by then
    return story.onward["cso-5"], ()


@found_as("reader_unnamed", "readers")
def somebody_who_is_not_named_opens_a_bundle(story: Story) -> tuple[Where, Also]:
    sent = story.sent("yks", STATISTICS, "2026-Q4")
    told = {name: getattr(sent.read.entry, name) for name in ("agreement", "counterpart", "period", "bundle")}
    at, file = sent.read.entry.time + DAY, sent.read.entry.ciphertext
    return story.tell(STATISTICS, "bundle.opened", at, **told, ciphertext=file, person="intern.1"), ()


# --- 14: keys ---


@found_as("key_revoked_used", "keys")
def somebody_approves_with_a_key_that_was_revoked(story: Story) -> tuple[Where, Also]:
    sent = [story.sent("jkm", recipient, "2027-07") for recipient in (TASK_FORCE, CASES)]
    lost = secret("jkm", "data.officer.1").verify_key.fingerprint()
    story.tell("jkm", "card.revoked", dt.datetime(2027, 7, 30, tzinfo=dt.UTC), key=lost, person="data.officer.1")
    codes = ("audit.key_revoked_used", "audit.approver_unknown", "audit.not_approved")
    return sent[0].approved_too, tuple((code, "jkm") for code in codes)


@found_as("key_unknown", "keys")
def an_agreement_is_signed_with_a_key_that_nobody_knows(story: Story) -> tuple[Where, Also]:
    signed = next(
        each
        for each in story.of("cso-6")
        if each.entry.kind == "agreement.signed" and each.entry.counterpart == TASK_FORCE
    )
    return story.change(signed, key=secret("nobody").verify_key.fingerprint()), ()


# --- 15: exceptions ---


@found_as("clock_skew", "exceptions")
def a_bundle_came_before_it_left(story: Story) -> tuple[Where, Also]:
    sent = story.sent("yks", TASK_FORCE, "2027-04")
    story.delay(sent.delivered.entry.time - sent.received.entry.time - 2 * HOUR, *sent.there)
    return TASK_FORCE, (("audit.clock_skew", "yks"),)


@found_as("urgent_unreviewed", "exceptions")
def an_urgent_disclosure_is_not_reviewed(story: Story) -> tuple[Where, Also]:
    story.drop(story.urgent["rpk"].reviewed)
    return story.urgent["rpk"].disclosed, ()


@found_as("refused", "exceptions")
def a_bundle_is_refused_and_sent_anew(story: Story) -> tuple[Where, Also]:
    sent = story.sent("jkm", STATISTICS, "2027-Q1")
    story.drop(*(each for each in sent.there if each is not sent.received), *sent.back)
    told = {name: getattr(sent.delivered.entry, name) for name in ("agreement", "period", "bundle", "ciphertext")}
    at, letter = sent.received.entry.time, digest("a refusal")
    story.tell(STATISTICS, "bundle.refused", at, **told, counterpart="jkm", codes=("bundle.disagrees",))
    answer = {"agreement": reference("jkm"), "ciphertext": letter, "letter": letter[7:39], "note": "refusal"}
    story.tell(STATISTICS, "letter.sent", at, counterpart="jkm", **answer)
    refused = {**told, "counterpart": STATISTICS, "codes": ("bundle.disagrees",), "receipt": letter}
    event = story.tell("jkm", "bundle.refused", at + 3 * HOUR, **refused)
    story.send("jkm", STATISTICS, "2027-Q1", at + 5 * HOUR, story.checked(sent), nth=1)
    return event, ()


# --- 16: anonymity ---


@found_as("k_below", "anonymity")
def k_is_not_reached_and_the_rows_leave(story: Story) -> tuple[Where, Also]:
    return story.count(with_rows(story, "cso-4", TASK_FORCE).packed, k_reached=2), ()


@found_as("cell_below", "anonymity")
def a_table_tells_of_too_few(story: Story) -> tuple[Where, Also]:
    return story.count(story.sent("rpk", STATISTICS, "2026-Q4").packed, cell_reached=2), ()


@found_as("exposed_across", "anonymity")
def releases_together_single_people_out(story: Story) -> tuple[Where, Also]:
    return story.count(with_rows(story, "cso-5", TASK_FORCE).packed, exposed=4), ()


# --- 17: months ---


@found_as("month_missing", "months")
def a_month_is_never_sent(story: Story) -> tuple[Where, Also]:
    story.drop(*story.sent("cso-6", CASES, "2027-05").events)
    return "cso-6", ()


@found_as("month_late", "months")
def a_month_is_sent_late(story: Story) -> tuple[Where, Also]:
    sent = story.sent("rpk", CASES, "2027-06")
    story.delay(12 * DAY, *sent.events)
    return sent.delivered, ()


def with_rows(story: Story, sender: str, recipient: str) -> Sent:
    """The last bundle of this way that has rows of people."""
    found = (sent for (s, r, _period), sent in story.bundles.items() if (s, r) == (sender, recipient))
    return [sent for sent in found if sent.packed.entry.fields][-1]
