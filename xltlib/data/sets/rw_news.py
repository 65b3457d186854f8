"""RW_NEWS (Nzeyimana and Niyongabo Rubungo 2022): Kinyarwanda news, twelve topics, with headlines.

File: ``rw_news/kin/original_dev.txt``. An article begins with ``#number#``, label number, label and
URL, separated by tabs; other lines may begin with ``#`` too. The headline is fused onto the first
line of text. Its end is recovered from the URL's slug, the headline in plain ASCII letters. Sites
cut slugs at 35 or 79 characters, so a headline counts as recovered only when

- the slug's letters are the first letters of the text,
- the next word would still have fitted into the slug (or the site's byline follows), and
- that word begins with a capital, a digit or a mark: it begins a sentence.

Articles without a recovered headline are left out of summarization, never of topics; ``notes``
counts them. There is one file only: a fixed hash of the article number gives 30 % to the
demonstrations.
"""

import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from ...errors import XltError
from ..formats.delimited import flat, folders, read_text
from ..items import Example
from ..sample import order
from ..source import Source, revision_of_folder

PUBLISHER = "github.com/anzeyimana/kinyabert-acl2022 (datasets/RW_NEWS/original/dev.txt)"
_HEAD = re.compile(r"#(\d+)#\t(\d+)\t([^\t]+)\t(\S+)\s*")
_BEGINS = re.compile(r"^#\d+#\t\d+\t", re.MULTILINE)
_CUTS = (35, 79)  # characters of a slug
_BYLINE = "Yanditswe"  # "written on": stands between a headline and the text
_DEMOS = int(0.3 * 2**32)


@dataclass(frozen=True, slots=True)
class Article:
    """One article; ``headline`` is empty when it could not be recovered."""

    number: str
    label: str
    lines: tuple[str, ...]
    headline: str
    body: str  # without the headline


def articles(path: Path) -> list[Article]:
    """All articles of the file. Raises :class:`XltError` for a line that belongs to none."""
    return list(_articles(read_text(path, PUBLISHER), path))


@functools.lru_cache(maxsize=1)  # two tasks, each with two splits and labels, are read one by one
def _articles(text: str, path: Path) -> tuple[Article, ...]:
    records: list[tuple[int, re.Match[str], list[str]]] = []
    for number, line in enumerate(text.split("\n"), 1):
        if match := _HEAD.fullmatch(line):
            records.append((number, match, []))
        elif _BEGINS.match(line) or (line.strip() and not records):
            raise XltError(
                f"{path}, line {number}: found {line[:80]!r}, expected '#number#', label number, "
                "label and URL, separated by tabs"
            )
        elif line.strip():
            records[-1][2].append(line.strip())
    if (expected := len(_BEGINS.findall(text))) != len(records):
        raise XltError(f"{path}: read {len(records)} articles, but {expected} begin in it")
    for number, _, lines in records:
        if not lines:
            raise XltError(f"{path}, line {number}: the article has no text: the file is cut off")
    return tuple(
        Article(match[1], match[3], tuple(lines), *split_headline(match[4], lines))
        for _, match, lines in records
    )


def split_headline(url: str, lines: list[str]) -> tuple[str, str]:
    """(headline, rest of the text); the headline is empty when its end is not certain."""
    whole = flat(" ".join(lines))
    slug = re.sub(r"\.html?$", "", url.rstrip("/").rsplit("/", 1)[-1])
    wanted, first = _ascii(slug), lines[0]
    end = matched = 0
    while matched < len(wanted) and end < len(first):
        letters = _ascii(first[end])
        if not wanted.startswith(letters, matched):
            return "", whole
        matched, end = matched + len(letters), end + 1
    if matched < len(wanted) or not wanted:
        return "", whole
    end += len(first[end:]) - len(first[end:].lstrip("?!.…)]\"'”’»"))
    headline, rest = first[:end], flat(" ".join([first[end:], *lines[1:]]))
    words = (match[0] for match in re.finditer(r"\S+", rest))
    following = next((w for w in map(_ascii, words) if w), "")
    cut = min((c for c in _CUTS if c >= len(slug)), default=None)
    fits = cut is None or len(slug) + 1 + len(following) <= cut or rest.startswith(_BYLINE)
    begins = next((c for c in rest if c.isalnum()), "a")
    inside_a_word = end < len(first) and not first[end].isspace() and first[end] not in "[("
    if not rest or not fits or begins.islower() or inside_a_word:
        return "", whole
    return flat(headline), rest


@functools.lru_cache(maxsize=512)  # most are single characters
def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).lower()
    return "".join(c for c in plain if c.isascii() and c.isalnum())


def _path(language: str, root: Path | None) -> Path:
    return Path(root or ".") / "rw_news" / language / "original_dev.txt"


def _read(task: str, language: str, split: str, root: Path | None) -> list[Example]:
    chosen = [
        a
        for a in articles(_path(language, root))
        if (int.from_bytes(order(a.number, "rw_news")[:4], "big") < _DEMOS) == (split == "demos")
    ]
    if task == "topics":
        return [
            Example(a.number, language, {"text": flat(" ".join(a.lines))}, a.label) for a in chosen
        ]
    return [Example(a.number, language, {"text": a.body}, a.headline) for a in chosen if a.headline]


def _labels(task: str, language: str, root: Path | None) -> set[str]:
    return {a.label for a in articles(_path(language, root))} if task == "topics" else set()


def _notes(task: str, language: str, root: Path | None) -> dict[str, int]:
    found = articles(_path(language, root))
    with_headline = sum(bool(a.headline) for a in found)
    return {
        "articles": len(found),
        "headlines recovered": with_headline,
        "left out of summarization: no certain headline": len(found) - with_headline,
    }


SOURCE = Source(
    name="rw_news",
    tasks=("topics", "summarization"),
    published=("kin",),
    licence="MIT (repository); the articles are their publishers'",
    url=PUBLISHER,
    read=_read,
    labels=_labels,
    languages=lambda root: folders(root, "rw_news", PUBLISHER),
    revision=revision_of_folder("rw_news", "original_dev.txt"),
    notes=_notes,
)
