"""Findings told in other words than their names: `his head is small` is a microcephaly."""
