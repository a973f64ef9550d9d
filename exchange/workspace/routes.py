"""How we get to the servers of others, where not directly with the identity's own key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from exchange.keyring.routes import Route, read_route, write_route
from exchange.workspace.files import private


@dataclass(frozen=True, slots=True)
class Routes:
    """Those in `folder`."""

    folder: Path

    def to(self, party: str) -> Route:
        """How we get to the server of a party. KeyringError: route.malformed, file.not_private."""
        return read_route(self.folder / f"{party}.json")

    def save(self, party: str, route: Route) -> None:
        write_route(private(self.folder) / f"{party}.json", route)
