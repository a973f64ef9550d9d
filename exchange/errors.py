"""Every way an exchange is refused.

    ExchangeError                       exit status   whose fault, what it is about
    ├── UsageError                       2            the person at the keyboard: an option, an argument
    ├── WorkspaceError                   3            this organisation's folder: missing, not private, damaged, full
    ├── KeyringError                     4            identities, cards, safety words, passphrases
    ├── AgreementError                   5            the agreement: unreadable, contradictory, unsigned, out of term
    ├── ExtractError                     6            the workbook: unreadable, unknown columns, impossible values
    ├── ConsentError                     7            consent clauses that cannot be carried out
    ├── DisclosureError                  8            what would leave says too much: rules, k, tables, the last look
    ├── BundleError                      9            a package whose parts disagree
    ├── SealError                       10            signing, encrypting, opening; what arrived is not what was sealed
    ├── TransportError                  11            servers, links, folders, queues
    ├── MergeError                      12            the recipient's store and the merged view
    ├── AuditError                      13            the log: damaged, forked, unproven
    └── CryptoError                     14            malformed keys, files and signatures, below any policy

An error carries one `Problem` or many: every failure of a list is reported at once. A problem says what is wrong,
where, and what to do next, and has a stable dotted code. It never holds a row's value, a secret, or the path of a
person's home: name the file, the sheet, the row and the column instead.

A foreign exception that escapes is a bug of ours; status 70 (`EX_SOFTWARE` of sysexits) is kept for it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    `code` is stable and dotted ("agreement.unsigned"); `what` is a translated sentence in lower case without a full
    stop; `where` names file, line, sheet, row, column or field; `hint` says what to do next.
    """

    code: str
    what: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what


class ExchangeError(Exception):
    """Something was refused. `problems` lists every reason, in the order in which they were found.

    >>> AgreementError(Problem("agreement.unsigned", "gt-ntt has not signed")).exit_status
    5
    """

    exit_status: ClassVar[int] = 1

    def __init__(self, problem: Problem, *more: Problem) -> None:
        self.problems: tuple[Problem, ...] = (problem, *more)
        super().__init__("; ".join(str(each) for each in self.problems))

    @classmethod
    def raise_all(cls, problems: Iterable[Problem]) -> None:
        """Raise this error with all `problems`, or return if there are none."""
        found = tuple(problems)
        if found:
            raise cls(*found)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(problem.code for problem in self.problems)


class UsageError(ExchangeError):
    exit_status = 2


class WorkspaceError(ExchangeError):
    exit_status = 3


class KeyringError(ExchangeError):
    exit_status = 4


class AgreementError(ExchangeError):
    exit_status = 5


class ExtractError(ExchangeError):
    exit_status = 6


class ConsentError(ExchangeError):
    exit_status = 7


class DisclosureError(ExchangeError):
    exit_status = 8


class BundleError(ExchangeError):
    exit_status = 9


class SealError(ExchangeError):
    exit_status = 10


class TransportError(ExchangeError):
    exit_status = 11


class MergeError(ExchangeError):
    exit_status = 12


class AuditError(ExchangeError):
    exit_status = 13


class CryptoError(ExchangeError):
    exit_status = 14
