"""A real browser for tests that need one, Debian's chromium; without it they are skipped."""

import html
import json
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


_FRAME = """<!DOCTYPE html><meta charset="utf-8"><title>measure</title>
<iframe id="f" src="{url}" style="width:{width}px;height:900px;border:0"></iframe>
<pre id="out"></pre>
<script>
document.getElementById("f").addEventListener("load", function () {{
  setTimeout(function () {{
    var out;
    try {{ out = (function (window, document) {{ {code} }})(f.contentWindow, f.contentDocument); }}
    catch (error) {{ out = {{error: String(error)}}; }}
    document.getElementById("out").textContent = JSON.stringify(out);
  }}, 300);
}});
</script>"""


def ask(
    page: Path,
    code: str,
    folder: Path,
    width: int = 1280,
    fragment: str = "",
    flags: tuple[str, ...] = (),
) -> object:
    """What a function body ``code`` gives that is run with the page's window and document."""
    frame = folder / f"frame-{width}.html"
    url = page.resolve().as_uri() + fragment
    frame.write_text(_FRAME.format(url=url, width=width, code=code), encoding="utf-8")
    flags = (*flags, "--allow-file-access-from-files", "--disable-web-security", "--dump-dom")
    done = run(*flags, f"--window-size={width + 40},1000", page=frame, folder=folder)
    answer = html.unescape(done.stdout.split('<pre id="out">')[1].split("</pre>")[0])
    return json.loads(answer)


def text_of(pdf: Path) -> str:
    """The words of a PDF, by poppler's pdftotext."""
    return subprocess.run(
        ["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True
    ).stdout
