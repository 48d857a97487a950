"""What the benchmarks share: catalogues to run on, measured runs of the command, and the facts of the machine."""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import platform
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"
RESULTS = ROOT / "benchmarks" / "results"
ICECAT = DATA / "icecat_en" / "products.jsonl.gz"
OPENBG = DATA / "openbg_zh" / "items.jsonl"
HANGTAG = [sys.executable, "-m", "hangtag"]
SAMPLE_S = 0.2


@dataclass(frozen=True, slots=True)
class Run:
    """A finished process: wall time from start to exit, CPU time with all its children, peak memory of the whole process tree.

    `peak_mb` is the largest sum of PSS (each process's own pages, shared ones split between those that share them) over the process and
    its descendants that a sample every 0.2 s saw; None where the system has no /proc.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float | None
    samples: int
    out: str


@dataclass(slots=True)
class MemoryWatch:
    """Samples the memory of all processes of a session in a thread."""

    session: int
    peak_kb: int = 0
    samples: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        """Sample until told to stop."""
        while not self._stop.is_set():
            self.peak_kb = max(self.peak_kb, sum(map(pss_kb, session_processes(self.session))))
            self.samples += 1
            self._stop.wait(SAMPLE_S)

    @contextlib.contextmanager
    def running(self) -> Iterator[MemoryWatch]:
        """Sample in the background for as long as the block runs."""
        thread = threading.Thread(target=self.watch, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join()


def session_processes(session: int) -> list[int]:
    """Ids of the living processes of a session: a command started as its leader, and all it started."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, IndexError):
            # state, ppid, pgrp, session … stand after the name, which may hold spaces and brackets itself
            state, _, _, number = (entry / "stat").read_text().rpartition(")")[2].split()[:4]
            if int(number) == session and state != "Z":
                found.append(int(entry.name))
    return found


def pss_kb(process: int) -> int:
    """Proportional set size of a process in kB; 0 where it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def measured(command: Sequence[str], *, folder: Path, environment: dict[str, str] | None = None) -> Run:
    """Run a command in `folder`, as the leader of a session of its own, and measure it.

    Raises `RuntimeError` with the command's own words where it fails.
    """
    with (folder / "stdout.txt").open("w+") as out, (folder / "stderr.txt").open("w+") as err:
        begun = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=err, env=environment, start_new_session=True)
        with MemoryWatch(process.pid).running() as memory:
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - begun
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if process.returncode:
            raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{err.read()[-2000:]}")
        peak_mb = round(memory.peak_kb / 1024, 1) if memory.peak_kb else None
        return Run(round(wall_s, 3), round(usage.ru_utime + usage.ru_stime, 3), peak_mb, memory.samples, out.read())


def read_rows(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON lines file; says where it should be if it is absent."""
    if not path.exists():
        sys.exit(f"{path} is not there: the benchmarks need the development data sets beside the checkout")
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return [json.loads(line) for line in content.split(b"\n") if line]


def repeated(rows: Sequence[dict[str, Any]], count: int) -> Iterator[dict[str, Any]]:
    """`count` rows: the whole catalogue again and again, each copy after the first with ids of its own ("-r1", "-r2" …)."""
    for number, row in enumerate(islice(cycle(rows), count)):
        copy = number // len(rows)
        yield {**row, "id": f"{row['id']}-r{copy}"} if copy else row


def write_rows(rows: Iterable[dict[str, Any]], path: Path) -> int:
    """Write JSON lines; the number of rows."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
            count += 1
    return count


def shown(command: Sequence[str]) -> str:
    """A command as a reader would type it: without the interpreter, with file names only."""
    words = list(command)
    if words[: len(HANGTAG)] == HANGTAG:
        words = ["hangtag", *words[len(HANGTAG) :]]
    return " ".join(Path(word).name if word.startswith("/") else word for word in words)


def core_count() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def machine_facts() -> dict[str, Any]:
    """Where and when the figures were taken."""
    model = ""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "cores": core_count(),
        "cpu": model,
        "memory_gb": round(memory, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def result_path(name: str) -> Path:
    """Where a benchmark's result lies."""
    return RESULTS / f"{name}.json"


def write_result(name: str, result: dict[str, Any]) -> Path:
    """Write a result beside the others."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = result_path(name)
    path.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def markdown(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def run_parts(name: str, doc: str | None, parts: Mapping[str, Callable[[Path], Any]], tell: Callable[[str, Any], None]) -> None:
    """A benchmark's command: measure the named parts (default: all), each given the folder of models, and keep each figure at once in
    `results/NAME.json`, where those of other parts stay."""
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", choices=list(parts), default=list(parts))
    parser.add_argument("--work", type=Path, default=Path("benchmarks/models"), help="folder for the models")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    path = result_path(name)
    result = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    for part in options.only:
        result |= {part: parts[part](options.work), "machine": machine_facts()}
        write_result(name, result)
        tell(part, result[part])
