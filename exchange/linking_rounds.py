"""The sender's half of linking through an agent: filters of all that a recipient holds, in one letter to the agent.

The agent forgets them within three days, so a letter is complete in itself: it names every bundle of ours that the
recipient still has, and takes the place of the letter before. One is written when a bundle has left; and again whenever
the senders of a network agree on a day on which the agent links. Nothing of a bundle goes before people have approved
it and it has left.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from exchange.agreements.agreement import Agreement, Reference
from exchange.bundle.letters import MOST_BUNDLES, FilteredBundle, MatchFiltersLetter
from exchange.bundle.match_tables import MOST_ROWS, filters_schema, write_filters
from exchange.duties.correspondence import binding
from exchange.errors import AgreementError, DisclosureError, KeyringError, Problem
from exchange.kept_marks import Marks, held_by, held_marks
from exchange.locale import _
from exchange.matching.filters import encode_filters
from exchange.matching.secret import NetworkSecret
from exchange.office import Office
from exchange.posting import post_letter
from exchange.registers import network_secret

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Due:
    """Filters that the agent `agent` should have of what `recipient` holds under an agreement: of which bundles, under
    which epoch's secret ("" where none is here)."""

    agreement: Agreement
    agent: str
    recipient: str
    bundles: frozenset[str]
    epoch: str

    @property
    def name(self) -> str:
        return f"{self.agreement.id} {self.recipient}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A letter of filters that waits in the outbox: for how many rows of how many bundles."""

    agreement: str
    agent: str
    recipient: str
    bundles: int
    rows: int


def due(office: Office, *, again: bool = False) -> tuple[Due, ...]:
    """What has to be written: where a recipient has got something since the last letter, or a new epoch has begun;
    `again`: of everything that a recipient holds."""
    every = tuple(_all(office))
    known = _known(office) if every else {}
    return tuple(each for each in every if again or _is_news(each, known.get(each.name)))


def send(office: Office, those: tuple[Due, ...]) -> tuple[tuple[Sent, ...], tuple[Problem, ...]]:
    """Write the letters; where one cannot be written, why, which keeps no other."""
    sent: list[Sent] = []
    problems: list[Problem] = []
    for each in those:
        try:
            sent.append(_send(office, each))
        except (AgreementError, DisclosureError, KeyringError) as error:
            problems += error.problems
    return tuple(sent), tuple(problems)


def _all(office: Office) -> Iterator[Due]:
    for agreement in _sending_under(office):
        if agreement.agent is None:
            continue
        secret = network_secret(office, agreement.network)
        for party in agreement.linked_recipients:
            held = frozenset(each.bundle for each in held_by(office, agreement, party.id))
            if held:
                yield Due(agreement, agreement.agent.id, party.id, held, secret.epoch if secret else "")


def _sending_under(office: Office) -> Iterator[Agreement]:
    ids = {each.agreement.id for each in office.workspace.agreements.all() if each.agreement.sender.id == office.party}
    for name in sorted(ids):
        try:
            yield binding(office, name)
        except AgreementError:  # nothing was ever sent under it
            continue


def _send(office: Office, due: Due) -> Sent:
    agreement = due.agreement
    _refuse_agent_who_receives(office, due)
    secret = network_secret(office, agreement.network)
    if secret is None:
        what, hint = _("the network's secret is not here"), _("ask the coordinator of the network for it")
        raise KeyringError(Problem("network.no_secret", what, agreement.network, hint))
    made = [(each, _filters(each, secret)) for each in held_marks(office, agreement, due.recipient)]
    rows = sum(table.num_rows for _marks, table in made)
    if len(made) > MOST_BUNDLES or rows > MOST_ROWS:
        what = _("{rows} rows of {bundles} bundles are more than one letter to a linking agent holds")
        hint = _("let the recipient destroy what it need not keep")
        raise DisclosureError(
            Problem("linking.too_many", what.format(rows=rows, bundles=len(made)), due.recipient, hint)
        )
    body = MatchFiltersLetter(
        kind="match_filters",
        recipient=due.recipient,
        network=secret.network,
        epoch=secret.epoch,
        made=office.now,
        bundles=tuple(FilteredBundle(bundle=each.release.bundle, rows=table.num_rows) for each, table in made),
    )
    table = write_filters(_together([table for _marks, table in made]))
    post_letter(office, due.agent, body, agreement.network, Reference.to(agreement), table=table)
    _remember(office, due)  # after a crash between it is written twice, and the second takes the place of the first
    return Sent(agreement.id, due.agent, due.recipient, len(made), rows)


def _filters(marks: Marks, secret: NetworkSecret) -> pa.Table:
    import pyarrow as pa

    made = encode_filters(marks.rows, secret).rows.combine_chunks()
    bundle = pa.array([marks.release.bundle] * len(marks.row_keys), pa.string())
    named = made.add_column(0, "bundle", bundle).add_column(1, "row_key", pa.array(marks.row_keys, pa.string()))
    return named.select(filters_schema().names).cast(filters_schema())


def _together(tables: list[pa.Table]) -> pa.Table:
    """In an order that tells nothing: that of random keys."""
    import pyarrow as pa

    joined = pa.concat_tables(tables) if tables else filters_schema().empty_table()
    return joined.sort_by([("bundle", "ascending"), ("row_key", "ascending")])


def _refuse_agent_who_receives(office: Office, due: Due) -> None:
    """Who gets rows of this network, or audits it, must never get filters: beside the rows they would name people."""
    for signed in office.workspace.agreements.all():
        each = signed.agreement
        getting = {party.id for party in each.recipients} | {auditor.id for auditor in each.audit.auditors}
        if each.network == due.agreement.network and due.agent in getting:
            what = _("the linking agent receives or audits under another agreement of this network")
            raise AgreementError(Problem("linking.agent_receives", what, where=str(Reference.to(each))))


# --- what was sent last ---


def _is_news(due: Due, known: tuple[str, frozenset[str]] | None) -> bool:
    epoch, bundles = known or ("", frozenset())
    return bool(due.bundles - bundles) or due.epoch != epoch


def _known(office: Office) -> dict[str, tuple[str, frozenset[str]]]:
    kept: dict[str, list[str]] = json.loads(office.load_register(office.workspace.registers.rounds_file) or b"{}")
    return {name: (epoch, frozenset(bundles)) for name, (epoch, *bundles) in kept.items()}


def _remember(office: Office, due: Due) -> None:
    known = {**_known(office), due.name: (due.epoch, due.bundles)}
    kept = {name: [epoch, *sorted(bundles)] for name, (epoch, bundles) in known.items()}
    office.save_register(office.workspace.registers.rounds_file, json.dumps(kept).encode("utf-8"))
