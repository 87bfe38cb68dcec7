"""Charsets: what Python itself encodes must come back, whatever was declared."""

from __future__ import annotations

import pytest

from scanner.formats import charset
from scanner.formats.charset_guess import guess

TEXT = "Åsa Öberg såg ett ärende hos Björk. " * 5

# Invented persons, by language: three names as in a list, and text with them.
SWEDISH = (
    "Åsa Öberg\nBjörn Sjöström\nPär Håkansson\n",
    "Hej Åsa Öberg,\nvi såg att ärendet är löst för Björn Sjöström.\n",
)
SHOUTED = ("ÅSA ÖBERG\nBJÖRN SJÖSTRÖM\nPÄR HÅKANSSON\n", "ÄRENDE: ÅSA ÖBERG HAR FLYTTAT FRÅN ÖREBRO\n")
ACCENTED = ("André Lindén\nRenée Müller\nLéa Carlén\n", "Fakturan till André Lindén är försenad, sade Renée Müller.\n")
DANISH = ("Søren Bjørn\nKåre Ærøe\nÅse Nørgård\n", "Kære Søren Bjørn, på lørdag får Åse Nørgård besøg af Kåre.\n")
ENGLISH = ("Zoë Brontë\nAnna Smith\nChloë Field\n", "Zoë Brontë’s café bill – paid by Chloë Field.\n")
POLISH = (
    "Łukasz Wiśniewski\nGrażyna Dąbrowska\nZofia Jabłońska\n",
    "Łukasz Wiśniewski i Grażyna Dąbrowska są w pracy.\n",
)
RUSSIAN = ("Анна Петрова\nИван Сидоров\nОльга Кузнецова\n", "Уважаемая Анна Петрова, ваш заказ готов. Иван Сидоров\n")
GREEK = ("Γιώργος Παπαδόπουλος\nΜαρία Νικολάου\n", "Αγαπητέ Γιώργος Παπαδόπουλος, η παραγγελία είναι έτοιμη.\n")
JAPANESE = ("山田太郎\n佐藤花子\n鈴木一郎\n", "山田太郎様、いつもお世話になっております。佐藤花子です。\n")
KANA = ("ヤマダ タロウ\nサトウ ハナコ\n", "ヤマダタロウさんのでんわばんごう\n")
SIMPLIFIED = ("王小明\n李丽\n张伟\n", "王小明先生您好,您的订单已经发货,请注意查收。张伟\n")
TRADITIONAL = ("陳小明\n林美玲\n張志豪\n", "陳小明先生您好,您的訂單已經出貨,請注意查收。張志豪\n")
KOREAN = ("김민수\n이영희\n박지훈\n", "김민수 고객님 안녕하세요, 주문하신 상품이 발송되었습니다. 박지훈\n")
TABLE = [
    (
        SWEDISH,
        "utf-8 cp1252 mac_roman mac_iceland cp437 cp850 cp865 iso8859_15 utf-16-le utf-16-be utf-32-le utf-32-be",
    ),
    (SHOUTED, "utf-8 cp1252 mac_roman cp437 cp850 cp865 iso8859_15 utf-16-le utf-16-be"),
    (ACCENTED, "utf-8 cp1252 mac_roman cp437 cp850 cp865 iso8859_15 utf-16-le"),
    (DANISH, "utf-8 cp1252 mac_roman cp850 cp865 iso8859_15 utf-16-be"),
    (ENGLISH[:1], "utf-8 cp1252 mac_roman cp437 cp850"),
    (ENGLISH[1:], "utf-8 cp1252 mac_roman utf-16-le"),
    (POLISH, "utf-8 cp1250 iso8859_2 utf-16-le"),
    (RUSSIAN, "utf-8 cp1251 koi8_r cp866 iso8859_5 utf-16-le utf-16-be utf-32-le"),
    (GREEK, "utf-8 cp1253 utf-16-le"),
    (JAPANESE, "utf-8 shift_jis cp932 euc_jp iso2022_jp utf-16-le utf-16-be"),
    (KANA, "utf-8 shift_jis euc_jp iso2022_jp utf-16-le"),
    (SIMPLIFIED, "utf-8 gb2312 gbk gb18030 utf-16-le"),
    (TRADITIONAL, "utf-8 big5 utf-16-be"),
    (KOREAN, "utf-8 euc_kr cp949 utf-16-le"),
]
CASES = [
    (text * times, codec) for texts, names in TABLE for codec in names.split() for text in texts for times in (1, 40)
]


