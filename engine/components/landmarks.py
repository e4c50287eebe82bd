"""Places that no gazetteer knows: corners, streets, wards, 'next to the clinic', 'eduze kwesikole'."""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import re
from typing import List, NamedTuple


class Span(NamedTuple):
    """A piece of a text."""

    start: int
    end: int


STREET = r"(?:street|str|st|road|rd|avenue|ave|drive|dr|lane|ln|crescent|cres|highway|boulevard)"
# Spots people go by; behind 'at the' or 'inside' only these tell where.
SPOT = (
    r"(?:clinic|school|primary|secondary|high|creche|hall|library|park|stadium|robots?|rank|bridge|church|mosque|temple|shops?|spar|boxer|shoprite|garage|mall|plaza|station|court|"
    r"cemetery|graveyard|beach|market|dam|river|tavern|crossing|circle|intersection|hospital|ground|grounds|field|offices|stop|dump|quarry|mill|factory|centre|center|hostel|flats|"
    r"pavilion|substation|reservoir|off-?ramp|turn-?off|roundabout|t-junction|depot|post office|water tank|tank)"
)
# A word of a name; it stops at words that begin another thought.
NOT_IN_A_NAME = (
    r"(?!(?:is|are|was|were|has|have|had|not|no|for|since|and|but|because|please|pls|plz|when|where|who|why|how|what|i|we|you|they|"
    r"it|he|she|there|this|that|to|from|with|of|or|so|my|our|your|their|still|again|always|never|been|be|do|does|did|will|can|since|"
    r"kusukela|kodwa|futhi|ngoba|manje|ukuthi|uma|namanje|akekho|ayikho|awekho|awukho|sicela|ngicela|kade|sekuphele|sekungamasonto|izolo|"
    r"namhlanje|kakhulu|njalo|ebusuku|ekuseni|emini|thina|mina|abantu|izingane|today|yesterday|now|last|daily|anymore|everyone|people|kids|children|leaks?|says?|said|gets?|got|while|takes?|laughed|closes?|opens?|needs?|"
    r"goes|went|keeps?|makes?|burst|broken|full|overflow\w*|stinks?|smells?|flooded|blocked|dumping|at|in|on|by|near|before|after|during|"
    r""
    r"e|la|lapha|nje|bakithi|yini|na)\b)"
)
NAME = rf"{NOT_IN_A_NAME}[^\W\d_][\w'\-]*"
NAME_OR_NUMBER = rf"{NOT_IN_A_NAME}[\w'\-]+"
CORNER = re.compile(
    rf"\b(?:(?:at|on)\s+)?(?:the\s+)?(?:corner|cnr|crn)\.?\s+(?:of\s+)?{NAME}(?:\s+{NAME}){{0,2}}?\s+(?:and|&|/|na|n)\s+"
    rf"{NAME}(?:\s+(?:{STREET}\b|gandhi\b))?",
    re.I,
)
CORNER_ZU = re.compile(
    rf"\be(?:khoneni|mphambanweni)\s+(?:li|ka|lika|laka|lase|lo|wa)[\w\-]*"
    rf"(?:(?:\s+{NAME}){{0,3}}?\s+n[oea]-?\w[\w\-]*|(?:\s+(?-i:[A-Z]\w+)){{0,2}})",
    re.I,
)
STREET_NAMED = re.compile(
    rf"\b(?:\d{{1,5}}[a-z]?\s+)?(?!(?:the|a|this|our|my|main|street|whole|entire|on|in|at|of|along|and|every|each|no|your|same|different|stop|sonke|wonke|tar|dirt|gravel|which|off)\b)"
    rf"(?:{NAME}(?:\s+{NAME})?\s+{STREET}\b(?!\s*light|light)|[A-Z][\w']+(?:\s+[A-Z][\w']+)?\s+(?-i:Close|Place|Extension|Ext|Heights|Estate|Village)\b)",
    re.I,
)
# National and provincial roads; R800 is money.
ROUTE = re.compile(
    r"\b(?:(?:e|ku|kwi)-?(?=[NMRPD]\d))?(?:[nN][23]|[mM](?:4|27)|[rR](?:33|34|61|66|68|74|102|103|614|617)|[PD]\d{2,4})(?:\s+(?:off-?ramp|bridge|intersection|interchange))?\b"
)
WARD = re.compile(
    r"\b(?!re|ste)(?:[a-z]{0,5}[aeiu]-?)?(?:ward|wadi|wadini|sigceme|sigcemeni)\s*(?:no\.?|number)?\s*\d{1,3}\b",
    re.I,
)
BESIDE = re.compile(
    rf"\b(?:near|next\s+to|nxt\s+to|opposite|opp|behind|in\s+front\s+of|outside|close\s+to|across\s+from|beside|along|"
    rf"past\s+the)\s+(?:the\s+|a\s+)?{NAME_OR_NUMBER}(?:\s+{NAME_OR_NUMBER}){{0,3}}"
    rf"|\b(?:at|by|inside|in|on|between|above|below)\s+the\s+(?:{NAME}\s+){{0,3}}?{SPOT}\b",
    re.I,
)
BESIDE_ZU = re.compile(
    r"\b(?:eduze|eduzane|eceleni|ngaphambi|phambi|ngemuva|ngemva|emva|ngaphandle|phandle|maqondana|ngaphesheya|phesheya|ngaphansi|ngaphezulu|"
    r"phakathi|ngasemva|ngasekhoneni|ngasesangweni)\s+(?:kw|kwa|kwe|kwo|kuka|ne|na|no|kwase|kwesi|lwa|lo)[\w\-]+"
    r"(?:\s+(?:s|l|y|w|k|b|z|e|n)(?:ase|aku|akwa|e|o|a|i)[\w\-]+){0,2}",
    re.I,
)
BY_ZU = re.compile(
    r"\b(?:ngas|ngak)(?:e|o|u)-?(?:s?ikole|sikole|skole|klinikhi|kilinikhi|sibhedlela|sonto|mgwaqo|paki|nkundla|nkundleni|stobhi|sitobhi|hholo|nkantolo|mangcwaba|"
    r"bhuloho|renki|stolo|sitolo|theksi|tekisi|mfula|mfuleni|nkulisa|sango|sangweni|makethe|galaji)\w*(?:\s+(?:s|l|y|w|k|z)(?:ase|aku|akwa)[\w\-]+)?",
    re.I,
)
# 'esikoleni', 'eklinikhi' ...: the isiZulu locatives of places people go by, with what belongs to them.
KNOWN_SPOTS_ZU = re.compile(
    r"\b(?:ngas|kus|as|was|bas|zas|las|yas)?e-?(?:sikoleni|skoleni|klinikhi|kilinikhi|sibhedlela|sontweni|mgwaqweni|phaki|paki|nkundleni|sitobhini|"
    r"stobhini|hholo|holo|nkantolo|mangcwabeni|bhulohweni|renki|lenki|stolo|sitolo|sitishini|theksi|tekisini|taxi|mfuleni|lokishini|"
    r"mjondolo|mahhovisi|hhovisi|kolishi|nkulisa|theku|tshe)\w*"
    r"(?:\s+(?:s|l|y|w|k|z|e)(?:ase|aku|akwa|ama|ika|i|e|o)[\w\-]+){1,2}"
    r"|\be-?(?:makethe|renki|lenki|dolobheni|bhulohweni)\b|\bemgwaqweni\s+(?:oya|omkhulu|ongena|onqamula|ophuma|odlula|u)-?\s?[\w\-]+(?:\s+u-?[A-Z]\w+)?",
    re.I,
)
# 'outside my gate': true, and no help to whoever must find it.
WHOSE = re.compile(
    r"\b(?:my|mine|our|ours|your|yours|his|her|their|me|us|you|them|kw?(?:ayo|alo|akhe|abo|awo|azo|aso)|kuka(?:mama|baba|gogo|mkhulu)|wami|yami|sami|lami|kwami|wethu|yethu|sethu|lethu|kwethu|wakhe|lenu|yenu|senu)\b",
    re.I,
)
# A spot that something else is near, in a normalised text: 'by the taxi rank', 'phambi kwesikole', 'ngase-clinic'.
# Not 'at', 'in', 'inside': what is wrong at the hall is often the hall.
SPOT_ZU = (
    r"(?:s?ikole|skole|klinik|kilinik|sibhedlela|sonto|hh?olo|p?haki|paki|nkundl|s?i?tobhi|nkantolo|mangcwab|bhuloho|bhulohweni|renki|lenki|s?i?tolo|theksi|tekisi|"
    r"mful|nkulisa|makethe|galaji|hhovisi|labhulali|mtapo|posi|phoyisa|sitishi|sitediyamu)"
)
NEAR_A_SPOT = re.compile(
    rf"\b(?:near|by|next to|nxt to|opposite|opp|behind|in front of|outside|close to|across from|beside|past)\s+(?:(?:the|a|our|that)\s+)?"
    rf"(?:{NAME}\s+){{0,2}}?(?:[ie]-?)?(?:{SPOT}|office)\b"
    r"|\b(?:(?:eduz|maduz)(?:e|ane)|(?:ngas)?eceleni|(?:nga)?phambi|(?:nge|e)muva|(?:nge|e)mva|ngasemva|(?:nga)?phandle|maqondana|malungana|(?:nga)?phesheya|ngezansi|ngenhla)\s+"
    rf"[knlys][aeouw]\w{{0,3}}?-?(?:{SPOT_ZU}\w*|{SPOT}\b)"
    rf"|\b(?:ngas|ngak)[eo]-?(?:{SPOT_ZU}\w*|{SPOT}\b)",
    re.I,
)
# 'eMpungeni', 'lakwaSibisi', 'waseWangu': a capital behind a locative names a place, but for bodies and kin.
NAMED_ZU = re.compile(
    r"(?<![\w-])(?:e|(?:[bklnswyz]|kw|ng)?[ai]se|[bklnswyz]?a?[kK]wa)"
    r"(?!Masipala|Eskom|Hulumeni|Whats|Face|Telegram|Capitec|Absa|Boxer|Shoprite|Gogo|Malume|Mama|Baba|Covid|Pick|Grade|Jan|Feb|Ephreli|Ogasti|Disemba)"
    r"[A-Z][a-z]{3,}\b"
)
# Parts of townships: 'Section 6', 'ku-section C', 'Zone 3'. A unit or a block may be a flat.
PART = re.compile(
    r"\b(?:e|ku|kwi)?-?(?:section|zone|phase|extension|isigaba) ?(?:\d{1,2}|(?-i:[A-Z]))\b", re.I
)
KINDS = (
    CORNER,
    CORNER_ZU,
    STREET_NAMED,
    BESIDE,
    BESIDE_ZU,
    BY_ZU,
    KNOWN_SPOTS_ZU,
    NAMED_ZU,
    PART,
    WARD,
    ROUTE,
)
# Said of time, not of place.
NOT_LANDMARKS = re.compile(
    r"^(?:(?:at|by|in|near|outside|inside|between|past)\s+(?:the\s+)?(?:end|moment|time|same|beginning|start|latest|least|first|middle|"
    r"morning|evening|night|weekend|month|week|end|municipality|office|hours|house|yard|door|future|sun|rain|dark|says)\b|"
    r"(?:ngemva|emva|ngaphambi|phakathi|ngaphandle)\s+kw(?:esi(?:khathi|phepho|vunguvungu|nsuku)|ama(?:hora|sonto)|e(?:nyanga|sonto|mvula|min)|oku|a\s|alokho|alokhu)"
    r"|ngaphandle\s+(?:kwe(?:saziso|sizathu|mvume|mpendulo|nkokhelo|mali|risidi)|kwenu|kwethu)|ngaphansi\s+kwetafula|(?:nga)?(?:phambi|phakathi|phansi|phandle)\s+kw(?:aba(?:ntu|ntwana|zukulu)|emigqa|ezi(?:thembiso|nsuku|ngane)|e-?sundry)|phakathi\s+(?:kwamabili|ne))",
    re.I,
)


def landmarks_in(text: str) -> List[Span]:
    """Pieces of the text that tell where, whether or not the gazetteer knows them."""
    spans = []
    for pattern in KINDS:
        for match in pattern.finditer(text):
            if not NOT_LANDMARKS.match(match[0].strip()) and not WHOSE.search(match[0]):
                spans.append(Span(match.start() + len(match[0]) - len(match[0].lstrip()), match.end()))
    return spans


def without_spots(normal: str) -> str:
    """A normalised text without the spots that something is near: 'hole by the clinic' becomes 'hole'."""
    return " ".join(NEAR_A_SPOT.sub(" ", normal).split())
