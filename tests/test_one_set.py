"""A folder that holds one data set in one language: a run of its own, with a page of its own."""

import html
import os
import re
import shutil
import subprocess
import sys

import pytest
from conftest import FIXTURES

from xltlib import paths

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.parametrize(
    ("folder", "task", "name"),
    [
        ("masakhanews", "topics", "Topic classification"),
        ("masakhaner1", "ner", "Named entities"),
    ],
)
def test_one_set_has_a_report_of_its_own(folder, task, name, tmp_path):
    shutil.copytree(FIXTURES / folder / "hau", tmp_path / "data" / folder / "hau")
    languages = "hau,kin" if task == "ner" else "hau"  # of which the folder has Hausa alone
    given = f"--profile local --methods prompt --languages {languages} --tasks {task} --data-dir"
    command = [sys.executable, "-m", "xltlib", "run", *given.split(), str(tmp_path / "data")]
    env = os.environ | {"XLTLIB_HOME": str(tmp_path), "PYTHONPATH": str(paths.CHECKOUT)}
    asked = [*command, "--limit", "8", "--shots", "0", "--jobs", "1"]
    ran = subprocess.run(asked, env=env, capture_output=True, text=True, encoding="utf-8")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"prompt, {task} in hau ({folder})" in ran.stdout
    assert "None of the 6 claims is tested here. There are no records of laft and" in ran.stdout
    whole = (tmp_path / "figures" / "local" / "index.html").read_text(encoding="utf-8")
    page = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", whole)))
    # SIB-200 comes with the project, so topics have two sets, which the table then names
    found = rf"{name} (?:{folder} )?Hausa \d\.\d\d \[\d\.\d\d, \d\.\d\d\]"
    assert re.search(found, page), "score and interval"
    assert "Baselines without a language model" in page and "By label" in page
    assert "C1 ·" not in page and f"of each label: {task}, hau, {folder}" in page
    left_out = [line for line in ran.stdout.splitlines() if " is left out: " in line]
    assert all(f"Missing: {' '.join(line.split())}." in page for line in left_out)
    assert any("masakhaner1 ner kin" in line for line in left_out) is (task == "ner")
    if task == "topics":
        assert f"Answers of prompt by gold label: topics, hau, {folder}" in page
