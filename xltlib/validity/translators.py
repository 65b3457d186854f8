"""How good a profile's translator is: chrF and BLEU on sentences whose translation is known.

What ``translate`` can reach depends on it, so it is measured rather than assumed, in both
directions: into English, where the model reads, and back, where summaries and entities go.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from sacrebleu.metrics import BLEU, CHRF

from .. import methods, models, paths
from ..config import Language, Profile, load_language
from ..data import parallel
from ..errors import XltError
from ..methods.parallel_text import ProfileText
from ..records import results
from ..stats.metrics import HEADLINE

if TYPE_CHECKING:
    from ..models.translation.translator import Translator

SAMPLE = 100  # sentences, where not all of them are asked for
COLUMNS = ("source", "target", "dataset", "sentences", "chrf", "bleu", "signature")


def translates(profile: str, cells: Sequence[str] | None = None) -> bool:
    """Whether one of the cells (default: of all that are done) needs a translator.

    True where none is done: it is not known yet what will be asked for. Imports need no translator.
    """
    done = results.newest(profile, ("method",)).values()
    known = {folder.name: methods.get(found["facts"]["method"]) for folder, found in done}
    asked = known.keys() if cells is None else known.keys() & set(cells)
    return not asked or any(known[cell].uses_translator for cell in asked)


def translation_quality(
    profile: Profile,
    languages: Sequence[str] | None = None,
    sentences: int | None = SAMPLE,
    translator: "Translator | None" = None,
    back: bool = True,
) -> pd.DataFrame:
    """chrF and BLEU (sacrebleu, 0 to 100) of the profile's translator, a row per direction and set.

    ``languages`` defaults to all that the profile evaluates, ``sentences`` is the largest number
    of sentences per row (:func:`.data.parallel.pairs` says which; None: all), ``translator`` one
    that is loaded already. Without ``back`` the direction out of English is left out.
    Which sets: :func:`.data.parallel.sets_for`. Columns: source, target, dataset, sentences, chrf,
    bleu, signature (of both metrics). A set or direction that cannot be had is a row without scores
    whose signature says why; a language without parallel text has no row.
    """
    codes = languages or [code for d in profile.datasets for code in d.languages]
    english = load_language(parallel.ENGLISH)
    rows = []
    for language in map(load_language, dict.fromkeys(codes)):
        for name in parallel.sets_for(profile, language.code):
            if language.code == english.code:
                continue
            if profile.pivot != english.code:
                why = XltError(f"known translations are English, but the pivot is {profile.pivot}")
                rows.append(_row(language, english, name, 0, why=why))
                continue
            try:
                pairs = parallel.pairs(name, language.code, profile.data_dir, sentences)
            except XltError as error:
                rows.append(_row(language, english, name, 0, why=error))
                continue
            if translator is None:
                translator = _load(profile)
            directions = [(language, english, [(b, a) for a, b in pairs])]
            directions += [(english, language, pairs)] if back else []
            for source, target, sides in directions:
                try:
                    rows.append(_measured(translator, source, target, name, sides))
                except XltError as error:  # a model of one direction
                    rows.append(_row(source, target, name, 0, why=error))
    return pd.DataFrame(rows, columns=COLUMNS)


def score_by_quality(
    profile: Profile, scores: pd.DataFrame, sentences: int | None = SAMPLE
) -> pd.DataFrame:
    """Headline scores of the arms that read a translation, beside the chrF of what they read.

    A row per arm (``method``), task, data set and language, at the largest shot count that these
    arms have in common there, with ``chrf``, and the parallel set that it was ``measured_on``: the
    data set itself where it is parallel, else the language's first. Arms with the same translator
    are measured once. Places without a measure have no row.
    """
    asked = set(scores["method"])
    measured: dict[str, pd.DataFrame] = {}
    of_arm: dict[str, pd.DataFrame] = {}
    for arm in profile.arms:
        kind = methods.of(arm)
        if arm.name not in asked or not kind.uses_translator or kind.asks_in != "pivot":
            continue
        spec = profile.of_arm(arm.name)
        key = spec.translator.model_dump_json()
        if key not in measured:
            measured[key] = translation_quality(spec, None, sentences, back=False)
        of_arm[arm.name] = measured[key].dropna(subset=["chrf"])
    rows = scores[
        (scores["metric"] == scores["task"].map(HEADLINE)) & scores["method"].isin(list(of_arm))
    ]
    table = []
    for (_, dataset, language), place in rows.groupby(["task", "dataset", "language"], sort=False):
        counts = [set(mine["shots"]) for _, mine in place.groupby("method")]
        common = set.intersection(*counts)
        most = max(common) if common else place.groupby("method")["shots"].transform("max")
        for row in place[place["shots"] == most].to_dict("records"):
            known = of_arm[row["method"]]
            known = known[known["source"] == language]
            own = known[known["dataset"] == dataset]
            for _, one in (own if len(own) else known).head(1).iterrows():
                table.append(row | {"chrf": one["chrf"], "measured_on": one["dataset"]})
    return pd.DataFrame(table, columns=[*scores.columns, "chrf", "measured_on"])


def _load(profile: Profile) -> "Translator":
    cache = paths.runs(profile.name) / "translations" / "quality.sqlite"
    return models.load_translator(profile.translator, cache, parallel=ProfileText(profile))


def _measured(
    translator: "Translator",
    source: Language,
    target: Language,
    name: str,
    sides: Sequence[tuple[str, str]],
) -> dict:
    texts, references = [a for a, _ in sides], [b for _, b in sides]
    made = translator.translate(texts, source, target, scope="quality")
    chrf, bleu = CHRF(), BLEU()
    row = _row(source, target, name, len(sides))
    row["chrf"] = chrf.corpus_score(made, [references]).score
    row["bleu"] = bleu.corpus_score(made, [references]).score
    row["signature"] = f"chrF {chrf.get_signature()}; BLEU {bleu.get_signature()}"
    return row


def _row(
    source: Language, target: Language, name: str, n: int, why: XltError | None = None
) -> dict:
    values = (source.code, target.code, name, n, float("nan"), float("nan"))
    return dict(zip(COLUMNS, (*values, f"not measured: {why}" if why else ""), strict=True))
