"""linking.training: adapts the encoder to the names and examples of a site."""

from linking.training.adapt import adapt
from linking.training.training import Plan

__all__ = [
    "Plan",
    "adapt",
]
