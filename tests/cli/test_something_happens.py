"""When something happens: rights, breaches, warnings, compelled disclosures, feedback – by commands alone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import PASSPHRASE, Desk, Said, files_of
from cli.test_a_withdrawal_reaches_whoever_got_the_person import packed_for_coordination
from cli.town import AGREEMENT, AS_OFFICER, OFFICERS, SENDER, Town

from exchange.keyring import people
from exchange.keyring.private_files import write_private

SAID = "Ia meminta salinan datanya; hubungi lewat pendamping."
NEXT_DAY = "2026-10-06T12:00:00+08:00"
write = people.write_locked


@pytest.fixture(autouse=True)
def _a_person_with_a_passphrase(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lock keys with less work; a person's passphrase stands in a private file."""
    monkeypatch.setattr("exchange.keyring.people.write_locked", lambda *args, **_: write(*args, work_factor=10))
    monkeypatch.setattr("exchange.keyring.identity_file.write_locked", lambda *args, **_: write(*args, work_factor=10))
    file = tmp_path / "person.passphrase"
    file.touch(mode=0o600)
    file.write_text("lima kata yang tidak serupa\n")
    with mock.patch.dict(os.environ, {"EXCHANGE_PERSON_PASSPHRASE_FILE": str(file)}):
        yield


def carried(town: Town, sender: Desk, recipient: Desk) -> Said:
    """What `sender` has to say goes by hand to `recipient`, who takes it in."""
    stick = town.stick / f"from-{sender.party}"
    sender.does("deliver", "--to-folder", stick)
    return recipient.run("receive", "--from-folder", stick)


def kept(town: Town) -> dict[str, bytes]:
    """Everything that lies in the workspaces; the passphrases of the tests lie beside them."""
    return {name: content for name, content in files_of(town.folder).items() if not name.endswith(".passphrase")}


def letters(desk: Desk) -> list[tuple[str, list[tuple[str, str]]]]:
    """Of each letter that people read its kind, and how its clocks stand."""
    found = desk.run("--json", "letters").json
    return [(each["kind"], [(clock["duty"], clock["state"]) for clock in each["clocks"]]) for each in found]


def only_letter(desk: Desk) -> str:
    (found,) = desk.run("--json", "letters").json
    letter: str = found["id"]
    return letter


def files(folder: Path, **texts: str) -> list[str]:
    """The options by which each text is given in a file."""
    options = []
    for name, text in texts.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
        options += ["--text", f"{name}={folder / f'{name}.txt'}"]
    return options


# --- a person's rights ---


def test_a_request_to_a_recipient_is_forwarded_and_answered(town: Town) -> None:
    asked, answering = town.recipient("io-id"), town.sender
    asked.does(
        "rights",
        "request",
        AGREEMENT,
        "--right",
        "access",
        "--pseudonym",
        "pk3vq7d7m2xk3vq7d7m2xk3vq7d",
        "--text",
        "-",
        stdin=SAID,
    )
    assert letters(asked) == [("rights_request", [("rights.forward", "running")])]

    came = carried(town, asked, answering)
    assert "letter.to_be_read" in came.err
    assert letters(asked) == [("rights_request", [("rights.forward", "met")])]
    assert letters(answering) == [("rights_request", [("rights.answer", "running")])]
    shown = answering.does("letters", "show", only_letter(answering)[:6])
    assert SAID in shown
    assert "pk3vq7d7m2xk3vq7d7m2xk3vq7d" in shown

    assert asked.run("rights", "answered", only_letter(asked)).codes == ["rights.not_ours"]
    answering.at(NEXT_DAY).does("rights", "answered", only_letter(answering))
    answering.at(NEXT_DAY).does("rights", "answered", only_letter(answering))  # again changes nothing
    assert letters(answering.at(NEXT_DAY)) == [("rights_request", [("rights.answer", "met")])]
    entries = answering.run("--json", "audit", "entries").json
    assert [each["kind"] for each in entries].count("rights.answered") == 1


def test_a_request_that_waits_too_long_is_overdue(town: Town, in_makassar: None) -> None:
    asked = town.recipient("io-id")
    when = ("--asked", "2026-10-02T09:00")
    asked.does("rights", "request", AGREEMENT, "--right", "access", *when, "--text", "-", stdin=SAID)
    assert letters(asked) == [("rights_request", [("rights.forward", "overdue")])]
    assert "OVERDUE since 2026-10-03 09:00+08:00" in asked.does("letters")


def test_the_sender_is_told_who_holds_the_person(town: Town) -> None:
    case = packed_for_coordination(town)
    said = town.sender.run(
        "--json",
        "rights",
        "request",
        AGREEMENT,
        "--right",
        "correction",
        "--case",
        "--text",
        "-",
        stdin=f"{case}\n{SAID}",
    )
    assert (said.status, said.json["told"], said.json["held_by"]) == (0, [], ["io-id"])
    assert "--corrects" in said.err
    assert case not in said.out + said.err
    assert case in town.sender.does("letters", "show", only_letter(town.sender))


