"""Locks where `flock` works and where it does not; what processes that are gone leave behind."""

import errno
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest

from xltlib import files, locks, machine, paths
from xltlib.errors import XltError
from xltlib.methods import laft
from xltlib.runs import execution, runner


def refuse(number):
    def flock(*_):
        raise OSError(number, os.strerror(number))

    return flock


@pytest.fixture(params=[errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP])
def no_flock(request, monkeypatch):
    monkeypatch.setattr(locks.fcntl, "flock", refuse(request.param))


def test_a_file_stands_in_where_there_is_no_flock(no_flock, tmp_path):
    path = tmp_path / "runs" / ".lock"
    with pytest.warns(UserWarning, match="its file system has no locks"), locks.locked(path):
        with pytest.raises(locks.Held, match=machine.process()), locks.locked(path):
            pass
    with pytest.warns(UserWarning), locks.locked(path):
        pass
    assert [p.name for p in path.parent.iterdir()] == [".lock"]


@pytest.mark.filterwarnings("ignore:.*has no locks")
def test_waiting_for_a_file_that_stands_in(no_flock, tmp_path):
    order = []

    def second():
        with locks.locked(tmp_path / "a.lock", wait=True):
            order.append("second")

    with locks.locked(tmp_path / "a.lock"):
        thread = threading.Thread(target=second)
        thread.start()
        time.sleep(0.4)
        order.append("first")
    thread.join(10)
    assert order == ["first", "second"]


@pytest.mark.filterwarnings("ignore:.*has no locks")
@pytest.mark.parametrize("by", ["dead here", "silent elsewhere"])
def test_the_lock_of_a_process_that_is_gone_is_taken(no_flock, tmp_path, by):
    held = tmp_path / ".lock.held"
    child = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], stdout=-1)
    sign = machine.process().partition("-")[0]
    held.write_text(f"{sign}-{int(child.stdout)} on me" if by == "dead here" else "0ther-1 on it")
    if by == "silent elsewhere":
        with pytest.raises(locks.Held, match="0ther-1 on it"), locks.locked(tmp_path / ".lock"):
            pass
        long_ago = time.time() - 1000
        os.utime(held, (long_ago, long_ago))
    with locks.locked(tmp_path / ".lock"):
        assert held.read_text().startswith(machine.process())
    assert not held.exists()


@pytest.mark.filterwarnings("ignore:.*has no locks")
def test_runs_and_trainings_go_on_without_flock(no_flock, tmp_path, monkeypatch):
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    with runner._locked("toy"):
        with pytest.raises(XltError, match="another run .* is using"):
            with runner._locked("toy"):
                pass
    with laft._alone(tmp_path / "hau.lock"):
        pass


def test_other_errors_of_a_lock_are_explained(monkeypatch, tmp_path):
    monkeypatch.setattr(locks.fcntl, "flock", refuse(errno.ENOSPC))
    with (
        pytest.raises(XltError, match="cannot write .*No space left"),
        locks.locked(tmp_path / "x"),
    ):
        pass


def test_what_a_process_that_is_gone_left_is_removed_at_the_next_start(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    code = (
        "import os, sys, tempfile\nfrom pathlib import Path\nfrom xltlib import files, machine\n"
        "tempfile.mkdtemp(prefix=f'xlt-{machine.process()}-', dir=sys.argv[2])\n"
        "files.write_by(Path(sys.argv[1]) / 'a.txt', lambda p: (p.write_text('half'), os._exit(9)))"
    )
    env = os.environ | {"PYTHONPATH": str(paths.CHECKOUT)}
    monkeypatch.setenv("XLTLIB_HOME", str(tmp_path))
    runs, figures = paths.runs("toy"), paths.figures("toy")
    for folder in (runs, figures):
        command = [sys.executable, "-c", code, str(folder), str(tmp_path / "tmp")]
        assert subprocess.run(command, env=env).returncode == 9
    ours = Path(tempfile.mkdtemp(prefix=f"xlt-{machine.process()}-"))
    strange = tmp_path / "tmp" / "xlt-other"
    strange.mkdir()
    (runs / ".b.txt.0ther-1.part").touch()
    assert len(list(runs.iterdir())) == 2 and len(list(ours.parent.iterdir())) == 4
    with runner._locked("toy"):
        pass
    assert not list(figures.iterdir())
    assert sorted(p.name for p in runs.iterdir()) == [".b.txt.0ther-1.part", ".lock"]
    assert {p for p in ours.parent.iterdir()} == {ours, strange}
    execution.sweep()
    assert ours.is_dir()


def test_a_written_file_is_synced_before_it_is_renamed(tmp_path, monkeypatch):
    done = []
    real_sync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda fd: (done.append("sync"), real_sync(fd))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (done.append("rename"), real_replace(a, b))[1])
    files.write(tmp_path / "a.json", json.dumps({"a": "ƙ"}))
    assert done[:2] == ["sync", "rename"]
