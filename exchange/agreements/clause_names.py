"""What a clause is called in a sentence, in the language being spoken; a clause without a name of its own is called by
the section that it stands in and its key."""

from __future__ import annotations

from exchange.locale import _


def clause_name(clause: str) -> str:
    """The name of a clause of the format ("retention.*.keep_months"), by the longest entry that covers it."""
    names, parts = _names(), clause.split(".")
    for length in range(len(parts), 0, -1):
        known = names.get(".".join(parts[:length]))
        if known is not None:
            rest = ".".join(part for part in parts[length:] if part != "*")
            return f"{known} ({rest})" if rest else known
    return clause


def _names() -> dict[str, str]:
    return {**_about_the_agreement(), **_about_consent(), **_about_data(), **_about_tiers(), **_about_duties()}


def _about_the_agreement() -> dict[str, str]:
    return {
        "agreement": _("version of the format"),
        "id": _("number of the agreement"),
        "version": _("version"),
        "network": _("network whose match tokens can be compared"),
        "language": _("languages"),
        "title": _("title"),
        "term": _("term"),
        "term.effective": _("first day"),
        "term.expires": _("last day"),
        "term.review_by": _("day of review"),
        "term.supersedes": _("version that is replaced"),
        "term.change_note": _("note about the change"),
        "term.termination.notice_days": _("days of notice before it ends"),
        "term.termination.immediate_if": _("grounds for ending at once"),
        "parties": _("parties"),
        "parties.*.name": _("name"),
        "parties.*.role": _("role"),
        "parties.*.kind": _("kind of organisation"),
        "parties.*.jurisdiction": _("jurisdiction"),
        "parties.*.contact": _("contact"),
        "parties.*.breach_contact": _("contact in case of a breach"),
        "parties.*.key": _("fingerprint of the root key"),
        "parties.*.tier": _("tier"),
        "parties.*.named_users": _("people who may open"),
        "parties.*.cross_border": _("countries to which data may go, and the safeguard"),
        "purposes": _("purposes"),
        "purposes.*.recipients": _("recipients that it serves"),
        "purposes.*.text": _("words of the purpose"),
        "prohibited": _("what is forbidden"),
        "prohibited.*.except": _("who is excepted, through the sender"),
        "prohibited.*.text": _("words of what is forbidden"),
        "legal_basis": _("legal basis"),
        "impact_assessment": _("impact assessment"),
        "impact_assessment.required": _("whether an impact assessment is required"),
        "identification": _("how people are identified"),
        "signatories": _("who signs"),
        "signatories.*.title": _("title of who signs"),
        "signatories.*.by": _("ways of signing"),
    }


def _about_consent() -> dict[str, str]:
    return {
        "consent": _("consent"),
        "consent.fields": _("fields that record consent"),
        "consent.accept": _("states of consent that are accepted"),
        "consent.evidence": _("whether evidence of consent is required"),
        "consent.valid_months": _("months for which consent is valid"),
        "consent.forms": _("consent forms"),
        "consent.forms.*.from": _("first day of the form"),
        "consent.forms.*.covers": _("scopes that the form covers"),
        "consent.scope": _("consent that each recipient needs"),
        "consent.minors.below_age": _("age below which a person is a child"),
        "consent.minors.also_needs": _("adults of whom one must also agree for a child"),
        "consent.minors.renew_at": _("age at which a child's consent is renewed"),
        "consent.deceased": _("people who have died"),
        "consent.withdrawal": _("withdrawal of consent"),
        "consent.withdrawal.stop_within_hours": _("hours within which sharing stops after a withdrawal"),
        "consent.withdrawal.tell_recipients_within_hours": _("hours within which recipients hear of a withdrawal"),
        "consent.withdrawal.erase_within_days": _("days within which a recipient erases after a withdrawal"),
    }


def _about_data() -> dict[str, str]:
    return {
        "data": _("data"),
        "data.row_means": _("what a row is"),
        "data.population": _("who is in the data"),
        "data.period": _("which date places a case in a period"),
        "data.period.late_entries_days": _("days for which a late case still belongs"),
        "data.age": _("how age is reckoned"),
        "data.include": _("which cases are included"),
        "data.household": _("field that names the household"),
        "data.schema.primaryKey": _("field that holds the case number"),
        "data.schema.missingValues": _("how what is missing is written"),
        "data.schema.fields": _("fields of the dictionary"),
        "data.schema.fields.*.x-class": _("class"),
        "data.schema.fields.*.x-label": _("label"),
        "data.schema.fields.*.description": _("description"),
        "data.schema.fields.*.categories": _("values that the field takes"),
    }


def _about_tiers() -> dict[str, str]:
    return {
        "tiers": _("tiers"),
        "tiers.*.treated_as": _("what the data count as"),
        "tiers.*.every": _("how often data are sent"),
        "tiers.*.match": _("match tokens"),
        "tiers.*.protect": _("protection"),
        "tiers.*.protect.output": _("what leaves, rows or tables"),
        "tiers.*.protect.k": _("how many people must look alike"),
        "tiers.*.protect.quasi_identifiers": _("fields over which look-alikes are counted"),
        "tiers.*.protect.l_diversity": _("fields of which look-alikes must differ"),
        "tiers.*.protect.l_diversity.*.no_code_above_percent": _("largest share of one code among look-alikes"),
        "tiers.*.protect.households": _("households among look-alikes"),
        "tiers.*.protect.households.at_least": _("fewest households among look-alikes"),
        "tiers.*.protect.households.none_above_percent": _("largest share of one household among look-alikes"),
        "tiers.*.protect.max_suppressed_cells_percent": _("how much may be withheld before rows stay here"),
        "tiers.*.protect.if_not_met": _("what happens where k is not met"),
        "tiers.*.protect.tables": _("tables"),
        "tiers.*.protect.tables.min_cell": _("smallest count that a table shows"),
        "tiers.*.protect.tables.by": _("tables by"),
        "tiers.*.protect.across_releases": _("what happens over several releases"),
        "tiers.*.formats": _("kinds of files"),
    }


def _about_duties() -> dict[str, str]:
    return {
        "delivery": _("delivery"),
        "delivery.due_day": _("day of the month by which data are delivered"),
        "delivery.grace_days": _("days of grace"),
        "delivery.timezone": _("time zone"),
        "delivery.channels": _("roads"),
        "approval.people": _("people who approve a sending"),
        "urgent": _("urgent release"),
        "compelled_disclosure": _("disclosure that a court or an authority compels"),
        "security": _("security at the recipient"),
        "retention": _("retention"),
        "retention.*.keep_months": _("months for which data are kept"),
        "retention.*.survives_end": _("whether retention outlasts the agreement"),
        "retention.*.certificate_within_days": _("days within which destruction is certified"),
        "onward": _("passing on"),
        "onward.approval_by": _("who approves that data are passed on"),
        "onward.publish.min_cell": _("smallest count that may be published"),
        "onward.publish.quote_caveats": _("whether the caveats are quoted where figures are published"),
        "breach": _("breach"),
        "breach.tell_parties_within_hours": _("hours within which the parties hear of a breach"),
        "breach.law_deadline_hours": _("hours that the law gives after a breach"),
        "rights_requests": _("requests of people about their own data"),
        "feedback": _("feedback"),
        "notices": _("notices"),
        "caveats": _("caveats"),
        "caveats.*.text": _("words of the caveat"),
        "audit": _("audit"),
        "audit.keep_years": _("years for which logs are kept"),
        "audit.auditors": _("auditors"),
        "audit.may_inspect": _("who may inspect logs"),
    }
