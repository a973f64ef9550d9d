"""The summary says what each recipient gets and what nobody gets, and whether it is signed."""

from __future__ import annotations

import datetime as dt

from agreements.example import SIGNED_ON, agreement, changed, signed

from exchange.agreements.reading import read_agreement
from exchange.agreements.summary import summary


def text(tongue: str = "en") -> str:
    return "\n".join(summary(agreement(), tongue, signed(agreement(), "yks"), SIGNED_ON))  # type: ignore[arg-type]


def section(title: str) -> str:
    return text().split(f"\n{title}")[1].split("\n\n")[0]


def test_each_recipient_reads_what_it_gets() -> None:
    task_force = section("What gt-ntt gets, every month: pseudonymised data")
    assert "[prs_Birthdate]: age in bands that begin at 0, 18, 30, 45" in task_force
    assert "[x_OriginProvince]: as it is (in tables only)" in task_force
    assert "no row leaves unless 5 people look alike" in task_force
    assert "prs_FirstName" not in task_force
    statistics = section("What dinas-p3a gets, every quarter: statistics")
    assert statistics.count("(in tables only)") == 6
    assert "[cas_IncomingReferralDate]: as month" in section("What io-id gets, every month: personal data")


def test_what_nobody_gets_is_everything_else() -> None:
    listed = section("What nobody gets")
    for field in agreement().data.fields:
        released = any(field.name in tier.release for tier in agreement().tiers.values())
        assert (f"[{field.name}]" in " ".join(listed.split())) != released


def test_a_field_that_one_more_recipient_gets_is_said_at_once() -> None:
    one_more = "cas_ReferringOrganisation: {rule: keep, for: [coordination]}\n      cas_Status: {rule: keep"
    document = read_agreement(changed(("cas_Status: {rule: keep", one_more)), "dsa.yaml")
    assert any("[cas_ReferringOrganisation]: as it is" in line for line in summary(document, "en"))


def test_signatures_and_state_are_said() -> None:
    assert "yks: Maria T., Direktur – signed" in text()
    assert "io-id: Head of unit, Programme Manager – not signed" in text()
    assert "on 2026-08-28 the agreement is: part-signed" in text()
    assert "on 2026-10-01 the agreement is: active" in "\n".join(
        summary(agreement(), "en", signed(agreement()), dt.date(2026, 10, 1))
    )


def test_the_texts_of_the_agreement_are_in_the_language_asked_for() -> None:
    assert "Ekstrak kasus bulanan TPPO NTT" in text("id")
    assert "Monthly trafficking case extract, NTT" in text("en")
    assert "Nomor kasus internal" in text("id")
    assert "Case number given by the sender" in text("en")
