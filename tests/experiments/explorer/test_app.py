"""The page, driven through its controls without a browser."""

import json
import re
import sys

import pytest
from streamlit.testing.v1 import AppTest

from experiments.explore import APP
from experiments.explorer.gather import from_choice
from experiments.explorer.tables import headline_table
from experiments.outputs.folder import MARKER
from experiments.outputs.manifest import MANIFEST
from tests.experiments.explorer.tiny import HOSTILE, TINY

pytestmark = pytest.mark.usefixtures("sketched")

SECONDS = 60


@pytest.fixture
def app(folders, monkeypatch):
    """The page with the controls on the tiny market."""
    monkeypatch.setattr(sys, "argv", ["app.py", *folders.arguments()])
    page = AppTest.from_file(str(APP), default_timeout=SECONDS)
    for field in ("market", "size_percent", "months", "replications"):
        page.session_state[f"a_{field}"] = getattr(TINY, field)
    return page.run()


def texts(page):
    """Every text on the page, as it was given to streamlit."""
    kinds = ("markdown", "text", "error", "info", "caption", "code", "header", "subheader", "warning", "exception", "success")
    return [str(element.value) for kind in kinds for element in getattr(page, kind)]


def button(page, key):
    return next(each for each in page.button if each.key == key)


def simulated(app):
    return button(app, "simulate").click().run()


def open_screen(page, name):
    page.session_state["screen"] = name
    return page.run()


def test_at_first_the_page_says_what_it_is_for(app):
    assert not app.exception
    assert any("Two policies meet the same clients" in text for text in texts(app))
    assert not button(app, "simulate_first").disabled


def test_the_overview_has_the_numbers_of_the_command(app, finished):
    page = simulated(app)
    assert not page.exception
    shown = page.table[0].value
    expected = headline_table(finished.comparison)
    # the table is markdown: each cell is escaped
    cells = [cell.replace("\\", "") for cell in shown.iloc[:, 1]]
    assert cells == expected["wecasa_2025 against uniform"]
    images = page.get("image")
    assert len(images) >= 7
    assert all(image.proto.imgs[0].alt for image in images)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("a_min_sessions_wecasa_2025", -1, "arms.wecasa_2025.score.min_sessions = -1, must be >= 0"),
        ("a_payback_bookings", 0, "market.economics.payback_bookings = 0, input should be greater than or equal to 1"),
        ("a_replications", 0, "replications = 0, input should be greater than or equal to 1"),
    ],
)
def test_an_impossible_setting_shows_the_message_of_the_command_and_cannot_be_simulated(app, key, value, message):
    page = next(each for each in app.number_input if each.key == key).set_value(value).run()
    assert not page.exception
    assert message in [text.value for text in page.text]
    assert button(page, "simulate").disabled
    assert button(page, "simulate_first").disabled
    assert not any("Traceback" in text for text in texts(page))


def test_a_window_that_does_not_fit_is_refused_below_its_control(app):
    page = next(each for each in app.selectbox if each.key == "a_months").set_value(24).run()
    assert any("market.horizon_days = 460, must be > warmup_days + 730" in text.value for text in page.text)


def test_a_number_that_a_policy_does_not_have_is_said_to_be_missing(app):
    page = next(each for each in app.selectbox if each.key == "a_studied").set_value("ranked").run()
    assert not page.exception
    assert any("Strength: not in this policy" in each.label and each.disabled for each in page.number_input)


def test_a_changed_setting_says_that_the_screen_is_older(app):
    page = simulated(app)
    page = next(each for each in page.number_input if each.key == "a_seed").set_value(5).run()
    assert any("The settings have changed" in info.value for info in page.info)


def test_two_settings_side_by_side(app, folders):
    page = open_screen(simulated(app), "Compare A and B")
    assert any("Change something in setting B" in info.value for info in page.info)
    page = next(each for each in page.number_input if each.key == "b_min_sessions_wecasa_2025").set_value(3).run()
    page = button(page, "simulate_b").click().run()
    assert not page.exception
    key = page.table[0].value
    assert [cell.replace("\\", "") for cell in key.iloc[0]] == ["arms.wecasa_2025.score.min_sessions", "30", "3"]
    assert list(page.table[1].value.columns) == ["Metric", "B against A", "A", "B"]
    page = next(each for each in page.number_input if each.key == "b_seed").set_value(2).run()
    page = button(page, "simulate_b").click().run()
    assert any("seed = 2, must be 1 as in A" in text.value for text in page.text)
    # B is still there after a look elsewhere
    page = open_screen(open_screen(page, "Take away"), "Compare A and B")
    assert next(each for each in page.number_input if each.key == "b_seed").value == 2


