"""A page of exactly what leaves: seen before packing, approved by its digest, noticed when swapped, then gone."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path
from unittest import mock

import pytest
from cli.organisations import Said, files_of
from cli.test_people_approve_what_leaves import NOTE, ONE, TWO, approved, delivered, kinds, packed, states
from cli.town import AGREEMENT, AS_OFFICER, Town

from exchange.crypto.canonical import digest_of_bytes
from exchange.office import Office
from exchange.posting import resume
from exchange.previewing import forget_pages
from exchange.protect.releases.releases import Releases
from exchange.transport.outbox import Outbox


def page(town: Town, bundle: str) -> Path:
    return town.sender.folder / "approvals" / bundle / "page.html"


def previewed(town: Town, *options: str | Path) -> Said:
    return town.sender.run("preview", town.workbook, *town.job, *NOTE, *options, "--json", stdin="Tidak ada.")


def files_on(text: str) -> dict[str, tuple[int, str]]:
    """Every file that a page names, with its size and digest."""
    english = text[text.index('<section id="en"') :]
    found = re.findall(
        r'<th scope="row">([^<]+)</th><td class="n">([0-9,]+)</td><td><code>(sha256:\w+)</code>', english
    )
    return {path: (int(size.replace(",", "")), digest) for path, size, digest in found}


def told(files: dict[str, bytes]) -> dict[str, tuple[int, str]]:
    return {path: (len(content), digest_of_bytes(content)) for path, content in files.items()}


# --- the story ---


def test_what_was_shown_is_what_was_signed_and_what_arrives(town: Town) -> None:
    out = town.folder / "pages"
    first = previewed(town, "--out", out)
    assert first.status == 0, first
    (shown,) = first.json
    text = (out / shown["page"]).read_text()
    assert "a preview: nothing has been packed" in text.lower()
    assert files_on(text).keys() == {file["path"] for file in shown["files"]}

    bundle = packed(town)
    kept = page(town, bundle)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    approved_page = kept.read_bytes()
    (waiting,) = town.sender.run("approve", "--json").json
    assert waiting["page"] == {"file": f"approvals/{bundle}/page.html", "digest": digest_of_bytes(approved_page)}
    assert waiting["page"]["file"] in town.sender.does("approve")
    taken_out = town.sender.run("preview", bundle[:8], "--out", out, "--json")
    assert [each["digest"] for each in taken_out.json] == [waiting["page"]["digest"]]
    assert (out / taken_out.json[0]["page"]).read_bytes() == approved_page

    town.sender.approves()
    for person in (ONE, TWO):
        statement = json.loads((kept.parent / f"{person}.json").read_bytes())
        assert statement["proposed"]["page"] == digest_of_bytes(approved_page)
    assert kept.exists(), "it has not left yet"
    assert delivered(town).status == 0
    assert not kept.exists()

    (sealed,) = town.folder_for("gt-ntt").iterdir()
    assert f"sha256:{hashlib.sha256(sealed.read_bytes()).hexdigest()}" in approved_page.decode()
    town.recipient().does("open", *AS_OFFICER, "--acknowledge", sealed, "--out", town.folder / "opened")
    assert files_on(approved_page.decode()) == told(payload(town.folder / "opened"))
    with town.sender.workspace.logs.open("ntt") as log:
        entries = [record.opening.entry for record in log.records() if record.opening]
    noted = {entry.kind: entry.page for entry in entries if entry.page}
    assert noted == dict.fromkeys(("bundle.packed", "release.approved"), digest_of_bytes(approved_page))


def payload(folder: Path) -> dict[str, bytes]:
    """The files of an opened bundle, without what opening adds."""
    return {path.replace("\\", "/"): content for path, content in files_of(folder).items() if path != "envelope.json"}


def test_each_recipient_has_a_page_of_its_own(town: Town) -> None:
    out = town.folder / "pages"
    said = town.sender.run(
        "preview", town.workbook, "-a", AGREEMENT, "-p", "2026-09", *NOTE, "--out", out, stdin="Tidak ada."
    )
    assert said.status == 0, said
    assert sorted(files_of(out)) == ["gt-ntt-2026-09.html", "io-id-2026-09.html"]
    assert stat.S_IMODE(out.stat().st_mode) == 0o700
    assert not any(stat.S_IMODE(file.stat().st_mode) & 0o077 for file in out.iterdir())
    assert "for the sender alone" in said.err
    whole = b"".join(files_of(out).values()).decode()
    assert [text for text in town.identifiers if text in whole] == []


def test_a_preview_changes_nothing_in_the_workspace(town: Town) -> None:
    """The first command of all makes the books that the workspace keeps; they stay empty."""
    before = files_of(town.sender.folder)
    assert previewed(town).json[0]["risk"]["leaves"]["smallest"] >= 5
    after = files_of(town.sender.folder)
    assert {file: after[file] for file in before} == before
    assert (states(town.sender), kinds(town.sender)) == ([], [])
    after = files_of(town.folder)
    assert previewed(town, "--out", town.folder / "pages", "--dry-run").status == 0
    assert files_of(town.folder) == after, "without pages, and not even a book"
    assert previewed(town, "--out", town.folder / "pages").status == 0
    left = {file: content for file, content in files_of(town.folder).items() if "pages/" not in file}
    assert left.pop(f"{town.sender.folder.name}/leftovers.box")  # where pages lie in the clear, for `exchange tidy`
    assert left == after


def test_no_page_is_written_over_another(town: Town) -> None:
    out = town.folder / "pages"
    assert previewed(town, "--out", out).status == 0
    before = files_of(out)
    assert previewed(town, "--out", out).json["error"][0]["code"] == "usage.file_there"
    assert files_of(out) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("cases.xlsx", "-a", AGREEMENT),
        ("one.xlsx", "two.xlsx", "-a", AGREEMENT, "-p", "2026-09"),
        ("-a", AGREEMENT, "-p", "2026-09"),
        ("3f9ab2", "-p", "2026-09"),
        ("3f9ab2", "--corrects"),
    ],
)
def test_a_half_said_preview_is_refused(town: Town, arguments: tuple[str, ...]) -> None:
    said = town.sender.run("preview", *arguments)
    assert (said.status, said.codes[0].split(".")[0]) == (2, "usage")


def test_a_page_of_no_bundle_that_waits_is_refused(town: Town) -> None:
    assert town.sender.run("preview", "3f9ab2").codes == ["approval.no_such_bundle"]
    assert town.sender.run("preview", "--json").json == []


# --- somebody at the sender's own desk ---


def swap_page(town: Town, bundle: str) -> None:
    file = page(town, bundle)
    file.write_bytes(file.read_bytes().replace(b"gt-ntt", b"io-id!", 1) + b" ")


def publish_page(town: Town, bundle: str) -> None:
    page(town, bundle).chmod(0o644)


def take_page(town: Town, bundle: str) -> None:
    page(town, bundle).unlink()


def swap_file(town: Town, _bundle: str) -> None:
    (file,) = (town.sender.folder / "outbox" / "files").iterdir()
    file.write_bytes(file.read_bytes()[:-1] + b"x")


ATTACKS: dict[str, tuple[Callable[[Town, str], None], str]] = {
    "another page": (swap_page, "page.changed"),
    "a page that others can write": (publish_page, "file.not_private"),
    "no page": (take_page, "file.missing"),
    "another sealed file": (swap_file, "transport.altered"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_swapped_after_the_first_approval_gets_no_second_and_stays(town: Town, attack: str) -> None:
    bundle = packed(town)
    assert approved(town.sender, ONE).status == 0
    change, code = ATTACKS[attack]
    change(town, bundle)
    said = approved(town.sender, TWO)
    assert (said.status, said.codes) == (5, [code])
    assert delivered(town).json["events"] == []
    assert states(town.sender) == ["packed"]
    assert kinds(town.sender).count("release.approved") == 1
    assert files_of(town.stick) == {}

    assert town.sender.rejects(bundle).status == 0, "and it can still be rejected"
    assert not page(town, bundle).exists()
    again = packed(town)
    town.sender.approves()
    assert [each["state"] for each in delivered(town).json["events"]] == ["delivered"]
    assert not page(town, again).exists()


def test_a_page_that_was_swapped_is_not_shown(town: Town) -> None:
    bundle = packed(town)
    swap_page(town, bundle)
    assert town.sender.run("preview", bundle).codes == ["page.changed"]
    assert "page.changed" in town.sender.does("approve")
    (shown,) = town.sender.run("approve", "--json").json
    assert [each["code"] for each in shown["problems"]] == ["page.changed"]
    assert [each["code"] for each in delivered(town).json["waiting"]] == ["page.changed"]


def test_a_page_that_was_swapped_after_every_approval_stops_the_delivery(town: Town) -> None:
    bundle = packed(town)
    town.sender.approves()
    swap_page(town, bundle)
    said = delivered(town)
    assert [each["code"] for each in said.json["problems"]] == ["page.changed"]
    assert files_of(town.stick) == {}


def test_whoever_swaps_the_page_and_what_was_noted_of_it_has_no_approval_left(town: Town) -> None:
    """The log cannot be rewritten unseen; if it were, the first approval would be one of something else."""
    bundle = packed(town)
    town.sender.approves()
    swap_page(town, bundle)
    digest = digest_of_bytes(page(town, bundle).read_bytes())
    noted = Office.noted

    def rewritten(office: Office, network: str, kind: str) -> object:
        found = noted(office, network, kind)  # type: ignore[arg-type]  # handed on
        return {name: entry.model_copy(update={"page": digest}) for name, entry in found.items()}

    with mock.patch.object(Office, "noted", rewritten):
        said = delivered(town)
    assert [each["code"] for each in said.json["problems"]] == ["approval.other_bundle"]
    assert files_of(town.stick) == {}


def test_a_bundle_without_a_noted_page_can_only_be_rejected(town: Town) -> None:
    with mock.patch("exchange.sending.keep_page", return_value=None):
        bundle = packed(town)
    assert approved(town.sender, ONE).codes == ["page.not_noted"]
    assert town.sender.rejects(bundle).status == 0
    assert states(town.sender) == ["rejected"]


def test_a_name_on_the_page_stops_the_bundle(town: Town) -> None:
    """The page does not leave; still the last look searches it, since it lies in the clear."""
    name = max((text for text in town.identifiers if text.replace(" ", "").isalpha()), key=len)
    with mock.patch("exchange.preparing.preview_page", return_value=f"<p>{name}</p>"):
        for verb in ("pack", "preview"):
            said = town.sender.run(verb, town.workbook, *town.job, *NOTE, stdin="Tidak ada.")
            assert "last_look.identifier" in said.codes
            assert name not in said.err
    assert states(town.sender) == []
    assert files_of(town.sender.folder / "approvals") == {}


# --- faults ---


def test_the_page_of_what_was_never_finished_goes_and_others_stay(town: Town) -> None:
    kept = page(town, packed(town))
    with mock.patch.object(Releases, "record", side_effect=OSError), mock.patch("traceback.extract_tb", list):
        town.sender.run("pack", town.workbook, *town.job, *NOTE, "--corrects", stdin="Tidak ada.")
    assert len(list(kept.parent.parent.glob("*/page.html"))) == 2
    forget_pages(town.sender.office(None))
    assert list(kept.parent.parent.glob("*/page.html")) == [kept]
    town.sender.approves()
    assert [each["state"] for each in delivered(town).json["events"]] == ["delivered"]


def test_the_page_of_what_a_crash_kept_from_the_outbox_stays_and_is_approved(town: Town) -> None:
    """It is remembered: so `resume` queues it, and people must see what it is."""
    packed(town)
    with mock.patch.object(Outbox, "queue", side_effect=OSError), mock.patch("traceback.extract_tb", list):
        town.sender.run("pack", town.workbook, *town.job, *NOTE, "--corrects", stdin="Tidak ada.")
    pages = sorted(page(town, "x").parent.parent.glob("*/page.html"))
    assert len(pages) == 2
    forget_pages(town.sender.office(None))
    assert sorted(page(town, "x").parent.parent.glob("*/page.html")) == pages
    resume(town.sender.office(dt.datetime.fromisoformat(town.sender.now)))
    town.sender.approves()
    assert [each["state"] for each in delivered(town).json["events"]] == ["delivered"] * 2
