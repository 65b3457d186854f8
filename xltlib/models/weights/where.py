"""Where a model's files are, whether they can be loaded safely, and what identifies them."""

import contextlib
import functools
import hashlib
import json
from pathlib import Path

from ... import paths
from ...config import EncoderSpec, ModelSpec, TranslatorSpec
from ...errors import XltError
from ...files import LFS
from . import failures, gguf

#: File endings that make a model what it is; all others (README, logs, optimizer) do not count.
_CONTENT = (".safetensors", ".json", ".model", ".spm", ".txt", ".vocab", ".tiktoken", ".jinja")
_TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "source.spm",
    "spiece.model",
    "vocab.json",
    "sentencepiece.bpe.model",
)
_POINTER = 1024  # bytes; a Git LFS pointer has some 130
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_MINI = {
    **{(name, ModelSpec): folder for name, folder in paths.MINI_MODELS.items()},
    ("mini", TranslatorSpec): "translator",
    ("mini", EncoderSpec): "translator",
}
SERVED = "openai:"  # what the path of a served model begins with

AnySpec = ModelSpec | TranslatorSpec | EncoderSpec


def is_served(spec: AnySpec) -> bool:
    """Whether the model is asked over the network instead of loaded."""
    return spec.path.startswith(SERVED)


def folder_of(spec: AnySpec, folder: Path | None = None, weights: bool = True) -> Path | None:
    """The folder that ``spec`` means, or None when it names a hub id.

    ``folder`` (an adapted model) stands in for ``spec.path``; without ``weights`` a tokenizer is
    enough. A GGUF file is converted, and a ``spec.vocabulary`` applied, the first time. Raises
    :class:`XltError` when a folder is missing, has no safetensors weights, no configuration or no
    tokenizer.
    """
    if folder is None and isinstance(spec, ModelSpec) and spec.vocabulary:
        from . import cutting

        base = spec.model_copy(update={"vocabulary": None})
        return cutting.kept(spec.vocabulary, known(base), lambda: source_of(base))
    if folder is None and (spec.path, type(spec)) in _MINI:
        folder = paths.MINI_CHECKPOINTS / _MINI[spec.path, type(spec)]
        if not folder.is_dir():
            how = " --bytes" if spec.path == "mini-bytes" else ""
            raise XltError(
                f"model `{spec.path}`: {folder} is missing: restore it from the checkout, or make "
                f"it again with `python -m xltlib pretrain-mini{how}`"
            )
    if folder is None and gguf.is_gguf(spec.path):
        folder = gguf.folder_of(spec.path)
    if folder is None:
        given = paths.expanded(spec.path)
        if given.is_dir():
            folder = given
        elif given.is_file():
            raise XltError(
                f"model `path`: {spec.path!r} is a file: give the folder that it lies in, with its "
                "config.json and tokenizer"
            )
        elif spec.path.startswith((".", "/", "~")) or spec.path.count("/") > 1 or "\\" in spec.path:
            raise XltError(
                f"model `path`: there is no folder {spec.path!r}: give `mini`, the path of a "
                "folder with safetensors weights, of a GGUF file, or a hub id such as 'owner/name'"
            )
        else:
            return None
    check(folder, weights)
    return folder


def check(folder: Path, weights: bool = True) -> None:
    """Raise :class:`XltError` unless ``folder`` holds a model that can be loaded without pickle.

    Without ``weights`` it need hold a tokenizer alone.
    """
    if not folder.is_dir():
        raise XltError(
            f"model folder {folder} does not exist: give a folder with safetensors weights"
        )
    if (folder / "adapter_config.json").is_file() and not (folder / "config.json").is_file():
        raise XltError(
            f"model folder {folder} holds an adapter{_base(folder)} and no model: load both with "
            "peft, `merge_and_unload()`, write the model and its tokenizer with `save_pretrained` "
            "and give that folder"
        )
    for file in folder.glob("*.safetensors") if weights else ():
        if file.stat().st_size < _POINTER and file.read_bytes().startswith(LFS):
            raise XltError(
                f"model folder {folder}: {file.name} is a Git LFS pointer and not the weights: run "
                "`git lfs pull` in the clone"
            )
    if weights and (missing := _missing_parts(folder)):
        raise XltError(
            f"model folder {folder}: {missing[0]} is missing, which its index names "
            f"({len(missing)} of its files are): fetch the model again, it is not complete"
        )
    if weights and not any(folder.glob("*.safetensors")):
        inside = sorted(p.parent.name for p in folder.glob("*/*.safetensors"))
        if inside:
            raise XltError(
                f"model folder {folder} holds no weights, but {inside[-1]!r} in it does: give "
                f"{folder / inside[-1]}"
            )
        pickled = sorted(p.name for pattern in _PICKLED for p in folder.glob(pattern))
        found = f"only {', '.join(pickled)}" if pickled else "no weights at all"
        raise XltError(
            f"model folder {folder}: needs *.safetensors weights, found {found}: pickled weights "
            "can run code and are not loaded; where you trust them, load them in transformers "
            "and write them again with `save_pretrained`"
        )
    if weights and not (folder / "config.json").is_file():
        raise XltError(
            f"model folder {folder}: config.json is missing: copy it from the model's source"
        )
    if not any((folder / name).is_file() for name in _TOKENIZERS):
        raise XltError(
            f"model folder {folder}: no tokenizer, looked for {', '.join(_TOKENIZERS)}: save the "
            "model's tokenizer into the same folder"
        )


