"""YAML as people write settings: read strictly, and with the line of every value.

What YAML 1.1 and 1.2 read differently (``010``, ``1:30``, ``no``) is refused in place of being
guessed, as are a key given twice, anchors and aliases, tags, and whatever is too deep or too long
to be settings. Numbers are those of YAML 1.2: ``1e-4`` is one.
"""

import math
import re
import unicodedata
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import regex
import yaml

from ..errors import XltError

LONGEST_FILE = 200_000  # bytes; a language file has some 3,000
LONGEST_VALUE = 10_000  # characters of one value
DEEPEST = 20  # levels; a profile has four

_UNSEEN = regex.compile(r"\p{Cf}")
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOTHING = {"", "~", "null", "Null", "NULL"}
_TRUTH = dict.fromkeys(("true", "True", "TRUE"), True)
_TRUTH |= dict.fromkeys(("false", "False", "FALSE"), False)
#: What one version of YAML reads as a number, a truth value or a date, and another as text.
_AMBIGUOUS = (
    (re.compile(r"(yes|no|on|off)", re.I), "a truth value or a word"),
    (re.compile(r"[-+]?0[0-9_]+(\.[0-9_]*)?"), "an octal number, a decimal one or text"),
    (re.compile(r"[-+]?0[box][0-9a-f_]+", re.I), "a number in another base, or text"),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "a number with underscores, or text"),
    (re.compile(r"[-+]?[0-9][0-9_]*(:[0-9]{1,2})+(\.[0-9_]*)?"), "a number to base 60, or text"),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt\s].*)?"), "a date or text"),
    (re.compile(r"[-+]?\.(inf|nan)", re.I), "no finite number, or text"),
    (re.compile(r"<<|="), "a merge of YAML 1.1, or text"),
    (re.compile(r"[“”„«‘‚].*[“”»’]", re.S), "a text in quotation marks, or one with them"),
)

# Spaces that look like one and are none to YAML: behind a key's colon, or in front of a line.
_ODD_SPACE = re.compile(
    r"^[ ]*(?:-[ ]+)?(?:[\w./-]+:|)[ ]*([\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000\ufeff])"
)

Place = tuple[str | int, ...]


@dataclass
class Settings:
    """What a file says, the line of each of its values, and all that is wrong with it."""

    path: Path
    content: Any = None
    lines: dict[Place, int] = field(default_factory=dict)
    problems: list[tuple[int, str]] = field(default_factory=list)

    def line(self, place: Place) -> int:
        """The line of a value, or of the nearest thing that it would stand in."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def refuse(self) -> None:
        """Raise :class:`XltError` with every problem found, if there is any."""
        if self.problems:
            found = [f"  line {line}: {message}" for line, message in sorted(self.problems)]
            raise XltError("\n".join([f"{self.path} cannot be read as settings:", *found]))


def read(path: Path) -> Settings:
    """Parse a file; what is wrong with its values stands in ``problems``, all of it.

    Raises :class:`XltError` for a file that is missing, not UTF-8, not YAML, or no settings at all
    (too large, too deep, with anchors), before any of it is built.
    """
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise XltError(
                f"{path} has {path.stat().st_size:,} bytes: settings have at most "
                f"{LONGEST_FILE:,}; is it another file?"
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise XltError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise XltError(f"{path}, line {line}: not UTF-8 ({error.reason}): convert it") from error
    try:
        _check_spaces(path, text)
        _check_shape(path, text)
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f", line {mark.line + 1}" if mark else ""
        said = " ".join(filter(None, (error.context, error.problem)))
        raise XltError(f"{path}{where}: not YAML: {said}") from error
    except yaml.YAMLError as error:
        raise XltError(f"{path} is not YAML: {' '.join(str(error).split())[:200]}") from error
    if root is None:
        raise XltError(f"{path} is empty: nothing but comments stands in it")
    found = Settings(path)
    found.content = _build(root, (), found)
    return found


def _check_spaces(path: Path, text: str) -> None:
    """Refuse lines that a space of another kind makes into something else than they look like."""
    for number, line in enumerate(text.split("\n"), 1):
        if odd := _ODD_SPACE.match(line):
            raise XltError(
                f"{path}, line {number}: a space of another kind (U+{ord(odd[1]):04X}) stands "
                "where YAML wants a plain one: type it again"
            )


def _check_shape(path: Path, text: str) -> None:
    """Refuse, event by event, what would take long to build or mean more than it shows."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        where = f"{path}, line {event.start_mark.line + 1}"
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise XltError(
                f"{where}: anchors (&) and aliases (*) are not read: write the value out where it "
                "is used, or put quotes around a text that begins so"
            )
        if getattr(event, "tag", None) not in (None, "!"):
            raise XltError(
                f"{where}: found the tag {event.tag!r}, but tags are not read: remove it"
            )
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise XltError(f"{where}: nested more than {DEEPEST} levels deep: no settings are")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        elif isinstance(event, yaml.ScalarEvent) and len(event.value) > LONGEST_VALUE:
            raise XltError(
                f"{where}: a value of {len(event.value):,} characters: settings have at most "
                f"{LONGEST_VALUE:,}"
            )


def _build(node: yaml.Node, place: Place, found: Settings) -> Any:
    line = node.start_mark.line + 1
    found.lines.setdefault(place, line)
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, line, found)
    if isinstance(node, yaml.SequenceNode):
        return [_build(item, (*place, i), found) for i, item in enumerate(node.value)]
    values: dict[Any, Any] = {}
    first: dict[Any, int] = {}
    for key_node, value_node in node.value:
        at = key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode):
            found.problems.append((at, "a key must be a word, not a list or a mapping"))
            continue
        key = _scalar(key_node, at, found)
        same = _UNSEEN.sub("", unicodedata.normalize("NFC", key_node.value)).strip()
        inside = ".".join(map(str, place))
        if before := first.get(same) or first.get(key):
            found.problems.append(
                (
                    at,
                    f"the key {key!r}{f' of {inside}' if inside else ''} is given twice, here and "
                    f"in line {before}: keep one",
                )  # fmt: skip
            )
            continue
        first[same] = first[key] = at
        found.lines[(*place, key)] = at
        values[key] = _build(value_node, (*place, key), found)
    return values


def _scalar(node: yaml.ScalarNode, line: int, found: Settings) -> Any:
    text = node.value
    if node.style is not None:  # quoted, or a block of text
        return text
    if text in _NOTHING:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    for pattern, meaning in _AMBIGUOUS:
        if pattern.fullmatch(text):
            found.problems.append(
                (
                    line,
                    f"{text:.40} may mean {meaning}: write '{text:.40}' in quotes if it is text, "
                    "or else a plain number, true or false",
                )  # fmt: skip
            )
            return text
    if _INTEGER.fullmatch(text) and len(text) < 20:
        return int(text)
    if _DECIMAL.fullmatch(text):
        value = float(text)
        if math.isfinite(value):
            return value
        found.problems.append((line, f"{text:.40} is too large a number"))
    return text
