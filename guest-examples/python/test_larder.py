"""What decorators make of a class: python3 test_larder.py. It needs componentize-py on the PATH, for bindings."""

import shutil
import subprocess
import sys
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
WORLD = """
package test:test;
interface mp3-tags-v2x { %import: func() -> u32; read-all: func() -> u32; }
interface %with { x: func() -> u32; }
world test { include larder:task/task@0.1.0; export mp3-tags-v2x; export %with; export run: func() -> u32; }
"""


def setUpModule() -> None:
    folder = TemporaryDirectory()
    unittest.addModuleCleanup(folder.cleanup)
    wit, bindings = Path(folder.name, "wit"), Path(folder.name, "bindings")
    shutil.copytree(HERE.parents[1] / "wit", wit / "deps/larder-task")
    (wit / "world.wit").write_text(WORLD)
    subprocess.run(["componentize-py", "-q", "-d", wit, "-w", "test", "bindings", bindings], check=True)
    sys.path[:0] = [str(HERE), str(bindings)]
    sys.dont_write_bytecode = True
    global exports, larder, manifest, wit_world
    import larder
    import wit_world
    from wit_world import exports
    from wit_world.exports import manifest


class Decorators(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(larder._tasks.clear)

    def one(self) -> "manifest.Task":
        [task] = larder.Manifest().tasks()
        return task

    def test_names_are_those_of_wit(self) -> None:
        class Mp3TagsV2x(exports.Mp3TagsV2x):
            @larder.cached_task("1")
            def import_(self) -> int:
                return 1

            @larder.cached_task("1")
            def read_all(self) -> int:
                return 2

        class With(exports.With):
            @larder.task(size="large")
            def x(self) -> int:
                return 4

        names = [task.name for task in larder.Manifest().tasks()]
        self.assertEqual(names, ["mp3-tags-v2x#import", "mp3-tags-v2x#read-all", "with#x"])
        # What was decorated is the method itself.
        self.assertEqual((Mp3TagsV2x().import_(), Mp3TagsV2x().read_all(), With().x()), (1, 2, 4))
        self.assertEqual(With.x.__qualname__.rsplit(".", 2)[1:], ["With", "x"])

    def test_what_a_cached_task_declares(self) -> None:
        class With(exports.With):
            @larder.cached_large_task("2", scope="workflow", cache_errors=True, timeout_seconds=60, file_names=True)
            def x(self) -> int:
                return 1

        cache = manifest.Cache(manifest.Version_Declared("2"), manifest.Scope.WORKFLOW, True)
        self.assertEqual(self.one(), manifest.Task("with#x", manifest.Size_Large(), cache, 60, [], True))

    def test_pinned_and_a_size_of_ones_own(self) -> None:
        class With(exports.With):
            @larder.cached_task(larder.PINNED, size=larder.custom(cpus=4, memory_mib=8192, storage_mib=1))
            def x(self) -> int:
                return 1

        task = self.one()
        self.assertEqual(task.size, manifest.Size_Custom(manifest.Resources(4, 8192, 1, 0)))
        self.assertEqual(task.cache, manifest.Cache(manifest.Version_Pinned(), manifest.Scope.ACCOUNT, False))

    def test_what_is_not_cached_may_need_something(self) -> None:
        needs = [manifest.Capability_Variable("HOME")]

        class With(exports.With):
            @larder.task(needs=needs)
            def x(self) -> int:
                return 1

        self.assertEqual(self.one(), manifest.Task("with#x", manifest.Size_Small(), None, None, needs, False))

    def test_a_function_of_the_world_is_named(self) -> None:
        class WitWorld(wit_world.WitWorld):
            @larder.cached_task("1", name="my-tools#run")
            def run(self) -> int:
                return 1

        self.assertEqual(self.one().name, "my-tools#run")

    def test_a_task_that_is_none_fails_the_build(self) -> None:
        def misspelt() -> None:
            class With(exports.With):
                @larder.cached_task("1")
                def y(self) -> int:
                    return 1

        def of_no_interface() -> None:
            class With:
                @larder.cached_task("1")
                def x(self) -> int:
                    return 1

        def of_no_class() -> None:
            larder.cached_task("1")(setUpModule)

        def twice() -> None:
            class With(exports.With):
                @larder.cached_task("1")
                @larder.task()
                def x(self) -> int:
                    return 1

        def without_a_version() -> None:
            larder.cached_task(setUpModule)

        def of_no_size() -> None:
            larder.cached_task("1", size="huge")

        def of_no_scope() -> None:
            larder.cached_task("1", scope="everyone")

        cases = [
            (misspelt, "With has no task 'y', only x"),
            (of_no_interface, "With.x is no task: With has to be derived from an interface of wit_world.exports"),
            (of_no_class, "is no task: decorate the methods of a class"),
            (twice, "is no task: decorate the methods of a class such as Text(exports.Text), once"),
            (without_a_version, 'a cached task has a version: @cached_task("1"), or @cached_task(PINNED)'),
            (of_no_size, "there is no size 'huge': take small, medium, large, small-gpu, large-gpu, or custom(…)"),
            (of_no_scope, "there is no scope 'everyone': take account or workflow"),
        ]
        for mistake, message in cases:
            with self.subTest(mistake.__name__), self.assertRaises(Exception) as raised:
                mistake()
            # Before Python 3.12 what a class's body is made of fails inside of another error.
            self.assertIn(message, str(raised.exception.__cause__ or raised.exception))
            self.assertEqual(larder.Manifest().tasks(), [])


if __name__ == "__main__":
    unittest.main()
