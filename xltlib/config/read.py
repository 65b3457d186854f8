"""Languages and profiles out of YAML files, validated.

An unknown key, a missing key or a wrong type is refused with the file, the key, the value and what
is allowed. A language or a profile is named by its code, or by the path of a YAML file, which is
how a fork tries a new one without touching the package.
"""

from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from .. import paths
from ..errors import XltError, not_one_of
from .base import Spec
from .language import Language
from .masked import masked
from .profile import Profile

S = TypeVar("S", bound=Spec)


def _read(kind: type[S], parameter: str, name: str, folder: Path) -> S:
    """Parse ``folder/<name>.yaml``, or the YAML file that ``name`` is the path of."""
    shipped = {p.stem: p for p in sorted(folder.glob("*.yaml"))}
    path = shipped.get(name, Path(name))
    if path.suffix not in {".yaml", ".yml"}:
        todo = f"name one of these, or the path of a {parameter}'s YAML file"
        raise not_one_of(parameter, name, shipped, todo)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise XltError(f"`{parameter}` {name!r}: cannot read {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise XltError(f"`{parameter}` {name!r}: {path} is not UTF-8 YAML: {error}") from error
    return _validated(kind, content, f"{path}")


def _validated(kind: type[S], content: object, where: str) -> S:
    try:
        return kind.model_validate(content)
    except ValidationError as error:
        lines = [f"{where} is not a valid {kind.__name__.lower()}:"]
        for e in error.errors():
            key = ".".join(map(str, e["loc"])) or "(top level)"
            lines.append(f"  {key}: {e['msg']} (got {masked(e['input'])!r:.80})")
        raise XltError("\n".join(lines)) from error


def load_language(name: str) -> Language:
    """The language with an ISO 639-3 code, or the one a YAML file describes.

    Raises :class:`XltError` when there is no such language or its file is not valid.
    """
    return _read(Language, "language", name, paths.LANGUAGES)


def load_profile(name: str, **changes: object) -> Profile:
    """The profile of a name, or of a YAML file, with fields replaced by ``changes``.

    A change that is ``None`` (or an empty list) leaves the profile's own value. Raises
    :class:`XltError` when the profile or a change is not valid.
    """
    profile = _read(Profile, "profile", name, paths.PROFILES)
    _check_adapted(profile)
    given = {k: v for k, v in changes.items() if v not in (None, [], ())}
    return _validated(Profile, profile.model_dump() | given, f"profile {name!r}")


def _check_adapted(profile: Profile) -> None:
    """Refuse a model of others for a language that is none: what it is for would be trained."""
    if not profile.laft.adapted:
        return
    languages = {load_language(name).code for d in profile.datasets for name in d.languages}
    for code in profile.laft.adapted:
        if code not in languages:
            todo = f"these are the languages of the data sets of profile {profile.name!r}"
            raise not_one_of("laft.adapted", code, sorted(languages), todo)
