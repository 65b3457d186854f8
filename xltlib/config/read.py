"""Languages and profiles out of YAML files, validated.

An unknown key, a missing key or a wrong type is refused with the file, the line, the key, the value
and what is allowed. A language or a profile is named by its code, or by the path of a YAML file,
which is how a fork tries a new one without touching the package. A profile may bring languages and
tables of its own by path, relative to itself; once it is loaded they are known by their codes and
names, like those that are shipped, until another profile is.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from .. import paths
from ..errors import XltError, not_one_of
from . import codes, yaml_file
from .base import Spec
from .language import Language
from .masked import masked
from .profile import Profile
from .table import TableSpec
from .yaml_file import Place, Settings

S = TypeVar("S", bound=Spec)

_SUFFIXES = {".yaml", ".yml"}
_own: dict[str, Path] = {}  # the languages that the profile loaded last brought, by code
_tables: dict[str, dict[str, TableSpec]] = {}  # its tables: data set -> task -> table
_names: dict[str, str] = {}  # of all languages that were loaded, for figures


def is_file(name: str) -> bool:
    """Whether a language or profile is named by the path of its YAML file."""
    return Path(name).suffix in _SUFFIXES


def settings_of(parameter: str, name: str) -> Settings:
    """The YAML of a language or profile, of a shipped name or a path, not yet validated.

    ``parameter`` is ``language`` or ``profile``. Raises :class:`XltError` for an unknown name and
    for a file that cannot be read; what else is wrong stands in ``problems``.
    """
    path = _path(parameter, name)
    try:
        return yaml_file.read(path)
    except XltError as error:
        raise XltError(f"`{parameter}` {name!r}: {error}") from error


def _path(parameter: str, name: str) -> Path:
    if parameter == "language" and name in _own:
        return _own[name]
    if is_file(name):
        return Path(name)
    folder = {"language": paths.LANGUAGES, "profile": paths.PROFILES}[parameter]
    known = {p.stem: p for p in sorted(folder.glob("*.yaml"))}
    if name not in known:
        todo = f"name one of these, or the path of a {parameter}'s YAML file"
        more = _own if parameter == "language" else {}
        raise not_one_of(parameter, name, [*known, *more], todo)
    return known[name]


def validated(kind: type[S], settings: Settings) -> S:
    """The settings as a spec. Raises :class:`XltError` with every problem and its line."""
    settings.refuse()
    try:
        return kind.model_validate(settings.content)
    except ValidationError as error:
        raise XltError(
            "\n".join(
                [
                    f"{settings.path} is not a valid {kind.__name__.lower()}:",
                    *(f"  line {line}: {said}" for line, said in complaints(error, settings)),
                ]
            )
        ) from error


def complaints(error: ValidationError, settings: Settings) -> list[tuple[int, str]]:
    """(line, what is wrong) of all that a spec refuses in a file, in the order of its lines."""
    return sorted((settings.line(e["loc"]), _said(e)) for e in error.errors())


def _said(error: Any) -> str:
    key = ".".join(map(str, error["loc"])) or "(top level)"
    return f"{key}: {error['msg']} (got {masked(error['input'])!r:.80})"


def load_language(name: str) -> Language:
    """The language with an ISO 639-3 code, or the one a YAML file describes.

    Raises :class:`XltError` when there is no such language or its file is not valid.
    """
    path = _path("language", name)
    try:
        state = path.stat()
        version = (state.st_ino, state.st_mtime_ns, state.st_ctime_ns, state.st_size)
    except OSError:
        version = (0, 0, 0, 0)  # reading it says what is wrong
    language = _language(name, path, version)
    _names[language.code] = language.name
    return language


@lru_cache(maxsize=1024)  # every cell of a grid asks for its language
def _language(name: str, path: Path, version: tuple[int, ...]) -> Language:
    return validated(Language, settings_of("language", name))


def language_name(code: str) -> str:
    """The name of a language that is shipped or was loaded; else the code itself."""
    if code not in _names and (code in _own or (paths.LANGUAGES / f"{code}.yaml").is_file()):
        load_language(code)
    return _names.get(code, code)


def name_of(code: str) -> str:
    """The same, with the English name in FLORES-200 of a language that no file here names."""
    named = language_name(code)
    found = codes.of_code(code) if named == code else []
    return found[0].name if found else named


def load_profile(name: str, **changes: object) -> Profile:
    """The profile of a name, or of a YAML file, with fields replaced by ``changes``.

    A change that is ``None`` (or an empty list) leaves the profile's own value; a change of the
    shots, the seeds or the limit stands in place of its data sets' own, too. Raises
    :class:`XltError` when the profile or a change is not valid.
    """
    settings = settings_of("profile", name)
    settings.refuse()
    own = own_languages(settings)
    profile = validated(Profile, settings)
    use(profile, own)
    _check_adapted(profile)
    given = {k: v for k, v in changes.items() if v not in (None, [], ())}
    if not given:
        return profile
    content = profile.model_dump() | given
    content["datasets"] = [
        {k: v for k, v in d.items() if k not in given.keys() & {"shots", "seeds", "limit"}}
        for d in content["datasets"]
    ]
    try:
        return Profile.model_validate(content)
    except ValidationError as error:
        lines = [f"  {_said(e)}" for e in error.errors()]
        raise XltError("\n".join([f"profile {name!r} is not a valid profile:", *lines])) from error


def use(profile: Profile, own: dict[str, Path]) -> None:
    """Make a profile's own languages and tables known, and those of the one before it unknown."""
    for code in _own.keys() - own.keys():
        _names.pop(code, None)
    _own.clear()
    _own.update(own)
    _tables.clear()
    for d in profile.datasets:
        if d.table is not None:
            _tables.setdefault(d.name, {})[d.task] = d.table


