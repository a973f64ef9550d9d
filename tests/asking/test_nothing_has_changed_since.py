"""Question 13: is the log complete, and unchanged since it was looked at; do the others see the same?"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from asking.books import Book, ask, at, codes, send, wrong
from audit.network import Network

from exchange.asking.questions import BY_NAME
from exchange.audit.entries import Counts
from exchange.cli.audit_kept import kept_heads
from exchange.crypto.signing import SigningKey
from exchange.errors import AuditError


def a_log(*periods: str) -> Book:
    book = Book("yks")
    for period in periods or ("2026-09", "2026-10"):
        send(book, "gt-ntt", period, at("2026-11-05"))
    return book


def test_a_log_that_went_on_from_what_was_kept_is_unchanged() -> None:
    book = a_log()
    answer = ask("unchanged", book, kept=[book.head(2), book.head(0), book.head()])
    assert not answer.findings
    assert str(answer.sentence) == (
        "1 log complete; as they were seen before: yks; no other party showed a checkpoint of them"
    )
    assert "yks: 4 entries, 0 of them new; checkpoints compared: 3 kept before" in str(answer.lines[0])
    assert "4 entries, 2 of them new" in str(ask("unchanged", book, kept=[book.head(2)]).lines[0])


def test_a_log_that_was_rewritten_shortened_or_forked_is_found() -> None:
    before, after = a_log(), a_log("2026-08", "2026-10", "2026-11")
    assert codes(ask("unchanged", after, kept=[before.head(2)])) == ["audit.inconsistent"]
    assert codes(ask("unchanged", after.history(4), kept=[before.head(4)])) == ["audit.forked"]
    shorter = ask("unchanged", before.history(3), kept=[before.head(2), before.head(4)])
    assert [(each.code, each.entry) for each in shorter.findings] == [("audit.rolled_back", 3)]
    assert wrong(shorter)
    assert str(shorter.sentence) == "not as it was, or not complete: yks"


def test_what_the_other_parties_have_kept_counts_as_well() -> None:
    before, after = a_log(), a_log("2026-08", "2026-10")
    other = Book("gt-ntt", held=(before.head(2), after.head(0), b"no note"))
    answer = ask("unchanged", after, other, kept=[after.head(2), other.head(0)])
    assert codes(answer) == ["audit.inconsistent"]
    assert answer.findings[0].what == "the log does not continue what gt-ntt has seen of it"
    assert not ask("unchanged", before, other, kept=[before.head(2), other.head(0)]).findings


def test_where_no_head_was_kept_nothing_is_claimed() -> None:
    book = a_log()
    answer = ask("unchanged", book, Book("gt-ntt", held=(book.head(2),)))
    assert not answer.findings
    assert str(answer.sentence) == (
        "2 logs complete; nothing was kept from an earlier visit; the other parties' 1 checkpoint of them agrees"
    )
    assert str(answer.lines[0]).startswith("yks: 4 entries; checkpoints compared: 0 kept before, 1 of other parties")
    half = ask("unchanged", book, Book("gt-ntt"), kept=[book.head(2)])
    assert "as they were seen before: yks; nothing was kept from an earlier visit of: gt-ntt" in str(half.sentence)


def test_a_head_under_another_key_is_told() -> None:
    book, other = a_log(), SigningKey(b"\1" * 32)
    moved = replace(book.history(), key=other.verify_key)
    assert codes(ask("unchanged", moved, kept=[book.head(2)])) == ["audit.key_differs"]


def test_a_log_whose_head_was_kept_and_that_is_not_shown_is_missed() -> None:
    book = a_log()
    answer = ask("unchanged", book, kept=[book.head(2), Book("rpk").head()])
    assert [(each.code, each.origin) for each in answer.findings] == [("audit.pack_absent", "rpk.ntt/exchange-log")]


@pytest.mark.parametrize("told", [True, False])
def test_content_that_is_gone_is_wrong_unless_an_entry_says_so(told: bool) -> None:
    book = a_log()
    if told:
        book.note("opening.erased", at("2026-12-01"), counts=Counts(entry=1), agreement=None)
    history = book.history()
    history = replace(history, pack="", entries={n: each for n, each in history.entries.items() if n != 1})
    answer = ask("unchanged", history, kept=[book.head(2)])
    assert codes(answer) == ([] if told else ["audit.opening_missing"])
    assert "without content: 1" in str(answer.lines[0])


def test_heads_are_kept_in_packs_as_files_and_in_folders_of_them(tmp_path: Path) -> None:
    (tmp_path / "network").mkdir()
    network = Network(tmp_path / "network", ["yks", "gt-ntt"])
    network.send("yks", "gt-ntt", "bundle-01")
    first = network["yks"].pack("first.pack")
    head = (first / "checkpoint").read_bytes()
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / "yks.cosigned").write_bytes(head)
    (folder / "notes.txt").write_text("nothing of a log", encoding="utf-8")
    assert kept_heads([first]) == kept_heads([folder]) == (head,)
    with pytest.raises(AuditError) as refused:
        kept_heads([folder / "notes.txt", tmp_path / "nowhere"])
    assert refused.value.codes == ("audit.kept_missing", "audit.kept_missing")


def test_the_command_names_what_was_kept_only_where_it_matters() -> None:
    assert BY_NAME["unchanged"].command({}, ["yks.tar"], (), ["kept"]).endswith("--pack yks.tar --kept kept")
    assert "--kept" not in BY_NAME["months"].command({}, ["yks.tar"], (), ["kept"])
