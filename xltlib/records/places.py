"""Records one place after another, a place being a task, a data set and a language.

What is compared on the same items stands in one place, so that statistics can go through a grid of
any size with the records of a few places in memory. What they need of all at once is a row for each
cell, shot count and seed (:func:`conditions`).
"""

import copy
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TypeAlias

import pandas as pd

from ..errors import XltError
from . import schema

IMPORTED = "imported-"  # how the folders of imported predictions begin
PLACE = ["task", "dataset", "language"]
#: Bytes of files up to which records that were read stay in memory, where they take ten times that.
KEPT = 32 * 2**20
#: Bytes of files up to which places of a task are read together: each frame costs time of its own.
TOGETHER = 2 * 2**20
#: What is added up of answers; where it is not known, it is null.
SUMS = ["seconds", "flops", "model_tokens", "distinct_tokens", "prompt_tokens", "output_tokens"]
_NAMES = ["cell_id", "arm", "method", "model", "model_revision", *PLACE, "shots", "seed"]
Mask: TypeAlias = Callable[[pd.DataFrame], pd.Series]


class Places:
    """The records of cells, as frames of whole places; one can go through them again and again.

    A frame holds one place, or several small ones of the same task. ``cells``: the folder of each
    and its place, in the order that all records together have.
    """

    def __init__(self, cells: Sequence[tuple[Path, tuple[str, ...]]]):
        together: dict[tuple[str, ...], list[Path]] = defaultdict(list)
        for folder, place in cells:
            together[place].append(folder)
        # as tables are sorted; tasks as they come
        task = {name: i for i, name in enumerate(dict.fromkeys(name for name, *_ in together))}
        every = sorted(together, key=lambda place: (task[place[0]], *place))
        self._size, self._folders = _batches([(place[0], together[place]) for place in every])
        self._order = {folder.name: i for i, (folder, _) in enumerate(cells)}
        self._masks: tuple[Mask, ...] = ()

    def __iter__(self) -> Iterator[pd.DataFrame]:
        return self.frames()

    def __repr__(self) -> str:
        known = self.conditions
        return f"{known['answers'].sum():,} answers in {known['cell_id'].nunique()} cells"

    def frames(self, columns: Collection[str] | None = None) -> Iterator[pd.DataFrame]:
        """Frames of whole places; ``columns``: those alone, and what names a row and its cell.

        By default all columns. Raises :class:`XltError` where the cells of a place answer different
        data.
        """
        if columns is not None:  # without FLOPs: made elsewhere
            columns = {*columns, *schema.KEY, "cell_id", "test_sha256", "flops"}
        for rows in self._kept or (read(folders, columns) for folders in self._folders):
            if columns is not None:
                rows = rows[[name for name in rows if name in columns]]
            for mask in self._masks:
                rows = rows[mask(rows)]
            if len(rows):
                yield rows

    @cached_property
    def _kept(self) -> list[pd.DataFrame]:
        """All frames, where they are few: nothing needs to be read again."""
        return [read(folders) for folders in self._folders] if self._size <= KEPT else []

    def select(self, mask: Mask) -> "Places":
        """Of the records those for which ``mask`` is true, which says so of their
        :func:`conditions` as well: it may ask for names, and whether FLOPs are known."""
        whole, chosen = self.conditions, copy.copy(self)
        chosen._masks = (*self._masks, mask)
        chosen.conditions = whole[mask(whole)].reset_index(drop=True)
        return chosen

    def together(self, columns: Collection[str] | None = None) -> pd.DataFrame:
        """One frame of all places, in the order of the cells: for few records or few columns."""
        frames = list(self.frames(columns))
        return self._ordered(frames) if frames else schema.SCHEMA.empty_table().to_pandas()

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """The :func:`conditions` of all records, in the order of the cells."""
        return self._ordered([conditions(rows) for rows in self.frames([*_NAMES, *SUMS])])

    def _ordered(self, frames: list[pd.DataFrame]) -> pd.DataFrame:
        rows = pd.concat(frames, ignore_index=True)
        at = rows["cell_id"].map(self._order).sort_values(kind="stable").index
        return rows.loc[at].reset_index(drop=True)


def _batches(places: Sequence[tuple[str, list[Path]]]) -> tuple[int, list[list[Path]]]:
    """Bytes of all files, and the folders that are read together."""
    whole = 0
    batches: list[list[Path]] = []
    for _, same in groupby(places, key=itemgetter(0)):
        room = -1
        for _, folders in same:
            files = [folder / "records.parquet" for folder in folders]
            size = sum(file.stat().st_size for file in files if file.is_file())
            if size > room:
                batches.append([])
                room = TOGETHER
            batches[-1].extend(folders)
            whole, room = whole + size, room - size
    return whole, batches


#: Records that a table is made from: one frame, or the frames of whole places.
Records: TypeAlias = pd.DataFrame | Places


def conditions(records: Records) -> pd.DataFrame:
    """A row for each cell, shot count and seed of the records, as they come.

    Columns: those that name them, ``answers`` (how many) and :data:`SUMS` added up. Answers of
    which other sums are known stand in rows of their own, so that each sum is of all or of none.
    """
    if isinstance(records, Places):
        return records.conditions
    sums = [name for name in SUMS if name in records]
    known = records[sums].notna().add_prefix("known_")
    names = [name for name in _NAMES if name in records]
    groups = pd.concat([records, known], axis=1).groupby([*names, *known], sort=False, dropna=False)
    table = groups[sums].sum(min_count=1).assign(answers=groups.size()).reset_index()
    return table.reindex(columns=[*names, *SUMS, "answers"])


def select(records: Records, mask: Mask) -> Records:
    """Of the records those for which ``mask`` is true (:meth:`Places.select`)."""
    if isinstance(records, Places):
        return records.select(mask)
    return records[mask(records)].reset_index(drop=True)


def together(records: Records, columns: Collection[str] | None = None) -> pd.DataFrame:
    """The records in one frame (:meth:`Places.together`)."""
    return records.together(columns) if isinstance(records, Places) else records


def items(records: Records) -> dict[tuple[str, ...], set[str]]:
    """The test items that were answered: (task, data set, language) -> their ids."""
    frames = records.frames(()) if isinstance(records, Places) else [records]
    return {
        key: set(some["example_id"])
        for rows in frames
        for key, some in rows.groupby(PLACE, sort=False)
    }


def read(folders: Sequence[Path], columns: Collection[str] | None = None) -> pd.DataFrame:
    """The records of cells, of imports those of items that the cells of the same place answer."""
    rows = schema.read((folder / "records.parquet" for folder in folders), columns)
    _check_same_data(rows)
    foreign = rows["cell_id"].str.startswith(IMPORTED)
    if not foreign.any() or foreign.all():
        return rows
    place, item = (pd.MultiIndex.from_frame(rows[[*PLACE, *c]]) for c in ([], ["example_id"]))
    strange = foreign & place.isin(place[~foreign]) & ~item.isin(item[~foreign])
    return rows[~strange].reset_index(drop=True)


def _check_same_data(rows: pd.DataFrame) -> None:
    for place, some in rows.groupby(PLACE, sort=False):
        by_data = some.groupby("test_sha256", sort=False)["cell_id"].unique()
        if len(by_data) > 1:
            cells = "; ".join(f"{', '.join(ids)}: {sha[:12]}" for sha, ids in by_data.items())
            raise XltError(
                f"the cells of {' '.join(place)} have answered different test data (`test_sha256` "
                f"by cell: {cells}): run the grid again with the data that you mean; import "
                "predictions that were made for it again, and delete the folders of those that "
                "were not"
            )
