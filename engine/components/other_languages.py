"""Notices a message in a language that we do not answer in, so that the person is told honestly.

By words that isiZulu and English do not have. Written by hand, and sure rather than complete: a message in
isiZulu must not be called isiXhosa, so one odd word is never enough unless it is a greeting that says it all,
and the words that isiZulu shares with its neighbours are left out.
"""
# ruff: noqa: E501  (lists of words read best on long lines)

from __future__ import annotations

import re
from typing import Dict, FrozenSet, Optional, Pattern

WORDS: Dict[str, FrozenSet[str]] = {
    # isiXhosa
    "xho": frozenset(
        """molo molweni nceda ndicela ndiyacela ndifuna ndingathanda ndiyabulela ndiyabonga enkosi kakhulu andazi andikwazi ndim ndinengxaki ingxaki ndihlala ndingumhlali
        ndikhalaza ndinesikhalazo ndixela ndibhalela amanzi akakho kutheni ngoku phaya apha aphi phi nantoni into asinamanzi asinawo bethu ezinyo sicela nisincede nindincede undincede ndincede sincede
        kunjani ewe hayi uxolo namhlanje ngomso izolo iveki iveki ezimbini nyaka ixabiso imali ityala kwaye okanye kodwa xa xana khange azange asikabi andikabi andikayifumani ndiyibhatele ndibhatele ndihlawule ndihlawula
        iintsuku iinyanga iiveki iiyure iimitha iindlela izitalato isitalato esitratweni indlu yam igama lam ngubani umbuzo ndiyabuza kufuneka ndenze ntoni ngantoni ngeyiphi kuqala emva koko inkunkuma ayikathathwa ayithathwanga
        umbane ngombane lombane nombane wombane uncedo awukho awubuyanga sinengxaki singenawo singenambane ningasinceda lonto yintoni ungandinceda undixelele ndixelele sele sendi sendibhale kwakhona""".split()
    ),
    # Siswati
    "ssw": frozenset(
        """sawubona sanibonani ngicela ngiyacela ngifuna lusito lusita ngisite ningisite sitani emanti kute lutfo manje kantsi nome kepha lapha khona bantfu bantfwana umuntfu lomuntfu intfo tintfo
        tinsuku liviki emaviki tinyanga umnyaka imali kubhadala ngibhadele likhaya likheli indlu umgwaco emgwacweni umgwaco gezi ugezi lugesi kusebenta ayisebenti awasebenti akusebenti umsebenti basebenti
        ngiyabonga siyabonga kakhulu nitawufika nitawulungisa nitawubuya utawufika kutawuba angikatfoli ngitfole kutfola tfola ngitsi batsi kutsi lesikhatsi sikhatsi kancane sidzinga ngidzinga kudzingeka emadladla
        inkhinga yinkinga yetfu yenu wetfu letfu setfu etfu tetfu letinye lenye letinsuku litolo itolo namuhla kusasa ekuseni""".split()
    ),
    # isiNdebele (Southern)
    "nbl": frozenset(
        """lotjha lotjhani salibonani ngibawa sibawa ngibawe ngithokoza siyathokoza ngiyathokoza irhelo irherho amalanga iimveke iveke iinyanga umraro imiraro nginomraro
        akakho manje kodwana begodu namkha ngombana godu nanyana lokhuya lapho phasi iindlela indlela isitrada imali ibhadelwe ngibhadele nginganceda rhabako khibe njenganje amanzi awekho
        angikafumani ngifumene fumana ukufumana ihlolo itjhebo umhlali woke boke soke koke zoke""".split()
    ),
    # Sesotho, Sepedi and Setswana, near enough to each other to be told apart only from long texts
    "sot": frozenset(
        """dumela dumelang kgotso ke ka kopa kea ha re rena ho ba ya wa tsa sa la metsi mohlakase motlakase motlakasi matlakala ditshila tsela mebila mmila ditsela ntlo matlo motho batho bana ngwana
        kea leboha ke a leboga leboga leboha rea leboha kgwedi beke dibeke matsatsi letsatsi kajeno kajenong maobane hosane gompieno maabane kamoso hona jwale jaanong
        batla tseba tsebe hore bula bulwa kopana lefa ha ho na metsi ga go na ga re na ha re na haho gago mang eng kae neng jwang bjang hobaneng goreng ka mor ka morao ke batla ke nyaka ke kopa thuso thusa nthuse nthusang le nthuse re thuse
        mona mo ho tloha go tloga tshebetso tirelo lefa lefella ke lefile patetse ke patetse tjhelete tshelete madi akhaonto ya ka wa rona rona lena bona hantle gabotse sentle kopo
        ntho ntlha bothata mathata yona tsona jwalo jalo haholo kudu thata empa mme fela lebitso leina""".split()
    ),
    "afr": frozenset(
        """goeie more middag naand asseblief dankie ek jy julle ons hulle hy sy nie geen het is nie was die 'n n my jou ons se van vir met op in en maar want omdat wanneer waar hoekom hoe wat wie watter
        kan moet sal wil wees word gaan kom maak sê betaal rekening krag water wat straat straatlig straatligte vullis nie opgehaal gebreek stukkend lekkasie pyp riool drom huis kinders mense dae weke maande
        gister vandag môre nog steeds al drie twee baie geld help my help ons probleem klagte navraag kantoor oop toe ure laat weet nommer meter lesing verkeerd te veel hoog elektrisiteit""".split()
    ),
}
# What more than one language has, so that it proves none: of isiZulu and English, and of each other.
SHARED = frozenset(
    """amanzi kakhulu sicela imali indlu indlela manje lapha lapho khona izolo namhlanje igama into ngubani umbuzo kufuneka kodwa kwakhona ewe hayi phi aphi uxolo emva xa enkosi nyaka ngoku ixabiso
    sawubona sanibonani ngicela ngiyacela ngifuna kepha umnyaka ngiyabonga siyabonga kusasa ekuseni namuhla yenu likhaya kancane iinyanga awekho akakho phasi awukho kutsi itolo lenye
    ka ba ya wa sa la ha na re le ke se go mo eng mang mona bona yona lena ho madi fela hona empa bana tsa kae neng
    is was in my water help meter more die van op was wat kan sal hy sy met hoe laat toe word al ons n 'n en te nog want was se twee hoog ure wie wil maak kom my drie kudu thata ntho kopo
    bethu hantle phaya yam lam igama singenawo kuqala ezinyo azange sele okanye iveki ityala iindlela ndim umhlali apha kutheni thuso mathata bothata ungandinceda koko dae beke""".split()
)
# Shared by spelling, but Afrikaans where they stand together with its own words.
LEANING: Dict[str, FrozenSet[str]] = {
    "afr": frozenset("die is in my van op wat kan sal hy met hoe laat toe al ons en te nog want se twee hoog word wil maak kom was".split()),
    "sot": frozenset("ka ba ya wa sa la ha na re le ke go mo eng mang mona bona yona lena ho hona tsa kae neng fela empa se".split()),
    "xho": frozenset("ngoku apha phaya kutheni okanye yam lam iveki sele enkosi azange kufuneka ityala uxolo".split()),
    "ssw": frozenset("likhaya itolo lenye kancane kutsi".split()),
}  # fmt: skip
# Spellings that isiZulu does not have: first person nd-, doubled vowels at the front, tf, dz, ts before a vowel.
SPELLINGS: Dict[str, Pattern[str]] = {
    "xho": re.compile(r"^(?:ndi(?!m$)\w{3,}|andi\w{3,}|ii(?:m|n|p|t|k|b|v|f|s|l|y|w|r)\w{3,}|\w+rh\w+|intlo\w+|\w*ntshatsheli\w*)$"),
    "ssw": re.compile(r"^(?:\w*tf[aeiou]\w*|ti(?:n|m)\w{3,}|ema(?:nti|viki|sonto|langa|hora)\w*|\w+ebenti|ku?dzing\w+|\w*dzi\w+)$"),
    "nbl": re.compile(r"^(?:\w*tjh\w+|\w+rher\w*)$"),
    "sot": re.compile(r"^(?:\w*kg[aeiouwh]\w*|\w*tlh\w+|mohlak\w+|motlak\w+|tsh[eo]b\w+)$"),
    "afr": re.compile(r"^(?:ge\w{3,}(?:d|t|k)|\w+(?:heid|lik|ings|igheid))$"),
}  # fmt: skip
# These alone say it.
GREETINGS: Dict[str, str] = {
    **dict.fromkeys("molo molweni ndicela ndiyacela ndiyabulela ndifuna".split(), "xho"),
    **dict.fromkeys("dumela dumelang leboha leboga".split(), "sot"),
    **dict.fromkeys("asseblief goeiemore".split(), "afr"),
    **dict.fromkeys("lotjhani ngiyathokoza".split(), "nbl"),
    **dict.fromkeys("emanti lusito".split(), "ssw"),
}
FEWEST = 2  # words of its own
LEAST_SHARE = 0.34  # of the words, those that lean to it
WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")


def other_language(text: str) -> Optional[str]:
    """The code (ISO 639-3) of the language, or None: isiZulu, English, a mixture, or not to be told."""
    words = WORD.findall(text.lower())
    surest, most = None, 0.0
    for language, listed in WORDS.items():
        own = [word for word in words if _belongs(word, language, listed)]
        leaning = [word for word in words if word in LEANING.get(language, ())]
        share = (len(own) + len(leaning)) / max(len(words), 1)
        greeted = any(GREETINGS.get(word) == language for word in own)
        if share >= LEAST_SHARE and (len(own) >= FEWEST or greeted) and len(own) + share > most:
            surest, most = language, len(own) + share
    return surest


def _belongs(word: str, language: str, listed: FrozenSet[str]) -> bool:
    if word in SHARED:
        return False
    return word in listed or bool(SPELLINGS[language].match(word) and len(word) > 3 and not _english(word))


def _english(word: str) -> bool:
    # 'generated', 'dedicated', 'public': the spellings of Afrikaans and Sesotho that English has too
    return bool(
        re.match(r"^(?:get|gett|geo|gen|gea|gest|gent|germ)\w*$|\w+(?:ic|ated|ct|nt|st|rd|ck)$", word)
    )
