"""Keyrings for tests, in the place of the system's own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from needs import library

backend, core = library("keyring.backend"), library("keyring.core")


class Vault(backend.KeyringBackend):
    """Keeps in memory what it is given, and calls itself one of those that the system protects."""

    priority = 1
    __module__ = "keyring.backends.SecretService"

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class PlainText(Vault):
    """As keyrings.alt's, which writes what it is given into a file for everybody."""

    __module__ = "keyrings.alt.file"


class Forgetful(Vault):
    """Takes everything and keeps nothing."""

    __module__ = Vault.__module__

    def set_password(self, service: str, username: str, password: str) -> None:
        pass


class Broken(Vault):
    """Raises what no keyring should, and tells what it was given."""

    __module__ = Vault.__module__

    def set_password(self, service: str, username: str, password: str) -> None:
        raise ValueError(password)

    def get_password(self, service: str, username: str) -> str | None:
        raise OSError(service)


@contextmanager
def the_system_has(vault: object) -> Iterator[None]:
    """The library's own choice is `vault`."""
    before = core._keyring_backend
    core._keyring_backend = vault
    try:
        yield
    finally:
        core._keyring_backend = before
