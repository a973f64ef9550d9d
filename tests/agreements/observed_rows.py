"""Rows, from a workbook of people to the bundle and what may be published of it: what an agreement makes of them.

The people stand at every edge that a clause draws; all are invented.
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

from agreements.example import agreement
from agreements.opposites import NUMBERS
from bundle.months import described, files

from exchange.agreements.agreement import Agreement
from exchange.agreements.clause import Text
from exchange.agreements.period import Period
from exchange.agreements.permit import Permit
from exchange.bundle.metadata import CaveatLine
from exchange.consent.applying import apply_consent
from exchange.consent.consented import Consented
from exchange.errors import ExchangeError
from exchange.extracts.extract import Extract
from exchange.extracts.mapping import Mapping
from exchange.extracts.reading import read_extract
from exchange.matching.encode import encode
from exchange.matching.secret import NetworkSecret
from exchange.merge.people import MergeCounts, Merged
from exchange.merge.publishing import about, publication
from exchange.protect.protected import Protected
from exchange.protect.protecting import protect
from exchange.protect.releases.memory import Memory
from exchange.redact.given import Given
from exchange.redact.keys import RedactKeys, redact_keys
from exchange.redact.pseudonymise import pseudonym_of
from exchange.redact.redact import redact

Kind = Literal["good", "wrong", "twice"]
KINDS: tuple[Kind, ...] = get_args(Kind)
ON = dt.date(2026, 11, 5)
EVENING = dt.datetime(2026, 11, 4, 18, tzinfo=dt.UTC)  # the day after in Makassar
RECIPIENTS = {"gt-ntt": "2026-10", "io-id": "2026-10", "dinas-p3a": "2026-Q4"}


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
    {
        "prs_IdentityNumber": "5301075201900012", "prs_MobilePhone": "0812-3700-1234",
        "cas_IncomingReferralDetails": "Telepon 0812-3700-1234.",
    },
    {"prs_IdentityNumber": "A1234567"},
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
    redacted = redact(allowed, _keys(document, recipient), chance.randbytes)
    secret = NetworkSecret.new(document.network, "2026", lambda count: b"n" * count)
    tokens = encode(allowed, secret) if document.tier_of(recipient).match else None
    return protect(redacted, tokens, random.Random(1))


def _keys(document: Agreement, recipient: str) -> RedactKeys:
    """With a register in which one person has chosen a name for herself."""
    keys = redact_keys(b"s" * 32, document.id, recipient)
    return replace(keys, given=Given(chosen={pseudonym_of(keys, "x_CaseRef", "K-60"): "Melati"}))


def readings(document: Agreement) -> str:
    """What is read from a workbook, and what is found wrong in one."""
    read = or_refusal(lambda: extract(document))
    table = read.table.to_pydict() if isinstance(read, Extract) else read
    findings = [or_refusal(lambda kind=kind: _findings(extract(document, kind))) for kind in KINDS]
    return repr((table, findings))


def _findings(found: Extract) -> object:
    return [(each.code, each.row, each.column) for each in found.findings]


def consents(document: Agreement) -> str:
    """Whose row goes to whom, and why another's does not."""
    return repr([or_refusal(lambda to=to: _of_consent(consented(document, to))) for to in RECIPIENTS])


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
    return repr([or_refusal(lambda to=to: _of_release(release(document, to))) for to in RECIPIENTS])


def _of_release(found: Protected) -> object:
    rows = None if found.rows is None else found.rows.to_pydict()
    return rows, found.tables, found.tokens, found.match, found.account


def corrections(document: Agreement) -> str:
    """What leaves when a period is sent, and sent again without one person; pseudonyms and tokens apart."""
    return repr([or_refusal(lambda to=to: _of_correction(document, to)) for to in RECIPIENTS])


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
    redacted = redact(rows, _keys(document, recipient), random.Random(1).randbytes)
    cases = tuple(number.encode() for number in rows.table.column("x_CaseRef").to_pylist())
    shown = tuple(each.shown for each in before if each.shown is not None)
    return protect(redacted, None, random.Random(1), Memory(cases, shown))


def bundles(document: Agreement) -> str:
    """Everything that a recipient reads, the digest left out."""
    return repr([or_refusal(lambda to=to: _of_bundle(document, to)) for to in RECIPIENTS])


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


def publications(document: Agreement) -> str:
    """What a recipient may publish of people whom it holds, and the words beside it."""
    return repr(or_refusal(lambda: (publication(_held(), [document]).tables, about(publication(_held(), [document])))))


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


def or_refusal(step: Callable[[], object]) -> object:
    try:
        return step()
    except ExchangeError as error:
        return [(each.code, each.where) for each in error.problems]
    except KeyError as error:
        return f"nobody is called {error}"
