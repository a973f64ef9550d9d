"""From a pseudonym to what our log tells of the person: the ids of the bundles and letters that were about her case.

The log holds no case and no pseudonym; the registers, locked with our identity, know what leads to its entries. That
somebody looked is noted before anything is told, as with every look-up.
"""

from __future__ import annotations

from exchange.agreements.agreement import Agreement
from exchange.duties.correspondence import kept_letters
from exchange.duties.withdrawal import ids_of_withdrawal
from exchange.extracts.references import as_compared
from exchange.keyring.people import Acting
from exchange.leading_back import look_up
from exchange.office import Office
from exchange.registers import case_key


def led_to(office: Office, acting: Acting, agreement: Agreement, recipient: str, pseudonym: str) -> tuple[str, ...]:
    """UsageError `lookup.unknown`, as `look_up`, which notes it; a failure is for `attempt` to note."""
    case = look_up(office, acting, agreement, recipient, pseudonym)
    releases, mark = office.workspace.releases, case_key(office, agreement.id, recipient, case)
    bundles = [
        each.bundle for each in releases.all_to(agreement.id, recipient) if releases.holds_any(each.bundle, [mark])
    ]
    own = [each.id for each in kept_letters(office) if each.case and as_compared(each.case) == as_compared(case)]
    return (*bundles, *ids_of_withdrawal(office, agreement, case, recipient), *own)
