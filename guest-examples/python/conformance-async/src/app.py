"""A task that may wait: a coroutine, run by the loop that componentize-py brings along."""

from componentize_py_types import Err
from wit_world import exports

from larder import Manifest, cached_task

__all__ = ["Later", "Manifest"]


class Later(exports.Later):
    @cached_task("1")
    async def shout(self, text: str) -> str:
        if not text:
            raise Err("empty")
        # Text knows of more letters than ASCII has, and bytes do not.
        return text.encode().upper().decode() + "!"
