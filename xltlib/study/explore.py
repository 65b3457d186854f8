"""One test item under every arm, from records alone: prompt, answer and gold side by side.

A prompt is made again (:mod:`.remade`) and shown where it is the one that was asked; where it is
not to be had, the reason stands in its place.
"""

from collections.abc import Sequence
from html import escape
from typing import Any, NamedTuple

import pandas as pd

from .. import data, models, tasks
from ..config import language_name, load_profile
from ..data import Example
from ..data.card import answered
from ..data.licences import may_be_shown
from ..errors import XltError
from ..records import results
from ..records.schema import SCORES
from ..stats.panel import with_arms
from . import side_by_side, whole_tokens
from .cards import STYLE, card
from .remade import remade
from .study import Study

_GRID = (
    "<style>.xlt-arms{display:grid;grid-template-columns:repeat(auto-fill,minmax(15em,1fr));"
    "gap:0 .6em}.xlt-arms pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    # a notebook's menus: as wide as a task's title, and no wider than the page
    ".jupyter-widgets.widget-dropdown{width:min(100%,36em)}"
    ".jupyter-widgets.widget-textarea{width:auto!important}</style>"
)


class Place(NamedTuple):
    """What was asked: a task's items of one data set in one language."""

    task: str
    dataset: str
    language: str

    @property
    def title(self) -> str:
        """Such as ``Topic classification in Hausa (sib200)``."""
        task = tasks.get(self.task)
        return f"{task.title} {task.joined} {language_name(self.language)} ({self.dataset})"


class Look:
    """One item under every arm: a table, which a notebook shows as cards."""

    def __init__(self, table: pd.DataFrame, html: str):
        self.table, self._html = table, html

    def __repr__(self) -> str:
        wide = ["prompt", "no_prompt"]
        return self.table.drop(columns=wide, errors="ignore").to_string(index=False)

    def _repr_html_(self) -> str:
        return self._html


