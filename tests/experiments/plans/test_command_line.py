from pathlib import Path

from experiments.plans.command_line import command_line, long_forms


def test_the_command_holds_what_decides_the_result_and_not_where_it_goes(monkeypatch):
    monkeypatch.delenv("SIM_PLUGINS", raising=False)
    words = ["arm=[a,b]", "out=here", "store=there", "workers=2", "executor=serial", "report.lang=fr", "seed=3"]
    assert command_line("compare", words) == "python -m experiments.compare 'arm=[a,b]' seed=3"


def test_folders_of_configurations_and_plug_ins_belong_to_it_and_are_quoted(monkeypatch):
    monkeypatch.setenv("SIM_PLUGINS", "my team")
    written = command_line("study", [], [Path("a b")])
    assert written == "SIM_PLUGINS='my team' python -m experiments.study --config-dir 'a b'"


def test_short_forms_become_what_hydra_wants_and_all_else_stays():
    assert long_forms(["data=a=b.csv", "columns=mine", "columns.pro=x"]) == ["file=a=b.csv", "data@columns=mine", "columns.pro=x"]


def test_a_command_is_written_as_it_was_typed() -> None:
    typed = ["data=a=b.csv", "columns=mine", "columns.pro=x"]
    assert command_line("calibrate", long_forms(typed)) == "python -m experiments.calibrate data=a=b.csv columns=mine columns.pro=x"
    assert command_line("replay", long_forms(typed)).endswith("data=a=b.csv columns=mine columns.pro=x")
    # other commands have no such forms
    assert command_line("compare", ["file=x"]).endswith("file=x")
