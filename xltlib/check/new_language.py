"""``python -m xltlib new-language``: a language and a profile of one's own, from a table of data.

Both are written outside the package. What a table or the list of languages says is filled in; every
word that only a speaker can give is marked TODO, with what another language has beside it, and a
check refuses the profile until the last of them is written.
"""

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from .. import files, paths, tasks
from ..config import Language, TableSpec, codes, load_language, yaml_file
from ..config.table import FORMATS
from ..data import Example, table
from ..data.formats.delimited import read_text
from ..data.formats.rows import OWNER, columns_of
from ..errors import XltError, not_one_of
from .characters import script_share

TEXTS = ("text", "body", "sentence", "content", "document", "article", "tweet", "title")
GOLDS = (
    "gold",
    "label",
    "category",
    "topic",
    "class",
    "answer",
    "headline",
    "summary",
    "sentiment",
)
MOST_LABELS = 20  # above which labels must repeat
#: Asks for what cannot be known: (question, choices) -> the answer.
Ask = Callable[[str, Sequence[str]], str]


@dataclass(frozen=True)
class Wanted:
    """What is asked for; empty: found out, or asked."""

    code: str
    tables: tuple[Path, ...]  # one, or demonstrations and test items
    task: str = "topics"
    like: str = "eng"  # the language whose words stand beside those to be written
    out: Path = Path("my")
    name: str = ""
    flores: str = ""
    text: str = ""  # a column; `field=column,field=column` for tasks of several texts
    gold: str = ""
    profile: str = "mini"  # whose models are taken


def new_language(wanted: Wanted, ask: Ask) -> list[Path]:
    """Write the files, and return their paths: language, profile, and an English of one's own.

    Raises :class:`XltError` for what is unknown, cannot be read, or stands there already.
    """
    task, like = tasks.get(wanted.task), load_language(wanted.like)
    if wanted.task not in like.prompts:
        raise not_one_of("like", wanted.like, (), f"its file has no prompts for {wanted.task!r}")
    spec = _table(wanted, tuple(task.fields), ask)
    split: list[tuple[list[Example], list[XltError]]] = [
        table.readable(spec, wanted.code, one) for one in ("demos", "test")
    ]
    if wrong := [error for _, errors in split for error in errors]:
        raise XltError("\n".join(dict.fromkeys(map(str, wrong))))
    items = [*split[0][0], *split[1][0]]
    entry = _entry(wanted, items, ask)
    counts = Counter(str(e.gold) for e in items) if task.kind == "choose" else Counter()
    if len(counts) > MOST_LABELS and len(counts) > len(items) / 2:
        raise XltError(
            f"{spec.file}: the column {spec.gold!r} has {len(counts):,} answers in {len(items):,} "
            "rows, which are no labels: name the right column with --gold-column, or a task whose "
            "answers are texts with --task"
        )
    _no_twins(counts)
    types = sorted({s.type for e in items for s in e.gold}) if spec.kind == "conll" else []
    english = load_language(str(paths.LANGUAGES / "eng.yaml"))  # whatever was loaded before
    missing = [x for x in counts if x not in english.labels]
    made = {
        wanted.out / f"{wanted.code}.yaml": _language(wanted, entry, like, english, counts, types),
        wanted.out / "profile.yaml": _profile(wanted, spec, len(split[0][0]), bool(missing)),
    }
    if missing:
        made[wanted.out / "eng.yaml"] = _english(missing)
    for path in made:
        if path.exists():
            raise XltError(f"{path} is there already: name another folder with --out, or move it")
    for path, content in made.items():
        files.write(path, content)
    return list(made)


