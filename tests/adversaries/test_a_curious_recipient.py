"""A curious recipient: it breaks nothing, but looks into what it was lawfully sent for what it was not.

It holds the task force's bundle of a month of the demo (rows, tables, tokens), bundles of other months, and perhaps
that of another recipient. All people are invented.
"""

from __future__ import annotations

import base64
import gzip
import io
import itertools
import random
import re
import statistics
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest
from bundle.months import AGREEMENT, described, extract_of, files, permit, release, released, scenario
from pypdf import PdfReader

from exchange.bundle.contents import Contents, read_contents
from exchange.bundle.parcel import Bundle
from exchange.codes.lists import code_list, htcds_fields
from exchange.consent.applying import apply_consent
from exchange.demo.reports import Report
from exchange.redact.allowed import allowed
from exchange.redact.keys import redact_keys
from exchange.redact.pseudonymise import pseudonym_of
from exchange.redact.wording import plain_words

RECIPIENTS = ("gt-ntt", "dinas-p3a", "io-id")
SEPTEMBER = scenario().workbook("yks", "2026-09").reports
MIN_CELL = 5


def bundle(recipient: str, reports: tuple[Report, ...] = SEPTEMBER, period: str = "2026-09", seed: int = 1) -> Bundle:
    protected = release(extract_of(reports), permit(recipient, period), seed)
    return described(protected, bundle=f"{seed:032x}", note="")[0]


@cache
def opened(recipient: str, seed: int = 1) -> Contents:
    return read_contents(bundle(recipient, period="2026-Q3" if recipient == "dinas-p3a" else "2026-09", seed=seed))


# --- looking for names ---


def every_text(found: Bundle) -> Iterator[str]:
    """Every member as text, unpacked, and whatever base64 or hexadecimal in it stands for."""
    for member in found.members:
        yield member.path
        for content in unpacked(member.content):
            for encoding in ("utf-8", "utf-16-le", "latin-1"):
                yield content.decode(encoding, "ignore")
            yield from decoded(content)


def unpacked(content: bytes) -> Iterator[bytes]:
    """The content, or what is packed in it: compressed bytes spell short names by chance."""
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            yield archive.comment
            for entry in archive.infolist():
                yield entry.filename.encode() + entry.extra + entry.comment
                yield from unpacked(archive.read(entry))
    elif content.startswith(b"\x1f\x8b"):
        yield from unpacked(gzip.decompress(content))
    elif content.startswith(b"%PDF-"):
        book = PdfReader(io.BytesIO(content))
        yield repr(book.metadata).encode()
        yield from (page.extract_text().encode() for page in book.pages)
    else:
        yield content


def decoded(content: bytes) -> Iterator[str]:
    for found in set(re.findall(rb"[A-Za-z0-9+/_-]{12,}", content)):
        padded = found.translate(bytes.maketrans(b"-_", b"+/")) + b"=" * (-len(found) % 4)
        if len(padded) % 4 == 0:
            try:
                yield base64.b64decode(padded).decode("utf-8")
            except ValueError:
                continue


def haystack(found: Bundle) -> tuple[set[str], str]:
    """The words of every text, and all digits run together text by text."""
    words: set[str] = set()
    lines = []
    for text in every_text(found):
        plain = plain_words(text)
        words.update(plain)
        lines.append(" " + " ".join(plain) + " ")
    return words, "\n".join(lines)


@cache
def said_by_all() -> str:
    """What stands in every bundle for everybody: the signed agreement and the public lists."""
    everything = allowed(AGREEMENT)
    phrases = {phrase for places in everything.by_word.values() for phrase, _offset in places}
    lists = [code_list(name) for name in ("iso-3166-1-alpha-2", "kemendagri-province", "kemendagri-regency")]
    lists += [code_list("htcds-2.0", field=field) for field in htcds_fields()]
    labels = {tuple(plain_words(text)) for each in lists for code in each for text in code.spellings}
    return "\n".join(" " + " ".join(phrase) + " " for phrase in phrases | labels)


@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_no_direct_identifier_can_be_found_in_any_member(recipient: str) -> None:
    words, lines = haystack(bundle(recipient, period="2026-Q3" if recipient == "dinas-p3a" else "2026-09"))
    empty = haystack(bundle(recipient, (), "2026-Q4" if recipient == "dinas-p3a" else "2026-10"))[1]
    wanted = {text for row in SEPTEMBER for text in row.direct_identifiers}
    assert len(wanted) > 500
    found = []
    for text in wanted:
        phrase = plain_words(text)
        if (
            not phrase
            or not words.issuperset(phrase)
            or (len(phrase) == 1 and phrase[0].isdigit() and len(phrase[0]) < 5)
        ):
            continue
        whole = " " + " ".join(phrase) + " "
        # A name that is also a word of the page, or of a bundle of nobody, says nothing.
        if whole in lines and whole not in empty and whole not in said_by_all():
            found.append(phrase)
    assert found == []


