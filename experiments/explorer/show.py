"""Small pieces of every screen: plain words, problems, pictures, tables. No text of a configuration is ever markdown or HTML."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from experiments.explorer.gather import Finished
from experiments.explorer.logs import log_of
from experiments.explorer.pictures import Picture, drawn
from experiments.explorer.tables import table_csv, table_parquet
from sim.metrics.cohort import Cohort

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$:&^=@/])")


def plain(text: str) -> str:
    """A text as markdown that shows exactly these characters.

    Examples
    --------
    >>> plain("*a* <b>")
    '\\\\*a\\\\* \\\\<b\\\\>'
    """
    return _MARKUP.sub(r"\\\1", text)


def problem(heading: str, message: str) -> None:
    """A refusal: our heading, and the message with values from anywhere as bare text."""
    with st.container(border=True):
        st.error(heading, icon=":material/error:")
        st.text(message)


def show_picture(picture: Picture) -> None:
    """A chart with its caption and its alternative text."""
    st.image(drawn(picture), width="stretch", alt=picture.alt)
    st.caption(plain(picture.caption))


def show_pictures(shown: Sequence[Picture]) -> list[DeltaGenerator]:
    """Two charts beside one another, row by row, so that a narrow screen keeps their order; returns the cells."""
    cells: list[DeltaGenerator] = []
    for i in range(0, len(shown), 2):
        cells += st.columns(2, gap="large")
        for cell, each in zip(cells[-2:], shown[i : i + 2], strict=False):
            with cell:
                show_picture(each)
    return cells


def show_words(columns: Mapping[str, Sequence[str]], alt: str) -> None:
    """A short table of texts as an HTML table."""
    escaped = {plain(name): [plain(cell) for cell in cells] for name, cells in columns.items()}
    st.table(pd.DataFrame(escaped), hide_index=True, alt=alt)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """A table for streamlit; whole numbers and truth values with gaps keep their kind."""
    kinds = {pa.int64(): pd.Int64Dtype(), pa.bool_(): pd.BooleanDtype()}
    return table.to_pandas(types_mapper=kinds.get)


def show_rows(table: pa.Table, name: str, alt: str, columns: Mapping[str, Any] | None = None) -> None:
    """A table that can be sorted, with the same as CSV and Parquet below."""
    st.dataframe(as_frame(table), hide_index=True, width="stretch", alt=alt, column_config=columns, placeholder="–")
    with st.container(horizontal=True):
        save_button("CSV", table_csv(table), f"{name}.csv", "text/csv", key=f"csv_{name}")
        save_button("Parquet", table_parquet(table), f"{name}.parquet", "application/vnd.apache.parquet", key=f"parquet_{name}")


def save_button(label: str, data: Any, file_name: str, mime: str, key: str, help_text: str | None = None) -> None:
    """A file to save, without running the page again."""
    st.download_button(
        label,
        data,
        file_name,
        mime,
        key=key,
        help=help_text,
        on_click="ignore",
        icon=":material/download:",
    )


@lru_cache(maxsize=4)
def cohort_of(finished: Finished, arm: str, replication: int) -> Cohort:
    """New clients of one run, with its log behind them."""
    return Cohort(log_of(finished, arm, replication))
