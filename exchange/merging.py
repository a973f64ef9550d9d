"""All that was received, each person once: the store of this organisation, and the rules by which it is merged."""

from __future__ import annotations

from pathlib import Path

from exchange.audit.entries import Counts
from exchange.engines.sql import Database
from exchange.merge.chosen.rules import LATEST, MergingRules, load_rules
from exchange.merge.merging import merge
from exchange.merge.people import Merged
from exchange.merge.store import Store
from exchange.office import Office


def open_store(office: Office) -> Store:
    """What was received, locked under a key of our identity."""
    return Store.open(office.workspace.store_folder, office.identity.key_for("store"))


def merge_received(office: Office, database: Database | None = None) -> Merged:
    """The merged view of all that was received, each person once, by the rules that lie in the workspace; noted in the
    log of every network of ours. `database`: where to link, else in memory here.

    MergeError: also as `merging_rules`.
    """
    rules = merging_rules(office)
    with open_store(office) as store:
        merged = merge(store, rules=rules, database=database)
    counts = Counts(reports=merged.counts.reports, people=merged.counts.people)
    for network in office.workspace.logs.networks():
        office.note(network, office.entry("store.merged", counts=counts))
    return merged


def merging_rules(office: Office, file: Path | None = None) -> MergingRules:
    """How a person's record is made: by `file`, else by the workspace's own, else each value by the latest.

    MergeError: as `exchange.merge.chosen.rules.load_rules`.
    """
    file = file or office.workspace.merging_file
    if file == office.workspace.merging_file and not file.exists():
        return LATEST
    ours = [each.agreement for each in office.workspace.agreements.all() if office.party in each.agreement.retention]
    fields = {field.name for agreement in ours for field in agreement.data.fields}
    return load_rules(file, fields, {agreement.sender.id for agreement in ours})
