"""As a new user: from two CSV files in a language that nobody has prepared to figures."""

import os
import random
import re
import subprocess
import sys
import time
from html import unescape

import pandas as pd
import pytest

from xltlib import paths

#: Tigrinya lines of our own: its script has no capitals, its own full stop, and no letter in Latin.
TEXTS = {
    "ስፖርት": ["ጋንታ ጸወታ ተዓዊታ", "ተጻወቲ ሽቶ ኣቑጺሩ", "ኣሰልጣኒ ንጸወታ ተዳልዩ"],
    "ጥዕና": ["ሓኪም ንሕሙም ረኺቡ", "ሓድሽ መድሃኒት ዓሶ መጺኡ", "ሆስፒታል ትማሊ ተኸፊቱ"],
    "መገሻ": ["ነፋሪት ደንጉያ ተበጊሳ", "በጻሕቲ ናብ ከተማ መጺኦም", "ሆቴል ኣብ ገምገም ባሕሪ"],
}
ENGLISH = {"ስፖርት": "sport", "ጥዕና": "medicine", "መገሻ": "journeys"}
PROMPT = {
    "TODO Ingingo: {labels}.": "ኣርእስቲ፦ {labels}።",
    "TODO Inyandiko": "ጽሑፍ",
    "TODO Ingingo": "ዓይነት",
}


def table(path, n, seed):
    """A CSV as a spreadsheet program writes it: with a byte order mark and Windows line ends."""
    draw = random.Random(seed)
    rows = ["ዓንቀጽ,ዓይነት"]
    for number in range(n):
        label = list(TEXTS)[number % 3]
        rows.append(f"{draw.choice(TEXTS[label])} {seed}{number}።,{label}")
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8-sig", newline="")


def speaker_fills_in(folder):
    """What a person does in an editor between two commands."""
    own = folder / "tir.yaml"
    text = own.read_text(encoding="utf-8")
    for was, becomes in PROMPT.items():
        assert f'"{was}"' in text
        text = text.replace(f'"{was}"', f'"{becomes}"')
    own.write_text(re.sub(r'"(.+)": TODO', r'"\1": \1', text), encoding="utf-8")
    english = folder / "eng.yaml"
    text = english.read_text(encoding="utf-8")
    for label, word in ENGLISH.items():
        text = text.replace(f'"TODO {label}"', word)
    english.write_text(text, encoding="utf-8")


def tracked():
    git = ["git", "-C", str(paths.CHECKOUT), "status", "--porcelain"]
    return subprocess.run(git, capture_output=True, text=True).stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_from_two_csv_files_to_figures_in_five_commands(tmp_path):
    work = tmp_path / "ዳታይ እዩ ('my data')"  # a path as people have them
    work.mkdir()
    table(work / "tir dev.csv", 12, 1)
    table(work / "tir test.csv", 30, 2)
    env = os.environ | {
        "XLTLIB_HOME": str(tmp_path / "home of runs"),
        "PYTHONPATH": str(paths.CHECKOUT),
        "BROWSER": "true",  # the program of that name: nothing opens
    }
    commands = []
    before, start = tracked(), time.perf_counter()

    def xltlib(*arguments, status=0):
        commands.append(arguments)
        done = subprocess.run(
            [sys.executable, "-m", "xltlib", *arguments], cwd=work, env=env, capture_output=True
        )
        said = done.stdout.decode() + done.stderr.decode()
        assert done.returncode == status, said
        assert "leaked semaphore" not in said and "Traceback" not in said
        return said

    asked = ["--from", "tir dev.csv", "--from", "tir test.csv", "--like", "kin"]
    asked += ["--text-column", "ዓንቀጽ", "--gold-column", "ዓይነት"]
    said = xltlib("new-language", "tir", *asked)
    assert "my/tir.yaml (7 places marked TODO)" in said
    said = xltlib("check", "my/profile.yaml", "--methods", "prompt", status=2)
    assert said.count("is still marked TODO") >= 6 and "the same word" not in said
    speaker_fills_in(work / "my")
    said = xltlib("check", "my/profile.yaml", "--methods", "prompt")
    assert "ready for prompt" in said
    said = xltlib("run", "--profile", "my/profile.yaml", "--methods", "prompt", "--jobs", "1")
    assert "0 failed" in said and "prompt, topics in tir" in said
    page = xltlib("open", "--profile", "my/profile.yaml").strip()
    seconds = time.perf_counter() - start

    assert len(commands) <= 6
    assert tracked() == before, "a file of the checkout was touched"
    made = tmp_path / "home of runs" / "figures" / "tir_topics"
    text = unescape((made / "index.html").read_text(encoding="utf-8"))
    assert "Tigrinya" in text and page.endswith("index.html")
    assert len(list(made.rglob("*.png"))) >= 3
    scores = pd.read_csv(made / "tables" / "scores.csv")
    assert set(scores["language"]) == {"tir"} and set(scores["n"]) == {30}
    records = pd.concat(
        map(pd.read_parquet, (tmp_path / "home of runs" / "runs").rglob("records.parquet"))
    )
    assert set(records["output"].str.strip()) <= set(TEXTS)
    print(f"{len(commands)} commands, {seconds:.0f} s of the machine's time")
    assert seconds < 900  # of the fifteen minutes; a person writes ten words meanwhile
