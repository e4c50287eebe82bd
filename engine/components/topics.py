"""Words that name a topic, in both languages: they tell the two matters of a message apart (`matters`).

Stems, matched from the beginning of a word; isiZulu stems may stand behind any prefix. They come from the field's
vocabulary (municipal services in KwaZulu-Natal), not from the examples or the test messages.
"""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import re
from typing import Dict, FrozenSet, List, Tuple

# English stems stand at the beginning of a word or behind an isiZulu prefix, with its hyphen ('ne-bill') or without
# ('nebill'); isiZulu ones anywhere in it.
ENGLISH: Dict[str, str] = {
    "water": "water tap taps borehole hydrant tanker jojo standpipe leak leaking reservoir geyser 'burst pipe' 'water pressure' 'pipe burst'",
    "electricity": "electric power outage loadshed load-shed transformer substation cable wire voltage blackout trip tripping eskom powerline 'no lights' 'live wire' plug",
    "streetlights": "streetlight 'street light' 'street lights' lamppost 'lamp post' highmast 'high mast' floodlight 'street lamp' bulb globe",
    "sanitation": "sewer sewage sewerage toilet manhole septic vip honeysucker 'honey sucker' faeces poo drain blocked desludg pit latrine",
    "refuse": "refuse rubbish bin bins garbage trash dump dumping skip litter 'black bag' 'refuse bag' waste landfill recycl wheelie",
    "roads": "road pothole tar gravel bridge pavement kerb curb sidewalk robot robots 'traffic light' 'traffic lights' stormwater culvert 'speed hump' 'stop sign' 'road sign' grader intersection potholes marking",
    "billing": "bill billing account statement invoice charge rates arrears interest payment paid refund overcharg 'debit order' balance owing owe valuation clearance deposit eft receipt easypay",
    "prepaid": "prepaid token voucher 'electricity units' recharge vending meter-box keypad purchase 'buy electricity' units tid krn sts",
    "meter_reading": "reading readings reader read estimate estimated 'meter reader' dial kwh kl kilolitre submit",
    "housing": "rdp house houses housing subsidy 'title deed' beneficiary tenant hostel rental transit roof contractor 'waiting list' shelter",
    "environment": "tree trees grass park bush river beach dog dogs cattle goats cemetery grave graves pollution smoke snake overgrown mosquito pound air sand-mining erosion animal monkeys bees",
    "safety": "fire police traffic speeding taxi noise tavern licence license ambulance flood disaster gas crime bylaw by-law fine fines ticket hawker vendor learner rescue",
    "facilities": "hall library stadium 'sports ground' 'sports field' swimming pool clinic 'community centre' gym playground creche 'book the hall' taxi-rank ablution museum caretaker netball soccer",
    "indigent": "indigent 'free basic' pensioner sassa grant 'food parcel' 'social relief' poor pauper orphan affidavit destitute rebate",
    "staff": "clerk cashier official staff manager rude receptionist driver supervisor employee 'call centre' foreman worker attitude consultant 'lady at' insult 'hung up'",
    "corruption": "bribe bribes corrupt corruption tender fraud fraudster nepotism kickback steal stealing stole selling 'cold drink' favour tenders embezzl ghost",
    "governance": "councillor council mayor ward idp budget meeting election committee agenda minutes speaker municipalmanager petition constituency vote 'public participation' demarcation",
    "general": "hours office address phone email website contact vacancy job jobs tourism business internet map municipality",
}
ZULU: Dict[str, str] = {
    "water": "manzi mpompi mpomp pompi payipi thangi lamanzi ithange ngcolile",
    "electricity": "gesi transfoma ntambo izintambo eskom cimile isigxobo khanyi",
    "streetlights": "ilambu malambu lambu isibani izibani 'kwasibani' mgwaqo-cimile",
    "sanitation": "thoyilethi toilethi ndle suwe manholi ngcola ndlongolongo 'umgodi wendle' zitho indle thutha",
    "refuse": "doti udoti mfucuza imfucumfucu ngcoliswa ikloba udodi 'imigqomo' mgqomo lahla sikhwama",
    "roads": "mgwaqo migwaqo ndlela bhuloho godi ilobhothi irobhothi robhothi marobhothi imigodi",
    "billing": "bhili kweleta zikweletu sikweletu nkokhelo khokha khokhile khokhiswa akhawunti tatimende zintela ntela buyisel mbuyiselo irisidi risidi",
    "prepaid": "prepaid thokheni thokeni token tokheni vawusha 'thenga ugesi' thengile yuniti amayunithi",
    "meter_reading": "funda fundi fundwa fundo ridingi iridingi linganis",
    "housing": "ndlu zindlu mxhaso ithayitela tayitela xhaso jondolo mjondolo uphahla lophahla fulethi ohlwini luhlu",
    "environment": "sihlahla zihlahla tshani paki ngcwaba mathuna ithuna nja zinja nkomo izinkomo mfula umfuleni olwandle lwandle ntuthu nyoka hlathi mbuzi",
    "safety": "mlilo phoyisa moto zimoto msindo layisensi laysensi thaveni shebeen tekisi teksi icimamlilo cimamlilo zikhukhula nhlawulo",
    "facilities": "hholo holo sitediyamu nkundla mtapo klinikhi dlala dlalo chibi mitholampilo umtapo phulazi",
    "indigent": "mpofu hlwempu mpesheni peshini mholo dlayo-mahhala mahhala sibonelelo izintandane ntandane swele bampofu gogo hluphekile",
    "staff": "sebenzi sisebenzi umsebenzi basebenzi mabhalane ndelelo delela deleli thuka jezi phathi mphathi ukheshiya khashiya",
    "corruption": "nkohlakalo fumbathis gwaz ntshontsh phanga thenderi tenda ukukhwabanisa khwabanisa khwaban ubugebengu bafunxa mkhonyovu",
    "governance": "khansela mkhandlu meya ukhetho votela umhlangano ikomidi komidi ward iwadi wadi sabiwomali lwabiwozimali mphakathi",
    "general": "hhovisi ikheli inombolo yocingo umsebenzi-mali ithuba msebenzi isikhala websayithi",
}


