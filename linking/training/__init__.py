"""linking.training: how a site adapts the encoder to its own names and examples."""

from linking.training.adapt import adapt
from linking.training.training import Plan

__all__ = [
    "Plan",
    "adapt",
]
