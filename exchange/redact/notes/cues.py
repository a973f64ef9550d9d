"""Words that say: a name follows, or a name of something that is no person."""

from __future__ import annotations

from typing import Final


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What stands directly before a name: titles, kinship, ranks, and words that announce a name.
TITLES: Final = _listed(
    "bapak bpk bapa pak ibu bu sdr sdri sdra sdri saudara saudari tn tuan ny nyonya nn nona mr mrs ms miss madam mister datin datuk dato"
    " puan encik cik tante tanta om paman bibi bude pakde bulik paklik uwak oma opa kakek nenek mama mami papa ayah abah umi mbak mba mbk mas kak kaka kakak"
    " adik adek dik ade usi susi nyong aba aki nini teh teteh kang akang aa ceu koh ko cik cece ci bang abang ustad ustadz ustadzah kyai"
    " kiai haji hajah hajjah hj pdt pendeta pastor romo pater rm sr suster bruder frater uskup sister father brother to'o ba'i bai"
    " dr drs dra drg prof ir adv opsir anak suami istri isteri almarhum almarhumah alm almh sepupu keponakan ponakan ipar menantu mertua cucu tunangan pacar"
    " bripda briptu brigpol brigadir bripka aipda aiptu ipda iptu akp kompol akbp kombes brigjen serda sertu serka kopda praka letda kapten mayor"
    " lurah camat kades kadus sekdes bupati raja fetor temukung bidan perawat psikolog guru dokter penyidik kanit"
    " wife husband daughter son mother aunt uncle cousin nurse inspector officer"
)
ANNOUNCING: Final = _listed("bernama namanya dipanggil panggilan alias an nama inisial named called atasnama nm name names aka")
# Who somebody is in the case: a name may follow, and often does not.
ROLES: Final = _listed(
    "korban klien client saksi pelapor terlapor tersangka terdakwa terpidana terperiksa pelaku perekrut agen agent calo sponsor majikan bos boss"
    " employer recruiter survivor penyintas pendamping relawan paralegal advokat pengacara jaksa hakim ketua kepala direktur wali penjamin pemilik sopir supir"
    " kontak contact keluarga kel ortu orangtua adiknya kakaknya anaknya ibunya bapaknya ayahnya istrinya suaminya temannya teman kawan"
    " tetangga oleh kepada dari dengan menurut pasien patient petugas konselor staf driver lawyer by from with"
)
# Behind these a run of capitals is the name of an institution, a ship, a building, a day: it stays.
INSTITUTIONS: Final = _listed(
    "pt cv ud tb yayasan lembaga rsud rs rsu rsia rsj rumah puskesmas klinik bandara pelabuhan gedung hotel universitas univ institut politeknik sekolah sd smp"
    " sma smk smu gereja masjid paroki katedral keuskupan kapel km kmp kapal mv kri hari jembatan stasiun terminal pasar gunung danau"
    " pulau sungai pantai teluk laut selat bank koperasi polres polresta polda polsek kejaksaan kejari pengadilan pn pt dinas kementerian komnas lbh forum"
    " jaringan konsorsium imigrasi lapas rutan universitas ministry university airport hospital school church foundation bandar stadion lapangan taman"
    " toyota daihatsu honda suzuki yamaha mitsubishi mobil motor bahasa suku etnis agama putusan kantor kpl perkebunan protokol konvensi program"
)
# In a note without capitals only these hide what follows.
SURE_INSTITUTIONS: Final = _listed("pt cv km kmp rsud bandara")
# Belong to a name that stands beside them.
PARTICLES: Final = _listed("bin binti bte al el as ash ad da de dos du van der den di la le abd abu umm um dg daeng a l p bt ibn ibnu")
BALINESE: Final = _listed(
    "wayan made nyoman ketut gede gde putu kadek komang luh gusti dewa nengah iluh desak ayu kompiang bagus anak ngurah rai agung"
)
FIRST_PARTS: Final = _listed("la wa li lie lim ong ang tan wu abu umm ni i ida siti st moh muh moch much abd m andi ahmad hj le ng oei so")
# After the first word of a sentence: somebody did something.
DOES: Final = _listed(
    "kabur lari sudah su sdh tidak tdk akan belum blm datang dtg pulang plg bilang blg mengaku ingin takut pernah hanya juga masih kini lalu kemudian sakit"
    " was is has had said told cried says asked will did dan and bersama sama sonde"
)
