"""Linking: who may hold what. Filters of single fields go to a linking agent alone, and an agent is there to link."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.contradiction import Contradiction
from exchange.agreements.shape import Path
from exchange.agreements.tiers import Match
from exchange.locale import _


def check_linking(agreement: Agreement) -> Iterator[Contradiction]:
    agents = [index for index, party in enumerate(agreement.parties) if party.role == "agent"]
    for tier_id, tier in agreement.tiers.items():
        if tier.match is not None:
            yield from _match(tier.match, ("tiers", tier_id, "match"), has_agent=bool(agents))
    for index in agents[1:]:
        what = _("there is a linking agent already")
        yield Contradiction("one_agent", ("parties", index), what, _("an agreement has one linking agent at most"))
    if agents and not any(tier.match is not None and tier.match.via == "agent" for tier in agreement.tiers.values()):
        what = _("no tier is linked through {party}").format(party=agreement.parties[agents[0]].id)
        hint = _("write match: {via: agent} in a tier, or leave the linking agent away")
        yield Contradiction("unused_agent", ("parties", agents[0]), what, hint)


def _match(match: Match, path: Path, *, has_agent: bool) -> Iterator[Contradiction]:
    if match.via == "agent" and not has_agent:
        hint = _("name a party with the role agent, or let the recipient link by match tokens")
        yield Contradiction("no_agent", (*path, "via"), _("the agreement has no linking agent"), hint)
    if match.strength == "fields" and match.via == "recipient":
        what = _("filters of single fields would tell a recipient too much")
        hint = _("write via: agent, and name a linking agent; or strength: tokens")
        yield Contradiction("fields_to_recipient", (*path, "strength"), what, hint)
    if match.strength == "tokens" and match.via == "agent":
        what = _("a linking agent links by fields; match tokens go to the recipient")
        yield Contradiction("tokens_via_agent", (*path, "strength"), what, _("write strength: fields"))
