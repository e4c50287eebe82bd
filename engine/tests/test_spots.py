"""What a message is about does not follow the spot it names: a hole by the clinic is a hole."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.components.landmarks import without_spots
from engine.components.message_model import MessageModel
from engine.components.normaliser import for_classifier
from engine.examples import read_examples

NLU_DATA = Path(__file__).resolve().parents[2] / "nlu_data"
PROBES = (
    ("the lights are off by the hall", "streetlights"),
    ("hole by the clinic", "roads"),
    ("big hole next to the clinic", "roads"),
    ("no light behind the library", "streetlights"),
    ("water leaking outside the school", "water"),
    ("rubbish dumped behind the community hall", "refuse"),
    ("sewage running past the clinic", "sanitation"),
    ("grass is long near the clinic", "environment"),
    ("pothole in front of the municipal office", "roads"),
    ("streetlight is dead close to the park", "streetlights"),
    ("umgodi eduze kwekliniki", "roads"),
    ("amanzi ayavuza phambi kwesikole", "water"),
    ("udoti ngemuva kwehholo", "refuse"),
    ("amalambu acishile eduze kwehholo", "streetlights"),
    ("indle igeleza phambi kwekliniki", "sanitation"),
    ("utshani bude ngasehholo", "environment"),
    ("ipayipi liqhumile ngaphandle kwelabhulali", "water"),
    ("inqwaba kadoti maduze nekliniki", "refuse"),
    ("umgodi omkhulu ngasekliniki", "roads"),
    ("kukhona i-pothole eduze ne-library", "roads"),
    ("i-pothole behind the hall", "roads"),
    ("ama-streetlight awakhanyi by the clinic", "streetlights"),
)
# Here the spot itself is the matter, or the rest says too little.
OF_THE_SPOT = (
    "the queue outside the clinic is too long",
    "toilets at the hall are dirty",
    "outside the library",
    "ihholo livaliwe",
    "amathoyilethi asehholo angcolile",
)


@pytest.fixture(scope="module")
def model() -> MessageModel:
    """Taught the complaints about halls and clinics, and about what is found near them."""
    services = {"facilities", *(category for _, category in PROBES)}
    examples = [
        example
        for example in read_examples(sorted(NLU_DATA.glob("*.yml")))
        if example.intent == "complaint" and example.category in services
    ]
    return MessageModel.fit(
        [example.text for example in examples],
        [example.intent for example in examples],
        [example.category for example in examples],
    )


@pytest.mark.parametrize(("text", "category"), PROBES)
def test_the_category_is_that_of_the_trouble(model: MessageModel, text: str, category: str) -> None:
    about = model.understand(text).category
    assert about is not None
    assert (about.label, about.confidence >= 0.6) == (category, True), about.ranking[:3]


@pytest.mark.parametrize("text", OF_THE_SPOT)
def test_a_matter_of_the_spot_stays_one(model: MessageModel, text: str) -> None:
    about = model.understand(text).category
    assert about is not None
    assert about.label == "facilities", about.ranking[:3]


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("Hole by the taxi rank since May", "hole since may"),
        ("No light behind Stanger library!", "no light !"),
        ("umgodi eduze nesikole samabanga aphansi", "umgodi samabanga aphansi"),
        ("kumnyama ngase-clinic", "kumnyama"),
        ("paid by card", "paid by card"),
        ("the hall is dirty", "the hall is dirty"),
        ("phambi kwami", "phambi kwami"),
        ("next to the clinic", ""),
    ],
)
def test_only_the_spot_is_left_out(text: str, rest: str) -> None:
    assert without_spots(for_classifier(text)) == rest
