"""What one party shows or says accuses no other: a finding rests on the party's own log and its own keys."""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
from collections.abc import Iterable
from unittest.mock import patch

from agreements.example import SIGNED_ON, TEXT, changed
from asking.books import digest, papers, read
from asking.story import DAY, MADE, PACKED, Story, Told, reference
from asking.test_destroyed_in_time import SHORT
from asking.test_withdrawals_in_time import LETTER, TOLD, withdraw

from exchange.agreements.reading import read_agreement
from exchange.agreements.signatures import Signatures, sign
from exchange.asking import shown as shown_module
from exchange.asking.deadlines import there
from exchange.asking.examining import examine
from exchange.asking.shown import Shown
from exchange.crypto.signing import SigningKey

_Told = set[tuple[str, str, int | None, str]]


def another_key(party: str) -> SigningKey:
    """A key that a stranger made in the name of a party."""
    return SigningKey(hashlib.sha256(f"a stranger's key for {party}".encode()).digest())


def forged(*changes: tuple[str, str]) -> tuple[str, dict[str, bytes]]:
    """A text that names keys of a stranger's, signed with them by all, and how a pack holds it."""
    text = TEXT
    for each in read().parties:
        text = text.replace(each.key, another_key(each.id).fingerprint())
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    document = read_agreement(text, "dsa.yaml")
    made = (sign(document, each.party, another_key(each.party), SIGNED_ON) for each in document.signatories)
    name = f"agreements/{document.id}-{document.version}"
    return text, {f"{name}.yaml": text.encode(), f"{name}.signatures.json": Signatures.of(*made).to_json()}


def found(*logs: Told, weight: str = "wrong") -> _Told:
    """What all questions find, which is the same whichever pack comes first."""
    each_order = [_found(those, weight) for those in itertools.permutations(logs)]
    assert all(each == each_order[0] for each in each_order)
    return each_order[0]


def _found(logs: Iterable[Told], weight: str) -> _Told:
    answers = examine(Shown.of([each.history() for each in logs], MADE))
    findings = (each for answer in answers for each in answer.findings if each.weight == weight)
    return {(each.code, each.origin.partition(".")[0], each.entry, each.what) for each in findings}


# --- agreements that a stranger signed ---


def test_an_agreement_that_only_somebody_else_shows_binds_nobody() -> None:
    story = Story()
    story.send()
    before = found(story.yks, story.recipient)
    text, shown = forged(("id: DSA-NTT-2026-004", "id: DSA-NTT-2026-099"))
    story.recipient.documents |= shown
    story.recipient.note("agreement.signed", PACKED, agreement=reference(text))
    assert found(story.yks, story.recipient) == before
    looks = {(code, log) for code, log, _entry, _what in found(story.yks, story.recipient, weight="look")}
    assert ("audit.agreement_not_theirs", "gt-ntt") in looks


def test_a_draft_that_was_sent_to_a_party_does_not_make_its_key_the_party_s() -> None:
    story = Story()
    story.send()
    before = found(story.yks, story.recipient)
    text, shown = forged(("id: DSA-NTT-2026-004", "id: DSA-NTT-2026-099"))
    story.recipient.documents |= shown
    story.yks.note("agreement.made", PACKED, agreement=reference(text))
    story.yks.note("agreement.signed", PACKED, agreement=reference(text), counterpart="gt-ntt")
    assert found(story.yks, story.recipient) == before


def test_a_newer_version_that_strangers_signed_replaces_nothing() -> None:
    story = Story()
    story.send()
    before = found(story.yks, story.recipient)
    old = TEXT[TEXT.index("{version: 1.0.0") : TEXT.index("}", TEXT.index("{version: 1.0.0"))]
    text, shown = forged(("version: 1.1.0", "version: 1.2.0"), (old, f'{{version: 1.1.0, digest: "{read().digest}"'))
    story.recipient.documents |= shown
    story.recipient.note("agreement.signed", PACKED, agreement=reference(text))
    assert found(story.yks, story.recipient) == before


