"""`make bench`: every figure, one after the other. Training takes hours on two cores; run it on an idle machine."""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = ("benchmarks.quality", "benchmarks.kill", "benchmarks.speed", "benchmarks.learn", "benchmarks.baselines", "benchmarks.students")

if __name__ == "__main__":
    for script in SCRIPTS:
        subprocess.run([sys.executable, "-m", script], check=True)
