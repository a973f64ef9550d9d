"""A person chooses a pseudonym of her own, for one recipient: kept in the register, and hers alone.

As long as the register holds a word, it is nobody else's: not another person's, not for another recipient, not under
another agreement or epoch, so that no two who compare what they hold can join on it. The register forgets a word once
its recipient must have certified that it destroyed what it got under it; one that was never given it keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from exchange.agreements.agreement import Agreement
from exchange.agreements.tiers import Pseudonymise
from exchange.errors import AgreementError, Problem, UsageError
from exchange.extracts.extract import Extract
from exchange.extracts.references import as_compared
from exchange.keyring.people import Acting
from exchange.leading_back import note
from exchange.locale import _
from exchange.office import Office
from exchange.pseudonyms import Led, keep, key_rule, register
from exchange.redact.allowed import allowed
from exchange.redact.chosen import alike, malformed, tells, tells_of
from exchange.redact.identifiers import identifiers
from exchange.redact.keys import redact_keys
from exchange.redact.pseudonymise import pseudonym_of


@dataclass(frozen=True, slots=True)
class Choice:
    """`word` shall stand for the person of `case`."""

    case: str
    word: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """`known_before`: the recipient knows the case under another pseudonym, and from the next release on counts her as
    somebody else; a withdrawal names both."""

    word: str
    known_before: bool


def check_choosing(agreement: Agreement, recipient: str) -> Pseudonymise:
    """The rule under which people choose. AgreementError `pseudonym.not_chosen` where the agreement has another."""
    rule = key_rule(agreement, recipient)
    if rule is None or rule.kind != "chosen":
        what = _("under this agreement people choose no pseudonym for this party")
        hint = _("the rule must say: {rule}").format(rule="{rule: pseudonymise, kind: chosen}")
        raise AgreementError(Problem("pseudonym.not_chosen", what, where=f"{agreement.id} {recipient}", hint=hint))
    return rule


def choose(
    office: Office,
    acting: Acting,
    agreement: Agreement,
    recipient: str,
    choice: Choice,
    extract: Extract | None = None,
    *,
    dry_run: bool = False,
) -> Chosen:
    """Keep the word, as of the next release. With an `extract` it is also compared with everybody in there; packing
    does so in any case. The log has who chose before it is kept, and neither word nor case.

    UsageError with every reason: `pseudonym.case`, `pseudonym.malformed`, `pseudonym.like_key`,
    `pseudonym.read_otherwise`, `pseudonym.taken`, `pseudonym.tells`, `pseudonym.no_such_case`.
    """
    rule = check_choosing(agreement, recipient)
    keys = redact_keys(office.identity.key_for("pseudonyms"), agreement.id, recipient)
    with office.workspace.turn("packing"):  # which writes the register too
        lines = register(office)
        keyed = pseudonym_of(keys, agreement.data.key, choice.case, rule.epoch)
        new = Led(
            agreement=agreement.id,
            recipient=recipient,
            pseudonym=choice.word,
            case=choice.case,
            given=None,
            keyed=keyed,
            chosen=office.now,
        )
        UsageError.raise_all(_objections(new, lines, agreement, extract))
        before = [each for each in lines if _same(each, new)]
        if not dry_run:
            again = next((each for each in before if each.pseudonym == new.pseudonym), None)
            given = None if again is None else again.given
            note(office, "pseudonym.chosen", agreement.id, recipient, acting.person.id)
            keep(office, (*(each for each in lines if each != again), new.model_copy(update={"given": given})))
    return Chosen(choice.word, any(each.given and each.pseudonym != choice.word for each in before))


def list_chosen(office: Office, acting: Acting, agreement: Agreement, recipient: str) -> tuple[Led, ...]:
    """The words that stand for people now, in today's epoch, by case; the log has it before this returns."""
    rule, name = check_choosing(agreement, recipient), agreement.data.key
    keys = redact_keys(office.identity.key_for("pseudonyms"), agreement.id, recipient)
    chosen = (each for each in register(office) if each.is_for(agreement, recipient) and each.chosen is not None)
    latest = {e.keyed: e for e in chosen if e.keyed == pseudonym_of(keys, name, e.case, rule.epoch)}
    note(office, "pseudonym.listed", agreement.id, recipient, acting.person.id)
    return tuple(sorted(latest.values(), key=lambda each: each.case))


def _objections(new: Led, lines: Iterable[Led], agreement: Agreement, extract: Extract | None) -> Iterator[Problem]:
    if not new.case or new.case != new.case.strip():
        yield Problem("pseudonym.case", _("this is no case number"), hint=_("write it as in the workbook"))
    yield from malformed(new.pseudonym, agreement.data.missing())
    if any(_disputes(each, new) for each in lines):
        what = _("this pseudonym was chosen before, by somebody else or for another recipient")
        yield Problem("pseudonym.taken", what, hint=_("let the person choose another"))
    missing = frozenset(agreement.data.missing())
    if tells_of(new.pseudonym, [new.case], missing):
        yield Problem("pseudonym.tells", _("the pseudonym holds a part of the case number"))
    elif extract is not None:
        yield from _in_the_extract(new, agreement, extract, missing)


def _in_the_extract(new: Led, agreement: Agreement, extract: Extract, missing: frozenset[str]) -> Iterator[Problem]:
    data, table = agreement.data, extract.table
    same = as_compared(new.case)
    rows = [at for at, case in enumerate(table.column(data.key).to_pylist()) if as_compared(case) == same]
    if not rows:
        what, hint = _("the extract has no such case"), _("write it as in the workbook")
        yield Problem("pseudonym.no_such_case", what, hint=hint)
    direct = [each.name for each in data.fields if each.kind == "direct" and each.name in table.column_names]
    own = (table.column(name)[at].as_py() for at in rows for name in direct)
    where = extract.source.file
    found = tells(new.pseudonym, data.key, identifiers(extract, data), allowed(agreement), where)
    if found or tells_of(new.pseudonym, own, missing):
        what = _("the pseudonym can be read as something that identifies a person of the extract")
        yield Problem("pseudonym.tells", what, where=where, hint=_("let the person choose another"))


def _disputes(known: Led, new: Led) -> bool:
    """Whether the word is somebody else's; or hers for another recipient, where also a word that holds the other would
    let the two join."""
    ours, theirs = alike(new.pseudonym), alike(known.pseudonym)
    if _same(known, new):
        return False
    if known.chosen is not None and as_compared(known.case) == as_compared(new.case):
        return ours in theirs or theirs in ours
    return ours == theirs


def _same(one: Led, other: Led) -> bool:
    """Whether two lines are of one person for one recipient, under one agreement and epoch."""
    return (one.agreement, one.recipient, one.keyed) == (other.agreement, other.recipient, other.keyed)
