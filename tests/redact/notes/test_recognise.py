"""What is found in a case note, kind by kind, and what looks like it and stays."""

from __future__ import annotations

import pytest

from exchange.redact.notes.found import Found
from exchange.redact.notes.masking import LABELS, masked
from exchange.redact.notes.recognise import recognise
from exchange.redact.notes.row_words import RowWords

NOBODY = RowWords()


def found_in(text: str) -> list[tuple[str, str, bool]]:
    return [(one.kind, text[one.start : one.end], one.sure) for one in recognise(text, NOBODY)]


@pytest.mark.parametrize(
    ("text", "kind", "item"),
    [
        ("NIK 5302096507020003 menurut Dukcapil.", "nik", "5302096507020003"),
        ("No. KK 5304 0148 1193 0032 atas nama ayah", "nik", "5304 0148 1193 0032"),
        ("nik nya 530106.210686.0039 kk belum", "nik", "530106.210686.0039"),
        ("NPWP 72.418.330.6-922.000 sudah dihapus", "npwp", "72.418.330.6-922.000"),
        ("NPWP di brosur 082214906922000.", "npwp", "082214906922000"),
        ("Paspor C4471209 dibuat di Blitar", "passport", "C4471209"),
        ("paspor e 6418802 hilang", "passport", "e 6418802"),
        ("paspor lama AU339018.", "passport", "AU339018"),
        ("hubungi 0821-4477-9032 ya", "phone", "0821-4477-9032"),
        ("HP +62 819-3344-871, istri", "phone", "+62 819-3344-871"),
        ("wa 6281230302848 aktif", "phone", "6281230302848"),
        ("telepon (0380) 834902 (kakak)", "phone", "(0380) 834902"),
        ("nomor +60 11-5528 7714.", "phone", "+60 11-5528 7714"),
        ("no nol delapan satu dua tiga empat lima enam ya", "phone", "nol delapan satu dua tiga empat lima enam"),
        ("mobil Xenia DH 1472 CK putih", "plate", "DH 1472 CK"),
        ("motor kt-272-knn dijual", "plate", "kt-272-knn"),
        ("rekening BRI 0391-01-027764-53-8 di Raha", "bank", "0391-01-027764-53-8"),
        ("uang dikirim ke 9531202141574 BNI", "bank", "9531202141574"),
        ("kirim ke a.meko@lsm-contoh.or.id ya", "email", "a.meko@lsm-contoh.or.id"),
        ("akun IG @loker.hongkong.resmi diblokir", "handle", "@loker.hongkong.resmi"),
        ("fb nya mince.kambu99 skrg", "handle", "mince.kambu99"),
        ("lihat https://wa.me/6285218847713.", "handle", "https://wa.me/6285218847713"),
        ("LP/B/8/V/2025/SPKT/POLRES FLORES TIMUR dua", "report", "LP/B/8/V/2025/SPKT/POLRES FLORES TIMUR"),
        ("bukti lapor lp/263/iii/2025/ntt/res. kupang ya", "report", "lp/263/iii/2025/ntt/res. kupang"),
        ("lahir di Lewoleba, 29 Juli 2010.", "birth_date", "29 Juli 2010"),
        ("DOB: December 7, 2001.", "birth_date", "December 7, 2001"),
        ("ttl soe, 13-nov-74", "birth_date", "13-nov-74"),
        ("Lahir tiga Maret 2008.", "birth_date", "tiga Maret 2008"),
        ("di Jl. Bajawa No. 17, RT 02/RW 06, Kel. Alak dan", "address", "Jl. Bajawa No. 17, RT 02/RW 06, Kel. Alak"),
        ("ke Jalan Nanga II/14, Kota Kupang 85226; salinan", "address", "Jalan Nanga II/14, Kota Kupang 85226"),
        ("dari desa sentul lama dekat pasar", "address", "desa sentul lama"),
        ("Dusun IV, RT 8/3, Desa Kuanino.", "address", "Dusun IV, RT 8/3, Desa Kuanino"),
        ("Ibu Adriana Nubatonis menolak.", "name", "Adriana Nubatonis"),
        ("pak kasdi sudah datang", "name", "kasdi"),
        ("Ibu Melati menolak.", "name", "Melati"),
        ("korban bernama I Wayan Sukarsa.", "name", "I Wayan Sukarsa"),
        ("Hj. Saodah binti Lalu Wirata sakit", "name", "Saodah binti Lalu Wirata"),
        ("terdakwa Mohd Faizal bin Ismail hadir", "name", "Mohd Faizal bin Ismail"),
        ("---- Jawab: namanya Yopen, tinggi", "name", "Yopen"),
        ("paspor a.n. Rotua br. Sihotang hilang", "name", "Rotua br. Sihotang"),
        ("pelapor rohani bin sulong hadir", "name", "rohani bin sulong"),
        ("dari Gampong Lhok Reudeup, Kec. Samadua.", "address", "Gampong Lhok Reudeup, Kec. Samadua"),
        ("ke Jln. Magelang Km 5,4 Gg. Seruni No. 3B.", "address", "Jln. Magelang Km 5,4 Gg. Seruni No. 3B"),
        ("Perum. Taman Wijaya Blok D4 No. 9, Bekasi", "address", "Perum. Taman Wijaya Blok D4 No. 9, Bekasi"),
        ("Desa/Kel : Oelnasi", "address", "Desa/Kel : Oelnasi"),
        ("LP/B/7/I/2025/SPKT/POLDA METRO JAYA ya", "report", "LP/B/7/I/2025/SPKT/POLDA METRO JAYA"),
        ("mobil L300 M 4417 GX putih", "plate", "M 4417 GX"),
        ("motor, nopol EB 2290 hilang", "plate", "EB 2290"),
        ("tulis ke m.me/kerja.taiwan.cepat saja", "handle", "m.me/kerja.taiwan.cepat"),
        ("username sayangmu di situ", "handle", "sayangmu"),
        ("ke Ruko Sentra Niaga Blok B2 No. 7, Kel. Sadai", "address", "Ruko Sentra Niaga Blok B2 No. 7, Kel. Sadai"),
        ("di Lingkungan Bontoa RT D RW 02, Kel. Allepolea", "address", "Lingkungan Bontoa RT D RW 02, Kel. Allepolea"),
        ("di Jl. Karya Gg. Rukun No. 5-B, Kel. Sei Agul", "address", "Jl. Karya Gg. Rukun No. 5-B, Kel. Sei Agul"),
        ("asal Br. Dinas Tengah Kaja, Desa Sulahan.", "address", "Br. Dinas Tengah Kaja, Desa Sulahan"),
        ("asal Huta Parbuluan, Desa Sihotang.", "address", "Huta Parbuluan, Desa Sihotang"),
        ("Jl. Pala No. 4, Kec. Sirimau, 0911-412 776, ada", "phone", "0911-412 776"),
        ("Lena (b. 3 June 1998) left", "birth_date", "3 June 1998"),
        ("lahir di Ende tahun 1991 bulan 2 tanggal 8", "birth_date", "tahun 1991 bulan 2 tanggal 8"),
        ("menurut KMS, 7 Agt 2011", "birth_date", "7 Agt 2011"),
        ("Nama kecil : Joy\nUmur : 9", "name", "Joy"),
        ("Nama di klub: Star. Ia tertawa.", "name", "Star"),
        ("NAMA IBU: ROSMIATI ST. MARAJO. SUKU: MINANG", "name", "ROSMIATI ST. MARAJO"),
        ("TERSANGKA TOGAR ALIAS BANG PELABUHAN\nTTL: MEDAN", "name", "TOGAR"),
        ("Tiket atas nama WENDA/ANCE MS, rute DJJ-CGK", "name", "WENDA/ANCE"),
    ],
)  # fmt: skip
def test_what_is_certain_is_found_whole(text: str, kind: str, item: str) -> None:
    assert (kind, item, True) in found_in(text)


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("td pagi yosina nangis di dapur", "yosina"),
        ("TD PAGI YOSINA MENANGIS DI DAPUR", "YOSINA"),
        ("Pada malam itu Yosina melarikan diri.", "Yosina"),
        ("Yosina kabur.", "Yosina"),
        ("bos dipanggil oleh 李明 kemarin", "李明"),
        ("Kemarin Melati bercerita.", "Melati"),
        ("sudah bicara dengan bunga permata di kantor", "bunga permata"),
        ("melati bilang bos marah", "melati"),
        ("kmrn adik sy melati tdk pulang", "melati"),
        ("sy mawar yg kmrn telp", "mawar"),
        ("Mawar hari ini ikut kelas menjahit.", "Mawar"),
        ("Setia (16) belum sekolah.", "Setia"),
        ("Pemilik salon itu Wong Mei Hwa, katanya.", "Wong Mei Hwa"),
        ("Jala Lunggi belum datang.", "Jala Lunggi"),
        ("td ketemu loruk kunyit di pasar", "loruk kunyit"),
        ("Pengantinnya, A Ling, baru 17 tahun.", "A Ling"),
        ("Kunci ada di laci kedua. – Peggy", "Peggy"),
        ("Panitera: Grace Lumentut. Sidang ditunda.", "Grace Lumentut"),
        ("Suaranya di rekaman: halo, ini beta Wenyi, beta aman", "Wenyi"),
    ],
)
def test_a_word_in_no_dictionary_is_marked_for_a_person(text: str, item: str) -> None:
    assert [(text[one.start : one.end], one.sure) for one in recognise(text, NOBODY)] == [(item, False)]


