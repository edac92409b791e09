"""The task as a method like any other: PYTHONPATH=src:build/bindings python3 -m unittest discover tests

`larder build` leaves in `build/bindings` what this needs to find `wit_world`.
"""

from unittest import TestCase

from app import Text
from componentize_py_types import Err
from wit_world.exports.text import Stats


class Measure(TestCase):
    def test_finds_the_first_of_the_longest_words(self) -> None:
        self.assertEqual(Text().measure("to be or not to\nbé été"), Stats(words=7, longest="not"))

    def test_a_text_without_words_is_an_error(self) -> None:
        with self.assertRaises(Err) as raised:
            Text().measure(" \n")
        self.assertEqual(raised.exception.value, "there are no words")
