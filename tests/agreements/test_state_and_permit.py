"""What state an agreement is in on a day, and whether a period may be sent on it."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest
from agreements.example import agreement, changed, key, signed

from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit, Request, permit
from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import Signatures, sign
from exchange.agreements.state import Notice, state, supersession
from exchange.errors import AgreementError

OCTOBER = Period.read("2026-10")
DAY = dt.date(2026, 11, 5)
ASK = Request("gt-ntt", OCTOBER, DAY)


def notice(kind: str, by: str = "gt-ntt", on: dt.date = dt.date(2026, 10, 1), ground: str | None = None) -> Notice:
    return Notice(kind, Reference.to(agreement()), by, on, ground)  # type: ignore[arg-type]


def state_on(day: dt.date, *notices: Notice) -> str:
    return state(agreement(), signed(agreement()), day, notices)


def refused(
    request: Request, document: Agreement | None = None, signatures: Signatures | None = None, *notices: Notice
) -> tuple[str, ...]:
    document = document or agreement()
    with pytest.raises(AgreementError) as caught:
        permit(document, signatures if signatures is not None else signed(document), request, notices)
    return tuple(code.removeprefix("agreement.") for code in caught.value.codes)


def ask(**changes: object) -> Request:
    return dataclasses.replace(ASK, **changes)  # type: ignore[arg-type]


# State


def test_the_state_follows_signatures_and_dates() -> None:
    assert state(agreement(), Signatures(), DAY) == "draft"
    assert state(agreement(), signed(agreement(), "yks"), DAY) == "part-signed"
    assert state_on(dt.date(2026, 8, 20)) == "draft"  # before anyone signed
    assert state_on(dt.date(2026, 8, 31)) == "signed"
    assert state_on(dt.date(2026, 9, 1)) == "active"
    assert state_on(dt.date(2027, 8, 31)) == "active"
    assert state_on(dt.date(2027, 9, 1)) == "expired"


def test_a_suspension_holds_until_the_one_who_gave_it_lifts_it() -> None:
    assert state_on(DAY, notice("suspension")) == "suspended"
    assert state_on(dt.date(2026, 9, 30), notice("suspension")) == "active"
    later = dt.date(2026, 10, 2)
    assert state_on(DAY, notice("suspension"), notice("resumption", on=later)) == "active"
    assert state_on(DAY, notice("resumption", on=later), notice("suspension")) == "active"
    assert state_on(DAY, notice("suspension"), notice("resumption", by="io-id", on=later)) == "suspended"
    assert state_on(DAY, notice("suspension"), notice("resumption")) == "suspended"  # the same day: the safer one
    assert (
        state_on(DAY, notice("suspension"), notice("suspension", by="yks"), notice("resumption", on=later))
        == "suspended"
    )


def test_a_termination_stops_sending_at_once_and_ends_after_its_days_of_notice() -> None:
    ended = notice("termination")
    assert state_on(dt.date(2026, 10, 1), ended) == "suspended"
    assert state_on(dt.date(2026, 10, 30), ended) == "suspended"
    assert state_on(dt.date(2026, 10, 31), ended) == "terminated"
    assert state_on(dt.date(2026, 10, 1), notice("termination", ground="risk_to_survivor")) == "terminated"
    assert state_on(DAY, notice("termination"), notice("resumption", on=DAY)) == "terminated"
    first = dt.date(2026, 11, 1)
    unlisted = read_agreement(changed(("immediate_if: [breach_unreported, ", "immediate_if: [")), "dsa.yaml")
    given = Notice("termination", Reference.to(unlisted), "yks", first, "breach_unreported")
    assert state(unlisted, signed(unlisted), first, [given]) == "suspended"


def test_notices_of_strangers_or_about_another_text_do_not_count() -> None:
    other = dataclasses.replace(
        notice("suspension"), agreement=Reference(id=agreement().id, version="1.0.0", digest="sha256:" + "0" * 64)
    )
    assert state_on(DAY, notice("suspension", by="stranger"), other) == "active"


def newer() -> Agreement:
    supersedes = f'{{version: {agreement().version}, digest: "{agreement().digest}"}}'
    old = agreement().term.supersedes
    assert old is not None
    return read_agreement(
        changed(
            ("version: 1.1.0 ", "version: 1.2.0 "),
            (f'{{version: {old.version}, digest: "{old.digest}"}}', supersedes),
            ("effective: 2026-09-01", "effective: 2026-11-01"),
        ),
        "dsa.yaml",
    )


def test_a_newer_version_replaces_the_older_once_all_have_signed_and_it_is_in_effect() -> None:
    document = newer()
    assert supersession(document, signed(document, "yks"), DAY) is None
    assert supersession(document, signed(document), dt.date(2026, 10, 31)) is None
    assert supersession(document, signed(document), dt.date(2026, 11, 1)) is not None
    given = supersession(document, signed(document), DAY)
    assert given is not None
    assert state_on(DAY, given) == "superseded"
    assert state(document, signed(document), DAY, [given]) == "active"


# Permit


def test_a_period_that_is_over_may_be_sent_to_a_recipient() -> None:
    leave = permit(agreement(), signed(agreement()), ASK)
    assert isinstance(leave, Permit)
    assert (leave.recipient.id, leave.period, leave.on, leave.late) == ("gt-ntt", OCTOBER, DAY, False)
    assert leave.reference == Reference.to(agreement())
    assert leave.left_out == ()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (ask(recipient="nobody"), "unknown_recipient"),
        (ask(recipient="yks"), "not_a_recipient"),
        (ask(on=dt.date(2026, 10, 31)), "period_not_over"),
        (ask(period=Period.read("2026-Q4"), on=dt.date(2027, 1, 5)), "wrong_cadence"),
        (ask(recipient="dinas-p3a"), "wrong_cadence"),
        (ask(period=Period.read("2026-08")), "outside_term"),
        (ask(period=Period.read("2027-08"), on=dt.date(2027, 9, 5)), "expired"),
        (ask(sent=(OCTOBER,)), "already_sent"),
        (ask(replaces="a" * 32), "nothing_to_replace"),
    ],
)
def test_what_the_agreement_does_not_allow_is_refused(request_: Request, code: str) -> None:
    assert refused(request_) == (code,)


def test_without_one_signature_nothing_leaves() -> None:
    assert refused(ASK, signatures=signed(agreement(), "yks", "gt-ntt", "dinas-p3a")) == ("unsigned",)


def test_every_reason_is_given_at_once() -> None:
    request = Request("nobody", Period.read("2026-08"), dt.date(2026, 8, 20), replaces="a" * 32)
    assert refused(request, signatures=Signatures()) == (
        *["unsigned"] * 4,
        "unknown_recipient",
        "not_yet_effective",
        "period_not_over",
        "outside_term",
        "nothing_to_replace",
    )


def test_nothing_leaves_under_an_agreement_that_contradicts_itself() -> None:
    text = changed(("cas_Status: {rule: keep", "prs_FirstName: {rule: keep"))
    assert "identifier_released" in refused(ASK, read_agreement(text, "dsa.yaml"), Signatures())


def test_nothing_leaves_while_the_agreement_is_suspended_or_ended() -> None:
    assert refused(ASK, None, None, notice("suspension", by="io-id")) == ("suspended",)
    assert refused(ASK, None, None, notice("termination")) == ("terminated",)
    given = supersession(newer(), signed(newer()), DAY)
    assert given is not None
    assert refused(ASK, None, None, given) == ("superseded",)


def test_an_impact_assessment_that_is_required_must_have_been_made() -> None:
    text = changed(("date: 2026-08-20}", "date: 2026-09-01}"), ("effective: 2026-09-01", "effective: 2026-09-01"))
    document = read_agreement(text, "dsa.yaml")
    assert "impact_assessment" in refused(ask(on=dt.date(2026, 8, 31)), document)
    assert "impact_assessment" in refused(
        ASK, read_agreement(changed((", date: 2026-08-20", "")), "dsa.yaml"), Signatures()
    )


def test_a_delivery_after_the_days_of_grace_is_allowed_and_late() -> None:
    assert not permit(agreement(), signed(agreement()), ask(on=dt.date(2026, 11, 13))).late
    assert permit(agreement(), signed(agreement()), ask(on=dt.date(2026, 11, 14))).late


def test_a_correction_names_what_it_replaces_and_is_never_late() -> None:
    correction = ask(sent=(OCTOBER,), replaces="a" * 32, on=dt.date(2026, 12, 20))
    leave = permit(agreement(), signed(agreement()), correction)
    assert (leave.replaces, leave.late) == ("a" * 32, False)


def test_months_outside_the_term_are_left_out_of_a_quarter_and_said() -> None:
    request = Request("dinas-p3a", Period.read("2026-Q3"), dt.date(2026, 10, 5))
    leave = permit(agreement(), signed(agreement()), request)
    assert [str(month) for month in leave.left_out] == ["2026-07", "2026-08"]
    assert (leave.first, leave.last) == (dt.date(2026, 9, 1), dt.date(2026, 9, 30))
    covered = [
        leave.covers(dt.date.fromisoformat(day)) for day in ("2026-08-31", "2026-09-01", "2026-09-30", "2026-10-01")
    ]
    assert covered == [False, True, True, False]


def test_the_first_and_the_last_day_of_the_term_are_in_it() -> None:
    term = agreement().term
    last = ask(period=Period.read("2027-07"), on=term.expires)
    assert permit(agreement(), signed(agreement()), last).period == last.period
    assert refused(ask(period=Period.read("2027-07"), on=term.expires + dt.timedelta(days=1))) == ("expired",)
    document = read_agreement(changed(("effective: 2026-09-01", "effective: 2026-11-05")), "dsa.yaml")
    assert refused(ASK, document) == ("outside_term",)  # in effect on that very day, though not in October
    document = read_agreement(changed(("effective: 2026-09-01", "effective: 2026-10-31")), "dsa.yaml")
    assert permit(document, signed(document), ASK).left_out == ()
    assert refused(ask(period=Period.read("2027-09"), on=dt.date(2027, 10, 5))) == ("expired", "outside_term")


def test_a_hint_names_the_cadence_that_the_tier_has() -> None:
    with pytest.raises(AgreementError) as caught:
        permit(agreement(), signed(agreement()), ask(recipient="dinas-p3a"))
    assert "quarter" in caught.value.problems[0].what


def test_a_case_from_before_the_agreement_took_effect_is_not_covered() -> None:
    text = changed(("effective: 2026-09-01", "effective: 2026-10-15"))
    document = read_agreement(text, "dsa.yaml")
    signatures = Signatures.of(
        *(sign(document, each.party, key(each.party), dt.date(2026, 10, 1)) for each in document.signatories)
    )
    leave = permit(document, signatures, ASK)
    assert not leave.covers(dt.date(2026, 10, 14))
    assert leave.covers(dt.date(2026, 10, 15))


@pytest.mark.parametrize("text", ["2026-13", "2026-Q5", "2026", "2026-1", "Q3-2026", "２０２６-10", "2026-10\n", ""])
def test_a_period_has_two_forms_only(text: str) -> None:
    with pytest.raises(Exception, match="not a period"):
        Period.read(text)
