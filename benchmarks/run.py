"""`make bench`: every figure, one after the other. Training takes hours on two cores; run it on an idle machine."""

from __future__ import annotations

import subprocess
import sys

SCRIPTS = tuple(f"benchmarks.{name}" for name in ("quality", "kill", "speed", "learn", "baselines", "students", "redaction", "llm"))

if __name__ == "__main__":
    for script in SCRIPTS:
        subprocess.run([sys.executable, "-m", script], check=True)
