"""A private file is its owner's alone, and the owner is us."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from exchange.errors import KeyringError
from exchange.keyring.private_files import read_private, write_private


def refusal(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    return caught.value.codes


def test_a_file_of_another_user_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(tmp_path / "planted", b"secret")
    true = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: true + 1)
    if true:
        assert refusal(lambda: read_private(tmp_path / "planted")) == ("file.not_yours",)
    else:  # root's own are taken by everybody; somebody else's are not taken by root
        os.chown(tmp_path / "planted", 1234, 1234)
        assert refusal(lambda: read_private(tmp_path / "planted")) == ("file.not_yours",)
        monkeypatch.setattr("os.geteuid", lambda: 0)
        assert refusal(lambda: read_private(tmp_path / "planted")) == ("file.not_yours",)


def test_a_link_is_judged_by_the_file_at_its_end(tmp_path: Path) -> None:
    write_private(tmp_path / "true", b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "true")
    assert read_private(tmp_path / "link") == b"secret"
    (tmp_path / "true").chmod(0o640)
    assert refusal(lambda: read_private(tmp_path / "link")) == ("file.not_private",)
    write_private(tmp_path / "link", b"new")  # takes the link's place, and leaves what it led to
    assert not (tmp_path / "link").is_symlink()
    assert (tmp_path / "true").read_bytes() == b"secret"
