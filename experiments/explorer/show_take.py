"""What can be taken away: charts, numbers, and what gives the same numbers again."""

import streamlit as st

from experiments.explorer.folders import Folders
from experiments.explorer.gather import Finished
from experiments.explorer.glossary import tip
from experiments.explorer.pictures import as_zip, pictures, title_of
from experiments.explorer.reproduce import NAME, experiment_yaml, settings_yaml, yaml_command
from experiments.explorer.show import save_button
from experiments.explorer.tables import differences_csv, runs_table, summary_csv, table_csv, table_parquet


def take_away(finished: Finished, folders: Folders) -> None:
    """Draw the screen."""
    st.subheader("The same numbers again", help=tip("store", "replication"))
    if finished.command:
        st.markdown("This command gives the same numbers and writes the full report; what is in the store is not simulated again.")
        st.code(finished.command, language=None, wrap_lines=True)
    else:
        st.info("The command of this folder is not known for sure; its settings are below.", icon=":material/info:")
    if finished.choice is not None:
        text = experiment_yaml(finished.choice, folders.config_dirs)
        st.markdown("Or save the setting as a file, in a folder named `experiment` within a folder of yours, and run")
        st.code(yaml_command("FOLDER", folders.config_dirs), language=None, wrap_lines=True)
        save_button("Setting as yaml", text, f"{NAME}.yaml", "application/yaml", key="yaml_setting")
        with st.expander("Look at the yaml"):
            st.code(text, language="yaml", wrap_lines=True)
    save_button(
        "All settings, defaults included, as yaml", settings_yaml(finished), "config.yaml", "application/yaml", key="yaml_all"
    )
    st.subheader("Numbers")
    with st.container(horizontal=True):
        save_button("Means as CSV", summary_csv(finished), "summary.csv", "text/csv", key="csv_summary")
        save_button(
            "Differences as CSV", differences_csv(finished.comparison), "differences.csv", "text/csv", key="csv_differences"
        )
    st.markdown("Every metric of every run, a row each:")
    with st.container(horizontal=True):
        save_button("Runs as CSV", table_csv(runs_table(finished)), "runs.csv", "text/csv", key="csv_runs")
        parquet = table_parquet(runs_table(finished))
        save_button("Runs as Parquet", parquet, "runs.parquet", "application/vnd.apache.parquet", key="parquet_runs")
    st.subheader("Charts")
    shown = pictures(finished)
    save_button("All charts, SVG and PNG", lambda: as_zip(shown), "charts.zip", "application/zip", key="zip_charts")
    names = {each.name: each for each in shown}
    name = st.selectbox("One chart", list(names), format_func=title_of(names), key="take_chart", persist_state="session")
    with st.container(horizontal=True):
        save_button("SVG", names[name].svg, f"{name}.svg", "image/svg+xml", key="svg_one")
        save_button("PNG", names[name].png, f"{name}.png", "image/png", key="png_one")
