"""What others have shown of logs that cannot be true: noted in our log, told to people until one of them accepts it."""

from __future__ import annotations

import datetime as dt
from functools import partial

from exchange.audit.checkpoint import log_origin, party_of
from exchange.audit.notes import Note
from exchange.audit.unproved import Unproved
from exchange.audit.witness import Contradiction, Witness
from exchange.errors import AuditError, Problem
from exchange.locale import _
from exchange.office import Office
from exchange.workspace.workspace import Workspace

OWN, UNPROVED = "audit.own_log_differs", "audit.proof_missing"


def note_contradictions(office: Office, network: str, party: str, witness: Witness) -> tuple[Problem, ...]:
    """Note in our log, if we keep one, what is kept against a party and not noted yet; and tell it. After a crash
    between the two it is noted twice rather than never."""
    new = [each for each in _against(witness, office.party, party) if not each.noted]
    for each in new:
        if network in office.workspace.logs.networks():
            office.note(network, office.entry("log.contradicted", counterpart=party, codes=(each.code,)))
        witness.note(each)
    return tuple(dict.fromkeys(_told(each, party) for each in new))


def _against(witness: Witness, we: str, party: str) -> list[Contradiction]:
    return [each for each in witness.contradictions() if _counterpart(each, we) == party]


def begin_anew(office: Office, network: str, party: str) -> int:
    """A person accepts what a party has shown: its log is seen as new from its next head on. How many contradictions,
    and heads without a proof, that settles; they and what was held stay as evidence. AuditError
    (audit.not_contradicted) where there is none."""
    origin = log_origin(party, network)
    with office.workspace.witnesses.open(network) as witness:
        settled = _against(witness, office.party, party)
        waited = [note for each in witness.unproved() if each.origin == origin for note in each.notes]
        if not settled and not waited:
            what = _("nothing that it has shown of a log contradicts what was seen before")
            raise AuditError(Problem("audit.not_contradicted", what, where=party))
        codes = tuple(sorted({*(each.code for each in settled), *([UNPROVED] if waited else [])}))
        if network in office.workspace.logs.networks():
            office.note(network, office.entry("log.contradicted", counterpart=party, codes=codes, note="accepted"))
        if codes != (OWN,):
            witness.forget(origin, partial(office.workspace.witnesses.keep_checkpoint, network))
        for each in settled:
            witness.note(each, settled=True)
    return len(settled) + len(waited)


def _counterpart(contradiction: Contradiction, we: str) -> str:
    """Of whose log it is; of ours: who has shown it, by its cosignature."""
    party = party_of(contradiction.origin)
    if party != we:
        return party
    names = (each.name for each in Note.parse(contradiction.shown).signatures if each.name != contradiction.origin)
    return next(names, "").partition(".")[0]


def _told(contradiction: Contradiction, party: str) -> Problem:
    day, code = f"{contradiction.seen:%Y-%m-%d}", contradiction.code
    hint = _("call them: was their workspace restored from an older copy? both checkpoints are kept for the auditor")
    if code == OWN:
        what = _("on {day} it showed a checkpoint of our own log that is not in this workspace")
        hint = _("was ours restored from an older copy? if not, somebody has our key; it is kept for the auditor")
    elif code == "audit.rolled_back":
        what = _("on {day} it showed a shorter log than before")
    else:
        what = _("on {day} it showed another history of its log than before")
    return Problem(code, what.format(day=day), party, hint)


def contradictions(workspace: Workspace) -> tuple[Problem, ...]:
    """What others have shown of logs that cannot be true, as long as it is kept."""
    found: dict[tuple[str, str], Problem] = {}
    for network in workspace.witnesses.networks():
        with workspace.witnesses.open(network) as witness:
            for each in witness.contradictions():
                party = _counterpart(each, workspace.party)
                found[party, each.code] = _told(each, party)
    return tuple(found.values())


def unproved(workspace: Workspace, now: dt.datetime) -> tuple[Problem, ...]:
    """Who has shown a longer log than we hold, and has not proved for long that it continues that."""
    found = []
    for network in workspace.witnesses.networks():
        with workspace.witnesses.open(network) as witness:
            found += [_unproved(each) for each in witness.unproved() if each.lasts(now)]
    return tuple(found)


def _unproved(waiting: Unproved) -> Problem:
    what = _("since {day} it shows a log of which nothing proves that it continues what was seen before")
    hint = _(
        "it may show us another history than others see: call them, and compare their evidence pack; "
        "where it is explained: exchange audit accept"
    )
    return Problem(UNPROVED, what.format(day=f"{waiting.since:%Y-%m-%d}"), party_of(waiting.origin), hint)
