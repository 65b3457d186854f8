"""The report of a profile: ``figures/<profile>/index.html``, one page that opens in any browser.

It begins with the answer and its doubt, computed from the tables; then come the verdicts, figures,
tables, executed notebooks and where all of it is from. What is missing or does not fit is said
instead of left out.
"""

from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import pandas as pd

from .. import __version__, files, paths
from ..errors import XltError
from ..records import results
from ..stats import conclusions
from . import answers, gather, glance, paper, which_way
from .output import facts
from .page import part, render

#: What stands first, in this order; anything else follows by name.
FIRST = (
    "scores",
    "one_item",
    "score_by_shots",
    "baselines",
    "translation_quality",  # what `translate` stands on
    "pooled",
    "claims",
    "interactions",
    "paired",
    "valid",
    "valid_outputs",
    "cost",
    "laft_loss",
    "tokens_per_word",
)
TITLE = "How do I best use a language model in my language?"
_SECTIONS = {
    "claims": "Claims",
    "conclusions": "What this run shows",
    "ways": "Which way to go",
    "figures": "Figures",
    "scores": "Scores",
    "labels": "By label",
    "tables": "All tables",
    "notebooks": "Notebooks",
    "time": "Time",
    "provenance": "Provenance",
}


def build(
    profile: str,
    about: str | None = None,
    origin: answers.Origin | None = None,
    folder: Path | None = None,
    told_before: Sequence[str] = (),
    hidden: Collection[str] = (),
) -> Path:
    """Write the report of ``profile`` and return its path.

    ``about`` is the profile's description (default: that of the profile's file, where the name
    belongs to one), ``origin`` where the items are read from (default: those that are shipped),
    ``folder`` where figures and tables are and the pages go (default: ``figures/<profile>``),
    ``told_before`` notes for the page's head, and ``hidden`` the ids of cells whose notebooks must
    not be shown. Raises :class:`XltError` when there are neither artifacts nor executed notebooks,
    or the folder cannot be written.
    """
    folder, notes = folder or paths.figures(profile), list(told_before)
    done = results.newest(profile)
    below = folder / "tables"
    tabled = {name: saved(below, name) for name in ("scores", "pooled", "baselines", "claims")}
    records = _records(profile, done.values(), notes)
    arms = gather.first_arms(saved(below, "requirements"), records)
    few = {
        name: arms.of(table) if name in ("scores", "pooled") and table is not None else table
        for name, table in tabled.items()
    }
    grids = []
    if few["scores"] is not None:
        pooled = pd.DataFrame() if few["pooled"] is None else few["pooled"]
        grids = paper.write(below, few["scores"], few["baselines"], pooled)
    figures = [gather.artifact(m, notes) for m in _ranked(folder.glob("*.meta.json"))]
    tables = [gather.table(m, notes) for m in _ranked(below.glob("*.meta.json"))]
    if not figures and not tables and not done:
        raise XltError(
            f"profile {profile!r} has no results in {folder}: run ./run_all.sh "
            f"--profile {profile} first"
        )
    if any(manifest.get("unpacked") for _, manifest in done.values()):
        notes.append("Computed from published records, whose notebooks were executed elsewhere.")
    if older := len(list(paths.runs(profile).glob("*/manifest.json"))) - len(done):
        notes.append(
            f"Cells of earlier sources or settings in runs/{profile}, not shown here: {older}."
        )
    linked = gather.pages_of(done.values(), hidden)
    cells = [
        gather.cell(cell, manifest, folder, notes, cell.name in hidden, linked)
        for cell, manifest in done.values()
    ]
    pages = {c["notebook"]: c["html"] for c in cells if c["kind"] == "analysis"}
    first: dict[tuple, str] = {}  # a list of cells is printed once
    for one in (*figures, *tables):
        one["page"] = pages.get(one["notebook"], "")
        same = first.setdefault(tuple(one["cells"]), one["caption"])
        one["cells_of"] = same if same != one["caption"] and len(one["cells"]) > 1 else ""
    for figure in figures:
        inches = figure["inches"] or [0, 0]
        figure["width"], figure["height"] = (round(96 * side) for side in inches)
    readers = {g.name: g for g in grids}
    sentences, lead = told(few, below, notes)
    ways = [saved(below, name) for name in which_way.TABLES]
    whole = "" if ways[0] is None or ways[0].empty else glance.glance(*ways)
    rules = [glance.pieces(one) for one in whole.split("\n\n") if one]
    content = {
        "claims": _claims(tabled["claims"], pages, notes),
        "conclusions": sentences,
        "ways": [
            {"heading": heading, "rule": rule, "more": more} | gather.grid(table)
            for heading, rule, more, table in which_way.sections(*ways)
        ],
        "figures": [f for f in figures if f["name"] != "pooled" or not _empty(tabled["pooled"])],
        "readers": [
            t | gather.grid(readers[t["name"]].table, readers[t["name"]].best, named=True)
            for t in tables
            if t["name"] in readers
        ],
        "labels": _labels(records, arms),
        "tables": [t for t in tables if not t["name"].startswith("reader_")],
        "cells": cells,
        "phases": results.phases(done.values()).to_dict("records"),
        "provenance": gather.provenance([manifest for _, manifest in done.values()]),
    }
    named = {"scores": "readers", "notebooks": "cells", "time": "phases"}
    page = render(
        "page.html",
        part("page.js"),
        title=TITLE,
        style=part("style.css"),
        profile=profile,
        about=about or _about(profile, notes),
        facts="" if records is None else facts(records),
        reviews=_reviews(records),
        rules=rules,
        answer=lead,
        answers=answers.write(folder, profile, records, origin or answers.Origin(), notes, arms),
        arms=gather.grid(arms.described) if len(arms.described) else None,
        single=records is not None and records["method"].nunique() == 1,
        notes=notes,
        version=__version__,
        sections=[(k, v) for k, v in _SECTIONS.items() if content[named.get(k, k)]],
        **content,
    )
    files.write(folder / "index.html", page)
    return folder / "index.html"


