"""Receipts and certificates that others gave us, kept as they signed them, and shown to whoever may see what our log
says of them."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.audit.entries import Opening
from exchange.audit.papers import OF_CERTIFICATES, OF_RECEIPTS, paper_of
from exchange.audit.scope import Scope
from exchange.office import Office
from exchange.seal.opening import Opened
from exchange.seal.paper import cut


def keep_paper(office: Office, opened: Opened) -> None:
    """Keep what proves who gave a letter that was heeded, where an entry of ours rests on it. Of all other letters
    nothing is kept: they may name a person."""
    if opened.envelope.kind in ("receipt", "certificate"):
        networks = office.workspace.logs.networks()
        paths = {path for network in networks for path in _named(office, network, opened.ciphertext)}
        paper = cut(opened) if paths else None
        if paper is not None:
            for path in paths:
                office.workspace.papers.keep(path, paper)


def papers_kept(office: Office, network: str, scope: Scope | None = None) -> Iterator[tuple[str, bytes]]:
    """The papers that our log in a network names, each with its path in a pack; of those that lie in a scope, where
    there is one."""
    for entry in office.entries(network, *OF_RECEIPTS, *OF_CERTIFICATES):
        path = paper_of(entry) if scope is None or scope.covers(entry) else None
        paper = None if path is None else office.workspace.papers.find(path)
        if path is not None and paper is not None:
            yield path, paper


def _named(office: Office, network: str, ciphertext: str) -> Iterator[str]:
    """Under which path our log in a network names the paper of the letter in that sealed file."""
    with office.workspace.logs.open(network) as log:
        for data in log.openings_with(ciphertext.encode()):
            path = paper_of(Opening.read(data).entry)
            if path is not None and ciphertext.removeprefix("sha256:") in path:
                yield path
