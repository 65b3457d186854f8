"""Pickled weights into safetensors, once: ``python -m xltlib.models.weights.convert ID FOLDER``.

For models that their authors released before safetensors, such as the paper's own. The weights
are read by torch's weights-only unpickler, which builds tensors and refuses everything else, so
that no code of the file is run. FOLDER is then what a profile names.
"""

from pathlib import Path
from typing import Annotated

import typer

from ...errors import XltError


def convert(path: str, out: Path, revision: str | None = None) -> None:
    """Load the causal language model ``path`` (hub id or folder) and write it to ``out``.

    Needs the model's size in memory and on disk. Raises :class:`XltError` when ``out`` exists and
    is not empty, or the model cannot be loaded.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from . import failures
    from .load import quiet

    if out.exists() and any(out.iterdir()):
        raise XltError(f"`out` {out} is not empty: name a new folder")
    pinned = {"revision": revision} if revision else {}
    try:
        with quiet():
            tokenizer = AutoTokenizer.from_pretrained(path, trust_remote_code=False, **pinned)
            model = AutoModelForCausalLM.from_pretrained(
                path,
                use_safetensors=False,
                weights_only=True,
                trust_remote_code=False,
                dtype="auto",
                **pinned,
            )
            model.save_pretrained(out)
            tokenizer.save_pretrained(out)
    except Exception as error:
        if Path(path).is_dir():
            raise XltError(f"model folder {path} could not be converted: {error}") from error
        raise failures.not_loaded(path, error, "CausalLM") from error


def main(
    path: Annotated[str, typer.Argument(help="Hub id or folder.")],
    out: Annotated[Path, typer.Argument(help="Folder to write.")],
    revision: Annotated[str | None, typer.Option(help="Commit, tag or branch.")] = None,
) -> None:
    """Write a model's pickled weights as safetensors."""
    convert(path, out, revision)
    print(f"written: {out}")


if __name__ == "__main__":
    try:
        typer.run(main)
    except XltError as problem:
        raise SystemExit(f"error: {problem}") from None
