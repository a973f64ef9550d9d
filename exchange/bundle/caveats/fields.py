"""What happened to fields: coarser, masked, replaced, left out; and by what rows are linked."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from exchange.bundle.both_languages import in_both
from exchange.bundle.caveats.kinds import CaveatCode, DerivedCaveat
from exchange.bundle.caveats.naming import label
from exchange.locale import _
from exchange.protect.protected import Protected


def about_fields(protected: Protected) -> Iterator[DerivedCaveat]:
    """By which rules their values were changed."""
    sentences: tuple[tuple[CaveatCode, str, Callable[[str], str]], ...] = (
        (
            "coarser",
            "generalise round top_code bottom_code",
            lambda f: _("Less exact than what the sender holds: {fields}.").format(fields=f),
        ),
        ("recoded", "map", lambda f: _("Rarer codes were put together: {fields}.").format(fields=f)),
        ("masked", "mask", lambda f: _("Only the last characters are left: {fields}.").format(fields=f)),
        (
            "row_keys",
            "row_key",
            lambda f: _keys_of_rows(protected).format(fields=f),
        ),
        ("pseudonyms", "pseudonymise", lambda f: _("Pseudonyms, for this recipient only: {fields}.").format(fields=f)),
        ("fields_not_shared", "drop", lambda f: _("Held by the sender and not shared: {fields}.").format(fields=f)),
    )
    for code, rules, sentence in sentences:
        if names := [change.field for change in protected.changes if change.rule in rules.split()]:
            fields = ", ".join(label(protected, name) for name in names)
            yield DerivedCaveat(code, in_both(lambda s=sentence, f=fields: s(f)), figure=str(len(names)))  # type: ignore[misc]  # bound early
    yield from _about_case_notes(protected)
    agent = _agent(protected)
    if agent:
        yield DerivedCaveat(
            "links",
            in_both(
                lambda: _(
                    "Which rows are of one person, {agent} tells in letters of its own, so that each person is counted "
                    "once. A link is never a reason to decide anything about a person."
                ).format(agent=agent)
            ),
        )
    if protected.match:
        yield DerivedCaveat(
            "tokens",
            in_both(
                lambda: _(
                    "Match tokens serve to count each person once. A link is never a reason to decide anything about "
                    "a person."
                )
            ),
        )


def _agent(protected: Protected) -> str:
    """The name of the linking agent; "" where the tier is not linked through one."""
    agent, match = protected.permit.agreement.agent, protected.permit.tier.match
    return agent.name if agent is not None and match is not None and match.via == "agent" else ""


def _keys_of_rows(protected: Protected) -> str:
    if _agent(protected):
        return _("Keys by which the linking agent tells which rows are of one person, new in each bundle: {fields}.")
    return _("Keys that join rows to their match tokens, new in each bundle: {fields}.")


def _about_case_notes(protected: Protected) -> Iterator[DerivedCaveat]:
    scrubbed = [change for change in protected.changes if change.masks is not None]
    if not scrubbed:
        return
    fields = ", ".join(label(protected, change.field) for change in scrubbed)
    masks = [change.masks for change in scrubbed if change.masks is not None]
    total, notes, kept = (sum(each) for each in zip(*((m.total, m.notes, m.kept) for m in masks), strict=True))
    yield DerivedCaveat(
        "scrubbed",
        in_both(
            lambda: _(
                "In the case notes ({fields}) names, numbers and addresses are masked: {masks} masks in {notes} notes. "
                "{kept} words of which no program can be sure stand because a person decided so. A mask says of what "
                "kind it is, never whose."
            ).format(fields=fields, masks=total, notes=notes, kept=kept)
        ),
        figure=str(total),
    )
