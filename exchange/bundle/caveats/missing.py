"""Who is not here: in a band, and whether the dead are."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.bundle.both_languages import in_both
from exchange.bundle.caveats.kinds import DerivedCaveat
from exchange.consent.bands import Band, band
from exchange.locale import _
from exchange.protect.protected import Protected


def about_who_is_missing(protected: Protected) -> Iterator[DerivedCaveat]:
    """People who were assisted in the period and stand nowhere."""
    if not says_nothing(protected):  # always then: a caveat that is absent in one month says "nobody" in that month
        share = band(protected.held_back_total, protected.considered)
        yield DerivedCaveat(
            "consent_gap",
            in_both(
                lambda: _(
                    "Of the people assisted in the period, {share} are not here, because consent for this recipient "
                    "was not given or other conditions of the agreement were not met."
                ).format(share=str(share))
            ),
            figure=share.value,
        )
    if "rows" in protected.permit.tier.protect.output:  # whether anybody has died or not
        yield DerivedCaveat("deceased", in_both(lambda: _about_the_dead(protected)))


def share_held_back(protected: Protected) -> Band | None:
    """The band of people who are not here; None where nothing is said of them."""
    return None if says_nothing(protected) else band(protected.held_back_total, protected.considered)


def says_nothing(protected: Protected) -> bool:
    """Neither a row nor a count leaves. Beside that even a band would tell a month without cases from one with few."""
    return not protected.account.rows_out and all(cell.count is None for t in protected.tables for cell in t.cells)


def _about_the_dead(protected: Protected) -> str:
    if protected.permit.agreement.consent.deceased.release == "hold_back":
        return _("People who are known to have died are not here at all.")
    if protected.permit.tier.protect.tables is None:
        return _("People who are known to have died stand in no row.")
    return _("People who are known to have died stand in no row; the tables may count them.")
