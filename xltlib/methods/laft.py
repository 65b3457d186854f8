"""``laft``: the model is first trained further on target-language text, then prompted.

One adapted model per language, shared by all tasks. It is stored by content: under a name that
hashes the base model, the text and the settings, so that nothing is trained twice and no change
goes unnoticed. A profile may name models instead that others have adapted (``laft.adapted``).
"""

import contextlib
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path

import pandas as pd

from .. import data, files, locks, models, paths, tasks
from ..config import DatasetSpec, Language, ModelSpec, Profile, load_language
from ..data.leaks.decontaminate import Decontaminated
from ..errors import XltError, not_one_of
from .base import Preparation
from .joint_text import joined, recipe
from .prompt import Prompt, known_as


class Laft(Prompt):
    """Few-shot prompting of the language's own adapted model."""

    about = "the model first reads more text of the language, then is prompted"
    trains = True
    preparation = Preparation(
        notebook="adapt",
        per="language",
        settings=("model", "laft"),
        phase="training",
    )
    settings = ("laft",)

    def load(self) -> None:
        profile, target = self.profile, self.language
        if spec := released(profile, target.code):
            self.lm = models.load_lm(spec)
            revision = f"{_named(spec)} {models.revision(spec)}"
            self.revision = known_as(revision, spec, self.lm)
            return
        folder, history = adapted(profile, target)
        self.lm = models.load_lm(profile.model, folder)
        # the name hashes the base model, the text and the settings
        self.revision = known_as(folder.name, profile.model, self.lm)
        self.history = history.assign(language=target.code, model_revision=self.revision)

    @classmethod
    def check(cls, profile: Profile, language: str, datasets: Iterable[str]) -> None:
        if language not in profile.laft.adapted:
            check_adaptable(profile)
        check_leaks(profile, language, datasets)

    @classmethod
    def lacks(cls, profile: Profile, language: str) -> str:
        spec = profile.laft
        source = spec.corpus.get(language)
        if spec.min_lines is None or source is None or language in spec.adapted:
            return ""
        folder = profile.data_dir
        lines = _lines(source, language, folder, data.revision(source, language, folder))
        if lines >= spec.min_lines:
            return ""
        return f"{source} has {lines:,} lines here, fewer than laft.min_lines ({spec.min_lines:,})"

    @classmethod
    def needs_preparation(cls, profile: Profile, language: str) -> bool:
        return language not in profile.laft.adapted

    @classmethod
    def reads(cls, profile: Profile, language: str) -> set[str]:
        source = corpus_of(profile, language)
        # what is dropped from a text depends on all test sets, also those that do not run
        if not data.is_decontaminated(source):
            return {source}
        cleaned_of = (d for d in profile.datasets if language in d.languages and not d.every_token)
        folder = profile.data_dir
        return {source, *(d.name for d in cleaned_of if data.is_at_hand(d.name, language, folder))}

    @classmethod
    def reads_in(cls, profile: Profile, language: str) -> tuple[str, ...]:
        return tuple(code for code in profile.laft.joint if code != language)

    @classmethod
    def keeps(cls, profile: Profile, target: Language, scope: str) -> list[Path]:
        code, folder = target.code, paths.runs(profile.name) / "adapted"
        if released(profile, code):
            return []
        found = []
        # To know a model's name its text is read: not where there is none to be found.
        if any(folder.glob(f"{_whose(profile, code)}-*")):
            found.append(_folder(profile, code, _content(training_text(profile, target))))
        for one in profile.laft.joint or (code,):
            if data.is_decontaminated(corpus_of(profile, one)):
                found.append(_text_file(profile, one, _tests(profile, one)))
        return found

    @classmethod
    def other_models(cls, profile: Profile, language: str) -> dict[str, ModelSpec]:
        spec = released(profile, language)
        return {"adapted": spec} if spec else {}


METHOD = Laft


@functools.cache  # planning asks for every cell
def _lines(source: str, language: str, data_dir: str | None, revision: str) -> int:
    """How many lines a corpus has; another ``revision`` is another text."""
    return len(data.corpus(source, language, data_dir))


def released(profile: Profile, language: str) -> ModelSpec | None:
    """The model that the profile says others adapted to ``language``; None where it is trained."""
    given = profile.laft.adapted.get(language)
    if given is None:
        return None
    if paths.expanded(given).is_dir():  # whose name may hold an @
        path, revision = given, ""
    else:
        path, _, revision = given.rpartition("@") if "@" in given else (given, "", "")
    return profile.model.model_copy(
        update={"path": path, "revision": revision or None, "vocabulary": None}
    )


