"""The sheet that a caseworker reads to a survivor before she or he agrees or refuses, from the clauses that bind.

Plain words in short sentences, each beside an empty space for the language in which they were really said; the form's
version and the agreement's digest, so that it can be known later what somebody agreed to.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from exchange.agreements.agreement import Agreement
from exchange.agreements.dictionary import Field
from exchange.agreements.duties import ConsentForm
from exchange.agreements.parties import Party
from exchange.agreements.tiers import Rule
from exchange.agreements.words import country, kind_of, safeguard, treatment
from exchange.errors import AgreementError, Problem
from exchange.locale import _, language
from exchange.reports.agreement_page import Received
from exchange.reports.agreement_words import Heading, adults
from exchange.reports.page import page, render


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is read to a person under one version of the consent form."""

    agreement: Agreement
    version: str
    form: ConsentForm

    @property
    def asked(self) -> tuple[Party, ...]:
        """The recipients for whom the form can be answered."""
        scopes = self.agreement.consent.scope
        return tuple(party for party in self.agreement.recipients if scopes.get(party.id) in self.form.covers)

    @property
    def headings(self) -> tuple[Heading, ...]:
        return (
            (_("What we ask"), tuple(self._question())),
            *((party.name, tuple(self._about(party))) for party in self.asked),
            (_("What nobody gets"), tuple(self._nobody())),
            (_("What is forbidden to them"), tuple(self._forbidden())),
            (_("You are free to say no"), tuple(_freedom(self.agreement))),
            (_("If you change your mind"), tuple(_change_of_mind(self.agreement, self.asked))),
            (_("Children"), tuple(_children(self.agreement))),
            (_("Your rights"), tuple(_rights(self.agreement))),
        )

    def _question(self) -> Iterator[str]:
        yield _("We are {sender}. We help you, and we keep what you told us.").format(sender=self.agreement.sender.name)
        yield _("Others also work against trafficking. We ask whether we may give them a part of what we know.")
        yield _("You can answer for each of them on its own.")

    def _about(self, party: Party) -> Iterator[str]:
        received = Received(self.agreement, party)
        yield _("This is: {kind}.").format(kind=kind_of(party))
        purposes = [each.text for each in self.agreement.purposes if party.id in each.recipients]
        yield _("What it is for: {purposes}.").format(purposes="; ".join(map(str, purposes)))
        yield _how(received)
        yield _("It gets: {fields}.").format(fields=", ".join(_given(self.agreement, *each) for each in received.rules))
        agent = self.agreement.agent
        if received.tier.match is not None and received.tier.match.via == "agent" and agent is not None:
            yield _(
                "Secret marks are made from your name and number and given to {agent}, who compares them, so that you "
                "are counted only once. {agent} gets nothing else about you, and must delete the marks within 3 days."
            ).format(agent=agent.name)
        elif received.tier.match is not None:
            yield _(
                "A secret mark is made from your name or number, so that you are counted only once. It does not "
                "show your name."
            )
        yield _where(party)
        yield _("It keeps this for {months} months and then destroys it.").format(
            months=self.agreement.retention[party.id].keep_months
        )

    def _forbidden(self) -> Iterator[str]:
        for each in self.agreement.prohibited:
            excepted = ", ".join(party.name for party in self.asked if party.id in (each.exception or ()))
            exception = _(" (except {parties}, through the sender)").format(parties=excepted) if excepted else ""
            yield f"{each.text}{exception}."

    def _nobody(self) -> Iterator[str]:
        direct = [each.label if language() == "id" else each.description for each in self._withheld()]
        yield _("Nobody gets: {fields}.").format(fields="; ".join(direct))

    def _withheld(self) -> Iterator[Field]:
        given = {name for party in self.agreement.recipients for name, _r in Received(self.agreement, party).rules}
        return (each for each in self.agreement.data.fields if each.name not in given and each.kind != "control")


