r"""Adapt one language's model over several GPUs, into the place where the notebooks look for it.

    .venv/bin/accelerate launch --multi_gpu --num_processes 4 \
        -m xltlib.methods.laft_launch --profile paper --language hau --data-dir FOLDER

Takes the notebook's parameters; `torchrun --nproc-per-node 4 -m ...` does the same. Weights,
gradients and Adam's moments are sharded over the processes (FSDP, `fully_shard`), and each reads
its share of a step's sequences, so that the result is that of one process but for rounding. A run
resumes from its last checkpoint, with any number of processes. Notebook 20 and the `laft` notebooks
then find the model and train nothing.

Each process loads the whole base once, on a CPU and then on its GPU, before it keeps its shard. A
checkpoint takes 12 bytes of disk per trained weight (81 GB for LLaMA-7B), twice while it is being
written.
Tested with two processes on a CPU (gloo); not yet run on GPUs.
"""

import datetime
import os
from typing import Annotated

import typer

from ..errors import XltError


def launch(profile: str, language: str, data_dir: str | None = None) -> None:
    """Join the other processes of this launch and adapt the model of ``language``.

    Raises :class:`XltError` when it was not started by a launcher.
    """
    import torch

    from ..config import load_language, load_profile
    from ..models.training import ranks
    from .laft import adapted

    if "RANK" not in os.environ:
        raise XltError(
            "not started by a launcher: run `.venv/bin/accelerate launch --num_processes N -m "
            "xltlib.methods.laft_launch ...`, or `torchrun --nproc-per-node N -m ...`"
        )
    settings, target = load_profile(profile, data_dir=data_dir), load_language(language)
    gpu = torch.cuda.is_available()
    if gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    # While rank 0 reads the text, or writes a checkpoint or the model, the others wait for it; ten
    # minutes, the default, are too few for a 7B model on a slow disk.
    patience = datetime.timedelta(hours=6)
    torch.distributed.init_process_group("nccl" if gpu else "gloo", timeout=patience)
    try:
        folder, history = adapted(settings, target)
        if ranks.index() == 0:
            losses = history["held_out_loss"]
            print(f"{folder.name}: held-out loss {losses.iloc[0]:.3f} -> {losses.iloc[-1]:.3f}")
    finally:
        torch.distributed.destroy_process_group()


def main(
    profile: Annotated[str, typer.Option(help="A profile's name, or the path of its YAML file.")],
    language: Annotated[str, typer.Option(help="A language's code, or the path of its file.")],
    data_dir: Annotated[str | None, typer.Option(help="Folder of data files.")] = None,
) -> None:
    """Adapt one language's model over several GPUs."""
    try:
        launch(profile, language, data_dir)
    except XltError as error:
        raise SystemExit(f"error: {error}") from None


if __name__ == "__main__":
    typer.run(main)