def _table(wanted: Wanted, fields: tuple[str, ...], ask: Ask) -> TableSpec:
    """The table that the files are, with its columns named."""
    if not 1 <= len(wanted.tables) <= 2:
        raise XltError(f"--from takes one table, or two, but got {len(wanted.tables)}")
    for path in wanted.tables:
        if path.suffix.lower() not in FORMATS or "{" in str(path):
            raise not_one_of("--from", str(path), FORMATS, "name a file that ends so")
    kind = FORMATS[wanted.tables[0].suffix.lower()]
    if (kind == "conll") != (wanted.task == "ner"):
        raise XltError(
            f"--task {wanted.task} cannot be read from {wanted.tables[0]}: entities stand in CoNLL "
            "files (.conll, .bio), what other tasks ask about in tables"
        )
    whole = [os.path.abspath(path) for path in wanted.tables]
    if len({path.suffix for path in wanted.tables}) > 1 or len(set(whole)) < len(whole):
        raise XltError(
            f"--from takes two tables of one format, demonstrations and test items, but got "
            f"{' and '.join(map(str, wanted.tables))}: convert one, or give one table alone, which "
            "is then divided"
        )
    if kind == "conll":
        return TableSpec(**_files(whole))
    given: dict[str, Any] = _files(whole) | _separated(wanted.tables, kind)
    if given.get("quoted", True):
        found = columns_of(wanted.tables[0], kind, given.get("delimiter"))
    else:
        found = read_text(wanted.tables[0], OWNER).partition("\n")[0].rstrip("\r").split("\t")
    if len(found) < 2:
        raise XltError(
            f"{whole[0]}: found the one column {''.join(found)!r}, but a text and its answer need "
            "two: separate them with commas (.csv) or tabs (.tsv)"
        )
    asked = [wanted.gold, *([wanted.text] if len(fields) == 1 else [])]
    for column in filter(None, asked):
        if column not in found:
            raise not_one_of("column", column, found, f"these are the columns of {whole[0]}")
    given["gold"] = wanted.gold or _column("answer", found, GOLDS, "--gold-column", ask)
    left = [c for c in found if c != given["gold"]]
    if len(fields) == 1:
        given["text"] = wanted.text or _column("text", left, TEXTS, "--text-column", ask)
    elif wanted.text:
        pairs = [pair.partition("=") for pair in wanted.text.split(",")]
        given["fields"] = {field.strip(): column.strip() for field, _, column in pairs}
    else:
        given["fields"] = {f: _column(f, left, (f,), "--text-column", ask) for f in fields}
    if "id" in left and "id" not in (given.get("text"), *given.get("fields", {}).values()):
        given["id"] = "id"
    if tasks.get(wanted.task).kind == "write":
        given["answers"] = "texts"
    for column in (given["gold"], given.get("text"), *given.get("fields", {}).values()):
        if column is not None and column not in found:
            raise not_one_of("column", column, found, f"these are the columns of {whole[0]}")
    return TableSpec(**given)


def _files(whole: Sequence[str]) -> dict[str, Any]:
    """One path of a table, or of two with their difference as the splits' names."""
    if len(whole) == 1:
        return {"file": whole[0]}
    start = os.path.commonprefix(whole)
    end = os.path.commonprefix([w[len(start) :][::-1] for w in whole])[::-1]
    demos, test = (w[len(start) : len(w) - len(end)] for w in whole)
    return {"file": f"{start}{{split}}{end}", "splits": {"demos": demos, "test": test}}


def _separated(tables: Sequence[Path], kind: str) -> dict[str, Any]:
    """What separates cells, and whether marks quote them, where it is not what the name says.

    Spreadsheets in many countries write semicolons; a quotation mark without its pair in a cell of
    a TSV is a character like any other.
    """
    if kind not in ("csv", "tsv"):
        return {}
    texts = [read_text(path, OWNER) for path in tables]
    head = texts[0].partition("\n")[0]
    usual = {"csv": ",", "tsv": "\t"}[kind]
    if usual not in head and (other := next((mark for mark in ";\t," if mark in head), "")):
        return {"delimiter": other}
    cells = (c for text in texts for line in text.splitlines() for c in line.split("\t"))
    return {"quoted": False} if kind == "tsv" and any(c.count('"') % 2 for c in cells) else {}


def _no_twins(labels: Iterable[str]) -> None:
    """Refuse labels that are one word in two forms of Unicode: no file can have a word for both."""
    composed: dict[str, str] = {}
    for label in labels:
        same = unicodedata.normalize("NFC", label)
        if composed.setdefault(same, label) != label:
            raise XltError(
                f"the label {same!r} stands in the data in two forms of Unicode (composed, and "
                "letters with marks apart), which look alike: write one of them everywhere"
            )


def _column(what: str, found: list[str], usual: Sequence[str], option: str, ask: Ask) -> str:
    named = [c for name in usual for c in found if c.lower() == name]
    if named:
        return named[0]
    others = [c for c in found if c.lower() not in ("id", "index", "index_id", "url", "date")]
    return others[0] if len(others) == 1 else ask(f"the column of the {what} ({option})", found)


def _entry(wanted: Wanted, items: Sequence[Example], ask: Ask) -> codes.Flores:
    """The language's codes and name: from the table of the 204, or asked for."""
    if not codes.is_known(wanted.code) or len(wanted.code) != 3:
        raise XltError(
            f"{wanted.code!r} is no code of ISO 639-3 for one language: take three small letters, "
            "such as swa for Swahili"
        )
    known = codes.of_code(wanted.code)
    if wanted.flores:
        chosen = codes.flores().get(wanted.flores)
        if chosen is None:
            raise not_one_of("flores", wanted.flores, [f.flores for f in known] or codes.flores())
        known = [chosen]
    texts = [e.text for e in items[:200]]
    fitting = [f for f in known if (script_share(texts, f.flores) or 0) > 0.5]
    if fitting:
        known = fitting
    if len(known) > 1:
        flores = ask("FLORES-200's code of the language (--flores)", [f.flores for f in known])
        known = [f for f in known if f.flores == flores]
    if known:
        return known[0]
    name = wanted.name or ask("the language's name (--name)", [])
    return codes.Flores(f"{wanted.code}_Latn", wanted.code, "", "", False, name)


