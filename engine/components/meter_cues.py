"""What the words around a number tell: an account's, a meter's, a reading, a quantity, a paper's."""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import re
from typing import Optional

ACCOUNT_WORDS = r"(?:acc(?:ount|t|nt)?s?|ac|a/c|acnt|acount|i?-?akh?awunti|i?-?akhawnti|akhawunt\w*|ye-?akhawunti|kwi?-?akhawunti|akawunti)"
ACCOUNT_WORD = re.compile(rf"\b{ACCOUNT_WORDS}\b", re.I)
METER_WORDS = r"(?:(?:i|ku|kwi|nge|ye)?-?meters?|mtr|\w{0,5}mith(?:a|eni)|\w{0,3}washi|i?mita|imith|mith)"
READING_WORDS = (
    r"(?:read(?:ing|s|in|ings)?|ireading|iridingi|ridingi|ukufund\w+|kufund\w+|funda|\w{1,4}thi|isiku|iku|ikhombisa|shows?|stands?|says?|stood|"
    r"(?:isi|i|u|usu|y?a|i?se|ase)(?:fik|gcin|m)[ea]|imi|isibal\w+|sibalo|izibalo|isifundo|ngifunde|(?:se|be)(?:ku|si|i)ngu|kwakungu|ibiku|(?:li|zi|a)mi|\w{1,4}mile|esingu|e?y(?:ethu|ami) ingu|dial|counter|kl|kwh|units|kilolit\w+|cubic|black|emnyama|day|night|water|wtr|elec|lec|electricity|amanzi|amanz|yamanzi|"
    r"ugesi|kagesi|gesi|eyamanzi|eyamagumbi|bhala|manje|w|e|k|correction|closing|starting|is|it'?s|its|ngu)"
)
NUMBER_WORDS = r"(?:no|nr|num|number|[iey]?[iy]?nombolo|i?namba|i?nmb[ar]?|nomb|#)"
WHOSE_METER = r"(?:[wy](?:ami|ethu|akhe|akwami|akithi|akho|abo|e?ndlu))"
BEFORE_ACCOUNT = re.compile(
    rf"\b{ACCOUNT_WORDS}\b\W{{0,3}}(?:{NUMBER_WORDS}\b\W{{0,3}})?(?:(?:yami|yethu|yakhe|is|ithi|ngu|number)\b\W{{0,3}}){{0,2}}$",
    re.I,
)
BEFORE_METER = re.compile(
    rf"\b{METER_WORDS}\b(?:\s[kyw]\w{{2,}})?\W{{0,3}}(?:(?:{NUMBER_WORDS}|i?ku)\b\W{{0,3}})?$|\b{NUMBER_WORDS}\s+{METER_WORDS}\W{{0,3}}$|\binombolo\s+yemitha\W{{0,3}}$",
    re.I,
)
BEFORE_METER_NUMBER = re.compile(
    rf"\b{METER_WORDS}\b\W{{0,3}}(?:{WHOSE_METER}\W{{1,3}})?{NUMBER_WORDS}\b\W{{0,3}}(?:(?:is|ngu|ithi)\b\W{{0,3}})?$|"
    rf"\bserial\b\W{{0,3}}(?:{NUMBER_WORDS}\b\W{{0,3}})?(?:(?:on|of|ku)\W{{0,2}}(?:(?:the|my|our)\s+)?{METER_WORDS}\W{{1,3}})?(?:(?:is|ngu|ithi)\b\W{{0,3}})?$|"
    rf"\b(?:inombolo|enombolo)\s+yemitha\W{{0,3}}$|\b{METER_WORDS}\s+enombolo\W{{0,3}}$",
    re.I,
)
BEFORE_READING = re.compile(
    rf"\b{READING_WORDS}\b\W{{0,4}}(?:(?:is|yami|now|today|for|ngu|\w*nam(?:u?hla|hlanje)|on|at|of|manje|ithi|must|be|the|imitha|ku)\b\W{{0,3}}){{0,3}}$|"
    # 'sending you 10233', 'ngithumela u 10233'
    r"\b(?:send(?:ing)?|submit(?:ting)?|capture|record|(?:ngi|si)thumel\w+|(?:ni)?bhale(?:ni)?)\W{1,3}(?:(?:you|u|ku|ngu)\b\W{0,3})?$",
    re.I,
)
# '118 kl' that people used is no reading.
BEFORE_USED = re.compile(r"\b(?:used?|using|consumed?|\w{0,6}sebenzis\w+)\W{1,3}$", re.I)
AFTER_READING = re.compile(
    r"^\W{0,3}(?:(?:kwi-?|e)mith[ae]\w*|(?:on|off|from)\W+(?:the|my|our)\W+(?:\w+\W+)?meter|reading|kl|kwh|units?|kilolit\w+|cubic|black|water|electricity|amanzi|amanz|ugesi|kagesi|yamanzi|yileyo|\(?black)\b",
    re.I,
)
AFTER_METER = re.compile(r"^\W{0,3}(?:i-?)?reading\b", re.I)  # 'meter 70015526 reading 418'
# A counter of a meter that has several: by its number, or by a word that is an everyday one, too ('day', 'peak').
NUMBERED_REGISTER = (
    r"(?:t-?[1-4]|1\.8\.[0-4]|(?:tariff|rate|register|reg|dial|counter|i?-?rejista)\W{0,2}(?:[1-4]|one|two|three|four)|"
    r"(?:first|second|third) (?:register|dial|counter|reading|number)|(?:ey|es|ok|ow)okuqala|(?:ey|es|okw|ow)esibili)"
)
TIMED_REGISTER = (
    r"(?:(?:i-?)?(?:off\W{0,2}|on\W{0,2})?peak|standard|day(?:time)?|night(?:time)?|(?:\w{0,4}e|[yi]|kw)mini|\w{0,4}[eou]busuku|"
    r"(?:low|high) (?:rate|tariff)|total)"
)
REGISTER = f"(?:{NUMBERED_REGISTER}|{TIMED_REGISTER})"
NUMBERS_REGISTER = re.compile(rf"(?<![\w.]){NUMBERED_REGISTER}(?!\w|\.\d)", re.I)
NAMES_REGISTER = re.compile(rf"(?<![\w.]){REGISTER}(?!\w|\.\d)", re.I)
BEFORE_OF_REGISTER = re.compile(
    rf"(?<![\w.]){REGISTER}\W{{0,4}}(?:(?:is|reads?|shows|ithi|ngu|u)\b\W{{0,3}})?$", re.I
)
AFTER_OF_REGISTER = re.compile(rf"^\W{{0,3}}(?:\((?:for )?)?(?:for |on )?{REGISTER}(?!\w|\.\d)", re.I)
BEFORE_REFERENCE = re.compile(
    r"\b(?:ref(?:erence)?|case|ticket|isikhalazo\s+sami|udaba|inkomba|complaint|query|isikhalazo|status|isimo)\b\W{0,3}(?:(?:no|number|num|inombolo|yami|esithi|is)\b\W{0,3}){0,2}$",
    re.I,
)
# 'inombolo emnyama ithi 00592 ebomvu …': the black digits count, whatever is said of the red.
BEFORE_BLACK = re.compile(
    r"\b(?:black|e(?:zi|si)?mnyama)\b(?:\W+(?:numbers?|digits?|ones|are|is|\w{0,2}thi|ngu)){0,2}\W{0,3}$",
    re.I,
)
BEFORE_RED = re.compile(
    r"\b(?:red|bomvu|e(?:zi|si)?bomvu)\b(?:\W+\w+){0,2}\W{0,3}$|\bnot\W{1,3}$|\bhhayi\W{1,3}$|\bsukele\s+ku\W{0,3}$|\bisukela\s+ku\W{0,3}$",
    re.I,
)
AFTER_RED = re.compile(
    r"^\W{0,3}(?:in\s+|is\s+in\s+|are\s+in\s+)?red\b(?!\W{1,3}(?:ones|numbers|digits|\d))|^\W{0,3}e(?:zi|si)?bomvu\b(?!\W{1,3}(?:(?:ngu|\w?zi?thi|ithi|u|ku)\W{1,3})?\d)",
    re.I,
)
# A number people write that none of ours is: streets, times, quantities, years, units of time or people.
AFTER_QUANTITY = re.compile(
    r"^\s?(?:days?|weeks?|months?|years?|yrs?|hours?|hrs?|min(?:utes)?|km|m|metres?|meters?\s+(?:away|from)|people|houses|families|times|x|pm|am|%|h\d\d|"
    r"street|st|road|rd|avenue|drive|litres?|l|ml|kids|children|percent|kwh?\s+units|o'?clock|izinsuku|iminyaka|amahora|abantu)\b",
    re.I,
)
BEFORE_QUANTITY = re.compile(
    r"(?:\b(?:since|in|by|ward|wadi|house|erf|stand\s+no|unit|flat|no|plot|route|number|umuzi|indlu|aged|ngo|ku|ga|angu|engu|izingu|ezingu|abangu|neminyaka)\b|\b\w*ngu)[\s-]{0,2}$",
    re.I,
)
# Where somebody lives or something stands, and numbers of plates, codes and sums.
BEFORE_ADDRESS = re.compile(
    r"\b(?:np[a-z]|nd|pin|i?phinikhodi|code|ikhodi|(?:postal|yeposi|reset)\W+code|paid|(?:ngi|si)\w{0,2}khokh\w+|isesitendini|esitendini|selokhu\s+kwaba\s+ngu|kwa-?nombolo|\w{0,4}pali(?:ni)?|ward|wadi|house|erf|i?stand|\w{0,4}stendi(?:ni)?|unit|flat|room|plot|zone|section|block|site|route|pole|isigxobo|umuzi|indlu|isiza|(?:live|stay)\s+at|hlala\s+ku)"
    r"(?:\s+(?:no|nr|number|nombolo|engu|is|yami|ngu)){0,2}\W{0,3}$",
    re.I,
)
# 'the number on my meter is 91006273', 'umitha wami u-55208134': of a meter when it is as long as those are.
BEFORE_ON_METER = re.compile(
    rf"\b{METER_WORDS}\b\W{{0,3}}(?:{WHOSE_METER}\W{{1,3}})?(?:[ey]?ngu|u|ka)\b\W{{0,2}}$|"
    rf"\bnumber\s+(?:on|of)\s+(?:the|my|our)\s+(?:\w+\s+)?{METER_WORDS}\W+(?:is\b)?\W{{0,3}}$|"
    rf"\b{NUMBER_WORDS}\s+{METER_WORDS}\s+{WHOSE_METER}(?:\s+(?:ithi|ngu))?\W{{1,3}}$|"
    rf"\b{METER_WORDS}\s+with\s+(?:the\s+)?number\W{{1,3}}$|"
    r"\b[ei]nombolo\s+yemitha\s+(?:yami|yethu|ithi|ngu)(?:\s+(?:ithi|ngu))?\W{1,3}$|"
    # 'u-meter wakhe 71400926', 'ewashini, inombolo yalo 48210937', 'inombolo yebhokisi 65020917'
    rf"\b{METER_WORDS}\s+(?:{WHOSE_METER}|(?:\w+\s+)?\w*enu\s+ngu)\W{{1,3}}$|\b(?:i|e)?washi(?:ni)?\b[^.?!\d]{{0,30}}\b[iey]?nombolo\s+yalo\W{{1,3}}$|"
    rf"\b{METER_WORDS}\b(?:(?!{ACCOUNT_WORDS}\b)[^.?!\d]){{1,35}}\s(?:is|was)\W{{1,3}}$|"
    rf"\b{METER_WORDS}\b(?:(?!{ACCOUNT_WORDS}\b)[^.?!\d]){{0,30}},?\s{NUMBER_WORDS}\W{{1,3}}$|"
    r"\b[iey]?nombolo\s+ye(?:bhokisi|mitha\s+yakhona|mitha\s+yakhe)\W{1,3}$|\b(?:box|bhokisi)\s+(?:no|number|nombolo)\W{1,3}$",
    re.I,
)
AFTER_ADDRESS = re.compile(
    r"^\s(?:[A-Z]\w+\s){1,2}(?:street|str|road|rd|avenue|ave|drive|crescent|lane)\b", re.I
)
# Numbers of papers: 'speed notice 7730915', 'form 2210045', 'tender no 8812047'. None is a meter's or an account's.
BEFORE_PAPER = re.compile(
    r"\b(?:pole|i?pali|isigxobo)\s+(?:[a-z]{1,3}\s)?$|"
    r"\b(?:notice|fine|ticket|itikithi|\w{0,4}saziso|i?nhlawulo|job(?: card)?|order|invoice|application|form|ifomu|booking|receipt|irisidi|"
    r"slip|permit|licen[cs]e|tender|ithenda|passport|certificate|isitifiketi|voucher|token|cheque|erf|lot|id)"
    r"\b\W{0,3}(?:(?:no|nr|num|number|nombolo|code|is|engu|ngu|lika|li)\b\W{0,3}){0,2}$",
    re.I,
)


