"""The last layer, computed only for the columns whose hidden states are read.

No layer follows that would attend to what the last one gives: beside its keys and values, only the
columns matter from which something is predicted, a dozen of some hundred in scoring. Hooks give the
last columns of a batch to its query and output projections and its feed-forward block, and put
zeros in the place of the others; the modules stay as they are.
"""

import contextlib
from collections.abc import Iterator

from torch import Tensor, nn
from transformers.modeling_utils import PreTrainedModel

from ..weights import footprint

# The names that published architectures give to modules that work on each column by itself.
_PROJECTIONS = ("q_proj", "o_proj", "out_proj", "dense")
_FEED_FORWARD = ("mlp", "feed_forward", "ffn")
_FINAL_NORM = ("norm", "final_layer_norm")


class LastLayer:
    """What of a model's last layer can be narrowed; nothing in an architecture not known here."""

    def __init__(self, model: PreTrainedModel):
        count = model.config.get_text_config(decoder=True).num_hidden_layers
        stacks = [m for m in model.base_model.children() if isinstance(m, nn.ModuleList)]
        layers = next((m for m in stacks if len(m) == count), None)
        self.modules = _column_wise(layers[-1]) if layers else []
        self.weights = sum(map(footprint.weights, self.modules))
        named = dict(model.base_model.named_children())
        self.norm = next((named[n] for n in _FINAL_NORM if self.modules and n in named), None)

    @contextlib.contextmanager
    def narrowed(self, columns: int) -> Iterator[None]:
        """Compute the last ``columns`` of a batch [b, columns, ...] only, within the block.

        What the model gives then has these columns alone where its final norm is known, too.
        """

        def cut(_: nn.Module, args: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
            nonlocal left_out
            left_out = args[0].shape[1] - columns
            # Contiguous: some blocks take views of what they are given.
            return (args[0][:, left_out:].contiguous(), *args[1:])

        def fill(_: nn.Module, args: tuple[Tensor, ...], made: Tensor) -> Tensor:
            return nn.functional.pad(made, (0, 0, left_out, 0))

        left_out = 0
        with contextlib.ExitStack() as hooks:
            for module in self.modules:
                hooks.callback(module.register_forward_pre_hook(cut).remove)
                hooks.callback(module.register_forward_hook(fill).remove)
            if self.norm:
                hooks.callback(self.norm.register_forward_pre_hook(cut).remove)
            yield


def _column_wise(layer: nn.Module) -> list[nn.Module]:
    attentions = [m for m in layer.children() if hasattr(m, "layer_idx")]
    named = [(n, m) for a in attentions for n, m in a.named_children() if n in _PROJECTIONS]
    return [m for n, m in [*named, *layer.named_children()] if n in _PROJECTIONS + _FEED_FORWARD]