@pytest.mark.parametrize(
    "text",
    [
        "UU No. 21 Tahun 2007 tentang TPPO pasal 2 ayat 1.",
        "Perpres No. 22 Tahun 2021 dan Permensos No. 8 Tahun 2023 berlaku.",
        "Putusan No. 123/Pid.Sus/2025/PN Kpg menghukum terdakwa 5 tahun.",
        "putusan nomor 77/pid.sus/2023/pn atb jo putusan no. 12/pid/2024/pt kpg",
        "Gaji Rp 5.000.000 per bulan, dipotong RM 1,500 dan 22.000.000 rupiah.",
        "Kerja dari 08.00-16.00, lalu 19.00 sampai 23.30, sejak 2019 2020.",
        "Dirujuk ke BP3MI, Polda NTT, LPSK, P2TP2A dan IOM pada Januari.",
        "Dari Kabupaten Malaka dan Belu lewat Nunukan ke Malaysia dan Arab Saudi.",
        "Kontrol di poli jiwa RSUD Prof. Dr. W. Z. Johannes minggu depan.",
        "Kapal KM Bukit Siguntang tiba di Pelabuhan Tenau.",
        "Bunga pinjaman mencapai 20% per bulan.",
        "bunga di depan kantor layu, tlg siram ya",
        "Keluarga berharap proses hukum berjalan damai dan adil.",
        "katong makan satu hari satu kali sa, nasi deng garam",
        "Oto jalan dari sore sampai pagi, surat jalan palsu.",
        "Kepala Desa dan Ketua Adat menjadi saksi.",
        "Pak Polisi yang bertugas menyarankan agar korban pulang.",
        "May is usually the month with most departures.",
        "Bunga pinjaman menumpuk; harapan pulang tetap ada, untung tidak ada yang sakit.",
        "selamat idul fitri buat semua, mohon maaf lahir batin",
        "Wong tuane wis ikhlas, adhine isih nesu karo juragane.",
        "Abdi mah teu wani ngomong, sieun dicarekan ku dununganana.",
        "inyo indak namuah pulang, takuik jo mamaknyo",
        "nasuruhka bosku pulang, takutka toh, adaji tiketku",
        "depe mama so nda mau mo lapor, torang so bilang",
        "Anamnesis: nyeri perut, keputihan; diberi doksisiklin dan metronidazol, HBsAg non reaktif.",
        "Nota pembelaan ditolak, locus delicti di luar wilayah hukum, kerugian immateriil nihil.",
        "Transfer ke BNI, nominal 1.750.000 lunas.",
        "Mereka naik kapal Purnama Ekspres dari Tanjung Pinang ke pantai Lasiana.",
        "Ia baru sadar setelah di Antalya, bukan Buenos Aires.",
        "BERITA ACARA PENYERAHAN\nYang menyerahkan dan menerima hadir.",
        "Pada hari raya Santo Paulus paroki Santo Petrus mengadakan bazar.",
        "Mereka dipindah ke asrama putra; kakinya luka, jalan pincang.",
        "Village elders and recruitment networks are known; the draft is due in August.",
        "Mobil mengisi bensin di SPBU 34.451.12 lalu pergi.",
        "Anak-anak menyanyikan lagu Anak Kambing Saya lalu lagu Bungong Jeumpa.",
        "Untung dibagi rata di akhir tahun.",
        "Dana 2.500.000 lewat BRI, sisanya | BRI | 1.750.000",
        "Setelah itu ia minta diambilkan kwembu dan srontul.",
        "Sekoci diturunkan. Notulis diganti.",
        "Tekanan darah 110/70, nadi 84, suhu 36,8 C, skor PHQ-9 turun.",
        "Sidang dilanjutkan 14 Januari 2025; berkas 2026-0117.",
        "",
    ],
)
def test_what_is_public_or_plain_stays(text: str) -> None:
    assert found_in(text) == []


