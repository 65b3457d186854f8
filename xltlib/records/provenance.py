"""What made a result: content hashes that decide what is re-run, and facts for reports.

A cell id is a hash of the parameters, the notebook, the sources that it is made by
(:mod:`.modules`), the revisions of data and models, the lock of the environment and the cells it
builds on. Nothing in it depends on where the checkout or the data lie, or on who runs it.
"""

import hashlib
import json
import platform
import subprocess
from collections.abc import Iterable
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import machine, paths
from ..errors import XltError
from . import modules
from .modules import Own

if TYPE_CHECKING:
    from ..config import EncoderSpec, ModelSpec, TranslatorSpec

#: Sources that only run and report; no number depends on them.
MACHINERY = frozenset(
    {"__init__.py", "__main__.py", "cli.py", "commands", "errors.py", "mini", "paths.py", "runs"}
)
_SUFFIXES = {".py", ".yaml", ".json", ".tsv", ".txt"}
_HASHED = 256 * 2**20  # bytes; of larger files the size has to do
#: Packages whose versions stand in every manifest and report.
PACKAGES = (
    "torch transformers tokenizers peft numpy pandas pyarrow scipy statsmodels rouge_score "
    "sacrebleu seqeval papermill nbclient ipykernel jupytext matplotlib seaborn"
).split()


def digest(content: Any) -> str:
    """sha256 (64 hexadecimal digits) of anything JSON can hold, keys sorted."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """sha256 of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_facts(path: Path) -> dict[str, Any]:
    """Size and sha256 of a file, as manifests have them; of a very large one the size alone."""
    size = path.stat().st_size
    return {"bytes": size, "sha256": file_sha256(path) if size <= _HASHED else None}


@lru_cache
def sources(own: Own) -> str:
    """Hash of the sources that a cell's records are made by: the shared ones and its own."""
    return digest({path.as_posix(): sha for path, sha in modules.hashes(own).items()})


@lru_cache
def all_sources() -> str:
    """Hash of all that an analysis may use."""
    roots = (p for p in paths.PACKAGE.iterdir() if p.name not in MACHINERY)
    files = [
        path
        for root in roots
        for path in (root.rglob("*") if root.is_dir() else [root])
        if path.suffix in _SUFFIXES and paths.MINI_CHECKPOINTS not in path.parents
    ]
    return digest({p.relative_to(paths.PACKAGE).as_posix(): _text_sha(p) for p in files})


def languages(names: Iterable[str], task: str | None) -> str:
    """Hash of the content of languages' files; of prompts and words, those of ``task``."""
    from ..config import load_language

    content = {}
    for one in map(load_language, names):
        content[one.code] = one.model_dump(mode="json", exclude={"reviewed_by"})
        for block in ("prompts", "words"):
            content[one.code][block] = content[one.code][block].get(task)
    return digest(content)


@lru_cache
def lock() -> str:
    """Hash of the lock of exact versions. Raises :class:`XltError` when there is no lock."""
    if not paths.LOCK.is_file():
        raise XltError(f"{paths.LOCK} is missing: run from a checkout of the project")
    return _text_sha(paths.LOCK)


@lru_cache
def data(dataset: str, language: str, data_dir: str | None) -> str:
    """Revision of a data set in a language, by the content of its files."""
    from .. import data as sets

    return sets.revision(dataset, language, Path(data_dir) if data_dir else None)


@lru_cache
def model(spec: "ModelSpec | TranslatorSpec | EncoderSpec") -> str:
    """Revision of a model, by content or by the hub's commit."""
    from .. import models

    return models.revision(spec)


@lru_cache
def environment() -> dict[str, Any]:
    """Facts about software and hardware. No names of users or machines, no paths."""
    import psutil

    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cpu": machine.processor(),
        "cores": machine.cores(),
        **_gpus(),
        "memory_gb": round(psutil.virtual_memory().total / 2**30, 1),
        "packages": {name: v for name in PACKAGES if (v := _version(name))},
        **_commit(),
    }


def _text_sha(path: Path) -> str:
    # git may check the same text out with either line ending
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _gpus() -> dict[str, Any]:
    """How many GPUs there are and of what kind; nothing without any."""
    if not machine.has_gpu():
        return {}
    import torch

    names = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
    return {"gpu": f"{len(names)} x {names[0]}"} if names else {}


def _commit() -> dict[str, Any]:
    """The checkout's commit and whether files differ from it; nothing outside a repository."""
    git = ["git", "-C", str(paths.CHECKOUT)]
    try:
        commit = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True)
        if commit.returncode:
            return {"commit": None, "dirty": None}
        status = subprocess.run([*git, "status", "--porcelain"], capture_output=True, text=True)
        return {"commit": commit.stdout.strip(), "dirty": bool(status.stdout.strip())}
    except OSError:
        return {"commit": None, "dirty": None}
