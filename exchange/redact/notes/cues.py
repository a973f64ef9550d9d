"""Words that say: a name follows, or a name of something that is no person."""

from __future__ import annotations

from typing import Final

from exchange.redact.notes.plain import listed

# What stands directly before a name: titles, kinship, ranks, and words that announce a name.
TITLES: Final = listed(
    "bapak bpk bapa pak ibu bu sdr sdri sdra saudara saudari tn tuan ny nyonya nn nona mr mrs ms miss madam mister"
    " datin datuk dato puan encik cik tante tanta om paman bibi bude pakde bulik paklik uwak oma opa kakek nenek mama"
    " mami papa ayah abah umi mbak mba mbk mas kak kaka kakak adik adek dik ade usi susi nyong aba aki nini teh teteh"
    " kang akang aa ceu koh ko cece ci bang abang ustad ustadz ustadzah kyai kiai haji hajah hajjah hj pdt pendeta"
    " pastor romo pater rm sr suster bruder frater uskup sister father brother to'o ba'i bai h hi dr drs dra drg prof"
    " ir adv opsir anak suami istri isteri almarhum almarhumah alm almh sepupu keponakan ponakan ipar menantu mertua"
    " cucu tunangan pacar bripda briptu brigpol brigadir bripka aipda aiptu ipda iptu akp kompol akbp kombes brigjen"
    " serda sertu serka kopda praka letda kapten mayor lurah camat kades kadus sekdes bupati raja fetor temukung bidan"
    " perawat psikolog guru dokter penyidik kanit wife husband daughter son mother aunt uncle cousin nurse inspector"
    " officer mak pakcik makcik pace mace inaq amaq papuq ompu oppung opung engku puang etek"
)
ANNOUNCING: Final = listed(
    "bernama namanya dipanggil panggilan alias an nama inisial named called atasnama nm name names aka"
)
# Who somebody is in the case: a name may follow, and often does not.
ROLES: Final = listed(
    "korban klien client saksi pelapor terlapor tersangka terdakwa terpidana terperiksa pelaku perekrut agen agent"
    " calo sponsor majikan bos boss employer recruiter survivor penyintas pendamping relawan paralegal advokat"
    " pengacara jaksa hakim ketua kepala direktur wali penjamin pemilik sopir supir kontak contact keluarga kel ortu"
    " orangtua adiknya kakaknya anaknya ibunya bapaknya ayahnya istrinya suaminya temannya teman kawan tetangga oleh"
    " kepada dari dengan menurut pasien patient petugas konselor staf driver lawyer by from with"
)
# Behind these a run of capitals is the name of an institution, a ship, a building, a day: it stays.
INSTITUTIONS: Final = listed(
    "pt cv ud tb yayasan lembaga rsud rs rsu rsia rsj rumah puskesmas klinik bandara pelabuhan gedung hotel"
    " universitas univ idul feri bus perbatasan institut politeknik sekolah sd smp sma smk smu gereja masjid paroki"
    " katedral keuskupan kapel km kmp kapal mv kri hari jembatan stasiun terminal pasar gunung danau pulau sungai"
    " pantai teluk laut selat bank koperasi polres polresta polda polsek kejaksaan kejari pengadilan pn dinas"
    " kementerian komnas lbh forum jaringan konsorsium imigrasi lapas rutan ministry university airport hospital"
    " school church foundation bandar stadion lapangan taman toyota daihatsu honda suzuki yamaha mitsubishi mobil"
    " motor bahasa berbahasa dialek lagu lagu-lagu tarian film bir tol spbu rptc rumkit biara seminari ordo"
    " suku etnis agama putusan kantor kpl perkebunan protokol konvensi program mahkamah"
)
# These do so in small letters too: "di pasar Alok".
SMALL_INSTITUTIONS: Final = listed(
    "bandara pelabuhan gedung pulau hotel pantai teluk selat danau sungai gunung pasar terminal stasiun jembatan"
    " kapal feri bus perbatasan bahasa suku pengadilan idul paroki gereja katedral keuskupan biara seminari"
    " berbahasa dialek"
    " lagu lagu-lagu tarian film bir tol"
)
# In a note without capitals only these hide what follows.
SURE_INSTITUTIONS: Final = listed("pt cv km kmp mv rsud bandara idul")
CUES: Final = TITLES | ANNOUNCING | ROLES | INSTITUTIONS
# Titles that are written short, with a stop that ends no sentence.
SHORT: Final = listed(
    "sdr sdri sdra bpk bp tn ny nn dr drs dra drg ir prof adv pdt hj h hi mr mrs ms rm sr alm almh an n kh ust em nm"
    " st br"
)
# Behind these a word that is also a name is mostly no name: "anak selamat".
MOSTLY_PLAIN: Final = listed("anak suami istri isteri guru dokter bidan perawat bupati raja cucu lurah camat")
# Behind these whatever is no everyday word is a name, in small letters too ("pak tika").
ADDRESSING: Final = listed(
    "bpk pak bu sdr sdri sdra tn ny nn mr mrs ms mbak mba mbk mas kak om tante tanta bang abang teh kang koh cik puan"
    " to'o ba'i usi nyong romo suster pdt bernama namanya alias named called bripda briptu brigpol bripka aipda aiptu"
    " ipda iptu"
)
# Behind these a word with a capital is a name, whatever word it is ("Sdr. Lalu").
FORMAL: Final = listed(
    "engku oppung opung inaq amaq papuq sdr sdri sdra saudari tn ny nn mr mrs ms bripda briptu brigpol bripka"
    " aipda aiptu ipda iptu"
)
# What kinds of parents there are.
OF_KIN: Final = listed("tiri kandung angkat asuh kos baptis sambung tua muda rumah mertua sulung bungsu kembar besar")
# Families of two or three short words.
SURNAMES: Final = listed(
    "tan lim wong chan lee ong ng goh koh chong leung cheung kwan kwok huang chen lin wu yeung ho lie liem oei tjia"
    " chang chua teo low yap yong foo cheng zhang wang li liu yang zhao zhou xu sun ma hu guo lau lam tang tsai hsu"
    " hung hsieh tseng fong"
)
# Belong to a name that stands beside them.
PARTICLES: Final = listed(
    "bin binti bte al el as ash ad br boru da de dos du van der den di la le abd abu umm um dg daeng a l p bt ibn ibnu"
)
BALINESE: Final = listed(
    "wayan made nyoman ketut gede gde putu kadek komang luh gusti dewa nengah iluh desak ayu kompiang bagus anak"
    " ngurah rai agung"
)
FIRST_PARTS: Final = listed(
    "teuku tengku tgk cut raden rm rr dt ra la wa li lie lim ong ang tan wu abu umm ni i ida siti st moh muh moch"
    " much abd m andi ahmad hj le ng oei so"
)
FRONTS_OF_SMALL: Final = listed("la abu umm lim lie teuku tengku raden")
# After the first word of a sentence: somebody did something.
DOES: Final = listed(
    "kabur lari sudah su sdh tidak tdk akan belum blm datang dtg pulang plg bilang blg mengaku ingin takut pernah"
    " hanya juga masih kini lalu kemudian sakit was is has had said told cried says asked will did bersama sonde"
)
# What somebody says, feels or does, and nothing else can: a word before it may be a name.
SAYS: Final = listed(
    "bilang blg bilg ngomong omong cerita crita curhat nangis menangis mengaku ngaku lapor melapor nanya tanya jawab"
    " kabur telpon telp nelpon chat tersenyum tertawa marah2 teriak pingsan"
)
ACTS: Final = listed(
    "minta mau ingin ikut pergi pigi lari pulang plg plng balik datang dtg tiba masuk msk keluar kerja bekerja"
    " tinggal lahir takut tkt malu trauma hamil sakit sehat sembuh tidur tdr makan mkn minum mandi main sekolah kuliah"
    " nikah menikah melahirkan meninggal mengeluh bicara berani siap setuju menolak memilih belajar hadir berangkat"
    " brgkt kembali"
)
AUXILIARIES: Final = listed(
    "sudah sdh udah udh su telah tidak tdk gak ga nggak belum blm masih msh mau akan lagi lg baru tadi td kemarin"
    " kmrn hari ini pagi siang sore malam juga jg sempat tetap pernah mulai langsung sering skrg sekarang sonde bisa"
    " bs ingin"
)
# Also names, and in small letters hardly ever meant so, whatever follows.
ABSTRACT: Final = listed(
    "untung selamat damai sabar setia harapan berkat rejeki rezeki kasih sayang cinta salam iman yakin sukses subur"
    " makmur sentosa adil hasrat harum wangi murni bahagia gembira ceria jujur rajin tekun tulus ikhlas prihatin"
    " pribadi kamis dadi ilang sare sae loba pira lala danga koli ramadan ramadhan hari dana bulu ujan tumbuh timbul"
    " warna titik semi jaya utama prima bagus indah tegar teguh subur lestari kurnia karunia anugerah amin muslim"
    " rohani amanah perdana"
)
# Behind these stands whoever is spoken of, or to.
SPEAKING_OF: Final = listed("si panggil namaku dipanggilnya bernama")
OWNERS: Final = listed("saya sy sya aku ak ku dia korban klien kami kita beta sa")
KIN_OF: Final = listed(
    "ibunya bapaknya ayahnya mamanya istrinya suaminya anaknya adiknya kakaknya kakanya adeknya temannya sepupunya"
    " neneknya tantenya omnya pacarnya adikku kakakku adekku anakku ibuku bapakku istriku suamiku temanku"
)