def test_a_request_is_recorded_though_no_card_lets_it_be_forwarded(town: Town) -> None:
    asked = town.recipient("io-id")
    card = asked.folder / "cards" / "yks.card.json"
    content = card.read_bytes()
    card.unlink()
    said = asked.run("rights", "request", AGREEMENT, "--right", "access", "--text", "-", stdin=SAID)
    assert (said.status, said.codes) == (4, ["card.unknown"])
    write_private(card, content)
    asked.does("rights", "forward", only_letter(asked))
    asked.does("rights", "forward", only_letter(asked))  # it went; nothing goes twice
    assert [each["what"] for each in asked.run("--json", "status").json["outbox"]] == ["rights_request"]


def test_what_a_letter_says_is_forgotten_once_nothing_waits_for_it(town: Town) -> None:
    desk = town.sender
    desk.does("rights", "request", AGREEMENT, "--right", "access", "--text", "-", stdin=SAID)
    letter = only_letter(desk)
    assert desk.run("letters", "forget", letter).codes == ["letter.waits"]
    desk.does("rights", "answered", letter)
    desk.does("letters", "forget", letter, "--dry-run")
    desk.does("letters", "forget", letter)
    assert letters(desk) == []
    assert not list((desk.folder / "letters").iterdir())
    assert desk.run("letters", "show", letter).codes == ["letter.unknown"]


# --- a breach ---

BREACH = {
    "data_exposed": "Satu buku kerja bulan September.",
    "when_and_how": "Laptop hilang di pelabuhan.",
    "handling_and_recovery": "Kunci diganti, polisi diberi tahu.",
}


def test_a_breach_is_told_to_all_and_reported(town: Town, tmp_path: Path) -> None:
    careless = town.recipient("gt-ntt")
    noticed = ("--noticed", "2026-10-04T22:00")
    told = careless.run("--json", "breach", "notice", AGREEMENT, *noticed, *files(tmp_path, **BREACH))
    assert (told.status, told.json["told"]) == (0, ["yks", "dinas-p3a", "io-id"])
    assert "UU 27/2022 ps. 46" in told.err
    breach = told.json["breach"]
    for party in ("yks", "dinas-p3a", "io-id"):
        reader = Desk(town.folder / party, party)
        assert "letter.to_be_read" in carried(town, careless, reader).err
        shown = reader.does("letters", "show", only_letter(reader))
        assert all(text in shown for text in BREACH.values())
        assert "survivors are told by yks" in shown
    assert letters(careless) == [("breach_notice", [("breach.tell", "met"), ("breach.report", "running")])]
    careless.does("breach", "reported", breach, "--when", "2026-10-05T08:30")
    assert letters(careless) == [("breach_notice", [("breach.tell", "met"), ("breach.report", "met")])]


def test_whom_no_letter_reaches_is_called(town: Town, tmp_path: Path) -> None:
    """Recipients of one agreement may not have one another's cards."""
    careless = town.recipient("gt-ntt")
    (careless.folder / "cards" / "io-id.card.json").unlink()
    job = ("breach", "notice", AGREEMENT, "--noticed", "2026-10-05T08:00", *files(tmp_path, **BREACH))
    told = careless.run("--json", *job)
    assert (told.status, told.json["told"]) == (4, ["yks", "dinas-p3a"])
    assert told.json["unreached"] == [{"party": "io-id", "call": "+62-811-0000-004"}]
    breach = told.json["breach"]
    careless.does("deliver", "--to-folder", town.stick)
    assert letters(careless)[0][1][0] == ("breach.tell", "running")
    assert careless.run("breach", "told", breach, "gt-ntt").codes == ["breach.no_such_party"]
    careless.does("breach", "told", breach, "io-id")
    assert letters(careless)[0][1][0] == ("breach.tell", "met")
    careless.does("breach", "tell", breach)  # nobody is left
    assert len(careless.run("--json", "status").json["outbox"]) == 2


def test_a_breach_says_what_the_agreement_asks_for_and_no_more(town: Town, tmp_path: Path) -> None:
    before = kept(town)
    notice = ("breach", "notice", AGREEMENT, "--noticed")
    some = {name: text for name, text in BREACH.items() if name != "when_and_how"}
    said = town.sender.run(*notice, "2026-10-05T08:00", *files(tmp_path, **some, results="Tidak ada."))
    assert (said.status, said.codes) == (2, ["letter.text_missing", "letter.text_not_asked"])
    assert town.sender.run(*notice, "2026-10-05T23:00", *files(tmp_path, **BREACH)).codes == ["letter.future"]
    assert town.sender.run(*notice, "yesterday", *files(tmp_path, **BREACH)).codes == ["usage.moment"]
    assert town.sender.run(*notice, "0001-01-01T00:00+14:00", *files(tmp_path, **BREACH)).codes == ["usage.moment"]
    assert kept(town) == before


