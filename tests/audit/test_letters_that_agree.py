"""A letter that one side keeps out of its log is found; whatever happens to letters between honest sides is not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from audit.network import AGREEMENT, Network, digest

from exchange.audit.entries import Kind
from exchange.audit.verify import Verdict, verify
from exchange.crypto.signing import SigningKey

NOT_SENT, NOT_RECEIVED, UNDER_WAY = "audit.letter_not_sent", "audit.letter_not_received", "audit.in_transit"
A_MONTH = timedelta(days=30)
SORTS = ("breach_notice", "urgent_disclosure", "withdrawal", "rights_request", "feedback", "given_up", "match_filters")


@pytest.fixture
def network(tmp_path: Path) -> Network:
    """Who began long ago."""
    made = Network(tmp_path)
    for each in made.members.values():
        each.write("agreement.made", agreement=AGREEMENT)
    return made


def letter(to: str, sort: str = "breach_notice", name: str = "letter-00", **changes: Any) -> dict[str, Any]:
    about = {"counterpart": to, "agreement": AGREEMENT, "note": sort, "letter": name, "ciphertext": digest(name)}
    return {**about, **changes}


def write(network: Network, sort: str = "breach_notice", *, lost: Iterable[Kind] = (), **changes: Any) -> int:
    """A letter of yks to gt-ntt; the number of its sending in the one log, or of its coming in the other."""
    sent = "letter.sent" not in lost and network["yks"].write("letter.sent", **letter("gt-ntt", sort, **changes))
    came = "letter.received" not in lost and network["gt-ntt"].write(
        "letter.received", **letter("yks", sort, **changes)
    )
    return int(came if sent is False else sent)


def found(network: Network, *parties: str) -> list[tuple[str, str, int | None]]:
    """What is found of letters: its code, in whose log, at which entry."""
    return told(network.verify(*parties))


def told(verdict: Verdict) -> list[tuple[str, str, int | None]]:
    others = ("audit.unwitnessed", "audit.stale")
    return [
        (each.code, each.origin.partition(".")[0], each.entry) for each in verdict.findings if each.code not in others
    ]


# --- what one side keeps out of its log ---


@pytest.mark.parametrize("sort", SORTS)
def test_a_letter_of_which_its_sender_says_nothing_is_found(network: Network, sort: str) -> None:
    number = write(network, sort, lost=["letter.sent"])
    verdict = network.verify()
    assert told(verdict) == [(NOT_SENT, "gt-ntt", number)]
    assert verdict.findings[0].weight == "wrong"
    assert verdict.findings[0].what == f"yks does not say that it sent this letter: {sort}"


@pytest.mark.parametrize("sort", SORTS)
def test_a_letter_of_which_its_recipient_says_nothing_is_found(network: Network, sort: str) -> None:
    number = write(network, sort, lost=["letter.received"])
    network.now += A_MONTH
    verdict = network.verify()
    assert told(verdict) == [(NOT_RECEIVED, "yks", number)]
    assert verdict.findings[0].weight == "wrong"
    assert verdict.findings[0].what == f"gt-ntt does not say that this letter came: {sort}"


@pytest.mark.parametrize("sort", SORTS)
def test_of_a_letter_of_which_both_tell_nothing_is_found(network: Network, sort: str) -> None:
    write(network, sort)
    network.now += A_MONTH
    assert found(network) == []


def test_each_letter_is_matched_with_itself_alone(network: Network) -> None:
    write(network, name="letter-00")
    lost = write(network, name="letter-01", lost=["letter.received"])
    hidden = write(network, name="letter-02", lost=["letter.sent"])
    network.now += A_MONTH
    assert found(network) == [(NOT_SENT, "gt-ntt", hidden), (NOT_RECEIVED, "yks", lost)]


def test_a_letter_to_somebody_else_explains_none(network: Network) -> None:
    network["yks"].write("letter.sent", **letter("peduli"))
    network["peduli"].write("letter.received", **letter("yks"))
    number = network["gt-ntt"].write("letter.received", **letter("yks"))
    assert found(network) == [(NOT_SENT, "gt-ntt", number)]


def test_a_letter_under_the_id_of_another_sort_is_another_letter(network: Network) -> None:
    write(network, "feedback")
    number = network["gt-ntt"].write("letter.received", **letter("yks", ciphertext=digest("hidden")))
    assert found(network) == [(NOT_SENT, "gt-ntt", number)]


def test_a_sending_without_the_digest_of_its_file_hides_no_letter(network: Network) -> None:
    network["yks"].write("letter.sent", counterpart="gt-ntt", note="breach_notice")
    number = network["gt-ntt"].write("letter.received", **letter("yks"))
    assert found(network) == [(NOT_SENT, "gt-ntt", number)]


def test_a_letter_is_found_once_however_often_its_recipient_tells_of_it(network: Network) -> None:
    first = write(network, "withdrawal", lost=["letter.sent"])
    write(network, "withdrawal", lost=["letter.sent"])
    network["gt-ntt"].write("erasure.certified", **letter("yks", "withdrawal"))
    assert found(network) == [(NOT_SENT, "gt-ntt", first)]


# --- what letters do is noted instead ---

DONE: list[tuple[str, Kind, dict[str, Any]]] = [
    ("suspension", "agreement.suspended", {"note": "suspension"}),
    ("resumption", "agreement.resumed", {"note": "resumption"}),
    ("termination", "agreement.ended", {"note": "termination"}),
    ("certificate", "disposal.certified", {"note": None, "bundle": "bundle-00"}),
    ("refusal", "bundle.refused", {"note": None, "letter": None}),
]
CAME: list[tuple[str, Kind, dict[str, Any]]] = [
    ("certificate", "erasure.certified", {"note": None, "letter": "withdrawal-0"}),
    ("certificate", "filters.certified", {"note": None, "letter": "filters-00"}),
    ("card", "card.rotated", {"note": None, "agreement": None, "key": SigningKey(b"k" * 32).verify_key.fingerprint()}),
    (
        "revocation",
        "card.revoked",
        {"note": None, "agreement": None, "key": SigningKey(b"k" * 32).verify_key.fingerprint()},
    ),
    ("breach_notice", "bundle.refused", {"codes": ("letter.not_a_party",)}),
    ("network_secret", "bundle.quarantined", {"codes": ("network.not_ours",)}),
    (
        "breach_notice",
        "bundle.quarantined",
        {"counterpart": None, "note": None, "letter": None, "codes": ("seal.damaged",)},
    ),
]


def done(sort: str, changes: dict[str, Any]) -> dict[str, Any]:
    told = letter("yks", sort, **changes)
    if sort == "refusal":  # of a bundle: the letter is its answer
        return {**told, "ciphertext": digest("bundle-00"), "receipt": told["ciphertext"], "codes": ("seal.expired",)}
    return told


@pytest.mark.parametrize(
    ("sort", "kind", "changes"), [*DONE, *CAME], ids=lambda each: each if isinstance(each, str) else ""
)
def test_a_letter_came_where_its_recipient_notes_what_it_did(
    network: Network, sort: str, kind: Kind, changes: dict[str, Any]
) -> None:
    network["yks"].write("letter.sent", **letter("gt-ntt", sort))
    network["gt-ntt"].write(kind, **done(sort, changes))
    network.now += A_MONTH
    assert found(network) == []


@pytest.mark.parametrize(("sort", "kind", "changes"), DONE, ids=[kind for _sort, kind, _changes in DONE])
def test_what_a_letter_did_is_held_against_who_does_not_say_that_it_sent_it(
    network: Network, sort: str, kind: Kind, changes: dict[str, Any]
) -> None:
    number = network["gt-ntt"].write(kind, **done(sort, changes))
    verdict = network.verify()
    assert told(verdict) == [(NOT_SENT, "gt-ntt", number)]
    assert verdict.findings[0].what.endswith(f": {sort}")


@pytest.mark.parametrize(("sort", "kind", "changes"), CAME, ids=[f"{kind}-{sort}" for sort, kind, _changes in CAME])
def test_what_was_forged_refused_or_put_aside_accuses_nobody(
    network: Network, sort: str, kind: Kind, changes: dict[str, Any]
) -> None:
    network["gt-ntt"].write(kind, **done(sort, changes))
    assert found(network) == []


def test_what_a_party_certified_or_refused_itself_is_no_letter_of_the_other(network: Network) -> None:
    gt = network["gt-ntt"]
    gt.write("disposal.certified", **letter("yks", note=None, letter=None, bundle="bundle-00"))
    gt.write("bundle.refused", counterpart="yks", ciphertext=digest("bundle-00"), codes=("seal.expired",))
    gt.write("agreement.suspended", agreement=AGREEMENT, note="suspension")
    assert found(network) == []


def test_a_receipt_is_matched_with_its_bundle(network: Network) -> None:
    network["gt-ntt"].write("letter.sent", **letter("yks", "receipt", ciphertext=digest("receipt of bundle-00")))
    network.send("yks", "gt-ntt", "bundle-00", lost=["bundle.acknowledged"])
    network.now += A_MONTH
    assert [code for code, *_where in found(network)] == ["audit.unacknowledged"]


def test_a_card_is_told_in_every_network_and_sent_in_one(network: Network) -> None:
    network["gt-ntt"].write("letter.received", **letter("yks", "card", agreement=None))
    assert found(network) == []


# --- what nobody can know yet ---


def test_what_is_under_way_is_told_once(network: Network) -> None:
    first = write(network, name="letter-00", lost=["letter.received"])
    write(network, name="letter-01", lost=["letter.received"])
    network.now += timedelta(days=20)
    verdict = network.verify()
    assert told(verdict) == [(UNDER_WAY, "yks", first)]
    assert verdict.ok
    assert "gt-ntt does not yet say that 2 letters came" in {each.what for each in verdict.findings}


def test_a_pack_that_was_made_too_early_cannot_tell(network: Network) -> None:
    early = [network["gt-ntt"].pack("early")]
    keys = {each.origin: each.key.verify_key for each in network.members.values()}
    sent = write(network, lost=["letter.received"])
    network.now += A_MONTH
    verdict = verify([*early, network["yks"].pack()], keys=keys)
    assert told(verdict) == [(UNDER_WAY, "yks", sent)]


def test_a_pack_of_the_sender_that_was_made_before_the_letter_came_cannot_tell(network: Network) -> None:
    early = network["yks"].pack("early")
    came = write(network, lost=["letter.sent"])
    keys = {each.origin: each.key.verify_key for each in network.members.values()}
    verdict = verify([early, network["gt-ntt"].pack()], keys=keys)
    assert told(verdict) == [(UNDER_WAY, "gt-ntt", came)]
    assert verdict.ok


@pytest.mark.parametrize("party", ["yks", "gt-ntt"])
def test_of_whoever_gives_no_pack_nothing_is_concluded(network: Network, party: str) -> None:
    write(network, lost=["letter.received"])
    write(network, name="letter-01", lost=["letter.sent"])
    network["yks"].write("letter.sent", **letter("independent-auditor"))
    network.now += A_MONTH
    assert found(network, party) == []


def test_a_log_that_began_later_does_not_tell_of_what_came_before(tmp_path: Path) -> None:
    """A card goes to whom one shares an agreement with; its recipient may keep no log of the network yet."""
    network = Network(tmp_path)
    network["yks"].write("letter.sent", **letter("gt-ntt", "card"))
    network.now += A_MONTH
    network["gt-ntt"].write("agreement.made", agreement=AGREEMENT)
    network.now += A_MONTH
    assert found(network) == []


def test_a_log_in_dispute_counts_for_nothing(network: Network) -> None:
    write(network, lost=["letter.sent"])
    packs = [network[party].pack() for party in ("yks", "gt-ntt")]
    (network.folder / "forged").mkdir()
    forger = Network(network.folder / "forged", ("yks",))
    forger["yks"].key = SigningKey(b"a stranger's key in yks's name..")
    forger["yks"].write("agreement.made", agreement=AGREEMENT)
    keys = {network["gt-ntt"].origin: network["gt-ntt"].key.verify_key}
    codes = {each.code for each in verify([*packs, forger["yks"].pack("forged")], keys=keys).findings}
    assert "audit.key_disputed" in codes
    assert NOT_SENT not in codes


# --- what happens to letters between honest sides ---


def test_a_letter_that_was_given_up_is_not_missed(network: Network) -> None:
    write(network, lost=["letter.received"])
    network["yks"].write("letter.given_up", **letter("gt-ntt"))
    network.now += A_MONTH
    assert found(network) == []


def test_a_letter_that_came_all_the_same_was_sent(network: Network) -> None:
    write(network)
    network["yks"].write("letter.given_up", **letter("gt-ntt"))
    network.now += A_MONTH
    assert found(network) == []


@pytest.mark.parametrize("came", ["first", "second", "both"])
def test_a_letter_that_was_written_once_more_came_in_either_file(network: Network, came: str) -> None:
    files = {"first": digest("first"), "second": digest("second")}
    for file in files.values():
        network["yks"].write("letter.sent", **letter("gt-ntt", ciphertext=file))
    network["yks"].write("letter.given_up", **letter("gt-ntt", ciphertext=files["first"]))
    for name, file in files.items():
        if came in (name, "both"):
            network["gt-ntt"].write("letter.received", **letter("yks", ciphertext=file))
    network.now += A_MONTH
    assert found(network) == []


def test_a_letter_that_came_in_a_file_sealed_anew_is_the_one_that_was_sent(network: Network) -> None:
    """Whoever opened it can seal it again for the same recipient: it bears the same signature, and the same id."""
    write(network, lost=["letter.received"])
    network["gt-ntt"].write("letter.received", **letter("yks", ciphertext=digest("sealed anew")))
    network.now += A_MONTH
    assert found(network) == []


def test_a_letter_that_a_carrier_brought_to_the_wrong_door_accuses_nobody(network: Network) -> None:
    write(network)
    network["peduli"].write("bundle.quarantined", ciphertext=digest("letter-00"), codes=("seal.not_for_us",))
    network.now += A_MONTH
    assert found(network) == []


# --- one letter, told of as two ---


def test_one_file_that_is_told_of_as_two_letters_is_found(network: Network) -> None:
    """A notice of a breach, which its sender would rather have called something else."""
    network["yks"].write("letter.sent", **letter("gt-ntt", "feedback", name="letter-01", ciphertext=digest("one")))
    network["gt-ntt"].write("letter.received", **letter("yks", "breach_notice", ciphertext=digest("one")))
    assert [each[0] for each in found(network)] == ["audit.letter_differs"]


def test_a_log_that_does_not_show_how_it_began_is_not_excused(tmp_path: Path) -> None:
    """What came before the first entry stands in no log; what came before the first that is not erased does."""
    network = Network(tmp_path)
    gone = network["gt-ntt"].write("agreement.made", agreement=AGREEMENT)
    network["yks"].write("letter.sent", **letter("gt-ntt"))
    with network["gt-ntt"].log() as log:
        log.erase(gone, at=network.tick())
    network.now += A_MONTH
    assert NOT_RECEIVED in [each[0] for each in found(network)]
