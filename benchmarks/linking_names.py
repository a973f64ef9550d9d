"""Name parts for invented people of the whole country, and the other ways in which each is written.

The order of every list is that of frequency: the first are the most common. The demo's lists are used where they fit.
`OTHER_SPELLINGS` are those in daily use; spellings from before 1972 are made by rule.
"""

from __future__ import annotations

from dataclasses import dataclass

from exchange.demo.names import FLORES, SPELLINGS, SUMBA, TIMOR


@dataclass(frozen=True, slots=True)
class Pool:
    """The names of one region. `family`: whether the second is a family's; `one_word`: the share with one word only."""

    women: tuple[str, ...]
    men: tuple[str, ...]
    second: tuple[str, ...]
    family: bool
    one_word: float


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.split()))


_MUSLIM_WOMEN = _words(
    "Siti Nur Aisyah Fatimah Nurhayati Aminah Khadijah Halimah Zahra Salma Nurul Rohani Hasanah Zubaidah Maryam"
    " Rahmawati Nuraini Jamilah Rukmini Zainab Hafsah Latifah Maimunah Mardiana Mariam Masitah Mutmainah Nabila Nadia"
    " Naila Nurjanah Nurlaila Rabiah Raudah Ramlah Rosmiati Rosnah Rubiah Rukiah Sabariah Safitri Sakinah Salamah"
    " Saleha Saodah Sapiah Sarinah Suaibah Suhaini Sumiyati Syarifah Ulfa Umi Wahidah Yuliana Zakiah Zulaiha Azizah"
    " Badriah Fauziah Hamidah Hanifah Hayati Husna Indriani Jumiati Kartika Laila"
)
_MUSLIM_MEN = _words(
    "Muhammad Abdul Ahmad Usman Ibrahim Hasan Ismail Rahmat Yusuf Mustafa Arsyad Junaidi Mahmud Syarif Ali Umar Amir"
    " Anwar Arif Asrul Aziz Bahrul Burhan Darwis Fadli Faisal Fauzi Firdaus Hafiz Hamzah Haris Hasyim Husein Idris"
    " Ilham Imran Iskandar Jafar Jamaludin Kamarudin Lukman Mansur Marzuki Mukhtar Munir Mursalin Nasir Nasrudin"
    " Nurdin Ramli Ridwan Rusdi Saiful Salman Samsudin Sulaiman Syafii Syahrul Syamsul Taufik Tamrin Wahid Yasin"
    " Yunus Zainal Zainudin Zakaria Zulkifli"
)
_CHRISTIAN_WOMEN = _words(
    "Maria Yohana Kristina Marta Elisabet Yuliana Ester Debora Rut Sarah Ribka Agustina Anita Dorkas Fransiska Grace"
    " Helena Irene Julita Lidia Magdalena Margareta Martina Meri Monika Natalia Novita Olivia Paulina Priskila"
    " Rosalina Selvi Sofia Stefani Susana Theresia Veronika Wilhelmina Yanti Yosefina Yunita Yustina"
)
_CHRISTIAN_MEN = _words(
    "Yohanes Petrus Markus Paulus Yosef Daniel Stefanus Antonius Andreas Yakobus Simon Samuel David Agustinus"
    " Benyamin Barnabas Bernadus Dominggus Elias Ferdinand Fransiskus Frederik Gerson Hendrik Hermanus Ishak Jefri"
    " Jhon Kaleb Kornelis Lukas Lambertus Marten Matius Melkior Mikael Natanael Niko Obed Oktovianus Pilipus Robertus"
    " Roni Ruben Silas Thomas Timotius Viktor Yance Yeremias Yonas Zakarias"
)

