"""On Windows a private file's access list lets in nobody but the user, the system and its administrators."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from crypto.windows import OTHER, OURS, USER, Windows
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import ExchangeError, KeyringError
from exchange.keyring import private_files, windows_acl
from exchange.keyring.private_files import read_private, write_private
from exchange.keyring.windows_acl import ADMINISTRATORS, SYSTEM, granted, make_private, strangers, system_tool
from exchange.workspace.workspace import Workspace

EVERYONE = f"D:AI(A;ID;FA;;;SY)(A;ID;FA;;;{USER})(A;ID;0x1200a9;;;WD)"
SIDS = st.sampled_from([USER, OTHER, SYSTEM, ADMINISTRATORS, "S-1-1-0", "S-1-5-11", "WD", "SY", "BA", "AU", "BU"])
FLAGS = st.sampled_from(["", "ID", "OICI", "OICIIO", "OICIID"])
RIGHTS = st.sampled_from(["FA", "FR", "0x1200a9", "GRGX", "KA"])
ENTRIES = st.lists(st.tuples(st.sampled_from("AD"), FLAGS, RIGHTS, SIDS), max_size=8)
Refusal = Callable[[Callable[[], object]], tuple[str, ...]]


@pytest.fixture
def refusal() -> Refusal:
    def why(call: Callable[[], object]) -> tuple[str, ...]:
        with pytest.raises(ExchangeError) as caught:
            call()
        return caught.value.codes

    return why


@pytest.fixture
def on_windows(monkeypatch: pytest.MonkeyPatch) -> Callable[[Windows], Windows]:
    """Everything below `subprocess.run` is that Windows from now on."""

    def moved(windows: Windows) -> Windows:
        monkeypatch.setattr(private_files, "_MODES_COUNT", False)
        monkeypatch.setattr("subprocess.run", windows.run)
        monkeypatch.setenv("SYSTEMROOT", "D:\\Win")
        windows_acl._user.cache_clear()
        return windows

    return moved


@given(entries=ENTRIES, head=st.sampled_from(["", "P", "PAI", "AI", "ARAI"]), tail=st.sampled_from(["", "S:AI"]))
def test_whoever_an_entry_lets_in_is_told(entries: list[tuple[str, str, str, str]], head: str, tail: str) -> None:
    text = "".join(f"({kind};{flags};{rights};;;{sid})" for kind, flags, rights, sid in entries)
    names = {"SY": SYSTEM, "BA": ADMINISTRATORS}
    expected = {names.get(sid, sid) for kind, _flags, _rights, sid in entries if kind == "A"}
    assert granted(f"D:{head}{text}{tail}") == expected


@given(st.text("D:PAISYBWOGF;()-0123456789x", max_size=60))
def test_what_is_no_access_list_lets_nobody_pass_for_private(text: str) -> None:
    try:
        found = granted(text)
    except ValueError:
        return
    assert text.startswith("D:")
    assert found or "(A;" not in text


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "O:BAG:BA",
        "D:(A;;FA;;SY)",
        "D:(OA;;CR;ab721a53-1e2f-11d0-9819-00aa0040529b;;SY)",
        '(XA;;FX;;;S-1-1-0;(@User.Title=="PM"))',
        'D:(XA;;FX;;;S-1-1-0;(@User.Title=="PM"))',
        "D:(A;;FA;;;SY)(A;;FA;;;everyone)",
        "D:(A;;FA;;;SY",
        "D:(A;;FA;;;SY)x",
    ],
)
def test_an_entry_that_is_not_understood_is_refused(odd: str) -> None:
    with pytest.raises(ValueError, match=r"entry|access list|unpack"):
        granted(odd)


@pytest.mark.parametrize("none", ["D:NO_ACCESS_CONTROL", "D:PAINO_ACCESS_CONTROL"])
def test_no_list_at_all_lets_everybody_in(none: str) -> None:
    assert granted(none) == {"WD"}


def test_the_machine_s_own_administrator_is_a_user_like_others(tmp_path: Path) -> None:
    class Administrator(Windows):
        def __call__(self, tool: str, *arguments: str) -> bytes:
            said = super().__call__(tool, *arguments)
            return said.replace(b"-1001", b"-500") if tool == "whoami" else said

    assert strangers(tmp_path, Administrator("D:(A;;FA;;;LA)")) == set()
    assert strangers(tmp_path, Windows("D:(A;;FA;;;LA)")) == {"LA"}


def test_a_file_becomes_private_whatever_its_folder_hands_down(tmp_path: Path) -> None:
    for default in (EVERYONE, f"D:AI(A;ID;FA;;;WD)(A;;FR;;;{OTHER})(A;;GR;;;S-1-5-5-0-77)", OURS, "D:"):
        windows, file = Windows(default), tmp_path / "file"
        file.touch()
        make_private(file, windows)
        assert strangers(file, windows) == set(), default


def test_a_private_folder_hands_its_list_down(tmp_path: Path) -> None:
    windows = Windows(EVERYONE)
    make_private(tmp_path, windows)
    assert windows.lists[str(tmp_path)] == f"D:PAI(A;OICI;FA;;;{USER})(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"


def test_a_disk_without_access_lists_keeps_no_secret(tmp_path: Path, refusal: Refusal) -> None:
    windows = Windows("D:NO_ACCESS_CONTROL", keeps_lists=False)
    assert refusal(lambda: make_private(tmp_path, windows)) == ("file.not_private",)


def test_what_is_written_is_private_before_anything_is_in_it(
    tmp_path: Path, on_windows: Callable[[Windows], Windows]
) -> None:
    windows, sizes = on_windows(Windows(EVERYONE)), []
    plain = windows.run

    def watching(command: list[str], **options: object) -> object:
        sizes.extend(Path(each).stat().st_size for each in command if Path(each).is_file())
        return plain(command, **options)

    subprocess.run = watching  # type: ignore[assignment]  # `on_windows` puts the true one back
    write_private(tmp_path / "secret", b"secret")
    assert sizes
    assert not any(sizes)
    (made,) = windows.lists.values()
    assert granted(made) == {USER, SYSTEM, ADMINISTRATORS}
    for command in windows.calls:
        assert command[0] in {"D:\\Win\\System32\\icacls.exe", "D:\\Win\\System32\\whoami.exe"}


def test_a_secret_that_others_may_read_is_refused(
    tmp_path: Path, on_windows: Callable[[Windows], Windows], refusal: Refusal
) -> None:
    windows = on_windows(Windows(OURS))
    write_private(tmp_path / "secret", b"secret")
    assert read_private(tmp_path / "secret") == b"secret"
    windows.lists[str(tmp_path / "secret")] = f"{OURS}(A;;FR;;;{OTHER})"
    assert refusal(lambda: read_private(tmp_path / "secret")) == ("file.not_private",)
    windows.lists[str(tmp_path / "secret")] = f"{OURS}(ZA;;FR;;;SY)"
    assert refusal(lambda: read_private(tmp_path / "secret")) == ("file.access_unknown",)


def test_nothing_is_written_to_a_disk_that_keeps_no_lists(
    tmp_path: Path, on_windows: Callable[[Windows], Windows], refusal: Refusal
) -> None:
    on_windows(Windows(EVERYONE, keeps_lists=False))
    assert refusal(lambda: write_private(tmp_path / "secret", b"secret")) == ("file.not_private",)
    assert not list(tmp_path.iterdir())


def test_a_workspace_is_private_and_one_that_became_public_is_refused(
    tmp_path: Path, on_windows: Callable[[Windows], Windows], refusal: Refusal
) -> None:
    windows = on_windows(Windows(EVERYONE))
    made = Workspace.create(tmp_path / "yks", "yks")
    assert granted(windows.lists[str(made.folder)]) == {USER, SYSTEM, ADMINISTRATORS}
    (made.folder / "own" / "yks.card.json").touch()
    assert Workspace.open(made.folder) == made
    windows.lists[str(made.folder)] = EVERYONE
    assert refusal(lambda: Workspace.open(made.folder)) == ("workspace.not_private",)


@pytest.mark.parametrize("fault", [OSError(2), subprocess.TimeoutExpired("icacls", 30), "whoami fails", "nonsense"])
def test_tools_that_fail_make_nothing_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refusal: Refusal, fault: Exception | str
) -> None:
    def run(command: list[str], **_options: object) -> object:
        if isinstance(fault, Exception):
            raise fault
        if fault == "whoami fails":
            raise subprocess.CalledProcessError(1, command)
        return subprocess.CompletedProcess(command, 0, b"nonsense")

    monkeypatch.setattr("subprocess.run", run)
    windows_acl._user.cache_clear()
    assert refusal(lambda: strangers(tmp_path)) == ("file.access_unknown",)
    monkeypatch.setenv("SYSTEMROOT", "tools")
    assert refusal(lambda: system_tool("icacls")) == ("file.access_unknown",)


def test_no_refusal_names_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x").touch()
    with pytest.raises(KeyringError) as caught:
        make_private(tmp_path / "x", Windows("D:x"))
    assert caught.value.codes == ("file.access_unknown",)
    assert str(tmp_path) not in str(caught.value)
