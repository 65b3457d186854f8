"""Items of a study as cards: in a notebook to look at, elsewhere the table that they are."""

import json
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from ..records.schema import SCORES

STYLE = """<style>
.xlt-card{border:1px solid #8886;border-radius:8px;padding:.5em .9em;margin:.5em 0;max-width:60em;
line-height:1.5;overflow-wrap:anywhere}
.xlt-card p{margin:.25em 0}.xlt-card small{opacity:.8}
.xlt-right{border-left:5px solid #0b6b3a}.xlt-wrong{border-left:5px dashed #a4262c}
.xlt-none{border-left:5px dotted #777}
.xlt-chip{border:1px solid #888;border-radius:5px;padding:0 .35em;margin-right:.3em;
display:inline-block}
.xlt-missed{border:2px dotted #888}.xlt-spurious{border:1px dashed #a4262c;
text-decoration:line-through}.xlt-type{border:3px double #888}
</style>"""


class Cards(pd.DataFrame):
    """A table with text, gold, output, answer and scores whose rows a notebook shows as cards."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return pd.DataFrame  # a part of it, or what is computed from it, is a plain table

    def _repr_html_(self) -> str:
        return STYLE + "".join(card(row) for row in self.to_dict("records"))


def extremes(rows: pd.DataFrame, texts: Sequence[str], n: int) -> Cards:
    """The ``n`` rows of highest and of lowest score, with their texts; all where there are few."""
    scores = [c for c in SCORES if rows[c].notna().any()]
    # Errors count against an item, whichever columns its task has.
    rank = rows[scores].sub(2 * rows[scores].filter(["fp", "fn"]), fill_value=0).sum(axis=1)
    order = rank.sort_values(ascending=False, kind="stable").index
    chosen = [*order[:n], *order[-n:]] if len(order) > 2 * n else list(order)
    shown = rows.assign(text=list(texts))
    return Cards(shown.loc[chosen, ["text", "gold", "output", "answer", *scores]])


def card(row: dict[str, Any], more: str = "") -> str:
    """One answer as HTML: its text (or another heading), gold, answer and scores, then ``more``."""
    gold, answer = _read(row["gold"]), _read(row["answer"])
    state = "none" if answer is None else "right" if answer == gold else "wrong"
    word = {"none": "∅ no answer", "right": "✓ right", "wrong": "✗ wrong"}[state]
    scores = {k: v for k, v in row.items() if k not in {"text", "gold", "output", "answer"}}
    told = " · ".join(f"{escape(str(k))} {v:.3g}" for k, v in scores.items() if not pd.isna(v))
    lines = [f'<p dir="auto">{escape(str(row["text"]))}</p>']
    if isinstance(gold, list):
        lines.append(f"<p>{_entities(gold, answer if isinstance(answer, list) else [])}</p>")
        if answer is None:
            lines.append(f"<p><small>output</small> <bdi>{escape(str(row['output']))}</bdi></p>")
    else:
        lines.append(f"<p><small>gold</small> <bdi>{escape(_text(gold))}</bdi></p>")
        said = row["output"] if answer is None else answer
        lines.append(f"<p><small>answer</small> <bdi>{escape(_text(said))}</bdi></p>")
        if state != "none" and pd.isna(row.get("correct")):
            state, word = "text", ""  # a summary is neither right nor wrong
    head = f"<p><small>{word}{' · ' if word and told else ''}{told}</small></p>"
    return f'<div class="xlt-card xlt-{state}">{"".join(lines)}{head}{more}</div>'


def _read(content: object) -> Any:
    """What a record's JSON holds; nothing for an answer that could not be read."""
    if content is None or (isinstance(content, float) and pd.isna(content)):
        return None
    found = json.loads(str(content))
    return [tuple(one) for one in found] if isinstance(found, list) else found


def _text(content: object) -> str:
    return content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)


def _entities(gold: list[tuple], answer: list[tuple]) -> str:
    """Each entity with its type and what became of it: by words and lines, not by colour alone."""
    chips, rest = [], list(gold)
    for type_, surface, occurrence in answer:
        place = [g for g in rest if g[1:] == (surface, occurrence)]
        same = [g for g in place if g[0] == type_]
        if place:
            rest.remove((same or place)[0])
        if same:
            kind, word = "found", "found"
        elif place:
            kind, word = "type", f"wrong type, is {place[0][0]}"
        else:
            kind, word = "spurious", "spurious" if occurrence >= 0 else "not in the text"
        chips.append(_chip(kind, surface, type_, word))
    chips += [_chip("missed", surface, type_, "missed") for type_, surface, _ in rest]
    return "".join(chips) or "no entities"


def _chip(kind: str, surface: str, type_: str, word: str) -> str:
    tag = escape(str(type_).removeprefix("?"))
    return (
        f'<span class="xlt-chip xlt-{kind}"><bdi>{escape(str(surface))}</bdi> '
        f"<small>{tag} · {escape(word)}</small></span>"
    )
