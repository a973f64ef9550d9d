"""What a person must know of what was put aside, and how they let go of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from exchange.errors import Problem, UsageError
from exchange.locale import _, ngettext

if TYPE_CHECKING:
    from exchange.transport.arrivals import Arrived


def warnings(came: Iterable[Arrived], senders: dict[str, str]) -> Iterator[Problem]:
    """The alarms among `came`, each until somebody lets go of it, and how much is no longer kept. `senders`: by the
    digest of the file."""
    aside = [each for each in came if each.state == "quarantined"]
    words = _alarms()
    for each in aside:
        if each.code in words:
            where = " ".join(filter(None, (senders.get(each.sha256), each.sha256[:12])))
            hint = _("call its sender now; when it is settled: exchange receive --discard {file}")
            yield Problem(each.code, words[each.code], where, hint.format(file=each.sha256[:12]))
    lost = sum(each.path is None for each in aside)
    if lost:
        what = ngettext(
            "quarantine had no room for {count} file, which is not kept here",
            "quarantine had no room for {count} files, which are not kept here",
            lost,
        ).format(count=lost)
        hint = _("what lies where it came from comes again by exchange receive --again; make room: --discard")
        yield Problem("receive.quarantine_full", what, hint=hint)


def _alarms() -> dict[str, str]:
    """What only happens where a confirmed sender's key signed it: never a stranger's doing."""
    return {
        "seal.sequence_conflict": _("two different parcels bear one number"),
        "seal.chain_broken": _("a parcel does not follow the one that we have before it"),
        "seal.wrong_recipient": _("somebody passed on to us what was for another recipient"),
        "seal.wrong_recipient_key": _("a parcel for us names a root key that is not ours"),
    }


def chosen(came: Iterable[Arrived], words: Iterable[str]) -> tuple[Arrived, ...]:
    """What is in quarantine and meant by one of `words`: a code, or the first digits of a file. UsageError
    (receive.not_in_quarantine) for each that means nothing there."""
    aside = [each for each in came if each.state == "quarantined"]
    found: dict[str, Arrived] = {}
    problems = []
    for word in words:
        meant = [each for each in aside if each.code == word or (len(word) >= _DIGITS and each.sha256.startswith(word))]
        found |= {each.sha256: each for each in meant}
        if not meant:
            hint = _("exchange status shows the files and their codes; give at least {count} digits of a file")
            what = _("nothing in quarantine is meant by this")
            problems.append(Problem("receive.not_in_quarantine", what, word, hint.format(count=_DIGITS)))
    UsageError.raise_all(problems)
    return tuple(found.values())


_DIGITS = 8
