"""What a prediction file seems to hold: columns, languages, separators, proposed and never taken.

All that is proposed was counted on the file itself, and stands in a command that works as printed.
"""

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from .. import tasks
from ..config import Language, Profile, load_language
from ..data import Example
from ..errors import XltError
from ..text.key import key
from .prediction_files import Prediction, peek
from .request import Request

_OUTPUTS = re.compile(r"output|pred|respon|answer|complet|generat|result|reply", re.I)
_GOLDS = re.compile(r"gold|label|target|refer|categor|truth|topic|headline|summary|entit", re.I)
_SEPARATORS = ("$", "|", ",", "\n", "؛", "፤", "•")
_TAG = re.compile(r"(?:^|[;$|,\n؛፤•])\s*[-*\d.\s]*([^\W\d_][\w ]{0,30}?)\s*[:：]")
_MOST = 300  # rows looked at


def columns(request: Request, gold: Sequence[Example]) -> str:
    """The command with the columns that the file seems to mean; empty where nothing fits."""
    try:
        rows = peek(request.file, request.format)[:_MOST]
    except XltError:
        return ""
    names = list(dict.fromkeys(name for row in rows for name in row))
    ids, texts = {e.id for e in gold}, {key(e.text) for e in gold}
    shares = {
        name: [row[name] for row in rows if row.get(name) not in (None, "")] for name in names
    }

    def best(fits: Any, least: float, among: Sequence[str]) -> str:
        counted = {n: sum(map(fits, shares[n])) / len(rows) for n in among if shares[n]}
        found = max(counted, key=counted.__getitem__, default="")
        return found if found and counted[found] >= least else ""

    found = request
    if not {request.id_column, request.text_column} & set(names):
        found = replace(found, id_column="", text_column="")
        by_id = best(lambda v: str(v) in ids, 0.9, names)
        by_text = best(lambda v: isinstance(v, str) and key(v) in texts, 0.5, names)
        found = replace(found, id_column="" if by_text else by_id, text_column=by_text)
    if (request.answer_column or "output") not in names:
        taken = {found.id_column, found.text_column}
        left = [n for n in names if n not in taken and not _GOLDS.search(n)]
        named = [n for n in left if _OUTPUTS.search(n)]
        filled = best(lambda v: isinstance(v, str), 0.5, named) or (
            left[0] if len(left) == 1 else ""
        )
        found = replace(found, answer_column=filled)
    if found == request or not (found.id_column or found.text_column):
        return ""
    return f"{request.file.name} has the columns {', '.join(names)}. Perhaps: {command(found)}"


def language(
    said: Mapping[str, Prediction],
    items: Mapping[str, Example],
    request: Request,
    profile: Profile,
    labels: Sequence[str],
) -> str:
    """A line that says in which language the answers' words are, where it is not the one given."""
    task = tasks.get(request.task)
    if task.kind == "write":  # whose answers may have any words
        return ""
    one = load_language(request.prompt_language or request.language)
    others = dict.fromkeys(
        ["eng", request.language, *(x for d in profile.datasets for x in d.languages)]
    )
    some = list(said.items())[:_MOST]

    def read(known: Language) -> int:
        try:
            answers = [task.parse(p.output, items[i], known, labels) for i, p in some]
        except XltError:  # a label without a word in that language
            return 0
        return sum(a is not tasks.INVALID for a in answers)

    own = read(one)
    counted = {x.code: (read(x), x.name) for x in map(load_language, others) if x.code != one.code}
    code = max(counted, key=lambda c: counted[c][0], default="")
    if not code or counted[code][0] * 2 < len(some) or counted[code][0] < 3 * max(own, 1):
        return ""
    many, name = counted[code]
    what = "label word" if task.kind == "choose" else "tag or word for none"
    return (
        f"{own} of {len(some)} outputs hold a {what} of {one.name}, {many} one of {name}: perhaps "
        f"{command(replace(request, prompt_language=code))}"
    )


