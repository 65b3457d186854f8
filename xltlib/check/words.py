"""A language's file: its codes, its words, and what a reader would trip over."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

from pydantic import ValidationError

from ..config import Language, codes
from ..config.read import complaints, settings_of
from ..config.yaml_file import Settings
from ..errors import XltError
from ..text.words import words
from .characters import script_share, signs, undrawn
from .findings import Findings, Stops

Place = tuple[str | int, ...]
_TODO = re.compile(r"\bTODO\b")  # a word that new-language leaves to be written


def language_file(
    name: str, found: Findings, unwritten: Stops = "all"
) -> tuple[Language | None, Settings | None]:
    """Everything about one language's file; the language itself where it can be read.

    ``unwritten`` is what a word stops that is still to be written.
    """
    try:
        settings = settings_of("language", name)
    except XltError as error:
        found.add(name, None, str(error), stops="all")
        return None, None
    for line, message in settings.problems:
        found.add(settings.path, line, message, stops="all")
    try:
        language = Language.model_validate(settings.content)
    except ValidationError as error:
        for line, message in complaints(error, settings):
            found.add(settings.path, line, message, stops="all")
        return None, settings
    _codes(language, settings, found)
    _values(settings, found, unwritten)
    _wordings(language, settings, found)
    if letters := undrawn(language.name + "".join(language.labels.values())):
        found.add(
            settings.path,
            settings.line(("name",)),
            f"no font here has the letters {letters[:20]!r}: figures will show boxes",
            "install a font of this script (such as Noto Sans)",
        )
    return language, settings


def _codes(language: Language, settings: Settings, found: Findings) -> None:
    at = settings.line(("code",))
    # those of FLORES-200 are known without the table of all languages, which takes long to load
    if not (codes.of_code(language.code) or codes.is_known(language.code)):
        todo = "take the three letters of ISO 639-3"
        found.add(settings.path, at, f"{language.code!r} is no language of ISO 639", todo, "all")
    line = settings.line(("flores",))
    entry = codes.flores().get(language.flores)
    choices = [f.flores for f in codes.of_code(language.code)]
    near = choices or [f.flores for f in codes.of_code(language.flores[:3])]
    if entry is None:
        todo = f"it is {' or '.join(near)}" if near else "of NLLB's languages it is none"
        said = f"{language.flores!r} is none of the 204 codes of FLORES-200"
        found.add(settings.path, line, said, todo, "translator")
    elif language.code not in (entry.code, entry.macro):
        said = f"code {language.code!r} and flores {language.flores!r} ({entry.name}) do not agree"
        todo = f"write flores: {' or '.join(near)}" if choices else "correct one of them"
        found.add(settings.path, line, said, todo, "all")
    elif not entry.nllb:
        said = f"NLLB-200 does not translate {language.flores!r}"
        found.add(settings.path, line, said, "translate by another model, or not at all")
    named = settings.path.stem
    if named != language.code and len(named) == 3 and codes.is_known(named):
        found.add(
            settings.path,
            at,
            f"the file is called {named!r}, but its code is {language.code!r}",
            "give the file the name of its code",
        )


def _values(settings: Settings, found: Findings, unwritten: Stops) -> None:
    """Every text of the file, by itself."""
    for place, value in _texts(settings.content, ()):
        line = settings.line(place)
        name = ".".join(map(str, place))
        if _TODO.search(value):
            said = f"{name} is still marked TODO"
            found.add(settings.path, line, said, "write the word", unwritten)
        if value != value.strip():
            found.add(settings.path, line, f"{name} begins or ends with a space", "remove it")
        if not unicodedata.is_normalized("NFC", value):
            found.add(
                settings.path,
                line,
                f"{name} is not in composed Unicode (NFC)",
                "type its accented letters as one character each",
            )
        if not value.strip() and place[-1] not in ("instruction", "none"):
            found.add(settings.path, line, f"{name} is empty", "write it", "all")
        if "\n" in value:
            found.add(
                settings.path,
                line,
                f"{name} has a line break, which ends a field of a prompt",
                "write it on one line",
                "all",
            )
        for what, _, _, todo in signs([value]):
            found.add(settings.path, line, f"{name} has {what}", todo)


def _texts(content: object, place: Place) -> Iterable[tuple[Place, str]]:
    if isinstance(content, str):
        yield place, content
    elif isinstance(content, dict):
        for key, value in content.items():
            yield from _texts(value, (*place, key))
    elif isinstance(content, list):
        for number, value in enumerate(content):
            yield from _texts(value, (*place, number))


def _wordings(language: Language, settings: Settings, found: Findings) -> None:
    for task, wordings in language.prompts.items():
        seen: dict[str, int] = {}
        if not wordings:
            found.add(
                settings.path,
                settings.line(("prompts", task)),
                f"prompts.{task} has no wording",
                "write one, or leave the task out",
                "all",
            )
        for number, wording in enumerate(wordings):
            line = settings.line(("prompts", task, number))
            names = [*([wording.document] if wording.document else []), *wording.fields.values()]
            if wording.answer in names:
                found.add(
                    settings.path,
                    line,
                    f"prompts.{task}.{number} calls text and answer {wording.answer!r}",
                    "give them two names",
                    "all",
                )
            for name in re.findall(r"\{([^{}]*)\}", wording.instruction):
                if name not in ("labels", "types"):
                    found.add(
                        settings.path,
                        line,
                        f"prompts.{task}.{number} uses {{{name}}}",
                        "there are {labels} and {types} alone",
                        "all",
                    )
            first = seen.setdefault(wording.model_dump_json(), number)
            if first != number:
                found.add(
                    settings.path,
                    line,
                    f"prompts.{task}.{number} is the same as prompts.{task}.{first}",
                    "word it otherwise, or remove it",
                )
    every = (text for _, text in _texts(settings.content.get("labels", {}), ()))
    said = [text for text in every if not _TODO.search(text)]
    share = script_share(said, language.flores)
    if share is not None and share < 0.5:
        found.add(
            settings.path,
            settings.line(("labels",)),
            f"{1 - share:.0%} of the letters of "
            f"the label words are not in the script of {language.flores!r}",
            "write the words, or the code, in the other script",
            "all",
        )
    if language.entity_types and not words(language.none):
        found.add(
            settings.path,
            settings.line(("none",)),
            "none has no word in it",
            "say how 'no entity' is written",
            "all",
        )


def labels(
    language: Language,
    settings: Settings | None,
    task: str,
    offered: Sequence[str],
    found: Findings,
    stops: Stops,
) -> None:
    """The words for a data set's labels: each has one, and no two have the same."""
    where = settings.path if settings else language.code
    own = {} if task == "ner" else getattr(language, "words", {}).get(task, {})
    place: Place = ("entity_types",) if task == "ner" else ("labels",)
    chosen = language.entity_types if task == "ner" else language.labels | own
    line = settings.line(place) if settings else None
    seen: dict[tuple[str, ...], str] = {}
    for label in offered:
        if label not in chosen:
            found.add(
                where,
                line,
                f"no word for the data's label {label!r} ({task})",
                f"add `{label}: <its word>` under {place[0]}",
                stops,
            )
            continue
        at = settings.line((*place, label)) if settings else None
        word = chosen[label]
        if "," in word:
            found.add(
                where,
                at,
                f"the word {word!r} for {label!r} has a comma, which separates labels in prompts",
                "take a word without",
                stops,
            )
        other = seen.setdefault(tuple(words(word)), label)
        if other != label and not _TODO.search(word):
            found.add(
                where,
                at,
                f"the labels {other!r} and {label!r} have the same word {word!r}",
                "give each a word of its own",
                stops,
            )
    if task == "ner" and language.none in chosen.values():
        found.add(
            where,
            settings.line(("none",)) if settings else None,
            f"none is {language.none!r}, which is an entity type's tag, too",
            "take another word",
            stops,
        )
