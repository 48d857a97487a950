"""The examples run as their first lines say."""

import json
import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "examples"


def run(*args: str) -> str:
    return subprocess.run([sys.executable, *args], cwd=EXAMPLES, capture_output=True, text=True, check=True, timeout=120).stdout


def test_own_tagger(tmp_path: Path) -> None:
    assert "质保三年" in run("own_tagger.py")
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text("id,title\n1,Blender with 2-year warranty\n", encoding="utf-8")
    line = json.loads(run("-m", "hangtag", "tag", str(catalogue), "--tagger", "own_tagger:WarrantyTagger"))
    assert [(tag["attribute"], tag["value"]) for tag in line["tags"]] == [("warranty", "2-year warranty")]


def test_own_vocabulary(tmp_path: Path) -> None:
    catalogue = tmp_path / "catalogue.csv"
    catalogue.write_text("id,title\n1,云南咖啡豆 中度烘焙 454g\n", encoding="utf-8")
    line = json.loads(
        run("-m", "hangtag", "tag", str(catalogue), "--vocabulary", "own_vocabulary.yaml", "--tagger", "lexicon", "--tagger", "category")
    )
    assert [(tag["attribute"], tag["value"]) for tag in line["tags"]] == [("category", "coffee/beans"), ("roast", "medium")]
    assert "0 errors" in run("-m", "hangtag", "vocabulary", "check", "own_vocabulary.yaml")
