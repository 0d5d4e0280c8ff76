"""Whether the words of a chart can all be read."""

from itertools import combinations

from matplotlib.axes import Axes

from sim.charts import style


def unreadable(ax: Axes) -> list[object]:
    """Words that leave the sheet, and pairs of words of which one covers the other."""
    figure = style.figure_of(ax)
    figure.draw_without_rendering()
    legend = ax.get_legend()
    ticks = [tick.label1 for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks()]
    words = [*ax.texts, *ticks, ax.xaxis.label, ax.yaxis.label, ax._left_title, *(legend.get_texts() if legend else [])]
    boxes = [(text.get_text(), text.get_window_extent()) for text in words if text.get_text() and text.get_visible()]
    sheet = figure.bbox.padded(1)
    outside = [word for word, box in boxes if box.x0 < sheet.x0 or box.x1 > sheet.x1 or box.y0 < sheet.y0 or box.y1 > sheet.y1]
    covered = [(one, two) for (one, a), (two, b) in combinations(boxes, 2) if a.padded(-0.5).overlaps(b.padded(-0.5))]
    return [*outside, *covered]
