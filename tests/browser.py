"""A real browser for tests that need one, Debian's chromium; without it they are skipped."""

import shutil
import subprocess
from pathlib import Path

import pytest

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
needed = pytest.mark.skipif(not BROWSER, reason="needs chromium (apt-get install chromium)")


def run(*arguments: str, page: Path | str, folder: Path) -> subprocess.CompletedProcess:
    """Open ``page`` without a window, with a fresh profile in ``folder``."""
    url = page.resolve().as_uri() if isinstance(page, Path) else page
    command = [
        BROWSER, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
        "--no-first-run", "--disable-extensions", "--enable-logging=stderr",
        f"--user-data-dir={folder / 'browser'}", "--virtual-time-budget=4000", *arguments, url,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)


def dom(page: Path | str, folder: Path) -> tuple[str, list[str]]:
    """The page's HTML after its scripts ran, and the lines of its console."""
    done = run("--dump-dom", page=page, folder=folder)
    return done.stdout, [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
