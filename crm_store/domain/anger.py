"""Whether somebody writes in anger, in English or isiZulu: then a person is offered, after their matter."""

import re

_WORDS = re.compile(
    r"\b(?:useless|pathetic|disgust\w*|fed up|sick (?:and tired )?of|had enough|ridiculous|nonsense|"
    r"rubbish service|"
    r"idiots?|stupid|incompetent|fools?|bloody|damn|bullshit|shit|f[u*]ck\w*|shame on you|"
    r"how many times|nobody (?:cares|helps|listens)|you people|"
    r"(?:ngi|si)(?:casuk|dini?w|thukuthel|nengiw)\w*|ni(?:ya)?sidina|niyangidina|niyadina|nidelela|niyadelela|"
    r"anisizi (?:ngalutho|muntu)|aninamsebenzi|imfucuza|izilima|iziwula|"
    r"sekukangaki|kukangaki|(?:ngi|si)khathele yini)\b",
    re.IGNORECASE,
)
#: Words in capitals that are no names of ours.
_SHOUTED = re.compile(r"\b[A-Z]{4,}\b")
_MANY_SHOUTED = 4


def is_angry(text: str) -> bool:
    """True for words of anger, and for shouting: several words in capitals with an exclamation mark."""
    if _WORDS.search(text):
        return True
    return "!" in text and len(_SHOUTED.findall(text)) >= _MANY_SHOUTED