def _stems(words: str) -> List[str]:
    return [quoted or bare for quoted, bare in re.findall(r"'([^']+)'|(\S+)", words)]


_PREFIX = r"(?:[a-z]{1,4}-|i|u|e|na?ma|ama|n[aeo]|yi|ye|we|le|se|ku|nge|kwi)?"
_KNOWN: Dict[str, Tuple[List[str], List[str], "re.Pattern[str]"]] = {
    topic: (
        _stems(ZULU[topic]),
        _stems(ENGLISH[topic]),
        re.compile(rf"\b{_PREFIX}(?:{'|'.join(map(re.escape, _stems(ENGLISH[topic])))})"),
    )
    for topic in ENGLISH
}


# What looks like a topic and is none: taxis refuse to come, a shame and a waste, learners who go to school.
_NO_TOPIC = re.compile(
    r"\brefus(?:e[ds]?|ing)\s+(?:to|uku\w+)|\b(?:a|such a|what a)\s+waste\b|\bwast(?:e|ing)\s+(?:of|our|my|your|their)\b"
    r"|\b(?:n?ab|um|b|kub|kwab)a?fundi\b|\b\w{0,2}(?:imfundo|izifundo|isifundo)\b"
)


def topics_in(normal: str) -> FrozenSet[str]:
    """The topics that the words of a normalised text name."""
    normal = _NO_TOPIC.sub(" ", normal)
    return frozenset(topic for topic in _KNOWN if _names(topic, normal))


def _names(topic: str, normal: str) -> bool:
    zulu, english, at_a_beginning = _KNOWN[topic]
    if any(stem in normal for stem in zulu):
        return True
    # The pattern is dear, and few topics have a word in the text at all.
    return any(stem in normal for stem in english) and bool(at_a_beginning.search(normal))
