"""The conversation in which an agreement is written: what is asked, in which order, and with which defaults.

    answers = conduct(interview(known, template, today), reply)

Pure: what the workspace knows comes in as an argument, and replies are whoever's. What a default suggests is never more
than the template gives; a recipient of whom nothing is known is offered the tier that gets least.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

from exchange.agreements.agreement import Agreement
from exchange.agreements.answers import (
    Answers,
    Assessment,
    AuditorAnswer,
    Basis,
    PurposeAnswer,
    Recipient,
    TierAnswer,
)
from exchange.agreements.check_open import OPEN_KEY
from exchange.agreements.clause import AgreementId, Code, Line, NetworkId, PartyId, PurposeId, Text, Words
from exchange.agreements.drafting_tiers import key_rule, places, places_for
from exchange.agreements.duties import ConsentForm, DueDay, TimeZone
from exchange.agreements.interview_parties import Known, ask_agent, ask_recipients, ask_sender
from exchange.agreements.questions import (
    NOTHING,
    Asking,
    Question,
    choice,
    day,
    line,
    new_id,
    optional,
    single,
    some_of,
)
from exchange.agreements.tiers import LeastAlike, Place, Pseudonymise, PseudonymKind, Tier
from exchange.agreements.words import named, treatment
from exchange.locale import _


def interview(known: Known, template: Agreement, today: dt.date) -> Asking[Answers]:
    """Ask for everything that `Answers` holds."""
    network = yield single("network", _("network of organisations"), NetworkId, known.network or template.network)
    said: dict[str, Any] = {"network": network}
    said["id"] = yield single(
        "id",
        _("number of the agreement"),
        AgreementId,
        f"DSA-{network.upper()}-{today.year}-001",
        how="DSA-NTT-2026-004",
    )
    said["title"] = yield from _text("title", _("title"), template.title if network == template.network else None)
    sender = said["sender"] = yield from ask_sender(known)
    recipients = said["recipients"] = yield from ask_recipients(known, template, sender)
    if any(template.tiers[each.tier].match is not None for each in recipients):
        said["agent"] = yield from ask_agent(known, template, sender, recipients)
    said |= yield from _term(today)
    said["purposes"] = yield from _purposes(template, recipients)
    said["consent_forms"] = yield from _forms(recipients, said["effective"], said["expires"])
    said["tiers"] = yield from _tiers(template, recipients)
    said |= yield from _duties(template, said["effective"])
    agent = (said["agent"].id,) if said.get("agent") else ()
    said["auditors"] = yield from _auditors(known, {sender.id, *(each.id for each in recipients), *agent})
    return Answers.model_validate(said)


def _text(key: str, words: str, default: Text | None = None) -> Asking[Text]:
    """One text in both languages."""
    found = {}
    for tongue, said in (("id", _("in Indonesian")), ("en", _("in English"))):
        shown = "" if default is None else getattr(default, tongue)
        found[tongue] = yield line(f"{key}.{tongue}", f"{words}, {said}", shown)
    return Text(**found)


# --- when ---


def _term(today: dt.date) -> Asking[dict[str, dt.date]]:
    first: dt.date = yield day("effective", _("first day"), _later(today.replace(day=1), 1))
    after = first + dt.timedelta(days=1)
    last: dt.date = yield day("expires", _("last day"), _later(first, 12) - dt.timedelta(days=1), first=after)
    review = min(max(_later(first, 9) - dt.timedelta(days=1), first), last)
    look: dt.date = yield day("review_by", _("day of review"), review, first=first, last=last)
    return {"effective": first, "expires": last, "review_by": look}


def _later(start: dt.date, months: int) -> dt.date:
    """The same day so many months later, or the 28th where that month may have none."""
    month = start.month - 1 + months
    return start.replace(year=start.year + month // 12, month=month % 12 + 1, day=min(start.day, 28))


# --- why ---


def _purposes(template: Agreement, recipients: tuple[Recipient, ...]) -> Asking[tuple[PurposeAnswer, ...]]:
    """The template's purposes, those that are answered with nobody left out; then others, until all are served."""
    found: list[PurposeAnswer] = []
    ids = [each.id for each in recipients]
    for purpose in template.purposes:
        tiers = {name for name, tier in template.tiers.items() if purpose.id in _served(tier)}
        usual = ", ".join(each.id for each in recipients if each.tier in tiers)
        words = _("who gets data for this purpose: {purpose}").format(purpose=purpose.text)
        who = yield some_of(f"purposes.{purpose.id}.recipients", words, ids, usual or NOTHING, empty=True)
        if who:
            law = next(each for each in template.legal_basis if each.purpose == purpose.id)
            basis = yield from _basis(purpose.id, law.dpv, law.law)
            found.append(PurposeAnswer(id=purpose.id, dpv=purpose.dpv, recipients=who, text=purpose.text, basis=basis))
    while True:
        another = yield from _another_purpose(found, ids)
        if another is None:
            return tuple(found)
        found.append(another)


