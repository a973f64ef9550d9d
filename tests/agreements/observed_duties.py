"""What is owed under an agreement, by whom and by when: letters, clocks, and how long data are kept."""

from __future__ import annotations

import datetime as dt

from agreements.example import agreement
from agreements.observed_rows import EVENING, RECIPIENTS, or_refusal

from exchange.agreements.agreement import Agreement, Reference
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.entries import Kind as EntryKind
from exchange.bundle.letters import BreachNotice, CompelledDisclosure, Feedback, LetterBody, RightsRequest
from exchange.duties import breach, compelled, feedback, letter_text, retention, rights, urgent
from exchange.duties.clock import Facts
from exchange.duties.correspondence import KeptLetter
from exchange.duties.overview import read_clocks


def keepings(document: Agreement) -> str:
    """By when each recipient destroys what it got, and certifies it; as the recipient and as the sender read it."""
    return repr(
        [
            or_refusal(
                lambda party=party, kind=kind, to=to, log=log: [
                    (each.code, each.clause, each.party, each.ends, each.stopped)
                    for each in retention.clocks(_facts(document, party, to, kind, log))
                ]
            )
            for to in RECIPIENTS
            for party, kind in ((to, "bundle.accepted"), ("yks", "bundle.acknowledged"))
            for log in ((), ("agreement.ended",), ("disposal.done", "disposal.certified"))
        ]
    )


def clocks(document: Agreement) -> str:
    """What is owed and by when, read off one small log."""
    found = [or_refusal(lambda facts=facts: _of_clocks(facts)) for facts in _logs(document)]
    return repr(found)


def _of_clocks(facts: Facts) -> object:
    return [
        (each.code, each.party, each.owed_to, each.about, each.began, each.ends, each.stopped)
        for each in read_clocks(facts)
    ]


def _logs(document: Agreement) -> tuple[Facts, ...]:
    """The log of the sender and that of a recipient, with a withdrawal, a month and its receipt."""
    at, now = dt.datetime(2026, 11, 5, 9, tzinfo=dt.UTC), dt.datetime(2027, 1, 20, tzinfo=dt.UTC)
    letter, bundle, sealed = "a" * 32, "b" * 32, f"sha256:{'c' * 64}"
    said: tuple[tuple[EntryKind, dict[str, str]], ...] = (
        ("consent.withdrawn", {"letter": "d" * 32}),
        ("erasure.asked", {"counterpart": "io-id", "letter": letter}),
        ("bundle.packed", {"counterpart": "gt-ntt", "period": "2026-10", "bundle": bundle, "ciphertext": sealed}),
        ("bundle.delivered", {"counterpart": "gt-ntt", "period": "2026-10", "bundle": bundle, "ciphertext": sealed}),
    )
    came: tuple[tuple[EntryKind, dict[str, str]], ...] = (
        ("letter.received", {"counterpart": "yks", "letter": letter, "note": "withdrawal"}),
    )
    about = AgreementRef(**Reference.to(agreement()).model_dump())
    return tuple(
        Facts(
            document, party, now, tuple(Entry(time=at, kind=k, party=party, agreement=about, **more) for k, more in log)
        )
        for party, log in (("yks", said), ("io-id", came))
    )


def duties(document: Agreement) -> str:
    """What the agreement asks of whoever writes a letter, what a letter shows, and how clocks run, at every party."""
    said = {
        "asks": (breach.asks(document), compelled.asks(document)),
        "must_say": (breach.must_say(document), feedback.must_say(document), feedback.may_say(document)),
        "shown": [
            or_refusal(lambda body=body: list(letter_text.lines(_kept(body, document), document))) for body in BODIES
        ],
        "clocks": [or_refusal(lambda us=us: _clocks(document, us)) for us in (SENDER, *RECIPIENTS)],
        "reviewed": or_refusal(lambda: urgent.review_by(document, EVENING)),
    }
    return repr(said)


SENDER = "yks"
LETTER = "4f1d2c" + "0" * 26
BODIES = (
    BreachNotice(
        kind="breach_notice",
        breach=LETTER,
        noticed=EVENING,
        data_exposed="Satu buku kerja.",
        when_and_how="Laptop hilang.",
        handling_and_recovery="Kunci diganti.",
        law_deadline=EVENING + dt.timedelta(hours=72),
    ),
    RightsRequest(kind="rights_request", right="access", pseudonym="Melati", text="Minta data.", asked=EVENING),
    CompelledDisclosure(
        kind="compelled_disclosure",
        authority="Pengadilan",
        law="Penetapan 1",
        asked="Semua",
        given="Jumlah",
        given_on=None,
        not_told_before=None,
    ),
    Feedback(kind="feedback", period="2026-Q3", figures=None, data_quality="Baik.", results="Pelatihan."),
)


def _kept(body: LetterBody, document: Agreement) -> KeptLetter:
    quoted = Reference(id=document.id, version=document.version, digest="sha256:" + "0" * 64)
    return KeptLetter(id=LETTER, sender="gt-ntt", recipient=SENDER, agreement=quoted, at=EVENING, body=body)


def _clocks(document: Agreement, us: str) -> object:
    """Every clock, after everything that starts one; one party was told of the breach, nobody else did anything."""
    named = AgreementRef(id=document.id, version=document.version, digest="sha256:" + "0" * 64)

    def entry(kind: EntryKind, **more: str) -> Entry:
        return Entry(time=EVENING, kind=kind, party=us, agreement=named, letter=LETTER, **more)  # type: ignore[arg-type]

    answers = document.rights_requests.answered_by
    entries = (
        entry("rights.requested", **({} if answers == us else {"counterpart": answers})),
        entry("letter.received", counterpart="io-id", note="rights_request"),
        entry("breach.noticed"),
        entry("breach.told", counterpart="io-id"),
        entry("disclosure.urgent", counterpart="io-id", person="director.1"),
        entry("disclosure.compelled", counterpart=SENDER),
        entry("letter.received", counterpart="gt-ntt", period="2026-Q3", note="feedback"),
    )
    facts = Facts(document, us, dt.datetime(2027, 2, 1, tzinfo=dt.UTC), entries)
    found = [each for duty in (rights, breach, urgent, compelled, feedback) for each in duty.clocks(facts)]
    return [(each.code, each.clause, each.party, each.about, each.ends, each.stopped) for each in found]


def _facts(document: Agreement, party: str, recipient: str, kind: EntryKind, log: tuple[EntryKind, ...]) -> Facts:
    other = "yks" if party == recipient else recipient
    reference = AgreementRef(**Reference.to(document).model_dump() | {"digest": f"sha256:{'0' * 64}"})
    entries = tuple(
        Entry(
            time=EVENING + dt.timedelta(days=50 * n), kind=each, party=party, counterpart=other, agreement=reference,
            bundle="b" * 32, ciphertext=f"sha256:{'1' * 64}", receipt=f"sha256:{'2' * 64}",
        )
        for n, each in enumerate((kind, *log))
    )  # fmt: skip
    return Facts(document, party, EVENING, entries)