def _missing_parts(folder: Path) -> list[str]:
    """The files of weights that an index names and that are not there."""
    index = folder / "model.safetensors.index.json"
    try:
        names = set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values())
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return []
    return sorted(str(name) for name in names if not (folder / str(name)).is_file())


def _base(folder: Path) -> str:
    """What an adapter says that it was made for."""
    try:
        base = json.loads((folder / "adapter_config.json").read_text(encoding="utf-8"))
        return f" of {base['base_model_name_or_path']!s:.100}"
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def source_of(
    spec: AnySpec, folder: Path | None = None, weights: bool = True
) -> tuple[str, dict[str, str]]:
    """What ``from_pretrained`` takes: a folder, or a hub id and the commit to load.

    A commit, not the branch that stands for it: what the records name is then what was loaded,
    also when the branch moves meanwhile or transformers would take a conversion from another one.
    """
    local = folder_of(spec, folder, weights)
    if local is not None:
        return str(local), {}
    return spec.path, {"revision": _commit(spec.path, spec.revision or "main")}


def revision(spec: AnySpec | Path, weights: bool = True) -> str:
    """What identifies the model: sha256 over its files, or the commit hash of a hub id.

    A folder's hash covers names and bytes of weights, configuration and tokenizer, in name order.
    Raises :class:`XltError` for a folder that cannot be loaded or a hub id that cannot be reached.
    """
    folder = spec if isinstance(spec, Path) else folder_of(spec, weights=weights)
    if folder is None:
        return _commit(spec.path, spec.revision or "main")
    check(folder, weights)
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.name.endswith(_CONTENT)):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()


def known(spec: AnySpec) -> str:
    """What tells a model from others: its revision, or the hash of its GGUF file."""
    return gguf.sha256_of(spec.path) if gguf.is_gguf(spec.path) else _revision(spec)


@functools.lru_cache  # a hash over gigabytes
def _revision(spec: AnySpec) -> str:
    return revision(spec)


def is_pinned(spec: AnySpec) -> bool:
    """Whether the same files are loaded next year: a folder's, or a commit's of a hub id."""
    return folder_of(spec, weights=False) is not None or _is_commit(spec.revision or "")


def keep_ref(spec: AnySpec, commit: str) -> None:
    """Note in the hub's cache which commit a branch stood for, after that commit was loaded.

    The hub's own client does so where it is asked for a branch, and without a network looks there.
    """
    if folder_of(spec, weights=False) is not None or _is_commit(spec.revision or ""):
        return
    ref = _ref(spec.path, spec.revision or "main")
    # a cache that cannot be written was filled by somebody else, refs and all
    with contextlib.suppress(PermissionError):
        if not (ref.is_file() and ref.read_text(encoding="utf-8").strip() == commit):
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(commit, encoding="utf-8")


def _is_commit(revision: str) -> bool:
    return len(revision) == 40 and all(c in "0123456789abcdef" for c in revision)


def _ref(path: str, revision: str) -> Path:
    from huggingface_hub import constants

    return Path(constants.HF_HUB_CACHE) / f"models--{path.replace('/', '--')}" / "refs" / revision


@functools.cache  # one answer a process: what is recorded is what was loaded
def _commit(path: str, revision: str) -> str:
    """The commit that a commit, a tag, a branch or a pull request (refs/pr/N) stands for now."""
    from huggingface_hub import HfApi
    from huggingface_hub.constants import HF_HUB_OFFLINE

    if _is_commit(revision):
        return revision
    ref = _ref(path, revision)
    if HF_HUB_OFFLINE and ref.is_file():
        return ref.read_text(encoding="utf-8").strip()
    try:
        return HfApi().model_info(path, revision=revision).sha
    except Exception as error:
        if ref.is_file():
            return ref.read_text(encoding="utf-8").strip()
        raise failures.unreachable(path, error) from error
