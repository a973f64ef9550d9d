"""Any two of three sheets bring back the root key, and nothing else ever comes of them: the same key, or a refusal."""

from __future__ import annotations

from itertools import combinations, pairwise, permutations

import pytest
from crypto.slip39_from_the_text import combined
from hypothesis import given, settings
from hypothesis import strategies as st
from shamir_mnemonic import generate_mnemonics  # type: ignore[import-untyped]
from shamir_mnemonic.wordlist import WORDLIST  # type: ignore[import-untyped]

from exchange.crypto.signing import SigningKey
from exchange.errors import KeyringError
from exchange.keyring.recovery import check_share, root_from, shares_of
from exchange.keyring.share_words import Share, doubtful_places, known_word, nearest, words_of
from exchange.locale import LANGUAGES, speaking

ROOT = SigningKey(bytes(range(32)))
SHEETS = shares_of(ROOT)
PLACES = st.integers(0, 32)

# From the standard's own list (vectors.json of trezor/python-shamir-mnemonic; its passphrase is TREZOR).
TWO_OF_THREE = (
    """humidity disease academic always aluminum jewelry energy woman receiver strategy amuse duckling lying evidence
    network walnut tactics forget hairy rebound impulse brother survive clothes stadium mailman rival ocean reward
    venture always armed unwrap""",
    """humidity disease academic agency actress jacket gross physics cylinder solution fake mortgage benefit public busy
    prepare sharp friar change work slow purchase ruler again tricycle involve viral wireless mixture anatomy desert
    cargo upgrade""",
)
ITS_SECRET = "c938b319067687e990e05e0da0ecce1278f75ff58d9853f19dcaeed5de104aae"
BAD_CHECKSUM = """theory painting academic academic armed sweater year military elder discuss acne wildlife boring
    employer fused large satoshi bundle carbon diagnose anatomy hamster leaves tracks paces beyond phantom capital
    marvel lips brave detect lunar"""
BAD_PADDING = """theory painting academic academic campus sweater year military elder discuss acne wildlife boring
    employer fused large satoshi bundle carbon diagnose anatomy hamster leaves tracks paces beyond phantom capital
    marvel lips facility obtain sister"""


def refusal(*shares: Share) -> KeyringError:
    with pytest.raises(KeyringError) as caught:
        root_from(shares)
    for tongue in LANGUAGES:
        with speaking(tongue):
            said = " ".join(f"{each.what} {each.where} {each.hint}" for each in caught.value.problems)
            # Two in a row, since a message may well have a word that is in the list; or one that is not.
            assert not {pair for share in shares for pair in pairwise(share)} & set(pairwise(said.split()))
            assert not {word for share in shares for word in share if word not in WORDLIST} & set(said.split())
    return caught.value


def changed(share: Share, place: int, word: str) -> Share:
    return (*share[:place], word, *share[place + 1 :])


# --- the same key again ---


@settings(max_examples=25, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32))
def test_any_two_of_the_three_bring_back_any_root(seed: bytes) -> None:
    root = SigningKey(seed)
    sheets = shares_of(root)
    assert {len(each) for each in sheets} == {33}
    for order in permutations(sheets, 2):
        assert root_from(order) == root
    assert root_from(sheets) == root


def test_a_reader_that_was_written_from_the_standards_text_reads_them_too() -> None:
    for pair in combinations(SHEETS, 2):
        assert combined([" ".join(each) for each in pair]) == ROOT.seed
    assert combined(TWO_OF_THREE, b"TREZOR").hex() == ITS_SECRET


def test_sets_that_are_made_later_are_others_and_both_stay_good() -> None:
    again = shares_of(ROOT)
    assert not set(again) & set(SHEETS)
    assert root_from(again[:2]) == root_from(SHEETS[1:]) == ROOT


def test_one_share_says_nothing_of_the_root() -> None:
    """What a share holds is one point of a line, beside what is random: it is as likely with any other root."""
    firsts = [" ".join(shares_of(root)[0][4:-3]) for root in (ROOT, SigningKey(bytes(32))) for _again in range(8)]
    assert len(set(firsts)) == len(firsts)


def test_shares_that_would_not_bring_the_root_back_are_never_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    other = generate_mnemonics(1, [(2, 3)], bytes(32))
    monkeypatch.setattr("shamir_mnemonic.generate_mnemonics", lambda *_any, **_more: other)
    with pytest.raises(KeyringError) as caught:
        shares_of(ROOT)
    assert caught.value.codes == ("recovery.not_made",)
    monkeypatch.undo()
    (mixed,) = generate_mnemonics(1, [(2, 3)], ROOT.seed)
    mixed[2] = " ".join(SHEETS[2])
    monkeypatch.setattr("shamir_mnemonic.generate_mnemonics", lambda *_any, **_more: [mixed])
    with pytest.raises(KeyringError):
        shares_of(ROOT)


# --- or a refusal ---


@settings(max_examples=100, deadline=None)
@given(place=PLACES, word=st.sampled_from(WORDLIST), sheet=st.integers(0, 2))
def test_one_wrong_word_is_refused_and_its_place_is_named(place: int, word: str, sheet: int) -> None:
    wrong = changed(SHEETS[sheet], place, word)
    if wrong != SHEETS[sheet]:
        error = refusal(wrong, SHEETS[sheet - 1])
        assert error.codes == ("recovery.checksum",)
        assert doubtful_places(wrong) == (place + 1,)
        assert error.problems[0].hint.endswith(f" {place + 1}")


