"""Who has read the notices of a bundle: what each person signed, kept by the recipient and by the sender alike.

ours     what we tell the sender       recipient: signed here, noted in our log
take     what a receipt tells us       sender: verified against the recipient's card, then kept
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from exchange.agreements.access import objections_to_opening
from exchange.agreements.acknowledgement import Acknowledged, Arrived, objection
from exchange.agreements.agreement import Agreement
from exchange.audit.entries import Entry
from exchange.bundle.letters import Acknowledgement
from exchange.errors import BundleError, KeyringError, Problem
from exchange.keyring.private_files import read_private, write_private
from exchange.keyring.shapes import Person
from exchange.locale import _
from exchange.office import Office

_DAY = dt.timedelta(days=1)


def keep(office: Office, said: Acknowledged, signature: str) -> None:
    """The signature last: a statement without one is nothing yet. Repeating it changes nothing."""
    folder = office.workspace.acknowledgements(said.arrived.ciphertext)
    write_private(folder / f"{said.name}.json", said.message())
    write_private(folder / f"{said.name}.sig", signature.encode("ascii"))


def ours(office: Office, network: str, arrived: Arrived) -> tuple[Acknowledgement, ...]:
    """By whom of us the notices of a bundle were acknowledged, by our log, the first first. Whoever is on our card no
    more, or with another key, would not be believed."""
    revoked = {each.key for each in office.workspace.revoked_keys(office.party)}
    people = [each for each in office.workspace.own.card().card.people if each.key not in revoked]
    entries = _entries(office, network, arrived)
    return tuple(each for entry in entries for each in _as_signed(office, arrived, entry, people))


def new(office: Office, network: str, arrived: Arrived, told: Sequence[Acknowledgement]) -> tuple[Acknowledgement, ...]:
    """Of what a recipient tells us, each once, what our log does not have yet."""
    known = {(each.person, each.since) for each in _entries(office, network, arrived)}
    fresh = {(each.person, _said(arrived, each).at): each for each in told}
    return tuple(each for at, each in fresh.items() if at not in known)


def check(
    told: Sequence[Acknowledgement],
    arrived: Arrived,
    versions: Sequence[Agreement],
    people: Sequence[Person],
    since: dt.datetime,
    now: dt.datetime,
) -> None:
    """Return if we believe each of what a recipient tells us: only whom some version of the agreement names for it can
    have opened anything, only since the bundle was made, and only who is on its card can have signed. `people`: whom
    its card certifies. BundleError: letter.not_a_named_user, letter.acknowledged_when, and as `objection`."""
    for each in told:
        if all([*objections_to_opening(version, arrived.recipient, each.person)] for version in versions):
            what = _("the notices were acknowledged by somebody whom the agreement does not let open anything")
            raise BundleError(Problem("letter.not_a_named_user", what, where=arrived.recipient))
        if not since - _DAY <= each.at <= now + _DAY:
            what = _("the notices were acknowledged at a time when nobody can have read them")
            hint = _("is the time right on both computers?")
            raise BundleError(Problem("letter.acknowledged_when", what, where=arrived.recipient, hint=hint))
        problem = objection(_said(arrived, each), each.sshsig, people)
        if problem is not None:
            raise BundleError(problem)


def take(office: Office, arrived: Arrived, told: Sequence[Acknowledgement]) -> None:
    """Keep what was checked: a person's own word, for whoever doubts it one day."""
    for each in told:
        keep(office, _said(arrived, each), each.sshsig)


def _entries(office: Office, network: str, arrived: Arrived) -> Iterator[Entry]:
    entries = office.entries(network, "notices.acknowledged")
    return (each for each in entries if each.ciphertext == arrived.ciphertext)


def _as_signed(office: Office, arrived: Arrived, entry: Entry, people: Sequence[Person]) -> Iterator[Acknowledgement]:
    said = Acknowledged.model_validate(
        {"arrived": arrived, "notices": entry.codes, "person": entry.person, "at": entry.time}
    )
    signature = _signature(office, said)
    if signature is not None and objection(said, signature, people) is None:
        yield Acknowledgement.model_validate(
            {"person": said.person, "notices": said.notices, "at": said.at, "sshsig": signature}
        )


def _signature(office: Office, said: Acknowledged) -> str | None:
    """What was kept of exactly this; None where nothing was."""
    folder = office.workspace.acknowledgements(said.arrived.ciphertext)
    try:
        if read_private(folder / f"{said.name}.json") == said.message():
            return read_private(folder / f"{said.name}.sig").decode("ascii")
    except (KeyringError, UnicodeDecodeError):
        return None
    return None


def _said(arrived: Arrived, told: Acknowledgement) -> Acknowledged:
    return Acknowledged.model_validate(
        {"arrived": arrived, "notices": told.notices, "person": told.person, "at": told.at}
    )
