"""The language of one to three words: 120 messages, none written after seeing what the model says."""

from __future__ import annotations

from typing import List

import pytest
import yaml

from engine.components.gazetteer import Gazetteer
from engine.components.language_model import LanguageModel
from engine.examples import read_examples
from engine.start import ROOT
from engine.training import nlu_files

AIM = 0.97

ENGLISH = """no water; power is out; still waiting; yes please; thank you; my bill; too expensive; street
light broken; burst pipe; blocked drain; not yet; no thanks; when; how much; water leak; bins
not collected; dirty water; wrong meter; the pothole; any news; who is this; call me; it's
fixed; not fixed; sewage smell; again; today; last week; high bill; no electricity; where to
pay; good service; very rude; leave it; never mind; first one; second; both; opening hours; same
problem"""
ISIZULU = """Yebo; manje?; cha; amanzi awekho; ugesi uphelile; ngiyabonga kakhulu; malini; nini; kuphi;
akulungile; umgodi emgwaqweni; udoti wami; imitha; ngisalindile; angazi; okwesibili; kokubili;
izolo; namanje; kubiza kakhulu; awulethi; sekulungile; ibhili yami; ngicela ungishayele; isibani
somgwaqo; kuyanuka; amanzi angcolile; ngubani lo; kulungile; hhayi bo; sizani; umlilo; ipayipi
liqhumile; akukashintshi lutho; ngobani; leyo; eyokuqala; isonto eledlule; kuvalwe nini; yekela"""
MIXED = """ibin yami; i-bill yami; no amanzi; ngicela help; meter yami; still alikho; thanks kakhulu; my
bhili; i-account iwrong; ugesi is off; water ayikho; please ngicela; i-streetlight broken; bill
iphezulu; i-meter faulty; yebo please; amanzi again; wrong imitha; not yet bandla; ama-bin not
collected; udoti not collected; nini water; i-pothole is big; call mina; sorry kodwa"""
TELLING_NOTHING = """KDM-4821-7305; Thabo; ok sharp; 02214; 0825550143; Nomusa Dlamini; R450; Ballito;
eMandeni; 41006273; Stanger; Sipho Mkhize; 12/11/2026; ok; KwaDukuza"""


def messages(block: str) -> List[str]:
    return [" ".join(message.split()) for message in block.split(";")]


@pytest.fixture(scope="module")
def model() -> LanguageModel:
    examples = [one for one in read_examples(nlu_files()) if one.language]
    region = yaml.safe_load((ROOT / "municipalities" / "ilembe.yml").read_text(encoding="utf-8"))
    places = Gazetteer(region["places"], region.get("not_places") or [])
    return LanguageModel.fit(
        [one.text for one in examples], [str(one.language) for one in examples], places.neutral_words()
    )


def said_of(model: LanguageModel, message: str) -> str:
    verdict = model.judge(message)
    return verdict.language if verdict.confidence else "nothing"


def test_short_messages(model: LanguageModel) -> None:
    blocks = {"en": ENGLISH, "zu": ISIZULU, "mixed": MIXED, "nothing": TELLING_NOTHING}
    probes = [(message, truth) for truth, block in blocks.items() for message in messages(block)]
    assert len({message for message, _truth in probes}) == 120
    wrong = {message: said for message, truth in probes if (said := said_of(model, message)) != truth}
    assert 1 - len(wrong) / len(probes) >= AIM, wrong


@pytest.mark.parametrize("message", messages(TELLING_NOTHING))
def test_names_and_numbers_never_flip_a_conversation(model: LanguageModel, message: str) -> None:
    assert said_of(model, message) == "nothing"
