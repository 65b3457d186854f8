"""Pages from templates: one style sheet, light, dark, phone and print; nothing fetched, and nothing
runs but the script whose hash the page names.
"""

import base64
import hashlib
from functools import cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from .. import paths

TEMPLATES = paths.PACKAGE / "report" / "templates"


def part(name: str) -> str:
    """A style sheet or a script of the pages."""
    return (TEMPLATES / name).read_text(encoding="utf-8").strip()


def policy(script: str = "") -> str:
    """The Content-Security-Policy of a page that runs ``script`` and nothing else."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    runs = f"script-src 'sha256-{digest}'; " if script else ""
    return (
        f"default-src 'none'; {runs}img-src 'self' data:; style-src 'unsafe-inline'; "
        "base-uri 'none'; form-action 'none'"
    )


@cache
def _environment() -> Environment:
    return Environment(
        autoescape=True, undefined=StrictUndefined, loader=FileSystemLoader(TEMPLATES)
    )


def render(template: str, script: str = "", **values: object) -> str:
    """Fill a template; text is escaped, and a name that it needs but is not given fails."""
    page = _environment().get_template(template)
    return page.render(csp=policy(script), script=script, **values)
