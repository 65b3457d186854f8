"""The text that LAFT would train on: whether it can be read, is long enough, and clean."""

from collections.abc import Sequence
from itertools import islice

from .. import data, paths
from ..config import Language, Profile
from ..data.leaks.common import may_be_near
from ..data.leaks.decontaminate import decontaminate
from ..errors import XltError
from .characters import script_share, signs
from .findings import Findings

READ = 5_000  # documents that are looked at
FEWEST = 20  # documents, below which nothing can be held out
SHORT = 10_000  # words, below which a model learns little of a language


def text(
    language: Language,
    profile: Profile,
    sets: Sequence[str],
    tests: Sequence[str],
    found: Findings,
    deep: bool,
) -> None:
    """Everything about the LAFT text of one language."""
    code, laft = language.code, profile.laft
    where = f"laft.corpus.{code}"
    if adapted := laft.adapted.get(code):
        folder = paths.expanded(adapted)
        if adapted.startswith(("/", "~", ".")) and not folder.is_dir():
            found.add(
                f"laft.adapted.{code}",
                None,
                f"there is no folder {adapted}",
                "correct it",
                "training",
            )
        return
    source = laft.corpus.get(code)
    if source is None:
        found.add(
            "laft.corpus",
            None,
            f"there is no text for {code!r}",
            f"name one: laft.corpus.{code}: my_text.txt, one document a line",
            "training",
        )
        return
    try:
        leaked = sorted({*data.leaked_sets(source)} & {*sets})
    except XltError as error:
        found.add(where, None, str(error), stops="training")
        return
    if leaked and not laft.allow_leaks:
        found.add(
            where,
            None,
            f"{source} holds the test text of {', '.join(leaked)}",
            "take another text, other data, or allow_leaks",
            "training",
        )
    if source.startswith("hub:"):
        found.add(where, None, f"{source} comes from the hub, which a check does not ask")
        return
    if not data.is_decontaminated(source):
        return  # generated with the test items apart
    try:
        lines = list(islice(data.corpus(source, code, profile.data_dir), READ))
    except XltError as error:
        found.add(where, None, str(error), stops="training")
        return
    _content(where, source, lines, language, tests if deep else (), found)


def _content(
    where: str,
    source: str,
    lines: list[str],
    language: Language,
    tests: Sequence[str],
    found: Findings,
) -> None:
    size = sum(len(line.split()) for line in lines)
    if len(lines) < FEWEST:
        found.add(
            where,
            None,
            f"{source} has {len(lines)} documents: too few to hold any out",
            f"put one document on each line, {FEWEST} or more",
            "training",
        )
    elif size < SHORT and " " in "".join(lines[:100]):
        found.add(
            where,
            None,
            f"{source} has {size:,} words: a model learns little from so few",
            "hundreds of thousands are usual",
        )
    again = len(lines) - len(set(lines))
    if again > len(lines) / 10:
        found.add(
            where, None, f"{again:,} of {len(lines):,} documents repeat another", "keep each once"
        )
    for what, n, first, todo in signs(lines):
        found.add(
            where,
            None,
            f"{n:,} of {len(lines):,} documents have {what} (document {first + 1})",
            todo,
        )
    share = script_share(lines[:500], language.flores)
    if share is not None and share < 0.8:
        found.add(
            where,
            None,
            f"{1 - share:.0%} of the letters are not in the script of {language.flores!r}",
            "check the file and the language",
            "training",
        )
    if not tests:
        return
    tests = list(dict.fromkeys(tests))
    own, others = may_be_near(lines, tests)  # few of either: no others need be compared
    left = decontaminate([lines[i] for i in own], [tests[i] for i in others])
    if dropped := left.exact + left.near:
        found.add(
            where,
            None,
            f"{dropped:,} documents overlap with test items and will be left out of training",
            "",
        )
    if lines and dropped == len(lines):
        found.add(
            where,
            None,
            f"nothing of {source} is left without the test items",
            "take another text",
            "training",
        )
