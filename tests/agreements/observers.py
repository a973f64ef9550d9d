"""What the house does under an agreement, from the reading of it to the bundle, as texts that can be compared.

Everything else is held still: people, dates, keys, chance. What only quotes the agreement's digest is left out, since
every change of every clause changes that.
"""
# ruff: noqa: E501  # rows of people are read as rows

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import random
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

from agreements.example import PARTIES, SIGNED_ON, agreement, key
from agreements.opposites import NUMBERS
from bundle.months import described, files

from exchange import delivering, sending
from exchange.agreements.access import objections_to_opening
from exchange.agreements.agreement import Agreement, Reference
from exchange.agreements.approval import Proposed, approvals_missing, approve, judge
from exchange.agreements.clause import Text
from exchange.agreements.crosschecks import check_agreement
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit, Request, permit
from exchange.agreements.signatures import Signatures, sign
from exchange.agreements.state import Notice, state, supersession
from exchange.agreements.summary import summary
from exchange.audit.entries import AgreementRef, Entry
from exchange.audit.entries import Kind as EntryKind
from exchange.bundle.letters import BreachNotice, CompelledDisclosure, Feedback, LetterBody, RightsRequest
from exchange.bundle.metadata import CaveatLine
from exchange.consent.applying import apply_consent
from exchange.consent.consented import Consented
from exchange.duties import breach, compelled, feedback, letter_text, retention, rights, urgent
from exchange.duties.clock import Facts
from exchange.duties.correspondence import KeptLetter
from exchange.duties.inspection import kept_until, reader_of
from exchange.duties.overview import read_clocks
from exchange.errors import ExchangeError
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import Mapping
from exchange.extracts.reading import read_extract
from exchange.keyring.card import Card, issue_card
from exchange.keyring.identity import new_identity
from exchange.keyring.people import certify
from exchange.keyring.shapes import Names, Person
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.merge.people import MergeCounts, Merged
from exchange.merge.publishing import about, publication
from exchange.protect.memory import Memory
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.redact.keys import redact_keys
from exchange.redact.redact import redact