@pytest.mark.parametrize(("text", "codec"), CASES)
def test_text_of_no_declared_charset_is_found_letter_by_letter(text: str, codec: str) -> None:
    assert charset.decode(text.encode(codec)) == text


@pytest.mark.parametrize("codec", ["utf-8", "cp1252", "mac_roman", "cp865"])
def test_a_name_in_much_plain_text_is_found(codec: str) -> None:
    text = "order;date;amount\n" * 2000 + "Åsa Öberg;2024-01-02;100\n" + "order;date;amount\n" * 2000
    assert charset.decode(text.encode(codec)) == text


@pytest.mark.parametrize("name", ["Åsa", "Björn Ek", "Émile", "Sjöö", "Ö", "Pär Å", "GÖRAN"])
@pytest.mark.parametrize("codec", ["cp1252", "utf-8"])
def test_one_name_alone(name: str, codec: str) -> None:
    assert charset.decode(name.encode(codec)) == name


def test_utf7_is_known_by_its_letters() -> None:
    assert charset.decode("Åsa Öberg, Malmö".encode("utf-7")) == "Åsa Öberg, Malmö"
    assert charset.decode(b"tel +AB-12 or 1+AOb=") == "tel +AB-12 or 1+AOb="


def test_utf8_with_some_broken_bytes_stays_utf8() -> None:
    data = ("Åsa Öberg i Malmö\n" * 20).encode() + b"Bj\xf6rn\n" + "Pär\n".encode()[:2] + b"\n"
    assert charset.decode(data).startswith("Åsa Öberg i Malmö\n" * 20 + "Björn\n")


def test_money_and_signs_of_windows_are_kept() -> None:
    text = "Pris: 100 € – “Åsa” betalar…\n"
    assert charset.decode(text.encode("cp1252")) == text


def test_the_codec_for_streams_is_the_one_of_the_whole() -> None:
    for text, codec in ((SWEDISH[1], "mac_roman"), (RUSSIAN[1], "koi8_r"), (JAPANESE[1], "cp932")):
        found, skip = charset.encoding((text * 100).encode(codec)[:1001])
        assert (found, skip) == (codec, 0)
    assert charset.encoding(SWEDISH[1].encode("cp1252")) == ("utf-8", 0)  # whose handler gives Windows-1252
    assert charset.encoding((SWEDISH[1] * 100).encode()[: len("Hej Å".encode()) - 1]) == ("utf-8", 0)


def test_a_declared_charset_that_cannot_be_is_not_believed() -> None:
    assert charset.decode("Åsa 山田".encode(), "euc-jp") == "Åsa 山田"
    assert charset.decode("山田太郎様、いつも".encode("cp932"), "us-ascii") == "山田太郎様、いつも"


def test_noise_is_guessed_in_bounded_time() -> None:
    noise = bytes(range(128, 256)) * 100_000
    assert isinstance(charset.decode(noise), str)
    assert guess(noise)


def test_wide_text_is_not_binary_and_numbers_are() -> None:
    assert not charset.is_binary(RUSSIAN[0].encode("utf-16-le"))
    assert not charset.is_binary(JAPANESE[0].encode("utf-16-be"))
    assert charset.is_binary(b"".join(number.to_bytes(2, "little") for number in range(600)))
    assert charset.is_binary(bytes(4096))


@pytest.mark.parametrize(
    "codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
def test_undeclared(codec: str) -> None:
    assert charset.decode(TEXT.encode(codec)) == TEXT


@pytest.mark.parametrize(
    "declared", ["no-such-charset", "", "base64", "rot13", "x-unknown", "utf-8\0", "hex", "us-ascii", "iso-8859-1"]
)
def test_wrong_declarations_break_nothing(declared: str) -> None:
    assert charset.decode(TEXT.encode(), declared) == TEXT


@pytest.mark.parametrize("codec", ["shift_jis", "koi8-r", "utf-16", "gb2312", "iso-2022-jp"])
def test_declared(codec: str) -> None:
    text = "Анна" if codec == "koi8-r" else "汉字" if codec == "gb2312" else "漢字 och mera text"
    assert charset.decode(text.encode(codec), codec) == text


def test_mixed_file_is_right_in_both_places() -> None:
    assert charset.decode("Björk ".encode() + "Åsa".encode("cp1252")) == "Björk Åsa"


def test_binary() -> None:
    assert charset.is_binary(bytes(range(256)) * 8)
    assert not charset.is_binary(TEXT.encode("utf-16"))
    assert not charset.is_binary(TEXT.encode("cp1252"))
    assert not charset.is_binary(b"")
