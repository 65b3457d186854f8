"""The environment: one lock, all else in step with it, and scripts that make it once."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from xltlib import paths

ROOT = paths.CHECKOUT
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = paths.LOCK.read_text(encoding="utf-8").splitlines()


def locked() -> dict[str, str]:
    return {canonicalize_name(n): v for n, v in (line.split("==") for line in LOCK)}


def test_the_lock_holds_exact_versions_of_published_packages():
    for line in LOCK:
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.]*", line), line
    assert locked()["torch"] == "2.13.0"
    assert len(locked()) == len(LOCK)


def test_the_hashes_are_those_of_the_locked_versions():
    """All but torch, whose wheels differ from index to index; its head says how it is made."""
    text = (ROOT / "requirements.hashes.lock").read_text(encoding="utf-8")
    entries = re.findall(r"^(\S+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}.*\n)+)", text, re.M)
    hashed = {canonicalize_name(name): version for name, version, _ in entries}
    assert hashed == {n: v for n, v in locked().items() if n != "torch"}
    assert len(hashed) == text.count("==")


@pytest.mark.parametrize("text", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
def test_the_lock_fits_what_the_project_asks_for(text):
    wanted = Requirement(text)
    version = locked()[canonicalize_name(wanted.name)]
    assert wanted.specifier.contains(version), f"{text} is locked at {version}"


def test_conda_gives_the_same_environment():
    content = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    *conda, pip = content["dependencies"]
    # the package itself, too, so that Binder needs no further step
    assert pip == {"pip": ["-r requirements.lock", "-e ."]}
    assert conda == ["python=3.11", "pip"]  # nothing that pip's lock does not know
    assert PROJECT["requires-python"] == ">=3.11"


def test_all_that_is_imported_is_asked_for():
    """Every package that xltlib imports stands among the project's dependencies, or in an extra."""
    import ast
    import sys
    from importlib.metadata import packages_distributions

    every = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["cluster"]
    asked = {canonicalize_name(Requirement(t).name) for t in every}
    owners = packages_distributions()
    for path in sorted(paths.PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            for name in {n.split(".")[0] for n in names} - sys.stdlib_module_names - {"xltlib"}:
                found = {canonicalize_name(d) for d in owners.get(name, [name])}
                assert found & asked, f"{path.name} imports {name}, which pyproject.toml lacks"


@pytest.mark.parametrize("name", ["run_all.sh", "run_tests.sh", ".ci/run"])
def test_scripts_are_whole(name):
    path = ROOT / name
    assert os.access(path, os.X_OK)
    assert "set -euo pipefail" in path.read_text(encoding="utf-8")
    assert subprocess.run(["bash", "-n", path]).returncode == 0


STUB = """#!/bin/sh
echo "$@" >>"{log}"
case "$*" in
    *version_info*) exit {recent} ;;
    -V) echo "Python 3.9.2" ;;
    "-m venv"*) mkdir -p "$4/bin" && cp "$0" "$4/bin/python" ;;
    *"pip install -r"*) echo "a warning of pip"; exit {pip} ;;
    *--require-hashes*) echo "other hashes"; exit {hashes} ;;
esac
"""


class Checkout:
    """A folder with the project's environment.sh and a Python that only takes notes."""

    def __init__(self, folder: Path, recent: int = 0, pip: int = 0, hashes: int = 0):
        self.root, self.log = folder / "the project", folder / "log"
        self.root.mkdir()
        (self.root / "requirements.lock").write_text("a==1\n")
        (self.root / "pyproject.toml").write_text("")
        self.python = folder / "python-stub"
        self.make(recent, pip, hashes)

    def make(self, recent: int = 0, pip: int = 0, hashes: int = 0) -> None:
        said = STUB.format(log=self.log, recent=recent, pip=pip, hashes=hashes)
        self.python.write_text(said)
        self.python.chmod(0o755)

    def run(self, **env: str) -> subprocess.CompletedProcess:
        self.log.write_text("")
        script = f'set -euo pipefail; root="$1"; source "{ROOT}/environment.sh"; echo ready'
        return subprocess.run(
            ["bash", "-c", script, "bash", str(self.root)],
            env=os.environ | {"XLT_PYTHON": str(self.python)} | env,
            capture_output=True,
            text=True,
        )

    @property
    def calls(self) -> str:
        return self.log.read_text()


def test_the_environment_is_made_once(tmp_path):
    checkout = Checkout(tmp_path)
    first = checkout.run()
    assert first.returncode == 0 and first.stdout.endswith("ready\n"), first.stderr
    assert "warning" not in first.stdout + first.stderr
    assert "pip install -r" in checkout.calls and "pip install --no-deps -e" in checkout.calls
    second = checkout.run()
    assert (second.returncode, second.stdout, checkout.calls) == (0, "ready\n", "")
    (checkout.root / "requirements.lock").write_text("a==2\n")
    assert checkout.run().returncode == 0 and "pip install -r" in checkout.calls
    assert "venv" not in checkout.calls  # only what changed is installed


def test_packages_are_checked_by_their_hashes_first(tmp_path):
    checkout = Checkout(tmp_path)
    assert checkout.run().stderr == ""
    hashes = f"--no-deps --require-hashes -r {checkout.root}/requirements.hashes.lock"
    calls = checkout.calls
    assert calls.index(hashes) < calls.index(f"pip install -r {checkout.root}/requirements.lock")


def test_an_index_with_other_files_is_said_and_does_not_stop_the_installation(tmp_path):
    done = Checkout(tmp_path, hashes=1).run()
    assert done.returncode == 0 and done.stdout.endswith("ready\n")
    assert "other hashes" in done.stderr and "WITHOUT checking what the files hold" in done.stderr


def test_extras_are_installed_besides_and_held_to_the_lock(tmp_path):
    checkout = Checkout(tmp_path)
    assert checkout.run(XLT_EXTRAS="gemma").returncode == 0
    wanted = f"pip install -c {checkout.root}/requirements.lock -e {checkout.root}[gemma]"
    assert wanted in checkout.calls
    checkout.run(XLT_EXTRAS="gemma")
    assert checkout.calls == ""
    checkout.run(XLT_EXTRAS="gemma,quantization")
    assert "[gemma,quantization]" in checkout.calls


def test_a_failing_pip_is_shown_and_tried_again(tmp_path):
    checkout = Checkout(tmp_path, pip=1)
    done = checkout.run()
    assert done.returncode == 2
    assert "a warning of pip" in done.stderr and "this did not work" in done.stderr
    checkout.make()
    (checkout.root / ".venv/bin/python").write_text(checkout.python.read_text())
    assert checkout.run().returncode == 0 and "pip install -r" in checkout.calls


def test_an_old_python_is_refused(tmp_path):
    done = Checkout(tmp_path, recent=1).run()
    assert done.returncode == 2
    assert "Python 3.9.2: Python 3.11 or newer is needed" in done.stderr


def test_a_python_that_is_not_there_is_refused(tmp_path):
    done = Checkout(tmp_path).run(XLT_PYTHON="no-such-python")
    assert done.returncode == 2 and "cannot be run" in done.stderr
