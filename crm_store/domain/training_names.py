"""Names of people of the region: to find them in a message, and to put others in their place."""

# ruff: noqa: E501  (lists of words read best on long lines)

GIVEN_NAMES = frozenset(
    """
    ayanda andile anele anathi asanda bheki bhekani bongani bonga bongiwe busisiwe buhle cebile cebisile dalene duduzile dudu
    dumisani dumisile fanele fikile fisani gcina gugu gugulethu hlengiwe hloniphile jabu jabulani jabulile khanyi khanyisile
    khethiwe khulekani khumbulani lindani lindiwe londiwe lucky lungelo lungile lungisani lwazi makhosi mandla maphumulo mbali
    mbuso mduduzi menzi mfundo mhlengi minenhle mlungisi mpendulo mphathi mpume mpumelelo mthokozisi mthunzi muzi musa mxolisi
    mzwandile mzamo ncamisile ndabenhle ndumiso nelisiwe nhlanhla njabulo nkosikhona nkosinathi nkululeko nobuhle nokuthula
    nokubonga nokwanda nokwazi nolwazi nomfundo nompumelelo nomusa nomvula nondumiso nonhlanhla nonkululeko nontobeko nosipho
    nothando nozipho nozizwe nqobile nqobizitha ntando ntokozo ntombi ntombifuthi ntombizodwa phakamani phakamile philani
    phiwokuhle phindile phumelele phumlani phumzile precious promise qiniso sabelo samkelisiwe sandile sanele sbusiso sboniso
    sbu scelo senamile senzo siboniso sibongile sibonelo sibusiso sifiso sihle simangele simphiwe sindisiwe sinenhlanhla
    siphesihle siphelele sipho siphokazi siphiwe sithembile siyabonga siyanda siyethemba sizwe skhumbuzo slindile sphamandla
    sphesihle sthembiso sthembile tholakele thabani thabile thabiso thabo thalente thandaza thandeka thandi thando themba
    thembeka thembelihle thembi thembinkosi thobani thobile thokozani thokozile thulani thuli vela velaphi vusi vusumuzi
    wandile wandisile welcome winnie xolani xolile xoliswa zakhele zama zamani zamokuhle zandile zanele zibuyile zinhle zodwa
    zola zoleka zonke zukile
    priya ashwin kavitha rajesh sanjay anil vishnu shireen fatima ahmed yusuf devan logan prithvi suresh ravi anisha nirvana
    anna bhekinkosi brian colin collin daniel felicia ivy jabulisile joseph kevin lerato margaret maria nomsa nomthandazo patrick
    petros samuel sandra sarah sharon simon sindi thamsanqa thembile vukani
    john peter mary david michael susan james robert linda patricia elizabeth jennifer johan pieter annelise marius hendrik
    """.split()
)
SURNAMES = frozenset(
    """
    bhengu biyela buthelezi cele chetty chili cibane dlamini dludla dube gcaba gcabashe gcwensa govender gumede gwala hadebe
    hlabisa hlatshwayo hlongwa hlongwane jali jiyane khambule khanyile khoza khumalo khuzwayo kunene langa luthuli mabaso
    mabizela mabuza madlala madondo madonsela magwaza magubane mahlaba majola makhanya makhathini makhaye maphumulo masinga
    masondo mathonsi mavundla mazibuko mbambo mbatha mbele mbonambi mchunu mdlalose mdletshe mdluli memela mfeka mgobhozi
    mhlongo mjoli mkhize mkhwanazi mncube mncwango mngadi mngomezulu mnguni moodley moonsamy moosa msani msimango msomi
    mthalane mthembu mthethwa mthiyane mthimkhulu mzimela mzobe naicker naidoo ndaba ndimande ndlela ndlovu ndwandwe nene
    ngcobo ngidi ngubane ngwane ngwenya nhlapo nhleko njapha nkabinde nkomo nkosi nkwanyana nsele nsibande ntanzi ntombela
    ntshangase ntuli nxele nxumalo nyandeni nyawo nyembe nyide nzama nzimande nzuza padayachee perumal phakathi phewa pillay
    qwabe radebe ramdass reddy sangweni sewpersad shabalala shabane shandu shange shangase shezi shozi sibisi sibiya sigwaza
    singh sithole sokhela sosibo thabethe thango thusi thwala vilakazi xaba ximba xulu zikhali ziqubu zondi zondo zulu zuma
    maharaj myeni ngema sikhakhane zungu zwane botha coetzee devilliers fourie joubert pretorius swanepoel vanderberg venter
    """.split()
)
#: Names that are words of the language as well ('musa': do not; 'lucky'): only a capital tells them apart.
ALSO_WORDS = frozenset(
    """
    anele bonga bongani buhle dalene fanele fisani gcina jabula khanyi langa lucky lungile lungisani makhosi mandla mbali
    mfundo mphathi mpumelelo mthunzi musa muzi mzamo nene njabulo nkosi nkomo nkululeko ntando ntokozo ntombi phakathi
    phumelele precious promise qiniso sbusiso scelo senzo sibongile sibusiso sihle siphelele sipho siyabonga siyethemba sizwe
    thembile vukani thabile thanda thando themba thembeka thulani thuli velaphi vela welcome xolani xolile zakhele zama zamani zanele
    zibuyile zinhle zodwa zola zonke zukile zulu ndlela ngwenya ndlovu ndaba dube cele nyawo khoza phumlani jabulani
    jabulile thokozani thokozile thandaza tholakele sandile wandile wandisile mary will mbuso mhlengi menzi nomusa nomvula
    logan chili nkosinathi nkosikhona khumbulani khulekani andile sanele ntombizodwa mlungisi masinga maphumulo zuma hlongwa
    """.split()
)
#: What stands in a name's place: names that hardly belong to one person.
OTHER_GIVEN = tuple(
    "Thabo Zanele Bongani Nomusa Sipho Lindiwe Themba Ntombi Vusi Thandi Mandla Zodwa".split()
)
OTHER_SURNAMES = tuple(
    "Dlamini Mkhize Ngcobo Khumalo Ndlovu Zulu Cele Mthembu Nxumalo Sithole Dube Gumede".split()
)
TITLES = frozenset(
    """
    mr mrs ms miss dr prof mnu mnumzane mnumz nksz nkk nkosazana nkosikazi sister sis sisi bhuti bab baba mam mama ma
    councillor cllr khansela constable officer inspector nurse pastor umnumzane unkosikazi unksz umnu unkk usis usisi ubhuti
    ubab ubaba umam umama udokotela umfundisi ugogo gogo mkhulu umkhulu uncle aunty anti umalume malume
    """.split()
)
