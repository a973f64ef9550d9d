"""Metadata in words, in the language being spoken: the same for the page and for the workbook."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from zoneinfo import ZoneInfo

from exchange.agreements.agreement import Agreement
from exchange.agreements.dictionary import MissingLabel
from exchange.agreements.tiers import Generalise, GeneraliseAge, GeneraliseNumber, GeneraliseOwn, Pseudonymise, Rule
from exchange.agreements.words import treatment, whereabouts
from exchange.bundle.metadata import FieldStory, Metadata
from exchange.bundle.released import ReleasedField
from exchange.locale import _, language


def answers(metadata: Metadata, agreement: Agreement) -> Iterator[tuple[str, str]]:
    """What a reader asks of data, and what the metadata answer."""
    tongue, made = language(), metadata.created.astimezone(ZoneInfo(agreement.delivery.timezone))
    yield _("From"), f"{metadata.sender.name} ({metadata.sender.contact})"
    yield _("To"), metadata.recipient.name
    yield _("Under agreement"), f"{metadata.agreement} – {metadata.agreement.digest}"
    yield _("Period"), f"{metadata.months[0]} – {metadata.months[1]}"
    yield _("Made on"), str(made.date())
    yield _("Bundle"), metadata.bundle
    if metadata.replaces:
        yield _("Replaces"), metadata.replaces
    yield _("A row is"), metadata.row_means.in_(tongue)
    yield _("Population"), metadata.population.in_(tongue)
    yield _("Identified with"), f"{metadata.identification['tool']}; {metadata.identification['standard']}"
    yield _("Decided by"), _decided_by(metadata.identification["decided_by"])
    yield (
        _("Keep for"),
        _("{months} months from receipt, then destroy").format(months=metadata.keep_months_after_receipt),
    )
    yield _("Where the data may be"), whereabouts(metadata.country, metadata.cross_border)
    yield _("Passing on"), passing_on(metadata, agreement)
    if metadata.linking:
        yield (
            _("Match tokens"),
            _("network {network}, epoch {epoch}").format(
                network=metadata.linking.network, epoch=metadata.linking.epoch
            ),
        )


def passing_on(metadata: Metadata, agreement: Agreement) -> str:
    """To whom else the data may go, and what may be published."""
    rule = metadata.passing_on
    said = _("prohibited without the approval of {party}; only tables may be published, and no count below {min_cell}")
    quoted = _("whoever publishes a figure quotes the notice and the caveats")
    told = said.format(party=agreement.party(rule.approval_by).name, min_cell=rule.min_cell)
    return f"{told}; {quoted}" if rule.quote_caveats else told


def protection(metadata: Metadata) -> str:
    """How the people in the rows are protected."""
    told = metadata.protection
    if told.treated_as == "personal_data":
        return _("These rows are personal data: only the people named in the agreement may open them.")
    if told.k_reached is None:
        return _("Tables only: no row about a person is here.")
    labels = {field.name: field.label for field in metadata.fields}
    return _("Every row has at least {k} look-alikes, itself included, over: {fields}. Asked: {asked}.").format(
        k=told.k_reached, asked=told.k_asked, fields=", ".join(labels[name] for name in told.over)
    )


def what_was_done(story: FieldStory, released: Mapping[str, ReleasedField]) -> str:
    """What a field went through. `released`: by name, those that leave."""
    if story.name not in released:
        return _("not shared")
    return _rule(released[story.name].rule, released[story.name])


def _rule(rule: Rule, released: ReleasedField) -> str:
    match rule.rule:
        case "keep":
            return _("as recorded")
        case "row_key":
            return _("replaced by a random key, new in each bundle")
        case "pseudonymise":
            return _pseudonym(rule)
        case "mask":
            return _("only the last {count} characters left").format(count=rule.keep_last)
        case "scrub":
            return _("names, numbers and addresses in the case notes masked, doubtful words decided by a person")
        case "map":
            kept = ", ".join(dict.fromkeys(rule.to.values()))
            return _("put together: {codes}; everything else is {other}").format(codes=kept, other=rule.otherwise)
        case "round" | "top_code" | "bottom_code":
            return treatment(rule)
        case "generalise":
            return _generalised(rule, released)
        case "drop":
            return _("not shared")


def mask_kind(kind: str) -> str:
    """What was masked in case notes, by its kind in the account (`exchange.redact.notes.found`)."""
    kinds: dict[str, str] = {
        "name": _("names"),
        "address": _("addresses"),
        "phone": _("phone numbers"),
        "nik": _("NIK and family card numbers"),
        "npwp": _("tax numbers"),
        "passport": _("passport numbers"),
        "bank": _("bank accounts"),
        "plate": _("number plates"),
        "email": _("e-mail addresses"),
        "handle": _("accounts and links"),
        "report": _("police report numbers"),
        "birth_date": _("birth dates"),
        "number": _("other numbers of the same row"),
        "word": _("unknown words"),
    }
    return kinds.get(kind, kind)


def _pseudonym(rule: Pseudonymise) -> str:
    if rule.kind == "chosen":
        return _("replaced by a pseudonym that the person chose, or a random one, for this recipient only")
    return _("replaced by a pseudonym, for this recipient only")


def _generalised(rule: Generalise, released: ReleasedField) -> str:
    if isinstance(rule, GeneraliseAge):
        return _("age at intake, in bands: {bands}").format(bands=", ".join(released.values or ()))
    if isinstance(rule, GeneraliseNumber):
        return _("in intervals: {intervals}").format(intervals="; ".join(released.values or ()))
    if isinstance(rule, GeneraliseOwn):
        return _("put together: {codes}").format(codes=", ".join(dict.fromkeys(released.values or ())))
    levels = {
        "month": _("only the month"),
        "quarter": _("only the quarter"),
        "year": _("only the year"),
        "district": _("only the district"),
        "regency": _("only the regency or city"),
        "province": _("only the province"),
        "island": _("only the group of islands"),
        "country": _("only the country"),
        "region": _("only the region of the world"),
        "subregion": _("only the sub-region of the world"),
        "sector": _("only the sector"),
        "broad_sector": _("only the broad sector"),
    }
    return levels[rule.to]


def place(story: FieldStory) -> str:
    """Where a field is to be found."""
    return {"rows": _("rows"), "tables": _("tables"), "nowhere": "–"}[story.place]


def missing(label: MissingLabel) -> str:
    """What a kind of missing means."""
    return {
        "missing": _("nothing recorded"),
        "unknown": _("not known"),
        "not_available": _("not available"),
        "declined_to_state": _("the person preferred not to say"),
        "withheld_by_this_agreement": _("withheld to protect people"),
    }[label]


def _decided_by(who: str) -> str:
    return {"caseworker": _("a caseworker"), "panel": _("a panel"), "authority": _("an authority")}.get(who, who)
