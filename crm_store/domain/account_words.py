"""What people ask about their own accounts in a few set words: balance, accounts, readings, proof, reminders.

Read from the words alone, so that nothing private hangs on a learner's guess; whatever says more than these
(a balance that is wrong) is left to be understood as any message.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from crm_store.domain.region import Language

WishKind = Literal["balance", "accounts", "readings", "prove", "remind", "remind_no_more"]

_PHRASES: tuple[tuple[WishKind, Language, str], ...] = (
    (
        "balance",
        "en",
        r"(?:what(?: is|s|'s)|check|show(?: me)?|tell me|send(?: me)?|give me"
        r"|i want(?: to (?:know|check|see))?)?"
        r" ?(?:my|the|our)? ?(?:(?:account|water|electricity|municipal|rates) )*(?:balance|amount owing)"
        r"(?: (?:of|on|for) my account| owing| due)?"
        r"|(?:how much|what) (?:do|must|should) (?:i|we) (?:owe|pay)(?: you| the municipality| now)?"
        r"|how much (?:is|am) (?:my account|i owing)",
    ),
    (
        "balance",
        "zu",
        r"(?:(?:ithini|yimalini|imalini|ingakanani|iyini|ngifuna|ngicela|bheka) )?(?:i-?bhalansi|i-?balance)"
        r"(?: yami| yethu| ye-?akhawunti(?: yami)?)?(?: ithini| imalini| yimalini| ingakanani)?"
        r"|(?:(?:ngi|si)kweleta|(?:ngi|si)kweletwa) ?(?:u?malini|imalini|imali engakanani)"
        r"|(?:yimalini|imalini|ingakanani) (?:imali )?(?:engi|esi)(?:yi)?kweleta(?:yo)?",
    ),
    (
        "accounts",
        "en",
        r"(?:what(?: are| is|s|'s)|show(?: me)?|list|which are|send(?: me)?)?"
        r" ?(?:my|our) accounts?(?: numbers?)?(?: list)?",
    ),
    (
        "accounts",
        "zu",
        r"(?:(?:yimaphi|athini|ithini|iyini|yini|ngicela|ngifuna) )?(?:ama-?akhawunti ami|i-?akhawunti yami"
        r"|inombolo ye-?akhawunti yami|izinombolo zama-?akhawunti ami)",
    ),
    (
        "readings",
        "en",
        r"(?:what(?: are| is| was| were|s|'s)|show(?: me)?|list|send me)? ?(?:my|our)"
        r"(?: (?:last|previous|latest|past))? ?(?:water|electricity)? ?(?:meter)? ?readings"
        r"|(?:what(?: is| was|s|'s)|show(?: me)?)? ?my (?:last|previous|latest) (?:meter )?reading",
    ),
    (
        "readings",
        "zu",
        r"(?:(?:yikuphi|kuthini|ngicela|ngifuna) )?(?:okufundiwe kwami|ukufundwa kwemitha yami"
        r"|okufundwe emitheni yami|okufundiwe emitheni yami|izinombolo zemitha yami zakamuva"
        r"|okokugcina okufundiwe kwami|izibalo(?: zemitha)? (?:yami|zami)|izibalo zemitha)",
    ),
    (
        "remind_no_more",
        "en",
        r"(?:no(?: more)?|stop(?: the| my| sending(?: me)?)?|end) reminders?|reminders? off"
        r"|(?:stop reminding|(?:do not|don't|dont) remind) me(?: any ?more)?",
    ),
    (
        "remind_no_more",
        "zu",
        r"(?:azikho|angifuni|angisafuni|misa|yeka) izikhumbuzo|ningangikhumbuzi|ungangikhumbuzi"
        r"|(?:angifuni|angisafuni) ukukhunjuzwa|ningabe nisangikhumbuza|ningasangikhumbuzi",
    ),
    (
        "remind",
        "en",
        r"(?:can you |could you |will you |i want you to )?"
        r"(?:send me (?:a )?reminders?|remind me|reminders?(?: on)?)"
        r"(?: (?:to|when(?: it is time)? to|about|for)(?: (?:read|reading|send|take|submit))?"
        r"(?: (?:my|the|a))?(?: (?:water|electricity))?(?: meter)?(?: readings?| number)?)?"
        r"(?: (?:every|each) month| monthly)?|i want (?:a )?reminders?",
    ),
    (
        "remind",
        "zu",
        r"(?:(?:ngicela|ngifuna) )?(?:ni|u)?ngikhumbuz(?:e|ani|eni|wa)"
        r"(?: (?:ngokufunda|ukufunda|ukuthumela|ngemitha)"
        r"(?: (?:imitha|kwemitha)(?: yami)?)?)?(?: njalo ngenyanga| inyanga nenyanga)?"
        r"|(?:ngifuna|ngicela) (?:ukukhunjuzwa|isikhumbuzo|izikhumbuzo)|izikhumbuzo",
    ),
)
_WISHES = tuple((kind, language, re.compile(pattern)) for kind, language, pattern in _PHRASES)
_PROVE = re.compile(
    r"(?P<word>link|xhuma|xhumanisa|hlanganisa)"
    r"(?:(?: (?:my|to|the|i-?akhawunti|yami|account|acc|ne|no|number))*)"
    r"(?P<rest>(?: (?:id|isazisi|and|no)\b| [0-9a-z]*[0-9][0-9a-z]*)*)"
)
_POLITE = re.compile(
    r"\b(?:please|pls|plz|kindly|thanks|thank you|hi|hello|hey|sawubona|sanibonani|sanbonani|ngiyacela"
    r"|good (?:morning|afternoon|evening|day)|(?:siza )?bo|ukwazi|ngiyabonga)\b"
)
_ACCOUNT = re.compile(
    r"(?:\b(?:of|for|on|ye|ku)\b ?)?(?:\b(?:my )?(?:account|acc|a/c|i-?akhawunti|ye-?akhawunti)\b ?)?"
    r"(?:\b(?:number|no|nr|inombolo)\b ?)?\b(?P<number>[0-9](?: ?[0-9]){5,23})\b"
)


@dataclass(frozen=True)
class Wish:
    """What is asked. `account_number`: of this one only. `id_digits`: the proof that came with 'prove'."""

    kind: WishKind
    language: Language
    account_number: str | None = None
    id_digits: str | None = None


def read_wish(text: str) -> Wish | None:
    """The wish that the whole message is, or None when it is anything else.

    'LINK 41006273 1234': the last four digits are the proof, what stands before them is the account.
    """
    if len(text) > 120:
        return None
    said = _plain(text)
    if found := _PROVE.fullmatch(said):
        return _proof(found["word"], found["rest"])
    said = _spaced(_POLITE.sub(" ", said))
    number = _ACCOUNT.search(said)
    rest = _spaced(f"{said[: number.start()]} {said[number.end() :]}") if number else said
    for kind, language, pattern in _WISHES:
        if rest and pattern.fullmatch(rest):
            return Wish(kind, language, number["number"].replace(" ", "") if number else None)
    return None


def _proof(word: str, rest: str) -> Wish:
    language: Language = "en" if word == "link" else "zu"
    parts = [part for part in rest.upper().split() if any(character.isdecimal() for character in part)]
    if len(parts) >= 2 and re.fullmatch(r"[0-9]{4}", parts[-1]):
        return Wish("prove", language, "".join(parts[:-1]), parts[-1])
    return Wish("prove", language, "".join(parts) or None)


def _plain(text: str) -> str:
    """Without case, marks and invisible characters; NFKC makes other scripts' digits no digits of ours."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    plain = plain.casefold().replace("\u2019", "'")
    return _spaced(re.sub(r"[^\w\s'/-]|_", " ", plain))


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip(" -/'")