def consent_sheet(agreement: Agreement, on: dt.date, version: str | None = None) -> str:
    """The sheet of a version of the consent form; of the newest that is in use on the day `on` where none is named.

    AgreementError (agreement.no_form) where there is none.
    """
    forms = agreement.consent.forms
    in_use = sorted((form.start, name) for name, form in forms.items() if form.start <= on)
    chosen = version if version is not None else in_use[-1][1] if in_use else None
    if chosen is None or chosen not in forms:
        hint = _("known here: {names}").format(names=", ".join(forms))
        raise AgreementError(Problem("agreement.no_form", _("no such consent form is in use on this day"), hint=hint))
    sheet = Sheet(agreement, chosen, forms[chosen])
    return page(
        lambda: _("Consent sheet, form {version}").format(version=chosen),
        lambda: render("exchange.reports", "consent_sheet.html.j2", sheet=sheet, agreement=agreement),
    )


def _given(agreement: Agreement, name: str, rule: Rule) -> str:
    """A field, and as what it is given where that is less than what is known."""
    field = agreement.data.field(name)
    said = field.label if language() == "id" else field.description
    return said if rule.rule == "keep" else f"{said} ({treatment(rule)})"


def _where(party: Party) -> str:
    home, away = country(party.country), party.cross_border
    if away is None:
        return _("What it gets stays in this country: {country}.").format(country=home)
    others = ", ".join(country(code) for code in away.countries if code != party.country)
    return _(
        "What it gets may go from {country} to other countries: {countries}. What protects you there: {safeguard}."
    ).format(country=home, countries=others or "–", safeguard=safeguard(away.safeguard))


def _how(received: Received) -> str:
    match received.tier.treated_as:
        case "statistics":
            return _("It gets only counts of many people together, never a line about you.")
        case "pseudonymised":
            return _(
                "It gets lines without names. A line about you leaves only if at least {k} people look alike in it. "
                "It is not impossible that somebody who knows you recognises you."
            ).format(k=received.tier.protect.k or "–")
    return _(
        "It gets a line about you without your name, with a number in place of it. Somebody who knows you well could "
        "recognise you."
    )


def _freedom(agreement: Agreement) -> Iterator[str]:
    yield _("You may say no, to all of them or to some. Our help stays the same.")
    yield _("Whoever you say no to gets nothing about you.")
    yield _("A yes is valid for {months} months. After that we ask again.").format(
        months=agreement.consent.valid_months
    )


def _change_of_mind(agreement: Agreement, asked: tuple[Party, ...]) -> Iterator[str]:
    rule = agreement.consent.withdrawal
    yield _("You may take your yes back on any day, without saying why. Within {hours} hours we stop.").format(
        hours=rule.stop_within_hours
    )
    personal = [party.name for party in asked if not agreement.tier_of(party.id).gated]
    gated = [party.name for party in asked if agreement.tier_of(party.id).gated]
    if personal:
        yield _(
            "{parties}: we tell them within {hours} hours, and they must erase what is about you within {days} days."
        ).format(parties="; ".join(personal), hours=rule.tell_recipients_within_hours, days=rule.erase_within_days)
    if gated:
        yield _(
            "{parties}: from the next time on you are no longer in it. What they already have cannot be called back: "
            "it has no name on it, and taking out one line would show which one was yours."
        ).format(parties="; ".join(gated))


def _children(agreement: Agreement) -> Iterator[str]:
    minors = agreement.consent.minors
    yield _("Below the age of {age}, or where the age is not known, an adult must agree too: {adults}.").format(
        age=minors.below_age, adults=adults(agreement)
    )
    yield _("Never an adult who had a part in what happened.")
    yield _("At the age of {age} we ask again.").format(age=minors.renew_at)


def _rights(agreement: Agreement) -> Iterator[str]:
    answering = agreement.party(agreement.rights_requests.answered_by)
    yield _("You may ask what is known about you, and have it corrected: {party}, {contact}.").format(
        party=answering.name, contact=answering.contact
    )
    yield _("If something about you gets into wrong hands, we tell you in a way that is safe for you.")