def entities(
    said: Mapping[str, Prediction],
    items: Mapping[str, Example],
    request: Request,
    labels: Sequence[str],
) -> str:
    """A line that says which separator and which tags entity answers seem to have."""
    if request.task != "ner" or request.separator or request.tags:
        return ""
    known = load_language(request.prompt_language or request.language)
    some = list(said.items())[:_MOST]
    tags = {t.casefold() for t in known.entity_types.values()} | {t.casefold() for t in labels}
    counted = Counter(m[1].strip() for _, p in some for m in _TAG.finditer(p.output))
    strange = {
        tag: type_
        for tag, n in counted.most_common(30)
        if tag.casefold() not in tags and n * 20 >= len(some)
        for type_ in sorted(labels, key=len, reverse=True)
        if tag.casefold().startswith(type_.casefold()[:3])
    }
    own = _hits(some, items, ";", known, labels, strange)
    hits = {s: _hits(some, items, s, known, labels, strange) for s in _SEPARATORS}
    best = max(hits, key=hits.__getitem__)
    separator = best if hits[best] > 1.2 * own else ""
    if not separator and not strange:
        return ""
    named = ",".join(f"{tag}={type_}" for tag, type_ in strange.items())
    asked = replace(request, separator=separator.replace("\n", "\\n"), tags=named)
    return (
        f"read as they are, {_hits(some, items, ';', known, labels, {})} entities of "
        f"{len(some)} outputs occur in their texts; with another separator or other tags "
        f"{max(own, hits[best])}: perhaps {command(asked)}"
    )


def _hits(
    some: Sequence[tuple[str, Prediction]],
    items: Mapping[str, Example],
    separator: str,
    known: Language,
    labels: Sequence[str],
    strange: Mapping[str, str],
) -> int:
    """Entities with a known tag whose surface occurs in the text."""
    task = tasks.get("ner")
    total = 0
    for name, one in some:
        output = entity_line(one.output, separator, strange, known)
        answer = task.parse(output, items[name], known, labels)
        if answer is not tasks.INVALID:
            total += sum(e.occurrence >= 0 and not e.type.startswith("?") for e in answer)
    return total


def entity_line(output: str, separator: str, tags: Mapping[str, str], known: Language) -> str:
    """An output with ``separator`` and ``tags`` (theirs -> the data's) as one that tasks read."""
    if separator and separator != ";":
        output = output.strip().replace("\\", "\\\\").replace(";", "\\;")
        output = output.replace(separator, ";")
    for theirs, type_ in sorted(tags.items(), key=lambda pair: -len(pair[0])):
        ours = known.entity_types.get(type_, type_)
        output = re.sub(
            rf"(^|;)(\s*){re.escape(theirs)}\s*[:：]",
            lambda m, ours=ours: f"{m[1]}{m[2]}{ours}:",
            output,
            flags=re.IGNORECASE | re.MULTILINE,
        )
    return output


def command(request: Request) -> str:
    """The command line that makes ``request``, as a shell takes it."""
    words = ["python", "-m", "xltlib", "import", str(request.file)]
    for field in fields(request):
        value = getattr(request, field.name)
        if field.name == "file" or value == field.default:
            continue
        option = "--" + field.name.replace("_", "-")
        words += [option] if value is True else [option, str(value)]
    return shlex.join(words)


def following(profile: str, data_dir: str | None, language: str, task: str) -> str:
    """The command that takes an import into tables, figures and report."""
    words = ["python", "-m", "xltlib", "run", "--profile", profile]
    words += ["--data-dir", data_dir] if data_dir else []
    return shlex.join([*words, "--languages", language, "--tasks", task])


def tags_of(text: str, labels: Sequence[str]) -> dict[str, str]:
    """``PERSON=PER,LOCATION=LOC`` as a mapping. Raises :class:`XltError` for another form."""
    found = {}
    for pair in filter(None, text.split(",")):
        theirs, sign, ours = (part.strip() for part in pair.partition("="))
        if not (theirs and sign and ours in labels):
            raise XltError(
                f"`tags` must be such as PERSON=PER,LOCATION=LOC, with the data's types "
                f"{', '.join(labels)} on the right, but got {pair!r}: correct --tags"
            )
        found[theirs] = ours
    return found
