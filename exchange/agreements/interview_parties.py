"""The part of the conversation that is about organisations: ours, and the recipients one by one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import get_args

from exchange.agreements.agreement import Agreement
from exchange.agreements.answers import AgentAnswer, Recipient, Sender
from exchange.agreements.check_open import OPEN_KEY, OPEN_PERSON
from exchange.agreements.clause import Code, CountryCode, Jurisdiction, PartyId, PersonId
from exchange.agreements.duties import Months
from exchange.agreements.parties import CrossBorder, PartyKind
from exchange.agreements.questions import (
    NOTHING,
    Asking,
    Question,
    choice,
    line,
    new_id,
    optional,
    several,
    single,
    some_of,
)
from exchange.keyring.card import Card
from exchange.locale import _

_KINDS: tuple[str, ...] = get_args(PartyKind)
_SCOPES = {"cso": "share_cso", "government": "share_government", "international-organisation": "share_io"}
_MOST = 58  # recipients: sixty parties with the sender and a linking agent


@dataclass(frozen=True, slots=True)
class Known:
    """What a workspace knows before anybody is asked: our own card, the confirmed cards of others, our network."""

    ours: Card | None = None
    others: tuple[Card, ...] = ()
    network: str = ""

    def card(self, party: str) -> Card | None:
        return next((each for each in self.others if each.party == party), None)


def ask_sender(known: Known) -> Asking[Sender]:
    ours = known.ours
    if ours is None:
        name = yield new_id("sender.id", _("our short name"), PartyId, (), open_="sender")
    else:
        name = ours.party
    return (yield from _organisation("sender", name, ours, "cso"))


def ask_recipients(known: Known, template: Agreement, sender: Sender) -> Asking[tuple[Recipient, ...]]:
    found: list[Recipient] = []
    while len(found) < _MOST:
        at = f"recipients.{len(found) + 1}"
        name = yield _next(known, template, [sender.id, *(each.id for each in found)], at)
        if name is None:
            break
        found.append((yield from _recipient(at, name, known.card(name), template, sender, len(found))))
    return tuple(found)


def ask_agent(
    known: Known, template: Agreement, sender: Sender, recipients: tuple[Recipient, ...]
) -> Asking[AgentAnswer | None]:
    """Who links, if it is not each recipient by match tokens."""
    taken = [sender.id, *(each.id for each in recipients)]
    words = _("short name of a linking agent, who gets filters and no rows, - for none")
    name = yield optional(new_id("agent.id", words, PartyId, taken, NOTHING))
    if name is None:
        return None
    like = template.agent.kind if template.agent is not None else "cso"
    party = yield from _organisation("agent", name, known.card(name), like, sender.jurisdiction)
    abroad = yield from _abroad("agent", party, sender)
    return AgentAnswer.model_validate({**party.model_dump(), "cross_border": abroad})


def _next(known: Known, template: Agreement, taken: list[str], at: str) -> Question:
    """Who is the next recipient; the first cannot be nobody. Where nobody is known, one for each tier is left open."""
    number = len(taken)
    offered = [each.party for each in known.others if each.party not in taken]
    open_ = f"recipient-{number}" if not known.others and number <= len(template.tiers) else ""
    words = _("short name of recipient {number}").format(number=number)
    if number > 1:
        words = _("short name of recipient {number}, - if there are no more").format(number=number)
    asked = new_id(f"{at}.id", words, PartyId, taken, offered[0] if offered else "", open_=open_)
    lines = (_("confirmed cards: {names}").format(names=", ".join(offered)),) if offered else ()
    if number > 1:
        asked = optional(asked)
    return replace(asked, open=open_, before=lines)


def _recipient(
    at: str, name: str, card: Card | None, template: Agreement, sender: Sender, number: int
) -> Asking[Recipient]:
    like = template.recipients[min(number, len(template.recipients) - 1)]
    kind = like.kind if card is None else "government"
    party = yield from _organisation(at, name, card, kind, sender.jurisdiction)
    least = next(iter(template.tiers))
    words = _("{party}: tier, that is, what it gets").format(party=name)
    tier = yield choice(f"{at}.tier", words, tuple(template.tiers), least, open_="" if card else like.tier or least)
    people = ", ".join(each.id for each in card.people if "open" in each.roles) if card else ""
    users = yield several(
        f"{at}.named_users", _("{party}: people who may open").format(party=name), PersonId, people, open_=OPEN_PERSON
    )
    scope = yield single(
        f"{at}.consent_scope",
        _("{party}: what a survivor must have agreed to").format(party=name),
        Code,
        _SCOPES[party.kind],
    )
    months = next(template.retention[each.id].keep_months for each in template.recipients if each.tier == tier)
    keep = yield single(
        f"{at}.keep_months", _("{party}: months it may keep data").format(party=name), Months, str(months)
    )
    abroad = yield from _abroad(at, party, sender)
    more = {"tier": tier, "named_users": users, "consent_scope": scope, "keep_months": keep, "cross_border": abroad}
    return Recipient.model_validate({**party.model_dump(), **more})


def _organisation(at: str, name: str, card: Card | None, kind: str, home: str = "ID") -> Asking[Sender]:
    """What is asked of every party. The fingerprint is asked of nobody: it comes from a card, or stays open."""
    said = {"id": name, "key": card.fingerprint if card else OPEN_KEY}
    stays_open = _("{party} has no confirmed card here: its fingerprint stays open").format(party=name)
    of = _("{party}: {what}")
    asked = line(f"{at}.name", of.format(party=name, what=_("name")), card.names.id if card else "")
    said["name"] = yield replace(asked, before=() if card else (stays_open,))
    said["kind"] = yield choice(f"{at}.kind", of.format(party=name, what=_("kind of organisation")), _KINDS, kind)
    said["jurisdiction"] = yield single(
        f"{at}.jurisdiction", of.format(party=name, what=_("jurisdiction")), Jurisdiction, home, how="ID-NT"
    )
    said["contact"] = yield line(
        f"{at}.contact", of.format(party=name, what=_("contact")), card.contact if card else ""
    )
    said["breach_contact"] = yield line(
        f"{at}.breach_contact", of.format(party=name, what=_("contact in case of a breach"))
    )
    signs = {
        "name": (yield line(f"{at}.signs.name", of.format(party=name, what=_("who signs")))),
        "title": (yield line(f"{at}.signs.title", of.format(party=name, what=_("title of who signs")))),
        "by": (
            yield some_of(f"{at}.signs.by", of.format(party=name, what=_("ways of signing")), ("key", "paper"), "key")
        ),
    }
    return Sender.model_validate({**said, "signs": signs})


def _abroad(at: str, party: Sender, sender: Sender) -> Asking[CrossBorder | None]:
    """To which countries data go. A party that is abroad cannot answer with none, and its own is always among them; an
    international organisation has offices anywhere."""
    country = party.jurisdiction[:2]
    abroad = country != sender.jurisdiction[:2]
    away = abroad or party.kind == "international-organisation"
    words = _("{party}: other countries to which its data may go").format(party=party.id)
    countries = yield several(
        f"{at}.cross_border.countries", words, CountryCode, country if away else NOTHING, how="CH, PH", empty=not away
    )
    if not countries:
        return None
    ways = ("binding-instrument", "adequate-country", "consent")
    safeguard = yield choice(
        f"{at}.cross_border.safeguard", _("{party}: what safeguards it there").format(party=party.id), ways, ways[0]
    )
    reference = yield line(f"{at}.cross_border.reference", _("{party}: where that is written").format(party=party.id))
    if abroad:
        countries = tuple(dict.fromkeys((country, *countries)))
    return CrossBorder(countries=countries, safeguard=safeguard, reference=reference)
