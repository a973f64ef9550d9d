"""Answers and a template become an agreement, and its YAML with the template's comments.

    AgreementError.raise_all(check_answers(answers, template, places))
    text = draft_yaml(answers, text_of_the_template)

Pure. From the template come the dictionary, the rules of each tier, duties and deadlines; nothing of its parties, its
purposes or its exceptions is taken over, so that nobody gets a right because the example had it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exchange.agreements.agreement import Agreement
from exchange.agreements.answers import AgentAnswer, Answers, Recipient, Sender, TierAnswer
from exchange.agreements.check_open import OPEN_TEXT, UNFINISHED
from exchange.agreements.clause import Text
from exchange.agreements.contradiction import Contradiction, absent
from exchange.agreements.crosschecks import contradictions
from exchange.agreements.dictionary import Data
from exchange.agreements.drafting_tiers import check_tier, fitted
from exchange.agreements.duties import Caveat, Consent, LegalBasis, Purpose, Retention
from exchange.agreements.parties import Auditor, Party, Signatory
from exchange.agreements.reading import read_agreement
from exchange.agreements.shape import Path
from exchange.agreements.strict_yaml import Places, written
from exchange.agreements.tiers import Tier
from exchange.agreements.yaml_writing import to_yaml
from exchange.errors import Problem
from exchange.locale import Language, _, speaking

_EXAMPLE = "# EXAMPLE:"  # begins the template's line that says that it is one
_FIRST_VERSION = "1.0.0"


def check_answers(answers: Answers, template: Agreement, places: Places | None = None) -> tuple[Problem, ...]:
    """Everything by which the answers contradict themselves or the template; empty where a draft can be made of them
    that is sound, though it may be unfinished. `places`: where they were read, for file and line."""
    found = tuple(_not_draftable(answers, template))
    if not found:
        made = contradictions(draft(answers, template))
        found = tuple(
            Contradiction(each.code, _asked_at(each.path, answers), each.what, each.hint)
            for each in made
            if f"agreement.{each.code}" not in UNFINISHED
        )
    where = written if places is None else places.where
    return tuple(Problem(f"agreement.{each.code}", each.what, where(each.path), each.hint) for each in found)


def draft_yaml(answers: Answers, template: str) -> str:
    """The draft as YAML, with the comments and the order of the template. The answers have been checked."""
    example = read_agreement(template, "")
    base = "".join(
        f"# {_draft_words()}\n" if line.startswith(_EXAMPLE) else line for line in template.splitlines(keepends=True)
    )
    return to_yaml(draft(answers, example), base, renamed=_successors(answers, example))


def draft(answers: Answers, template: Agreement) -> Agreement:
    """The agreement that the answers and the template make. The answers have been checked."""
    sender, recipients, auditors = answers.sender, answers.recipients, answers.auditors
    agent = () if answers.agent is None else (answers.agent,)
    everybody = [each.id for each in (sender, *recipients, *agent)]
    purposes = tuple(Purpose(id=e.id, dpv=e.dpv, recipients=e.recipients, text=e.text) for e in answers.purposes)
    tiers = _tiers(answers, template, purposes)
    inspecting = (*everybody, *(each.id for each in auditors))
    duty = {"effective": answers.effective, "expires": answers.expires, "review_by": answers.review_by}
    update = {
        "id": answers.id,
        "version": _FIRST_VERSION,
        "network": answers.network,
        "title": answers.title,
        "term": template.term.model_copy(update={**duty, "supersedes": None, "change_note": None}),
        "parties": (_party(sender), *(_recipient(each) for each in recipients), *(_agent(each) for each in agent)),
        "purposes": purposes,
        "prohibited": tuple(each.model_copy(update={"exception": None}) for each in template.prohibited),
        "legal_basis": tuple(LegalBasis(purpose=e.id, dpv=e.basis.dpv, law=e.basis.law) for e in answers.purposes),
        "impact_assessment": template.impact_assessment.model_copy(update=_assessment(answers)),
        "identification": template.identification.model_copy(update={"tool": answers.identification_tool}),
        "consent": _consent(answers, template.consent),
        "data": _data(answers, template),
        "tiers": tiers,
        "delivery": template.delivery.model_copy(update=_delivery(answers, template)),
        "retention": {each.id: _retention(each, template) for each in recipients},
        "onward": template.onward.model_copy(update={"approval_by": sender.id}),
        "rights_requests": template.rights_requests.model_copy(update={"answered_by": sender.id}),
        "feedback": template.feedback.model_copy(update={"senders": _with_rows(answers, tiers)}),
        "caveats": tuple(_caveats(answers, template)),
        "audit": template.audit.model_copy(
            update={
                "keep_years": max(template.audit.keep_years, *(-(-each.keep_months // 12) for each in recipients)),
                "auditors": tuple(Auditor(id=e.id, name=e.name, key=e.key) for e in auditors),
                "may_inspect": inspecting,
            }
        ),
        "signatories": tuple(_signatory(each) for each in (sender, *recipients, *agent)),
    }
    return template.model_copy(update=update)


# --- what is asked, and where ---


def _not_draftable(answers: Answers, template: Agreement) -> Iterator[Contradiction]:
    """Mistakes after which there is nothing to draft."""
    named: list[tuple[str, Path]] = [
        (each.tier, ("recipients", at, "tier")) for at, each in enumerate(answers.recipients)
    ]
    yield from absent("unknown_tier", named, template.tiers, _("there is no tier {name}"))
    used = dict.fromkeys(tier for tier, _path in named)
    answered: list[tuple[str, Path]] = [(tier, ("tiers", tier)) for tier in answers.tiers]
    yield from absent("unused_tier", answered, used, _("no recipient has the tier {name}"))
    for name, answer in answers.tiers.items():
        if name in template.tiers:
            for each in check_tier(answer, template.tiers[name], template.data):
                yield Contradiction(each.code, ("tiers", name, *each.path), each.what, each.hint)


def _asked_at(path: Path, answers: Answers) -> Path:
    """Where the answer stands that a clause of the draft was made of; the clause itself where none was asked for."""
    match path:
        case ("parties", int(at), *rest):
            return (*_whose(at, answers), *rest)
        case ("signatories", int(at), *rest):
            return (*_whose(at, answers), "signs", *rest)
        case ("term", *rest):
            return tuple(rest)
        case ("consent", "scope", str(party)):
            return ("recipients", [each.id for each in answers.recipients].index(party), "consent_scope")
        case ("consent", "forms", *rest):
            return ("consent_forms", *rest)
        case ("audit", *rest):
            return tuple(rest)
    return path


def _whose(at: int, answers: Answers) -> Path:
    """Where the party that the draft names in this place was asked for."""
    if at == 0:
        return ("sender",)
    return ("recipients", at - 1) if at <= len(answers.recipients) else ("agent",)


# --- parties ---


def _party(answer: Sender) -> Party:
    return Party(
        id=answer.id,
        name=answer.name,
        role="sender",
        kind=answer.kind,
        jurisdiction=answer.jurisdiction,
        contact=answer.contact,
        breach_contact=answer.breach_contact,
        key=answer.key,
    )


def _recipient(answer: Recipient) -> Party:
    more = {"tier": answer.tier, "named_users": answer.named_users, "cross_border": answer.cross_border}
    return _party(answer).model_copy(update={"role": "recipient", **more})


def _agent(answer: AgentAnswer) -> Party:
    return _party(answer).model_copy(update={"role": "agent", "cross_border": answer.cross_border})


def _signatory(answer: Sender) -> Signatory:
    return Signatory(party=answer.id, name=answer.signs.name, title=answer.signs.title, by=answer.signs.by)


def _retention(answer: Recipient, template: Agreement) -> Retention:
    like = next(iter(template.retention.values()))
    return like.model_copy(update={"keep_months": answer.keep_months})


def _successors(answers: Answers, template: Agreement) -> dict[str, str]:
    """Which party of the draft stands where one of the template stood, so that comments stay where they belong."""
    left = list(answers.recipients)
    found = {template.sender.id: answers.sender.id}
    for old in template.recipients:
        new = next((each for each in left if each.tier == old.tier), None)
        if new is not None:
            found[old.id] = new.id
            left.remove(new)
    if template.agent is not None and answers.agent is not None:
        found[template.agent.id] = answers.agent.id
    found |= {old.id: new.id for old, new in zip(template.audit.auditors, answers.auditors, strict=False)}
    return found


# --- what goes to whom ---


def _tiers(answers: Answers, template: Agreement, purposes: tuple[Purpose, ...]) -> dict[str, Tier]:
    """The template's tiers that somebody has, in its order."""
    data, made = template.data, {}
    for name, tier in template.tiers.items():
        receiving = [each.id for each in answers.recipients if each.tier == name]
        if receiving:
            fit = fitted(tier, answers.tiers.get(name, TierAnswer()), data, purposes, receiving)
            made[name] = fit if answers.agent is None else _through_agent(fit)
    return made


