import random
from pathlib import Path

import pytest

from aevb_cli import tables
from aevb_cli.errors import DataError, UsageError
from aevb_cli.settings import Column, ReadOptions
from aevb_cli.tables import sources
from aevb_cli.tables.text import encodings
from tests.tables.ask import from_stdin

WORDS = {
    "cp1252": "Müller Schäfer Köln Straße François Besançon Hélène Núñez Málaga João Göteborg Sørensen Århus",
    "mac-roman": "Müller Schäfer Köln Straße François Hélène Núñez Málaga Göteborg",
    "cp850": "Müller Schäfer Köln Straße François Hélène Núñez Málaga",
    "cp1250": "Łódź Gdańsk Wałęsa Dvořák Plzeň Říha Győr Szűcs Šibenik Božić Braşov",
    "iso8859-2": "Łódź Wałęsa Śląsk Dvořák Plzeň Žižkov Győr Szűcs Šibenik Božić",
    "cp1254": "Şahin Çelik Yıldız Güneş Muğla Kırşehir Ağrı Doğan",
    "cp1251": "Москва Иванов Екатерина Новосибирск улица область",
    "koi8-r": "Москва Иванов Екатерина Новосибирск улица область",
    "cp866": "Москва Иванов Екатерина Новосибирск улица область",
    "cp1253": "Αθήνα Θεσσαλονίκη Γιώργος Ελένη Παπαδόπουλος",
    "cp1255": "ירושלים חיפה משה שרה אברהם נתניה יוסף",
    "cp1256": "محمد القاهرة الرياض فاطمة بغداد الجزائر",
    "cp932": "東京 大阪 田中 鈴木 さくら タナカ 横浜市 株式会社",
    "gb18030": "北京 上海 张伟 王芳 浙江省 有限公司 苹果",
    "big5": "台北 高雄 陳志明 林美玲 臺灣 有限公司 功許蓋",
    "cp949": "서울 부산 김철수 이영희 대한민국 주식회사 제주도",
}


def table(name: str, rows: int) -> str:
    chance = random.Random(0)
    words = [*WORDS[name].split(), "Smith", "London"]
    return "name,x\n" + "".join(f"{chance.choice(words)},{row}\n" for row in range(rows))


def save(folder: Path, content: bytes) -> str:
    path = folder / "t.csv"
    path.write_bytes(content)
    return str(path)


def names(raw: tables.RawTable) -> list[str]:
    found: list[str] = raw.text(["name"])[0].to_pylist()
    return found


@pytest.mark.parametrize("rows", [30, 3000])
@pytest.mark.parametrize("encoding", WORDS)
def test_an_encoding_is_found_and_told(
    encoding: str, rows: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "BLOCK", 1 << 13)  # characters lie across the blocks' ends
    text = table(encoding, rows)
    path = save(tmp_path, text.encode(encoding))
    expected = [line.split(",")[0] for line in text.splitlines()[1:]]
    raw = tables.read(path)
    assert names(raw) == expected
    assert [note for note in raw.notes if "(no UTF-8)" in note] == [f"{path}: read as {encoding} (no UTF-8)."]
    assert names(from_stdin(monkeypatch, text.encode(encoding))) == expected
    chunks = list(tables.stream(path, [Column("x")], chunk_rows=7))
    assert [cell for chunk in chunks for cell in names(chunk.raw)] == expected
    with pytest.raises(DataError, match=rf"this is no UTF-8 text; it reads as {encoding} \('.*'\)\. Say so"):
        tables.read(path, ReadOptions(strict=True))
    assert names(tables.read(path, ReadOptions(encoding=encoding, strict=True))) == expected


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_marks_and_nulls_tell_the_encoding(encoding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 1001)
    text = table("cp1252", 200)
    raw = tables.read(save(tmp_path, text.encode(encoding)))
    assert names(raw) == [line.split(",")[0] for line in text.splitlines()[1:]]


def test_where_it_is_not_sure_both_readings_are_told(tmp_path: Path) -> None:
    path = save(tmp_path, "name,x\nKuèera,1\n".encode("cp1252"))
    sentence = r"this is no UTF-8 text; it could be .*cp1250 \('Kučera'\).*\. Say which: --encoding NAME"
    with pytest.raises(DataError, match=sentence) as caught:
        tables.read(path)
    assert "cp1252 ('Kuèera')" in str(caught.value)
    assert names(tables.read(path, ReadOptions(encoding="cp1250"))) == ["Kučera"]