def test_the_search_would_find_a_name() -> None:
    """So that the test above fails when it should."""
    found = bundle("gt-ntt")
    name = next(row.told.first_name for row in SEPTEMBER if len(row.told.first_name) > 6)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.xml", f"<a>{name}</a>")
    for content in (name.encode(), packed.getvalue(), base64.b64encode(f"the name is {name}, yes".encode())):
        hidden = replace(found, members=(*found.members, replace(found.members[0], path="x", content=content)))
        assert " " + " ".join(plain_words(name)) + " " in haystack(hidden)[1]


# --- withheld cells ---


@pytest.mark.parametrize("recipient", ["gt-ntt", "dinas-p3a"])
def test_no_withheld_cell_is_what_a_total_leaves_over(recipient: str) -> None:
    """Where a field holds one code each, what is not shown of a total is nothing, or enough for many. What the rows
    of the same bundle say openly no table can keep."""
    lists = {field.name for field in AGREEMENT.data.fields if field.type == "list"}
    tried = 0
    contents = opened(recipient)
    in_rows = set() if contents.rows is None else set(contents.rows.column_names)
    for table in contents.tables:
        if set(table.fields) <= in_rows:
            continue
        shown = {cell.values: cell.count for cell in table.cells}
        for axis, name in enumerate(table.fields):
            if name in lists:
                continue
            for others in {values[:axis] + values[axis + 1 :] for values in shown}:
                total = shown[(*others[:axis], "*", *others[axis:])]
                line = [c for v, c in shown.items() if v[:axis] + v[axis + 1 :] == others and v[axis] != "*"]
                if total is None:
                    continue
                left = total - sum(count for count in line if count is not None)
                tried += 1
                assert left >= MIN_CELL or (left == 0 and None not in line), (table.fields, others, left)
    assert tried >= 3


def test_tables_agree_with_the_rows_that_came_with_them() -> None:
    """A cell that is withheld is not told by counting the rows, unless the rows say it openly anyway."""
    contents = opened("gt-ntt")
    assert contents.rows is not None
    rows = contents.rows.to_pylist()
    for table in contents.tables:
        if not set(table.fields) <= set(contents.rows.column_names):
            continue
        for cell in table.cells:
            counted = sum(
                all(
                    value in ("*", *row[name].split(";")) for name, value in zip(table.fields, cell.values, strict=True)
                )
                for row in rows
            )
            assert cell.count is None or cell.count == counted
            assert cell.count is None or cell.count >= MIN_CELL


def test_nobody_stands_in_a_group_of_fewer_than_k() -> None:
    contents = opened("gt-ntt")
    assert contents.rows is not None
    over = contents.metadata.protection.over
    groups: dict[tuple[str, ...], int] = {}
    for row in contents.rows.select(list(over)).to_pylist():
        seen = tuple(row[name] for name in over)
        groups[seen] = groups.get(seen, 0) + 1
    assert min(groups.values()) >= 5


# --- linking ---


def texts(contents: Contents, column: str) -> set[str]:
    assert contents.rows is not None
    return set(contents.rows.column(column).to_pylist()) - {"", "SUPPRESSED"}


def test_row_keys_link_no_two_releases() -> None:
    first, second = opened("gt-ntt", seed=1), opened("gt-ntt", seed=2)  # the same month, sent again
    assert len(texts(first, "x_CaseRef")) == len(texts(second, "x_CaseRef")) > 100
    assert not texts(first, "x_CaseRef") & texts(second, "x_CaseRef")


def test_row_keys_follow_no_order_of_the_cases() -> None:
    contents = opened("gt-ntt")
    assert contents.rows is not None
    keys = contents.rows.column("x_CaseRef").to_pylist()
    assert abs(rank_correlation([sorted(keys).index(key) for key in keys], list(range(len(keys))))) < 0.25