# --- a life is at risk ---

WARNING = "Pelaku mengetahui alamat rumah aman itu. Pindahkan ia malam ini."


def certify(desk: Desk, person: str, *roles: str) -> None:
    asked = [word for role in roles for word in ("--role", role)]
    desk.does("card", "people", "certify", person, "--name", f"{person} (contoh)", *asked)


def test_a_warning_is_released_by_a_director_and_reviewed_by_somebody_else(town: Town) -> None:
    sender, recipient = town.sender, town.recipient("io-id")
    certify(sender, "director.1", "director")
    certify(sender, "officer.1", "review", "prepare")
    recipient.does("card", "add", sender.card)
    job = ("urgent", "release", AGREEMENT, "--to", "io-id", "--text", "-", "--as")
    assert sender.run(*job, "officer.1", stdin=WARNING).codes == ["person.may_not"]
    sender.does(*job, "director.1", stdin=WARNING)
    assert letters(sender) == [("urgent_disclosure", [("urgent.review", "running")])]

    assert "letter.to_be_read" in carried(town, sender, recipient).err
    assert WARNING in recipient.does("letters", "show", only_letter(recipient))
    own = sender.run("urgent", "review", only_letter(sender), "--as", "director.1")
    assert (own.status, own.codes) == (4, ["urgent.own_review"])
    reviewed = sender.at(NEXT_DAY).run("urgent", "review", only_letter(sender), "--as", "officer.1")
    assert (reviewed.status, WARNING in reviewed.err) == (0, True)
    assert letters(sender.at(NEXT_DAY)) == [("urgent_disclosure", [("urgent.review", "missed")])]  # 27 hours later
    entries = sender.run("--json", "audit", "entries").json
    people = [(each["kind"], each["person"]) for each in entries if each["kind"].startswith("disclosure.")]
    assert people == [("disclosure.urgent", "director.1"), ("disclosure.reviewed", "officer.1")]


@pytest.mark.parametrize(
    ("desk", "to", "code"),
    [(SENDER, "independent-auditor", "urgent.no_recipient"), ("io-id", "gt-ntt", "urgent.not_the_sender")],
)
def test_nothing_urgent_goes_where_the_agreement_does_not_send(town: Town, desk: str, to: str, code: str) -> None:
    giver = Desk(town.folder / desk, desk)
    certify(giver, "director.1", "director")
    job = ("urgent", "release", AGREEMENT, "--to", to, "--as", "director.1", "--text", "-")
    said = giver.run(*job, stdin=WARNING)
    assert (said.status, said.codes) == (5, [code])
    assert giver.workspace.outbox.status() == ()


def test_nothing_urgent_leaves_once_the_agreement_has_ended(town: Town) -> None:
    certify(town.sender, "director.1", "director")
    town.sender.does("agreement", "suspend", AGREEMENT)
    job = ("urgent", "release", AGREEMENT, "--to", "io-id", "--as", "director.1", "--text", "-")
    town.sender.does(*job, "--dry-run", stdin=WARNING)  # a suspension stops data, not a warning
    town.sender.does("agreement", "terminate", AGREEMENT, "--ground", "risk_to_survivor")
    assert town.sender.run(*job, stdin=WARNING).codes == ["urgent.not_in_force"]


# --- the law compels ---

COMPELLED = {"authority": "Pengadilan (contoh)", "law": "Penetapan 12", "asked": "Semua data", "given": "Jumlah saja"}


def test_a_recipient_that_is_compelled_tells_the_sender_before(town: Town, tmp_path: Path) -> None:
    compelled = town.recipient("gt-ntt")
    said = compelled.run("compelled", AGREEMENT, *files(tmp_path, **COMPELLED))
    assert said.status == 0, said
    assert "before anything is given" in said.err
    assert "letter.to_be_read" in carried(town, compelled, town.sender).err
    shown = town.sender.does("letters", "show", only_letter(town.sender))
    assert "nothing was given yet" in shown
    assert all(text in shown for text in COMPELLED.values())
    assert letters(compelled) == [("compelled_disclosure", [("compelled.tell", "met")])]


def test_what_was_given_before_needs_the_reason(town: Town, tmp_path: Path) -> None:
    compelled = town.recipient("gt-ntt")
    job = ("compelled", AGREEMENT, *files(tmp_path, **COMPELLED))
    assert compelled.run(*job, "--already-given", "2026-10-02").codes == ["letter.text_missing"]
    late = files(tmp_path, not_told_before="Hakim melarangnya.")
    assert compelled.run(*job, *late).codes == ["letter.text_not_asked"]
    assert compelled.run(*job, *late, "--already-given", "2026-10-22").codes == ["compelled.future"]
    compelled.does(*job, *late, "--already-given", "2026-10-02")
    assert town.sender.run("compelled", AGREEMENT, *files(tmp_path, **COMPELLED)).codes == ["compelled.no_recipient"]


