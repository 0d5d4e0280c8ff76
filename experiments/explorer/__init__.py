"""The explorer: choose policies in a browser, simulate, and look from the decision down to one client. See ``experiments.explore``.

What it shows comes from the same functions as the commands: ``experiments.settings`` and ``plan`` validate, ``jobs`` and ``store``
run and keep, ``sim.report`` and ``sim.charts`` say and draw. Modules named ``show_*``, and ``app``, know streamlit; no other does.
"""
