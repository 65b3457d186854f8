"""How good translators are: chrF, chrF++ and BLEU on sentences whose translation is known.

What ``translate`` can reach depends on it, so it is measured rather than assumed, in both
directions: into English, where the model reads, and back, where summaries and entities go.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd
from sacrebleu.metrics import BLEU, CHRF

from .. import methods, paths
from ..config import Language, Profile, load_language
from ..data import parallel
from ..errors import XltError
from ..methods import tuned_translator
from ..records import results
from ..stats.metrics import HEADLINE

if TYPE_CHECKING:
    from ..models.translation.translator import Translator

SAMPLE = 100  # sentences, where not all of them are asked for
OF_A_LANGUAGE_MODEL = 50  # sentences at most: it takes about a second for each
SCORES = {"chrf": CHRF(), "chrf++": CHRF(word_order=2), "bleu": BLEU()}
COLUMNS = ("source", "target", "dataset", "sentences", *SCORES, "signature")


def translates(profile: str, cells: Sequence[str] | None = None) -> bool:
    """Whether one of the cells (default: of all that are done) needs a translator.

    True where none is done: it is not known yet what will be asked for. Imports need no translator.
    """
    done = results.newest(profile, ("method",)).values()
    known = {folder.name: methods.get(found["facts"]["method"]) for folder, found in done}
    asked = known.keys() if cells is None else known.keys() & set(cells)
    return not asked or any(known[cell].uses_translator for cell in asked)


def quality_of_arms(
    profile: Profile, arms: Sequence[str] | None = None, sentences: int | None = SAMPLE
) -> pd.DataFrame:
    """:func:`translation_quality` of each translator that ``arms`` (default: all) have, once.

    A column before the others, ``arms``, names those that have it, joined by a comma. A language
    model translates :data:`OF_A_LANGUAGE_MODEL` sentences of each set at most, into English alone.
    """
    having: dict[str, list[str]] = {}
    for arm in profile.arms:
        if methods.of(arm).uses_translator and (arms is None or arm.name in arms):
            key = profile.of_arm(arm.name).translator.model_dump_json()
            having.setdefault(key, []).append(arm.name)
    tables = []
    for names in having.values():
        own, most = profile.of_arm(names[0]), sentences
        slow = own.translator.language_model() is not None
        if slow:
            most = min(sentences or OF_A_LANGUAGE_MODEL, OF_A_LANGUAGE_MODEL)
        found = translation_quality(own, None, most, both=not slow)
        tables.append(found.assign(arms=", ".join(names)))
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return rows.reindex(columns=["arms", *COLUMNS])


def translation_quality(
    profile: Profile,
    languages: Sequence[str] | None = None,
    sentences: int | None = SAMPLE,
    translator: "Translator | None" = None,
    both: bool = True,
) -> pd.DataFrame:
    """Scores (sacrebleu, 0 to 100) of the profile's translator, a row per direction and set.

    ``languages`` defaults to all that the profile evaluates, ``sentences`` is the largest number
    of sentences per row (:func:`.data.parallel.pairs` says which; None: all), ``translator`` one
    that is loaded already; without ``both`` directions into English alone. Which sets:
    :func:`.data.parallel.sets_for`. Columns: source, target, dataset, sentences, chrf, chrf++,
    bleu, signature (of the metrics). A set or direction that cannot be had is a row without scores
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
            into = [(b, a) for a, b in pairs]
            ways = [(language, english, into), (english, language, pairs)]
            for source, target, sides in ways if both else ways[:1]:
                try:
                    rows.append(_measured(translator, source, target, name, sides))
                except XltError as error:  # a model of one direction
                    rows.append(_row(source, target, name, 0, why=error))
    return pd.DataFrame(rows, columns=COLUMNS)


def score_by_quality(profile: Profile, scores: pd.DataFrame, quality: pd.DataFrame) -> pd.DataFrame:
    """Headline scores of the arms that read a translation, beside the chrF of what they read.

    A row per arm (``method``), task, data set and language, at the largest shot count that these
    arms have in common there, with ``chrf`` (of ``quality``, :func:`quality_of_arms`), and the
    parallel set that it was ``measured_on``: the data set itself where it is parallel, else the
    language's first. Places without a measure have no row.
    """
    known = quality[quality["target"] == profile.pivot].dropna(subset=["chrf"])
    known = known.assign(method=known["arms"].str.split(", ")).explode("method")
    reads = [arm.name for arm in profile.arms if methods.of(arm).asks_in == "pivot"]
    rows = scores[
        (scores["metric"] == scores["task"].map(HEADLINE))
        & scores["method"].isin(set(reads) & set(known["method"]))
    ]
    table = []
    for (_, dataset, language), place in rows.groupby(["task", "dataset", "language"], sort=False):
        counts = [set(mine["shots"]) for _, mine in place.groupby("method")]
        common = set.intersection(*counts)
        most = max(common) if common else place.groupby("method")["shots"].transform("max")
        for row in place[place["shots"] == most].to_dict("records"):
            mine = known[(known["method"] == row["method"]) & (known["source"] == language)]
            own = mine[mine["dataset"] == dataset]
            for _, one in (own if len(own) else mine).head(1).iterrows():
                table.append(row | {"chrf": one["chrf"], "measured_on": one["dataset"]})
    return pd.DataFrame(table, columns=[*scores.columns, "chrf", "measured_on"])


def _load(profile: Profile) -> "Translator":
    cache = paths.runs(profile.name) / "translations" / "quality.sqlite"
    return tuned_translator.load(profile, cache)


def _measured(
    translator: "Translator",
    source: Language,
    target: Language,
    name: str,
    sides: Sequence[tuple[str, str]],
) -> dict:
    texts, references = [a for a, _ in sides], [b for _, b in sides]
    made = translator.translate(texts, source, target, scope="quality")
    row = _row(source, target, name, len(sides))
    signatures = []
    for column, metric in SCORES.items():
        found = metric.corpus_score(made, [references])
        row[column] = found.score
        signatures.append(f"{found.name} {metric.get_signature()}")
    row["signature"] = "; ".join(signatures)
    return row


def _row(
    source: Language, target: Language, name: str, n: int, why: XltError | None = None
) -> dict:
    scores = dict.fromkeys(SCORES, float("nan"))
    known = {"source": source.code, "target": target.code, "dataset": name, "sentences": n}
    return known | scores | {"signature": f"not measured: {why}" if why else ""}