def _named(spec: ModelSpec) -> str:
    """The hub id of a released model; of a folder its name, not where it is."""
    folder = paths.expanded(spec.path)
    return folder.name if folder.is_dir() else spec.path


def corpus_of(profile: Profile, language: str) -> str:
    """The text that a language is adapted on. Raises :class:`XltError` where there is none."""
    source = profile.laft.corpus.get(language)
    if source is None:
        raise not_one_of(
            "language",
            language,
            profile.laft.corpus,
            f"give profile {profile.name!r} a text under laft.corpus.{language}, or leave out the "
            "arms that adapt to the language",
        )
    return source


def training_text(profile: Profile, language: Language) -> Decontaminated:
    """What a language is adapted on, as the profile names it, and what was dropped from it.

    Published text is cleaned of everything that overlaps with any test set of the profile in this
    language; with ``laft.allow_leaks``, not of the test sets that were taken from this very text.
    What is left is kept on disk, so that a stream is read, and a text generated, once. Of the
    languages of ``laft.joint`` it is one text, the same for all of them.
    """
    if profile.laft.joint:
        own = [_own_text(profile, load_language(code)) for code in profile.laft.joint]
        spec = profile.laft
        return joined(
            own, models.load_tokenizer(profile.model), spec.seed, spec.document_characters
        )
    return _own_text(profile, language)


def _own_text(profile: Profile, language: Language) -> Decontaminated:
    source = corpus_of(profile, language.code)
    cleaned = data.is_decontaminated(source)
    tests = _tests(profile, language.code) if cleaned else []
    kept = _text_file(profile, language.code, tests)
    found = _kept_text(kept)
    if found is None:
        where = (source, language.code, profile.data_dir, profile.laft.max_lines)
        found = data.training_text(*where, test_texts=tests)
        made = asdict(found) | {"sha256": _hash(found)}
        files.write(kept, json.dumps(made, ensure_ascii=False))
    return replace(found, absent=_absent(profile, language.code) if cleaned else ())


def _tests(profile: Profile, language: str) -> list[str]:
    """The texts that are kept out of what a language is adapted on."""
    sets = tuple(_cleaned_of(profile, language))
    return evaluated_texts(profile.model_copy(update={"datasets": sets}), language)


def _cleaned_of(profile: Profile, language: str) -> Iterator[DatasetSpec]:
    """The data sets whose test texts are kept out of what a language is adapted on."""
    allowed = data.leaked_sets(corpus_of(profile, language)) if profile.laft.allow_leaks else ()
    for one in profile.datasets:
        # no adapted model is asked about a set that needs the whole vocabulary
        if one.name not in allowed and not one.every_token:
            yield one


def _absent(profile: Profile, language: str) -> tuple[str, ...]:
    """Those of them that are in the language and cannot be read here."""
    sets = (one for one in _cleaned_of(profile, language) if _is_in(language, one))
    named = dict.fromkeys(one.name for one in sets)
    return tuple(n for n in named if not data.is_at_hand(n, language, profile.data_dir))


def _is_in(language: str, dataset: DatasetSpec) -> bool:
    return language in (load_language(name).code for name in dataset.languages)


def _text_file(profile: Profile, language: str, tests: list[str]) -> Path:
    """Where the text without ``tests`` is kept."""
    revision = data.revision(corpus_of(profile, language), language, profile.data_dir)
    made_of = json.dumps([revision, profile.laft.max_lines, tests])
    name = f"{language}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}.json"
    return paths.runs(profile.name) / "corpora" / name