def cue_of(before: str, after: str) -> Optional[str]:
    """What a number between these words is said to be: account_number, reference, meter_number, meter (its
    number or its reading, by the length), reading, quantity, paper, left_out (a red digit); None: nothing.
    """
    before = before[-60:]
    if BEFORE_BLACK.search(before):
        return "reading"
    if BEFORE_RED.search(before) or AFTER_RED.match(after):
        return "left_out"
    if BEFORE_PAPER.search(before) and not ACCOUNT_WORD.search(before):
        return "paper"
    if BEFORE_ACCOUNT.search(before):
        return "account_number"
    if BEFORE_REFERENCE.search(before):
        return "reference"
    if BEFORE_METER_NUMBER.search(before):
        return "meter_number"
    if BEFORE_ON_METER.search(before):
        return "meter"
    if AFTER_QUANTITY.match(after) or BEFORE_ADDRESS.search(before) or AFTER_ADDRESS.match(after):
        return "quantity"
    if BEFORE_METER.search(before) and AFTER_METER.match(after):
        return "meter"
    if AFTER_READING.match(after) or (BEFORE_READING.search(before) and not BEFORE_METER.search(before)):
        return "quantity" if BEFORE_USED.search(before) else "reading"
    if BEFORE_METER.search(before):
        return "meter"
    if BEFORE_QUANTITY.search(before):
        return "quantity"
    return None


def names_a_register(text: str) -> bool:
    """'T1', 'peak', 'emini': one of the counters of a meter."""
    return bool(NAMES_REGISTER.search(text))


def speaks_of_meters(text: str) -> bool:
    """Whether meters or their reading are spoken of."""
    return bool(
        re.search(
            rf"\b(?:{METER_WORDS}|readers?|reading|readin|iridingi|ukufunda|ukufundwa|\w*fund(?:we|wa|ile|eka)\w*)\b",
            text,
            re.I,
        )
    )
