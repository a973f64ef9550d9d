"""A passphrase is kept only in a keyring that the system protects, and a keyring that fails gives away nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib import import_module
from types import SimpleNamespace

import pytest
from crypto.vaults import Broken, Forgetful, PlainText, Vault, the_system_has

from exchange.errors import KeyringError
from exchange.keyring import os_keyring

NAME, SECRET = "yks SHA256:abc", "enam kuda liar minum kopi"


def refusal(call: Callable[[], object]) -> tuple[str, ...]:
    with pytest.raises(KeyringError) as caught:
        call()
    assert SECRET not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.codes


def test_it_is_remembered_recalled_and_forgotten() -> None:
    vault = Vault()
    with the_system_has(vault):
        os_keyring.remember(NAME, SECRET)
        assert vault.kept == {(os_keyring.SERVICE, NAME): SECRET}
        assert os_keyring.recall(NAME) == SECRET
        os_keyring.forget(NAME)
        os_keyring.forget(NAME)
        assert refusal(lambda: os_keyring.recall(NAME)) == ("os_keyring.empty",)
    assert not vault.kept


@pytest.mark.parametrize("kind", ["fail", "null"])
def test_the_library_s_own_that_keep_nothing_are_refused(kind: str) -> None:
    nothing = import_module(f"keyring.backends.{kind}").Keyring()
    for vault in (nothing, SimpleNamespace(backends=[]), SimpleNamespace(backends=[nothing])):
        with the_system_has(vault):
            assert refusal(os_keyring.check) == ("os_keyring.unsafe",)


def test_one_that_writes_plain_text_is_refused_and_given_nothing() -> None:
    vault = PlainText()
    with the_system_has(vault):
        assert refusal(lambda: os_keyring.remember(NAME, SECRET)) == ("os_keyring.unsafe",)
        assert refusal(lambda: os_keyring.recall(NAME)) == ("os_keyring.unsafe",)
    assert not vault.kept


def test_of_several_only_a_protected_one_is_used() -> None:
    plain, safe = PlainText(), Vault()
    with the_system_has(SimpleNamespace(backends=[plain, safe])):
        os_keyring.remember(NAME, SECRET)
    assert safe.kept
    assert not plain.kept


def test_one_that_keeps_nothing_or_breaks_is_noticed() -> None:
    with the_system_has(Forgetful()):
        assert refusal(lambda: os_keyring.remember(NAME, SECRET)) == ("os_keyring.empty",)
    with the_system_has(Broken()):
        assert refusal(lambda: os_keyring.remember(NAME, SECRET)) == ("os_keyring.failed",)
        assert refusal(lambda: os_keyring.recall(NAME)) == ("os_keyring.failed",)
        assert refusal(lambda: os_keyring.forget(NAME)) == ("os_keyring.failed",)


def test_a_configuration_that_cannot_be_loaded_is_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "no.such.Keyring")
    with the_system_has(None):
        assert refusal(os_keyring.check) == ("os_keyring.failed",)


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(KeyringError) as caught:
        os_keyring.check()
    assert caught.value.codes == ("os_keyring.not_installed",)
    assert "requirements-keyring.lock" in caught.value.problems[0].hint


def test_every_name_that_counts_as_protected_is_one_of_the_library() -> None:
    for name in os_keyring.PROTECTED:
        assert import_module(name)
