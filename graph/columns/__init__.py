"""graph.columns: reads and writes arrays, tables and rows of numbers as files with checksums."""

from graph.columns.arrays import array_of, load_array
from graph.columns.csr import Csr, Ints, Texts, bitmap, bitmap_of, first_of_each
from graph.columns.parts import digest, link_or_copy, taken_over
from graph.columns.sums import MANIFEST, DamagedFile, checked, damaged, is_whole, noted, sum_of, sums_of, write_sums
from graph.columns.tables import Column, column_of, load_table, save_table, written

__all__ = [
    "MANIFEST",
    "Column",
    "Csr",
    "DamagedFile",
    "Ints",
    "Texts",
    "array_of",
    "bitmap",
    "bitmap_of",
    "checked",
    "column_of",
    "damaged",
    "digest",
    "first_of_each",
    "is_whole",
    "link_or_copy",
    "load_array",
    "load_table",
    "noted",
    "save_table",
    "sum_of",
    "sums_of",
    "taken_over",
    "write_sums",
    "written",
]
