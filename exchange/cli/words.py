"""Codes in the words of a person: why rows stay, how parcels stand, what became of what came."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.locale import _

if TYPE_CHECKING:
    from exchange.consent.consented import HeldReason
    from exchange.taking_in import Outcome
    from exchange.transport.arrivals import ArrivalState
    from exchange.transport.parcels import State


def held_word(reason: HeldReason) -> str:
    """Why a row is held back."""
    words: dict[HeldReason, str] = {
        "outside_period": _("of another period"),
        "not_included": _("outside what the agreement includes"),
        "finding": _("a value that must be mended first"),
        "status": _("no consent"),
        "withdrawn": _("consent withdrawn"),
        "scope": _("no consent for this recipient"),
        "form": _("a form that does not cover this"),
        "expired": _("consent too old"),
        "evidence": _("no evidence of consent"),
        "minor": _("no adult's consent"),
        "deceased": _("died"),
    }
    return words[reason]


def parcel_word(state: State) -> str:
    """How a parcel of the outbox stands."""
    words: dict[State, str] = {
        "packed": _("packed"),
        "rejected": _("rejected before it left"),
        "queued": _("queued"),
        "sending": _("sending"),
        "delivered": _("delivered"),
        "acknowledged": _("acknowledged"),
        "refused": _("refused by the recipient"),
        "overdue": _("no receipt in time"),
        "failed": _("failed"),
        "given_up": _("given up"),
    }
    return words[state]


def kind_word(kind: str) -> str:
    """What a parcel is: a bundle, a correction, or a letter of some kind."""
    words = {
        "bundle": _("bundle"),
        "correction": _("correction"),
        "letter": _("letter"),
        "receipt": _("receipt"),
        "refusal": _("refusal"),
        "withdrawal": _("withdrawal"),
        "certificate": _("certificate"),
        "network_secret": _("network secret"),
        "given_up": _("a bundle is given up"),
        "suspension": _("suspension"),
        "resumption": _("resumption"),
        "termination": _("termination"),
        "rights_request": _("request for rights"),
        "urgent_disclosure": _("urgent disclosure"),
        "compelled_disclosure": _("compelled disclosure"),
        "breach_notice": _("breach notice"),
        "feedback": _("feedback"),
        "match_filters": _("filters for linking"),
        "match_links": _("links between rows"),
        "match_tokens": _("match tokens of a new epoch"),
    }
    return words.get(kind, kind)


def arrival_word(state: ArrivalState) -> str:
    """How a file of the inbox stands."""
    words: dict[ArrivalState, str] = {
        "new": _("waits to be opened"),
        "opened": _("being taken in"),
        "held": _("waits for what comes before it"),
        "quarantined": _("in quarantine"),
        "done": _("done"),
    }
    return words[state]


def outcome_word(outcome: Outcome) -> str:
    """What became of a file that came."""
    words: dict[Outcome, str] = {
        "accepted": _("accepted"),
        "heeded": _("heeded"),
        "refused": _("refused"),
        "held": _("waits for what comes before it"),
        "quarantined": _("in quarantine"),
        "unfinished": _("being taken in"),
        "repeated": _("had come before; answered again"),
    }
    return words[outcome]
