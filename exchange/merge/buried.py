"""By which names the store remembers, as keyed hashes, what must never come back."""

from __future__ import annotations


def bundle_name(sender: str, agreement_id: str, bundle: str) -> tuple[str, ...]:
    """A bundle in whose place a correction came."""
    return ("bundle", sender, agreement_id, bundle)


def report_name(sender: str, agreement_id: str, pseudonym: str) -> tuple[str, ...]:
    """The reports of somebody who withdrew."""
    return ("report", sender, agreement_id, pseudonym)


def disposed_name(sender: str, agreement_id: str, bundle: str) -> tuple[str, ...]:
    """A bundle that was destroyed. By another name than what a correction buries: a bundle that is gone can still be
    corrected by a new one."""
    return ("disposed", sender, agreement_id, bundle)
