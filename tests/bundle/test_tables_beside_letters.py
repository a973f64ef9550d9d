"""The tables that travel beside letters about linking come back as they went, and anything else is refused whole."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.bundle.match_tables import (
    FILTERS_FILE,
    LINKS_FILE,
    MOST_ROWS,
    RowLink,
    RowTokenAgain,
    filters_schema,
    read_filters,
    read_links,
    read_tokens,
    write_filters,
    write_links,
    write_tokens,
)
from exchange.bundle.parcel import Letter, LetterKind, Member
from exchange.errors import BundleError

BUNDLES = st.text("0123456789abcdef", min_size=32, max_size=32)
ROW_KEYS = st.from_regex(r"\A(r[a-z2-7]{26}|[a-zé]{3,20}(-[a-zé]{1,9})?)\Z")
TOKENS = st.from_regex(r"\A[A-Za-z0-9_-]{22}\Z")
HEAD = ",".join(filters_schema().names)
EMPTY = "," * (len(filters_schema().names) - 2)


def beside(kind: LetterKind, table: Member) -> Letter:
    return Letter("0" * 32, kind, "yks", "agen-ntt", None, (table,))


@given(st.lists(st.tuples(BUNDLES, ROW_KEYS, BUNDLES), max_size=5, unique_by=lambda each: each[:2]))
def test_links_come_back(rows: list[tuple[str, str, str]]) -> None:
    links = tuple(RowLink(*each) for each in rows)
    assert read_links(beside("match_links", write_links(links))) == links


@given(st.lists(st.tuples(BUNDLES, ROW_KEYS, TOKENS), max_size=5, unique_by=lambda each: each[:2]))
def test_tokens_come_back(rows: list[tuple[str, str, str]]) -> None:
    tokens = tuple(RowTokenAgain(bundle, key, "name_dob", token) for bundle, key, token in rows)
    assert read_tokens(beside("match_tokens", write_tokens(tokens))) == tokens


@pytest.mark.parametrize("rows", [0, 1, 500])
def test_filters_come_back(rows: int) -> None:
    table = some_filters(rows)
    assert read_filters(beside("match_filters", write_filters(table))).equals(table)


def some_filters(rows: int) -> object:
    import pyarrow as pa

    chance = random.Random(rows)

    def one(kind: pa.DataType) -> object:
        if pa.types.is_list(kind):
            return [chance.randbytes(kind.value_type.byte_width) for _word in range(chance.randint(1, 4))]
        return chance.randbytes(kind.byte_width)

    schema = filters_schema()
    columns: list[list[object]] = [
        [f"{0:032x}"] * rows,
        [f"r{row}" for row in range(rows)],
        *([one(each.type) if chance.random() > 0.2 else None for _row in range(rows)] for each in list(schema)[2:]),
    ]
    arrays = [pa.array(column, each.type) for column, each in zip(columns, schema, strict=True)]
    return pa.Table.from_arrays(arrays, schema=schema)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "bundle,row_key\r\n",
        f"{HEAD}",
        f"{HEAD}\r\n{'0' * 32},r1{EMPTY}",  # cut off
        f"{HEAD}\r\n{'0' * 32},r1,AAAA{EMPTY[1:]}\r\n",  # a filter of another size
        f"{HEAD}\r\n{'0' * 32},r1,A=A{EMPTY[1:]}\r\n",
        f"{HEAD}\r\n{'0' * 32},r1{EMPTY}\r\n{'0' * 32},r1{EMPTY}\r\n",  # a row twice
        f"{HEAD}\r\n{'0' * 31},r1{EMPTY}\r\n",
        f"{HEAD}\r\n{'0' * 32},../r1{EMPTY}\r\n",
        f'{HEAD}\r\n"{"0" * 32}",r1{EMPTY}\r\n',
        f"{HEAD}\r\n{'0' * 32},r1,{' '.join(['A' * 43] * 65)}{EMPTY[1:]}\r\n",  # a name of 65 words
        f"{HEAD}\r\n" + f"{'0' * 32},r1{EMPTY}\r\n" * (MOST_ROWS + 1),
    ],
)
def test_filters_that_are_anything_else_are_refused(text: str) -> None:
    with pytest.raises(BundleError) as refused:
        read_filters(beside("match_filters", Member(FILTERS_FILE, text.encode())))
    assert refused.value.codes == ("letter.unreadable",)


@pytest.mark.parametrize("person", ["", "x" * 32, "0" * 31, "0" * 33, "-" * 32])
def test_a_persons_key_is_what_chance_made(person: str) -> None:
    text = f"bundle,row_key,person\r\n{'0' * 32},r1,{person}\r\n"
    with pytest.raises(BundleError):
        read_links(beside("match_links", Member(LINKS_FILE, text.encode())))


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(BundleError):
        read_filters(beside("match_filters", Member(FILTERS_FILE, b"\xff\xfe")))
