"""Our own logs, one in each network, that nobody can rewrite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from exchange.audit.checkpoint import log_origin
from exchange.audit.log import Log
from exchange.errors import AuditError
from exchange.workspace.files import private


@dataclass(slots=True)
class Logs:
    """Those of `party`, in `folder`."""

    folder: Path
    party: str
    _kept: dict[str, Log] | None = field(default=None, init=False, repr=False, compare=False)

    def networks(self) -> tuple[str, ...]:
        """The networks in which we keep a log."""
        return tuple(sorted(file.stem for file in self.folder.glob("*.sqlite")))

    def open(self, network: str) -> Log:
        """Our log in a network; made when it is first used."""
        if self._kept is None:
            return self._open(network)
        if network not in self._kept:
            self._kept[network] = self._open(network)
        return self._kept[network].lent()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """A run with thousands of parcels opens each log once."""
        if self._kept is not None:  # somebody keeps them open already
            yield
            return
        kept = self._kept = {}
        try:
            yield
        finally:
            self._kept = None
            with ExitStack() as closing:
                for log in kept.values():
                    closing.enter_context(log)

    def _open(self, network: str) -> Log:
        file = private(self.folder) / f"{network}.sqlite"
        if not file.exists():
            try:
                return Log.create(file, log_origin(self.party, network))
            except AuditError as error:
                if error.codes != ("audit.log_exists",):  # another process was quicker
                    raise
        return Log.open(file)