def test_an_agreement_binds_a_silent_party_by_the_root_on_its_own_card() -> None:
    story = Story()
    story.recipient.note("agreement.signed", PACKED, agreement=reference())
    months = {what for code, log, _entry, what in found(story.yks, story.recipient) if code == "audit.month_missing"}
    assert any("gt-ntt for 2026-09" in what for what in months)


def test_an_agreement_without_a_card_binds_a_party_that_says_it_signed() -> None:
    story = Story()
    story.yks.documents = papers()
    story.yks.note("agreement.signed", PACKED, agreement=reference())
    assert any(code == "audit.month_missing" for code, _log, _entry, _what in found(story.yks))


def test_a_draft_that_nobody_signed_makes_no_key_known() -> None:
    key = another_key("yks").fingerprint()
    draft = TEXT.replace(read().party("yks").key, key).replace("id: DSA-NTT-2026-004", "id: DSA-NTT-2026-099")
    story = Story()
    story.send(release_approved={"key": key, "person": "officer.1"})
    before = found(story.yks, story.recipient), found(story.yks, story.recipient, weight="look")
    assert any(each[0] in ("audit.key_unknown", "audit.key_untold") for those in before for each in those)
    story.yks.documents["agreements/DSA-NTT-2026-099-1.1.0.yaml"] = draft.encode()
    story.yks.note("agreement.made", MADE, agreement=reference(draft))
    after = found(story.yks, story.recipient), found(story.yks, story.recipient, weight="look")
    keys = [{each for each in those if each[0].startswith("audit.key")} for those in (*before, *after)]
    assert keys[:2] == keys[2:]


# --- texts that take long to read ---


def test_a_text_that_no_log_names_is_not_read() -> None:
    story = Story()
    story.send()
    story.recipient.documents |= {f"agreements/DSA-{number}-1.0.0.yaml": b"a: [1]" for number in range(9)}
    with patch.object(shown_module, "read_agreement", wraps=read_agreement) as reading:
        shown_module._text.cache_clear()
        Shown.of([story.yks.history(), story.recipient.history()], MADE)
    assert reading.call_count == 1


def test_a_text_that_cannot_be_read_is_tried_once() -> None:
    story = Story()
    story.send()
    for each in (story.yks, story.recipient):
        each.documents["agreements/DSA-NTT-2026-004-1.1.0.yaml"] = b"a: [1]"
    with patch.object(shown_module, "read_agreement", wraps=read_agreement) as reading:
        for _again in range(3):
            Shown.of([story.yks.history(), story.recipient.history()], MADE)
    assert reading.call_count <= 1


def test_of_long_texts_and_of_many_the_rest_counts_as_not_shown() -> None:
    story = Story()
    story.send()
    story.recipient.documents |= {"agreements/DSA-NTT-2026-004-1.1.0.yaml": TEXT.encode() + b"\n#" + b"x" * 2**20}
    assert Shown.of([story.recipient.history()], MADE).agreements == {}
    many = [changed(("id: DSA-NTT-2026-004", f"id: DSA-NTT-2026-{number}")) for number in range(100, 105)]
    for text in many:
        story.yks.documents |= papers(text)
        story.yks.note("agreement.made", PACKED, agreement=reference(text))
    with patch.object(shown_module, "_MAX_TEXTS", 3):
        assert len(Shown.of([story.yks.history()], MADE).agreements) == 3


def test_a_heap_of_signatures_crowds_out_nobody() -> None:
    document, day = read(), dt.timedelta(days=1)
    heap = [sign(document, "gt-ntt", SigningKey(_seed("gt-ntt")), SIGNED_ON + day * number) for number in range(300)]
    story = Story()
    story.send()
    story.recipient.documents["agreements/DSA-NTT-2026-004-1.1.0.signatures.json"] = Signatures.of(*heap).to_json()
    (text,) = Shown.of([story.recipient.history(), story.yks.history()], MADE).agreements.values()
    assert text.signed()
    assert len(text.signatures.entries) < 60