class Explorer:
    """The records of a profile to look at: those of its run, or else those that were published.

    ``cells`` are those that a run's notebook was given. A run keeps what it shows, for others to
    see, so that then only texts are shown whose licence lets them be passed on. Raises
    :class:`XltError` where there are no records.
    """

    def __init__(
        self, profile: str = "mini", cells: Sequence[str] | None = None, data_dir: str | None = None
    ):
        self.profile = load_profile(profile, data_dir=data_dir)
        self._name, self._kept = profile, cells is not None
        ran = self._kept or results.newest(self.profile.name, ("method", "imported"))
        name = self.profile.name
        self.rows = results.read(name, cells) if ran else results.published(name)
        if self.rows.empty:
            raise XltError(
                f"profile {name!r} has neither finished cells nor published records: "
                f"run ./run_all.sh --profile {profile}, or name another profile"
            )
        self.source = "this run" if ran else "the published records"
        self._items: dict[Place, dict[str, Example]] = {}
        self._studies: dict[tuple[str, Place], Study] = {}
        self._lm: Any = None

    def __repr__(self) -> str:
        arms = self.rows["arm"].nunique()
        return f"{len(self.rows):,} answers of {arms} arms, from {self.source}"

    @property
    def places(self) -> list[Place]:
        """What was asked, in the order of the records."""
        columns = (self.rows[name] for name in Place._fields)
        return [Place(*one) for one in dict.fromkeys(zip(*columns, strict=True))]

    def conditions(self, place: Place) -> list[tuple[int, int]]:
        """Each number of demonstrations with its seeds, those first that most arms answered."""
        rows = self._of(place)
        arms = rows.groupby(["shots", "seed"])["arm"].nunique()
        order = sorted(arms.items(), key=lambda one: (-one[1], -one[0][0], one[0][1]))
        return [(int(shots), int(seed)) for (shots, seed), _ in order]

    def items(self, place: Place, shots: int, seed: int) -> list[str]:
        """Ids of the items answered, those first on which the arms differ most."""
        rows = self._of(place, shots, seed)
        return side_by_side.telling(rows, rows["example_id"].nunique())

    def look(self, place: Place, shots: int, seed: int, item: str) -> Look:
        """What every arm was asked about an item, and what it answered.

        The table has a prompt's text under ``prompt``, or under ``no_prompt`` why it is not there.
        """
        rows = self._of(place, shots, seed)
        rows = rows[rows["example_id"] == item]
        if rows.empty:
            names = self.items(place, shots, seed)
            raise XltError(
                f"`item` is {item!r}, but {place.title} with {shots} demonstrations has "
                f"{', '.join(map(repr, names[:3]))} ... ({len(names)} items): name one of these"
            )
        shown = not self._kept or may_be_shown(place.dataset, place.language)
        example = self._examples(place).get(item) if shown else None
        if example:
            text, absent = " / ".join(example.texts), ""
        else:
            absent = "The data are not here." if shown else "Its texts are not ours to pass on."
            text = absent
        made = []
        for row in rows.to_dict("records"):
            prompt, why = self._prompt(place, row, example) if example else (None, absent)
            known: dict[str, Any] = {"arm": row["arm"], "prompt": prompt, "no_prompt": why or None}
            known |= {"gold": row["gold"]}
            known |= {name: row[name] for name in ("output", "answer", *SCORES)}
            if not shown:
                label = tasks.get(place.task).kind == "choose"  # which is no text of the data
                kept_back = ("output",) if label else ("gold", "output", "answer")
                known |= dict.fromkeys(kept_back, None)
            made.append(known)
        told = f"{place.title} · {item} · {shots} demonstrations, seed {seed}"
        head = f"<p><small>{escape(told)}</small></p><p>{escape(text)}</p>"
        cards = "".join(map(_card, made))
        html = f'{STYLE}{_GRID}{head}<div class="xlt-arms">{cards}</div>'
        return Look(pd.DataFrame(made).dropna(axis=1, how="all"), html)

    def ask(self, prompt: str, task: str) -> str:
        """What the profile's model writes after a prompt of your own, as long as an answer may be.

        The model is loaded the first time. Raises :class:`XltError` where it is not at hand.
        """
        spec, own = self.profile.model, tasks.get(task)
        if self._lm is None:
            self._lm = models.load_lm(spec)
        whole_tokens.check(spec, self._lm.tokenizer, [prompt])
        said = [{"role": "user", "content": prompt}] if self._lm.takes_messages else prompt
        longest = self.profile.max_new_tokens.get(task, own.max_new_tokens)
        return self._lm.generate([said], longest, own.stop)[0].text.strip()

    def _of(self, place: Place, *condition: int) -> pd.DataFrame:
        wanted = dict(zip((*Place._fields, "shots", "seed"), (*place, *condition), strict=False))
        kept = (self.rows[list(wanted)] == list(wanted.values())).all(axis=1)
        return with_arms(self.rows[kept].assign(plain=self.rows.loc[kept, "arm"]))

    def _examples(self, place: Place) -> dict[str, Example]:
        """The test items by id; none where they are not at hand, or are not those answered."""
        if place not in self._items:
            where = (place.dataset, place.task, place.language)
            words = self.profile.document_words.get(place.task)
            try:
                test = data.load(*where, "test", self.profile.data_dir, words=words)
            except XltError:
                test = []
            sums = set(self._of(place)["test_sha256"].dropna())
            self._items[place] = answered(test, sums) or {}
        return self._items[place]

    def _prompt(self, place: Place, row: dict[str, Any], item: Example) -> tuple[str | None, str]:
        """A record's prompt, or else why it is not to be had."""
        arm = (row["plain"], place)
        try:
            if arm not in self._studies:
                self._studies[arm] = Study(
                    row["plain"],
                    place.task,
                    profile=self._name,
                    dataset=place.dataset,
                    language=place.language,
                    data_dir=self.profile.data_dir,
                )
        except XltError as error:  # an arm that this profile does not have, or not with these data
            return None, f"Not to be made again here: {error}."
        return remade(self._studies[arm], row, item)


def _card(known: dict[str, Any]) -> str:
    prompt = known["prompt"]
    told = f"<pre>{escape(prompt)}</pre>" if prompt else f"<p>{escape(known['no_prompt'])}</p>"
    more = f"<details><summary>prompt</summary>{told}</details>"
    apart = {"arm", "prompt", "no_prompt"}
    row = {k: v for k, v in known.items() if k not in apart} | {"text": known["arm"]}
    if not pd.isna(known["gold"]):
        return card(row | {"output": "" if pd.isna(row["output"]) else row["output"]}, more)
    scores = " · ".join(f"{n} {row[n]:.3g}" for n in SCORES if not pd.isna(row[n]))
    return (
        f'<div class="xlt-card"><p>{escape(known["arm"])}</p><p><small>{scores}</small></p></div>'
    )