def _said(value: str) -> str:
    """A text as YAML writes it on one line."""
    dumped = yaml.safe_dump(value, allow_unicode=True, default_style='"', width=10_000)
    return str(dumped).strip()


def _language(
    wanted: Wanted,
    entry: codes.Flores,
    like: Language,
    english: Language,
    counts: Counter[str],
    types: Sequence[str],
) -> str:
    """The language's file; beside each word what `like` and English have."""
    lines = [
        f"# {wanted.name or entry.name}. Write every word that is marked TODO, and remove the "
        "mark; then",
        f"# ask a native speaker to read the prompts. What {like.name} has stands beside it.",
        f"code: {wanted.code}",
        f"name: {_said(wanted.name or entry.name)}",
        f"flores: {entry.flores}",
        "prompts:",
        f"  {wanted.task}:",
    ]
    first = like.prompts[wanted.task][0]
    todo = [("instruction", first.instruction), ("document", first.document)]
    parts = [(key, _said(f"TODO {value}")) for key, value in todo if value]
    if first.fields:
        words = ", ".join(f"{k}: {_said(f'TODO {v}')}" for k, v in first.fields.items())
        parts.append(("fields", f"{{{words}}}"))
    parts.append(("answer", _said(f"TODO {first.answer}")))
    for number, (key, value) in enumerate(parts):
        lines.append(f"    {'-' if not number else ' '} {key}: {value}")
    lines.append("labels:" if counts else "labels: {}")
    for label, n in counts.most_common():
        beside = [f"{one.name}: {one.labels[label]}" for one in {like.code: like,
                  "eng": english}.values() if label in one.labels]  # fmt: skip
        lines.append(f"  {_said(label)}: TODO  # {'; '.join([f'{n} items', *beside])}")
    if wanted.task == "ner":
        lines.append("entity_types:")
        lines += [f"  {k}: {v}" for k, v in like.entity_types.items()]
        lines += [f"  {_said(k)}: TODO" for k in types if k not in like.entity_types]
        lines.append(f"none: TODO  # {like.name}: {like.none}")
    else:
        lines += ["entity_types: {}  # for named entities, which this profile has none of",
                  'none: ""']  # fmt: skip
    return "\n".join(lines) + "\n"


def _profile(wanted: Wanted, spec: TableSpec, demos: int, english: bool) -> str:
    """The profile: another's models on one's own data."""
    shipped = sorted(path.stem for path in paths.PROFILES.glob("*.yaml"))
    if wanted.profile not in shipped:
        raise not_one_of("profile", wanted.profile, shipped)
    base = yaml_file.read(paths.PROFILES / f"{wanted.profile}.yaml").content
    start = os.path.relpath(spec.file, wanted.out)
    described = spec.model_dump(exclude_defaults=True) | {"file": start}
    name = f"{wanted.code}_{wanted.task}"
    content = {
        "name": name,
        "about": (
            f"{wanted.task} in {wanted.code} on data of one's own, by the models of the profile "
            f"{wanted.profile!r}."
        ),
        "model": base["model"],
        "translator": base["translator"],
        "laft": base["laft"] | {"corpus": {}},
        "datasets": [
            {
                "name": name,
                "task": wanted.task,
                "languages": [f"{wanted.code}.yaml"],
                "table": described,
            }
        ],
        "shots": [n for n in (0, 1, 2, 4) if 4 * n <= demos],
        "seeds": [0, 1],
        "max_new_tokens": {wanted.task: tasks.get(wanted.task).max_new_tokens},
    }
    content["laft"].pop("adapted", None)
    if english:
        content["languages"] = ["eng.yaml"]
    dumped = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=100)
    return (
        "# Change what you like: limit, shots, the models. Under laft.corpus name a text to adapt\n"
        f"# to ({wanted.code}: /path/to/text.txt, one document a line); under table its licence\n"
        "# and source, which stand beside every result.\n" + str(dumped)
    )


def _english(missing: Sequence[str]) -> str:
    """The shipped English with words for further labels, which `translate` asks by."""
    text = (paths.LANGUAGES / "eng.yaml").read_text(encoding="utf-8")
    own = "".join(
        f"  {_said(label)}: {_said(f'TODO {label}')}  # in English\n" for label in missing
    )
    head, mark, tail = text.partition("labels:\n")
    return f"{head}{mark}  # of your own data\n{own}{tail}"
