"""An out folder that is written to again holds what the last result has, and what is not ours."""

import pytest

from experiments.outputs.folder import TABLES, write_folder
from experiments.outputs.manifest import Manifest
from tests.report.test_observed import record


def write(out, *names: str) -> None:
    write_folder("lab", out, {"seed": 1}, dict.fromkeys(names, "a\n1\n"), record(), Manifest("lab", 1, 0), "en")


@pytest.mark.usefixtures("sketched")
def test_tables_of_an_earlier_result_go_and_files_of_the_user_stay(tmp_path) -> None:
    out, outside = tmp_path / "out", tmp_path / "outside.csv"
    outside.write_text("of the user")
    write(out, "designs.csv", "value.csv", "export/facts.csv", "export/eppo.yaml")
    for name in ("mine.csv", "export/mine.csv"):
        (out / name).write_text("of the user")
    # nothing is removed that lies elsewhere, or is no file, whatever the list says
    (out / "folder").mkdir()
    with (out / TABLES).open("a") as file:
        file.write(f"../outside.csv\n{outside}\nfolder\nexport/../../outside.csv\n\n")
    write(out, "designs.csv", "experiment.csv", "export/facts.csv")
    tables = {path.relative_to(out).as_posix() for path in out.rglob("*") if path.suffix in (".csv", ".yaml")}
    assert tables == {"designs.csv", "experiment.csv", "export/facts.csv", "mine.csv", "export/mine.csv", "config.yaml"}
    assert outside.exists()
    assert (out / "folder").is_dir()
    (out / "export" / "mine.csv").unlink()
    write(out, "designs.csv")
    assert not (out / "export").exists()
