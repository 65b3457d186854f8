"""The grid: which notebooks run, with which parameters, after which others.

Three kinds of job. *Preparation*: one language model adapted per language
(``20_laft_adaptation``), one set of translations per task, data set and language
(``50_translation``). *Method* cells: one notebook per method and task, run once per data set and
language. *Analysis*: every other notebook below 90; they read the records of the method cells and
run last. Notebooks are found by their names, so that a further task or method is one more file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from .. import paths
from ..config import METHODS, DatasetSpec, Profile, load_profile
from ..data import is_decontaminated
from ..errors import XltError, not_one_of
from ..methods.laft import check_adaptable, check_leaks, released
from ..methods.parallel_text import ProfileText
from ..records import provenance, results
from ..tasks import names

LAFT, TRANSLATION = "20_laft_adaptation", "50_translation"
PROJECTION = "65_projection"  # loads the translator: runs where `translate` is asked for entities
PIVOT = "eng"  # has nothing to be adapted or translated to: only `prompt` has English cells

Kind = Literal["preparation", "method", "analysis"]


@dataclass(frozen=True)
class Options:
    """What a command line may narrow or replace; empty means: as the profile has it."""

    languages: Sequence[str] = ()
    tasks: Sequence[str] = ()
    methods: Sequence[str] = ()
    shots: Sequence[int] = ()
    seeds: Sequence[int] = ()
    limit: int | None = None  # test items per data set and language
    data_dir: str | None = None


@dataclass(frozen=True)
class Job:
    """One notebook with its parameters: a cell of the grid.

    ``parameters`` hold JSON types only. ``inputs`` are content hashes of all that the outcome
    depends on besides parameters, notebook and ``depends_on``. ``caches`` are patterns, below
    ``runs/<profile>``, of what the job keeps outside its own folder.
    """

    notebook: Path
    kind: Kind
    profile: str
    parameters: dict[str, Any]
    inputs: dict[str, str] = field(default_factory=dict)
    depends_on: tuple["Job", ...] = ()
    caches: tuple[str, ...] = ()

    @cached_property
    def id(self) -> str:
        """The first 16 digits of the hash of all that the job's outcome depends on.

        Folders of data and files of profiles and languages stand in the parameters by path; what
        they hold is among the inputs, so the paths are left out.
        """
        from .notebooks import sha256

        parameters = {
            k: Path(v).stem if k in {"profile", "language"} else v
            for k, v in self.parameters.items()
            if k != "data_dir"
        }
        content = {
            # by name too: the same code may serve two methods
            "name": self.notebook.stem,
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
        """The job in words, for people."""
        names = [self.parameters.get(k) for k in ("task", "dataset", "language")]
        return " ".join([self.notebook.stem, *(Path(n).stem for n in names if n)])

    def over(self, complete: Sequence["Job"]) -> "Job":
        """This analysis over the cells that are complete, in the order of the grid.

        Imported predictions for the same tasks, data sets and languages come after them.
        """
        own = [job for job in complete if job.kind == "method"]
        places = {
            (j.notebook.stem.split("_")[-1], j.parameters.get("dataset"), j.parameters["language"])
            for j in own
        }
        cells = [job.id for job in own] + results.imported(self.profile, places)
        return replace(
            self, parameters=self.parameters | {"cells": cells}, depends_on=tuple(complete)
        )


def plan(profile: str, options: Options = Options()) -> list[Job]:  # noqa: B008  it is frozen
    """All jobs of a profile, in an order in which each follows what it depends on.

    Raises :class:`XltError` for an unknown profile, language, task or method, for a notebook that
    is missing, and for whatever the data and models refuse.
    """
    spec = load_profile(
        profile,
        shots=list(options.shots),
        seeds=list(options.seeds),
        limit=options.limit,
        data_dir=_data_dir(options.data_dir),
    )
    if spec.data_dir and not options.data_dir:
        spec = spec.model_copy(update={"data_dir": _data_dir(spec.data_dir)})
    name = str(Path(profile).resolve()) if Path(profile).suffix in {".yaml", ".yml"} else profile
    return _Grid(spec, name, options, notebooks()).jobs()


def notebooks() -> dict[str, Path]:
    """Stem -> percent notebook of the project, in order.

    Raises :class:`XltError` when there are none, which an installation without its checkout has.
    """
    found = {p.stem: p for p in sorted(paths.NOTEBOOKS.glob("[0-9][0-9]_*.py"))}
    if not found:
        raise XltError(f"no notebooks in {paths.NOTEBOOKS}: run from a checkout of the project")
    return found


def _data_dir(given: str | None) -> str | None:
    if given is None:
        return None
    path = Path(given).expanduser().resolve()
    if not path.is_dir():
        raise XltError(
            f"`data_dir` must be a folder that exists, but got {given!r}: check the path given to "
            "--data-dir"
        )
    return str(path)


class _Grid:
    """A plan in the making: a profile, what was asked of it, and the notebooks there are."""

    def __init__(self, spec: Profile, name: str, options: Options, found: dict[str, Path]):
        self.spec, self.name, self.found = spec, name, found
        self.methods = self._choose("methods", options.methods, METHODS)
        self.tasks = self._choose("tasks", options.tasks, [d.task for d in spec.datasets], names())
        chosen = [d for d in spec.datasets if d.task in self.tasks]
        offered = [code for d in chosen for code in d.languages]
        self.languages = self._choose("languages", options.languages, offered)
        self.cells = [(d, code) for d in chosen for code in d.languages if code in self.languages]
        numbered = re.compile(rf"\d\d_({'|'.join(METHODS)})_({'|'.join(names())})")
        self.by_name = {m.groups(): p for s, p in found.items() if (m := numbered.fullmatch(s))}

    @staticmethod
    def _choose(
        parameter: str, asked: Sequence[str], offered: Sequence[str], order: Sequence[str] = ()
    ) -> list[str]:
        """What was asked for, or all on offer, each once and in the order of the offer."""
        allowed = [x for x in order if x in offered] or list(dict.fromkeys(offered))
        for value in asked:
            if value not in allowed:
                raise not_one_of(parameter, value, allowed)
        return [x for x in allowed if x in asked or not asked]

    def jobs(self) -> list[Job]:
        done: list[Job] = []
        adapted: dict[str, Job] = {}
        translated: dict[tuple[str, str, str], Job] = {}
        for method in self.methods:
            for dataset, code in self.cells:
                if method != "prompt" and code == PIVOT:
                    continue
                before: tuple[Job, ...] = ()
                if method == "laft" and code not in self.spec.laft.adapted:
                    if code not in adapted:
                        adapted[code] = self._adaptation(code)
                        done.append(adapted[code])
                    before = (adapted[code],)
                if method == "translate":
                    key = (dataset.task, dataset.name, code)
                    if key not in translated:
                        translated[key] = self._translation(dataset, code)
                        done.append(translated[key])
                    before = (translated[key],)
                done.append(self._cell(method, dataset, code, before))
        return done + self._analyses(done)

    # Parameters, by kind of notebook. Each notebook has to declare exactly these.

    def _of_cell(self, dataset: DatasetSpec, code: str) -> dict[str, Any]:
        return {
            "profile": self.name,
            "dataset": dataset.name,
            "language": code,
            "shots": list(self.spec.shots),
            "seeds": list(self.spec.seeds),
            "limit": self.spec.limit,
            "data_dir": self.spec.data_dir,
        }

    def _adaptation(self, code: str) -> Job:
        check_adaptable(self.spec)
        source = self.spec.laft.corpus.get(code)
        if source is None:
            raise not_one_of(
                "languages",
                code,
                self.spec.laft.corpus,
                f"give profile {self.spec.name!r} a text under laft.corpus.{code}, or leave out "
                "the method laft",
            )
        check_leaks(self.spec, code, [d.name for d, other in self.cells if other == code])
        # what is dropped from a text depends on all test sets, also those that do not run
        tests = [d.name for d in self.spec.datasets] if is_decontaminated(source) else []
        return Job(
            self._notebook(LAFT),
            "preparation",
            self.spec.name,
            {"profile": self.name, "language": code, "data_dir": self.spec.data_dir},
            self._inputs(code, {source, *tests}, ["model", "laft"]),
            caches=(f"adapted/{code}-*", f"corpora/{code}-*"),
        )

    def _translation(self, dataset: DatasetSpec, code: str) -> Job:
        return Job(
            self._notebook(TRANSLATION),
            "preparation",
            self.spec.name,
            {"task": dataset.task} | self._of_cell(dataset, code),
            self._inputs(code, {dataset.name}, ["translator", "projection"]),
            caches=(f"translations/{dataset.task}-{dataset.name}-{code}.sqlite*",),
        )

    def _cell(self, method: str, dataset: DatasetSpec, code: str, before: tuple[Job, ...]) -> Job:
        if (method, dataset.task) not in self.by_name:
            raise XltError(
                f"there is no notebook for the method {method!r} and the task {dataset.task!r}: "
                f"add NN_{method}_{dataset.task}.py to {paths.NOTEBOOKS}"
            )
        parts = {"prompt": [], "laft": ["laft"], "translate": ["translator", "projection"]}
        parts = parts[method]
        inputs = self._inputs(code, {dataset.name}, ["model", "max_new_tokens", "wording", *parts])
        if method == "laft" and (other := released(self.spec, code)):
            inputs["adapted"] = provenance.model(other)
        return Job(
            self.by_name[method, dataset.task],
            "method",
            self.spec.name,
            self._of_cell(dataset, code),
            inputs,
            before,
        )

    def _analyses(self, before: list[Job]) -> list[Job]:
        special = {LAFT, TRANSLATION, *(p.stem for p in self.by_name.values())}
        if "translate" not in self.methods or "ner" not in self.tasks:
            special.add(PROJECTION)
        stems = [s for s in self.found if s not in special and s < "90"]
        sets = {d.name for d in self.spec.datasets} | set(self.spec.laft.corpus.values())
        inputs = {"sources": provenance.sources("analysis"), "lock": provenance.lock()}
        for code in self.languages:
            inputs[f"data {code}"] = self._data(code, sets)
        parameters = {"profile": self.name, "data_dir": self.spec.data_dir}
        return [
            Job(self.found[s], "analysis", self.spec.name, parameters, inputs).over(before)
            for s in stems
        ]

    def _notebook(self, stem: str) -> Path:
        if stem not in self.found:
            raise XltError(f"the notebook {stem}.py is missing from {paths.NOTEBOOKS}")
        return self.found[stem]

    # What an outcome depends on, by content.

    def _inputs(self, code: str, sets: set[str], settings: list[str]) -> dict[str, str]:
        inputs = {
            "sources": provenance.sources("records"),
            "lock": provenance.lock(),
            "data": self._data(code, sets),
            "languages": provenance.languages({code, PIVOT}),
            "settings": provenance.digest(self._settings(settings)),
        }
        for part in ("model", "translator"):
            if part in settings:
                inputs[part] = provenance.model(getattr(self.spec, part))
        if "translator" in settings and self.spec.translator.reads_parallel_text:
            inputs["parallel"] = self._parallel.revision
        if "projection" in settings and (encoder := self.spec.projection.encoder):
            inputs["encoder"] = provenance.model(encoder)
        return inputs

    @cached_property
    def _parallel(self) -> ProfileText:
        return ProfileText(self.spec)

    def _settings(self, names: list[str]) -> dict[str, Any]:
        """Parts of the profile. Models are known by content, so their paths are left out."""
        chosen = self.spec.model_dump(mode="json", include=set(names))
        for part in ("model", "translator"):
            chosen.get(part, {}).pop("path", None)
        (chosen.get("projection", {}).get("encoder") or {}).pop("path", None)
        return chosen

    def _data(self, code: str, sets: set[str]) -> str:
        """Revision of the named sets that have this language."""
        in_language = {d.name for d in self.spec.datasets if code in d.languages}
        laft = self.spec.laft
        if code in laft.corpus and code not in laft.adapted:
            in_language.add(laft.corpus[code])
        wanted = sorted(sets & in_language)
        return provenance.digest(
            {name: provenance.data(name, code, self.spec.data_dir) for name in wanted}
        )