def tables(dataset: str) -> dict[str, TableSpec]:
    """Task -> table of a data set that the profile loaded last brought; empty for others."""
    return dict(_tables.get(dataset, {}))


def own_languages(settings: Settings) -> dict[str, Path]:
    """Make a profile's paths whole: of tables, and of language files, which become codes.

    Returns code -> file. Raises :class:`XltError` for a file that is no language and for two of the
    same code.
    """
    own: dict[str, Path] = {}
    content = settings.content if isinstance(settings.content, dict) else {}
    datasets = content.get("datasets")
    lists: list[tuple[Place, Any]] = [(("languages",), content.get("languages"))]
    for number, dataset in enumerate(datasets if isinstance(datasets, list) else ()):
        if not isinstance(dataset, dict):
            continue
        lists.append((("datasets", number, "languages"), dataset.get("languages")))
        table = dataset.get("table")
        if isinstance(table, dict) and isinstance(table.get("file"), str):
            table["file"] = str(_whole(table["file"], settings))
    for place, languages in lists:
        for at, given in enumerate(languages if isinstance(languages, list) else ()):
            if not (isinstance(given, str) and is_file(given)):
                continue
            path = _whole(given, settings)
            code = load_language(str(path)).code
            if own.setdefault(code, path) != path:
                raise XltError(
                    f"{settings.path}, line {settings.line((*place, at))}: {own[code]} and {path} "
                    f"are both {code!r}: records tell languages apart by their codes, so give one "
                    "profile to each"
                )
            languages[at] = code
    return own


def _whole(path: str, settings: Settings) -> Path:
    """A path of a profile, which starts where the profile's own file lies."""
    return paths.whole(settings.path.parent / paths.expanded(path))


def _check_adapted(profile: Profile) -> None:
    """Refuse a model of others for a language that is none: what it is for would be trained."""
    languages = {code for d in profile.datasets for code in d.languages}
    for code in profile.laft.adapted:
        if code not in languages:
            todo = f"these are the languages of the data sets of profile {profile.name!r}"
            raise not_one_of("laft.adapted", code, sorted(languages), todo)
