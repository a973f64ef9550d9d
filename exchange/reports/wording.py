"""What the steps' own short words are called on a page: reasons, rules, outcomes, states."""

from __future__ import annotations

from exchange.agreements.clause import FieldClass
from exchange.bundle.metadata import FieldStory
from exchange.locale import _
from exchange.protect.protected import Account


def held_reason(reason: str) -> str:
    """Why rows were held back: every `exchange.consent.consented.HeldReason`."""
    return {
        "outside_period": _("belongs to another period, or came too late for this one"),
        "not_included": _("outside the agreement's population"),
        "finding": _("holds a value that the dictionary does not take"),
        "status": _("consent refused, withdrawn, expired, unknown or missing"),
        "withdrawn": _("consent withdrawn after the extract was made"),
        "scope": _("consent given, but not for this recipient"),
        "form": _("consent form that does not cover this recipient, or was not in use on that day"),
        "expired": _("consent too old, or given as a child and not renewed"),
        "evidence": _("no reference to the signed or recorded consent"),
        "minor": _("a child, or of unknown age, without the adult's consent that is also needed"),
        "deceased": _("died; the agreement holds such rows back"),
    }[reason]


def rule(story: FieldStory) -> str:
    """What was done to one field."""
    said = {
        "keep": _("as recorded"),
        "drop": _("not given"),
        "map": _("rarer codes put together"),
        "mask": _("masked"),
        "scrub": _("names, numbers and addresses masked"),
        "round": _("rounded"),
        "top_code": _("high values as one"),
        "bottom_code": _("low values as one"),
        "row_key": _("a random key, new in each release"),
        "pseudonymise": _("a pseudonym, for this recipient only"),
        "generalise": _("less exact"),
    }[story.rule]
    return f"{said} ({story.level})" if story.level else said


def place(story: FieldStory) -> str:
    """Where a field can be seen."""
    return {"rows": _("rows"), "tables": _("tables"), "nowhere": _("nowhere")}[story.place]


def field_class(kind: FieldClass) -> str:
    """How a field may identify."""
    return {
        "direct": _("direct identifier"),
        "quasi": _("quasi-identifier"),
        "sensitive": _("sensitive"),
        "attribute": _("attribute"),
        "free_text": _("free text"),
        "control": _("consent and handling"),
    }[kind]


def treated_as(kind: str) -> str:
    """Which kind of data a tier's are, in honest words."""
    return {
        "personal_data": _("personal data"),
        "pseudonymised": _("pseudonymised"),
        "statistics": _("statistics"),
    }.get(kind, kind)


def gate(account: Account) -> str:
    """How the rows came through their gate."""
    match account.gate:
        case "met":
            return _("Every row stands in a group of at least {k} look-alikes.").format(k=account.k_reached)
        case "tables":
            return _("No rows leave, only tables: k could not be reached at the agreed price.")
        case "nothing":
            return _("Neither rows nor tables leave: k could not be reached at the agreed price.")
        case "reported":
            return _("These rows are personal data: k is measured and holds nothing back.")
        case "no_rows_agreed":
            return _("By agreement no rows leave, only tables.")


def receipt_state(state: str) -> str:
    """How far a receipt has come on its way back to the sender: the states of the outbox."""
    return {
        "queued": _("waits in the outbox"),
        "sending": _("being sent"),
        "delivered": _("delivered"),
        "acknowledged": _("delivered"),
        "failed": _("could not be delivered"),
        "overdue": _("delivered"),
        "refused": _("refused"),
        "": _("not known"),
    }[state]
