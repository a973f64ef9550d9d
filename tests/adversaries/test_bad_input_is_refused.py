"""Bad input: at the sender, whatever is wrong with cards, agreement, workbook, note or secret; at the recipient, what a
sender with valid keys packs against the agreement. Each is refused with its code, and the disk is as it was."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from simulator import AGREEMENT, NETWORK, ROWS, SENDER, START, TABLES, Simulated, founded, quick_folder, scenario

from exchange.agreements.agreement import Reference
from exchange.agreements.period import Period
from exchange.agreements.signatures import Signatures, load_signatures, signatures_path
from exchange.bundle.parcel import Bundle, Letter, Member
from exchange.checking import Job, check
from exchange.crypto.canonical import canonical
from exchange.errors import (
    AgreementError,
    DisclosureError,
    ExchangeError,
    ExtractError,
    KeyringError,
    UsageError,
    WorkspaceError,
)
from exchange.keyring.card import issue_card
from exchange.keyring.identity import rotate
from exchange.matching.secret import NetworkSecret
from exchange.posting import post
from exchange.preparing import prepare
from exchange.protect.releases.memory import Shown
from exchange.protect.releases.releases import Release
from exchange.registers import keep_network_secret
from exchange.remembering import locked
from exchange.seal.sealing import SealedBundle
from exchange.sending import pack
from exchange.taking_in import Taken

OTHER_MONTH = "2026-10"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """September has gone and is acknowledged; October is to be packed."""
    with quick_folder(tmp_path_factory.mktemp("bad")) as folder:
        network = founded(folder / "network", rows=12)
        network.pack()
        network.round()
        yield network


@pytest.fixture
def network(ready: Simulated) -> Iterator[Simulated]:
    copy = ready.copied(ready.folder.parent / "copy")
    yield copy
    shutil.rmtree(copy.folder)


def digest_of(folder: Path) -> str:
    """Of every file but the locks and the log, which may say that something was tried."""
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not {"turns", "log"} & {*path.relative_to(folder).parts}:
            whole.update(f"{path.relative_to(folder)} {hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


# --- at the sender ---

Spoil = Callable[[Simulated], Job]


def october(network: Simulated, **changes: object) -> Job:
    return network.job(OTHER_MONTH, **changes)


def no_card(network: Simulated) -> Job:
    network.office().workspace.cards.forget(TABLES)
    return october(network)


def nobody_confirmed_the_card(network: Simulated) -> Job:
    cards = network.office().workspace.cards
    cards.forget(TABLES)
    cards.add(network.office(TABLES).workspace.own.card(), START.date())
    return october(network)


def revoked_card(network: Simulated) -> Job:
    network.office().workspace.cards.revoke(TABLES, START.date())
    return october(network)


def expired_card(network: Simulated) -> Job:
    office, day = network.office(TABLES), dt.date(2026, 9, 1)
    card = issue_card(rotate(office.identity, day, ahead=0), day, previous=office.workspace.own.card())
    network.office().workspace.cards.add(card, day)
    return october(network)


def one_signature_is_missing(network: Simulated) -> Job:
    file = signatures_path(network.office().workspace.agreements.newest(AGREEMENT).file)
    signed = load_signatures(file)
    file.write_bytes(Signatures.of(*(each for each in signed.entries if each.party != TABLES)).to_json())
    return october(network)


def expired_agreement(network: Simulated) -> Job:
    network.now = dt.datetime(2027, 9, 5, 9, tzinfo=dt.UTC)
    return october(network)


def agreement_of_tomorrow(network: Simulated) -> Job:
    network.now = dt.datetime(2026, 8, 28, 9, tzinfo=dt.UTC)
    return october(network)


def agreement_edited_after_it_was_signed(network: Simulated) -> Job:
    file = network.office().workspace.agreements.newest(AGREEMENT).file
    file.write_text(file.read_text().replace("k: 5", "k: 6", 1))
    return october(network)


def unknown_agreement(network: Simulated) -> Job:
    return october(network, agreement="DSA-NTT-2026-999")


def unknown_column(network: Simulated) -> Job:
    path = network.folder / f"{OTHER_MONTH}.xlsx"
    book = load_workbook(path)
    sheet = book.worksheets[0]
    sheet.cell(2, sheet.max_column + 1, "Alamat rumah aman")
    book.save(path)
    return october(network)


def month_that_is_not_over(network: Simulated) -> Job:
    return replace(october(network), period=Period.read("2026-11"))


def quarter_for_who_gets_months(network: Simulated) -> Job:
    return replace(october(network), period=Period.read("2026-Q3"), to=(TABLES,))


def somebody_who_is_no_recipient(network: Simulated) -> Job:
    return october(network, to=("independent-auditor",))


def no_workbook_at_all(network: Simulated) -> Job:
    return october(network, extract=network.folder / "nowhere.xlsx")


def half_a_workbook(network: Simulated) -> Job:
    path = network.folder / f"{OTHER_MONTH}.xlsx"
    path.write_bytes(path.read_bytes()[:2000])
    return october(network)


def workbook_with_a_password(network: Simulated) -> Job:
    path = network.folder / f"{OTHER_MONTH}.xlsx"
    path.write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + "EncryptedPackage".encode("utf-16-le").rjust(4096, b"\0"))
    return october(network)


def no_note(network: Simulated) -> Job:
    return october(network, note=" ")


def name_in_the_note(network: Simulated) -> Job:
    told = scenario().workbook(SENDER, OTHER_MONTH).reports[0].told
    return october(network, note=f"Kami bertemu {told.first_name} {told.second_name} di kantor.")


def no_secret(network: Simulated) -> Job:
    network.office().workspace.registers.network_file.unlink()
    return october(network)


def secret_of_another_network(network: Simulated) -> Job:
    network.office().workspace.registers.network_file.unlink()
    keep_network_secret(network.office(), NetworkSecret.new("ntb", "2026", network.office().randomness))
    return october(network)


def period_that_was_sent(network: Simulated) -> Job:
    return network.job("2026-09")


def correction_of_nothing(network: Simulated) -> Job:
    return october(network, corrects=True)


REFUSED: tuple[tuple[Spoil, type[ExchangeError], str], ...] = (
    (no_card, KeyringError, "card.unknown"),
    (nobody_confirmed_the_card, KeyringError, "card.unconfirmed"),
    (revoked_card, KeyringError, "card.revoked"),
    (expired_card, KeyringError, "card.expired"),
    (one_signature_is_missing, AgreementError, "agreement.unsigned"),
    (expired_agreement, AgreementError, "agreement.expired"),
    (agreement_of_tomorrow, AgreementError, "agreement.not_yet_effective"),
    (agreement_edited_after_it_was_signed, AgreementError, "agreement.signed_another_text"),
    (unknown_agreement, WorkspaceError, "agreement.unknown"),
    (unknown_column, ExtractError, "extract.unknown_column"),
    (month_that_is_not_over, AgreementError, "agreement.period_not_over"),
    (quarter_for_who_gets_months, AgreementError, "agreement.wrong_cadence"),
    (somebody_who_is_no_recipient, AgreementError, "agreement.unknown_recipient"),
    (no_workbook_at_all, ExtractError, "extract.missing_file"),
    (half_a_workbook, ExtractError, "extract.damaged"),
    (workbook_with_a_password, ExtractError, "extract.password"),
    (no_note, UsageError, "pack.note_missing"),
    (name_in_the_note, DisclosureError, "last_look.identifier"),
    (no_secret, DisclosureError, "network.no_secret"),
    (secret_of_another_network, DisclosureError, "network.no_secret"),
    (period_that_was_sent, AgreementError, "agreement.already_sent"),
    (correction_of_nothing, AgreementError, "agreement.nothing_to_replace"),
)


@pytest.mark.parametrize(("spoil", "kind", "code"), REFUSED, ids=[spoil.__name__ for spoil, *_ in REFUSED])
def test_nothing_is_packed_and_nothing_changes(
    network: Simulated, spoil: Spoil, kind: type[ExchangeError], code: str
) -> None:
    job = spoil(network)
    before = digest_of(network.folder)
    with pytest.raises(kind) as refused:
        pack(network.office(), job)
    assert code in refused.value.codes
    assert refused.value.exit_status == kind.exit_status
    assert digest_of(network.folder) == before
    for problem in refused.value.problems:
        assert str(network.folder) not in f"{problem.what}{problem.where}{problem.hint}"


# --- at the recipient: a sender whose keys are good and whose bundles are not ---


def honest(network: Simulated, party: str) -> Bundle:
    checked = check(network.office(), october(network))
    leave = next(each for each in checked.permits if each.recipient.id == party)
    return prepare(network.office(), checked, leave, "x").bundle


def repacked(bundle: Bundle, path: str, change: Callable[[bytes], bytes]) -> Bundle:
    """The bundle with another content of one file, of which its descriptor tells the truth."""
    content = {member.path: member.content for member in bundle.members}
    content[path] = change(content[path])
    told = json.loads(content["datapackage.json"])
    for each in (*told["resources"], *told.get("x-files", ())):
        if each["path"] == path:
            each["bytes"] = len(content[path])
            each["hash"] = f"sha256:{hashlib.sha256(content[path]).hexdigest()}"
    content["datapackage.json"] = json.dumps(told).encode()
    return replace(bundle, members=tuple(Member(path, data) for path, data in content.items()))


def posted(network: Simulated, parcel: Bundle | Letter) -> None:
    """It waits in the outbox, remembered as of a month that was: the one that it tells of is still owed."""
    office = network.office()

    def remember(sealed: SealedBundle) -> None:
        if isinstance(parcel, Bundle):
            release = Release(
                bundle=parcel.id,
                ciphertext=sealed.ciphertext,
                agreement=parcel.agreement,
                recipient=parcel.recipient,
                period="2026-08",
                created=office.now,
                replaces=parcel.replaces,
            )
            nobody = Shown("", (), rows=None, household={}, table_fields=(), people={}, cells={})
            office.workspace.releases.record(release, (), locked(office, parcel.id, nobody))

    post(office, parcel, awaits_receipt=isinstance(parcel, Bundle), noting=remember)


def brought(network: Simulated, bundle: Bundle | Letter) -> Taken:
    """What becomes of it at its recipient, whose store is as it was."""
    posted(network, bundle)
    network.deliver_unasked()
    held = [segment.metadata.bundle for segment in network.segments(bundle.recipient)]
    received = network.receive(bundle.recipient)
    assert not received.problems
    (taken,) = received.taken
    assert [segment.metadata.bundle for segment in network.segments(bundle.recipient)] == held
    return taken


def check_refused_and_told(network: Simulated, taken: Taken, *codes: str) -> None:
    """Its sender learns the code; and whatever comes next is taken in as if nothing had been."""
    assert (taken.outcome, {problem.code for problem in taken.problems}) == ("refused", {*codes})
    network.deliver(ROWS)
    network.deliver(TABLES)
    network.receive(SENDER)
    (standing,) = [each for each in network.standings() if each.state == "refused"]
    assert standing.code in codes
    network.pack(OTHER_MONTH)
    network.round()
    assert len(network.segments(ROWS)) == 2


def rows_path(bundle: Bundle) -> str:
    return next(m.path for m in bundle.members if m.path.endswith(".csv") and b"x_CaseRef" in m.content.split(b"\n")[0])


def test_an_untouched_bundle_is_accepted(network: Simulated) -> None:
    """Or the tests below would show nothing."""
    bundle = repacked(honest(network, ROWS), "datapackage.json", lambda content: content)
    posted(network, bundle)
    network.deliver_unasked()
    (taken,) = network.receive(ROWS).taken
    assert taken.outcome == "accepted", taken.problems


def test_a_column_more_than_the_descriptor_names_is_refused(network: Simulated) -> None:
    def named(content: bytes) -> bytes:
        lines = content.decode().splitlines()
        return "\n".join([f"{lines[0]},prs_FirstName", *(f"{line},Maria" for line in lines[1:])]).encode()

    bundle = honest(network, ROWS)
    taken = brought(network, repacked(bundle, rows_path(bundle), named))
    check_refused_and_told(network, taken, "bundle.disagrees")


def test_a_bundle_of_another_tier_is_refused(network: Simulated) -> None:
    """Rows of personal data, packed with good keys for somebody whose tier has none of these fields."""
    first, tables = honest(network, ROWS), honest(network, TABLES)
    rows = repacked(first, "README.html", lambda page: page.replace(first.id.encode(), tables.id.encode()))
    metadata = {m.path: m.content for m in rows.members}["datapackage.json"].decode()
    content = metadata.replace(rows.id, tables.id)
    told = json.loads(content)
    ours = json.loads({m.path: m.content for m in tables.members}["datapackage.json"])
    for key, value in told.items():
        if isinstance(value, dict) and "recipient" in value:
            value["recipient"] = ours[key]["recipient"]
    members = tuple(
        Member(m.path, json.dumps(told).encode()) if m.path == "datapackage.json" else m for m in rows.members
    )
    taken = brought(network, replace(tables, members=members))
    check_refused_and_told(network, taken, "receive.fields_not_agreed", "receive.other_terms")


def test_tokens_for_rows_that_are_not_there_are_refused(network: Simulated) -> None:
    def more(content: bytes) -> bytes:
        row = content.decode().splitlines()[1].split(",")
        return content + f"{'p' + 'a' * 26},{row[1]},{row[2]}\n".encode()

    bundle = honest(network, ROWS)
    path = next(m.path for m in bundle.members if "tokens" in m.path and m.path.endswith(".csv"))
    check_refused_and_told(network, brought(network, repacked(bundle, path, more)), "bundle.disagrees")


@pytest.mark.parametrize("size", [200_000, 20_000_000])
def test_a_cell_of_many_megabytes_is_refused(network: Simulated, size: int) -> None:
    def huge(content: bytes) -> bytes:
        reader = list(csv.reader(io.StringIO(content.decode())))
        reader[1][0] = "a" * size
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(reader)
        return text.getvalue().encode()

    bundle = honest(network, ROWS)
    taken = brought(network, repacked(bundle, rows_path(bundle), huge))
    assert taken.outcome == "refused"


def test_a_bomb_among_the_members_is_never_unpacked(network: Simulated, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that nobody named is refused before anybody looks inside."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("xl/worksheets/sheet1.xml", bytes(50_000_000))
    bundle = honest(network, ROWS)
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_arguments: pytest.fail("it was unpacked"))
    bundle = replace(bundle, members=(*bundle.members, Member("data/cases.xlsx", bomb.getvalue())))
    assert brought(network, bundle).outcome == "refused"


@pytest.mark.parametrize(
    "content",
    [b"", b"{}", b'{"kind":"card"}', b"[" * 100_000, b'{"kind":"receipt"}', canonical({"kind": "withdrawal"})],
)
def test_a_letter_of_no_known_kind_is_refused(network: Simulated, content: bytes) -> None:
    reference = Reference.to(network.office().workspace.agreements.newest(AGREEMENT).agreement)
    members = (Member("letter.json", content),)
    letter = Letter(network.office().new_id(), "feedback", SENDER, ROWS, reference, members)
    taken = brought(network, letter)
    assert (taken.outcome, [each.code for each in taken.problems]) == ("refused", ["letter.unreadable"])
    assert network.entries(ROWS, "bundle.refused")
    network.deliver(ROWS)
    assert [(each.outcome, each.kind) for each in network.receive(SENDER).taken] == [("heeded", "refusal")]
    network.deliver()
    assert network.receive(ROWS).taken == (), "and nobody refuses a refusal"
    assert NETWORK in network.office(ROWS).workspace.logs.networks()