Kind = Literal["good", "wrong", "twice"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ON = dt.date(2026, 11, 5)
EVENING = dt.datetime(2026, 11, 4, 18, tzinfo=dt.UTC)  # the day after in Makassar
RECIPIENTS = {"gt-ntt": "2026-10", "io-id": "2026-10", "dinas-p3a": "2026-Q4"}
PERMIT_DAYS = tuple(dt.date(2026, 10, 31) + dt.timedelta(days=days) for days in (0, 1, 10, 13, 14, 75))
DAYS = tuple(dt.date(2026, 9, 1) + dt.timedelta(days=days) for days in (-1, 0, 29, 70, 71, 72, 75, 364, 365))

# --- people, at every edge that a clause draws; all invented ---

_LIKE = {
    "x_HouseholdRef": "", "prs_FirstName": "Rekaan", "prs_SecondName": "", "prs_IdentityNumber": "", "prs_MobilePhone": "",
    "prs_Birthdate": "1990-05-05", "prs_Gender": "Feminine", "prs_Deceased": "", "prs_Citizenship": "ID",
    "x_OriginProvince": "53", "x_OriginRegency": "53.01", "vic_TraffickingStatus": "ActualVictimOfTrafficking",
    "vic_TraffickingStatusDecisionMakingOrg": "", "vic_TypeOfExploitation": "ForcedLabour",
    "vic_ForcedLabourIndustry": "F_Construction", "vic_MethodsOfControl": "", "vic_MethodOfRecruitment": "",
    "x_ExploitationCountry": "MY", "cas_Status": "Active", "cas_IncomingReferralDate": "2026-10-05",
    "cas_ReferringOrganisation": "Rujukan", "cas_CaseOwner": "Pendamping", "spl_Type": "",
    "cas_IncomingReferralDetails": "", "x_ConsentStatus": "ConsentGiven",
    "x_ConsentScope": "share_government;share_io", "x_ConsentDate": "2026-10-05", "x_ConsentForm": "F4",
    "x_ConsentEvidenceRef": "map 1", "x_ConsentAdult": "",
}  # fmt: skip
_EDGES: tuple[dict[str, str], ...] = (
    {"x_ConsentStatus": "RenewedConsentGiven"}, {"x_ConsentStatus": "ConsentRefused"}, {"x_ConsentStatus": "UNKNOWN"},
    {"x_ConsentScope": "share_government"}, {"x_ConsentScope": "share_io"}, {"x_ConsentForm": "F3"},
    {"x_ConsentForm": "F3", "x_ConsentDate": "2025-01-01"}, {"x_ConsentDate": "2026-09-01"},
    {"x_ConsentDate": "2024-11-05", "x_ConsentForm": "F3"}, {"x_ConsentDate": "2024-11-04", "x_ConsentForm": "F3"},
    {"x_ConsentDate": "2025-10-30", "x_ConsentForm": "F3"}, {"x_ConsentEvidenceRef": ""}, {"prs_Deceased": "true"},
    {"prs_Birthdate": "2010-01-01"}, {"prs_Birthdate": "2010-01-01", "x_ConsentAdult": "parent"},
    {"prs_Birthdate": "2010-01-01", "x_ConsentAdult": "guardian"}, {"prs_Birthdate": "2008-02-02"},
    {"prs_Birthdate": "2010-01-01", "x_ConsentAdult": "social_worker"}, {"prs_Birthdate": "2007-10-06"},
    {"prs_Birthdate": "2008-10-05", "x_ConsentAdult": "parent", "x_ConsentDate": "2026-09-20"},
    {"prs_Birthdate": ""}, {"prs_Birthdate": "1930-01-01"}, {"prs_Birthdate": "DECLINED"}, {"prs_Gender": "Masculine"},
    {"prs_Gender": "NOT_AVAILABLE"}, {"prs_Gender": "TransgenderFeminine"}, {"prs_Gender": "TransgenderMasculine"},
    {"prs_Gender": "NonConforming"}, {"vic_TraffickingStatus": "PossibleVictimOfTrafficking"},
    {"vic_TraffickingStatus": "NotAVictimOfTrafficking"}, {"cas_IncomingReferralDate": "2026-09-15"},
    {"cas_IncomingReferralDate": "2026-08-02"}, {"cas_IncomingReferralDate": "2026-09-01"},
    {"cas_IncomingReferralDate": "2026-10-01"}, {"cas_IncomingReferralDate": "2026-10-31"},
    {"cas_Status": "Closed"}, {"cas_Status": "FollowUp"}, {"cas_Status": "ClosedReferred"},
    {"x_ConsentStatus": "ConsentWithdrawn"}, {"x_ConsentStatus": "ConsentExpired"}, {"x_ConsentStatus": "ConsentUnknown"},
    {"prs_IdentityNumber": "5301075201900012", "prs_MobilePhone": "0812-3700-1234"}, {"prs_IdentityNumber": "A1234567"},
)  # fmt: skip


@cache
def people() -> tuple[dict[str, str], ...]:
    """The edges, and enough others that groups, tables and their small cells are there."""
    chance, others = random.Random(5), []
    for _number in range(110):
        birth = chance.choice(["1990-05-05", "1985-07-01", "2001-03-09", "1970-02-02", "1992-12-30"])
        others.append(
            {
                "prs_Birthdate": birth,
                "prs_Gender": chance.choice(["Feminine", "Masculine"]),
                "x_HouseholdRef": chance.choice(["", "", "H1", "H2", "H3"]),
                "vic_TypeOfExploitation": chance.choice(["ForcedLabour", "ForcedLabour", "SexualExploitation"]),
                "x_ExploitationCountry": chance.choice(["MY", "MY", "ID", "SG", "SA"]),
                "x_OriginProvince": chance.choice(["53", "53", "52"]),
                "cas_IncomingReferralDate": chance.choice(["2026-10-03", "2026-10-20", "2026-09-25"]),
            }
        )
    named = enumerate((*_EDGES, *others), 1)
    return tuple(
        {**_LIKE, "x_CaseRef": f"K-{number}", "prs_SecondName": f"Nama{number}", **row} for number, row in named
    )


@cache
def workbook(kind: Kind, numbers: tuple[str, ...] = ()) -> str:
    """The people as a .csv; or rows that are wrong in each way that a dictionary knows; or a case number twice."""
    rows = list(people())
    if kind == "wrong":
        rows = [{**_LIKE, "x_CaseRef": f"B-{at}", **wrong} for at, wrong in enumerate(_WRONG)]
    if kind == "twice":
        rows = [rows[0], rows[0]]
    rows = [{**row, **{name: str(at % 30) for name in numbers}} for at, row in enumerate(rows)]
    names = [*(field.name for field in agreement().data.fields), *numbers]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, names)
            writer.writeheader()
            writer.writerows(rows)
        return path.read_text(encoding="utf-8")


