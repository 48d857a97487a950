"""The ledger survives any kill; shards run in any number of processes with the same result."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path

import pytest

from hangtag.engine import Ledger, ShardResult, run_shards
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
    with pytest.raises(RunError, match=r"taggers changed since.*--restart"), Ledger(tmp_path, fingerprint={"input": 1, "taggers": "b"}).open():
        pass


def test_two_runs_do_not_share_a_folder(tmp_path: Path) -> None:
    with Ledger(tmp_path, fingerprint={}).open(), pytest.raises(RunError, match="another run"), Ledger(tmp_path, fingerprint={}).open():
        pass


def test_killed_between_any_two_steps_it_goes_on(tmp_path: Path) -> None:
    script = textwrap.dedent("""
        import os, sys, random
        from pathlib import Path
        from hangtag.engine import Ledger, ShardResult, run_shards
        def work(rows):
            if random.random() < 0.15: os.kill(os.getpid(), 9)
            return ShardResult({"out": b"".join(b"%d\\n" % (2 * row) for row in rows)}, {"rows": len(rows)})
        with Ledger(Path(sys.argv[1]), fingerprint={}).open() as ledger:
            run_shards([[n * 10 + k for k in range(10)] for n in range(12)], work, ledger)
    """)
    for attempt in range(200):
        if subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False).returncode == 0:
            break
    assert attempt > 0
    ledger = Ledger(tmp_path, fingerprint={})
    with ledger.open():
        assert content(ledger) == b"".join(double(shard).files["out"] for shard in SHARDS)
