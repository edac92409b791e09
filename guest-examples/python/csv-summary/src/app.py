"""Summaries of CSV tables, by `csv` and `statistics` of the standard library."""

import csv
import re
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from io import StringIO
from math import isfinite
from typing import TextIO

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.tables import (
    Column,
    Frequency,
    Numbers,
    RaggedRow,
    TableError_Malformed,
    TableError_NoHeader,
    TableError_NotText,
    TableError_Ragged,
    TableError_SameName,
    TableSummary,
    Values,
    Values_Nothing,
    Values_Numbers,
    Values_Texts,
)
from wit_world.imports.files import File

from larder import Manifest, cached_medium_task

# What the standard library itself imports only when it is needed, which is when nothing is left to import.
import encodings.utf_8_sig  # noqa: F401, I001  (for open)
import heapq  # noqa: F401  (for Counter.most_common)

__all__ = ["Manifest", "Tables"]

DELIMITERS = ",;\t|"
SAMPLE = 64 * 1024
"""How many characters the delimiter is guessed from."""
MOST_FREQUENT = 5
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


class Tables(exports.Tables):
    # It keeps what is distinct in each column.
    @cached_medium_task("1", cache_errors=True)
    def summary(self, table: File, missing: list[str]) -> TableSummary:
        with table, open(table.path(), encoding="utf-8-sig", newline="") as text:
            try:
                return summarise(text, missing)
            except UnicodeDecodeError:
                raise Err(TableError_NotText())
            except csv.Error as error:
                raise Err(TableError_Malformed(str(error)))


def summarise(text: TextIO, missing: Iterable[str]) -> TableSummary:
    dialect = sniff(text)
    reader = csv.reader(text, dialect, strict=True)
    header = next(reader, None)
    if not header:
        raise Err(TableError_NoHeader())
    name, occurrences = Counter(header).most_common(1)[0]
    if occurrences > 1:
        raise Err(TableError_SameName(name))
    columns = [Cells(frozenset(missing)) for _ in header]
    rows = 0
    for row in reader:
        # A blank line is no row, unless a row is a single cell, which may be missing.
        if not row and len(header) > 1:
            continue
        row = row or [""]
        if len(row) != len(header):
            raise Err(TableError_Ragged(RaggedRow(reader.line_num, len(row), len(header))))
        for cells, cell in zip(columns, row):
            cells.add(cell)
        rows += 1
    return TableSummary(rows, dialect.delimiter, [cells.column(name) for cells, name in zip(columns, header)])


def sniff(text: TextIO) -> type[csv.Dialect]:
    """How the table is written: with whatever makes the most columns of the header."""
    sample = text.read(SAMPLE)
    text.seek(0)

    def columns(delimiter: str) -> int:
        return len(next(csv.reader(StringIO(sample, newline=""), delimiter=delimiter), ()))

    class Found(csv.excel):
        delimiter = max(DELIMITERS, key=columns)

    return Found


@dataclass
class Cells:
    """The cells of one column, as far as they have been read."""

    missing_words: frozenset[str]
    counts: Counter[str] = field(default_factory=Counter)
    missing: int = 0

    def add(self, cell: str) -> None:
        if not cell or cell in self.missing_words:
            self.missing += 1
        else:
            self.counts[cell] += 1

    def column(self, name: str) -> Column:
        return Column(name, self.missing, len(self.counts), self.values())

    def values(self) -> Values:
        if not self.counts:
            return Values_Nothing()
        numbers = [number for number in map(as_number, self.counts.elements()) if number is not None]
        if len(numbers) < self.counts.total():
            # Counters remember what came first.
            return Values_Texts([Frequency(text, count) for text, count in self.counts.most_common(MOST_FREQUENT)])
        return Values_Numbers(
            Numbers(
                min(numbers),
                max(numbers),
                statistics.fmean(numbers),
                statistics.median(numbers),
                statistics.stdev(numbers) if len(numbers) > 1 else None,
            )
        )


def as_number(text: str) -> float | None:
    """`float` alone takes more for a number than stands in tables: `nan`, `1_000`, and digits of every script."""
    if NUMBER.fullmatch(text) and isfinite(number := float(text)):
        return number
    return None
