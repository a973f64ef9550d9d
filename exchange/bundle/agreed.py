"""What came, against the signed agreement: nothing more than it gives, nothing else than it says, its promise kept.

The seal proves who sent it, `contents` that its parts agree with each other; a sender can make both true of anything.
What is not in the rows cannot be compared: whose households they are, and what its sender held back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from exchange.agreements.agreement import Agreement
from exchange.agreements.parties import Party
from exchange.agreements.tiers import Tier
from exchange.bundle.comparing_page import tongues_of
from exchange.bundle.contents import Contents
from exchange.bundle.datapackage import README_FILE
from exchange.bundle.metadata import FieldStory, Metadata, Terms
from exchange.bundle.terms import own_caveats, terms_of
from exchange.errors import BundleError, Problem
from exchange.locale import _
from exchange.protect.promise import promise_of
from exchange.protect.rows.verify import verify


def check_agreed(contents: Contents, agreement: Agreement, party: str) -> None:
    """`party`: the recipient. BundleError with all that is wrong: `receive.fields_not_agreed`, `receive.other_terms`,
    and what `exchange.protect.rows.verify` finds."""
    _refuse_no_recipient(agreement, party)
    tier = agreement.tier_of(party)
    BundleError.raise_all(
        [
            *_fields(contents, tier, agreement.network),
            *_terms(contents.metadata, agreement, agreement.party(party)),
            *_languages(contents, agreement),
            *_promise(contents, agreement, tier),
        ]
    )


def check_metadata_agreed(said: Metadata, agreement: Agreement, party: str) -> None:
    """The same of a bundle that is too large to be held in memory, of which only the metadata are read."""
    _refuse_no_recipient(agreement, party)
    BundleError.raise_all(_terms(said, agreement, agreement.party(party)))


def _refuse_no_recipient(agreement: Agreement, party: str) -> None:
    """A linking agent, or anybody else who is bound and gets no rows."""
    if party not in {each.id for each in agreement.recipients}:
        hint = _("nothing was stored; tell the sender and keep the file as it is")
        what = _("the agreement gives us no rows, and a bundle has come")
        raise BundleError(Problem("receive.not_a_recipient", what, where=agreement.id, hint=hint))


def _fields(contents: Contents, tier: Tier, network: str) -> Iterator[Problem]:
    columns = set(contents.rows.column_names) if contents.rows is not None else set()
    if not columns <= set(tier.row_fields):
        what = _("the rows hold fields that the agreement does not give us")
        hint = _("nothing was stored; tell the sender and keep the file as it is")
        yield Problem("receive.fields_not_agreed", what, hint=hint)
    if any(not set(table.fields) <= set(tier.table_fields) for table in contents.tables):
        yield Problem("receive.fields_not_agreed", _("a table counts by fields that were not agreed"))
    if contents.tokens and tier.match is None:
        yield Problem("receive.fields_not_agreed", _("it holds match tokens that were not agreed"))
    elif contents.tokens and tier.match is not None and tier.match.via == "agent":
        yield Problem("receive.fields_not_agreed", _("it holds match tokens, and is to be linked through an agent"))
    linking = contents.metadata.linking
    if linking is not None and linking.network != network:
        what = _("its match tokens are of another network than the agreement's")
        yield Problem("match.other_network", what, hint=_("nothing was stored; ask the sender to pack it again"))


# --- what it says ---


def _terms(said: Metadata, agreement: Agreement, party: Party) -> Iterator[Problem]:
    wanted, own = terms_of(agreement, party), own_caveats(agreement)
    if any(getattr(said, name) != getattr(wanted, name) for name in Terms.model_fields):
        yield _other_terms(_("its metadata say other things than the signed agreement"))
    if said.caveats[: len(own)] != own:
        yield _other_terms(_("its metadata leave out a caveat of the signed agreement, or change one"))
    if not _same_fields(said.fields, agreement, agreement.tier_of(party.id)):
        yield _other_terms(_("its metadata describe other fields than the signed agreement"))
    if not _same_protection(said, agreement, agreement.tier_of(party.id)):
        yield _other_terms(_("its metadata promise another protection than the signed agreement"))


def _same_fields(stories: tuple[FieldStory, ...], agreement: Agreement, tier: Tier) -> bool:
    """All but the words for what was done: these depend on how the sender's program puts them."""
    if [story.name for story in stories] != [field.name for field in agreement.data.fields]:
        return False
    return all(
        (story.label, story.description, story.kind, story.place, story.rule, story.purposes)
        == (field.label, field.description, field.kind, *_leaves(field.name, tier))
        for story, field in zip(stories, agreement.data.fields, strict=True)
    )


def _leaves(name: str, tier: Tier) -> tuple[str, str, tuple[str, ...]]:
    """Where a field is to be found, by which rule, and what for."""
    place = "rows" if name in tier.row_fields else "tables" if name in tier.table_fields else "nowhere"
    rule = tier.release.get(name)
    return (place, "drop", ()) if rule is None else (place, rule.rule, rule.purposes)


def _same_protection(said: Metadata, agreement: Agreement, tier: Tier) -> bool:
    told, asked, tables = said.protection, tier.protect, tier.protect.tables
    return (told.treated_as, told.k_asked, told.over, told.min_cell, told.diversity, told.households) == (
        tier.treated_as,
        asked.k,
        promise_of(agreement, tier).over,
        None if tables is None else tables.min_cell,
        {name: rule.no_code_above_percent for name, rule in (asked.l_diversity or {}).items()},
        None if asked.households is None else asked.households.at_least,
    )


def _languages(contents: Contents, agreement: Agreement) -> Iterator[Problem]:
    page = next(each.content for each in contents.bundle.members if each.path == README_FILE)
    if set(tongues_of(page.decode("utf-8"))) != {agreement.language.prevails, *agreement.language.also}:
        yield _other_terms(_("its README is not in the languages of the agreement"))


def _other_terms(what: str) -> Problem:
    hint = _("nothing was stored; tell the sender and keep the file as it is")
    return Problem("receive.other_terms", what, hint=hint)


# --- what it keeps ---


def _promise(contents: Contents, agreement: Agreement, tier: Tier) -> Iterator[Problem]:
    """Of a tier of personal data none is asked: its k is measured and said."""
    tables, rows = tier.protect.tables, contents.rows
    counts = [cell.count for table in contents.tables for cell in table.cells if cell.count is not None]
    if tables is not None and min(counts, default=tables.min_cell) < tables.min_cell:
        what = _("a table shows a smaller count than the agreement allows")
        yield Problem("receive.count_below_min_cell", what)
    if rows is not None and tier.gated and set(rows.column_names) == set(tier.row_fields):
        promise = replace(promise_of(agreement, tier), households=None)
        yield from dict.fromkeys(verify(rows, (), promise))
