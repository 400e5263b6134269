"""Plans on disk: whole or not at all, never trusted, never built twice. What a plan holds does not matter here."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from maya_a2f.errors import Cancelled, EngineError
from maya_a2f.worker.engines import plan_file
from maya_a2f.worker.engines.plan_cache import PlanCache, Watch, plan_key
from maya_a2f.worker.engines.plan_file import Plan, read_plan, write_plan
from maya_a2f.worker.engines.plan_lock import building_lock

KEY = plan_key({"network": "a"})
CHECKOUT = Path(__file__).resolve().parents[3]


def a_plan(content: bytes = b"plan" * 1000, key: str = KEY) -> Plan:
    return Plan({"key": key, "made_for": {}, "accuracy": None}, content)


class Builder:
    """Counts what it builds."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Plan:
        self.count += 1
        return a_plan()


def test_a_plan_is_built_once_and_read_from_then_on(tmp_path: Path) -> None:
    cache, build = PlanCache((tmp_path,)), Builder()
    assert bytes(cache.plan(KEY, build, Watch()).content) == bytes(cache.plan(KEY, build, Watch()).content)
    assert build.count == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-1],
        lambda content: content[:20],
        lambda content: b"",
        lambda content: content[:500] + bytes([content[500] ^ 1]) + content[501:],
        lambda content: content[:8] + (2**60).to_bytes(8, "little") + content[16:],
        lambda content: content.replace(KEY.encode(), KEY[::-1].encode()),
    ],
)
def test_a_damaged_plan_is_built_anew(tmp_path: Path, damage: object) -> None:
    cache, build = PlanCache((tmp_path,)), Builder()
    cache.plan(KEY, build, Watch())
    path = tmp_path / f"{KEY}.plan"
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    assert cache.find(KEY) is None
    cache.plan(KEY, build, Watch())
    assert build.count == 2
    assert cache.find(KEY) is not None


def test_a_plan_made_for_something_else_is_not_taken_under_another_name(tmp_path: Path) -> None:
    other = plan_key({"network": "b"})
    write_plan(tmp_path / f"{KEY}.plan", a_plan(key=other))
    assert read_plan(tmp_path / f"{KEY}.plan", KEY) is None
    assert read_plan(tmp_path / f"{KEY}.plan", other) is not None


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="folders that cannot be written to")
def test_a_read_only_folder_leaves_its_plans_readable_and_new_ones_to_the_next(tmp_path: Path) -> None:
    studio, own = tmp_path / "studio", tmp_path / "own"
    PlanCache((studio,)).plan(KEY, Builder(), Watch())
    studio.chmod(0o500)
    cache, build = PlanCache((studio, own)), Builder()
    cache.plan(KEY, build, Watch())
    assert build.count == 0
    cache.plan(plan_key({}), lambda: a_plan(key=plan_key({})), Watch())
    assert (own / f"{plan_key({})}.plan").is_file()


def test_what_the_first_folder_does_not_take_the_next_does_without_another_build(tmp_path: Path) -> None:
    (tmp_path / "studio").write_text("a file where a folder should be")
    cache, build = PlanCache((tmp_path / "studio", tmp_path / "own")), Builder()
    cache.plan(KEY, build, Watch())
    assert (build.count, cache.find(KEY) is not None) == (1, True)


def test_a_full_disk_is_said_and_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(plan_file.os, "fsync", full)
    with pytest.raises(EngineError, match="disk is full") as caught:
        PlanCache((tmp_path / "studio", tmp_path / "own")).plan(KEY, Builder(), Watch())
    assert caught.value.code == "engine.disk_full"
    assert [path.name for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".lock"] == []


def test_plans_unused_for_longest_make_room(tmp_path: Path) -> None:
    cache = PlanCache((tmp_path,), limit_bytes=10_000)
    keys = [plan_key({"network": name}) for name in "abc"]
    for age, key in enumerate(keys):
        cache.plan(key, lambda key=key: a_plan(key=key), Watch())  # type: ignore[misc]
        os.utime(tmp_path / f"{key}.plan", (1000 + age, 1000 + age))
    assert [cache.find(key) is not None for key in keys] == [False, True, True]


def test_waiting_for_another_builder_can_be_called_off(tmp_path: Path) -> None:
    heard: list[str] = []
    watch = Watch(lambda text, done, total: heard.append(text), lambda: len(heard) > 1)
    with building_lock(tmp_path / f"{KEY}.lock"), pytest.raises(Cancelled):
        PlanCache((tmp_path,)).plan(KEY, Builder(), watch)
    assert "another process" in heard[0]


_HOLD = """
import sys, time
from pathlib import Path
from maya_a2f.worker.engines.plan_lock import building_lock
with building_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_the_lock_of_a_builder_that_was_killed_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / f"{KEY}.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(path)],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    waited: list[str] = []

    def on_wait(text: str, done: int, total: int) -> None:
        if not waited:
            holder.send_signal(signal.SIGKILL)
        waited.append(text)

    build = Builder()
    PlanCache((tmp_path,)).plan(KEY, build, Watch(on_wait))
    assert (build.count, holder.wait()) == (1, -signal.SIGKILL)
    assert waited
    holder.stdout.close()