def _served(tier: Tier) -> set[str]:
    matching = tier.match.purposes if tier.match else ()
    return {*matching, *(purpose for rule in tier.release.values() for purpose in rule.purposes)}


def _another_purpose(found: list[PurposeAnswer], ids: list[str]) -> Asking[PurposeAnswer | None]:
    without = [each for each in ids if not any(each in purpose.recipients for purpose in found)]
    at = f"purposes.more.{len(found)}"
    asked = new_id(f"{at}.id", _("another purpose, as one word"), PurposeId, [e.id for e in found], open_="purpose")
    if without:
        asked = replace(asked, before=(_("no purpose yet: {names}").format(names=", ".join(without)),))
    name = yield asked if without else optional(asked)
    if name is None:
        return None
    text = yield from _text(f"{at}.text", _("words of the purpose"))
    dpv = yield single(f"{at}.dpv", _("its name in W3C DPV"), Code, "ServiceProvision")
    who = yield some_of(f"{at}.recipients", _("who gets data for it"), ids, ", ".join(without or ids))
    basis = yield from _basis(at.removeprefix("purposes."), "Consent", "")
    return PurposeAnswer(id=name, dpv=dpv, recipients=who, text=text, basis=basis)


def _basis(purpose: str, dpv: str, law: str) -> Asking[Basis]:
    right = yield single(f"purposes.{purpose}.basis.dpv", _("its legal basis, as W3C DPV calls it"), Code, dpv)
    said = yield line(f"purposes.{purpose}.basis.law", _("the law and its article"), law)
    return Basis(dpv=right, law=said)


# --- with whose consent ---


def _forms(recipients: tuple[Recipient, ...], effective: dt.date, expires: dt.date) -> Asking[dict[str, ConsentForm]]:
    """Forms until each scope that a recipient needs is covered, then as many more as there are."""
    scopes, forms = list(dict.fromkeys(each.consent_scope for each in recipients)), dict[str, ConsentForm]()
    while True:
        left = [each for each in scopes if not any(each in form.covers for form in forms.values())]
        at = f"consent_forms.{len(forms) + 1}"
        asked = new_id(f"{at}.id", _("version of the consent form"), Code, forms, f"F{len(forms) + 1}", how="F1")
        name = (
            yield asked if left else optional(replace(asked, text=_("another version of the consent form"), default=""))
        )
        if name is None:
            return forms
        start = yield day(f"{at}.from", _("first day on which it is read to people"), effective, last=expires)
        covers = yield some_of(f"{at}.covers", _("what it lets a person agree to"), scopes, ", ".join(left or scopes))
        forms[name] = ConsentForm.model_validate({"from": start, "covers": covers})


# --- what ---


def _tiers(template: Agreement, recipients: tuple[Recipient, ...]) -> Asking[dict[str, TierAnswer]]:
    found = {}
    for name, tier in template.tiers.items():
        if any(each.tier == name for each in recipients):
            least = None
            if tier.protect.k is not None:
                words = _("tier {tier}: how many people at least must look alike (k)").format(tier=name)
                least = yield single(f"tiers.{name}.k", words, LeastAlike, str(tier.protect.k))
            fields = yield from _fields(template, name, tier)
            kind = yield from _pseudonyms(template, name, tier, fields)
            found[name] = TierAnswer(k=least, fields=None if fields == places(tier) else fields, pseudonyms=kind)
    return found


def _pseudonyms(template: Agreement, name: str, tier: Tier, fields: dict[str, Place]) -> Asking[PseudonymKind | None]:
    """How pseudonyms come about, where the tier gets any; None where that is as in the template."""
    rule = key_rule(tier, fields, template.data)
    if not isinstance(rule, Pseudonymise):
        return None
    words = _("tier {tier}: pseudonyms that a key makes, that are random, or that people choose for themselves")
    kind: PseudonymKind = yield choice(
        f"tiers.{name}.pseudonyms", words.format(tier=name), get_args(PseudonymKind), rule.kind
    )
    return None if kind == rule.kind else kind