def _through_agent(tier: Tier) -> Tier:
    """Where there is a linking agent, it links."""
    if tier.match is None:
        return tier
    return tier.model_copy(update={"match": tier.match.model_copy(update={"strength": "fields", "via": "agent"})})


def _with_rows(answers: Answers, tiers: dict[str, Tier]) -> tuple[str, ...]:
    """Who can say something about the quality of the data: those that see rows; all where nobody does."""
    seeing = tuple(each.id for each in answers.recipients if "rows" in tiers[each.tier].protect.output)
    return seeing or tuple(each.id for each in answers.recipients)


def _consent(answers: Answers, template: Consent) -> Consent:
    scope = {each.id: each.consent_scope for each in answers.recipients}
    return template.model_copy(update={"forms": dict(answers.consent_forms), "scope": scope})


def _data(answers: Answers, template: Agreement) -> Data:
    """The dictionary, with the scopes that people can agree to, and whose cases these are."""
    data, scope = template.data, template.consent.fields.scope
    codes = dict.fromkeys(each.consent_scope for each in answers.recipients)
    codes |= dict.fromkeys(code for form in answers.consent_forms.values() for code in form.covers)
    fields = tuple(
        each.model_copy(update={"categories": tuple(codes)}) if each.name == scope else each for each in data.fields
    )
    schema = data.schema_.model_copy(update={"fields": fields})
    population = _of(answers.sender, lambda: _("cases assisted by {sender}, not all victims"))
    return data.model_copy(update={"schema_": schema, "population": population})


