"""Documentation is run: every fence of README and docs, and cli.md against the commands' help."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = {"text", "yaml", "toml", "json", "csv"}  # shown, checked below where they claim a format


def fences(language: str) -> list[tuple[str, str]]:
    return [(page.name, body) for page in PAGES for found, body in FENCE.findall(page.read_text(encoding="utf-8")) if found == language]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the pages speak of: a catalogue, gold."""
    folder = tmp_path_factory.mktemp("desk")
    sample = ROOT / "src/hangtag/jobs/sample_catalogue.csv"
    (folder / "catalogue.csv").write_bytes(sample.read_bytes())
    gold = '{"id": "1", "title": "Navy linen shirt", "gold": {"color": ["navy"], "material": ["linen"]}}\n'
    (folder / "gold.jsonl").write_text(gold, encoding="utf-8")
    return folder


def test_pages_use_known_fences_only() -> None:
    found = {language for page in PAGES for language, _ in FENCE.findall(page.read_text(encoding="utf-8"))}
    assert found <= NOT_RUN | {"bash", "python"}


def test_every_command_of_the_pages_runs(desk: Path) -> None:
    for page, body in fences("bash"):
        for line in body.splitlines():
            command = line.split(" #")[0].strip()
            if not command or command.startswith("#"):
                continue
            if command.startswith("make "):
                assert re.search(rf"^{re.escape(command[5:])}:", (ROOT / "Makefile").read_text(), re.MULTILINE), f"{page}: {command}"
                continue
            if command.startswith(("pip install", "git clone", "cd ")):
                continue
            assert command.startswith("hangtag "), f"{page}: cannot run {command}"
            done = subprocess.run(
                [sys.executable, "-m", *shlex.split(command)], cwd=desk, capture_output=True, text=True, timeout=300, check=False
            )
            assert done.returncode == 0, f"{page}: {command}\n{done.stderr}"


def test_every_python_fence_runs(desk: Path) -> None:
    by_page: dict[str, list[str]] = {}
    for page, body in fences("python"):
        by_page.setdefault(page, []).append(body)
    assert by_page
    for page, bodies in by_page.items():
        done = subprocess.run([sys.executable, "-c", "\n".join(bodies)], cwd=desk, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, f"{page}\n{done.stderr}"


def test_yaml_fences_are_vocabulary_or_safety_rules(tmp_path: Path) -> None:
    from hangtag.text.claims import Rules
    from hangtag.vocabulary.load import read_document

    for number, (page, body) in enumerate(fences("yaml")):
        path = tmp_path / f"{number}.yaml"
        path.write_text(body, encoding="utf-8")
        Rules.load([path]) if page == "phrases.md" else read_document(path)


def test_toml_fences_are_settings(tmp_path: Path) -> None:
    from hangtag.config import load_settings

    for number, (_, body) in enumerate(fences("toml")):
        path = tmp_path / f"{number}.toml"
        path.write_text(body, encoding="utf-8")
        load_settings(path)


def test_cli_page_is_what_the_commands_say() -> None:
    done = subprocess.run([sys.executable, str(ROOT / "docs/build_cli.py"), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_tree_in_the_readme_names_every_room() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rooms = sorted(path.name for path in (ROOT / "src/hangtag").iterdir() if path.is_dir() and not path.name.startswith("__"))
    missing = [room for room in rooms if f"{room}/" not in text]
    assert not missing
