import sys

from experiments.execution.progress import NotebookBar, progress


def test_a_bar_is_quiet_on_demand_and_text_outside_of_notebooks(capsys, monkeypatch):
    with progress(quiet=True)(total=2, desc="Runs", unit="run") as bar:
        bar.update()
    assert capsys.readouterr().err == ""
    monkeypatch.delitem(sys.modules, "ipykernel", raising=False)
    with progress()(total=2, desc="Runs", unit="run") as bar:
        bar.update()
    assert "Runs: " in capsys.readouterr().err


def test_a_notebook_has_a_bar_that_goes_away(monkeypatch):
    shown = []

    class Handle:
        def update(self, what):
            shown.append(what.data)

    def display(what, display_id):
        shown.append(what.data)
        return Handle()

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.setattr("experiments.execution.progress.REDRAW_SECONDS", -1.0)
    with NotebookBar(total=3, initial=1, desc="<Runs>", unit="run", dynamic_ncols=True) as bar:
        bar.update()
    assert shown == [
        '<label>&lt;Runs&gt;: 1 of 3 runs <progress max="3" value="1"></progress></label>',
        '<label>&lt;Runs&gt;: 2 of 3 runs <progress max="3" value="2"></progress></label>',
        "",
    ]
    # with nothing to do there is nothing to see
    shown.clear()
    with NotebookBar(total=3, initial=3) as bar:
        bar.update(0)
    assert shown == []
