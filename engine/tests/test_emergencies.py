"""Danger to life is heard in both languages, and nothing else is. None of these texts is an example."""

from __future__ import annotations

import pytest

from engine.components.emergencies import emergency_in, kinds

DANGERS = {
    "live_wire": [
        "an electric cable fell across Mthiyane drive and it is still sparking",
        "There is a live wire lying in the grass by the netball court",
        "exposed wires at the pole, my child nearly touched it",
        "power line down!!!",
        "intambo kagesi iwele emgwaqweni wethu",
        "izintambo zikagesi zilengela phezu kwephavumente",
        "the cable is hanging low over the road, ilengele phansi kakhulu",
        "isigxobo sikagesi siwile phezu kwendlu",
    ],
    "burst_main": [
        "main pipe burst and the water is flooding our houses",
        "a pipe has burst, water is pouring into my lounge",
        "ipayipi elikhulu liqhumile amanzi angena ezindlini",
        "amanzi asengene ekhishini, ipayipi liqhume ngaphandle",
        "our house is flooding from the burst pipe",
        "i-main pipe i-burstile, amanzi angena endlini",
    ],
    "sewage": [
        "sewage is coming up into my bathroom",
        "raw sewage inside the house since last night",
        "indle iphuphuma ingena ekhishini",
        "isuwe ichitheka endlini yami",
    ],
    "fire": [
        "my neighbour's shack is on fire",
        "FIRE!! please come quickly",
        "there is a fire behind our new clinic",
        "umlilo uyavutha, sicela nisize",
        "indlu yakwamakhelwane iyasha",
        "kuvutha imijondolo phuthumani",
        "i-house kamakhelwane is burning please send someone",
    ],
    "open_manhole": [
        "open manhole in front of the primary school",
        "the manhole has no lid and children walk past it every day",
        "umgodi wendle uvulekile phambi kwesikole",
        "i-manhole ivulekile eduze kwenkulisa",
    ],
}
NO_DANGERS = [
    "what are the fire station hours",
    "what are the hours of the fire station",
    "which emergency number?",
    "please tell me the emergency number",
    "inombolo yecimamlilo",
    "which number must I call for the fire brigade",
    "thank you to the firefighters who saved our home",
    "siyabonga nisheshe nacima umlilo",
    "do I need a fire certificate for my shop",
    "no water since yesterday",
    "Awekho amanzi eSundumbili kusukela izolo",
    "pipe leaking slowly at my gate",
    "my internet cable is broken",
    "the electricity is off in the whole street",
    "ugesi uhambile",
    "streetlight not working next to the school",
    "sewage running down the street",
    "the drain is blocked",
    "my house number is 12",
    "manhole cover missing on the N2 bridge road",
    "what should I do if my house is on fire",
    "the boss fired him",
    "the wires are too old, please replace the transformer one day",
    "41006273 02214",
    "",
]


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in DANGERS.items() for text in texts]
)
def test_dangers(kind: str, text: str) -> None:
    assert emergency_in(text, kinds()) == kind


@pytest.mark.parametrize("text", NO_DANGERS)
def test_no_dangers(text: str) -> None:
    assert emergency_in(text, kinds()) is None
