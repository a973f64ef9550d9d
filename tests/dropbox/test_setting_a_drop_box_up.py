"""`exchange dropbox` on a machine of its own: twice is once, what is printed is what is done, and what keeps it from
being done is said before anything is changed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from subprocess import CompletedProcess

import pytest
from cli.organisations import PACKING
from cli.town import AGREEMENT, SENDER
from dropbox.machine import KEEPER, WORKSPACE, Machine, a_machine, needs_a_machine, with_workspace
from dropbox.network import OTHER, RECIPIENT, Network, a_network

from exchange.dropbox.box import DropBox, Sender
from exchange.dropbox.judging import judge
from exchange.dropbox.looking import MachineFacts, look
from exchange.dropbox.system import System

BOX = "/srv/exchange-dropbox"


@pytest.fixture(scope="module")
def _network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    return a_network(tmp_path_factory.mktemp("network"))


@pytest.fixture
def network(_network: Network, tmp_path: Path) -> Network:
    shutil.copytree(_network.folder, tmp_path / "network")
    return Network(tmp_path / "network")


@pytest.fixture
def machine(network: Network, tmp_path: Path) -> Iterator[Machine]:
    with a_machine(tmp_path / "machine") as made:
        with_workspace(made, network)
        yield made


def apply(machine: Machine, *options: str) -> CompletedProcess[str]:
    return machine.exchange("-w", WORKSPACE, "dropbox", "--apply", *options, EXCHANGE_NOW=PACKING)


def by_hand(machine: Machine) -> CompletedProcess[str]:
    """What is printed, as root runs it."""
    printed = machine.exchange("-w", WORKSPACE, "dropbox", EXCHANGE_NOW=PACKING).stdout
    script = printed.replace("systemctl reload ssh\n", "")
    assert script != printed
    return machine.run("sh", "-c", script)


Way = Callable[[Machine], CompletedProcess[str]]
WAYS = pytest.mark.parametrize("way", [apply, by_hand])


def codes(said: CompletedProcess[str]) -> list[str]:
    lines = (line for line in said.stderr.splitlines() if line.startswith("error:"))
    return sorted(line.rsplit("[", 1)[1].rstrip("]") for line in lines)


def standing(machine: Machine) -> str:
    """Every folder and file that a drop box consists of, with owner, group and mode, and what is in the files."""
    places = (BOX, "/etc/ssh/exchange-dropbox", "/etc/ssh/sshd_config.d", "/etc/tmpfiles.d", f"{WORKSPACE}/dropbox")
    listed = machine.does("find", *places, "-printf", "%p %u:%g %m %l\\n")
    contents = machine.does("sh", "-c", "cat /etc/ssh/exchange-dropbox/* /etc/ssh/sshd_config.d/* /etc/tmpfiles.d/*")
    accounts = machine.does("sh", "-c", "grep -h exchange /etc/passwd /etc/group | cut -d: -f1,5-")
    return "\n".join([*sorted(listed.splitlines()), contents, accounts])


@needs_a_machine
class TestSettingUp:
    def test_a_dry_run_says_everything_and_changes_nothing(self, machine: Machine) -> None:
        said = apply(machine, "--dry-run")
        assert said.returncode == 0, said
        assert len(said.stdout.splitlines()) == 19
        assert not (machine.folder / BOX[1:]).exists()
        assert not (machine.folder / "etc/ssh/exchange-dropbox").exists()

    def test_twice_is_once(self, machine: Machine) -> None:
        first, before = apply(machine), standing(machine)
        assert first.returncode == 0, first
        assert "done: make the account" in first.stdout
        second = apply(machine)
        assert second.returncode == 0, second
        assert "done:" not in second.stdout
        assert standing(machine) == before

    def test_what_is_printed_does_the_same(self, machine: Machine, network: Network, tmp_path: Path) -> None:
        assert by_hand(machine).returncode == 0
        before = standing(machine)
        assert by_hand(machine).returncode == 0
        assert standing(machine) == before
        assert "done:" not in apply(machine).stdout
        with a_machine(tmp_path / "another") as another:
            with_workspace(another, network)
            assert apply(another).returncode == 0
            assert standing(another) == before

    def test_the_key_of_a_sender_who_is_gone_is_removed_and_its_folders_stay(self, machine: Machine) -> None:
        apply(machine)
        keys = machine.folder / "etc/ssh/exchange-dropbox"
        assert sorted(each.name for each in keys.iterdir()) == [OTHER, SENDER]
        shutil.rmtree(machine.folder / WORKSPACE[1:] / "agreements" / AGREEMENT)
        said = apply(machine)
        assert said.returncode == 0, said
        assert [each.name for each in keys.iterdir()] == [OTHER]
        assert (machine.folder / BOX[1:] / SENDER / "incoming").is_dir()

    def test_a_sender_whose_card_nobody_believes_is_told_of_and_kept_out(self, machine: Machine) -> None:
        apply(machine)
        for end in ("card.json", "trust.json"):
            (machine.folder / WORKSPACE[1:] / "cards" / f"{SENDER}.{end}").unlink()
        said = apply(machine)
        assert "[card.unknown]" in said.stderr
        assert [each.name for each in (machine.folder / "etc/ssh/exchange-dropbox").iterdir()] == [OTHER]

    def test_what_was_changed_by_hand_is_put_right(self, machine: Machine) -> None:
        apply(machine)
        before = standing(machine)
        machine.does("chmod", "777", f"{BOX}/{SENDER}/incoming")
        machine.does("chown", KEEPER, f"{BOX}/{SENDER}")
        machine.does("sh", "-c", f"echo ssh-ed25519 AAAA >> /etc/ssh/exchange-dropbox/{SENDER}")
        machine.does("sh", "-c", f"ln -sfT /etc {WORKSPACE}/dropbox/incoming/{SENDER}")
        said = apply(machine)
        assert said.returncode == 0, said
        assert sum(line.startswith("done:") for line in said.stdout.splitlines()) == 4
        assert standing(machine) == before


@needs_a_machine
class TestWhatKeepsItFromBeingDone:
    def test_every_reason_is_said_at_once_and_nothing_is_changed(self, machine: Machine) -> None:
        machine.does("useradd", SENDER)
        machine.does(
            "sh", "-c", f"mkdir -p {WORKSPACE}/dropbox/incoming/{OTHER}; touch {WORKSPACE}/dropbox/incoming/{OTHER}/x"
        )
        said = apply(machine, "--keeper", "nobody-here")
        assert said.returncode == 11
        assert codes(said) == ["dropbox.account_taken", "dropbox.in_the_way", "dropbox.keeper"]
        assert not (machine.folder / BOX[1:]).exists()
        assert apply(machine, "--prefix", "dsa-", "--dry-run").returncode == 11

    def test_what_is_printed_says_every_reason_as_well(self, machine: Machine) -> None:
        machine.does("useradd", SENDER)
        machine.does("sh", "-c", f"mkdir -p {WORKSPACE}/dropbox/incoming/{OTHER}/x")
        said = by_hand(machine)
        assert said.returncode != 0
        assert codes(said) == ["dropbox.account_taken", "dropbox.in_the_way"]
        assert not (machine.folder / BOX[1:]).exists()
        assert not (machine.folder / "etc/ssh/exchange-dropbox").exists()

    @WAYS
    def test_a_folder_without_anything_makes_way_for_a_link_and_a_file_does_not(
        self, machine: Machine, way: Way
    ) -> None:
        machine.does("mkdir", "-p", f"{WORKSPACE}/dropbox/incoming/{OTHER}", user=KEEPER)
        assert way(machine).returncode == 0
        link = machine.folder / f"{WORKSPACE[1:]}/dropbox/incoming/{OTHER}"
        assert link.is_symlink()
        link.unlink()
        link.write_text("mine")
        assert way(machine).returncode != 0
        assert link.read_text() == "mine"

    @WAYS
    def test_a_configuration_that_sshd_does_not_take_is_taken_back(self, machine: Machine, way: Way) -> None:
        bad = machine.folder / "etc/ssh/sshd_config.d/90-other.conf"
        bad.write_text("Nonsense yes\n")
        said = way(machine)
        assert codes(said) == ["dropbox.sshd_refuses"]
        assert "Nonsense" in said.stderr
        assert [each.name for each in bad.parent.iterdir()] == [bad.name]
        bad.unlink()
        assert way(machine).returncode == 0

    @WAYS
    def test_what_sshd_was_told_before_comes_back_where_it_objects(self, machine: Machine, way: Way) -> None:
        assert way(machine).returncode == 0
        folder = machine.folder / "etc/ssh/sshd_config.d"
        ours, bad = folder / "50-exchange-dropbox.conf", folder / "90-other.conf"
        ours.write_text(ours.read_text() + "# of an earlier version\n")
        before = ours.read_text()
        bad.write_text("Nonsense yes\n")
        assert codes(way(machine)) == ["dropbox.sshd_refuses"]
        assert ours.read_text() == before
        assert sorted(each.name for each in folder.iterdir()) == [ours.name, bad.name]

    @WAYS
    def test_another_organisations_drop_box_stays(self, machine: Machine, way: Way) -> None:
        apply(machine)
        file = machine.folder / "etc/ssh/sshd_config.d/50-exchange-dropbox.conf"
        file.write_text(file.read_text().replace(RECIPIENT, "dinas-p3a", 1))
        before = standing(machine)
        assert codes(way(machine)) == ["dropbox.of_another"]
        assert standing(machine) == before

    def test_other_files_of_sshd_that_say_otherwise_are_found(self, machine: Machine) -> None:
        first = machine.folder / "etc/ssh/sshd_config.d/10-other.conf"
        lines = (
            "Ciphers +aes128-cbc",
            "AllowUsers admin",
            "Match Group exchange-senders",
            "  AllowTcpForwarding yes",
            "",
        )
        first.write_text("\n".join(lines))
        said = apply(machine)
        assert said.returncode == 11
        assert codes(said) == ["dropbox.not_allowed"] * 2 + ["dropbox.settings"] * 2 + ["dropbox.weak"]
        assert "AllowTcpForwarding" in said.stderr

    def test_an_account_that_got_a_shell_or_a_group_is_found(self, machine: Machine) -> None:
        apply(machine)
        machine.does("usermod", "--shell", "/bin/sh", "--append", "--groups", "adm", SENDER)
        said = apply(machine)
        assert codes(said) == ["dropbox.groups", "dropbox.shell"]

    def test_a_folder_that_others_may_write_above_it_is_found(self, machine: Machine) -> None:
        machine.does("chmod", "777", "/srv")
        assert codes(apply(machine)) == ["dropbox.above"]

    def test_root_follows_no_link_of_the_keeper(self, machine: Machine) -> None:
        """The workspace is the keeper's, who may turn any folder in it into a link to what is root's."""
        machine.does("sh", "-c", f"rm -rf {WORKSPACE}/dropbox; ln -s /etc/ssh {WORKSPACE}/dropbox", user=KEEPER)
        before = sorted(each.name for each in (machine.folder / "etc/ssh").iterdir())
        said = apply(machine)
        assert codes(said) == ["dropbox.failed"]
        after = {each.name for each in (machine.folder / "etc/ssh").iterdir()}
        assert after - {*before} == {"exchange-dropbox"}


class TestWhatIsSeenIsJudged:
    BOX = DropBox("gt-ntt", "officer", ())

    def test_a_letter_that_only_others_may_read_is_not_readable_for_the_account(self, tmp_path: Path) -> None:
        """The account is the group of what lies there; so what others may does not count for it."""
        box = DropBox("gt-ntt", "officer", (Sender("yks", "ssh-ed25519 AAAA"),))
        outgoing = tmp_path / "srv/exchange-dropbox/yks/outgoing"
        outgoing.mkdir(parents=True)
        for name, mode in (("good", 0o640), ("for-others", 0o604), ("for-nobody", 0o600)):
            (outgoing / name).touch()
            (outgoing / name).chmod(mode)
        assert look(box, System(tmp_path)).unreadable == 2

    def test_a_folder_above_is_judged_though_nobody_has_a_folder_yet(self) -> None:
        nothing = MachineFacts(True, None, (), (), ((PurePosixPath("/srv"), None),), True, "", (), 0)
        findings = judge(self.BOX, nothing, None)
        assert [each.code for each in findings if each.code in ("dropbox.above", "dropbox.rights")] == ["dropbox.above"]


class TestWithoutAMachine:
    def test_printing_changes_nothing_and_names_every_sender(self, network: Network, tmp_path: Path) -> None:
        desk = network.desk()
        before = sorted(each.name for each in desk.folder.iterdir())
        said = desk.run("--json", "dropbox", "--keeper", "officer", "--folder", "/data/box", "--days", "30")
        assert said.status == 0, said
        assert [each["account"] for each in said.json["accounts"]] == [OTHER, SENDER]
        for part in ("ChrootDirectory /data/box/%u", "m:30d", "restrict ssh-ed25519 ", "-o officer -g yks -m 0730"):
            assert part in said.json["script"], part
        assert sorted(each.name for each in desk.folder.iterdir()) == before

    def test_names_and_folders_that_no_system_has_are_refused_at_once(self, network: Network) -> None:
        said = network.desk().run("dropbox", "--folder", "box", "--prefix", "Big ", "--keeper", "a b")
        assert said.status == 2
        assert sorted(said.codes) == ["dropbox.account_name"] * 2 + ["dropbox.folder", "dropbox.keeper"]

    def test_only_root_applies(self, network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        monkeypatch.setattr("exchange.keyring.private_files._check_private", lambda _path, _status: None)
        said = network.desk().run("dropbox", "--apply", "--keeper", "root")
        assert (said.status, said.codes) == (11, ["dropbox.not_root"])

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root makes accounts")
    def test_an_image_gets_a_drop_box_and_this_machine_does_not(self, network: Network, tmp_path: Path) -> None:
        image, desk = tmp_path / "image", network.desk()
        for name in ("etc/ssh", "srv"):
            (image / name).mkdir(parents=True)
        (image / "etc/passwd").write_text("root:x:0:0::/root:/bin/sh\nofficer:x:1000:1000::/home/officer:/bin/sh\n")
        (image / "etc/group").write_text("root:x:0:\nofficer:x:1000:\n")
        (image / "etc/shadow").write_text("root:*:1::::::\nofficer:*:1::::::\n")
        said = desk.run("--json", "dropbox", "--apply", "--root", image, "--keeper", "officer")
        assert said.status == 0, said
        assert (image / "srv/exchange-dropbox" / SENDER / "incoming").stat().st_uid == 1000
        system = System(image)
        assert system.user(SENDER) is not None
        assert not Path("/etc/ssh/exchange-dropbox").exists()
        assert not Path("/srv/exchange-dropbox").exists()
        assert not desk.workspace.dropbox.exists()
        again = desk.run("--json", "dropbox", "--apply", "--root", image, "--keeper", "officer")
        assert again.json["done"] == []
