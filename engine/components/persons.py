"""Finds the person a message praises or names: 'ku-Thabo', 'Mr Dlamini', 'uNkosazana Mkhize', "mam' Zungu"."""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import re
from typing import Any, Dict, List, Text

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin

from engine.components.entities import Extractor, Found
from engine.components.gazetteer import gazetteer
from engine.components.names import NAMES

CAPITAL = r"[A-ZÀ-Þ][a-zà-ÿ'A-Z]+"
TITLE = r"(?:mr|mrs|ms|miss|dr|prof|mnu|mnumzane|mnumz|nksz|nkk|nkosazana|nkosikazi|sister|sis|sisi|sgt|sergeant|capt|captain|adv|rev|mfundisi|bhuti|bab|baba|mam|mama|ma|councillor|councilor|cllr|clr|khansela|gogo|mkhulu|aunty|anti|uncle|malume|sir|madam|constable|officer|inspector|nurse|pastor)"
OF = r"(?i:(?:van|von|de|du|le)\s+(?:(?:der|den|la)\s+)?)"
TITLED = re.compile(
    rf"\b(?:ku|no|na|ka|u|i|ngo|lo|wo|kwa)?-?(?i:{TITLE})\b[.']?\s+(?:ka|wa)?-?(?P<name>{OF}?{CAPITAL}(?:\s+{CAPITAL})?)"
)
TITLED_SMALL = re.compile(
    r"(?i)\b(?:u|ku|no)?-?(?:(?:mr|mrs|ms|dr|mnu|mnumzane|nkosazana)\.?\s+|(?:mam|bab)'\s*)(?P<name>(?!o(?:se|hl|w|ne|phe|bhe|the|si)[a-z]*[aeo]\b)[^\W\d_]{3,})\b"
)
PREFIXED = re.compile(
    rf"(?<![\w-])(?:ku|kuka|no|na|[uU]|ngo|ngu|ka|kwa(?=-)|wu|sika|lika)-?(?P<name>{CAPITAL}(?:\s+{CAPITAL})?)(?=\b)"
)
# What somebody does stands before the name, and is no part of it: 'your driver Petros'.
ROLED = re.compile(
    rf"\b(?i:clerk|cashier|driver|plumber|technician|electrician|guard|supervisor|foreman|cleaner|caretaker|manager|reader|lady|guy|named)\s+(?P<name>{CAPITAL}(?:\s+{CAPITAL})?)"
)
THANKED = re.compile(
    rf"(?i:\b(?:thank(?:s|\s+you)?|thanx|siyabonga|ngiyabonga|to|by|named|called|name\s+is|igama\s+la(?:khe|mi)|ogama\s+lakhe|igama|ngingu)\b)\s+(?i:to\s+|u|ku-?|k'|very\s+much\s+)?(?P<name>{CAPITAL}(?:\s+{CAPITAL})?)"
)
# A common name with a capital names a person without any title.
GIVEN = re.compile(rf"(?<![\w'-])(?:u|no|ku|ka|na|ngo)?-?(?P<name>[A-Z][a-z]+(?:\s+{CAPITAL})?)\b")

# Capitalised, but nobody's name.
NOT_NAMES = frozenset(
    """
    the a an i we you my our eskom municipality water department siza idm kdm mlm nlm malm rdp sassa sars monday tuesday wednesday
    thursday friday saturday sunday january february march april may june july august september october november december
    msombuluko lwesibili lwesithathu lwesine lwesihlanu mgqibelo sonto masipala god jesus nkosi nkulunkulu whatsapp facebook sms
    kwazulu natal south africa gandhi street road hulett janu feb mashi juni julayi agasti septhemba okthoba novemba disemba
    ephreli meyi januwari februwari febhuwari siyabonga ngiyabonga ward wadi everyone all team guys staff gogo gesi manzi town hall ukuthi
    hulumeni mgwaqo mnyango nkosi khansela thukela mthetho
    customer wami wakhe wethu ohloniphekile ohloniphekileyo khisimusi mphathi mama baba gogo sisi bhuti english zulu isizulu hollywoodbets betway osehhovisini care call centre licensing traffic home affairs clinic school library park grade greyidi
    """.split()
)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PersonFinder(Extractor, EntityExtractorMixin, GraphComponent):
    """Finds persons by rules; see `find_persons`."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    def find(self, text: str, metadata: Dict[str, Any]) -> List[Found]:
        return find_persons(text)


def find_persons(text: str) -> List[Found]:
    """The persons in `text`, by the name alone (spelt as written); a title before it belongs to the name."""
    found: List[Found] = []
    for pattern in (TITLED, TITLED_SMALL, PREFIXED, ROLED, THANKED, GIVEN):
        for match in pattern.finditer(text):
            start, end = match.span("name")
            name = match["name"]
            words = name.lower().split()
            if len(words) > 1 and words[-1] in NOT_NAMES:
                # 'Thabo Eskom', 'Zodwa Clinic': the name stops before
                name = (
                    name[: name.rindex(words[-1][0].upper())].rstrip()
                    if words[-1][0].upper() in name
                    else name
                )
                words = words[:-1]
                end = start + len(name)
            if any(word in NOT_NAMES for word in words):
                continue
            if pattern is GIVEN and words[0] not in NAMES:
                continue
            if any(one.start < end and start < one.end for one in found):
                continue
            if pattern not in (TITLED, TITLED_SMALL) and (name.isupper() or gazetteer().find(match[0])):
                continue
            if pattern in (TITLED, TITLED_SMALL):
                title = re.search(rf"(?i){TITLE}\b[.']?", match[0])
                if title:
                    start = match.start() + title.start()
                    name = text[start:end]
            found.append(Found("person", name, start, end))
    return sorted(found, key=lambda one: one.start)