JAVA = Pool(
    _words(
        "Sri Siti Dewi Sumiati Lestari Sulastri Wati Endang Yuni Rini Kartini Suparti Wagiyem Yuliani Ratnasari"
        " Tuminah Wulandari Suryani Purwanti Ani Ningsih Sulis Tri Dwi Eka Indah Retno Partini Sumarni Sutinah"
        " Suharti Sarinem Painem Poniyem Tukinem Kasinem Ngatini Ngatinah Mujiati Murni Muryati Maryati Martini Lasmi"
        " Kusmiati Jumini Jumiatun Ismiyati Isti Hartini Haryati Giyarti Ernawati Diah Darmi Darsini Budiarti Astri"
        " Arini Anik Wiwik Winarti Watini Umiyati Tutik Titik Sunarti Supriyati Sukarti Sugiyanti Setyowati Rusmini"
        " Rumiyati Pujiati"
    ),
    _words(
        "Slamet Agus Bambang Eko Sutrisno Joko Suyanto Budi Dwi Tri Supriyadi Wahyudi Sugeng Suroso Widodo Parman"
        " Budiono Sukardi Sudarmo Sugito Suharto Sukirno Sukiman Sumarno Sumanto Sunaryo Suparno Suparman Supardi"
        " Supomo Suradi Suratno Surono Susilo Sutarjo Sutopo Suwarno Suwito Tarmuji Teguh Tugino Tukiman Tukiran"
        " Wagimin Wagiman Waluyo Warsito Wiyono Yanto Yatno Ngadimin Ngatimin Mulyadi Mujiono Mardi Kusno Kasiman"
        " Karyono Jumadi Jarwo Heri Hadi Gunawan Giyono Edi Didik Darmanto Catur Basuki Aris Andri"
    ),
    _words(
        "Lestari Rahayu Santoso Susanti Utami Setiawan Saputra Wijaya Handayani Nugroho Puspita Pratama Astuti"
        " Wibowo Hartono Kurniawan Prasetyo Purnomo Raharjo Sulistyo Sucipto Suryanto Utomo Wicaksono Widiastuti"
        " Widodo Yulianto Anggraini Cahyono Cahyani Darmawan Fitriani Gunawan Harjono Haryanto Hidayat Indriyani"
        " Irawan Kusuma Kusumawati Maharani Mulyani Ningrum Novitasari Nurcahyo Nuryanto Oktaviani Permana"
        " Permatasari Priyanto Purwanto Puspitasari Ramadhan Riyanto Rustanto Safitri Saraswati Sasongko Setyawan"
        " Subagyo Sudrajat Sugiarto Sulistiowati Supriyanto Suryaningsih Susilowati Wardani Wardoyo Wahyuni Winarno"
        " Wulandari Yuliastuti"
    ),
    family=False,
    one_word=0.36,
)
SUNDA = Pool(
    _words(
        "Siti Neneng Euis Ani Yanti Rina Lilis Ai Imas Iis Enok Cucu Dede Iyam Eneng Elis Yeni Nani Tati Titin Wiwin"
        " Nunung Nining Mimin Mumun Oom Omah Onah Rostika Rokayah Sopiah Suhaeti Sukaesih Tarsih Teti Icih Ida Ikah"
        " Iroh Juju Karwati Kokom Komariah Kurniasih Ratna Rukoyah Cicih Cucun Dedeh Entin Empik Nyai Yoyoh Yuyun"
    ),
    _words(
        "Asep Dede Ujang Agus Cecep Dadang Deden Endang Iwan Jajang Maman Muhammad Ade Aep Ahmad Atang Ayi Carim"
        " Cahya Dayat Didin Dudung Encep Endin Engkos Entis Enjang Gugun Hendi Iing Ikin Ipin Jaja Jejen Karna Kosim"
        " Mamat Mumu Nandang Nana Odang Oman Otong Rohmat Sarip Soleh Suhendar Tatang Toto Uus Wawan Yaya Yayan Yoyo"
    ),
    _words(
        "Suryani Hidayat Rohaeni Kurnia Sopandi Mulyana Nuraeni Sutisna Permana Suherman Rohimah Sukmana Gunawan"
        " Hermawan Iskandar Juhana Junaedi Kartiwa Komara Kosasih Kusnadi Lesmana Mahpud Maryani Munawar Nugraha"
        " Nurjaman Rahmawati Ramdani Rukmana Saepudin Sanusi Sasmita Setiawati Solihin Sobari Somantri Sudrajat"
        " Suganda Suhaya Sukandar Sumarna Supriatna Suryana Sutardi Wahyudin Wiguna Yuningsih Yusup Zaenudin"
    ),
    family=False,
    one_word=0.24,
)
MADURA = Pool(
    _words(
        "Siti Sumiati Maimunah Hosniyah Rohemah Sulaiha Muzayyanah Hotijah Hayati Busiyah Sahriyah Misnati Mutiah"
        " Juhairiyah Nurhasanah Asmani Suhartatik Masruroh Subaidah Satuni Satimah Rusmiati Maryatun Bunima Endang"
    ),
    _words(
        "Muhammad Moh Abdul Ahmad Hasan Sahri Mattali Misnawi Buhari Durahman Hairul Holil Hosen Jumaat Ma'ruf"
        " Matsuri Mistar Munawi Nawawi Rasidi Saleh Samsuri Sanimo Sulaiman Syamsuri Tohir Toyib Zaini"
    ),
    _words(
        "Rahman Hasanah Fadilah Hidayat Arifin Muslimah Wahyudi Rohman Kholifah Efendi Fauzi Halim Hamid Haryono"
        " Hasbullah Hidayatullah Imam Ismail Jalil Karim Khairiyah Latif Mubarok Munir Muttaqin Qomariyah Rofiqi"
        " Subaidi Syafi'i Wasil"
    ),
    family=False,
    one_word=0.42,
)
ACEH_MELAYU = Pool(
    _MUSLIM_WOMEN,
    _MUSLIM_MEN,
    _words(
        "Rahman Rahmah Hidayat Arifin Hasanah Syahputra Hamid Latif Saleh Wahab Karim Rasyid Ibrahim Abdullah"
        " Hidayah Ramadhan Ramadhani Maulana Maulida Syahrul Aisyah Anshari Akbar Azhar Bahri Daud Efendi Fahmi Fitri"
        " Fitriani Ghazali Hakim Halim Handayani Harahap Hasibuan Husaini Irawan Jannah Khairani Kurniawan Lubis"
        " Mahfud Mardhiah Mulyadi Mutia Nasution Novita Pasaribu Putra Putri Rangkuti Ritonga Safrina Sari Siregar"
        " Sofyan Syafitri Syarifuddin Tanjung Umar Wahyuni Yani Yusuf Zahara Zulfikar"
    ),
    family=False,
    one_word=0.22,
)
BATAK = Pool(
    (*_CHRISTIAN_WOMEN[:30], *_words("Rosmawati Tiurma Tiur Lasma Romauli Nurcahaya Duma Tiarma Rotua Hotmaida")),
    (*_CHRISTIAN_MEN[:30], *_words("Parlindungan Sahat Togar Hotman Monang Poltak Saut Marihot Jonggi Bonar Ramot")),
    _words(
        "Simanjuntak Situmorang Sihombing Siahaan Sinaga Nainggolan Sitorus Hutapea Manurung Pardede Napitupulu"
        " Simbolon Panjaitan Silalahi Lumbantoruan Marbun Gultom Hutagalung Hutasoit Pakpahan Purba Rajagukguk Sagala"
        " Samosir Saragih Siagian Sianipar Sianturi Sibarani Siburian Sidabutar Sihotang Silaban Silitonga Simamora"
        " Simangunsong Sirait Siringoringo Sitanggang Sitohang Sitompul Tambunan Tampubolon Tarigan Ginting Sembiring"
        " Karokaro Barus"
    ),
    family=True,
    one_word=0.02,
)
MINANG = Pool(
    (
        *_words("Yanti Desi Eva Gusnita Asnidar Elfi Ermawati Fitriyeni Murniati Nofrita Rosmanidar Yulinar"),
        *_MUSLIM_WOMEN,
    ),
    (
        *_words("Syafrizal Zulkarnain Afrizal Asril Bustami Edison Efrizal Hendri Masrul Nasrul Syahril Yusrizal"),
        *_MUSLIM_MEN,
    ),
    _words(
        "Putra Putri Chaniago Piliang Koto Tanjung Sikumbang Guci Jambak Caniago Malik Marajo Rajo Yulianti Sari"
        " Yenti Anwar Arman Efendi Fauzan Gusti Hasni Ilyas Kamal Mardianto Nazar Oktavia Rahmi Roza Saputra Syafri"
        " Umar Zein"
    ),
    family=False,
    one_word=0.26,
)
SUMATRA_SOUTH = Pool(
    (*_words("Siti Yuli Rusmini Lina Marlina Erni Susi Nurbaiti Sumarni Holipah Cik Rosdiana"), *_MUSLIM_WOMEN),
    (*_words("Muhammad Herman Rusdi Hendra Herwan Marwan Ujang Amrullah Hasbi Sarnubi Zulpakar"), *_MUSLIM_MEN),
    _words(
        "Susanti Saputra Wijaya Lestari Apriani Oktarina Yuliana Marlina Kurniawan Andika Pratiwi Septiani Sanjaya"
        " Hartati Aprianto Ardiansyah Febriansyah Irwansyah Juliansyah Novriansyah Ramadhani Supriadi Agustina"
        " Damayanti Elvira Heriyanto Indrayani Kusnadi Mayasari Oktaviani Puspa Rosalina Sopian Suryadi Wahyuni"
        " Yansyah"
    ),
    family=False,
    one_word=0.3,
)
BALI = Pool(
    _words("Wayan Made Nyoman Ketut Putu Kadek Komang Luh Gede Ayu Desak Dewa Gusti Iluh Sayu Jero Anak Ida"),
    _words("Wayan Made Nyoman Ketut Putu Kadek Komang Gede Dewa Gusti Agung Anak Ida Nengah Kompiang Cokorda"),
    _words(
        "Suartini Sudarmi Artawan Suartana Sukerti Widiantari Astiti Sumerta Sudiana Ariani Arta Astawa Budiarsa"
        " Darma Darmayanti Dharma Eka Februari Indrayani Jaya Juniari Karta Kertiasih Kusuma Lasmini Mahendra Mariani"
        " Mertayasa Mudana Murniasih Negara Ngurah Parwata Pertiwi Purnama Puspa Putra Rai Ratnadi Rusmini Sadia Sari"
        " Sariani Sastrawan Sekar Seriasih Suadnyana Suardana Suastika Subagia Suciani Sugiantari Sujana Sukarma"
        " Sulasih Sumantra Suparta Suryani Sutama Suwitra Swastika Udayana Wardana Widiasih Wijana Winarti Wirawan"
        " Yasa Yuliantari"
    ),
    family=False,
    one_word=0.01,
)
SASAK = Pool(
    (
        *_words("Baiq Siti Inaq Nurul Sahnim Rumenah Muliani Sumiati Zohriah Mariani Hurniati Saknah"),
        *_MUSLIM_WOMEN[:30],
    ),
    (
        *_words("Lalu Muhammad Amaq Sahdan Muhsan Sapri Mahsun Saparudin Mahrip Zulkarnaen Turmuzi Sahnan"),
        *_MUSLIM_MEN[:30],
    ),
    _words(
        "Hidayati Hasanah Hadi Wathani Fitriani Apriani Sahrul Azmi Juliana Ismail Munawarah Supriadi Mujahidin"
        " Zaini Zohri Halimah Haerani Hizbullah Irpan Jayadi Kurniati Maulana Mulyadi Nasrullah Patmawati Rahman"
        " Rohana Sopian Suhardi Sukmawati Wahyuni Wirawan Yuliani"
    ),
    family=False,
    one_word=0.4,
)
BUGIS_BANJAR = Pool(
    (
        *_words("Nur Siti Hasnah Rosmini Andi Daeng Suriani Hasnawati Rahmatia Jumriah Nurbaya Sitti Tenri"),
        *_MUSLIM_WOMEN,
    ),
    (
        *_words("Muhammad Andi Abdul Baharuddin Daeng Syamsuddin Muh Hasanuddin Kaharuddin Ambo Beddu Laode"),
        *_MUSLIM_MEN,
    ),
    _words(
        "Amir Hasan Saleh Basri Rahim Rauf Mappa Tahir Syam Halim Hamzah Arsyad Bakri Baso Dahlan Gani Haerul Hafid"
        " Hakim Ibrahim Idris Ilyas Ishak Jabbar Jafar Kadir Latif Lawi Mangkona Mappangara Mattulada Nasir Nawir"
        " Paewai Palaguna Parenrengi Pasinringi Patau Rahman Ramli Rasyid Sahabuddin Sakka Sappe Sultan Syahrir"
        " Tahang Tajuddin Thamrin Wahab Wahyuni Yunus Yusuf Zainuddin Fitriani Hikmah Rahmadani Noor Aulia"
    ),
    family=False,
    one_word=0.27,
)
DAYAK = Pool(
    (*_CHRISTIAN_WOMEN, *_words("Dayang Bulan Ete Kumang Lisa Lusia Nyelong Sepi Tiung Yosepha Rangkap")),
    (*_CHRISTIAN_MEN, *_words("Lejau Ding Anyang Bujang Gerhard Ibau Jalung Kuleh Ngau Tingang Ujang Apui")),
    _words(
        "Lejo Ngau Ibau Jalung Anye Bilung Usat Lawai Ajang Laing Pebriansyah Njau Lahang Bayau Ingan Balan Ngang"
        " Apuy Sulang Silam Tundan Tigang Binti Narang Garing Sahay Rampai Dehen Toepak Lambung Nihin Bahen Sawung"
        " Mihing Simpei Ranan Bungai Nuhan Asang Kunum"
    ),
    family=True,
    one_word=0.12,
)
MINAHASA = Pool(
    (*_CHRISTIAN_WOMEN, *_words("Meiske Deitje Femmy Greity Jeane Joice Neltje Olga Vonny Sientje Tineke")),
    (*_CHRISTIAN_MEN, *_words("Jantje Ferry Hengky Jemmy Johny Noldy Novie Rolly Steven Vecky Wempi Stenly")),
    _words(
        "Rumengan Lumentut Mandagi Tumbelaka Pangemanan Supit Wowor Rondonuwu Lengkong Kalalo Karundeng Kawilarang"
        " Kalangi Kaunang Kandou Kolondam Korompis Lapian Lasut Liando Lontoh Mamahit Mamesah Manoppo Mantiri"
        " Mawikere Mokodompit Momongan Moningka Najoan Ngantung Paat Palar Pandelaki Pelealu Polii Pontoh Poluan"
        " Ratulangi Rotinsulu Runtuwene Sumual Senduk Sondakh Tambayong Tulung Turangan Umboh Waworuntu Wuisan"
    ),
    family=True,
    one_word=0.02,
)
MALUKU = Pool(
    (*_CHRISTIAN_WOMEN, *_words("Nona Welmince Ance Aplonia Costantina Febby Yoke Yola Salomina")),
    (*_CHRISTIAN_MEN, *_words("Bram Domi Eliza Jopy Nus Ongen Polly Semmy Yopi Izak")),
    _words(
        "Latuconsina Pattiasina Tuasikal Leatemia Sahetapy Latumahina Matulessy Tahapary Pattipeilohy Lekatompessy"
        " Manuhutu Lewerissa Luhukay Maitimu Manuputty Metekohy Nanlohy Nikijuluw Noya Ohorella Pattimura Pattinama"
        " Patty Pelupessy Persulessy Rehatta Ririmasse Salampessy Sapulette Siwabessy Sopacua Soumokil Sitanala"
        " Tomasoa Tuanakotta Tutuarima Tupamahu Uneputty Waas Wattimena Watimury"
    ),
    family=True,
    one_word=0.02,
)
PAPUA = Pool(
    (*_CHRISTIAN_WOMEN, *_words("Orpa Salomina Yakomina Naomi Mince Yuliana Amelia Beatrix Adolfina Ludia")),
    (*_CHRISTIAN_MEN, *_words("Yulius Nataniel Yusak Otniel Nikson Demianus Hengki Elieser Isak Alpius Yafet Lamek")),
    _words(
        "Wenda Kogoya Tabuni Yikwa Wakerkwa Murib Telenggen Rumbiak Rumbewas Rumaropen Mambrasar Wonda Enumbi Tabuna"
        " Yoku Ohee Felle Ondikeleuw Suebu Wally Kambu Howay Isir Duwit Sagrim Kareth Mandacan Ayomi Dogopia Douw"
        " Gobai Pigai Tekege Mote Magai Kossay Asso Haluk Hisage Itlay Lokobal Logo Matuan Mabel Gebze Mahuze"
        " Balagaize Kaize Ndiken Basik Yeimo Womsiwor Warwer Krey Korwa Kbarek Sroyer"
    ),
    family=True,
    one_word=0.02,
)
CHINESE = Pool(
    _words("Mei Lina Linda Susi Yenny Fenny Meilani Vivi Lily Susanti Jessica Felicia Melisa Siska Novi Ling Fang Hui"),
    _words("Hendra Budi Andi Rudy Hendri Johan Antoni Steven Kevin Suwandi Wijaya Eddy Alim Akiong Ahok Tono"),
    _words(
        "Wijaya Tan Lim Gunawan Halim Salim Santoso Susanto Tanuwijaya Kurniawan Chandra Hartono Liem Oei Tjandra Wong"
    ),
    family=True,
    one_word=0.04,
)
_DEMO = {
    name: Pool(pool.women, pool.men, pool.second, family=True, one_word=pool.one_word_percent / 100)
    for name, pool in (("timor", TIMOR), ("flores", FLORES), ("sumba", SUMBA))
}

