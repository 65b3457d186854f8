"""Text files of one's own as corpora for LAFT: UTF-8, one document a line, ``.txt`` or ``.txt.gz``.

A profile names the file where it would name a corpus. A relative path starts at the data folder.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from ... import paths
from ...errors import XltError
from ...files import LFS
from ..formats.delimited import digest, nul, old_mac
from ..source import Corpus

SUFFIXES = (".txt", ".txt.gz")


def is_path(name: str) -> bool:
    """Whether a corpus is named by the path of a text file."""
    return name.endswith(SUFFIXES)


def documents(path: Path) -> Iterator[str]:
    """The lines that are not blank, without outer white space, read as they are asked for.

    Raises :class:`XltError` for a file that cannot be read, is cut off, empty, not UTF-8 or no
    text (a NUL, the pointer that Git LFS leaves), and for line ends of old Macs, which would make
    one document of all.
    """
    opened = gzip.open if path.suffix == ".gz" else open
    number = found = 0
    try:
        with opened(path, "rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1 and line.startswith(LFS):
                    raise XltError(
                        f"{path} is a Git LFS pointer and not the text that it stands for: run "
                        "`git lfs pull` in the clone it was copied from, and copy it again"
                    )
                if b"\0" in line:
                    raise nul(path, number)
                text = line.decode("utf-8").removeprefix("\ufeff").strip()
                if "\r" in text:
                    raise old_mac(path, number)
                if text:
                    found += 1
                    yield text
    except UnicodeDecodeError as error:
        raise XltError(
            f"{path}, line {number}: not UTF-8 ({error.reason} at byte {error.start}): convert it"
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise XltError(
            f"cannot read {path}: {getattr(error, 'strerror', None) or error}: name a text file "
            "(.txt or .txt.gz, UTF-8, one document a line) under laft.corpus"
        ) from error
    if not found:
        raise XltError(f"{path} has no text: name another file under laft.corpus")


def corpus(name: str) -> Corpus:
    """The corpus that a text file is, in whatever language the profile says."""

    def path(root: Path | None) -> Path:
        given = paths.expanded(name)
        if given.is_absolute():
            return given
        if root is None:
            raise XltError(
                f"the text file {name!r} is a relative path, which starts at the data folder: give "
                "--data-dir (`data_dir`), or the whole path"
            )
        return root / given

    return Corpus(
        name=name,
        published=(),
        licence="your own text",
        url=name,
        lines=lambda language, root: documents(path(root)),
        revision=lambda language, root: digest([path(root)]),
        languages=lambda root: None,
        local=False,
    )
