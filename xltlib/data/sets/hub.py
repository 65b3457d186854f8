"""Data sets of the Hugging Face hub: Parquet and plain files, never a loading script.

Script data sets are taken from the hub's own conversion, the revision ``refs/convert/parquet``.
Files come through the hub's cache (``snapshot_download``), where ``hf download`` puts them too, so
that a machine without a network reads what was fetched elsewhere; ``datasets`` then parses them.
Both libraries are imported on use.

Repositories, configurations, columns and licences are from the hub's pages and cards and from the
publishers' READMEs; none of it has been loaded from the hub itself yet. Not seen in any listing:
the conversions of masakhaner (1.0) and, today, of xlsum (it was there in 2023). AfriHG is read from
its publisher's files alone (the data set ``afrihg``): no repository of the hub is known to us.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ...config import load_language
from ...errors import XltError, not_one_of
from ...text.spans import Span
from ..formats.conll import Sentence, spans
from ..formats.delimited import flat, read_table
from ..items import Example, Gold
from ..source import Pairs, Source, pairs_by_id

_PARQUET = "refs/convert/parquet"
_CONVERTED = "{config}/{split}/*.parquet"  # where the hub's conversion puts a split


@dataclass(frozen=True, kw_only=True)
class HubSet:
    """Where a data set is, what its columns are called, and the way to it without the hub."""

    repo: str
    configs: Mapping[str, str]  # language -> configuration; empty: its FLORES code, whichever it is
    gold: Mapping[str, str]  # task -> column
    text: str
    licence: str
    clone: str  # the publisher's repository, or where else the files are
    copy: str  # which files of it, {language} standing for the code
    local: str  # the data set that reads these files
    revision: str = _PARQUET
    files: str = _CONVERTED
    pool: str = "train"

    def config(self, language: str) -> str:
        """The configuration of a language. Raises :class:`XltError` when it has no file."""
        return self.configs[language] if self.configs else load_language(language).flores

    def languages(self) -> tuple[str, ...] | None:
        """The languages that it has; None where a language's own file says how it is called."""
        return tuple(self.configs) or None


def _same(codes: str) -> dict[str, str]:
    return {code: code for code in codes.split()}


_NER = "https://github.com/masakhane-io/masakhane-ner"
_SETS = {
    "hub:masakhaner1": HubSet(
        repo="masakhane/masakhaner",
        configs=_same("amh hau ibo kin lug luo pcm swa wol yor"),
        gold={"ner": "ner_tags"},
        text="tokens",
        licence="CC BY-NC 4.0 (publisher), unknown (its card)",
        clone=_NER,
        copy="data/{language}/*.txt",
        local="masakhaner1",
    ),
    "hub:masakhaner2": HubSet(
        repo="masakhane/masakhaner2",
        configs=_same(
            "bam bbj ewe fon hau ibo kin lug luo mos nya pcm sna swa tsn twi wol xho yor zul"
        ),
        gold={"ner": "ner_tags"},
        text="tokens",
        licence="CC BY-NC 4.0 (publisher), AFL-3.0 (its card)",
        clone=_NER,
        copy="MasakhaNER2.0/data/{language}/*.txt",
        local="masakhaner2",
    ),
    "hub:masakhanews": HubSet(
        repo="masakhane/masakhanews",
        configs=_same("amh eng fra hau ibo lin lug orm pcm run sna som swa tir xho yor"),
        gold={"topics": "label", "summarization": "headline"},
        text="text",
        licence="AFL-3.0 (its card)",
        clone="https://github.com/masakhane-io/masakhane-news",
        copy="data/{language}/*.tsv and labels.txt",
        local="masakhanews",
    ),
    "hub:sib200": HubSet(
        repo="Davlan/sib200",
        configs={},
        gold={"topics": "category"},
        text="text",
        licence="CC BY-SA 4.0",
        clone="https://github.com/dadelani/sib-200",
        copy="data/annotated/{config}/*",
        local="sib200",
        revision="main",
        files="data/{config}/{split}.tsv",
    ),
    "hub:kinnews": HubSet(
        repo="andreniyongabo/kinnews_kirnews",
        configs={"kin": "kinnews_raw"},  # kinnews_cleaned has no stop words left
        gold={"topics": "label", "summarization": "title"},
        text="content",
        licence="MIT (its card); the articles are their publishers'",
        clone="https://github.com/saradhix/kinnews_kirnews",
        copy="raw/train.csv and raw/test.csv of KINNEWS.zip",
        local="kinnews",
    ),
    "hub:xlsum": HubSet(
        repo="csebuetnlp/xlsum",
        configs={
            "amh": "amharic",
            "eng": "english",
            "hau": "hausa",
            "ibo": "igbo",
            "orm": "oromo",
            "pcm": "pidgin",
            "run": "kirundi",
            "som": "somali",
            "swa": "swahili",
            "tir": "tigrinya",
            "yor": "yoruba",
        },
        gold={"summarization": "summary"},
        text="text",
        licence="CC BY-NC-SA 4.0",
        clone="https://github.com/csebuetnlp/xl-sum",
        copy="*.jsonl of the language's archive, linked in its README,",
        local="xlsum",
    ),
    "hub:mafand": HubSet(
        repo="masakhane/mafand",
        configs={
            code: f"en-{code}"
            for code in "amh hau ibo kin lug luo nya pcm sna swa tsn twi xho yor zul".split()
        },
        gold={},  # parallel text: see xltlib.data.parallel
        text="translation",
        licence="CC BY-NC 4.0",
        clone="https://github.com/masakhane-io/lafand-mt",
        copy="data/tsv_files/en-{language}/*.tsv",
        local="mafand",
    ),
}