# --- words and dates ---


def _assessment(answers: Answers) -> dict[str, object]:
    done = answers.impact_assessment
    return {"reference": done.reference if done else None, "date": done.date if done else None}


def _delivery(answers: Answers, template: Agreement) -> dict[str, object]:
    """Days of grace end within the month that a delivery is due in."""
    grace = min(template.delivery.grace_days, 28 - answers.due_day)
    return {"due_day": answers.due_day, "timezone": answers.timezone, "grace_days": grace}


def _caveats(answers: Answers, template: Agreement) -> Iterator[Caveat]:
    """The template's, in the sender's name; whom its cases over-represent, only the sender can say."""
    for each in template.caveats:
        if each.kind == "population":
            only = _of(answers.sender, lambda: _("Only cases that {sender} assisted; not prevalence."))
            yield each.model_copy(update={"text": only})
        elif each.kind != "selection_bias":
            yield each
        elif answers.selection_bias is not None:
            yield each.model_copy(update={"text": answers.selection_bias})


def _of(sender: Sender, words: Callable[[], str]) -> Text:
    """Words about the sender in both languages; left open where its name is."""
    if sender.name == OPEN_TEXT:
        return Text(id=OPEN_TEXT, en=OPEN_TEXT)

    def said(tongue: Language) -> str:
        with speaking(tongue):
            return words().format(sender=sender.name)

    return Text(id=said("id"), en=said("en"))


def _draft_words() -> str:
    return _(
        "DRAFT, not legal advice: thresholds and law come from an example and are for the parties and their counsel "
        "to settle."
    )
