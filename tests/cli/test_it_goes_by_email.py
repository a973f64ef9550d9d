"""By e-mail: one file for each party, and what programs for mail make of it on its way."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest
from cli.organisations import Desk, Said, files_of
from cli.town import AGREEMENT, Town, built

from exchange.attaching import MANY_REFUSE

BY_MAIL = (b"channels: [sftp, folder]", b"channels: [email]")
FOOTER = "\n-- \nPesan ini bersifat rahasia. Sent from my telephone.\n"


@pytest.fixture(scope="module")
def _mailing(tmp_path_factory: pytest.TempPathFactory) -> Town:
    town = built(tmp_path_factory.mktemp("by-mail"), BY_MAIL)
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    town.sender.approves()
    return town


@pytest.fixture
def mailing(_mailing: Town, tmp_path: Path) -> Town:
    """A town whose bundles go by e-mail; one is approved."""
    return _mailing.copied(tmp_path / "mailing")


def wrapped_anew(text: str) -> str:
    begin, *lines, end = text.splitlines()
    body = "".join(lines)
    return "\n".join([begin, *(body[at : at + 76] for at in range(0, len(body), 76)), end, ""])


def attached(town: Town) -> Path:
    (file,) = (each for each in (town.folder / "mail").iterdir() if not each.name.startswith("."))
    return file


def outcomes(said: Said) -> list[str]:
    return [each["outcome"] for each in said.json["taken"]]


def states(desk: Desk) -> list[str]:
    return [each["state"] for each in desk.run("status", "--json").json["outbox"]]


def test_one_file_for_each_goes_and_its_receipt_comes_back(mailing: Town) -> None:
    town, mail = mailing, mailing.folder / "mail"
    mail.mkdir()
    town.sender.does("agreement", "suspend", AGREEMENT)  # three letters, one of them beside the bundle
    town.sender.at("2026-10-06T09:00:00+08:00").does("agreement", "resume", AGREEMENT)
    said = town.sender.at("2026-10-06T09:00:00+08:00").run("deliver", "--as-file", mail, "--json")
    assert said.status == 0, said
    handed = {each["recipient"]: Path(each["path"]) for each in said.json["handed"]}
    assert sorted(handed) == ["dinas-p3a", "gt-ntt", "io-id"]
    assert set(handed.values()) == set(mail.iterdir())
    for file in handed.values():
        assert file.suffix == ".txt"
        assert file.read_text("ascii").startswith("-----BEGIN AGE ENCRYPTED FILE-----\n")
        assert not [party for party in handed if party in file.name]
    assert set(states(town.sender)) == {"delivered"}
    recipient = town.recipient().at("2026-10-06T10:00:00+08:00")
    said = recipient.run("receive", "--from-file", handed["gt-ntt"], "--json")
    assert (said.status, sorted(outcomes(said))) == (0, ["accepted", "heeded", "heeded"])
    assert handed["gt-ntt"].exists()  # whoever saved it deletes it
    back = town.folder / "back"
    back.mkdir()
    (answer,) = recipient.run("deliver", "--as-file", back, "--json").json["handed"]
    assert answer["recipient"] == "yks"
    said = town.sender.at("2026-10-06T11:00:00+08:00").run("receive", "--from-file", answer["path"], "--json")
    assert outcomes(said) == ["heeded"]
    assert "acknowledged" in states(town.sender)


def test_a_folder_is_no_mail_and_mail_is_no_folder(town: Town, mailing: Town) -> None:
    """Whoever agreed to sticks has not agreed to what servers for mail copy and keep."""
    town.sender.does("pack", town.workbook, *town.job, "--note", "-", stdin="Tidak ada.")
    town.sender.approves()
    for each, option in ((town, "--as-file"), (mailing, "--to-folder")):
        where = each.folder / "out"
        where.mkdir()
        said = each.sender.run("deliver", option, where)
        assert (said.status, said.codes) == (11, ["transport.channel_not_agreed"])
        assert files_of(where) == {}
    assert "sftp, folder only, not by email" in town.sender.run("deliver", "--as-file", town.folder / "out").err
    assert town.sender.run("deliver", "--as-file", ".", "--to-folder", ".").codes == ["usage.two_ways"]


@pytest.mark.parametrize(
    "mangled",
    [
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text + FOOTER,
        lambda text: "Terlampir.\n\n" + text + FOOTER,
        lambda text: "".join(f"> {line}\n" for line in text.splitlines()),
        lambda text: "".join(f"{line}   \n" for line in text.splitlines()),
        lambda text: "\n\n".join(text.splitlines()),
        wrapped_anew,
        lambda text: text.rstrip("\n"),
    ],
    ids=["crlf", "footer", "both", "quoted", "blanks", "double-spaced", "wrapped", "no-last-line-end"],
)
def test_what_mail_does_to_a_text_does_no_harm(mailing: Town, tmp_path: Path, mangled: object) -> None:
    assert callable(mangled)
    (mailing.folder / "mail").mkdir()
    mailing.sender.does("deliver", "--as-file", mailing.folder / "mail")
    saved = tmp_path / "4f1c (1).txt.txt"
    saved.write_bytes(mangled(attached(mailing).read_text("ascii")).encode())
    recipient = mailing.recipient()
    assert outcomes(recipient.run("receive", "--from-file", saved, "--json")) == ["accepted"]
    assert recipient.run("receive", "--from-file", saved, "--json").json["taken"] == []


def test_what_was_damaged_is_said_and_the_whole_one_still_comes(mailing: Town, tmp_path: Path) -> None:
    (mailing.folder / "mail").mkdir()
    mailing.sender.does("deliver", "--as-file", mailing.folder / "mail")
    text = attached(mailing).read_text("ascii")
    middle = len(text) // 2
    other = "A" if text[middle] != "A" else "B"
    for content, code, status in (
        (text[:middle], "attachment.cut_off", 11),
        (text[:middle] + "!" + text[middle + 1 :], "attachment.damaged", 11),
        (text[:middle] + other + text[middle + 1 :], "seal.damaged", 10),
        ("A message without its attachment", "attachment.nothing_sealed", 11),
        ("PK\x03\x04 an archive", "attachment.archive", 11),
        ("age-encryption.org/v1\r\n-> x", "attachment.line_ends", 11),
    ):
        saved = tmp_path / "saved.txt"
        saved.write_text(content, "latin-1", newline="")
        said = mailing.recipient().run("receive", "--from-file", saved)
        assert (said.status, said.codes) == (status, [code])
        assert "hint:" in said.err
        assert str(tmp_path) not in said.err
    saved.write_text(text, "utf-16")  # saved as "Unicode" by an editor
    assert outcomes(mailing.recipient().run("receive", "--from-file", saved, "--json")) == ["accepted"]
    assert not (mailing.recipient().folder / "inbox/attached").exists()


def test_a_file_for_somebody_else_is_said_and_nothing_of_it_is_kept(mailing: Town) -> None:
    (mailing.folder / "mail").mkdir()
    mailing.sender.does("deliver", "--as-file", mailing.folder / "mail")
    other = mailing.recipient("io-id")
    said = other.run("receive", "--from-file", attached(mailing))
    assert (said.status, said.codes) == (11, ["attachment.not_for_us"])
    assert other.run("status", "--json").json["inbox"] == []


def test_the_sealed_file_itself_is_taken_under_any_name(mailing: Town, tmp_path: Path) -> None:
    """As it lies on a stick, carried on by a service for large files."""
    (queued,) = (mailing.sender.folder / "outbox/files").iterdir()
    saved = tmp_path / "berkas besar (3)"
    saved.write_bytes(queued.read_bytes())
    assert outcomes(mailing.recipient().run("receive", "--from-file", saved, "--json")) == ["accepted"]


def test_a_full_disk_leaves_nothing_to_attach_and_all_of_it_waits(mailing: Town) -> None:
    (mailing.folder / "mail").mkdir()

    def full() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))

    said = mailing.sender.spawn("deliver", "--as-file", mailing.folder / "mail", before=full)
    assert (said.status, said.codes) == (11, ["transport.no_space"]), said
    assert files_of(mailing.folder / "mail") == {}
    assert states(mailing.sender) == ["queued"]
    said = mailing.sender.run("deliver", "--as-file", mailing.folder / "nowhere")
    assert (said.status, said.codes) == (11, ["transport.no_directory"])
    mailing.sender.does("deliver", "--as-file", mailing.folder / "mail")
    assert outcomes(mailing.recipient().run("receive", "--from-file", attached(mailing), "--json")) == ["accepted"]


def test_what_is_too_large_for_mail_is_said(mailing: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    (mailing.folder / "mail").mkdir()
    monkeypatch.setattr("exchange.attaching.MANY_REFUSE", 100_000)
    said = mailing.sender.run("deliver", "--as-file", mailing.folder / "mail")
    assert said.status == 0
    assert "many servers for mail refuse an attachment of this size [attachment.large]" in said.err
    assert attached(mailing).stat().st_size < MANY_REFUSE
