"""`check` and `pack`: every reason at once, at its place, and never a value; what is refused leaves nothing behind."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from cli.organisations import Desk, Said, files_of
from cli.town import AGREEMENT, Town

from exchange.demo.workbooks import SHEET

NOTE = "Tidak ada perubahan."
OLE2 = bytes.fromhex("d0cf11e0a1b11ae1")  # how an encrypted .xlsx begins


def nothing_personal(town: Town, said: Said) -> None:
    shown = [text for text in town.identifiers if text in said.out + said.err]
    assert not shown


def outbox(desk: Desk) -> list[Any]:
    found: list[Any] = desk.run("status", "--json").json["outbox"]
    return found


# --- check ---


def test_check_says_what_is_wrong_where_and_who_would_get_what(town: Town) -> None:
    said = town.sender.run("check", town.workbook, "-a", AGREEMENT, "-p", "2026-09", "--json")
    assert said.status == 0
    document = said.json
    assert document["rows"] == 60
    assert sum(document["findings_by_code"].values()) == len(document["findings"]) > 0
    assert {"code", "weight", "sheet", "row", "column", "field", "what", "hint"} == set(document["findings"][0])
    assert [each["recipient"] for each in document["recipients"]] == ["gt-ntt", "io-id"]
    for each in document["recipients"]:
        assert each["rows"] + sum(each["held_back"].values()) == 60
    nothing_personal(town, said)


def test_check_is_readable_and_shows_no_value(town: Town) -> None:
    said = town.sender.spawn("check", town.workbook, *town.job)
    assert said.status == 0
    assert "row " in said.out
    assert "gt-ntt: " in said.out
    assert said.err.count("\n") == 1  # the clock
    nothing_personal(town, said)


def test_check_and_rehearsing_remember_nothing(town: Town) -> None:
    before = outbox(town.sender), entries(town), files_of(town.sender.folder / "outbox")
    town.sender.does("check", town.workbook, *town.job)
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", "--dry-run", stdin=NOTE)
    assert (outbox(town.sender), entries(town), files_of(town.sender.folder / "outbox")) == before
    town.packed()  # the period still counts as never sent


def entries(town: Town) -> list[str]:
    said = town.sender.run("audit", "entries", "--json")
    return [each["kind"] for each in said.json] if said.status == 0 else []


def test_check_gives_the_workbook_back_marked_for_its_owner_alone(town: Town, tmp_path: Path) -> None:
    original, out = town.workbook.read_bytes(), tmp_path / "marked.xlsx"
    dry = town.sender.run("check", town.workbook, *town.job, "--out", out, "--dry-run")
    assert (dry.status, out.exists()) == (0, False)
    said = town.sender.run("check", town.workbook, *town.job, "--out", out, "--json")
    assert said.status == 0, said
    assert out.stat().st_mode & 0o777 == 0o600
    book = openpyxl.load_workbook(out)
    assert book.worksheets[-1].max_row == len(said.json["findings"]) + 1
    assert town.workbook.read_bytes() == original
    nothing_personal(town, said)


def test_a_workbook_is_never_written_over(town: Town) -> None:
    original = town.workbook.read_bytes()
    said = town.sender.run("check", town.workbook, *town.job, "--out", town.workbook)
    assert (said.status, said.codes) == (2, ["usage.file_there"])
    assert town.workbook.read_bytes() == original


def test_a_workbook_that_is_refused_is_given_back_all_the_same(town: Town, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(town.workbook)
    book[SHEET]["BZ2"] = "Kolom baru"
    book.save(tmp_path / "k.xlsx")
    said = town.sender.run("check", tmp_path / "k.xlsx", *town.job, "--out", tmp_path / "marked.xlsx")
    assert (said.status, said.codes) == (6, ["extract.unknown_column"])
    sheet = openpyxl.load_workbook(tmp_path / "marked.xlsx")[SHEET]
    assert "extract.unknown_column" in sheet["BZ2"].comment.text


def test_a_bad_value_is_told_by_its_sheet_row_and_column_letter(town: Town, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(town.workbook)
    (head,) = [cell for row in book[SHEET].iter_rows(max_row=2) for cell in row if cell.value == "Citizenship"]
    book[SHEET].cell(7, head.column, "Negeri Antah Berantah")
    book.save(tmp_path / "k.xlsx")
    said = town.sender.run("check", tmp_path / "k.xlsx", *town.job, "--json")
    at = {(each["sheet"], each["row"], each["column"]) for each in said.json["findings"]}
    assert (SHEET, 7, head.column_letter) in at
    readable = town.sender.run("check", tmp_path / "k.xlsx", *town.job)
    assert [line for line in readable.out.splitlines() if f"row 7, column {head.column_letter}" in line]
    assert "Antah" not in said.out + said.err + readable.out + readable.err


# --- pack ---


def test_pack_says_for_each_recipient_what_goes_and_what_stays(town: Town) -> None:
    said = town.sender.run("pack", town.workbook, "-a", AGREEMENT, "-p", "2026-09", "--note", "-", "--json", stdin=NOTE)
    assert said.status == 0, said
    assert [each["recipient"] for each in said.json] == ["gt-ntt", "io-id"]
    for each in said.json:
        assert each["rows_allowed"] + sum(each["held_back"].values()) == 60
        assert each["bytes"] > 250_000
        assert each["caveats"]
    assert said.json[0]["k_asked"] == 5
    assert {each["recipient"] for each in outbox(town.sender)} == {"gt-ntt", "io-id"}
    nothing_personal(town, said)
    assert entries(town)[-3:] == ["extract.checked", "bundle.packed", "bundle.packed"]


def test_a_rehearsal_says_the_same_as_packing(town: Town) -> None:
    dry = town.sender.run("pack", town.workbook, *town.job, "--note", "-", "--dry-run", "--json", stdin=NOTE)
    real = town.sender.run("pack", town.workbook, *town.job, "--note", "-", "--json", stdin=NOTE)
    kept = {"recipient", "period", "rows_allowed", "held_back", "k_asked", "tables", "late"}
    assert {key: dry.json[0][key] for key in kept} == {key: real.json[0][key] for key in kept}
    assert "dry run" in dry.err


def test_a_note_is_asked_for_and_read_from_a_file(town: Town, tmp_path: Path) -> None:
    said = town.sender.run("pack", town.workbook, *town.job)
    assert (said.status, said.codes) == (2, ["pack.note_missing"])
    note = tmp_path / "note.txt"
    note.write_bytes(b"\xff\xfe\x00bad")
    assert town.sender.run("pack", town.workbook, *town.job, "--note", note).codes == ["usage.note"]
    note.write_text("x" * 70_000)
    assert town.sender.run("pack", town.workbook, *town.job, "--note", note).codes == ["usage.note"]
    assert town.sender.run("pack", town.workbook, *town.job, "--note", tmp_path / "no").codes == ["file.missing"]
    note.write_text(NOTE)
    town.sender.does("pack", town.workbook, *town.job, "--note", note)


def test_a_name_in_the_note_stops_everything(town: Town) -> None:
    name = next(text for text in town.identifiers if " " not in text and text.isalpha() and len(text) > 7)
    said = town.sender.run("pack", town.workbook, *town.job, "--note", "-", stdin=f"Kasus {name} ditunda.")
    assert said.status == 8
    assert not outbox(town.sender)
    nothing_personal(town, said)


def test_a_period_goes_once_and_then_only_as_a_correction(town: Town) -> None:
    town.packed()
    again = town.sender.run("pack", town.workbook, *town.job, "--note", "-", stdin=NOTE)
    assert (again.status, again.codes) == (5, ["agreement.already_sent"])
    corrected = town.sender.run("pack", town.workbook, *town.job, "--note", "-", "--corrects", "--json", stdin=NOTE)
    assert corrected.json[0]["replaces"]


# --- what is refused ---


def refused(town: Town, extract: Path, *options: str, desk: Desk | None = None) -> Said:
    """Both verbs refuse for the same reasons, and nothing waits afterwards."""
    desk = desk or town.sender
    checked = desk.run("check", extract, *(options or town.job))
    packed = desk.run("pack", extract, *(options or town.job), "--note", "-", stdin=NOTE)
    assert (checked.status, checked.codes) == (packed.status, packed.codes)
    assert (checked.out, packed.out) == ("", "")
    assert "hint: " in packed.err or packed.codes == ["extract.missing_file"]
    assert not outbox(desk)
    nothing_personal(town, checked)
    return packed


def test_an_unsigned_agreement(town: Town) -> None:
    (town.sender.folder / "agreements" / AGREEMENT / "1.1.0.signatures.json").unlink()
    said = refused(town, town.workbook)
    assert said.status == 5
    assert said.codes == ["agreement.unsigned"] * 4


def test_an_expired_agreement(town: Town) -> None:
    said = refused(town, town.workbook, desk=town.sender.at("2032-01-10T09:00:00+08:00"))
    assert said.status == 5
    assert "agreement.expired" in said.codes


@pytest.mark.parametrize(
    ("period", "status", "code"),
    [
        ("2026-11", 5, "agreement.period_not_over"),
        ("2019-01", 5, "agreement.outside_term"),
        ("2026-Q3", 5, "agreement.wrong_cadence"),
        ("2026-13", 2, "period.unreadable"),
    ],
)
def test_a_wrong_period(town: Town, period: str, status: int, code: str) -> None:
    said = refused(town, town.workbook, "-a", AGREEMENT, "-p", period, "--to", "gt-ntt")
    assert said.status == status
    assert code in said.codes


def test_an_unknown_agreement_and_an_unknown_recipient(town: Town) -> None:
    assert refused(town, town.workbook, "-a", "DSA-X", "-p", "2026-09").codes == ["agreement.unknown"]
    said = refused(town, town.workbook, "-a", AGREEMENT, "-p", "2026-09", "--to", "somebody")
    assert said.codes == ["agreement.unknown_recipient"]


def test_a_column_that_nobody_knows(town: Town, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(town.workbook)
    book[SHEET].cell(2, 60, "Nomor WhatsApp")
    book[SHEET].cell(3, 60, "081234567890")
    book.save(tmp_path / "more.xlsx")
    said = refused(town, tmp_path / "more.xlsx")
    assert (said.status, said.codes) == (6, ["extract.unknown_column"])
    assert "081234567890" not in said.err


def test_a_workbook_with_a_password(town: Town, tmp_path: Path) -> None:
    locked = tmp_path / "locked.xlsx"
    locked.write_bytes(OLE2 + "EncryptedPackage".encode("utf-16-le") + bytes(600))
    said = refused(town, locked)
    assert (said.status, said.codes) == (6, ["extract.password"])


def test_a_workbook_that_is_none_or_is_not_there(town: Town, tmp_path: Path) -> None:
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(town.workbook.read_bytes()[:5000])
    assert refused(town, broken).status == 6
    said = refused(town, tmp_path / "absent.xlsx")
    assert (said.status, said.codes) == (6, ["extract.missing_file"])
    assert str(tmp_path) not in said.err


def test_without_the_networks_secret_nothing_is_packed(town: Town) -> None:
    (town.sender.folder / "network.box").unlink()
    said = town.sender.run("pack", town.workbook, *town.job, "--note", "-", stdin=NOTE)
    assert (said.status, said.codes) == (8, ["network.no_secret"])


def test_without_our_key_or_with_another_passphrase_nothing_happens(town: Town) -> None:
    secret = Path(town.sender.environment["EXCHANGE_PASSPHRASE_FILE"])
    secret.write_text("quite another passphrase\n")
    job = ("pack", town.workbook, *town.job, "--note", "-")
    assert town.sender.run(*job, stdin=NOTE).codes == ["passphrase.wrong"]
    (town.sender.folder / "identity.age").unlink()
    said = town.sender.run(*job, stdin=NOTE)
    assert (said.status, said.codes) == (4, ["file.missing"])
    assert not (town.sender.folder / "outbox").exists() or not any((town.sender.folder / "outbox").glob("*.age"))


def test_checking_asks_for_our_passphrase_only_where_something_locked_must_be_read(town: Town) -> None:
    secret = Path(town.sender.environment["EXCHANGE_PASSPHRASE_FILE"])
    town.sender.does("check", town.workbook, *town.job)
    right = secret.read_text()
    secret.write_text("quite another passphrase\n")
    town.sender.does("check", town.workbook, *town.job)
    secret.write_text(right)
    town.sender.does("withdraw", "K-999", "-a", AGREEMENT)
    secret.write_text("quite another passphrase\n")
    assert town.sender.run("check", town.workbook, *town.job).codes == ["passphrase.wrong"]


def test_a_full_disk_stops_packing_and_the_next_try_goes(town: Town) -> None:
    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (120_000, resource.RLIM_INFINITY))

    said = town.sender.spawn("pack", town.workbook, *town.job, "--note", "-", stdin=NOTE, before=full)
    assert said.status not in {0, 1, 70}, said
    assert len(said.codes) == 1
    assert "Traceback" not in said.err
    assert not outbox(town.sender)
    town.packed()


# --- the network's secret, and withdrawing ---


def test_the_secret_is_never_shown_and_never_goes_to_a_recipient(town: Town) -> None:
    from exchange.registers import network_secret

    office = town.sender.office(None)
    secret = network_secret(office, "ntt")
    assert secret is not None
    shown = town.sender.run("network", "show", "--json")
    assert [len(each["digest"]) for each in shown.json] == [8]
    for party in ("gt-ntt", "independent-auditor", "nobody"):
        said = town.sender.run("network", "share", party)
        assert said.status == 4, party
        assert not outbox(town.sender)
    assert secret.secret.hex() not in shown.out + shown.err
    assert town.recipient().run("network", "new", "--epoch", "2026").codes == ["network.not_ours"]
    assert town.sender.run("network", "new", "--epoch", "2026").codes == ["network.other_secret"]


def test_a_case_number_is_read_from_stdin_and_never_repeated(town: Town) -> None:
    book = openpyxl.load_workbook(town.workbook, read_only=True)[SHEET]
    labels = [cell.value for cell in next(book.iter_rows(min_row=2, max_row=2))]
    case = str(next(book.iter_rows(min_row=3, max_row=3))[labels.index("Nomor kasus")].value)
    dry = town.sender.run("withdraw", "-", "-a", AGREEMENT, "--dry-run", stdin=case + "\n")
    assert dry.status == 0
    assert entries(town) == []
    said = town.sender.run("withdraw", "-", "-a", AGREEMENT, stdin=case + "\n")
    assert (said.status, case in said.out + said.err) == (0, False)
    assert entries(town) == ["consent.withdrawn"]
    assert all(case.encode() not in content for content in files_of(town.sender.folder).values())
    held = town.sender.run("check", town.workbook, *town.job, "--json").json["recipients"][0]["held_back"]
    assert held.get("withdrawn") == 1 or held.get("status")
    assert town.sender.run("withdraw", "-", "-a", AGREEMENT, stdin="").codes == ["withdraw.case"]


def test_what_is_wrong_with_the_agreement_hides_nothing_that_is_wrong_with_the_workbook(town: Town) -> None:
    said = town.sender.at("2026-09-15T09:00:00+08:00").run("check", town.folder / "nothing.xlsx", *town.job)
    assert said.status == 5
    assert said.codes == ["agreement.period_not_over", "extract.missing_file"]