def _seed(party: str) -> bytes:
    return hashlib.sha256(f"test root key of {party}".encode()).digest()


# --- files and letters that a stranger claims, too ---

BUNDLE = {"ciphertext": digest("b-00000001"), "bundle": "b-00000001", "period": "2026-09"}


def test_a_file_that_another_log_claims_stays_what_it_was() -> None:
    story = Story(SHORT)
    story.send()
    before = found(story.yks, story.recipient)
    assert any(code == "audit.destruction_open" for code, _log, _entry, _what in before)
    stranger = Told("aaa", papers(SHORT))
    stranger.note("bundle.packed", PACKED, counterpart="nobody", agreement=reference(SHORT), **BUNDLE)
    assert before <= found(stranger, story.yks, story.recipient)
    looks = found(stranger, story.yks, story.recipient, weight="look")
    assert {log for code, log, _entry, _what in looks if code == "audit.claimed_besides"} == {"aaa"}


def test_a_recipient_that_claims_to_have_sent_the_file_still_has_to_destroy_it() -> None:
    story = Story(SHORT)
    story.send()
    before = found(story.yks, story.recipient)
    story.recipient.note("bundle.packed", PACKED, counterpart="nobody", agreement=reference(SHORT), **BUNDLE)
    assert before <= found(story.yks, story.recipient)


def test_a_recipient_that_claims_to_have_asked_for_erasure_still_has_to_erase() -> None:
    story = Story(recipient=Told("io-id"))
    story.recipient.note("erasure.asked", TOLD, counterpart="nobody", agreement=reference(), letter=LETTER)
    withdraw(story, erased=None, certified=None)
    late = {(log, what) for code, log, _entry, what in found(story.yks, story.recipient) if code.endswith("sure_late")}
    assert {log for log, _what in late} == {"io-id"}


# --- keys that somebody else calls revoked ---


def test_a_key_that_somebody_else_calls_revoked_is_to_be_looked_at_there() -> None:
    story = Story()
    signed = {"agreement": reference(), "key": read().party("yks").key}
    story.yks.note("agreement.signed", PACKED, **signed)
    before = found(story.yks, story.recipient)
    number = story.recipient.note("card.revoked", PACKED - DAY, counterpart="yks", key=signed["key"])
    assert found(story.yks, story.recipient) == before
    looks = found(story.yks, story.recipient, weight="look")
    told = [each[1:3] for each in looks if each[0] == "audit.key_revoked_elsewhere"]
    assert told == [("gt-ntt", number)]
    story.yks.note("card.revoked", PACKED - DAY, key=signed["key"])
    assert "audit.key_revoked_used" in {each[0] for each in found(story.yks, story.recipient)}


# --- clocks that a stranger sets ---


def test_a_stranger_that_says_when_a_file_left_tells_nothing_of_the_recipient_s_clock() -> None:
    story = Story()
    story.send()
    stranger = Told("aaa")
    about = {"agreement": reference(), **BUNDLE}
    stranger.note("bundle.delivered", PACKED + 30 * DAY, counterpart="nobody", **about)
    looks = found(stranger, story.yks, story.recipient, weight="look")
    assert not any(code == "audit.clock_skew" for code, _log, _entry, _what in looks)


def test_a_stranger_that_says_when_a_letter_came_makes_no_letter_early() -> None:
    story = Story(recipient=Told("io-id"))
    withdraw(story)
    ours = there(Shown.of([story.yks.history(), story.recipient.history()], MADE))
    stranger = Told("aaa")
    for _number, each in story.yks.history().of("letter.sent"):
        assert each.ciphertext in ours["yks"]
        stranger.note("letter.received", PACKED - DAY, counterpart="yks", note="withdrawal", ciphertext=each.ciphertext)
    with_the_stranger = there(Shown.of([stranger.history(), story.yks.history(), story.recipient.history()], MADE))
    assert with_the_stranger["yks"] == ours["yks"]
