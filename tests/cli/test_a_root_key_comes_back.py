"""Three sheets are written by hand, and two of them bring an organisation back whose laptop was lost."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from cli.dialogue import reply_to
from cli.organisations import PASSPHRASE, Desk, files_of, founded
from cli.town import FOUNDED, SENDER, Town

from exchange.demo.cast import APPROVERS
from exchange.keyring.identity import Identity
from exchange.keyring.identity_file import load_identity
from exchange.keyring.recovery import root_from, shares_of
from exchange.keyring.share_words import Share

NAMES = ("--party", "yks", "--name-id", "A (contoh)", "--name-en", "A (example)", "--contact", "a@b.example")
OTHER_SCREEN, BACK = "\x1b[?1049h", "\x1b[?1049l"
CLEARED = "\x1b[2J\x1b[H" + BACK
NUMBERED = re.compile(r"(\d+)\. ([a-z]+)")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return founded(tmp_path, "yks", FOUNDED)


def root_of(desk: Desk) -> object:
    return load_identity(desk.folder / "identity.age", PASSPHRASE).root


class Writer:
    """Somebody at the terminal who writes down what is shown, and types back what is asked."""

    def __init__(self) -> None:
        self.sheets: list[dict[int, str]] = []
        self.mistakes = 0
        self.stop_at = 99

    def __call__(self, screen: str) -> str | None:
        asked = screen.rpartition("\n")[2]
        if "now?" in asked:
            return "y"
        if "Enter" in asked:
            shown = screen.rpartition("\x1b[H")[2]
            self.sheets.append({int(number): word for number, word in NUMBERED.findall(shown)})
            return None if len(self.sheets) == self.stop_at else ""
        place = re.search(r"word (\d+) on the sheet", asked)
        if place is None:
            return PASSPHRASE
        if self.mistakes:
            self.mistakes -= 1
            return "zebra"
        return self.sheets[-1][int(place[1])].upper()[:4]

    @property
    def shares(self) -> list[Share]:
        return [tuple(sheet[number] for number in range(1, 34)) for sheet in self.sheets]


def outside(screen: str) -> str:
    """What stays on the terminal when the other screen is left."""
    return re.sub(re.escape(OTHER_SCREEN) + ".*?" + re.escape(BACK), "", screen, flags=re.DOTALL)


def leaks(shares: list[Share], text: str) -> bool:
    """Whether two words of a share stand side by side in it: one alone may well be a word of ours."""
    pairs = {pair for share in shares for pair in pairwise(share)}
    return bool(NUMBERED.search(text) or pairs & set(pairwise(text.split())))


# --- making them ---


def test_init_shows_three_sheets_that_bring_the_root_back_and_leaves_none_of_them(tmp_path: Path) -> None:
    desk, writer = Desk(tmp_path / "yks", "yks"), Writer()
    status, screen = reply_to(desk, ("init", *NAMES), writer)
    assert status == 0, screen
    assert len(writer.shares) == 3
    assert root_from(writer.shares) == root_of(desk)
    assert leaks(writer.shares, screen)
    assert not leaks(writer.shares, outside(screen))
    assert screen.count("\x1b[3J\x1b[2J") >= 3 * 2
    assert CLEARED in screen
    assert "recovery.no_shares" not in desk.run("status").err
    assert desk.run("status", "--json").json["recovery_shares"] == desk.now[:10]
    assert not leaks(writer.shares, b" ".join(files_of(desk.folder).values()).decode("latin-1"))


def test_whoever_types_another_word_sees_the_sheet_again(desk: Desk) -> None:
    writer = Writer()
    writer.mistakes = 1
    status, screen = reply_to(desk, ("card", "shares"), writer)
    assert (status, len(writer.sheets), "compare your sheet" in screen) == (0, 4, True)
    assert writer.shares[0] == writer.shares[1]
    assert root_from(writer.shares[1:]) == root_of(desk)


def test_whoever_stops_half_way_is_reminded(desk: Desk) -> None:
    writer = Writer()
    writer.stop_at = 2
    status, screen = reply_to(desk, ("card", "shares"), writer)
    assert status == 130
    assert (CLEARED in screen, bool(screen.rpartition(BACK)[2])) == (True, True)
    assert "recovery.no_shares" in desk.run("status").err


def test_init_without_anybody_makes_none_and_status_says_so_first(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "yks", "yks")
    said = desk.spawn("init", *NAMES)
    assert (said.status, "recovery.no_shares" in said.err) == (0, True)
    told = desk.run("status")
    assert told.status == 0
    assert next(line for line in told.err.splitlines() if "[" in line).endswith("[recovery.no_shares]")


def test_init_can_leave_them_for_later(tmp_path: Path) -> None:
    status, screen = reply_to(Desk(tmp_path / "yks", "yks"), ("init", *NAMES, "--no-shares"), Writer())
    assert (status, OTHER_SCREEN in screen, "exchange card shares" in screen) == (0, False, True)


def test_no_share_is_ever_shown_where_nobody_sits(desk: Desk) -> None:
    said = desk.spawn("card", "shares")
    assert (said.status, said.codes, said.out) == (2, ["usage.no_terminal"], "")
    assert "recovery.no_shares" in desk.run("status").err


def test_what_is_piped_never_holds_a_word(desk: Desk, tmp_path: Path) -> None:
    writer = Writer()
    status, _screen = reply_to(desk, ("--json", "card", "shares"), writer, tmp_path / "piped")
    assert status == 0
    assert json.loads((tmp_path / "piped").read_text()) == {"party": "yks", "made": desk.now[:10], "sheets": []}
    assert len(writer.shares) == 3


def test_a_dry_run_makes_none(desk: Desk, tmp_path: Path) -> None:
    said = desk.run("card", "shares", "--dry-run", "--shares-to", tmp_path / "stick")
    assert (said.status, (tmp_path / "stick").exists()) == (0, False)
    assert "recovery.no_shares" in desk.run("status").err


def test_a_stick_gets_one_page_for_each_holder_and_a_warning(desk: Desk, tmp_path: Path) -> None:
    stick = tmp_path / "stick"
    said = desk.run("card", "shares", "--shares-to", stick)
    assert (said.status, "recovery.in_clear" in said.err) == (0, True)
    pages = sorted(stick.iterdir())
    assert said.out.split() == [str(page) for page in pages]
    assert {page.stat().st_mode & 0o777 for page in pages} == {0o600}
    shares = [tuple(re.findall(r'<li value="\d+">(\w+)</li>', page.read_text())) for page in pages]
    assert root_from(shares) == root_of(desk)
    card = desk.workspace.own.card().card
    for number, page in enumerate(pages, 1):
        text = page.read_text()
        assert f"Bagian pemulihan {number} dari 3" in text
        assert f"Recovery share {number} of 3" in text
        assert all(part in text for part in (card.names.id, card.names.en, card.fingerprint, card.contact))
        others = [share[4:] for share in shares if share != shares[number - 1]]  # what a set has in common is no secret
        assert not leaks(others, re.sub("<[^>]*>", " ", text))
    assert not leaks(shares, f"{said.out} {said.err}")
    again = desk.run("card", "shares", "--shares-to", stick)
    assert again.codes == ["usage.file_there"]
    assert desk.run("status", "--json").json["recovery_shares"] == desk.now[:10]


def test_half_a_set_is_never_written(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "yks-3.html").touch()
    assert desk.run("card", "shares", "--shares-to", tmp_path).codes == ["usage.file_there"]
    assert not (tmp_path / "yks-1.html").exists()


def test_shares_do_not_lie_beside_the_keys(desk: Desk, tmp_path: Path) -> None:
    assert desk.run("card", "shares", "--shares-to", desk.folder / "exports").codes == ["usage.shares_here"]
    link = tmp_path / "link"
    link.symlink_to(desk.folder)
    assert desk.run("card", "shares", "--shares-to", link / "x").codes == ["usage.shares_here"]
    fresh = Desk(tmp_path / "fresh" / "yks", "yks")
    fresh.folder.parent.mkdir()
    assert fresh.run("init", *NAMES, "--shares-to", fresh.folder / "own").codes == ["usage.shares_here"]
    assert not fresh.folder.exists()


def test_init_writes_them_to_a_stick_where_nobody_sits(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "yks", "yks")
    desk.does("init", *NAMES, "--shares-to", tmp_path / "stick")
    assert len(list((tmp_path / "stick").iterdir())) == 3
    assert desk.run("status", "--json").json["recovery_shares"]


def test_forms_to_write_on_hold_no_secret_and_need_no_passphrase(desk: Desk, tmp_path: Path) -> None:
    said = desk.spawn("card", "shares", "--forms", tmp_path / "forms", environment={"EXCHANGE_PASSPHRASE_FILE": ""})
    assert said.status == 0, said
    page = (tmp_path / "forms" / "yks-2.html").read_text()
    assert page.count("<li value=") == 33
    assert '<li value="33"></li>' in page
    assert desk.run("status", "--json").json["recovery_shares"] is None


# --- the drill ---


@pytest.fixture
def sheets(desk: Desk, tmp_path: Path) -> list[Path]:
    """Three sheets in files, as somebody may have typed them."""
    made = []
    for number, share in enumerate(shares_of(load_identity(desk.folder / "identity.age", PASSPHRASE).root), 1):
        made.append(tmp_path / f"sheet-{number}")
        made[-1].write_text("\n".join(f"{place}. {word}" for place, word in enumerate(share, 1)))
    return made


def shares(*sheets: Path) -> tuple[str, ...]:
    return tuple(part for sheet in sheets for part in ("--share", str(sheet)))


def test_a_drill_says_whose_root_two_sheets_bring_back_and_changes_nothing(desk: Desk, sheets: list[Path]) -> None:
    before = files_of(desk.folder)
    card = desk.workspace.own.card().card
    for pair in (sheets[:2], sheets[1:], sheets[::2], sheets):
        said = desk.run("card", "recover", "--dry-run", *shares(*pair))
        assert (said.status, said.out.strip()) == (0, card.fingerprint)
        assert "bring back the root key of yks" in said.err
    told = desk.run("--json", "card", "recover", "--dry-run", *shares(*sheets[:2])).json
    assert told == {"dry_run": True, "party": "yks", "fingerprint": card.fingerprint}
    assert files_of(desk.folder) == before


def test_a_drill_needs_no_passphrase(desk: Desk, sheets: list[Path]) -> None:
    said = desk.spawn(
        "card", "recover", "--dry-run", *shares(*sheets[:2]), environment={"EXCHANGE_PASSPHRASE_FILE": ""}
    )
    assert said.status == 0, said


def test_sheets_of_another_key_are_refused(desk: Desk, sheets: list[Path], tmp_path: Path) -> None:
    other = founded(tmp_path / "other", "gt-ntt", FOUNDED)
    said = desk.run("card", "recover", "--dry-run", "--card", other.card, *shares(*sheets[:2]))
    assert (said.status, said.codes) == (4, ["recovery.another_root"])
    assert desk.workspace.own.card().card.fingerprint in said.err


def test_a_mistake_in_a_file_is_named_without_its_word(desk: Desk, sheets: list[Path]) -> None:
    text = sheets[0].read_text().split("\n")
    sheets[0].write_text("\n".join([*text[:6], "7. survivors", *text[7:]]))
    said = desk.run("card", "recover", "--dry-run", *shares(*sheets[:2]))
    assert (said.status, said.codes, "word 7" in said.err) == (4, ["recovery.unknown_word"], True)
    assert "surviv" not in said.err
    sheets[1].write_bytes(b"\xff\xfe")
    assert desk.run("card", "recover", "--dry-run", *shares(*sheets[:2])).codes == ["usage.share"]


def test_pages_of_the_stick_are_sheets_too(desk: Desk, tmp_path: Path) -> None:
    desk.does("card", "shares", "--shares-to", tmp_path / "stick")
    pages = sorted((tmp_path / "stick").iterdir())
    assert desk.run("card", "recover", "--dry-run", *shares(pages[2], pages[0])).status == 0


def typing(*lines: str) -> Callable[[str], str]:
    waiting = list(lines)
    return lambda _screen: waiting.pop(0)


def words(sheet: Path) -> list[str]:
    return [word for _number, word in NUMBERED.findall(sheet.read_text())]


def test_two_sheets_are_typed_in_whatever_way_people_type(desk: Desk, sheets: list[Path]) -> None:
    one, two = words(sheets[0]), words(sheets[2])
    lines = [" ".join(one[:20]).upper(), *(f"{n}. {word[:4]}" for n, word in enumerate(one[20:], 21)), " ".join(two)]
    status, screen = reply_to(desk, ("card", "recover", "--dry-run"), typing(*lines))
    assert (status, "bring back the root key of yks" in outside(screen)) == (0, True), screen
    assert not leaks([tuple(one), tuple(two)], outside(screen))


def test_a_mistyped_word_is_asked_for_again_and_alike_words_are_shown_there_only(
    desk: Desk, sheets: list[Path]
) -> None:
    one, two = words(sheets[0]), words(sheets[1])
    misspelt = one[4] + "qq"
    lines = [" ".join([*one[:4], misspelt, *one[5:]]), " ".join(one[4:]), " ".join(two)]
    status, screen = reply_to(desk, ("card", "recover", "--dry-run"), typing(*lines))
    assert status == 0, screen
    assert "word 5 is not in the list" in screen
    assert "written alike" in screen
    assert "written alike" not in outside(screen)


def test_a_wrong_word_is_found_by_its_place_and_changed(desk: Desk, sheets: list[Path]) -> None:
    one, two = words(sheets[0]), words(sheets[1])
    wrong = "zero" if one[11] != "zero" else "yoga"
    lines = [" ".join([*one[:11], wrong, *one[12:]]), f"12 {one[11]}", " ".join(two)]
    status, screen = reply_to(desk, ("card", "recover", "--dry-run"), typing(*lines))
    assert status == 0, screen
    assert "first of all: word 12" in screen


def test_the_same_sheet_twice_is_typed_again(desk: Desk, sheets: list[Path]) -> None:
    one, two = " ".join(words(sheets[0])), " ".join(words(sheets[1]))
    status, screen = reply_to(desk, ("card", "recover", "--dry-run"), typing(one, one, f"{two} {two}", two))
    assert (status, "recovery.same_share" in screen, "a sheet has 33 words" in screen) == (0, True, True)


def test_nobody_is_asked_for_words_where_nobody_sits(desk: Desk, sheets: list[Path]) -> None:
    said = desk.spawn("card", "recover", "--dry-run", *shares(sheets[0]))
    assert (said.status, said.codes) == (2, ["usage.no_terminal"])


# --- a laptop is lost ---


def test_two_sheets_and_a_partners_card_make_the_organisation_again(town: Town, tmp_path: Path) -> None:
    """The passphrase is forgotten and the machine is gone; a partner has the card, an old disk has the folder."""
    lost, partner = town.sender, town.recipient()
    made = shares_of(load_identity(lost.folder / "identity.age", PASSPHRASE).root)
    files = [tmp_path / f"sheet-{number}" for number in range(2)]
    for file, share in zip(files, made[1:], strict=True):
        file.write_text(" ".join(share))
    town.packed()
    copy = tmp_path / "copy"
    shutil.move(lost.folder, copy)
    (copy / "identity.age").unlink()
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    card = tmp_path / "yks.card.json"
    card.write_bytes(partner.workspace.cards.confirmed("yks").signed.to_bytes())
    people = tuple(part for person, *_rest in APPROVERS for part in ("--person", person))
    said = lost.run("card", "recover", "--card", card, "--from-copy", copy, *shares(*files), *people)
    assert said.status == 0, said
    after = lost.workspace.own.card().card
    assert (after.fingerprint, after.names) == (json.loads(card.read_text())["card"]["fingerprint"], after.names)
    assert after.serial > json.loads(card.read_text())["card"]["serial"]
    for path in (lost.folder, *lost.folder.rglob("*")):
        assert not path.stat().st_mode & 0o077, path
    partner.does("card", "add", lost.card)
    assert partner.workspace.cards.confirmed("yks").card == after
    # The thief's keys: what they signed counts until today, and nobody encrypts for them.
    before = json.loads(card.read_text())["card"]
    (stolen,) = [each for each in after.signing_keys if each.key == before["signing_keys"][0]["key"]]
    assert (str(stolen.not_before), str(stolen.not_after)) == (before["signing_keys"][0]["not_before"], lost.now[:10])
    assert not {each.recipient for each in after.encryption_keys} & {k["recipient"] for k in before["encryption_keys"]}
    revoked = load_identity(lost.folder / "identity.age", PASSPHRASE).revoked
    assert {each.use for each in revoked} == {"signing", "encryption"}
    # What was locked under the root opens, the numbers go on, and the partner takes what comes.
    lost.does("network", "show")
    bundle = next(town.folder_for("gt-ntt").iterdir())
    partner.does("receive", "--from-folder", bundle.parent)
    pack = ("pack", town.workbook, *town.job, "--note", "-", "--corrects")
    assert lost.run(*pack, stdin="Tidak ada perubahan.").codes == ["releases.unknown"]
    compare(lost, partner, tmp_path / "numbers.json")
    # That it got no more is its own word until somebody here answers for it.
    assert lost.run(*pack, stdin="Tidak ada perubahan.").codes == ["releases.unknown"]
    compare(lost, partner, tmp_path / "numbers.json", "--nothing-more-was-sent")
    lost.does(*pack, stdin="Tidak ada perubahan.")
    lost.approves()
    lost.does("deliver", "--to-folder", tmp_path / "next")
    came = partner.run("--json", "receive", "--from-folder", tmp_path / "next").json
    assert "accepted" in json.dumps(came)


def compare(lost: Desk, partner: Desk, file: Path, *more: str) -> list[dict[str, object]]:
    file.write_text(partner.does("--json", "card", "numbers", lost.party))
    taken: list[dict[str, object]] = json.loads(
        lost.does("--json", "card", "numbers", partner.party, "--take", file, "--yes", *more)
    )["taken"]
    return taken


def test_without_a_copy_what_is_lost_is_said(desk: Desk, sheets: list[Path], tmp_path: Path) -> None:
    card = tmp_path / "card"
    shutil.copy(desk.card, card)
    fresh = Desk(tmp_path / "new" / "yks", "yks")
    fresh.folder.parent.mkdir()
    said = fresh.run("card", "recover", "--card", card, *shares(*sheets[1:]))
    assert (said.status, said.out.strip()) == (0, str(fresh.card))
    assert "without a copy" in said.err
    assert root_of(fresh) == root_of(desk)
    assert fresh.workspace.own.card().card.serial > desk.workspace.own.card().card.serial
    assert "recovery.no_shares" in fresh.run("status").err


@pytest.mark.parametrize("options", [(), ("--from-copy", "nowhere")])
def test_without_a_card_nothing_is_made(sheets: list[Path], tmp_path: Path, options: tuple[str, ...]) -> None:
    fresh = Desk(tmp_path / "new" / "yks", "yks")
    fresh.folder.parent.mkdir()
    said = fresh.run("card", "recover", *options, *shares(*sheets[1:]))
    assert said.codes in (["recovery.no_card"], ["workspace.copy"])
    assert not fresh.folder.exists()


def test_a_workspace_in_use_is_never_recovered_over(desk: Desk, sheets: list[Path], tmp_path: Path) -> None:
    before = files_of(desk.folder)
    said = desk.run("card", "recover", "--card", desk.card, *shares(*sheets[1:]))
    assert (said.status, said.codes, files_of(desk.folder)) == (3, ["workspace.exists"], before)


def test_a_copy_of_somebody_else_is_refused(desk: Desk, sheets: list[Path], tmp_path: Path) -> None:
    other = founded(tmp_path / "other", "gt-ntt", FOUNDED)
    fresh = Desk(tmp_path / "new" / "yks", "yks")
    fresh.folder.parent.mkdir()
    said = fresh.run("card", "recover", "--card", desk.card, "--from-copy", other.folder, *shares(*sheets[1:]))
    assert (said.codes, fresh.folder.exists()) == (["recovery.other_copy"], False)


def test_numbers_that_an_old_copy_does_not_know_come_from_the_partner(town: Town, tmp_path: Path) -> None:
    lost, partner = town.sender, town.recipient()
    card, copy, sheet = tmp_path / "card", tmp_path / "copy", tmp_path / "sheet"
    shutil.copy(lost.card, card)
    made = shares_of(load_identity(lost.folder / "identity.age", PASSPHRASE).root)
    sheet.write_text(" ".join(made[0]))
    (tmp_path / "other").write_text(" ".join(made[1]))
    shutil.copytree(lost.folder, copy)
    partner.does("receive", "--from-folder", town.packed().parent)
    shutil.rmtree(lost.folder)
    people = tuple(part for person, *_rest in APPROVERS for part in ("--person", person))
    lost.does("card", "recover", "--card", card, "--from-copy", copy, *shares(sheet, tmp_path / "other"), *people)
    partner.does("card", "add", lost.card)

    told = tmp_path / "numbers.json"
    told.write_text(partner.does("--json", "card", "numbers", "yks"))
    assert lost.run("card", "numbers", "gt-ntt", "--take", told).codes == ["usage.nobody_to_ask"]
    assert lost.run("card", "numbers", "io-id", "--take", told).codes == ["usage.numbers"]
    assert lost.run("card", "numbers", "gt-ntt", "--take", told, "--dry-run").status == 0
    # An old copy knows neither that number 1 is used nor what was released under it. Without this word of the partner
    # the month would be packed again as if nobody had anything of it.
    pack = ("pack", town.workbook, *town.job, "--note", "-")
    assert lost.run(*pack, stdin="Tidak ada perubahan.").codes == ["releases.unknown"]
    taken = compare(lost, partner, told, "--nothing-more-was-sent")
    assert [each["sequence"] for each in taken if (each["sender"], each["kind"]) == ("yks", "bundle")] == [1]
    assert lost.run(*pack, stdin="Tidak ada perubahan.").codes == ["releases.lost"]
    assert compare(lost, partner, told) == []
    lost.does("deliver", "--to-folder", tmp_path / "next")
    came = partner.run("--json", "receive", "--from-folder", tmp_path / "next")
    assert (came.status, "seal." in came.out + came.err) == (0, False)


def sheets_of(desk: Desk, folder: Path) -> tuple[str, ...]:
    made = shares_of(load_identity(desk.folder / "identity.age", PASSPHRASE).root)
    files = [folder / "one", folder / "two"]
    for file, share in zip(files, made, strict=False):
        file.write_text(" ".join(share))
    return shares(*files)


def identity_of(desk: Desk) -> Identity:
    return load_identity(desk.folder / "identity.age", PASSPHRASE)


@pytest.mark.parametrize("from_copy", [True, False])
def test_what_was_revoked_before_stays_so_and_nobody_who_was_dismissed_comes_back(
    desk: Desk, tmp_path: Path, from_copy: bool
) -> None:
    """A partner hands back an old card, from before the first loss: the thief of then could be certified by it."""
    two = sheets_of(desk, tmp_path)
    desk.certifies("lama.1", "Orang Lama", "approve")
    stays = desk.certifies("tetap.1", "Orang Tetap", "approve")
    card = shutil.copy(desk.card, tmp_path / "old.card.json")
    before = identity_of(desk)
    desk.does("card", "revoke", "--lost", "--person", "lama.1")
    desk.does("card", "export", tmp_path / "public")
    fresh = Desk(tmp_path / "new" / "yks", "yks")
    fresh.folder.parent.mkdir()
    given = ("--from-copy", desk.folder) if from_copy else ("--revocation", tmp_path / "public/yks.revocation.json")
    recover = ("card", "recover", "--card", card, *given, *two)
    assert fresh.run(*recover, "--person", "lama.1").codes == ["person.unknown"]
    assert not fresh.folder.exists()
    fresh.does(*recover, "--person", "tetap.1")
    after = identity_of(fresh)
    assert [each.verify_key for each in after.people] == [stays.verify_key]
    revoked = {each.key for each in after.revoked}
    lost = next(each for each in before.people if each.id == "lama.1")
    assert {lost.key, *(each.key for each in before.certified_keys())} <= revoked
    own = fresh.workspace.own.revocation()
    assert own
    assert own.revocation.keys == after.revoked


def test_nobody_is_certified_again_unasked_and_whoever_sits_there_is_asked_for_each(desk: Desk, tmp_path: Path) -> None:
    two = sheets_of(desk, tmp_path)
    for person in ("satu.1", "dua.1"):
        desk.certifies(person, "Orang Contoh", "approve")
    fresh = Desk(tmp_path / "new" / "yks", "yks")
    fresh.folder.parent.mkdir()
    said = fresh.spawn("card", "recover", "--card", desk.card, *two)
    assert said.status == 0, said
    assert "not certified again: " in said.err
    assert "card root --apart" in said.err
    assert identity_of(fresh).people == ()

    asked = Desk(tmp_path / "asked" / "yks", "yks")
    asked.folder.parent.mkdir()
    answers = {"satu.1": "y", "dua.1": "n"}

    def reply(screen: str) -> str:
        line = screen.rpartition("\n")[2]
        return next((answer for person, answer in answers.items() if person in line), PASSPHRASE)

    status, screen = reply_to(asked, ("card", "recover", "--card", desk.card, *two), reply)
    assert status == 0, screen
    assert [each.id for each in identity_of(asked).people] == ["satu.1"]


def test_a_revocation_of_somebody_else_or_of_the_root_recovers_nothing(desk: Desk, tmp_path: Path) -> None:
    two = sheets_of(desk, tmp_path)
    card = shutil.copy(desk.card, tmp_path / "card.json")
    fresh = Desk(tmp_path / "new" / "yks", "yks")
    fresh.folder.parent.mkdir()
    other = founded(tmp_path / "other", "gt-ntt", FOUNDED)
    for whose, option, code in ((other, (), "recovery.other_copy"), (desk, ("--root-too",), "identity.root_revoked")):
        whose.does("card", "revoke", "--lost", *option)
        file = whose.folder / f"own/{whose.party}.revocation.json"
        assert fresh.run("card", "recover", "--card", card, "--revocation", file, *two).codes == [code]
    assert not fresh.folder.exists()


def test_the_card_of_a_recovered_workspace_reaches_who_knows_letters_that_the_copy_does_not(
    town: Town, tmp_path: Path
) -> None:
    lost, partner = town.sender, town.recipient()
    two = sheets_of(lost, tmp_path)
    copy = shutil.copytree(lost.folder, tmp_path / "copy")
    lost.does("card", "rotate")
    lost.does("deliver", "--to-folder", town.stick)
    partner.does("receive", "--from-folder", town.stick)
    fresh = Desk(tmp_path / "new" / "yks", SENDER)
    fresh.folder.parent.mkdir()
    fresh.does("card", "recover", "--card", lost.card, "--from-copy", copy, *two)
    fresh.does("deliver", "--to-folder", tmp_path / "next")
    came = partner.run("receive", "--from-folder", tmp_path / "next")
    assert (came.status, came.codes) == (0, []), came
    known = partner.workspace.cards.confirmed("yks")
    assert known.card == fresh.workspace.own.card().card
    assert known.trust.revoked_keys == identity_of(fresh).revoked