def languages(name: str) -> tuple[str, ...]:
    """The languages that one of the hub's sets is known to have, by ISO 639-3 code."""
    return tuple(_SETS[name].configs)


def fetch(name: str, language: str, split: str) -> Any:
    """The ``datasets.Dataset`` of one configuration and split, downloaded or from the hub's cache.

    Raises :class:`XltError` that says how to get the same data in other ways.
    """
    entry = _SETS[name]
    try:
        import datasets
        from huggingface_hub import snapshot_download
    except ImportError as error:
        raise XltError(f"{name} needs the package `datasets`: pip install 'datasets>=5'") from error
    part = entry.pool if split == "demos" else "test"
    config = entry.config(language)
    pattern = entry.files.format(config=config, split=part)
    try:
        folder = snapshot_download(
            entry.repo, repo_type="dataset", revision=entry.revision, allow_patterns=[pattern]
        )
        paths = sorted(map(str, Path(folder).glob(pattern)))
        if not paths:
            raise FileNotFoundError(f"no {pattern} in revision {entry.revision}")
        if pattern.endswith(".tsv"):
            # pandas would take a quote at a cell's beginning for one around many rows
            needed = (entry.text, *entry.gold.values())
            rows = [r for p in paths for r in read_table(Path(p), needed, f"{entry.repo} again")]
            return datasets.Dataset.from_list(rows)
        return datasets.load_dataset("parquet", data_files=paths, split="train")
    except XltError:
        raise
    # The libraries raise a dozen kinds of errors for one cause: the set cannot be had.
    except Exception as error:
        reason = " ".join(str(error).split())[:200]
        raise XltError(
            f"{name}: cannot load {entry.repo} ({config}, {part}) from the hub, "
            f"which is offline, unreachable or has changed ({type(error).__name__}: {reason}): "
            f"{_other_ways(entry, language, pattern)}"
        ) from error


def _other_ways(entry: HubSet, language: str, pattern: str) -> str:
    copy = entry.copy.format(language=language, config=entry.config(language))
    return (
        "check the network and HF_HUB_OFFLINE; or run, where there is a network, "
        f"`hf download {entry.repo} --repo-type dataset --revision {entry.revision} "
        f"--include '{pattern}'` and bring its cache ($HF_HOME) here; or take the publisher's "
        f"files: `git clone {entry.clone}`, copy {copy} to DATA/{entry.local}/{language}/ "
        "and give --data-dir DATA: what is there is read in place of the hub"
    )


def required(rows: Any, columns: Iterable[str], name: str) -> None:
    """Raise :class:`XltError` for the first column that a ``datasets.Dataset`` does not have."""
    for column in columns:
        if column not in rows.column_names:
            raise not_one_of("column", column, rows.column_names, f"{name} has changed on the hub")


def examples(
    rows: Any, text: str, gold: str, task: str, language: str, prefix: str
) -> tuple[list[Example], int]:
    """Examples of a ``datasets.Dataset``, and how many rows have no text or no answer.

    Class numbers become names, BIO tags become spans. An id is the row's ``index_id``, or else its
    number after ``prefix``. Raises :class:`XltError` that names row, column and value for numbers
    without names, tags that are none, and tags that are not as many as the tokens.
    """
    required(rows, (text, gold), "the data set")
    feature = rows.features[gold]
    names = getattr(getattr(feature, "feature", feature), "names", None)
    found = []
    for number, row in enumerate(rows, 1):
        where = f"{prefix} row {number} of {language}, column {gold!r}"
        answer: Gold
        if task == "ner":
            content, answer = _entities(row[text] or (), row[gold] or (), names, where)
        else:
            content, answer = flat(row[text] or ""), flat(_named(row[gold], names, where))
        if content and (task == "ner" or answer):
            name = str(row.get("index_id", f"{prefix}-{number}"))
            found.append(Example(name, language, {"text": content}, answer))
    return found, len(rows) - len(found)