# --- feedback ---


def test_feedback_is_given_for_a_quarter_that_is_over(town: Town, tmp_path: Path) -> None:
    giver, texts = town.recipient("io-id"), files(tmp_path, data_quality="Baik.", results="Dua pelatihan.")
    job = ("feedback", AGREEMENT, "--period")
    assert giver.run(*job, "2026-Q4", *texts).codes == ["feedback.period"]
    assert giver.run(*job, "2026-09", *texts).codes == ["feedback.period"]
    assert giver.run(*job, "2026-Q3", *texts[:2]).codes == ["letter.text_missing"]
    assert town.recipient("dinas-p3a").run(*job, "2026-Q3", *texts).codes == ["feedback.not_asked"]
    officer = ("--as", OFFICERS["io-id"])
    assert giver.run(*job, "2026-Q3", *texts).codes == ["person.none"]
    assert giver.run(*job, "2026-Q3", *texts, *officer).codes == ["usage.nobody_to_ask"]
    giver.does(*job, "2026-Q3", *texts, "--yes", *officer)
    carried(town, giver, town.sender)
    assert "Dua pelatihan." in town.sender.does("letters", "show", only_letter(town.sender))
    entries = town.sender.run("--json", "audit", "entries").json
    (came,) = [each for each in entries if each.get("note") == "feedback"]
    assert (came["counterpart"], came["period"]) == ("io-id", "2026-Q3")


# --- what must not happen ---


@pytest.mark.parametrize(
    "text",
    ["", "  \n ", "a" * 2001, "a" * 20_000, "merah \x1b[31m", "balik \u202e", b"\xff\xfe".decode("latin-1") + "\x00"],
)
def test_a_text_that_no_letter_may_hold_is_refused_unrepeated(town: Town, text: str) -> None:
    before = kept(town)
    said = town.recipient("io-id").run("rights", "request", AGREEMENT, "--right", "access", "--text", "-", stdin=text)
    assert said.status == 2
    assert set(said.codes) == {"letter.text"}
    assert not text.strip() or text not in said.err
    assert kept(town) == before


def test_what_letters_say_lies_nowhere_in_the_clear(town: Town) -> None:
    asked, answering = town.recipient("io-id"), town.sender
    said = asked.run("rights", "request", AGREEMENT, "--right", "access", "--text", "-", stdin=SAID)
    came = carried(town, asked, answering)
    assert SAID not in said.out + said.err + came.out + came.err + answering.does("letters")
    found = files_of(town.folder)
    assert found
    assert not [name for name, content in found.items() if SAID.encode() in content or b"pendamping" in content]


def test_a_dry_run_of_each_changes_nothing(town: Town, tmp_path: Path) -> None:
    certify(town.sender, "director.1", "director")
    before = kept(town)
    dry = ("--dry-run", "--text", "-")
    town.sender.does("rights", "request", AGREEMENT, "--right", "access", *dry, stdin=SAID)
    town.sender.does("urgent", "release", AGREEMENT, "--to", "io-id", "--as", "director.1", *dry, stdin=SAID)
    noticed = ("--noticed", "2026-10-05T08:00", "--dry-run")
    town.sender.does("breach", "notice", AGREEMENT, *noticed, *files(tmp_path, **BREACH))
    town.recipient().does("compelled", AGREEMENT, "--dry-run", *files(tmp_path, **COMPELLED))
    given = files(tmp_path, data_quality="Baik.", results="Tidak ada.")
    town.recipient().does("feedback", AGREEMENT, "--period", "2026-Q3", "--dry-run", *given, *AS_OFFICER)
    assert kept(town) == before


def test_an_auditor_writes_no_letters(town: Town) -> None:
    said = town.recipient("independent-auditor").run(
        "rights", "request", AGREEMENT, "--right", "access", "--text", "-", stdin=SAID
    )
    assert (said.status, said.codes) == (5, ["agreement.not_a_party"])


def test_texts_are_asked_for_at_a_terminal(town: Town) -> None:
    replies = [("passphrase: ", PASSPHRASE), ("> ", "Data tentang dirinya."), ("> ", "Segera."), ("> ", "")]
    status, screen = town.recipient("io-id").talk("rights", "request", AGREEMENT, "--right", "access", replies=replies)
    assert status == 0, screen
    shown = town.recipient("io-id").does("letters", "show", only_letter(town.recipient("io-id")))
    assert "  | Data tentang dirinya.\n  | Segera." in shown
