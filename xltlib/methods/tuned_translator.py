"""A profile's translator: one that is to be tuned (``prompted.tuned``) is trained first.

The tuned model is shared by all cells of its arm and stored by content, as adapted models are:
under a name that hashes the base model, the parallel text and the recipe.
"""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .. import locks, models, paths
from ..config import ModelSpec, Profile, load_language
from . import parallel_text
from .parallel_text import ProfileText


def load(profile: Profile, cache: Path | None = None) -> Any:
    """The profile's translator, whose answers the SQLite file ``cache`` keeps."""
    parallel, spec = parallel_text.of(profile), profile.translator
    base = spec.language_model()
    if base is not None and spec.prompted is not None and spec.prompted.tuned:
        folder = _tuned(profile, base, spec.prompted.tuned, parallel)
        prompted = spec.prompted.model_copy(update={"vocabulary": None, "tuned": 0})
        made = {"path": str(folder), "revision": None}
        spec = spec.model_copy(update=made | {"prompted": prompted})
    return models.load_translator(spec, cache, parallel=parallel)


def kept(profile: Profile) -> list[Path]:
    """The tuned models of the profile's arm that lie on disk."""
    prompted = profile.translator.prompted
    if prompted is None or not prompted.tuned:
        return []
    return [p for p in _folder(profile).glob(f"{_name(profile)}-*") if p.is_dir()]


def _folder(profile: Profile) -> Path:
    return paths.runs(profile.name) / "tuned_translators"


def _name(profile: Profile) -> str:
    return profile.arms[0].name


def _tuned(profile: Profile, base: ModelSpec, characters: int, parallel: ProfileText) -> Path:
    """The folder of the model that has learned; trained where there is none yet, by one process.

    It learns from that many characters of parallel text, of all the profile's languages in equal
    parts. ``translator.json`` in it is its card.
    """
    from ..models.translation import tune

    recipe = tune.Recipe(characters=characters)
    training = recipe.laft()
    made_of = [models.revision(base), base.vocabulary, parallel.revision, asdict(recipe)]
    told = json.dumps([*made_of, training.model_dump(mode="json")], sort_keys=True)
    made_by = hashlib.sha256(told.encode()).hexdigest()[:16]
    out = _folder(profile) / f"{_name(profile)}-{made_by}"
    out.parent.mkdir(parents=True, exist_ok=True)
    with locks.locked(out.with_suffix(".lock"), wait=True):
        if not (out / tune.CARD).is_file():
            pivot = load_language(profile.pivot)
            codes = {load_language(c).code for d in profile.datasets for c in d.languages}
            others = [load_language(code) for code in sorted(codes - {pivot.code})]
            pairs = [(one, parallel.training(pivot, one)) for one in others]
            tune.tune(base, pairs, pivot, recipe, training, out, parallel.facts(pairs))
    return out