@settings(max_examples=60, deadline=None)
@given(one=PLACES, other=PLACES)
def test_two_words_that_are_swapped_are_refused_and_named(one: int, other: int) -> None:
    share = SHEETS[0]
    wrong = changed(changed(share, one, share[other]), other, share[one])
    if wrong != share:
        assert refusal(wrong, SHEETS[1]).codes == ("recovery.checksum",)
        assert doubtful_places(wrong) == tuple(sorted((one + 1, other + 1)))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PLACES, st.sampled_from(WORDLIST)), min_size=1, max_size=33))
def test_however_many_words_are_wrong_no_other_key_comes_of_it(mistakes: list[tuple[int, str]]) -> None:
    wrong = SHEETS[0]
    for place, word in mistakes:
        wrong = changed(wrong, place, word)
    if wrong == SHEETS[0]:
        assert root_from([wrong, SHEETS[1]]) == ROOT
    else:
        assert set(refusal(wrong, SHEETS[1]).codes) <= {"recovery.checksum", "recovery.other_kind"}


def test_a_whole_share_has_no_doubtful_place() -> None:
    assert doubtful_places(SHEETS[0]) == ()
    assert doubtful_places(tuple(reversed(SHEETS[0]))) == ()


def test_every_word_that_is_not_in_the_list_is_named_by_its_number() -> None:
    wrong = changed(changed(SHEETS[0], 3, "survivor"), 16, "7akta")
    error = refusal(wrong, changed(SHEETS[1], 32, "xx"))
    assert error.codes == ("recovery.unknown_word",) * 3
    assert [each.what.split()[1] for each in error.problems] == ["4", "17", "33"]
    assert [each.where for each in error.problems] == ["share 1", "share 1", "share 2"]


@pytest.mark.parametrize(
    ("shares", "codes"),
    [
        ((), ("recovery.too_few_shares",)),
        (SHEETS[:1], ("recovery.too_few_shares",)),
        ((*SHEETS, SHEETS[0]), ("recovery.too_many_shares",)),
        ((SHEETS[0], SHEETS[0]), ("recovery.same_share",)),
        ((SHEETS[0], SHEETS[1], SHEETS[0]), ("recovery.same_share",)),
        ((SHEETS[0], shares_of(ROOT)[1]), ("recovery.other_set",)),
        ((SHEETS[0][:-1], SHEETS[1]), ("recovery.too_few_words",)),
        ((SHEETS[0][:-1], (*SHEETS[1], "acid")), ("recovery.too_few_words", "recovery.too_many_words")),
        (((), SHEETS[1]), ("recovery.too_few_words",)),
        ((tuple(BAD_CHECKSUM.split()), SHEETS[1]), ("recovery.checksum",)),
        ((tuple(BAD_PADDING.split()), SHEETS[1]), ("recovery.checksum",)),
        (tuple(tuple(each.split()) for each in TWO_OF_THREE), ("recovery.other_kind",) * 2),
    ],
)
def test_each_failure_has_a_reason_of_its_own(shares: tuple[Share, ...], codes: tuple[str, ...]) -> None:
    assert refusal(*shares).codes == codes


@pytest.mark.parametrize(("needed", "made", "exponent"), [(3, 3, 1), (2, 3, 5), (1, 1, 1)])
def test_shares_of_another_kind_are_refused_before_any_work(needed: int, made: int, exponent: int) -> None:
    (texts,) = generate_mnemonics(1, [(needed, made)], ROOT.seed, iteration_exponent=exponent)
    with pytest.raises(KeyringError) as caught:
        check_share(texts[0].split())
    assert caught.value.codes == ("recovery.other_kind",)


def test_shares_whose_first_words_agree_by_chance_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One set in 32,768 begins as ours does."""
    (ours,) = _with_identifier(7, ROOT, monkeypatch)
    (theirs,) = _with_identifier(7, SigningKey(bytes(32)), monkeypatch)
    assert refusal(ours[0], theirs[1]).codes == ("recovery.disagree",)
    assert refusal(ours[0], ours[1], theirs[2]).codes == ("recovery.disagree",)


def _with_identifier(number: int, root: SigningKey, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Share, ...]]:
    monkeypatch.setattr("shamir_mnemonic.shamir._random_identifier", lambda: number)
    return [tuple(tuple(text.split()) for text in group) for group in generate_mnemonics(1, [(2, 3)], root.seed)]


# --- as people type ---


def test_numbers_capitals_commas_and_cut_words_are_what_people_type() -> None:
    share = SHEETS[2]
    typed = "\n".join(f"{number}. {word[:4].upper()}," for number, word in enumerate(share, 1))
    assert words_of(typed) == share
    assert words_of(" ".join(share)) == words_of("\t".join(share)) == share
    assert words_of(" 12 ") == ()


def test_four_letters_are_enough_and_three_or_a_wrong_end_are_not() -> None:
    for word in WORDLIST:
        assert all(known_word(word[:length]) == word for length in range(4, len(word) + 1))
        assert known_word(word[:3]) is known_word(f"{word}x") is None


def test_a_misspelt_word_finds_its_neighbours() -> None:
    assert nearest("acadmeic")[0] == "academic"
    assert nearest("zzzzzz") == ()
