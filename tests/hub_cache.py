"""Stand-ins for the hub: repositories in the layout of its cache, and a process that is offline."""

import json
import os
import subprocess
import sys
from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def snapshot(home: Path, repo: str, revision: str, commit: str = COMMIT) -> Path:
    """The folder of a data set's files in ``$HF_HOME``, as ``hf download`` leaves it."""
    folder = home / "hub" / f"datasets--{repo.replace('/', '--')}"
    if revision != commit:
        ref = folder / "refs" / revision
        ref.parent.mkdir(parents=True, exist_ok=True)
        ref.write_text(commit, encoding="utf-8")
    found = folder / "snapshots" / commit
    found.mkdir(parents=True, exist_ok=True)
    return found


def parquet(path: Path, columns: dict, features: dict) -> None:
    """A Parquet file as the hub's conversion writes it: the features stand in its schema."""
    import datasets

    path.parent.mkdir(parents=True, exist_ok=True)
    rows = datasets.Dataset.from_dict(columns, features=datasets.Features(features))
    rows.to_parquet(str(path))


def offline(home: Path, code: str) -> object:
    """What ``code`` prints as JSON, run by a process that has only the cache at ``home``."""
    environment = os.environ | {"HF_HOME": str(home), "HF_HUB_OFFLINE": "1", "PYTHONUTF8": "1"}
    run = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout.splitlines()[-1])
