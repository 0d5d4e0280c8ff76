"""What a composed configuration is; apart from what composes it, which takes its time to import."""

from collections.abc import Mapping
from typing import Any

Settings = Mapping[str, Any]
"""A composed configuration, as plain values."""
