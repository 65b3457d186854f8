"""Whether weights and configuration belong together, tensor by tensor."""

import re
from collections.abc import Collection
from pathlib import Path

import torch
from transformers import AutoConfig
from transformers.modeling_utils import PreTrainedModel

from ...errors import XltError

_NUMBER = re.compile(r"(?<=\.)\d+(?=\.)")


def check_all_used(model: PreTrainedModel, unexpected: Collection[str], where: str) -> None:
    """Raise :class:`XltError` where the files hold layers that the configuration leaves out.

    Published files often hold tensors that a model of another use does not need (a pooler, an
    image encoder): those alone count that are like the model's own but for their number.
    """
    own = {_NUMBER.sub("N", name) for name in model.state_dict()}
    left = sorted(k for k in unexpected if _NUMBER.search(k) and _NUMBER.sub("N", k) in own)
    if left:
        raise XltError(
            f"model {where}: its safetensors files hold {len(left)} tensors that its config.json "
            f"leaves out, such as {left[0]!r}: a number of layers or experts there is too small; "
            "take config.json and weights from one source"
        )


def other_shape(kind: type, folder: Path) -> str:
    """The first tensor whose shape in a folder's files is not that of its ``config.json``."""
    from safetensors import SafetensorError, safe_open

    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        with torch.device("meta"):
            wanted = kind.from_config(config).state_dict()
        for path in sorted(folder.glob("*.safetensors")):
            with safe_open(path, "pt") as tensors:
                for name in tensors.keys():  # noqa: SIM118  it is no mapping
                    there = tuple(tensors.get_slice(name).get_shape())
                    if name in wanted and tuple(wanted[name].shape) != there:
                        return (
                            f"{name} is {there} in its files and {tuple(wanted[name].shape)} by "
                            "its config.json"
                        )
    except (OSError, ValueError, RuntimeError, SafetensorError, AttributeError):
        pass  # what is wrong is told by the error that led here
    return ""
