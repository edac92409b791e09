"""What every language does alike, in Python: each value is taken apart into Python's types and put together again."""

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from componentize_py_types import Err, Ok, Result, Some
from wit_world import exports
from wit_world.exports.content import Totals
from wit_world.exports.values import (
    Day,
    Numbers,
    Point,
    Rights,
    Shape,
    Shape_Circle,
    Shape_Named,
    Shape_Nothing,
    Shape_Rectangle,
    TextFacts,
)
from wit_world.imports.files import File, Writer

from larder import Manifest, cached_task

__all__ = ["Content", "Endings", "Manifest", "Values"]

PIECE = 64 * 1024
"""How many bytes are read at once."""


class Values(exports.Values):
    @cached_task("1")
    def negate(self, a: bool) -> bool:
        return not a

    @cached_task("1")
    def integers(self, a: int, b: int, c: int, d: int, e: int, f: int) -> Numbers:
        return Numbers(a, b, c, d, e, f)

    @cached_task("1")
    def wide(self, a: int, b: int) -> tuple[int, int]:
        return a, b

    @cached_task("1")
    def add(self, a: int, b: int) -> int:
        return (a + b) % 2**64

    @cached_task("1")
    def floats(self, a: float, b: float) -> tuple[float, float]:
        return a, b

    @cached_task("1")
    def character(self, c: str) -> tuple[str, int]:
        return chr(ord(c)), ord(c)

    @cached_task("1")
    def text(self, text: str) -> TextFacts:
        encoded = text.encode()
        return TextFacts(len(text), len(encoded), reversed=text[::-1], text=encoded.decode())

    @cached_task("1")
    def sort(self, texts: list[str]) -> list[str]:
        return sorted(texts)

    @cached_task("1")
    def options(self, a: int | None, b: Some[str | None] | None) -> tuple[int | None, Some[str | None] | None]:
        match b:
            case Some(text):
                b = Some(text)
        return a, b

    @cached_task("1")
    def results(
        self, a: Result[int | None, str], b: Result[None, list[int]]
    ) -> tuple[Result[int | None, str], Result[None, list[int]]]:
        return again(a), again(b)

    @cached_task("1")
    def area(self, shape: Shape) -> float | None:
        match shape:
            case Shape_Circle(radius):
                return 3.141592653589793 * radius * radius
            case Shape_Rectangle((first, second)):
                return abs((second.x - first.x) * (second.y - first.y))
            case _:
                return None

    @cached_task("1")
    def shapes(self, shapes: list[Shape]) -> list[Shape]:
        return [same(shape) for shape in shapes]

    @cached_task("1")
    def next(self, day: Day) -> Day:
        return Day((day.value + 1) % len(Day))

    @cached_task("1")
    def complement(self, rights: Rights) -> Rights:
        return ~rights

    @cached_task("1")
    def transpose(self, rows: list[list[int]]) -> list[list[int]]:
        for number, row in enumerate(rows):
            if len(row) != len(rows[0]):
                raise Err(f"row {number} has {len(row)} of {len(rows[0])}")
        return [list(column) for column in zip(*rows)]

    @cached_task("1")
    def nested(
        self, a: tuple[int, tuple[str, bool | None]], b: list[tuple[str, list[str]]]
    ) -> tuple[tuple[int, tuple[str, bool | None]], list[tuple[str, list[str]]]]:
        number, (text, truth) = a
        return (number, (text, truth)), [(character, list(texts)) for character, texts in b]

    @cached_task("1")
    def sum(self, bytes: bytes) -> int:
        return sum(bytes) % 2**32

    @cached_task("1")
    def count(self, length: int) -> list[int]:
        return list(range(length))

    @cached_task("1")
    def repeat(self, text: str, times: int) -> str:
        return text * times


class Endings(exports.Endings):
    @cached_task("1")
    def fail(self, reason: str) -> int:
        raise Err(reason)

    def crash(self) -> int:
        raise AssertionError("this must not be")

    def say(self, text: str) -> bool:
        print(f"out: {text}")
        print(f"err: {text}", file=sys.stderr)
        return True


class Content(exports.Content):
    @cached_task("1")
    def by_path(self, input: File) -> Totals:
        with errors_in_words(), input, open(input.path(), "rb") as file:
            return totals(iter(lambda: file.read(PIECE), b""))

    @cached_task("1")
    def by_stream(self, input: File) -> Totals:
        with input:
            return totals(pieces(input))

    @cached_task("1")
    def write(self, name: str, text: str) -> File:
        with errors_in_words():
            writer = Writer.create(name)
            content = text.encode()
            for start in range(0, len(content), PIECE):
                writer.write(content[start : start + PIECE])
            return Writer.finish(writer)


def again[T, E](result: Result[T, E]) -> Result[T, E]:
    match result:
        case Ok(value):
            return Ok(value)
        case Err(error):
            return Err(error)


def same(shape: Shape) -> Shape:
    match shape:
        case Shape_Nothing():
            return Shape_Nothing()
        case Shape_Circle(radius):
            return Shape_Circle(radius)
        case Shape_Rectangle((first, second)):
            return Shape_Rectangle((Point(first.x, first.y), Point(second.x, second.y)))
        case Shape_Named(name):
            return Shape_Named(name)


@contextmanager
def errors_in_words() -> Iterator[None]:
    """Makes what went wrong the `err` of a task: any other exception would trap."""
    try:
        yield
    except OSError as error:
        raise Err(str(error))
    except Err as error:
        raise Err(error.value.name.lower().replace("_", "-"))


def pieces(file: File) -> Iterator[bytes]:
    offset = 0
    while piece := file.read(offset, PIECE):
        yield piece
        offset += len(piece)


def totals(pieces: Iterable[bytes]) -> Totals:
    lines = size = 0
    for piece in pieces:
        lines += piece.count(b"\n")
        size += len(piece)
    return Totals(lines, size)