POOLS: tuple[Pool, ...] = (
    JAVA, SUNDA, MADURA, ACEH_MELAYU, BATAK, MINANG, SUMATRA_SOUTH, BALI, SASAK, BUGIS_BANJAR, DAYAK, MINAHASA, MALUKU,
    PAPUA, CHINESE, *_DEMO.values(),
)  # fmt: skip
_AT = {pool: at for at, pool in enumerate(POOLS)}
_TIMOR, _FLORES, _SUMBA = (_AT[pool] for pool in _DEMO.values())
# Province → the pools of most of its people; one in ten is from anywhere.
HOMES: dict[str, tuple[int, ...]] = {
    **dict.fromkeys(("33", "34", "18", "31"), (_AT[JAVA],)),
    "35": (_AT[JAVA], _AT[JAVA], _AT[MADURA]),
    **dict.fromkeys(("32", "36"), (_AT[SUNDA],)),
    **dict.fromkeys(("11", "14", "15", "21"), (_AT[ACEH_MELAYU],)),
    "12": (_AT[BATAK], _AT[ACEH_MELAYU]),
    "13": (_AT[MINANG],),
    **dict.fromkeys(("16", "17", "19"), (_AT[SUMATRA_SOUTH],)),
    "51": (_AT[BALI],),
    "52": (_AT[SASAK],),
    "53": (_TIMOR, _FLORES, _SUMBA),
    "61": (_AT[DAYAK], _AT[ACEH_MELAYU], _AT[CHINESE]),
    **dict.fromkeys(("62", "64", "65"), (_AT[DAYAK], _AT[BUGIS_BANJAR])),
    "63": (_AT[BUGIS_BANJAR],),
    "71": (_AT[MINAHASA],),
    **dict.fromkeys(("72", "73", "74", "75", "76"), (_AT[BUGIS_BANJAR],)),
    **dict.fromkeys(("81", "82"), (_AT[MALUKU], _AT[ACEH_MELAYU])),
    **dict.fromkeys(("91", "92", "93", "94", "95", "96"), (_AT[PAPUA],)),
}