def _ranked(metas: Iterable[Path]) -> list[Path]:
    names = {name: i for i, name in enumerate(FIRST)}
    key = {m: m.name.removesuffix(".meta.json") for m in metas}
    return sorted(key, key=lambda m: (names.get(key[m], len(names)), key[m]))


def saved(tables: Path, name: str) -> pd.DataFrame | None:
    """A table of a run, where it has made it."""
    path = tables / f"{name}.csv"
    return gather.read(path) if path.is_file() else None


def _empty(table: pd.DataFrame | None) -> bool:
    return table is not None and table.empty


def _about(profile: str, notes: list[str]) -> str:
    from ..config import load_profile

    try:
        return load_profile(profile).about
    except XltError:
        notes.append(
            f"There is no shipped profile {profile!r}, so its description is not known here."
        )
        return ""


def _records(profile: str, done, notes: list[str]) -> pd.DataFrame | None:
    """The answers of the run, where its cells have any."""
    if not any(manifest["kind"] in ("method", "imported") for _, manifest in done):
        return None
    try:
        return results.read(profile)
    except XltError as error:
        notes.append(f"The single answers are not shown: {error}.")
        return None


def _reviews(records: pd.DataFrame | None) -> str:
    """Which native speakers have read the words of each language, in a sentence or two."""
    from ..config import load_language

    nobody, said = [], []
    for code in [] if records is None else records["language"].unique():
        try:
            language = load_language(code)
        except XltError:  # a file of one's own: the records have its code alone
            continue
        if language.reviewed_by:
            said.append(f"{language.name}: wordings read by {', '.join(language.reviewed_by)}.")
        else:
            nobody.append(language.name)
    if nobody:
        named = ", ".join(nobody[:-1]) + (" and " if nobody[1:] else "") + nobody[-1]
        said.append(f"No native speaker has reviewed the prompts and label words in {named} yet.")
    return " ".join(said)


def told(
    tabled: dict[str, pd.DataFrame | None], tables: Path, notes: list[str]
) -> tuple[list[str], list[str]]:
    """(sentences about the run, the sentences that the page begins with)."""
    paired, interactions = (saved(tables, name) for name in ("paired", "interactions"))
    needed = {"pooled": tabled["pooled"], "paired": paired, "scores": tabled["scores"]}
    if missing := [f"{name}.csv" for name, table in needed.items() if table is None]:
        notes.append(f"No conclusions, because these tables are missing: {', '.join(missing)}.")
        return [], []
    scores, pooled = tabled["scores"], tabled["pooled"]
    sentences = conclusions(pooled, paired, scores, interactions)
    first = paper.answer(scores, pooled)
    lead = [first] if first else sentences
    floor = paper.floor_sentence(scores, tabled["baselines"])
    return sentences if first else [], [*lead, *([floor] if floor else [])]


def _claims(table: pd.DataFrame | None, pages: dict[str, str], notes: list[str]) -> list[dict]:
    if table is None:
        return []
    if why := paper.untested(table):
        notes.append(why)
        return []
    page = next((p for name, p in pages.items() if name.endswith("claims")), "")
    return [card | {"page": page} for card in paper.claim_cards(table)]


def _labels(records: pd.DataFrame | None, arms: gather.Arms) -> list[dict]:
    if records is None:
        return []
    return [
        {"name": g.name, "caption": g.caption} | gather.grid(g.table, named=True)
        for g in paper.label_tables(arms.among(records))
    ]