def test_pseudonyms_link_no_two_recipients() -> None:
    """Only match tokens are the same in both, which agreements forbid to compare: matching/README.md says so."""
    ours, theirs = opened("gt-ntt"), opened("io-id")
    other = AGREEMENT.parties[2].model_copy(update={"tier": "case-coordination"})
    parties = (*AGREEMENT.parties[:2], other, *AGREEMENT.parties[3:])
    consent = AGREEMENT.consent.model_copy(update={"scope": {**AGREEMENT.consent.scope, other.id: "share_io"}})
    agreement = AGREEMENT.model_copy(update={"parties": parties, "consent": consent})
    third = read_contents(described(release(extract_of(SEPTEMBER), permit(other.id, "2026-09", agreement)), note="")[0])
    assert third.rows is not None
    assert theirs.rows is not None
    assert third.rows.num_rows == theirs.rows.num_rows > 50
    for one, another in itertools.combinations((ours, theirs, third), 2):
        for column in ("x_CaseRef", "x_HouseholdRef"):
            assert one.rows is not None
            if column in one.rows.column_names:
                everything = {text for name in another.rows.column_names for text in texts(another, name)}  # type: ignore[union-attr]  # rows are there
                assert not texts(one, column) & everything


def test_a_pseudonym_holds_from_month_to_month_where_that_was_agreed() -> None:
    assert texts(opened("io-id", seed=1), "x_CaseRef") == texts(opened("io-id", seed=2), "x_CaseRef")


# --- order ---


def rank_correlation(ours: list[int], theirs: list[int]) -> float:
    return statistics.correlation(ours, theirs)


def test_the_order_of_the_rows_says_nothing_of_the_order_in_the_workbook() -> None:
    """Pseudonyms tell this test, not the recipient, which case a row is; the workbook stands by case number."""
    one = opened("io-id", seed=1)
    assert one.rows is not None
    known = one.rows.column("x_CaseRef").to_pylist()
    in_workbook = workbook_order()
    assert sorted(in_workbook) == sorted(known)
    place = {key: at for at, key in enumerate(in_workbook)}
    found = []
    for seed in range(1, 9):
        rows = opened("io-id", seed=seed).rows
        assert rows is not None
        order = [place[key] for key in rows.column("x_CaseRef").to_pylist()]
        found.append(rank_correlation(order, list(range(len(order)))))
    assert abs(statistics.mean(found)) < 0.15
    assert max(map(abs, found)) < 0.45
    assert len({round(each, 6) for each in found}) == len(found)


def workbook_order() -> list[str]:
    """The pseudonyms of the rows that were sent, as their cases stand in the workbook."""
    leave = permit("io-id", "2026-09")
    consented = apply_consent(extract_of(SEPTEMBER), leave, frozenset())
    keys = redact_keys(b"s" * 32, AGREEMENT.id, "io-id")
    dead = consented.tables_only.to_pylist()
    cases = consented.table.column("x_CaseRef").to_pylist()
    return [pseudonym_of(keys, "x_CaseRef", case) for case, gone in zip(cases, dead, strict=True) if not gone]


def test_another_order_in_the_workbook_gives_the_same_bundle() -> None:
    shuffled = list(SEPTEMBER)
    random.Random(5).shuffle(shuffled)
    assert comparable(bundle("io-id", tuple(shuffled))) == comparable(bundle("io-id"))


def comparable(found: Bundle) -> dict[str, bytes]:
    """Rows by key: the shuffle that random numbers decide aside."""
    contents = read_contents(found)
    assert contents.rows is not None
    rows = sorted(contents.rows.to_pylist(), key=lambda row: row["x_CaseRef"])
    others = {p: c for p, c in files(found).items() if p.endswith(".csv") and p != "data/cases.csv"}
    return {**others, "rows": repr(rows).encode()}


# --- those who are not there ---


def without(*case_refs: str) -> tuple[Report, ...]:
    return tuple(row for row in SEPTEMBER if row.case_ref not in case_refs)


@pytest.mark.parametrize("recipient", RECIPIENTS)
def test_who_was_held_back_cannot_be_told(recipient: str) -> None:
    """With or without a person who refused, the bundle is the same, byte for byte: so is every name that one might
    look for in it. Only at the edge of a band does one person more or less change a word."""
    period = "2026-Q3" if recipient == "dinas-p3a" else "2026-09"
    *taken, one, another = [row.case_ref for row in SEPTEMBER if row.consent.status == "ConsentRefused"]
    assert taken
    there = without(*taken)  # away from the edge
    assert files(bundle(recipient, without(*taken, one), period)) == files(bundle(recipient, there, period))
    assert files(bundle(recipient, without(*taken, another), period)) == files(bundle(recipient, there, period))


def test_no_count_of_those_held_back_stands_in_the_metadata() -> None:
    protected = released("gt-ntt")
    metadata = opened("gt-ntt").metadata
    numbers = {int(n) for caveat in metadata.caveats[3:] for n in re.findall(r"\d+", caveat.text.en + caveat.figure)}
    assert protected.held_back_total not in numbers
    assert protected.considered not in numbers
    assert set(metadata.model_dump()) & {"considered", "held_back", "rows_in"} == set()
