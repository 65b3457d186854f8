"""One test item for a picture: its text, and what each arm that stands first made of it."""

import json
from dataclasses import dataclass

import pandas as pd

from .. import data, methods
from ..config import PAPER_ARMS, ArmSpec, Profile
from ..data.card import answered
from ..data.licences import may_be_shown
from ..data.registry import PARALLEL
from ..errors import XltError
from ..records.places import Records, select, together
from . import side_by_side

TASK = "topics"
PAPERS = tuple(arm.name for arm in PAPER_ARMS)


@dataclass(frozen=True)
class Answer:
    """What an arm does, and what it answered: None where no answer could be read."""

    arm: str
    about: str
    said: str | None


@dataclass(frozen=True)
class OneItem:
    """A test item with all answers at one number of demonstrations and one seed."""

    language: str
    text: str
    pivot: str  # the data set's own translation of it, into the pivot; or empty
    gold: str
    shots: int
    seed: int
    compared: tuple[str, ...]  # the arms by which it was chosen
    answers: tuple[Answer, ...]

    @property
    def told(self) -> str:
        """The right answer, and what each arm answered, in a sentence for those who cannot see."""
        said = (f"{one.arm} {one.said or 'nothing that can be read'}" for one in self.answers)
        return f"right is {self.gold}; {', '.join(said)}"


def first_disagreement(profile: Profile, records: Records) -> OneItem | None:
    """The first test item of which some of the paper's methods find the topic and some do not.

    It is the first in the order of the test set, of the first language besides the pivot that has
    one, at the largest number of demonstrations that all arms that stand first share, and the
    lowest seed. None where there is no such item, where its text is not here, or where its licence
    does not let it be passed on.
    """
    first = [profile.arm(name) for name in profile.first]
    names = [arm.name for arm in first]
    rows = together(
        select(records, lambda one: (one["task"] == TASK) & one["arm"].isin(names)),
        ("example_id", "correct", "answer", "output"),
    )
    rows = rows[rows["flops"].notna()]
    for spec in profile.datasets:
        for language in spec.languages if spec.task == TASK else ():
            mine = rows[(rows["dataset"] == spec.name) & (rows["language"] == language)]
            if language == profile.pivot or mine.empty:
                continue
            found = _in(profile, spec.name, language, mine, first)
            if found is not None:
                return found
    return None


def _in(
    profile: Profile,
    dataset: str,
    language: str,
    rows: pd.DataFrame,
    first: list[ArmSpec],
) -> OneItem | None:
    asked = side_by_side.condition(rows, TASK, dataset, language)
    items = _items(profile, dataset, language, set(asked["test_sha256"].dropna()))
    right = asked[asked["arm"].isin(PAPERS)].groupby("example_id")["correct"].agg(["min", "max"])
    differ = set(right.index[right["min"] < right["max"]])
    for name, item in items.items():
        if name not in differ:
            continue
        mine = asked[asked["example_id"] == name]
        parallel = _items(profile, dataset, profile.pivot, set()) if dataset in PARALLEL else {}
        english = parallel.get(name)
        told = {
            arm: None if pd.isna(answer) else str(json.loads(answer))
            for arm, answer in zip(mine["arm"], mine["answer"], strict=True)
        }
        return OneItem(
            language,
            " ".join(item.texts),
            " ".join(english.texts) if english else "",
            str(item.gold),
            int(mine["shots"].iloc[0]),
            int(mine["seed"].iloc[0]),
            tuple(arm for arm in PAPERS if arm in told),
            tuple(
                Answer(arm.name, arm.about or methods.of(arm).about, told[arm.name])
                for arm in first
                if arm.name in told
            ),
        )
    return None


def _items(
    profile: Profile, dataset: str, language: str, sums: set[str]
) -> dict[str, data.Example]:
    """The test items by id in their order.

    None where they are not here, not those answered, or not ours to pass on.
    """
    if not may_be_shown(dataset, language):
        return {}
    words = profile.document_words.get(TASK)
    try:
        test = data.load(dataset, TASK, language, "test", profile.data_dir, words=words)
    except XltError:
        return {}
    return answered(test, sums) or {}
