"""A profile's parallel text, for translators that learn from it, show it or look it up."""

import functools
import json
from collections.abc import Mapping, Sequence

from .. import data, tasks
from ..config import Language, Profile, load_language
from ..data.parallel import ENGLISH
from ..data.parallel_training import TrainingPairs, training_pairs
from ..errors import XltError
from ..models.translation.layout import Pair
from .laft import evaluated_texts


class ProfileText:
    """Parallel text between English and the languages of ``profile``, read when it is needed."""

    def __init__(self, profile: Profile):
        self.profile = profile
        self._pairs = functools.cache(self._read)

    @functools.cached_property
    def revision(self) -> str:
        """The hash of all pairs in all of the profile's languages."""
        codes = {load_language(c).code for d in self.profile.datasets for c in d.languages}
        return TrainingPairs.together(self._pairs(code) for code in sorted(codes - {ENGLISH}))

    def training(self, source: Language, target: Language) -> Sequence[tuple[str, str]]:
        """(source, target) pairs; what overlaps with a test text of the profile is left out."""
        pairs = self._pairs(self._other(source, target)).pairs
        return pairs if source.code == ENGLISH else [(b, a) for a, b in pairs]

    def references(self, source: Language, target: Language) -> Mapping[str, str]:
        """Text -> its human translation, of the items that have one id in both languages.

        Of tasks whose answers are written, so that demonstrations show them, answers have one, too.
        """
        self._other(source, target)
        found: dict[str, str] = {}
        for dataset in self.profile.datasets:
            for split in data.SPLITS:
                try:
                    here, there = (
                        data.load(dataset.name, dataset.task, code, split, self.profile.data_dir)
                        for code in (source.code, target.code)
                    )
                except XltError:  # not in both languages: not parallel
                    continue
                written = tasks.get(dataset.task).kind == "write"
                by_id = {item.id: _texts(item, written) for item in there}
                for item in here:
                    own = _texts(item, written)
                    found |= dict(zip(own, by_id.get(item.id, ()), strict=False))
        return found

    def counts(self, language: str) -> dict[str, dict[str, int]]:
        """For each parallel set of a language how many pairs were read, dropped and kept."""
        return self._pairs(language).counts

    def facts(self, pairs: Sequence[tuple[Language, Sequence[Pair]]]) -> dict[str, object]:
        """What the card of a model that learns from these ``pairs`` says of them."""
        return {
            "languages": [one.code for one, _ in pairs],
            "pairs": {one.code: len(own) for one, own in pairs},
            "pairs_sha256": self.revision,
            "sets": {one.code: self.counts(one.code) for one, _ in pairs},
        }

    def _read(self, language: str) -> TrainingPairs:
        tests = [t for c in (language, ENGLISH) for t in evaluated_texts(self.profile, c)]
        return training_pairs(language, self.profile.data_dir, tests)

    def _other(self, source: Language, target: Language) -> str:
        codes = {source.code, target.code} - {ENGLISH}
        if len(codes) != 1:
            raise XltError(
                f"parallel text is between English and another language, not from {source.name} "
                f"into {target.name}: give a translation model for this direction"
            )
        return codes.pop()


def of(profile: Profile) -> ProfileText:
    """The parallel text of a profile, which all arms of a process share: to read it takes long."""
    sets = json.dumps([one.model_dump(mode="json") for one in profile.datasets])
    return _KNOWN.setdefault((sets, profile.data_dir), ProfileText(profile))


_KNOWN: dict[tuple[str, str | None], ProfileText] = {}


def _texts(item: data.Example, written: bool) -> list[str]:
    """All texts of an item; the gold answer among them where it is ``written``."""
    gold = [item.gold] if written and isinstance(item.gold, str) else []
    return [*item.own_texts, *gold]
