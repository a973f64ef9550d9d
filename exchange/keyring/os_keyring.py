"""The operating system's own keyring, in which an organisation may choose to keep its passphrase.

    remember(name, passphrase)
    recall(name)
    forget(name)

It takes the library `keyring`, an extra, which knows many places; only those count here that the system itself protects
with the user's login: Windows' Credential Manager, macOS' Keychain, the Secret Service of Linux desktops, KWallet.
Whatever writes plain text, does nothing, or is unknown is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol, TypeVar

from exchange.errors import KeyringError
from exchange.keyring.refusals import refused
from exchange.locale import _

SERVICE: Final = "data-sharing-exchange"
"""As which our entries show in the system's own programs."""
PROTECTED: Final = frozenset(
    f"keyring.backends.{each}" for each in ("Windows", "macOS", "SecretService", "libsecret", "kwallet")
)

_Result = TypeVar("_Result")


class _Vault(Protocol):
    def get_password(self, service: str, username: str) -> str | None: ...

    def set_password(self, service: str, username: str, password: str) -> None: ...

    def delete_password(self, service: str, username: str) -> None: ...


def check() -> None:
    """Return if there is such a keyring. KeyringError: os_keyring.not_installed, os_keyring.unsafe,
    os_keyring.failed."""
    _vault()


def remember(name: str, passphrase: str) -> None:
    """Keep the passphrase under `name`, and see that it comes back. KeyringError as `check`."""
    vault = _vault()
    _tried(lambda: vault.set_password(SERVICE, name, passphrase))
    if recall(name) != passphrase:
        raise _failed()


def recall(name: str) -> str:
    """What was kept under `name`. KeyringError as `check`, and os_keyring.empty."""
    vault = _vault()
    found = _tried(lambda: vault.get_password(SERVICE, name))
    if found is None:
        hint = _("keep it there anew, or no longer: exchange passphrase remember, exchange passphrase forget")
        raise refused("os_keyring.empty", _("the system's keyring has no passphrase of this organisation"), hint=hint)
    return found


def forget(name: str) -> None:
    """Keep nothing under `name`. KeyringError as `check`."""
    vault = _vault()
    if _tried(lambda: vault.get_password(SERVICE, name)) is not None:
        _tried(lambda: vault.delete_password(SERVICE, name))


def _vault() -> _Vault:
    try:
        from keyring import get_keyring
    except ImportError:
        hint = _("install the extra: pip install --require-hashes -r requirements-keyring.lock")
        what = _("the library that reaches the system's keyring is not installed")
        raise refused("os_keyring.not_installed", what, hint=hint) from None
    chosen: Any = _tried(get_keyring)
    several: tuple[_Vault, ...] = (chosen, *getattr(chosen, "backends", ()))  # a chain, where the system has several
    for each in several:
        if type(each).__module__ in PROTECTED:
            return each
    what = _("no keyring that the system protects is here, only: {kind}").format(kind=type(chosen).__module__)
    hint = _("type the passphrase, or put it into a private file and name the file in {variable}")
    raise refused("os_keyring.unsafe", what, hint=hint.format(variable="EXCHANGE_PASSPHRASE_FILE"))


def _tried(call: Callable[[], _Result]) -> _Result:
    """What `call` gives. Behind the library stand D-Bus, COM and a keychain, which raise what they like; it is not
    repeated, since it may hold what was to be kept."""
    try:
        return call()
    except Exception:
        raise _failed() from None


def _failed() -> KeyringError:
    hint = _("is the desktop's keyring unlocked? over SSH there is often none")
    return refused("os_keyring.failed", _("the system's keyring does not answer"), hint=hint)
