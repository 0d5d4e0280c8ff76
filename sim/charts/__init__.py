"""One chart a file: ``plot_x(results, ax=None) -> Axes``, which computes nothing beyond layout."""
