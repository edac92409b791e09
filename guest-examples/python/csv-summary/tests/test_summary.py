"""Of the functions that app.py is made of, in the Python of whoever runs test.sh."""

import csv
import math
from io import StringIO
from unittest import TestCase

from app import summarise
from componentize_py_types import Err
from wit_world.exports.tables import (
    Column,
    Frequency,
    Numbers,
    RaggedRow,
    TableError_NoHeader,
    TableError_Ragged,
    TableError_SameName,
    TableSummary,
    Values_Nothing,
    Values_Numbers,
    Values_Texts,
)


def summary(table: str, *missing: str) -> TableSummary:
    return summarise(StringIO(table, newline=""), missing)


class Columns(TestCase):
    def test_numbers(self) -> None:
        [column] = summary("n\n4\n-2.5\n+1e1\n.5\n4\n").columns
        self.assertEqual((column.missing, column.distinct), (0, 4))
        expected = Numbers(-2.5, 10.0, 3.2, 4.0, math.sqrt(21.825))
        self.assertIsInstance(column.values, Values_Numbers)
        for found, wanted in zip(vars(column.values.value).values(), vars(expected).values()):
            self.assertAlmostEqual(found, wanted)

    def test_a_single_number_does_not_deviate(self) -> None:
        [column] = summary("n\n7\n").columns
        self.assertEqual(column.values, Values_Numbers(Numbers(7.0, 7.0, 7.0, 7.0, None)))

    def test_what_python_alone_takes_for_a_number_is_text(self) -> None:
        for text in ["nan", "inf", "1_000", "0x10", "1e999", "٣", "1,5", " 1"]:
            [column] = summary(f'n\n"{text}"\n2\n').columns
            self.assertEqual(column.values, Values_Texts([Frequency(text, 1), Frequency("2", 1)]))

    def test_texts_by_frequency_and_then_as_they_come(self) -> None:
        [column] = summary("t\n" + "\n".join("zyyxxxwvuz") + "\n").columns
        self.assertEqual(column.distinct, 6)
        frequencies = [("x", 3), ("z", 2), ("y", 2), ("w", 1), ("v", 1)]
        self.assertEqual(column.values, Values_Texts([Frequency(*each) for each in frequencies]))

    def test_what_is_missing_counts_for_nothing_else(self) -> None:
        table = summary("a,b\n1,NA\n,\nNA,-\n", "NA", "-")
        self.assertEqual(table.rows, 3)
        one = Values_Numbers(Numbers(1.0, 1.0, 1.0, 1.0, None))
        self.assertEqual(table.columns, [Column("a", 2, 1, one), Column("b", 3, 0, Values_Nothing())])


class Tables(TestCase):
    def test_delimiters(self) -> None:
        for delimiter in ",;\t|":
            table = summary(delimiter.join(["a", "b, c", '"d;\te"']).replace("b, c", '"b, c"') + "\n1" + 2 * delimiter)
            self.assertEqual(table.delimiter, delimiter)
            self.assertEqual([column.name for column in table.columns], ["a", "b, c", "d;\te"])

    def test_cells_may_have_line_breaks_and_quotes_in_them(self) -> None:
        table = summary('a,b\r\n"x\r\n""y""",2\r\n')
        self.assertEqual(table.columns[0].values, Values_Texts([Frequency('x\r\n"y"', 1)]))

    def test_blank_lines(self) -> None:
        self.assertEqual(summary("a,b\n\n1,2\n\n").rows, 1)
        # In a column of its own an empty cell is a blank line.
        single = summary("a\n\n1\n\n")
        self.assertEqual((single.rows, single.columns[0].missing), (3, 2))

    def test_without_rows(self) -> None:
        self.assertEqual(summary("a,b"), TableSummary(0, ",", [Column(n, 0, 0, Values_Nothing()) for n in "ab"]))

    def test_errors(self) -> None:
        cases = [
            ("", TableError_NoHeader()),
            ("\n", TableError_NoHeader()),
            ("a,b,a\n", TableError_SameName("a")),
            ("a,b\n1,2\n1\n", TableError_Ragged(RaggedRow(3, 1, 2))),
            ('a,b\n1,"2\n3"\n1,2,3\n', TableError_Ragged(RaggedRow(4, 3, 2))),
        ]
        for table, error in cases:
            with self.subTest(table), self.assertRaises(Err) as raised:
                summary(table)
            self.assertEqual(raised.exception.value, error)
        with self.assertRaises(csv.Error):
            summary('a\n"open')
