"""What a person is asked, and that nothing secret comes back on the screen."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

from cli.organisations import PASSPHRASE, Desk, founded
from cli.town import FOUNDED, Town

NAMES = ("--party", "yks", "--name-id", "A (contoh)", "--name-en", "A (example)", "--contact", "a@b.example")


def test_a_new_passphrase_is_asked_for_twice_and_never_shown(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "yks", "yks")
    replies = [("passphrase: ", PASSPHRASE), ("the same passphrase again: ", PASSPHRASE)]
    status, screen = desk.talk("init", *NAMES, "--no-shares", replies=replies)
    assert status == 0, screen
    assert PASSPHRASE not in screen
    assert desk.run("network", "show").status == 0  # the passphrase opens the keys


def test_the_words_that_the_other_side_reads_confirm_a_card(tmp_path: Path) -> None:
    ours, theirs = founded(tmp_path, "yks", FOUNDED), founded(tmp_path, "gt-ntt", FOUNDED)
    ours.does("card", "add", theirs.card)
    theirs.does("card", "add", ours.card)
    read = theirs.does("card", "words", "yks").strip()
    wrong, _screen = ours.talk("card", "words", "gt-ntt", "--confirm", replies=[("reads to you: ", "yes yes yes")])
    assert wrong == 2
    status, screen = ours.talk("card", "words", "gt-ntt", "--confirm", replies=[("reads to you: ", read)])
    assert (status, "gt-ntt is confirmed" in screen) == (0, True)
    shown, said = screen.partition("reads to you: ")[0].split(), read.split()
    # or one would copy one's own; a single word of the list may well stand in a sentence of ours
    assert not set(pairwise(shown)) & set(pairwise(said))


def test_a_case_number_is_typed_unseen(town: Town) -> None:
    replies = [("passphrase: ", PASSPHRASE), ("case number: ", "YKS-2026-0311"), ("number again: ", "YKS-2026-0311")]
    status, screen = town.sender.talk("withdraw", "-", "-a", "DSA-NTT-2026-004", replies=replies)
    assert status == 0, screen
    assert "YKS-2026" not in screen
