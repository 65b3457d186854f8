"""README and docs: every link leads to a file of the repository, every command exists."""

import json
import re
import shlex
import subprocess

import pytest
import typer
import yaml

from xltlib import cli, paths
from xltlib.data.registry import SOURCES

PAGES = sorted(p for p in [*paths.CHECKOUT.glob("*.md"), *(paths.CHECKOUT / "docs").glob("*.md")])
LINK = re.compile(r"\]\(([^)\s]+)\)")


@pytest.fixture(scope="module")
def tracked():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=paths.CHECKOUT, capture_output=True, text=True, check=False
    )
    if listed.returncode:
        pytest.skip("not a checkout: which files are in git is not known")
    return set(listed.stdout.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_links_lead_to_files_in_git(page, tracked):
    links = [x for x in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in x]
    for link in links:
        target = (page.parent / link.split("#")[0]).resolve()
        name = target.relative_to(paths.CHECKOUT).as_posix()
        assert name in tracked or any(t.startswith(f"{name}/") for t in tracked), link


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_commands_exist(page):
    text = page.read_text(encoding="utf-8")
    known = set(typer.main.get_command(cli.app).commands)
    assert set(re.findall(r"-m xltlib ([a-z][a-z-]+)", text)) <= known
    profiles = {p.stem for p in paths.PROFILES.glob("*.yaml")}
    named = set(re.findall(r"--profile ([a-z_]+)", text))
    assert named <= profiles | {"my"}, named - profiles


def commands(text: str) -> list[list[str]]:
    """The words of every command of a page: of run_all.sh, which is ``run``, and of the module."""
    joined = re.sub(r"`[^`]*`", lambda found: found[0].replace("\n", " "), text)
    joined = joined.replace("\\\n", " ")
    found = re.findall(r"(?:run_all\.sh|-m xltlib)((?: [^\n`|#]*)?)(?=[\n`|#])", joined)
    kinds = re.findall(r"(run_all\.sh|-m xltlib)(?: [^\n`|#]*)?(?=[\n`|#])", joined)
    words = [shlex.split(line) for line in found]
    words = [w[: w.index("...")] if "..." in w else w for w in words]
    return [["run", *w] if k == "run_all.sh" else w for k, w in zip(kinds, words, strict=True)]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_command_has_the_options_that_it_is_shown_with(page):
    known = typer.main.get_command(cli.app).commands
    for name, *given in filter(None, commands(page.read_text(encoding="utf-8"))):
        if given and "--help" not in given:  # a name alone is a mention
            known[name].make_context(name, list(given)).close()


def _words(text: str) -> int:
    """How many words a reader meets: not the bars of tables, nor what comments hold."""
    return len(re.findall(r"\S*\w\S*", re.sub(r"<!--.*?-->", "", text)))


def test_the_readme_can_be_read_at_one_sitting():
    text = (paths.CHECKOUT / "README.md").read_text(encoding="utf-8")
    computed = r"<!-- (claims|rules|engine)\b.*?<!-- \1:end -->"
    prose = re.sub(computed, "", text, flags=re.DOTALL)
    assert _words(prose) < 640
    assert _words(text) < 970, "what is computed must stay short too"


def _leads_into_git(page, links, tracked):
    for link in links:
        if link.startswith(("#", "https://", "data:", "attachment:")):
            continue
        target = (page.parent / link.split("#")[0]).resolve()
        assert target.relative_to(paths.CHECKOUT).as_posix() in tracked, (page.name, link)


def _texts(notebook):
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")


@pytest.mark.parametrize("profile", ["gemma", "mini"])
def test_the_published_pages_and_notebooks_link_files_in_git(profile, tracked):
    folder = paths.published(profile)
    pages, notebooks = sorted(folder.rglob("*.html")), sorted(folder.rglob("*.ipynb"))
    assert len(pages) > 2 and notebooks
    for page in pages:
        text = re.sub(r"<script.*?</script>", "", page.read_text("utf-8"), flags=re.DOTALL)
        _leads_into_git(page, re.findall(r'(?:href|src)="([^"]+)"', text), tracked)
    for notebook in notebooks:
        _leads_into_git(notebook, LINK.findall(_texts(notebook)), tracked)


def test_the_notebooks_link_files_in_git(tracked):
    for notebook in sorted(paths.NOTEBOOKS.rglob("*.ipynb")):
        if notebook.relative_to(paths.CHECKOUT).as_posix() in tracked:
            _leads_into_git(notebook, LINK.findall(_texts(notebook)), tracked)


GITHUB = paths.CHECKOUT / ".github"


def test_the_workflows_run_what_a_desk_runs():
    ci = yaml.safe_load((GITHUB / "workflows" / "ci.yml").read_text(encoding="utf-8"))
    assert {"run": "./.ci/run"} in ci["jobs"]["run"]["steps"]
    pages = (GITHUB / "workflows" / "pages.yml").read_text(encoding="utf-8")
    assert "cp -r figures/published/." in pages and yaml.safe_load(pages)["jobs"]["deploy"]


def test_the_front_page_of_the_hosted_results_lists_each_profile(tmp_path):
    steps = yaml.safe_load((GITHUB / "workflows" / "pages.yml").read_text("utf-8"))["jobs"]
    script = next(s["run"] for s in steps["deploy"]["steps"] if "run" in s)
    for name in ("mini", "gemma"):
        folder = tmp_path / "figures" / "published" / name
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("x", encoding="utf-8")
    subprocess.run(["bash", "-ec", script], cwd=tmp_path, check=True)
    front = (tmp_path / "site" / "index.html").read_text(encoding="utf-8")
    assert re.findall(r'href="([^"]+)"', front) == ["gemma/index.html", "mini/index.html"]


@pytest.mark.parametrize("name", ["bug", "language", "wording"])
def test_issue_forms_can_be_read(name):
    form = yaml.safe_load((GITHUB / "ISSUE_TEMPLATE" / f"{name}.yml").read_text("utf-8"))
    ids = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert form["name"] and form["description"] and len(set(ids)) == len(ids)
    for part in form["body"]:
        assert part["type"] in {"markdown", "textarea", "input", "dropdown"}
        assert part["attributes"].get("label") or part["type"] == "markdown"
        options = part["attributes"].get("options", ["x"])
        assert options and all(isinstance(one, str) for one in options)


def test_the_page_of_data_names_every_set_with_its_languages():
    page = (paths.CHECKOUT / "docs" / "data.md").read_text(encoding="utf-8")
    table = [line.split("|")[1:4] for line in page.splitlines() if line.startswith("| `")]
    said = {name: codes for first, _, codes in table for name in re.findall("`([^`]+)`", first)}
    own = {name for name in SOURCES if not name.startswith("hub:")}
    assert own <= said.keys()
    for name in own - {"mini", "sib200"}:  # generated, and in 200 languages
        assert tuple(said[name].strip().split(", ")) == SOURCES[name].published, name