def test_people_from_the_policy_to_one_client(app):
    page = open_screen(simulated(app), "People")
    assert not page.exception
    assert any(text.value.startswith("Wanted ") for text in page.text)
    assert len(page.dataframe) == 3
    page = next(each for each in page.selectbox if each.key == "pro_why").set_value("choose by number").run()
    page = next(each for each in page.number_input if each.key == "pro_number").set_value(10**9).run()
    assert not page.exception
    assert "pro = 1000000000, must be within 0..19" in [text.value for text in page.text]
    page = next(each for each in page.number_input if each.key == "pro_number").set_value(7).run()
    assert any("Pro 7" in text.value for text in page.markdown)


def test_what_can_be_taken_away(app, finished):
    page = open_screen(simulated(app), "Take away")
    assert not page.exception
    assert finished.command in [code.value for code in page.code]
    labels = {each.proto.label for each in page.get("download_button")}
    assert labels == {
        *("Setting as yaml", "All settings, defaults included, as yaml", "Means as CSV", "Differences as CSV"),
        *("Runs as CSV", "Runs as Parquet", "All charts, SVG and PNG", "SVG", "PNG"),
    }


def test_texts_of_a_configuration_are_never_more_than_texts(app):
    app.session_state["a_market"] = app.session_state["a_studied"] = "hostile"
    page = simulated(app.run())
    assert not page.exception
    # what streamlit shows as bare text may hold anything
    assert any(HOSTILE in text.value for text in page.text)
    seen = []
    for screen in ("Overview", "Compare A and B", "People", "Take away"):
        page = open_screen(page, screen)
        assert not page.exception
        live = ("markdown", "caption", "info", "error", "header", "subheader")
        seen += [str(each.value) for kind in live for each in getattr(page, kind)]
        seen += [str(each.label) for kind in ("selectbox", "number_input", "button", "expander") for each in getattr(page, kind)]
        seen += [str(cell) for table in page.table for cell in [*table.value.columns, *table.value.to_numpy().ravel()]]
        assert not page.get("html")
    assert [text for text in seen if re.search(r"(?<!\\)<img|\]\(|:red\[", text)] == []
    # the first line of the yaml is there, escaped
    assert any("onerror" in text for text in seen)


@pytest.fixture
def torn(finished, folders):
    """An out folder whose settings are those of another market."""
    folder = folders.out / "torn"
    folder.mkdir(parents=True, exist_ok=True)
    settings = json.loads(json.dumps(finished.settings))
    settings["market"]["services"][0]["name"] = "gardening"
    runs = {f"{arm}/{replication}": key for (arm, replication), key in finished.runs.keys.items()}
    (folder / "config.yaml").write_text(json.dumps(settings))
    (folder / MANIFEST).write_text(json.dumps({"runs": runs, "store": str(finished.store), "command": "rm -rf /"}))
    (folder / MARKER).write_text("compare\n")
    return folder


def opened(app, folder):
    page = next(each for each in app.selectbox if each.key == "folder").set_value(folder).run()
    return button(page, "open").click().run()


def test_a_folder_is_shown_and_what_does_not_fit_in_it_is_one_message(torn, app):
    page = opened(app, torn)
    assert not page.exception
    assert len(page.table) == 2
    page = open_screen(page, "People")
    assert not page.exception
    assert any("service = 'hair', must be one of gardening" in text.value for text in page.text)
    # nor is a command shown that somebody might paste
    page = open_screen(page, "Take away")
    assert not any("rm -rf" in code.value for code in page.code)


def test_a_folder_that_cannot_be_read_is_one_message(torn, app):
    (torn / "config.yaml").write_text("arm: [")
    page = opened(app, torn)
    assert not page.exception
    assert any("This folder cannot be shown." in error.value for error in page.error)
    assert any("cannot be read as a finished comparison" in text.value for text in page.text)


def test_without_finished_folders_the_page_says_where_they_come_from(folders, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["app.py", "--store", str(tmp_path / "s"), "--out", str(tmp_path / "none")])
    page = AppTest.from_file(str(APP), default_timeout=SECONDS).run()
    assert f"There is none in {tmp_path / 'none'}." in [text.value for text in page.text]


def test_runs_that_fail_are_one_message(app, monkeypatch):
    from experiments.execution.runner import RunError
    from experiments.explorer import run

    def broken(*_):
        raise RunError("arm=uniform replication=0 seed=3 failed: PolicyError: no")

    monkeypatch.setattr(run, "from_choice", broken)
    page = next(each for each in app.number_input if each.key == "a_seed").set_value(3).run()
    page = simulated(page)
    assert not page.exception
    assert "arm=uniform replication=0 seed=3 failed: PolicyError: no" in [text.value for text in page.text]


def test_stopping_goes_back_to_the_beginning_and_says_that_runs_are_kept(app, monkeypatch):
    page = simulated(app)
    page.session_state["stopped"] = True
    del page.session_state["asked"]
    page = page.run()
    assert any("Stopped. Finished runs are kept" in info.value for info in page.info)


def test_the_same_setting_comes_from_the_store(finished, folders):
    assert from_choice(TINY, folders).runs.simulated == 0
    assert repr(from_choice(TINY, folders).comparison.summaries) == repr(finished.comparison.summaries)
