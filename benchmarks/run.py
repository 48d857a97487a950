"""`make bench`: every figure, one after the other. Takes about two hours on two cores; run it on an idle machine."""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = ("benchmarks.quality", "benchmarks.kill", "benchmarks.speed", "benchmarks.learn")

if __name__ == "__main__":
    for script in SCRIPTS:
        subprocess.run([sys.executable, "-m", script], check=True)