def test_damaged_utf8_is_no_other_encoding(tmp_path: Path) -> None:
    text = table("cp1252", 50).encode()
    path = save(tmp_path, text + b"M\xfcller,1\n")
    with pytest.raises(DataError, match=r"record 51 is not UTF-8 text\. ") as caught:
        tables.read(path).typed(["x"])
    assert "iconv" not in str(caught.value)


def test_a_late_word_is_named_with_its_record_and_its_encoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "BLOCK", 64)
    path = save(tmp_path, b"name,x\n" + b"Smith,1\n" * 100 + "Müller,2\nSchäfer,3\n".encode("cp1252"))
    with pytest.raises(DataError, match=r"record 101 is not UTF-8 text\. It could be cp1252 \('Müller'\)\. .* cp1252$"):
        tables.read(path).typed(["x"])
    assert names(tables.read(path, ReadOptions(encoding="cp1252")))[-2:] == ["Müller", "Schäfer"]


@pytest.mark.parametrize(
    ("name", "hint"), [("cp1522", "Did you mean cp1252"), ("latinn1", "Did you mean latin"), ("base64", ""), ("", "")]
)
def test_an_unknown_encoding_is_told_with_the_nearest(name: str, hint: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=rf"--encoding '{name}': there is no such encoding\. ?{hint}"):
        tables.read(save(tmp_path, b"name,x\na,1\n"), ReadOptions(encoding=name))


def test_what_is_no_text_in_the_encoding_that_is_told(tmp_path: Path) -> None:
    path = save(tmp_path, b"name,x\na,1\nb\x81,2\n")
    with pytest.raises(DataError, match=r"t\.csv, line 3: this is no text in cp1252\."):
        tables.read(path, ReadOptions(encoding="cp1252")).typed()


def test_bytes_that_are_no_text_at_all(tmp_path: Path) -> None:
    with pytest.raises(DataError):
        tables.read(save(tmp_path, bytes(range(256)) * 20)).typed()


def test_json_lines_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes('{"name":"Müller","x":1}\n{"name":"Jürgen","x":2}\n'.encode("utf-16"))
    assert names(tables.read(str(path))) == ["Müller", "Jürgen"]


def test_one_of_equal_texts() -> None:
    found = encodings.readings("Müller,Schäfer".encode("cp1252"))
    assert found[0].encoding == "cp1252"
    assert len({reading.words for reading in found}) == len(found)


@pytest.mark.parametrize("block", [7, 8, 1 << 21])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "utf-16"])
@pytest.mark.parametrize(
    ("end", "cell"), [("2,a\x1a", "a"), ("2,a\r\n\x1a", "a"), ("2,a\x1a\x1a", "a\x1a"), ("2,a\x1a\r\n", "a\x1a")]
)
def test_the_mark_that_dos_put_at_the_end_of_a_file_is_no_cell(
    encoding: str, end: str, cell: str, block: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = save(tmp_path, f"x,w\r\n1,Zürich\r\n{end}".encode(encoding))
    monkeypatch.setattr(sources, "BLOCK", block if encoding == "utf-8" else 1 << 21)
    options = ReadOptions(encoding=encoding)
    assert [column.to_pylist() for column in tables.read(path, options).text()] == [["1", "2"], ["Zürich", cell]]
    chunks = tables.stream(path, [Column("x")], chunk_rows=1, options=options)
    assert [chunk.text[1].to_pylist() for chunk in chunks] == [["Zürich"], [cell]]


def test_a_mark_inside_a_file_is_a_character_and_none_a_line_of_json(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = save(tmp_path, b"w,x\na\x1a,1\n\x1a,2\n")
    for block in (6, 10, 1 << 21):  # the first two end with a mark
        monkeypatch.setattr(sources, "BLOCK", block)
        assert tables.read(path).text()[0].to_pylist() == ["a\x1a", "\x1a"]
    assert tables.read(save(tmp_path, b'{"x":1}\n\x1a')).text()[0].to_pylist() == [1]
