"""Feed-forward blocks in place: the very same numbers, in the blocks that bear it, nothing left."""

import copy

import pytest
import torch
from tiny_models import ARCHITECTURES, causal

from xltlib.models.engine.gated import GatedBlocks

GATED = ("llama", "mistral", "qwen2", "gemma", "gemma2")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_blocks_of_gated_architectures_are_found_and_give_the_same_bits(architecture):
    model = causal(architecture, attention="eager")
    blocks = GatedBlocks(model)
    count = model.config.num_hidden_layers if architecture in GATED else 0
    assert len(blocks.blocks) == count
    ids = torch.arange(4, 30)[None]
    with torch.inference_mode():
        expected = model(ids).logits
        with blocks.in_place():
            assert torch.equal(model(ids).logits, expected)


def test_the_product_is_written_over_the_gate():
    model = causal("llama")
    blocks, seen = GatedBlocks(model), {}
    module = blocks.blocks[0]
    hooks = [
        module.act_fn.register_forward_hook(lambda _, args, made: seen.update(gate=made)),
        module.down_proj.register_forward_pre_hook(lambda _, args: seen.update(product=args[0])),
    ]
    with torch.inference_mode(), blocks.in_place():
        module(torch.randn(3, model.config.hidden_size))
    for hook in hooks:
        hook.remove()
    assert seen["product"] is seen["gate"]


def test_nothing_is_left_behind():
    model = causal("llama")
    before = [vars(m).keys() for m in model.modules()]
    with pytest.raises(KeyError), GatedBlocks(model).in_place():
        assert "forward" in vars(model.model.layers[0].mlp)
        raise KeyError
    assert [vars(m).keys() for m in model.modules()] == before


def test_a_block_that_does_more_than_its_parts_stays_as_it_is():
    model = copy.deepcopy(causal("llama", num_hidden_layers=3))
    first, second, third = (layer.mlp for layer in model.model.layers)

    class Doubled(type(first)):
        def forward(self, x):
            return 2 * super().forward(x)

    first.__class__ = Doubled  # the names of a gated block, another product
    second.forward = type(second).forward.__get__(second)  # exchanged by somebody, as offloading
    blocks = GatedBlocks(model)
    assert blocks.blocks == [third]
    with blocks.in_place():
        pass
    assert "forward" in vars(second)