def _kept_text(path: Path) -> Decontaminated | None:
    """The text that was kept; None where there is none, or its lines are not those written."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        proof = content.pop("sha256")
        known = Decontaminated(**content)
        whole = proof == _hash(known) and all(isinstance(n, int) for n in known.counts.values())
        return known if whole else None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _hash(text: Decontaminated) -> str:
    return hashlib.sha256(json.dumps(text.lines).encode()).hexdigest()


def adapted_on(profile: Profile, language: Language, lines: int = 3) -> list[str]:
    """The first ``lines`` of the text that a language is adapted on.

    Test sets that it could not be cleaned of are named in a sentence after them. Where others have
    adapted the model, one line that says which model stands in its place.
    """
    if spec := released(profile, language.code):
        name = f"{_named(spec)}@{spec.revision}" if spec.revision else _named(spec)
        return [f"{name}: adapted by others, whose model card says on what"]
    read = training_text(profile, language)
    return read.lines[:lines] + ([read.unclean] if read.unclean else [])


def evaluated_texts(profile: Profile, language: str) -> list[str]:
    """Everything in the profile's test sets that a model must not have read: texts and summaries.

    Of all items, whatever the profile's limit; of all data sets that can be read here: no others
    can be evaluated.
    """
    found: set[str] = set()
    for dataset in profile.datasets:
        at_hand = data.is_at_hand(dataset.name, language, profile.data_dir)
        if at_hand and _is_in(language, dataset):
            items = data.load(dataset.name, dataset.task, language, "test", profile.data_dir)
            task = tasks.get(dataset.task)
            found.update(text for item in items for text in task.texts_not_to_train_on(item))
    return sorted(found)


def check_adaptable(profile: Profile) -> None:
    """Refuse a served model: its weights are not here to be trained further."""
    if models.is_served(profile.model):
        raise XltError(
            f"profile {profile.name!r}: the method laft trains the model's weights further, which "
            f"cannot be done with a served model ({profile.model.path}): leave laft out "
            "(--methods prompt,translate), or give `model.path` a folder or a hub id"
        )


def check_leaks(profile: Profile, language: str, datasets: Iterable[str]) -> None:
    """Refuse to evaluate data sets whose test text stands in the text that ``laft`` adapts on.

    Raises :class:`XltError` unless the profile says ``laft.allow_leaks: true``.
    """
    source = profile.laft.corpus.get(language)
    if source is None or profile.laft.allow_leaks or language in profile.laft.adapted:
        return
    for code in profile.laft.joint:
        if code != language:
            alone = profile.laft.model_copy(update={"joint": ()})
            check_leaks(profile.model_copy(update={"laft": alone}), code, datasets)
    if leaking := sorted(set(datasets) & set(data.leaked_sets(source))):
        raise XltError(
            f"profile {profile.name!r} adapts {language} on {source!r}, which holds the test text "
            f"of {', '.join(leaking)}: what laft scores there is memory. Give "
            f"laft.corpus.{language} another text, evaluate another data set, or say "
            "laft.allow_leaks: true to do it all the same"
        )


def adapted(profile: Profile, language: Language) -> tuple[Path, pd.DataFrame]:
    """The folder of the adapted model and its training history; trains where there is none yet.

    The history has a row per logged step: step, tokens, epoch, loss, held_out_loss (nats a token),
    learning_rate, seconds, flops. Two processes that ask for one model at the same time train it
    once: the second waits.
    """
    from ..models.training import adapt as training

    check_adaptable(profile)
    if spec := released(profile, language.code):
        raise XltError(
            f"profile {profile.name!r} takes {spec.path} as the model adapted to {language.code}: "
            "there is nothing to train. Leave the language out, or out of laft.adapted"
        )
    read = training_text(profile, language)
    lines, content = read.lines, _content(read)
    folder = _folder(profile, language.code, content)
    history = folder / "history.parquet"
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _alone(folder.with_suffix(".lock")):
        if not history.exists():
            training.adapt(profile.model, lines, recipe(profile.laft), folder)
            # of a text file not the folder
            sources = [Path(corpus_of(profile, code)).name for code in profile.laft.joint]
            source = sources or Path(profile.laft.corpus[language.code]).name
            (folder / "corpus.json").write_text(
                json.dumps(
                    {"corpus": source, "lines_sha256": content}
                    | read.counts
                    | {"not_cleaned_of": read.absent},
                    indent=1,
                ),
                encoding="utf-8",
            )
    return folder, pd.read_parquet(history)


def _content(text: Decontaminated) -> str:
    return hashlib.sha256("\n".join(text.lines).encode()).hexdigest()


def _folder(profile: Profile, language: str, content: str) -> Path:
    """Where the model adapted on lines of that hash lies."""
    from ..models.training import adapt as training

    every = {"checkpoint_steps": profile.laft.checkpoint_steps}
    settings = training.settings(recipe(profile.laft), profile.model) | every
    made_of = json.dumps([models.revision(profile.model), content, settings], sort_keys=True)
    name = f"{_whose(profile, language)}-{hashlib.sha256(made_of.encode()).hexdigest()[:16]}"
    return paths.runs(profile.name) / "adapted" / name


def _whose(profile: Profile, language: str) -> str:
    """How a model's name begins: with its language, or that it is one of several."""
    return "joint" if profile.laft.joint else language


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other training of this model at the same time; the processes of one enter together."""
    from ..models.training import ranks

    with locks.locked(path, wait=True) if ranks.index() == 0 else contextlib.nullcontext():
        ranks.wait()
        yield
        ranks.wait()
