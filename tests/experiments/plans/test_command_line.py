import shlex
from pathlib import Path

import pytest

from experiments.plans.command_line import command_line, long_forms
from experiments.plans.compose import compose_settings


def test_the_command_holds_what_decides_the_result_and_not_where_it_goes(monkeypatch):
    monkeypatch.delenv("SIM_PLUGINS", raising=False)
    words = ["arm=[a,b]", "out=here", "store=there", "workers=2", "executor=serial", "report.lang=fr", "seed=3"]
    assert command_line("compare", words) == "python -m experiments.compare 'arm=[a,b]' seed=3"


def test_folders_of_configurations_and_plug_ins_belong_to_it_and_are_quoted(monkeypatch):
    monkeypatch.setenv("SIM_PLUGINS", "my team")
    written = command_line("study", [], [Path("a b")])
    assert written == "SIM_PLUGINS='my team' python -m experiments.study --config-dir 'a b'"


def test_short_forms_become_what_hydra_wants_and_all_else_stays():
    words = ["data=bookings.csv", "columns=mine", "columns.pro=x", "query=SELECT 1", "sheet=Jan", "arm=[a,b]", "--show-config"]
    assert long_forms(words) == [
        "file=bookings.csv",
        "data@columns=mine",
        "++columns.pro=x",
        'table="SELECT 1"',
        "sheet=Jan",
        "arm=[a,b]",
        "--show-config",
    ]


NAMES = [
    "bookings (1).csv",
    "a=b.csv",
    "Jan, Feb & März.csv",
    'it\'s "mine".csv',
    "back\\slash\\",
    "#1 [final] {x}: 100%.csv",
    "~/b.csv",
    "b~1.csv",
    "2023.csv",
    "2023",
    "null",
    "予約.csv",
    "/home/a b/c.csv",
    "../x.csv",
    "*.parquet",
    "postgresql://ann@db.example.org:5432/shop?sslmode=require",
    "a$b.csv",
    "-x.csv",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_a_file_arrives_as_it_was_typed_and_its_command_can_be_pasted(name):
    words = long_forms([f"data={name}"])
    assert compose_settings("calibrate", words)["file"] == name
    # what the shell makes of the printed command
    pasted = shlex.split(command_line("calibrate", words))[3:]
    assert compose_settings("calibrate", long_forms(pasted))["file"] == name


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ("[visits.csv,cancellations.csv]", ["visits.csv", "cancellations.csv"]),
        ("[a b (1).csv, c.csv ]", ["a b (1).csv", "c.csv"]),
        ("['Jan, Feb.csv',\"c.csv\"]", ["Jan, Feb.csv", "c.csv"]),
        ("[a.csv]", ["a.csv"]),
        ("'a b.csv'", "a b.csv"),
    ],
)
def test_several_files_are_a_list_and_marks_around_a_name_are_not_part_of_it(value, files):
    assert compose_settings("calibrate", long_forms([f"data={value}"]))["file"] == files


def test_a_file_that_is_called_like_a_list_is_one(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("[a,b]").write_text("x")
    assert compose_settings("calibrate", long_forms(["data=[a,b]"]))["file"] == "[a,b]"
