"""A job: one notebook with its parameters, and the id that says what its outcome depends on."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from .. import paths
from ..records import provenance, results

Kind = Literal["preparation", "method", "analysis"]


@dataclass(frozen=True)
class Job:
    """One notebook with its parameters: a cell of the grid.

    ``parameters`` hold JSON types only. ``inputs`` are content hashes of all that the outcome
    depends on besides parameters, notebook and ``depends_on``; ``facts`` are what readers of
    its manifest want to know of it besides its parameters.
    """

    notebook: Path
    kind: Kind
    profile: str
    parameters: dict[str, Any]
    inputs: dict[str, str] = field(default_factory=dict)
    depends_on: tuple["Job", ...] = ()
    facts: dict[str, Any] = field(default_factory=dict)
    made: str = ""  # the id that it was published under: its sources may be others by now

    @property
    def name(self) -> str:
        """The notebook's place in the project without its suffix, such as ``methods/prompt``."""
        if self.notebook.is_relative_to(paths.NOTEBOOKS):
            return self.notebook.relative_to(paths.NOTEBOOKS).with_suffix("").as_posix()
        return self.notebook.stem

    @cached_property
    def id(self) -> str:
        """The first 16 digits of the hash of all that the job's outcome depends on.

        Folders of data and files of profiles and languages stand in the parameters by path; what
        they hold is among the inputs, so the paths are left out. What a preparation makes depends
        on its arm's settings, which are among the inputs, not on the arm's name: arms share it.
        """
        from .notebooks import sha256

        if self.made:
            return self.made
        left_out = {"data_dir", "arm"} if self.kind == "preparation" else {"data_dir"}
        parameters = {
            k: Path(v).stem if k in {"profile", "language"} else v
            for k, v in self.parameters.items()
            if k not in left_out
        }
        content = {
            # by name too: the same code may serve two methods
            "name": self.name,
            "notebook": sha256(self.notebook, markdown=self.kind == "analysis"),
            "parameters": parameters,
            "inputs": self.inputs,
            "depends_on": [before.id for before in self.depends_on],
        }
        return provenance.digest(content)[:16]

    @property
    def folder(self) -> Path:
        return paths.runs(self.profile) / self.id

    @property
    def label(self) -> str:
        """The job in words, for people: a cell by its arm, what else runs by its notebook."""
        given = [self.parameters.get(k) for k in ("arm", "task", "dataset", "language")]
        names = [Path(name).stem for name in given if name]
        if self.kind == "method" and self.parameters.get("arm"):
            return " ".join(names)
        name = self.name if self.kind == "analysis" else self.notebook.stem
        return " ".join([name, *names])

    def over(self, complete: Sequence["Job"]) -> "Job":
        """This analysis over the cells that are complete, in the order of the grid.

        Imported predictions for the same tasks, data sets and languages come after them.
        """
        own = [job for job in complete if job.kind == "method"]
        where = ("task", "dataset", "language")
        places = {tuple(job.parameters.get(name) for name in where) for job in own}
        cells = [job.id for job in own] + results.imported(self.profile, places)
        return replace(
            self, parameters=self.parameters | {"cells": cells}, depends_on=tuple(complete)
        )