def _named(value: object, names: Sequence[str] | None, where: str) -> str:
    """A label in words; nothing where there is none (null, or -1 as the hub has it)."""
    if value is None or value == -1:
        return ""
    if isinstance(value, str):
        return value
    if not names or not isinstance(value, int) or not 0 <= value < len(names):
        known = f"the names {', '.join(names)}" if names else "no names in the file's schema"
        raise XltError(
            f"{where}: found {value!r}, a class without a name: there are {known}; take the files "
            "from their publisher, or the hub's own conversion of them"
        )
    return names[value]


def _entities(
    tokens: Sequence[str | None], tags: Sequence[object], names: Sequence[str] | None, where: str
) -> tuple[str, tuple[Span, ...]]:
    """Text and spans of a sentence; an empty text where a token is missing, so that it is left
    out and counted."""
    if len(tokens) != len(tags):
        raise XltError(
            f"{where}: found {len(tags)} tags for {len(tokens)} tokens, expected one each"
        )
    said = [_named(tag, names, where) for tag in tags]
    for tag in said:
        if tag != "O" and not re.fullmatch(r"[BI]-\S+", tag):
            raise XltError(
                f"{where}: found the tag {tag!r}, expected O or one such as B-PER and I-PER"
            )
    filled = tuple(token for token in tokens if token and token.strip())
    if len(filled) < len(tokens):
        return "", ()
    sentence = Sentence(filled, tuple(said))
    return sentence.text, spans(sentence)[0]


def _part(name: str, task: str, language: str, split: str) -> tuple[list[Example], int]:
    entry = _SETS[name]
    prefix = entry.pool if split == "demos" else "test"
    rows = fetch(name, language, split)
    return examples(rows, entry.text, entry.gold[task], task, language, prefix)


def _read(name: str, task: str, language: str, split: str, root: Path | None) -> list[Example]:
    return _part(name, task, language, split)[0]


def _notes(name: str, task: str, language: str, root: Path | None) -> dict[str, int]:
    """Rows that are left out; a data set where there are none has no note."""
    left_out = {
        f"{split} rows left out: no text or no answer": _part(name, task, language, split)[1]
        for split in ("demos", "test")
    }
    return {k: n for k, n in left_out.items() if n}


def _labels(name: str, task: str, language: str, root: Path | None) -> Iterable[str]:
    found = _read(name, task, language, "test", root) + _read(name, task, language, "demos", root)
    if task == "topics":
        return {str(e.gold) for e in found}
    return {s.type for e in found for s in e.gold if isinstance(s, Span)} if task == "ner" else ()


def _revision(name: str, language: str, root: Path | None) -> str:
    """SHA-256 over the rows themselves: it needs no network once they are in the cache."""
    total = hashlib.sha256()
    for split in ("demos", "test"):
        for row in fetch(name, language, split):
            total.update(json.dumps(row, sort_keys=True, default=str).encode())
    return total.hexdigest()


def _mafand(language: str, root: Path | None) -> Pairs:
    rows = fetch("hub:mafand", language, "test")
    required(rows, ["translation"], "hub:mafand")
    found = []
    for number, row in enumerate(rows, 1):
        pair = row["translation"] or {}
        # The conversion of a script's `translation` keys English by two letters.
        sides = [next((pair[c] for c in codes if pair.get(c)), "") for codes in
                 (("en", "eng"), (language,))]  # fmt: skip
        if not all(sides):
            raise XltError(
                f"hub:mafand {language}, test row {number}: found the languages {sorted(pair)}, "
                f"expected text in 'en' and {language!r}"
            )
        found.append((sides[0], sides[1]))
    return found


def _source(name: str, entry: HubSet) -> Source:
    return Source(
        name=name,
        tasks=tuple(entry.gold),
        published=entry.languages() or ("the 200 of FLORES-200",),
        licence=entry.licence,
        url=f"huggingface.co/datasets/{entry.repo}",
        read=partial(_read, name),
        labels=partial(_labels, name),
        languages=lambda root: entry.languages(),
        revision=partial(_revision, name),
        notes=partial(_notes, name),
        local=False,
        copy=entry.local,
    )


SOURCES = tuple(_source(name, entry) for name, entry in _SETS.items() if entry.gold)
_SIB200 = next(source for source in SOURCES if source.name == "hub:sib200")
PARALLEL = {"hub:mafand": _mafand, "hub:sib200": partial(pairs_by_id, _SIB200, "topics")}
