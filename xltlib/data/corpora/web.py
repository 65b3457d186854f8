"""Web text of the hub as corpora for LAFT, streamed: nothing is downloaded beyond what is read.

Each corpus is pinned to a commit. A file that ``hf download`` put into the hub's cache is read from
there, any other over the network. Repositories, file names and the field ``text`` are from the
hub's pages and the data sets' own loading scripts; nothing has been streamed from the hub by us
yet. mC4 has no Kinyarwanda and no Luganda; WURA has no Luganda, and its ``kin`` is Kinyarwanda with
Kirundi; that MADLAD-400 has Luganda (``lg``) is not confirmed.
"""

import contextlib
import gzip
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ...errors import XltError
from ..formats.delimited import flat
from ..source import Corpus


@dataclass(frozen=True, kw_only=True)
class WebText:
    """Where the text of each language is: JSON lines with a field ``text``, or plain lines."""

    repo: str
    commit: str
    files: Mapping[str, str]  # language -> pattern of file names
    licence: str
    escaped: bool = False  # line breaks are written as a backslash and an n


_TEXTS = {
    "hub:mc4": WebText(
        repo="allenai/c4",
        commit="cf660320ac5928b0d9e2b1547e6bded469adc357",
        files={"hau": "multilingual/c4-ha.*.json.gz"},
        licence="ODC-By",
    ),
    "hub:madlad400": WebText(
        repo="allenai/MADLAD-400",
        commit="ecd71297d60c1eb996cd3d7c44c60ad5b55adfc6",
        files={
            code: f"data/{two}/{two}_clean_*.jsonl.gz"
            for code, two in {"hau": "ha", "kin": "rw", "lug": "lg"}.items()
        },
        licence="ODC-By",
        escaped=True,
    ),
    "hub:wura": WebText(
        repo="castorini/wura",
        commit="dc0fb276a8bd05edc7cca774df909a7556807e9f",
        files={code: f"passages-v1.0/train/{code}.txt" for code in ("hau", "kin")},
        licence="Apache-2.0",
    ),
}


def documents(name: str, language: str, root: Path | None = None) -> Iterator[str]:
    """The documents of a corpus in the order of its files, white space flattened.

    Raises :class:`XltError` when the hub cannot be reached or a line is not what it should be.
    """
    entry = _TEXTS[name]
    pattern = entry.files[language]
    plain = pattern.endswith(".txt")
    for file, opened in _files(name, entry, pattern):
        number = 0
        try:
            with contextlib.closing(opened()) as raw:
                lines = gzip.GzipFile(fileobj=raw) if file.endswith(".gz") else raw
                for number, line in enumerate(lines, 1):  # noqa: B007  errors name it
                    text = line.decode("utf-8")
                    document = text if plain else json.loads(text)["text"]
                    if content := flat(document.replace("\\n", " ") if entry.escaped else document):
                        yield content
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise XltError(
                f"{name}: {file} of {entry.repo}, line {number}: expected "
                f"{'a line of text' if plain else 'a JSON object with a text'}, in UTF-8 "
                f"({type(error).__name__}: {error}): the corpus has changed, choose another one"
            ) from error
        # What a transport raises has no common type.
        except Exception as error:
            raise _unreachable(name, entry, pattern, error) from error


def _files(name: str, entry: WebText, pattern: str) -> Iterator[tuple[str, Any]]:
    """(name, how to open it) of each file, from the hub's cache if it has any, else the network."""
    try:
        from huggingface_hub import HfFileSystem, snapshot_download
        from huggingface_hub.errors import LocalEntryNotFoundError
    except ImportError as error:
        raise XltError(
            f"{name} needs the package `huggingface_hub`: pip install huggingface_hub"
        ) from error
    try:
        folder = Path(
            snapshot_download(
                entry.repo,
                repo_type="dataset",
                revision=entry.commit,
                allow_patterns=[pattern],
                local_files_only=True,
            )
        )
    except LocalEntryNotFoundError:  # nothing there, or not every file of the pattern
        folder = None
    if folder and (cached := sorted(folder.glob(pattern))):
        for file in cached:
            yield file.relative_to(folder).as_posix(), partial(open, file, "rb")
        return
    try:
        hub = HfFileSystem()
        start = f"datasets/{entry.repo}@{entry.commit}/"
        found = sorted(hub.glob(start + pattern))
        if not found:
            raise FileNotFoundError(f"no {pattern} at commit {entry.commit[:8]}")
    except Exception as error:
        raise _unreachable(name, entry, pattern, error) from error
    for path in found:
        yield path.removeprefix(start), partial(hub.open, path, "rb")


def _unreachable(name: str, entry: WebText, pattern: str, error: Exception) -> XltError:
    reason = " ".join(str(error).split())[:200]
    return XltError(
        f"{name}: cannot read {pattern} of {entry.repo} from the hub, which is offline, "
        f"unreachable or has changed ({type(error).__name__}: {reason}): check the network and "
        f"HF_HUB_OFFLINE; or run, where there is a network, `hf download {entry.repo} --repo-type "
        f"dataset --revision {entry.commit} --include '{pattern}'` and bring its cache ($HF_HOME) "
        "here; or name a text file (.txt or .txt.gz, one document a line) under laft.corpus"
    )


def _revision(name: str, language: str, root: Path | None) -> str:
    """SHA-256 of repository, commit and file names: a commit of the hub never changes."""
    entry = _TEXTS[name]
    return hashlib.sha256(
        f"{entry.repo}@{entry.commit}/{entry.files[language]}".encode()
    ).hexdigest()


def _corpus(name: str, entry: WebText) -> Corpus:
    return Corpus(
        name=name,
        published=tuple(entry.files),
        licence=entry.licence,
        url=f"huggingface.co/datasets/{entry.repo}",
        lines=partial(documents, name),
        languages=lambda root: tuple(entry.files),
        revision=partial(_revision, name),
        local=False,
    )


CORPORA = tuple(_corpus(name, entry) for name, entry in _TEXTS.items())