OTHER_SPELLINGS: dict[str, tuple[str, ...]] = {
    **SPELLINGS,
    "Muhammad": (
        "Moh.",
        "Muh.",
        "M.",
        "Mohammad",
        "Mochammad",
        "Moch.",
        "Mohamad",
        "Muhamad",
        "Mohd.",
        "Mhd.",
        "Moehammad",
    ),
    "Moh": ("Moh.", "Muhammad", "Mohammad", "Much.", "Muh."),
    "Muh": ("Muh.", "Muhammad", "Moh."),
    "Abdul": ("Abd.", "Abd", "Abdoel", "Abdool"),
    "Ahmad": ("Achmad", "Akhmad", "Ach.", "Amat", "Ahmat"),
    "Siti": ("St.", "Sitti", "Sity", "Sitie"),
    "Sitti": ("Siti", "St."),
    "Sri": ("Srie", "Sry"),
    "Nur": ("Noer", "Noor", "Nor"),
    "Nurul": ("Noerul", "Norul"),
    "Aisyah": ("Aisah", "Aisjah", "Aisya", "Asiyah"),
    "Fatimah": ("Patimah", "Fatima", "Fatimeh"),
    "Khadijah": ("Hadijah", "Khodijah", "Chadijah", "Hotijah"),
    "Zainab": ("Zaenab", "Jaenab", "Zainap"),
    "Zainal": ("Jaenal", "Zaenal", "Jainal"),
    "Zainudin": ("Zaenudin", "Jainuddin", "Zainuddin"),
    "Zubaidah": ("Jubaedah", "Zubaedah", "Subaidah"),
    "Zahra": ("Zahrah", "Azzahra"),
    "Maimunah": ("Maemunah", "Maimuna"),
    "Maryam": ("Mariam", "Mariyam"),
    "Yanti": ("Janti", "Yantie"),
    "Yuni": ("Juni", "Yunie"),
    "Dewi": ("Dewie", "Devi"),
    "Dwi": ("Dwie",),
    "Tri": ("Trie",),
    "Wati": ("Watie", "Waty"),
    "Eko": ("Eka", "Ekko"),
    "Joko": ("Djoko", "Jaka"),
    "Budi": ("Boedi", "Budhi"),
    "Agus": ("Agoes",),
    "Usman": ("Oesman", "Utsman"),
    "Umar": ("Oemar", "Omar"),
    "Taufik": ("Taufiq", "Topik", "Taupik"),
    "Ridwan": ("Ridhwan", "Riduan"),
    "Rizki": ("Rizky", "Riski", "Rizqi"),
    "Saiful": ("Syaiful", "Saipul"),
    "Syarifah": ("Sarifah", "Syaripah"),
    "Nyoman": ("Nioman", "Njoman"),
    "Wayan": ("Waian", "Wajan"),
    "Ketut": ("Ketoet",),
    "Made": ("Madé",),
    "Asep": ("Acep", "Asef"),
    "Ujang": ("Udjang",),
    "Sarah": ("Sara",),
    "Ester": ("Esther",),
    "Rut": ("Ruth",),
    "Marta": ("Martha",),
    "Lidia": ("Lydia",),
    "Markus": ("Marcus",),
    "Matius": ("Mathius", "Matheus"),
    "Thomas": ("Tomas",),
    "Viktor": ("Victor",),
    "David": ("Daud", "Dafid"),
    "Chaniago": ("Caniago", "Tjaniago"),
    "Wijaya": ("Widjaja", "Wijaja"),
    "Hidayat": ("Hidajat",),
    "Rahman": ("Rachman", "Rakhman"),
    "Rahmat": ("Rachmat", "Rakhmat"),
    "Kurniawan": ("Koerniawan",),
    "Nugroho": ("Noegroho", "Nugroha"),
    "Lestari": ("Lestary",),
    "Handayani": ("Handajani",),
    "Setiawan": ("Setyawan",),
    "Saputra": ("Sahputra", "Syahputra"),
}
HONORIFICS_WOMEN = _words("Ibu Hj. Sdri. Ny. Mbak Nn. Bu")
HONORIFICS_MEN = _words("Bpk. H. Sdr. Mas Bapak Tn. Pak")
