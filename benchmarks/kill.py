"""Is a killed run safe? `python -m benchmarks.kill`: kill `hangtag tag` at random moments, run it again, compare with a run left alone.

Each time the command is started on the same catalogue, its process is killed with SIGKILL (its workers are not: they must notice) at a
uniformly random moment of the time an undisturbed run takes, and the same command is run again at once, to the end. The catalogue holds
rows that must be rejected (no title, an id used before, broken JSON), so that the rejects file is compared too. Writes
`benchmarks/results/kill.json`; exits 1 where any outcome differs.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.common import HANGTAG, ICECAT, machine_facts, markdown, read_rows, session_processes, shown, write_result

TIMES, ROWS, SHARD_ROWS, WORKERS = 20, 6000, 100, 2
BAD_EVERY = 150
ORPHANS_S = 5.0


def main(arguments: Sequence[str] | None = None) -> None:
    """Kill and resume as often as asked, print the table and write the result."""
    options = parse(arguments)
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="hangtag-kill-") as name:
        folder = Path(name)
        rows = write_catalogue(folder / "catalogue.jsonl", options.rows)
        command = tag_command(options.vocabulary)
        run_to_end(command, folder)  # warms the disk cache, so that the measured run is like those to come
        clear(folder)
        begun = time.perf_counter()
        run_to_end(command, folder)
        duration_s = time.perf_counter() - begun
        expected = outcome(folder)
        clear(folder)
        trials = []
        for number in range(options.times):
            trials.append(trial(command, folder, expected, after_s=chance.uniform(0, duration_s)))
            print(f"{number + 1}/{options.times}: {trials[-1]}", file=sys.stderr)
            clear(folder)
    result = {
        "machine": machine_facts(),
        "command": shown(command),
        "rows": rows,
        "shards": -(-rows // SHARD_ROWS),
        "undisturbed_s": round(duration_s, 3),
        "output_lines": expected["tags.jsonl"].count(b"\n"),
        "rejects": expected["tags.jsonl.rejects.jsonl"].count(b"\n"),
        "seed": options.seed,
        **totals(trials),
        "trials": trials,
    }
    write_result("kill", result)
    print(table(result))
    sys.exit(0 if result["identical"] == len(trials) else 1)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kill", description=__doc__)
    parser.add_argument("--times", type=int, default=TIMES, help="kills (default: %(default)s)")
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the catalogue (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="seed of the random moments (default: %(default)s)")
    parser.add_argument("--vocabulary", action="append", help="vocabulary file or folder instead of the starter; repeat")
    return parser.parse_args(arguments)


def tag_command(vocabulary: Sequence[str] | None) -> list[str]:
    """The command under test."""
    taggers = [word for name in ("lexicon", "measure", "given") for word in ("--tagger", name)]
    chosen = [word for path in vocabulary or () for word in ("--vocabulary", str(Path(path).resolve()))]
    sizes = ["--workers", str(WORKERS), "--shard-rows", str(SHARD_ROWS)]
    return [*HANGTAG, "tag", "catalogue.jsonl", "-o", "tags.jsonl", *taggers, *sizes, *chosen]


def write_catalogue(path: Path, count: int) -> int:
    """`count` rows of the Icecat catalogue, every 150th of them spoilt in one of three ways; the number of rows."""
    lines = list(spoilt(read_rows(ICECAT)[:count]))
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return len(lines)


def spoilt(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """The rows as JSON lines, some of them unusable."""
    for number, row in enumerate(rows, 1):
        line = json.dumps(row, ensure_ascii=False)
        if number % BAD_EVERY:
            yield line
            continue
        ways = (json.dumps({"id": row["id"]}), json.dumps({**row, "id": rows[0]["id"]}), line[: len(line) // 2])
        yield ways[number // BAD_EVERY % len(ways)]


def run_to_end(command: Sequence[str], folder: Path) -> None:
    """Run the command undisturbed; raises where it fails."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, start_new_session=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-2000:]}")


