"""Tasks on the lines of a text file: each reads, or writes, once by Python's own files and once piece by piece."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.lines import Totals
from wit_world.imports.files import File, Writer

from larder import Manifest, cached_task

__all__ = ["Lines", "Manifest"]

PIECE = 64 * 1024
"""How many bytes are read at once."""


class Lines(exports.Lines):
    @cached_task("1")
    def count(self, text: File) -> Totals:
        with errors_in_words(), text, open(text.path(), "rb") as file:
            return totals(file)

    @cached_task("1")
    def count_stream(self, text: File) -> Totals:
        with text:
            return totals(pieces(text))

    @cached_task("1")
    def upper(self, text: File) -> File:
        with errors_in_words(), text:
            with open(text.path(), "rb") as file, open("/upper.txt", "wb") as written:
                written.writelines(map(bytes.upper, file))
            return File.from_path("/upper.txt")

    @cached_task("1")
    def upper_stream(self, text: File) -> File:
        with errors_in_words(), text:
            writer = Writer.create("upper.txt")
            for piece in pieces(text):
                writer.write(piece.upper())
            return Writer.finish(writer)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Makes what went wrong the `err` of a task: any other exception would trap."""
    try:
        yield
    except OSError as error:
        raise Err(str(error))
    except Err as error:
        raise Err(error.value.name.lower().replace("_", "-"))


def pieces(text: File) -> Iterator[bytes]:
    """What is in a file, one piece after another."""
    offset = 0
    while piece := text.read(offset, PIECE):
        yield piece
        offset += len(piece)


def totals(pieces: Iterable[bytes]) -> Totals:
    """What is in a text that comes in pieces, which may end within a word."""
    lines = words = size = 0
    within_a_word = False
    for piece in pieces:
        lines += piece.count(b"\n")
        # Its first word may be the rest of one that has been counted.
        words += len(piece.split()) - (within_a_word and not piece[:1].isspace())
        within_a_word = not piece[-1:].isspace()
        size += len(piece)
    return Totals(lines, words, size)
