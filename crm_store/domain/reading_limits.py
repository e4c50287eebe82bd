"""When so many readings come from one phone, or for one account, that a person should look at them.

Nobody is blocked: a caretaker sends the readings of a whole block, and a neighbour's phone those of a street.
What is over a limit is taken and flagged, and waits for a person like any other doubt.
"""

from dataclasses import dataclass
from typing import Literal

from crm_store.domain.region import ReadingRules

SenderFlag = Literal["many_from_phone", "many_for_account", "many_accounts"]
#: 'many_accounts' looks back so many days.
ACCOUNTS_IN_DAYS = 30


@dataclass(frozen=True)
class SentSoFar:
    """Counted with the reading at hand: of the phone today, for the account today, accounts of the phone."""

    from_phone: int
    for_account: int
    accounts: int
    #: a person looked at this phone and found it in order
    trusted: bool = False


def sender_flags(sent: SentSoFar, rules: ReadingRules) -> tuple[SenderFlag, ...]:
    """What to flag the reading at hand with; a trusted phone may send as much as it likes."""
    flags: list[SenderFlag] = []
    if sent.from_phone > rules.most_per_phone_a_day and not sent.trusted:
        flags.append("many_from_phone")
    if sent.for_account > rules.most_per_account_a_day:
        flags.append("many_for_account")
    if sent.accounts > rules.most_accounts_a_phone and not sent.trusted:
        flags.append("many_accounts")
    return tuple(flags)
