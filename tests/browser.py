"""A real browser for tests that need one, Debian's chromium; without it they are skipped."""

import html
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from xltlib import paths

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
    Promise.resolve(out).then(function (found) {{
      document.getElementById("out").textContent = JSON.stringify(found);
    }});
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


def axe() -> Path | None:
    """axe-core's script: that of ``$XLT_AXE``, or of ``npm i axe-core`` in the checkout."""
    at = Path(os.environ.get("XLT_AXE") or paths.CHECKOUT / "node_modules/axe-core/axe.min.js")
    return at if at.is_file() else None


def violations(page: Path, folder: Path, flags: tuple[str, ...] = ()) -> dict[str, list[str]]:
    """What axe-core calls serious or critical, everything unfolded: rule -> parts of the page."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page.read_text("utf-8"))
    ask = """document.querySelectorAll("details").forEach(function (d) { d.open = true; });
      axe.run(document, {resultTypes: ["violations"]}).then(function (found) {
        var bad = {};
        found.violations.forEach(function (one) {
          if (one.impact === "serious" || one.impact === "critical") {
            bad[one.id] = one.nodes.slice(0, 4).map(function (n) { return n.html.slice(0, 160); });
          } });
        var out = document.createElement("pre"); out.id = "axe-found";
        out.textContent = JSON.stringify(bad); document.body.appendChild(out); });"""
    script = f"<script>{axe().read_text('utf-8')}</script><script>{ask}</script></body>"
    copy = page.with_name(f".axe-{page.name}")
    head, _, tail = text.rpartition("</body>")
    copy.write_text(head + script + tail, encoding="utf-8")
    try:
        done = run(*flags, "--dump-dom", "--virtual-time-budget=30000", page=copy, folder=folder)
    finally:
        copy.unlink()
    return json.loads(html.unescape(done.stdout.split('id="axe-found">')[1].split("</pre>")[0]))