def outcome(folder: Path) -> dict[str, bytes]:
    """The files a run leaves to its user."""
    return {name: (folder / name).read_bytes() for name in ("tags.jsonl", "tags.jsonl.rejects.jsonl") if (folder / name).exists()}


def clear(folder: Path) -> None:
    """Forget a run: its output and its ledger."""
    for path in sorted(folder.glob("tags.jsonl*/**/*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    for path in folder.glob("tags.jsonl*"):
        path.rmdir() if path.is_dir() else path.unlink()


def trial(command: Sequence[str], folder: Path, expected: dict[str, bytes], *, after_s: float) -> dict[str, Any]:
    """Kill one run after some seconds, finish it with the same command, and compare."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        process.wait(after_s)
        finished = True
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        finished = False
    killed_at = time.perf_counter()
    kept = committed(folder)
    failure = ""
    try:
        run_to_end(command, folder)
    except RuntimeError as error:
        failure = str(error)
    ledger = committed(folder)
    lost, doubled = lost_and_doubled(expected, found := outcome(folder))
    return {
        "after_s": round(after_s, 3),
        "finished_before_kill": finished,
        "identical": found == expected and not failure,
        "failure": failure,
        "rows_lost": lost,
        "rows_doubled": doubled,
        "shards_kept": len(kept),
        "shards_done_after": len(ledger) - len(kept),
        "kept_shards_redone": sum(count - 1 for count in Counter(ledger).values()),
        "workers_left": orphans(process.pid, killed_at),
    }


def committed(folder: Path) -> list[int]:
    """The shards in the ledger, in the order of their commits; a torn last line does not count."""
    path = folder / "tags.jsonl.run" / "ledger.jsonl"
    lines = path.read_bytes().split(b"\n")[:-1] if path.exists() else []
    return [record["shard"] for record in map(json.loads, lines) if "shard" in record]


def lost_and_doubled(expected: dict[str, bytes], found: dict[str, bytes]) -> tuple[int, int]:
    """How many lines of the undisturbed outcome are missing from the other, and how many it holds too often."""
    lost = doubled = 0
    for name in expected.keys() | found.keys():
        wanted, have = Counter(expected.get(name, b"").splitlines()), Counter(found.get(name, b"").splitlines())
        lost += (wanted - have).total()
        doubled += (have - wanted).total()
    return lost, doubled


def orphans(session: int, killed_at: float) -> int:
    """Workers of the killed run still alive after the second run, and at least five seconds after the kill; they are ended here."""
    while session_processes(session) and time.perf_counter() - killed_at < ORPHANS_S:
        time.sleep(0.05)
    left = session_processes(session)
    for worker in left:
        os.kill(worker, signal.SIGKILL)
    return len(left)


def totals(trials: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The trials in one line."""
    summed = ("identical", "finished_before_kill", "rows_lost", "rows_doubled", "kept_shards_redone", "workers_left")
    return {"kills": len(trials), **{name: sum(map(int, (one[name] for one in trials))) for name in summed}}


def table(result: dict[str, Any]) -> str:
    """The result as Markdown."""
    kept = sorted(one["shards_kept"] for one in result["trials"])
    facts = result["machine"]
    rows = [
        ("kills at a random moment", result["kills"]),
        ("of these, the run had just ended", result["finished_before_kill"]),
        ("outcome identical to the byte (tags and rejects)", f"{result['identical']} of {result['kills']}"),
        ("rows lost", result["rows_lost"]),
        ("rows doubled", result["rows_doubled"]),
        (f"shards kept over a kill, of {result['shards']}: least, median, most", f"{kept[0]}, {kept[len(kept) // 2]}, {kept[-1]}"),
        ("committed shards done again", result["kept_shards_redone"]),
        ("workers of a killed run still alive when the second had ended", result["workers_left"]),
    ]
    machine = f"{facts['date']}, {facts['cores']} cores, Python {facts['python']}"
    return f"{machine}; {result['rows']:,} rows, {result['undisturbed_s']:.1f} s left alone\n\n{markdown(('what', 'figure'), rows)}\n"


if __name__ == "__main__":
    main()
