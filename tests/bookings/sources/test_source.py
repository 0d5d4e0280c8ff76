import gzip
import io
import zipfile
from pathlib import Path

import pytest

from sim.bookings.sources.source import source_of
from sim.config import ConfigError

TABLE = b"client,date\n1,2023-01-03\n"


def archive(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in files.items():
            packed.writestr(name.replace("__", "/").replace("_csv", ".csv").replace("_txt", ".txt"), data)
    return buffer.getvalue()


def content(folder: Path, data: bytes) -> bytes:
    (folder / "b.csv").write_bytes(data)
    with source_of(folder / "b.csv", "b.csv").open() as stream:
        return stream.read()


def refusal(folder: Path, data: bytes) -> str:
    with pytest.raises(ConfigError) as error:
        content(folder, data)
    return str(error.value)


@pytest.mark.parametrize(
    "data",
    [
        TABLE,
        gzip.compress(TABLE),
        archive(b_csv=TABLE),
        archive(folder__b_csv=TABLE),
        archive(b_csv=TABLE, readme_txt=b"Exported today"),
        gzip.compress(gzip.compress(TABLE)),
        archive(b_csv=gzip.compress(TABLE)),
    ],
    ids=["plain", "gzip", "zip", "folder in zip", "zip with a text", "gzip twice", "gzip in zip"],
)
def test_a_packed_file_is_unpacked_whatever_its_name(data: bytes, tmp_path: Path) -> None:
    assert content(tmp_path, data) == TABLE


def test_what_systems_add_to_an_archive_is_not_a_second_file(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, data in {"__MACOSX/._b.csv": b"x", ".DS_Store": b"x", "b.csv": TABLE, "logo.png": b"x"}.items():
            packed.writestr(name, data)
    assert content(tmp_path, buffer.getvalue()) == TABLE


def test_an_archive_of_several_tables_is_refused_with_their_names(tmp_path: Path) -> None:
    message = refusal(tmp_path, archive(a_csv=TABLE, b_csv=TABLE))
    assert message == "data = 'b.csv', holds 2 files, must hold one table: unpack it and choose of a.csv, b.csv"


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: archive(b_csv=data)], ids=["gzip", "zip"])
def test_a_file_that_unpacks_to_far_too_much_is_refused(pack, tmp_path: Path) -> None:
    assert "unpacks to more than 0.0671 GB" in refusal(tmp_path, pack(bytes(70 * 2**20)))


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7", "export it as CSV or xlsx"),
        (b"7z\xbc\xaf\x27\x1c", "must be unpacked first"),
        (gzip.compress(TABLE)[:-10], "cannot be unpacked"),
        (archive(b_csv=TABLE)[:60], "cannot be unpacked"),
    ],
    ids=lambda value: value if isinstance(value, str) else "file",
)
def test_what_holds_no_table_is_refused_with_what_to_do(data: bytes, word: str, tmp_path: Path) -> None:
    assert word in refusal(tmp_path, data)
