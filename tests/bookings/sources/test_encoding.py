from pathlib import Path

import pytest

from sim.bookings.sources.encoding import code_page, encoding_of, texts
from sim.bookings.sources.source import source_of

NAMES = {
    "cp1252": "Zoë Hélène Müller Ångström Señor Peña François",
    "cp1250": "Łukasz Wójcik Małgorzata Kowalczyk Paweł Wiśniewski Agnieszka Dąbrowska",
    "mac_roman": "Zoë Hélène Müller Chloé Anaïs",
    "cp850": "Zoë Hélène Müller Chloé Anaïs",
    "cp1251": "Анна Иванова Пётр Кузнецов Сергей Смирнов",
    "cp1253": "Μαρία Παπαδοπούλου Γιώργος Νικολάου",
    "cp1254": "Gülşah Yılmaz Doğan Işık",
    "gb18030": "张伟 王芳 李娜 预约 已完成",
    "iso8859_15": "Chloé Zoë 45,00€",
}


@pytest.mark.parametrize("page", NAMES)
def test_names_tell_the_code_page(page: str) -> None:
    words = [word.encode(page) for word in NAMES[page].split()]
    assert [word.decode(code_page(words)) for word in words] == NAMES[page].split()


@pytest.mark.parametrize("name", ["Zoë", "Chloé", "Jörg", "Peña", "André", "Ömer", "Ève"])
def test_one_name_is_enough_for_windows_1252(name: str) -> None:
    assert name.encode("cp1252").decode(code_page([name.encode("cp1252")])) == name


def test_nothing_is_lost_at_the_edges_of_pieces(tmp_path: Path) -> None:
    # a letter of two bytes begins at the last byte of the first piece of 2**20
    text = "a" * (2**20 - 1) + "ë" + "b" * 10
    (tmp_path / "a.csv").write_text(text, "utf-8")
    source = source_of(tmp_path / "a.csv", "a.csv")
    assert encoding_of(source).name == "utf-8"
    assert "".join(texts(source, encoding_of(source))) == text