def test_a_name_once_known_is_masked_wherever_the_note_repeats_it() -> None:
    text = "Ibu Melati datang. Melati di dapur. Kata Melati, aman."
    found = recognise(text, NOBODY)
    assert masked(text, found) == "Ibu [NAMA] datang. [NAMA] di dapur. Kata [NAMA], aman."
    assert all(one.sure for one in found)


def test_endings_of_a_dialect_make_no_words_elsewhere() -> None:
    """ "salahe" is "salah" with a Javanese ending, among Javanese words only."""
    assert found_in("wis piye kabare, jare wong-wong salahe agene") == []
    assert [item for _, item, _ in found_in("kemarin salahe kabur dari rumah")] == ["salahe"]


def test_words_of_a_language_are_words_only_among_others_of_it() -> None:
    """ "bangal" (to dare) is Madurese, and could be anybody's name elsewhere."""
    assert found_in("engko' ta' bangal mole, gi' tedung e bengko, ta' lako") == []
    assert [item for _, item, _ in found_in("kemarin bangal kabur dari rumah")] == ["bangal"]


def test_a_strange_word_in_small_letters_is_marked_where_nobody_writes_capitals() -> None:
    """Whoever begins sentences with a capital writes names with one; a cue counts all the same."""
    assert found_in("Ia minta diambilkan srontul. Lalu ia tidur.") == []
    assert [item for _, item, _ in found_in("ia minta diambilkan srontul. lalu ia tidur.")] == ["srontul"]
    assert [item for _, item, _ in found_in("Ia takut. Kata om srontul, ia boleh pulang.")] == ["srontul"]


