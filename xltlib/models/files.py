"""Where a model's files are, whether they can be loaded safely, and what identifies them."""

import hashlib
from pathlib import Path

from .. import paths
from ..errors import XltError
from ..specs import EncoderSpec, ModelSpec, TranslatorSpec

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
_PICKLED = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.h5", "*.msgpack")
_MINI = {ModelSpec: "lm", TranslatorSpec: "translator", EncoderSpec: "translator"}
SERVED = "openai:"  # what the path of a served model begins with

AnySpec = ModelSpec | TranslatorSpec | EncoderSpec


def is_served(spec: AnySpec) -> bool:
    """Whether the model is asked over the network instead of loaded."""
    return spec.path.startswith(SERVED)


def folder_of(spec: AnySpec, folder: Path | None = None, weights: bool = True) -> Path | None:
    """The folder that ``spec`` means, or None when it names a hub id.

    ``folder`` (an adapted model) stands in for ``spec.path``; without ``weights`` a tokenizer is
    enough. Raises :class:`XltError` when a
    folder is missing, has no safetensors weights, no configuration or no tokenizer.
    """
    if folder is None and spec.path == "mini":
        folder = paths.MINI_CHECKPOINTS / _MINI[type(spec)]
        if not folder.is_dir():
            raise XltError(
                f"model `mini`: {folder} is missing: restore it from the checkout, or make it "
                "again with `python -m xltlib pretrain-mini`"
            )
    if folder is None:
        given = Path(spec.path).expanduser()
        if given.is_dir():
            folder = given
        elif spec.path.startswith((".", "/", "~")) or spec.path.count("/") > 1 or "\\" in spec.path:
            raise XltError(
                f"model `path`: there is no folder {spec.path!r}: give `mini`, the path of a "
                "folder with safetensors weights, or a hub id such as 'owner/name'"
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
    if weights and not any(folder.glob("*.safetensors")):
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


def source_of(
    spec: AnySpec, folder: Path | None = None, weights: bool = True
) -> tuple[str, dict[str, str]]:
    """What ``from_pretrained`` takes: a path or hub id, and the revision where one is named."""
    local = folder_of(spec, folder, weights)
    if local is not None:
        return str(local), {}
    return spec.path, {"revision": spec.revision} if spec.revision else {}


def revision(spec: AnySpec | Path, weights: bool = True) -> str:
    """What identifies the model: sha256 over its files, or the commit hash of a hub id.

    A folder's hash covers names and bytes of weights, configuration and tokenizer, in name order.
    A served model is known by its name alone: what its server loaded cannot be seen from outside.
    Raises :class:`XltError` for a folder that cannot be loaded or a hub id that cannot be reached.
    """
    if not isinstance(spec, Path) and is_served(spec):
        from .endpoint import revision_of

        return revision_of(spec)
    folder = spec if isinstance(spec, Path) else folder_of(spec, weights=weights)
    if folder is None:
        return _commit(spec)
    check(folder, weights)
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.iterdir() if p.is_file() and p.name.endswith(_CONTENT)):
        digest.update(f"{path.name}\0{path.stat().st_size}\0".encode())
        with path.open("rb") as file:
            while block := file.read(1 << 22):
                digest.update(block)
    return digest.hexdigest()


def _commit(spec: AnySpec) -> str:
    from huggingface_hub import HfApi
    from huggingface_hub.constants import HF_HUB_CACHE, HF_HUB_OFFLINE

    wanted = spec.revision or "main"  # a commit, a tag, a branch, or a pull request's refs/pr/N
    if len(wanted) == 40 and all(c in "0123456789abcdef" for c in wanted):
        return wanted
    ref = Path(HF_HUB_CACHE) / f"models--{spec.path.replace('/', '--')}" / "refs" / wanted
    if HF_HUB_OFFLINE and ref.is_file():
        return ref.read_text(encoding="utf-8").strip()
    try:
        return HfApi().model_info(spec.path, revision=spec.revision).sha
    except Exception as error:
        if ref.is_file():
            return ref.read_text(encoding="utf-8").strip()
        raise unreachable(spec.path, error) from error


def unreachable(path: str, error: Exception) -> XltError:
    """The one message for a model that could not be had, whatever layer failed."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else "no message"
    page = f"https://huggingface.co/{path}"
    if "safetensors" in str(error):
        return XltError(
            f"model {path!r} could not be loaded ({first:.300}): the hub has no safetensors "
            "weights of it at this revision, and pickled ones are not loaded. Name a revision that "
            f"has them (pull requests of {page}/discussions often do), or write them once with "
            f"`python -m xltlib.models.convert {path} FOLDER` and give FOLDER as the profile's "
            "`path`"
        )
    return XltError(
        f"model {path!r} could not be loaded ({type(error).__name__}: {first:.300}): it is neither "
        "a folder here nor a hub id that can be reached. Check the spelling, the network and "
        f"HF_HUB_OFFLINE; if it is gated, accept its licence at {page} and log in, with "
        "`hf auth login` or a token in the variable HF_TOKEN; or fetch it elsewhere with `hf "
        f"download {path} --local-dir FOLDER` and give FOLDER as the profile's `path`"
    )
