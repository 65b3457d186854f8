"""The grid: which notebooks run, with which parameters, after which others.

Its axes are the profile's arms, data sets and languages. Three kinds of job. *Preparation*: what a
method declares has to run before its cells (``notebooks/preparations``). *Method* cells: the
notebook of the arm's method (``notebooks/methods``), once per task, data set and language.
*Analysis*: every other notebook that has the parameter ``cells``; they read the records of the
method cells and run last. Notebooks, methods and tasks are found by their names, so that a further
one is one more file.
"""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from .. import data, methods, paths
from ..config import ArmSpec, Profile, load_profile
from ..errors import XltError
from ..methods.parallel_text import ProfileText
from ..records import provenance
from .job import Job, Kind
from .narrowing import ALL, Options, Place, cell_parameters, narrowed, places
from .notebooks import parameters, tags

__all__ = ["Job", "Kind", "Options", "notebooks", "plan"]

PREPARATIONS, METHODS, TASKS = "preparations", "methods", "tasks"  # folders of notebooks
_WHERE = "where:"  # how a tag begins that says where an analysis has anything to read


def plan(profile: str, options: Options = Options()) -> list[Job]:  # noqa: B008  it is frozen
    """All jobs of a profile, in an order in which each follows what it depends on.

    Raises :class:`XltError` for an unknown profile, language, task or method, for a notebook that
    is missing, and for whatever the data and models refuse.
    """
    name = str(paths.whole(Path(profile))) if Path(profile).suffix in {".yaml", ".yml"} else profile
    return _Grid(narrowed(profile, options), name, options, notebooks()).jobs()


def published(
    profile: str, cells: Sequence[dict[str, Any]], data_dir: str | None = None
) -> list[Job]:
    """The analyses of records that were published, over those cells, which are done.

    ``cells`` are manifests (:func:`xltlib.report.unpack.unpack`). Notebooks tagged ``needs:model``
    are left out, and those tagged ``needs:data`` where a data set is not at hand.
    """
    options = Options(methods=[ALL], data_dir=data_dir)
    spec, found = narrowed(profile, options), notebooks()
    made = [
        Job(
            found[cell["notebook"]],
            "method",
            spec.name,
            cell["parameters"],
            facts=cell["facts"],
            made=cell["cell"],
        )
        for cell in cells
        if cell["kind"] == "method"
    ]
    places = {(job.parameters["dataset"], job.parameters["language"]) for job in made}
    missing = {"needs:model"}
    if not all(data.is_at_hand(name, code, spec.data_dir) for name, code in places):
        missing.add("needs:data")
    grid = _Grid(
        spec, profile, options, {n: p for n, p in found.items() if not missing & {*tags(p)}}
    )
    return made + grid.analyses(made)


def notebooks() -> dict[str, Path]:
    """Name -> percent notebook of the project, such as ``methods/prompt``, in order.

    Raises :class:`XltError` when there are none, which an installation without its checkout has.
    """
    root = paths.NOTEBOOKS
    every = sorted(root.glob("*.py")) + sorted(root.glob("[!.]*/*.py"))
    found = {path.relative_to(root).with_suffix("").as_posix(): path for path in every}
    if not found:
        raise XltError(f"no notebooks in {root}: run from a checkout of the project")
    return found


