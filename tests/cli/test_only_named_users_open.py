"""What came is opened by the people whom the agreement names, each with their own passphrase, and by nobody else."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from cli.organisations import SIGNING, Desk
from cli.town import AGREEMENT, AS_OFFICER, RECIPIENTS, SENDER, Town

from exchange.cli.main import VERBS
from exchange.merging import open_store

OFFICER = AS_OFFICER[1]


@pytest.fixture
def recipient(town: Town, bundle: Path) -> Desk:
    """gt-ntt, whose store holds one month."""
    town.recipient().does("receive", "--from-folder", bundle.parent)
    return town.recipient()


def kinds(desk: Desk) -> list[tuple[str, str]]:
    """The entries that name a person."""
    entries = desk.run("audit", "entries", "--json").json
    return [(each["kind"], each["person"]) for each in entries if "person" in each]


def test_a_named_user_opens_and_exports_and_the_log_says_who(recipient: Desk, bundle: Path, tmp_path: Path) -> None:
    recipient.does("open", bundle, "--out", tmp_path / "opened", *AS_OFFICER, "--acknowledge")
    recipient.does("export", "--out", tmp_path / "tables", *AS_OFFICER)
    assert kinds(recipient) == [
        ("notices.acknowledged", OFFICER),
        ("bundle.opened", OFFICER),
        ("store.exported", OFFICER),
    ]


def test_whoever_is_not_named_is_refused_and_nothing_is_written(recipient: Desk, bundle: Path, tmp_path: Path) -> None:
    recipient.certifies("data.officer.3", "Petugas Contoh", "open")
    recipient.certifies(
        "data.officer.2", "Petugas Contoh", "review", "look_up", "sign", "director", "prepare", "approve"
    )
    for arguments in (("open", bundle), ("export",)):
        for dry in ((), ("--dry-run",)):
            command = (*arguments, "--out", tmp_path / "out", *dry)
            for who, code in (
                (("--as", "data.officer.3"), "open.not_a_named_user"),  # certified, not named
                (("--as", "data.officer.2"), "person.may_not"),  # named, certified for everything else
                (("--as", "data.officer.9"), "person.unknown"),
                ((), "person.none"),
            ):
                said = recipient.run(*command, *who)
                assert said.codes == [code], said
                assert said.status in {4, 5}
    assert not (tmp_path / "out").exists()
    assert kinds(recipient) == []


def test_the_organisations_passphrase_alone_opens_nothing(recipient: Desk, bundle: Path, tmp_path: Path) -> None:
    theirs = recipient.folder.parent / f"{recipient.party}.person.passphrase"
    theirs.write_text((recipient.folder.parent / f"{recipient.party}.passphrase").read_text())
    for arguments in (("open", bundle), ("export",)):
        assert recipient.run(*arguments, "--out", tmp_path / "out", *AS_OFFICER).codes == ["passphrase.wrong"]
    assert not (tmp_path / "out").exists()


def test_taking_in_and_counting_need_no_person(recipient: Desk) -> None:
    assert recipient.run("merge", "--json").json["reports"] > 0
    assert kinds(recipient) == []


def test_the_newest_agreement_in_effect_says_who_may(town: Town, recipient: Desk, tmp_path: Path) -> None:
    """One officer left, another came: the other opens also what was there before. A draft changes nothing."""
    recipient.certifies("data.officer.9", "Petugas Contoh", "open")
    text = (recipient.folder / "agreements" / AGREEMENT / "1.1.0.yaml").read_text()
    newer = tmp_path / "newer.yaml"
    newer.write_text(
        text.replace("version: 1.1.0", "version: 1.2.0").replace(
            "named_users: [data.officer.1, data.officer.2]", "named_users: [data.officer.9]"
        )
    )
    recipient.does("agreement", "add", newer)
    recipient.does("export", "--dry-run", "--out", tmp_path / "out", *AS_OFFICER)
    for party in (SENDER, *RECIPIENTS):
        desk, signed = Desk(town.folder / party, party, SIGNING), tmp_path / f"{party}.json"
        if party != recipient.party:
            desk.does("agreement", "add", newer)
        desk.does("agreement", "sign", AGREEMENT)
        desk.does("agreement", "signatures", "export", AGREEMENT, signed)
        recipient.does("agreement", "signatures", "import", signed)
    said = recipient.run("export", "--out", tmp_path / "out", *AS_OFFICER)
    assert said.codes == ["open.not_a_named_user"]
    recipient.does("export", "--out", tmp_path / "out", "--as", "data.officer.9", "--acknowledge")


# --- every verb ---

# Verbs by which a recipient's people see what is in rows, how they are called, and the entry that says who read.
READS = {
    "open": (("open", "BUNDLE", "--out", "OUT", "--acknowledge"), "bundle.opened"),
    "export": (("export", "--out", "OUT", "--acknowledge"), "store.exported"),
    "feedback": (("feedback", AGREEMENT, "--period", "2026-Q3", "--draft"), "store.read"),
}
# Looked at by its own tests (`exchange review`): it needs pairs that nobody has decided.
READS_ELSEWHERE = {"review"}
# The sender's own rows, or no rows at all: counts, days, places, letters, keys, agreements, the log.
SHOWS_NO_ROW_OF_ANOTHER = {
    *("init", "passphrase", "card", "agreement", "ladder", "network", "map", "check", "scrub", "preview", "pack"),
    *("approve", "deliver", "receive", "dropbox", "doctor", "merge", "withdraw", "rights", "lookup", "pseudonym"),
    *(
        "breach",
        "urgent",
        "compelled",
        "letters",
        "dispose",
        "tidy",
        "status",
        "audit",
        "anonymise",
        "demo",
        "agent",
        "link",
    ),
}


def test_of_every_verb_it_is_known_whether_it_reads_rows() -> None:
    assert VERBS.keys() <= READS.keys() | READS_ELSEWHERE | SHOWS_NO_ROW_OF_ANOTHER


@pytest.mark.parametrize("verb", READS)
def test_whoever_reads_rows_is_named_in_the_agreement_and_in_the_log(
    recipient: Desk, bundle: Path, tmp_path: Path, verb: str
) -> None:
    recipient.certifies("data.officer.3", "Petugas Contoh", "open")
    recipient.certifies("data.officer.2", "Petugas Contoh", "review", "look_up", "sign", "director", "prepare")
    arguments, kind = READS[verb]
    given = {"BUNDLE": bundle, "OUT": tmp_path / "out"}
    command = [given.get(each, each) for each in arguments]
    later = recipient.at("2026-10-06T09:00:00+08:00")
    for who, code in (
        ((), "person.none"),
        (("--as", "data.officer.9"), "person.unknown"),
        (("--as", "data.officer.2"), "person.may_not"),
        (("--as", "data.officer.3"), "open.not_a_named_user"),
    ):
        said = later.run(*command, *who)
        assert (said.codes, said.out) == ([code], "")
    assert kinds(recipient) == []
    assert not (tmp_path / "out").exists()
    later.does(*command, *AS_OFFICER)
    assert (kind, OFFICER) in kinds(recipient)


@pytest.mark.parametrize(
    "command",
    [("merge",), ("status", "--store"), ("dispose", "--dry-run"), ("tidy", "--dry-run"), ("audit", "entries")],
)
def test_what_needs_no_person_shows_nothing_of_a_row(town: Town, recipient: Desk, command: tuple[str, ...]) -> None:
    with open_store(recipient.office(dt.datetime.fromisoformat(recipient.now))) as store:
        records = store.records()
    keys = {each for each in records.reports.column("row_key").to_pylist() if len(each) > 8}
    tokens = {*records.tokens.column("token").to_pylist()}
    assert keys | tokens
    for form in ((), ("--json",)):
        said = recipient.run(*form, *command)
        assert said.status == 0
        assert not [each for each in keys | tokens | {*town.identifiers} if each in said.out + said.err]
