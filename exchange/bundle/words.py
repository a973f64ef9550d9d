"""Metadata in words, in the language being spoken: the same for the page and for the workbook."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.agreements.dictionary import MissingLabel
from exchange.agreements.words import caveat_kind, whereabouts
from exchange.bundle.metadata import Corrected, FieldStory, Keeping, Metadata, MissingInField, Notice
from exchange.locale import _, language, ngettext


def answers(metadata: Metadata) -> Iterator[tuple[str, str]]:
    """What a reader asks of data, and what the metadata answer."""
    yield from _about_the_bundle(metadata)
    yield from _about_the_making(metadata)
    yield from _about_the_people(metadata)
    yield from _about_using(metadata)


def _about_the_bundle(metadata: Metadata) -> Iterator[tuple[str, str]]:
    yield _("From"), metadata.sender.name
    yield _("Questions to"), metadata.sender.contact
    yield _("To"), metadata.recipient.name
    yield _("Under agreement"), f"{metadata.agreement} – {metadata.agreement.digest}"
    yield _("Period"), f"{metadata.covers.first} – {metadata.covers.last}; {_dating(metadata)}"
    yield _("Made on"), str(metadata.made)
    yield _("Bundle"), metadata.bundle
    if metadata.replaces:
        yield _("Replaces"), metadata.replaces
    yield _("Corrections since the last period"), "; ".join(map(_corrected, metadata.corrections)) or _("none")


def _dating(metadata: Metadata) -> str:
    dated = _("by: {field}").format(field=label_of(metadata, metadata.dating.field))
    if not metadata.dating.late_entries_days:
        return dated
    late = _("cases of up to {days} days before, where they were entered late").format(
        days=metadata.dating.late_entries_days
    )
    return f"{dated}; {late}"


def _corrected(each: Corrected) -> str:
    return _("{period}: {bundle} of {day} replaces {replaced}").format(
        period=each.period, bundle=each.bundle, day=each.made, replaced=each.replaces
    )


def _about_the_making(metadata: Metadata) -> Iterator[tuple[str, str]]:
    tongue = language()
    yield _("Made from"), metadata.source.in_(tongue)
    yield _("How collected"), metadata.collected.in_(tongue)
    yield _("Identified with"), f"{metadata.identification.tool}; {metadata.identification.standard}"
    yield _("Decided by"), _decided_by(metadata.identification.decided_by)
    yield _("Sampling"), metadata.sampling.in_(tongue)


def _about_the_people(metadata: Metadata) -> Iterator[tuple[str, str]]:
    tongue = language()
    yield _("A row is"), metadata.row_means.in_(tongue)
    yield _("Population"), metadata.population.in_(tongue)
    for each in metadata.belonging:
        yield _("Who belongs to it"), f"{label_of(metadata, each.field)}: {', '.join(each.codes)}"
    yield _("What it is not"), metadata.is_not.in_(tongue)
    yield _("Area"), _area(metadata)


def _area(metadata: Metadata) -> str:
    told = _("the sender is under the law of {area}").format(area=metadata.area.jurisdiction)
    fields = ", ".join(label_of(metadata, name) for name in metadata.area.fields)
    return f"{told}; {_('places in the data: {fields}').format(fields=fields)}" if fields else told


def _about_using(metadata: Metadata) -> Iterator[tuple[str, str]]:
    if metadata.acknowledge:
        yield _("To be acknowledged before use"), ", ".join(map(notice, metadata.acknowledge))
    yield _("Keep for"), _keeping(metadata.keeping)
    yield _("Where the data may be"), whereabouts(metadata.country, metadata.cross_border)
    yield _("Passing on"), passing_on(metadata)
    if metadata.linking:
        yield (
            _("Match tokens"),
            _("network {network}, epoch {epoch}").format(
                network=metadata.linking.network, epoch=metadata.linking.epoch
            ),
        )


def _keeping(rule: Keeping) -> str:
    told = _("{months} months from receipt, then destroy, and certify it within {days} days").format(
        months=rule.months_after_receipt, days=rule.certificate_within_days
    )
    outlasts = _("also when the agreement has ended")
    ends = _("not beyond the end of the agreement")
    return f"{told}; {outlasts if rule.survives_end else ends}"


def notice(which: Notice) -> str:
    """What a person acknowledges."""
    return {
        "confidentiality": _("the notice of confidentiality"),
        "caveats": _("the caveats"),
        "prohibited": _("what is forbidden"),
    }[which]


def label_of(metadata: Metadata, name: str) -> str:
    """The label of a field of the dictionary."""
    return next((field.label for field in metadata.fields if field.name == name), name)


def story(metadata: Metadata) -> Iterator[tuple[str, list[str]]]:
    """What must be known before any row is read, head by head: the notices first."""
    tongue = language()
    yield f"{metadata.title.in_(tongue)} – {metadata.period}", [metadata.confidentiality.in_(tongue)]
    yield (
        _("What you must know before using these data"),
        [f"{each.code} ({caveat_kind(each.kind)}): {each.text.in_(tongue)}" for each in metadata.caveats],
    )
    if metadata.note:
        yield _("The sender's note for this period"), [" ".join(line.split()) for line in metadata.note.splitlines()]
    yield _("Forbidden"), [act.in_(tongue) for act in metadata.prohibited]
    yield from about_the_data(metadata)
    yield _("About this bundle"), [f"{asked}: {answer}" for asked, answer in answers(metadata)]


def about_the_data(metadata: Metadata) -> Iterator[tuple[str, list[str]]]:
    """What they may be used for, how people are protected, what each field went through and why, what is missing."""
    yield _("What they may be used for"), list(uses(metadata))
    yield _("How people are protected"), [protection(metadata)]
    yield _("Fields"), [_field(metadata, each) for each in metadata.fields]
    if missing := [f"{label}: {kinds}" for label, kinds in missing_lines(metadata)]:
        yield _("What is missing"), missing


def _field(metadata: Metadata, story: FieldStory) -> str:
    tongue = language()
    told = f"{story.label}: {story.how.in_(tongue)} – {story.why.in_(tongue)}"
    return f"{told}; {place(story)}; {grounds(metadata, story)}" if story.purposes else told


def seen(text: str) -> str:
    """With a mark in the place of each character that nobody sees: what came from outside steers neither a terminal nor
    a page."""
    return "".join(letter if letter.isprintable() else "\ufffd" for letter in text)


def passing_on(metadata: Metadata) -> str:
    """To whom else the data may go, and what may be published."""
    rule = metadata.passing_on
    said = _("prohibited without the approval of {party}; only tables may be published, and no count below {min_cell}")
    quoted = _("whoever publishes a figure quotes the notice and the caveats")
    told = said.format(party=rule.approver, min_cell=rule.min_cell)
    return f"{told}; {quoted}" if rule.quote_caveats else told


def protection(metadata: Metadata) -> str:
    """How the people in the rows and tables are protected."""
    told = metadata.protection
    if told.treated_as == "personal_data":
        return _("These rows are personal data: only the people named in the agreement may open them.")
    if told.k_reached is None:
        return _("Tables only: no row about a person is here.")
    said = _("Every row has at least {k} look-alikes, itself included, over: {fields}. Asked: {asked}.").format(
        k=told.k_reached, asked=told.k_asked, fields=", ".join(label_of(metadata, name) for name in told.over)
    )
    return " ".join((said, *_beside_k(metadata)))


def _beside_k(metadata: Metadata) -> Iterator[str]:
    told = metadata.protection
    for name, percent in told.diversity.items():
        yield _("No code of {field} is that of more than {percent} percent of a group of look-alikes.").format(
            field=label_of(metadata, name), percent=f"{percent:g}"
        )
    if told.households is not None:
        yield _("The look-alikes of a group come from at least {count} households.").format(count=told.households)


def missing_lines(metadata: Metadata) -> Iterator[tuple[str, str]]:
    """Each field in which something is missing, or may be, and of which kinds, as exactly as may be said."""
    found: dict[str, list[str]] = {}
    for each in metadata.missing:
        found.setdefault(each.field, []).append(_how_many(each))
    for name, kinds in found.items():
        yield label_of(metadata, name), "; ".join(kinds)


def _how_many(each: MissingInField) -> str:
    kind = missing(each.kind)
    if each.count is not None:
        return ngettext("{kind}: {count} row", "{kind}: {count} rows", each.count).format(kind=kind, count=each.count)
    if each.share is not None:
        return _("{kind}: {share} of the rows").format(kind=kind, share=each.share)
    return _("{kind}: see the tables").format(kind=kind)


def uses(metadata: Metadata) -> Iterator[str]:
    """What the data may be used for, and on which legal basis."""
    for each in metadata.purposes:
        yield f"{each.text.in_(language())} ({each.law})"


def grounds(metadata: Metadata, story: FieldStory) -> str:
    """What a field is here for, and on which legal basis."""
    law = {each.id: each.law for each in metadata.purposes}
    return "; ".join(f"{each} ({law[each]})" if each in law else each for each in story.purposes)


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