_WRONG = (
    {"prs_Birthdate": "1929-12-31"}, {"prs_Birthdate": "1930-01-01"}, {"prs_IdentityNumber": "x"}, {"prs_Gender": ""},
    {"prs_MobilePhone": "12"}, {"vic_TypeOfExploitation": ""}, {"vic_TraffickingStatus": ""}, {"prs_Gender": "Femininex"},
    {"cas_IncomingReferralDate": ""}, {"prs_Birthdate": "2012-06-02"}, {"prs_Deceased": "perhaps"}, {"prs_Citizenship": "Indonesia"}, {"prs_Gender": "UNKNOWNx"},
)  # fmt: skip


def extract(document: Agreement, kind: Kind = "good") -> Extract:
    """The workbook read with the agreement's dictionary; its columns are called as the example calls its fields."""
    numbers = tuple(field.name for field in document.data.fields if field.name in NUMBERS)
    names = [*(field.name for field in agreement().data.fields), *numbers]
    mapping = Mapping.model_validate(
        {"mapping": 1, "lists": {"separator": ";"}, "columns": {name: name for name in names}}
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cases.csv"
        path.write_text(workbook(kind, numbers), encoding="utf-8")
        return read_extract(path, mapping, document.data, on=ON)


def leave(document: Agreement, recipient: str) -> Permit:
    return Permit(document, document.party(recipient), Period.read(RECIPIENTS[recipient]), ON)


def consented(document: Agreement, recipient: str) -> Consented:
    return apply_consent(extract(document), leave(document, recipient), frozenset())


def release(document: Agreement, recipient: str) -> Protected:
    allowed, chance = consented(document, recipient), random.Random(1)
    redacted = redact(allowed, redact_keys(b"s" * 32, document.id, recipient), chance.randbytes)
    secret = NetworkSecret.new(document.network, "2026", lambda count: b"n" * count)
    tokens = encode(allowed, secret) if document.tier_of(recipient).match else None
    return protect(redacted, tokens, random.Random(1))


# --- the observers ---


def checked(document: Agreement) -> str:
    return repr([(each.code, each.where) for each in check_agreement(document)])


def signing(document: Agreement) -> str:
    """Who can sign what, the digest left out."""
    signed = [
        _or_refusal(
            lambda party=party: sign(document, party, key(party), SIGNED_ON).statement.model_copy(update={"digest": ""})
        )
        for party in _signatories()
    ]
    return repr(signed)


def states(document: Agreement) -> str:
    found = [
        _or_refusal(lambda day=day, given=given: state(document, _signed(document), day, given))
        for day in DAYS
        for given in _notices(document)
    ]
    replaced = _or_refusal(lambda: supersession(document, _signed(document), ON))
    return repr((found, replaced and replaced.agreement if isinstance(replaced, Notice) else replaced))


def permits(document: Agreement) -> str:
    """What may be sent, to whom, when, and whether it is late."""
    found = []
    for party, period in (
        *RECIPIENTS.items(),
        ("gt-ntt", "2026-09"),
        ("gt-ntt", "2027-08"),
        ("dinas-p3a", "2026-10"),
        ("io-id", "2026-Q4"),
    ):
        for day in PERMIT_DAYS:
            request = Request(party, Period.read(period), day)
            allowed = _or_refusal(lambda request=request: permit(document, _signed(document), request))
            found.append((allowed.late, allowed.first, allowed.last) if isinstance(allowed, Permit) else allowed)
    return repr(found)


def readings(document: Agreement) -> str:
    """What is read from a workbook, and what is found wrong in one."""
    read = _or_refusal(lambda: extract(document))
    table = read.table.to_pydict() if isinstance(read, Extract) else read
    findings = [_or_refusal(lambda kind=kind: _findings(extract(document, kind))) for kind in KINDS]
    return repr((table, findings))


def _findings(found: Extract) -> object:
    return [(each.code, each.row, each.column) for each in found.findings]


def consents(document: Agreement) -> str:
    """Whose row goes to whom, and why another's does not."""
    return repr([_or_refusal(lambda to=to: _of_consent(consented(document, to))) for to in RECIPIENTS])


def _of_consent(found: Consented) -> object:
    return (
        found.held_back.by_reason,
        found.rows.to_pylist(),
        found.ages.to_pylist(),
        found.tables_only.to_pylist(),
        found.late_entries,
    )


def releases(document: Agreement) -> str:
    """Rows, tables and tokens as they leave."""
    return repr([_or_refusal(lambda to=to: _of_release(release(document, to))) for to in RECIPIENTS])


def _of_release(found: Protected) -> object:
    rows = None if found.rows is None else found.rows.to_pydict()
    return rows, found.tables, found.tokens, found.match, found.account


def corrections(document: Agreement) -> str:
    """What leaves when a period is sent, and sent again without one person; pseudonyms and tokens apart."""
    return repr([_or_refusal(lambda to=to: _of_correction(document, to)) for to in RECIPIENTS])


def _of_correction(document: Agreement, recipient: str) -> object:
    first = _remembered(document, recipient, frozenset(), ())
    second = _remembered(document, recipient, frozenset({"K-60"}), (first,))
    return first.account, second.account


def _remembered(
    document: Agreement, recipient: str, withdrawn: frozenset[str], before: tuple[Protected, ...]
) -> Protected:
    allowed = leave(document, recipient)
    if before:
        allowed = dataclasses.replace(allowed, replaces="0" * 32)
    rows = apply_consent(extract(document), allowed, withdrawn)
    redacted = redact(rows, redact_keys(b"s" * 32, document.id, recipient), random.Random(1).randbytes)
    cases = tuple(number.encode() for number in rows.table.column("x_CaseRef").to_pylist())
    shown = tuple(each.shown for each in before if each.shown is not None)
    return protect(redacted, None, random.Random(1), Memory(cases, shown))


def bundles(document: Agreement) -> str:
    """Everything that a recipient reads, the digest left out."""
    return repr([_or_refusal(lambda to=to: _of_bundle(document, to)) for to in RECIPIENTS])


def _of_bundle(document: Agreement, recipient: str) -> object:
    bundle, metadata = described(release(document, recipient), note="Catatan.", created=EVENING)
    pages = {
        path: _without_digests(content.replace(document.digest.encode(), b""))
        for path, content in files(bundle).items()
        if path.endswith((".csv", ".html"))
    }
    return pages, sorted(files(bundle)), metadata.model_dump(exclude={"agreement"})


def _without_digests(page: bytes) -> bytes:
    """A page without the sizes and digests of the other files, in which the agreement's digest stands."""
    return re.sub(rb'<td class="n">\d+</td><td><code>[0-9a-f]{64}', b"", page)


def summaries(document: Agreement) -> str:
    return repr([line for tongue in ("id", "en") for line in summary(document, tongue) if document.digest not in line])  # type: ignore[arg-type]


def notes(document: Agreement) -> str:
    """Whether a period may be packed without the sender's note about it."""
    job = sending.Job(Path("cases.csv"), document.id, Period.read("2026-10"))
    return repr(_or_refusal(lambda: sending._check_note(document, job)))


def channels(document: Agreement) -> str:
    """Over which channels a bundle would not be sent."""
    return repr([delivering.not_agreed(document, over) is None for over in ("sftp", "folder")])


def keepings(document: Agreement) -> str:
    """By when each recipient destroys what it got, and certifies it; as the recipient and as the sender read it."""
    return repr(
        [
            _or_refusal(
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


PACKED = dt.datetime(2026, 11, 5, 1, tzinfo=dt.UTC)


def approvals(document: Agreement) -> str:
    """How many people are still missing once nobody, one, two … have signed that a bundle leaves."""
    bundle, ciphertext = "0" * 32, f"sha256:{'0' * 64}"
    proposed = Proposed(
        agreement=Reference.to(document),
        bundle=bundle,
        ciphertext=ciphertext,
        page=ciphertext,
        recipient="gt-ntt",
        period="2026-10",
    )
    given = [approve(proposed, person, key(person), PACKED) for person in _APPROVERS]
    judged = [
        judge(document, proposed, given[:count], _card(), packed=PACKED, now=PACKED) for count in range(len(given) + 1)
    ]
    return repr([approvals_missing(document, each.people) for each in judged])


_APPROVERS = tuple(f"officer.{number}" for number in range(1, 6))


@cache
def _card() -> Card:
    """The sender's, which certifies five people."""
    names = Names(id="Yayasan (contoh)", en="Foundation (example)")
    sender = replace(new_identity("yks", names, "dpo@yks.example", SIGNED_ON), root=key("yks"))
    days = {"not_before": SIGNED_ON, "not_after": SIGNED_ON + dt.timedelta(days=400)}
    for person in _APPROVERS:
        public = key(person).verify_key.openssh()
        sender = certify(sender, Person(id=person, name="Orang (contoh)", roles=("approve",), key=public, **days))
    return issue_card(sender, SIGNED_ON).card


def clocks(document: Agreement) -> str:
    """What is owed and by when, read off one small log."""
    found = [_or_refusal(lambda facts=facts: _of_clocks(facts)) for facts in _logs(document)]
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


def openings(document: Agreement) -> str:
    """Who of the example's people may open what came, at each recipient."""
    named = [name for each in agreement().recipients for name in each.named_users or ()]
    return repr(
        [
            (to, person, [each.code for each in objections_to_opening(document, to, person)])
            for to in RECIPIENTS
            for person in named
        ]
    )


def duties(document: Agreement) -> str:
    """What the agreement asks of whoever writes a letter, what a letter shows, and how clocks run, at every party."""
    said = {
        "asks": (breach.asks(document), compelled.asks(document)),
        "must_say": (breach.must_say(document), feedback.must_say(document)),
        "shown": [
            _or_refusal(lambda body=body: list(letter_text.lines(_kept(body, document), document))) for body in BODIES
        ],
        "clocks": [_or_refusal(lambda us=us: _clocks(document, us)) for us in (SENDER, *RECIPIENTS)],
        "reviewed": _or_refusal(lambda: urgent.review_by(document, EVENING)),
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
    RightsRequest(kind="rights_request", right="access", pseudonym="k3vq0d7m2x", text="Minta data.", asked=EVENING),
    CompelledDisclosure(
        kind="compelled_disclosure",
        authority="Pengadilan",
        law="Penetapan 1",
        asked="Semua",
        given="Jumlah",
        given_on=None,
        not_told_before=None,
    ),
    Feedback(kind="feedback", period="2026-Q3", data_quality="Baik.", results="Pelatihan."),
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


def publications(document: Agreement) -> str:
    """What a recipient may publish of people whom it holds, and the words beside it."""
    return repr(_or_refusal(lambda: (publication(_held(), [document]).tables, about(publication(_held(), [document])))))


@cache
def _held() -> Merged:
    """As many people as to make cells of every size from 1 to 40."""
    import pyarrow as pa

    bands, genders = ("0-17", "18-29", "30-44", "45+"), ("Feminine", "Masculine")
    sizes = (40, 23, 12, 11, 10, 4, 22, 1)
    cells = [(band, gender) for band in bands for gender in genders]
    rows = [cell for cell, size in zip(cells, sizes, strict=True) for _person in range(size)]
    columns = {"prs_Birthdate": [row[0] for row in rows], "prs_Gender": [row[1] for row in rows]}
    people = pa.table({name: pa.array(values).dictionary_encode() for name, values in columns.items()})
    caveat, none = CaveatLine(code="C", kind="other", text=Text(id="Rekaan.", en="Invented.")), pa.table({})
    counts = MergeCounts(len(rows), len(rows), 0, 0)
    return Merged(people, none, none, none, none, counts, (), tuple(columns), frozenset(), frozenset(), (caveat,))


def inspections(document: Agreement) -> str:
    """For whom an evidence pack may be made, by which key they are known, and how long the log is kept."""
    named = (None, *PARTIES, "independent-auditorx", "somebody")
    readers = [_or_refusal(lambda name=name: reader_of([document], name)) for name in named]
    return repr((readers, kept_until([document], ON)))


OBSERVERS: dict[str, Callable[[Agreement], str]] = {
    "checked": checked, "signing": signing, "states": states, "permits": permits, "readings": readings,
    "consents": consents, "releases": releases, "bundles": bundles, "summaries": summaries,
    "notes": notes, "openings": openings, "duties": duties, "channels": channels, "clocks": clocks,
    "keepings": keepings, "publications": publications, "inspections": inspections, "approvals": approvals,
    "corrections": corrections,
}  # fmt: skip

# Which of them must notice, by the part of the house that obeys the clause (`exchange.agreements.obeyed.OBEYED`).
BY_PLACE: dict[str, tuple[str, ...]] = {
    "agreements/reading": ("checked",),
    "agreements/signatures": ("signing", "checked"),
    "agreements/state": ("states", "permits", "checked"),
    "agreements/permit": ("permits", "checked"),
    "agreements/summary": ("summaries", "checked"),
    "agreements/check_parties": ("checked",),
    "agreements/check_tiers": ("checked",),
    "matching": ("releases", "checked"),
    "bundle": ("bundles", "checked"),
    "consent": ("consents", "readings", "checked"),
    "extracts": ("readings", "checked"),
    "redact": ("releases", "checked"),
    "protect": ("releases", "checked"),
    "protect/corrections": ("corrections", "checked"),
    "sending": ("notes", "bundles", "checked"),
    "approving": ("approvals", "checked"),
    "receiving": ("bundles", "checked"),
    "delivering": ("channels", "checked"),
    "merge": ("checked",),
    "merge/publishing": ("publications", "bundles", "checked"),
    "duties": ("duties", "clocks", "checked"),
    "duties/retention": ("keepings", "checked"),
    "duties/inspection": ("inspections", "checked"),
    "agreements/access": ("openings", "checked"),
}


def _signatories() -> tuple[str, ...]:
    return tuple(each.party for each in agreement().signatories)


def _signed(document: Agreement) -> Signatures:
    return Signatures.of(
        *(sign(document, each.party, key(each.party), SIGNED_ON) for each in document.signatories if "key" in each.by)
    )


def _notices(document: Agreement) -> tuple[tuple[Notice, ...], ...]:
    reference, on = Reference.to(document), dt.date(2026, 10, 12)
    grounds = ("breach_unreported", "onward_transfer_without_approval", "risk_to_survivor")
    at_once = tuple((Notice("termination", reference, "yks", on, ground),) for ground in grounds)  # type: ignore[arg-type]
    return (
        (),
        (Notice("suspension", reference, "io-id", on),),
        (Notice("termination", reference, "yks", on),),
        *at_once,
    )


def _or_refusal(step: Callable[[], object]) -> object:
    try:
        return step()
    except ExchangeError as error:
        return [(each.code, each.where) for each in error.problems]
    except KeyError as error:
        return f"nobody is called {error}"
