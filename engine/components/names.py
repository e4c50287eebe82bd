"""Names of persons common in the region: with a capital they name somebody, in any language."""

from __future__ import annotations

GIVEN_NAMES = frozenset(
    """
    ayanda andile anele bheki bhekani bongani bonga bongiwe busisiwe buhle duduzile dumisani fikile gugu
    hlengiwe jabu jabulani jabulile khanyi khanyisile khulekani lindiwe lucky lungelo lungile lwazi
    mandla mduduzi mbali menzi mlungisi mpume mthokozisi musa mzwandile ncamisile ndumiso nhlanhla
    nkosinathi nokuthula nokwanda nomfundo nomvula nompumelelo nomusa nondumiso nonhlanhla nozipho
    nqobile ntokozo ntombi phindile phumlani phumzile precious promise sandile sanele sbusiso sbu sabelo
    senzo sibongile sibusiso sifiso sihle simphiwe sipho sithembile siyanda skhumbuzo sphamandla
    sphesihle sthembiso thabani thabiso thabo thandeka thandi thando themba thembeka thembi thembinkosi
    thobile thokozani thulani thuli vusi wandile xolani xolile zama zamani zandile zanele zinhle zodwa
    zola zoleka mxolisi nonkululeko ntombifuthi nomsa sizwe siphiwe mpumelelo philani lerato thembile
    bhekinkosi mthunzi nomthandazo phakamani sindi sindisiwe thamsanqa vukani zakhele zibuyile jabulisile
    john peter david james michael kevin brian collin colin patrick joseph samuel daniel petros simon johan
    pieter maria mary susan sarah elizabeth margaret sharon felicia ivy sandra anna
    priya ashwin kavitha rajesh sanjay anil vishnu shireen fatima ahmed yusuf
    """.split()
)
SURNAMES = frozenset(
    """
    bhengu biyela buthelezi cele chetty dlamini dube gcaba govender gumede hadebe hlongwane khanyile
    khoza khumalo mabaso madonsela majola mbatha mchunu mdletshe mkhize mngomezulu moodley msomi mthembu
    mthethwa mthiyane naicker naidoo ndlovu nene ngcobo ngubane nkosi ntuli nxumalo nzuza padayachee
    dludla mabuza magwaza maharaj mazibuko mdluli mhlongo mkhwanazi mthalane myeni ngema nzama shabalala
    sikhakhane sokhela zuma zwane botha
    pillay reddy shange shezi sibiya singh sithole thwala xaba xulu zondi zulu zungu
    """.split()
)
NAMES = GIVEN_NAMES | SURNAMES