class _Grid:
    """A plan in the making: a narrowed profile, and the notebooks there are."""

    def __init__(self, spec: Profile, name: str, options: Options, found: dict[str, Path]):
        self.spec, self.name, self.found = spec, name, found
        # --shots narrows an arm's own shots, to none where they have nothing in common.
        self.arms = [
            arm
            for arm in spec.arms
            if not (options.shots and arm.shots) or set(options.shots) & set(arm.shots)
        ]
        self.whole = load_profile(name, data_dir=spec.data_dir)  # what LAFT keeps out of its text
        self.read: dict[str, set[str]] = {}  # language -> the sets and corpora that are read in it

    @cached_property
    def parallel(self) -> str:
        """The revision of the parallel text that translators read: of all of it, so asked once."""
        return ProfileText(self.whole).revision

    def jobs(self) -> list[Job]:
        done: dict[str, Job] = {}
        for arm in self.arms:
            every = list(places(self.spec, arm))
            for place in every:
                sets = [p.dataset.name for p in every if p.code == place.code]
                before = self._preparation(arm, place, sets)
                # Arms that need the same thing share it.
                before = done.setdefault(before.id, before) if before else None
                cell = self._cell(arm, place, (before,) if before else ())
                done[cell.id] = cell
        jobs = list(done.values())
        return jobs + self.analyses(jobs) if jobs else []

    # Parameters, by kind of notebook. Each notebook has to declare exactly these.

    def _of_cell(self, arm: ArmSpec, place: Place) -> dict[str, Any]:
        asked = cell_parameters(self.spec, arm, place)
        return {"profile": self.name, **asked, "data_dir": self.spec.data_dir}

    def _preparation(self, arm: ArmSpec, place: Place, sets: Sequence[str]) -> Job | None:
        """What has to run before a cell; None where nothing has to."""
        method, spec = methods.of(arm), self.spec.of_arm(arm.name)
        method.check(spec, place.code, sets)
        made = method.preparation
        if made is None or not method.needs_preparation(spec, place.code):
            return None
        parameters: dict[str, Any] = {"profile": self.name, "arm": arm.name}
        read = method.reads(self.whole.of_arm(arm.name), place.code)
        if made.per == "cell":
            parameters = self._of_cell(arm, place)
            read = {place.dataset.name}
        else:
            parameters |= {"language": place.code, "data_dir": self.spec.data_dir}
        task = place.dataset.task if made.per == "cell" else None
        inputs = self._inputs(arm, place, read, made.settings, task)
        whole, made_in = self.whole.of_arm(arm.name), method.reads_in(spec, place.code)
        inputs |= {f"data {c}": self._data(c, method.reads(whole, c)) for c in made_in}
        return Job(
            self._notebook(f"{PREPARATIONS}/{made.notebook}", f"the method {arm.method!r}"),
            "preparation",
            self.spec.name,
            parameters,
            inputs,
            facts={"method": arm.method, "phase": made.phase, "order": self._order(arm)},
        )

    def _cell(self, arm: ArmSpec, place: Place, before: tuple[Job, ...]) -> Job:
        method, spec = methods.of(arm), self.spec.of_arm(arm.name)
        task = place.dataset.task
        settings = ("model", "max_new_tokens", "wording", "reading", "demonstrations")
        settings += ("document_words",)
        settings += method.settings
        inputs = self._inputs(arm, place, {place.dataset.name}, settings, task)
        whole, made_in = self.whole.of_arm(arm.name), method.reads_in(spec, place.code)
        inputs |= {f"data {c}": self._data(c, method.reads(whole, c)) for c in made_in}
        if lender := method.lender():
            inputs["lender"] = self._data(lender, {place.dataset.name})
        if method.picks_in_pivot:
            inputs["pool"] = self._data(spec.pivot, {place.dataset.name})
        for name, other in method.other_models(spec, place.code).items():
            inputs[name] = provenance.model(other)
        return Job(
            self._notebook(
                f"{METHODS}/{method.notebook or arm.method}", f"the method {arm.method!r}"
            ),
            "method",
            self.spec.name,
            self._of_cell(arm, place),
            inputs,
            before,
            facts={"method": arm.method, "order": self._order(arm)},
        )

    def analyses(self, before: list[Job]) -> list[Job]:
        cells = [job for job in before if job.kind == "method"]
        present = {job.parameters["task"] for job in cells}
        for kind in {job.facts["method"] for job in cells}:
            method = methods.get(kind)
            present |= {"translator"} if method.uses_translator else set()
            present |= {"training"} if method.trains else set()
        inputs = {"sources": provenance.all_sources(), "lock": provenance.lock()}
        for code, sets in sorted(self.read.items()):
            inputs[f"data {code}"] = self._data(code, sets)
        given = {"profile": self.name, "data_dir": self.spec.data_dir}
        found = []
        for name, path in self.found.items():
            folder, _, stem = name.rpartition("/")
            if folder in {PREPARATIONS, METHODS} or "cells" not in parameters(path):
                continue
            needed = {tag.removeprefix(_WHERE) for tag in tags(path) if tag.startswith(_WHERE)}
            if folder == TASKS:
                needed.add(stem)
            if needed <= present:
                facts = {"order": len(self.whole.arms)}
                job = Job(path, "analysis", self.spec.name, given, inputs, facts=facts)
                found.append(job.over(before))
        return found

    def _order(self, arm: ArmSpec) -> int:
        """The arm's place in the profile, in whose order all tables have them."""
        return [one.name for one in self.whole.arms].index(arm.name)

    def _notebook(self, name: str, what: str) -> Path:
        if name not in self.found:
            raise XltError(f"there is no notebook for {what}: add {name}.py to {paths.NOTEBOOKS}")
        return self.found[name]

    # What an outcome depends on, by content.

    def _inputs(
        self, arm: ArmSpec, place: Place, sets: set[str], settings: Sequence[str], task: str | None
    ) -> dict[str, str]:
        method, whole = methods.of(arm), self.spec
        # what is made for all tasks of a language depends on no data set's own settings
        spec = (whole.within(place.dataset.name, task) if task else whole).of_arm(arm.name)
        self.read.setdefault(place.code, set()).update(sets)
        names = {place.code} | ({spec.pivot} if method.asks_in == "pivot" else set())
        names |= {method.instructs_in()} - {""}
        own = provenance.Own(
            task=task,
            method=arm.method,
            picker=spec.demonstrations.by if "demonstrations" in settings else None,
            sets=tuple(sorted(sets)),
        )
        inputs = {
            "sources": provenance.sources(own),
            "lock": provenance.lock(),
            "data": self._data(place.code, sets),
            "languages": provenance.languages(names, task),
            "settings": provenance.digest(_settings(spec, settings, task)),
        }
        if given := method.given_json():
            inputs["given"] = provenance.digest(given)
        for part in ("model", "translator"):
            if part in settings:
                inputs[part] = provenance.model(getattr(spec, part))
        translates = "translator" in settings and spec.translator.reads_parallel_text
        if translates or method.reads_references:
            inputs["parallel"] = self.parallel
        if "projection" in settings and (encoder := spec.projection.encoder):
            inputs["encoder"] = provenance.model(encoder)
        return inputs

    def _data(self, code: str, sets: set[str]) -> str:
        """Revision of the named sets and corpora in a language."""
        folder = self.spec.data_dir
        return provenance.digest({n: provenance.data(n, code, folder) for n in sorted(sets)})


def _settings(spec: Profile, names: Sequence[str], task: str | None) -> dict[str, Any]:
    """Parts of the profile. Models are known by content, so their paths are left out."""
    chosen = spec.model_dump(mode="json", include=set(names))
    for part in ("model", "translator"):
        chosen.get(part, {}).pop("path", None)
    (chosen.get("projection", {}).get("encoder") or {}).pop("path", None)
    for part in chosen.keys() & {"max_new_tokens", "document_words"}:  # of its own task alone
        chosen[part] = chosen[part].get(task)
    return chosen
