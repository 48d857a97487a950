"""The ledger survives any kill; shards run in any number of processes with the same result."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from hangtag.engine import Ledger, ShardResult, run_shards
from hangtag.engine.ledger import replace_folder
from hangtag.errors import RunError

SHARDS = [[number * 10 + place for place in range(10)] for number in range(12)]


def double(rows: Sequence[int]) -> ShardResult:
    return ShardResult({"out": b"".join(b"%d\n" % (2 * row) for row in rows)}, {"rows": len(rows)})


def dies(rows: Sequence[int]) -> ShardResult:
    if 50 in rows:
        os.kill(os.getpid(), signal.SIGKILL)
    return double(rows)


def content(ledger: Ledger) -> bytes:
    return b"".join(ledger.path(number, "out").read_bytes() for number in sorted(ledger.done()))


@pytest.mark.parametrize("workers", [1, 2])
def test_every_shard_is_done_once(tmp_path: Path, workers: int) -> None:
    ledger = Ledger(tmp_path, fingerprint={"input": 1})
    seen: list[int] = []
    with ledger.open():
        run_shards(SHARDS, double, ledger, workers=workers, progress=seen.append)
    assert content(ledger) == b"".join(double(shard).files["out"] for shard in SHARDS)
    assert sum(seen) == 120
    lines = (tmp_path / "ledger.jsonl").read_bytes().splitlines()
    assert len(lines) == 1 + len(SHARDS)


def test_a_dead_worker_is_an_error_that_keeps_what_was_done(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="worker process died"), Ledger(tmp_path, fingerprint={}).open() as ledger:
        run_shards(SHARDS, dies, ledger, workers=2)
    again = Ledger(tmp_path, fingerprint={})
    with again.open():
        before = set(again.done())
        run_shards(SHARDS, double, again, workers=2)
    assert content(again) == b"".join(double(shard).files["out"] for shard in SHARDS)
    assert before < set(range(len(SHARDS)))


def test_a_torn_line_is_done_again(tmp_path: Path) -> None:
    with Ledger(tmp_path, fingerprint={}).open() as ledger:
        run_shards(SHARDS[:3], double, ledger)
    path = tmp_path / "ledger.jsonl"
    path.write_bytes(path.read_bytes()[:-4])
    again = Ledger(tmp_path, fingerprint={})
    with again.open():
        assert set(again.done()) == {0, 1}
        run_shards(SHARDS, double, again)
    assert content(again) == b"".join(double(shard).files["out"] for shard in SHARDS)


def test_other_settings_are_refused_by_name(tmp_path: Path) -> None:
    with Ledger(tmp_path, fingerprint={"input": 1, "taggers": "a"}).open():
        pass
    with (
        pytest.raises(RunError, match=r"taggers changed since.*--restart"),
        Ledger(tmp_path, fingerprint={"input": 1, "taggers": "b"}).open(),
    ):
        pass


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    script = "import sys, pathlib, hangtag.engine as e\nwith e.Ledger(pathlib.Path(sys.argv[1]), fingerprint={}).open(): pass"
    with Ledger(tmp_path, fingerprint={}).open():
        other = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, check=False)
    assert other.returncode == 1
    assert "another run is writing here" in other.stderr


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import sys, time, os
        from pathlib import Path
        from hangtag.engine import Ledger, run_shards
        def work(rows):
            Path(sys.argv[1], f"pid-{os.getpid()}").touch()
            time.sleep(60)
        with Ledger(Path(sys.argv[1]), fingerprint={}).open() as ledger:
            run_shards([[1], [2], [3]], work, ledger, workers=2)
    """)
    parent = subprocess.Popen([sys.executable, "-c", script, str(tmp_path)])
    workers: list[int] = []
    for _ in range(200):
        workers = [int(path.name.removeprefix("pid-")) for path in tmp_path.glob("pid-*")]
        if len(workers) == 2:
            break
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    for _ in range(100):
        alive = [
            worker
            for worker in workers
            if Path(f"/proc/{worker}").exists() and "Z" not in Path(f"/proc/{worker}/stat").read_text().split()[2]
        ]
        if not alive:
            break
        time.sleep(0.1)
    assert len(workers) == 2
    assert not alive


def test_killed_between_any_two_steps_it_goes_on(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import os, sys, random
        from pathlib import Path
        from hangtag.engine import Ledger, ShardResult, run_shards
        chance = random.Random(int(sys.argv[2]))
        def work(rows):
            if chance.random() < 0.3: os.kill(os.getpid(), 9)
            return ShardResult({"out": b"".join(b"%d\\n" % (2 * row) for row in rows)}, {"rows": len(rows)})
        with Ledger(Path(sys.argv[1]), fingerprint={}).open() as ledger:
            run_shards([[n * 10 + k for k in range(10)] for n in range(12)], work, ledger)
    """)
    for attempt in range(200):
        if subprocess.run([sys.executable, "-c", script, str(tmp_path), str(attempt)], check=False).returncode == 0:
            break
    assert attempt > 0
    ledger = Ledger(tmp_path, fingerprint={})
    with ledger.open():
        assert content(ledger) == b"".join(double(shard).files["out"] for shard in SHARDS)


def test_a_folder_is_replaced_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    with replace_folder(folder) as partial:
        (partial / "old").write_text("1")
    with pytest.raises(OSError, match="disk is full"), replace_folder(folder) as partial:
        (partial / "new").write_text("2")
        raise OSError("disk is full")
    assert [path.name for path in folder.iterdir()] == ["old"]
    with replace_folder(folder) as partial:
        assert list(partial.iterdir()) == []
        (partial / "new").write_text("2")
    assert [path.name for path in folder.iterdir()] == ["new"]
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