def _fields(template: Agreement, name: str, tier: Tier) -> Asking[dict[str, Place]]:
    """The row of the matrix of fields and tiers that belongs to one tier."""
    usual = places(tier)
    removed = Question(
        f"tiers.{name}.without",
        _("tier {tier}: fields that it shall not get").format(tier=name),
        lambda said: _numbers(said, template, usual, keep_one=usual),
        NOTHING,
        how=_("numbers with commas between them; - for none"),
        before=(_("tier {tier} gets:").format(tier=name), *_matrix(template, tier, usual)),
    )
    without = yield removed
    may = {
        f.name: at[0]
        for f in template.data.fields
        if f.name not in usual and (at := places_for(tier, template.data, f))
    }
    more = yield Question(
        f"tiers.{name}.more",
        _("tier {tier}: further fields that it shall get, in their coarsest form").format(tier=name),
        lambda said: _numbers(said, template, may),
        NOTHING,
        how=_("numbers with commas between them; - for none"),
        before=(_("tier {tier} does not get:").format(tier=name), *_matrix(template, tier, may)),
    )
    return {field: at for field, at in usual.items() if field not in without} | {field: may[field] for field in more}


def _matrix(template: Agreement, tier: Tier, shown: dict[str, Place]) -> Iterator[str]:
    for number, field in enumerate(template.data.fields, 1):
        if field.name in shown:
            rule = tier.release.get(field.name)
            said = f": {treatment(rule)}" if rule else ""
            where = _("in tables") if shown[field.name] == "tables" else _("in the rows")
            yield f"  {number:2}  {named(template, field.name)}{said} ({where})"


def _numbers(
    said: str, template: Agreement, among: dict[str, Place], keep_one: dict[str, Place] | None = None
) -> tuple[str, ...]:
    """Fields by their number in the dictionary or their name; of `keep_one` the rows, or all, may not go."""
    if said == NOTHING:
        return ()
    names = [field.name for field in template.data.fields]
    found = []
    for each in (part.strip() for part in said.rstrip(", ").split(",")):
        name = names[int(each) - 1] if each.isdecimal() and 0 < int(each[:4]) <= len(names) else each
        if name not in among:
            raise ValueError(_("there is no such number in the list"))
        found.append(name)
    if keep_one is not None:
        left = {place for name, place in keep_one.items() if name not in found}
        if not left or ("rows" in keep_one.values() and "rows" not in left):
            raise ValueError(_("the tier would get nothing"))
    return tuple(dict.fromkeys(found))


# --- the rest ---


def _duties(template: Agreement, effective: dt.date) -> Asking[dict[str, Any]]:
    delivery = template.delivery
    found: dict[str, Any] = {}
    found["due_day"] = yield single(
        "due_day", _("day of the month on which data are due"), DueDay, str(delivery.due_day), how="1–28"
    )
    found["timezone"] = yield single("timezone", _("time zone"), TimeZone, delivery.timezone)
    found["identification_tool"] = yield line(
        "identification_tool", _("form by which people are identified as victims")
    )
    words = _("reference of the impact assessment, - if there is none yet")
    reference = yield optional(single("impact_assessment.reference", words, Line))
    if reference is not None:
        on = yield day("impact_assessment.date", _("day of the impact assessment"), effective, last=effective)
        found["impact_assessment"] = Assessment(reference=reference, date=on)
    words = _("which cases are over-represented, in Indonesian; - for nothing to say")
    bias = yield optional(single("selection_bias.id", words, Words))
    if bias is not None:
        english = yield single("selection_bias.en", _("the same in English"), Words)
        found["selection_bias"] = Text(id=bias, en=english)
    return found


def _auditors(known: Known, taken: set[str]) -> Asking[tuple[AuditorAnswer, ...]]:
    found: list[AuditorAnswer] = []
    while True:
        at = f"auditors.{len(found) + 1}"
        name = yield optional(new_id(f"{at}.id", _("short name of an auditor"), PartyId, taken))
        if name is None:
            return tuple(found)
        taken, card = {*taken, name}, known.card(name)
        words = _("{party}: {what}").format(party=name, what=_("name"))
        called = yield line(f"{at}.name", words, card.names.id if card else "")
        found.append(AuditorAnswer(id=name, name=called, key=card.fingerprint if card else OPEN_KEY))
