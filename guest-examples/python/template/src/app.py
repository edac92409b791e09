"""The tasks of this component: a class for each interface that its world exports, a method for each task."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.text import Stats

from larder import Manifest, cached_task

__all__ = ["Manifest", "Text"]


class Text(exports.Text):
    @cached_task("1")
    def measure(self, text: str) -> Stats:
        # Python has more white space than ASCII, of which bytes know nothing.
        words = [word.decode() for word in text.encode().split()]
        if not words:
            raise Err("there are no words")
        return Stats(len(words), longest=max(words, key=len))
