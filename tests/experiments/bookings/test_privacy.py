"""Nobody is named in what a command leaves: not clients, not pros, not what was noted about them."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.commands import run

SECRETS = ("Zebedee", "Marchbanks", "zebmail", "quixotic", "98 76", "Strangeways", "Quackenbush", "ammonia", "Elm Court", "APT90")
"""Parts of names, mails, phones, notes, addresses and booking numbers that the file holds."""
MAPPING = """
client: [First name, Last name]
date: Start
requested: Created
order: Appointment ID
pro: Staff
service: Service
price: Price
status: Status
statuses: {Completed: done, Cancelled: cancelled_by_client}
channel: Source
"""


def written(folder: Path) -> Path:
    """About 150 bookings of 40 clients and two pros."""
    rng = np.random.default_rng(1)
    rows = []
    for client in range(40):
        day = np.datetime64("2022-01-03") + int(rng.integers(0, 120))
        for _ in range(int(rng.integers(1, 7))):
            n = len(rows)
            rows.append(
                {
                    "Appointment ID": f"APT90{n:03d}",
                    "First name": f"Zebedee{client:03d}",
                    "Last name": "Marchbanks",
                    "Client email": f"zebmail{client:03d}@quixotic.example",
                    "Phone": f"+33 6 98 76 00 {client:02d}",
                    "Staff": ("Philippa Strangeways", "Ottoline Quackenbush")[n % 2],
                    "Created": f"{day - int(rng.integers(0, 9))} 08:15",
                    "Start": f"{day} {rng.integers(9, 18):02d}:30",
                    "Service": ("Cut", "Colour")[n % 3 % 2],
                    "Price": ("€30.00", "€45.00")[n % 2],
                    "Status": "Cancelled" if n % 10 == 9 else "Completed",
                    "Location": f"{client + 1} Elm Court",
                    "Source": ("Online", "Phone call")[n % 2],
                    "Details": f"allergic to ammonia since {n}" if n % 4 == 0 else "",
                }
            )
            day += int(rng.integers(14, 70))
    path = folder / "salon.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(sorted(rows, key=lambda row: row["Start"]))
    return path


def contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file that a command left, and what those that are archives hold."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            yield path.name, data
            if zipfile.is_zipfile(io.BytesIO(data)):
                with zipfile.ZipFile(io.BytesIO(data)) as archive:
                    yield from ((f"{path.name}: {name}", archive.read(name)) for name in archive.namelist())


def leave(job: str, words: list[str], folder: Path) -> bytes:
    """Run a command; returns its numbers of the file."""
    few = {"calibrate": ["replications=2", "worlds=8"], "replay": ["replications=2", "arm=[uniform]", f"store={folder / 'store'}"]}
    mode = ["mode=all_requests", "other_services=hair"] if job == "replay" else []
    assert run(job, [*words, *few.get(job, []), *mode, f"out={folder / job}"]) == 0
    return (folder / job / "quality.json").read_bytes()


@pytest.mark.parametrize(("mapped", "jobs"), [(False, ("doctor", "calibrate")), (True, ("doctor", "replay"))])
def test_nobody_is_named_in_what_commands_leave_and_all_read_the_same(
    mapped: bool,
    jobs: tuple[str, ...],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    sketched: None,
    hardly_tried: None,
) -> None:
    source = [f"data={written(tmp_path)}", "columns.left_censored_days=0"]
    if mapped:
        (tmp_path / "columns.yaml").write_text(MAPPING)
        source.append(f"columns={tmp_path / 'columns.yaml'}")
    left = tmp_path / "left"
    assert len({leave(job, source, left) for job in jobs}) == 1
    said = capsys.readouterr()
    for name, content in [*contents(left), ("printed", (said.out + said.err).encode())]:
        for secret in SECRETS:
            assert secret.encode() not in content, (name, secret)