def test_a_date_behind_a_name_and_a_town_is_a_date_of_birth() -> None:
    text = "Warsinah / Indramayu, 11-09-1989 / kawin"
    assert masked(text, recognise(text, NOBODY)) == "[NAMA] / Indramayu, [TANGGAL LAHIR] / kawin"


def test_a_date_beside_a_name_is_a_date_of_birth() -> None:
    text = "Naomi Wanimbo / 24-3-2006 / ktp hilang"
    assert masked(text, recognise(text, NOBODY)) == "[NAMA] / [TANGGAL LAHIR] / ktp hilang"


@pytest.mark.parametrize(
    "text",
    [
        "NIK 5302\u200b0965\u200b0702\u200b0003",  # spaces without width
        "NIK ５３０２０９６５０７０２０００３",  # full-width digits
        "NIK 530209­6507020003",  # soft hyphen
        "NIK 5302‑0965‑0702‑0003",  # hyphens that do not break
        "NIK ٥٣٠٢٠٩٦٥٠٧٠٢٠٠٠٣",  # Arabic digits
    ],
)
def test_signs_that_nobody_sees_hide_no_number(text: str) -> None:
    assert masked(text, recognise(text, NOBODY)) == "NIK [NIK]"


def test_a_name_in_letters_of_another_alphabet_is_found() -> None:
    text = "Ibu Adrіаnа menolak."
    assert masked(text, recognise(text, NOBODY)) == "Ibu [NAMA] menolak."


def test_every_kind_has_its_own_label() -> None:
    assert len(set(LABELS.values())) == len(LABELS)


def test_masks_may_come_in_any_order() -> None:
    assert masked("abc def", [Found(4, 7, "name", True), Found(0, 3, "nik", True)]) == "[NIK] [NAMA]"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Alamat: Negeri Hutumuri RT 04, Kec. Leitimur Selatan.", ["Negeri Hutumuri RT 04, Kec. Leitimur Selatan"]),
        ("lp no B/51/IX/2025/SPKT/POLDA MALUKU belum jalan", ["lp no B/51/IX/2025/SPKT/POLDA MALUKU"]),
        (
            "Dasar: LP/B/7/I/2026/SPKT/Polresta P. Ambon/Polda Maluku.",
            ["LP/B/7/I/2026/SPKT/Polresta P. Ambon/Polda Maluku"],
        ),
        ("Lim Sui Lan, 27 tahun, warga Pontianak.", ["Lim Sui Lan"]),
        ("Rumah: Dk. Sumberagung RT 01/RW 03, Ds. Karangjati.", ["Dk. Sumberagung RT 01/RW 03, Ds. Karangjati"]),
        (
            "Perum Bumi Asri Blok C2 No. 4, Kel. Sungai Langkai Kota, Kec. Sagulung, Kota Batam.",
            ["Perum Bumi Asri Blok C2 No. 4, Kel. Sungai Langkai Kota, Kec. Sagulung, Kota Batam"],
        ),
        ("Alamat: Jl. Herewila 105, Paga, Kec. Magepanda.", ["Jl. Herewila 105, Paga, Kec. Magepanda"]),
        ("ini link. Tolong dibuka ya kak", []),
        ("Kerja di luar negeri sejak 2019; Mahkamah Agung menolak kasasi.", []),
    ],
)
def test_what_stands_around_a_word_tells_what_it_is(text: str, words: list[str]) -> None:
    assert [text[each.start : each.end] for each in recognise(text, RowWords())] == words
