"""Whether what is asked about is known to any log that was shown: an answer about a name that was mistyped, or about
days in the wrong order, would read as if nothing had happened."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from exchange.asking.answer import Asked
from exchange.asking.shown import Shown
from exchange.errors import Problem, UsageError
from exchange.locale import _

_ABOUT_BUNDLES = ("bundle.", "release.", "notices.", "disposal.")


def checked(shown: Shown, asked: Asked) -> Asked:
    """The same, with the bundle by its whole id or digest. Raises UsageError with everything that is not known:
    `usage.days`, `usage.party`, `usage.agreement`, `usage.bundle`, and `usage.bundle_unclear` where several begin so.
    """
    bundles = _bundles(shown, asked.bundle) if asked.bundle is not None else ()
    UsageError.raise_all(
        (
            *_days(asked),
            *_parties(shown, asked),
            *_agreement(shown, asked),
            *(_bundle(asked.bundle, bundles) if asked.bundle is not None else ()),
        )
    )
    return replace(asked, bundle=bundles[0]) if bundles else asked


def _days(asked: Asked) -> Iterator[Problem]:
    if asked.since is not None and asked.until is not None and asked.until < asked.since:
        what = _("the last day is before the first")
        yield Problem("usage.days", what, f"{asked.since} – {asked.until}", _("name the earlier one with --since"))


def _parties(shown: Shown, asked: Asked) -> Iterator[Problem]:
    named = [each for each in (asked.sender, asked.recipient, asked.party) if each is not None]
    known = _known_parties(shown) if named else set()
    for party in dict.fromkeys(named):
        if party not in known:
            yield Problem("usage.party", _("no log that was shown knows this organisation"), party, _known(known))


def _known_parties(shown: Shown) -> set[str]:
    logs = {each.party for each in shown.histories}
    others = {each.counterpart for _log, _number, each in shown.entries() if each.counterpart}
    agreed = {party.id for each in shown.agreements.values() for party in each.agreement.parties}
    return logs | others | agreed | set(shown.cards)


def _agreement(shown: Shown, asked: Asked) -> Iterator[Problem]:
    if asked.agreement is None:
        return
    named = {one.id for _log, _number, each in shown.entries() for one in (each.agreement, each.onward) if one}
    known = named | {each.id for each in shown.agreements}
    if asked.agreement not in known:
        yield Problem(
            "usage.agreement", _("no log that was shown knows this agreement"), asked.agreement, _known(known)
        )


def _known(names: Collection[str]) -> str:
    return _("known are: {names}").format(names=", ".join(sorted(names))) if names else _("nothing is known to them")


# --- bundles ---


def _bundles(shown: Shown, named: str) -> tuple[str, ...]:
    """The bundles whose id or digest is, or begins with, what was named; a short form ends with "…". What is named
    whole is that one, whatever else begins so."""
    begins = named.rstrip("…. ").removeprefix("sha256:").lower()
    found: dict[str, str] = {}
    for name, bundle in _names(shown):
        if name.lower() == begins:
            return (bundle,)
        if begins and name.lower().startswith(begins):
            found.setdefault(bundle, name)
    return tuple(found)


def _names(shown: Shown) -> Iterator[tuple[str, str]]:
    """Each id and each digest, with the id of its bundle; with the digest itself where no id is told."""
    ids: dict[str, str] = {}
    digests: dict[str, None] = {}
    for _log, _number, each in shown.entries():
        if each.kind.startswith(_ABOUT_BUNDLES):
            if each.bundle:
                yield each.bundle, each.bundle
            if each.ciphertext:
                digests[each.ciphertext] = None
                ids |= {each.ciphertext: each.bundle} if each.bundle else {}
    for digest in digests:
        yield digest.removeprefix("sha256:"), ids.get(digest, digest)


def _bundle(named: str, found: Iterable[str]) -> Iterator[Problem]:
    several = sorted(found)
    if not several:
        hint = _("exchange audit query bundle, without --bundle, names all of them")
        yield Problem("usage.bundle", _("no log that was shown knows this bundle"), named, hint)
    if len(several) > 1:
        hint = _("write more of it: {names}").format(names=", ".join(several[:5]))
        yield Problem("usage.bundle_unclear", _("several bundles begin like this"), named, hint)
