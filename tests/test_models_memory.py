"""Memory that does not reach: halves of a batch, halves of a prefix, and an error that says so."""

import subprocess
import sys

import pytest
import torch
from test_models_engine import LABELS, PROMPTS, difference, engine

import xltlib.models.engine.core as core_module
from xltlib.errors import XltError
from xltlib.models.engine import plain
from xltlib.models.engine.core import Core


def test_out_of_memory_halves_the_batch(monkeypatch):
    lm = engine()
    ends = [LABELS] * len(PROMPTS)
    expected = lm.score(PROMPTS, ends)
    real = Core.forward

    def small(self, ids, *args, **kwargs):
        if ids.shape[0] > 1:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return real(self, ids, *args, **kwargs)

    monkeypatch.setattr(Core, "forward", small)
    assert difference(lm.score(PROMPTS, ends), expected) < 1e-4
    assert lm.core.out_of_memory > 0


def test_out_of_memory_with_one_item_says_what_to_do(monkeypatch):
    lm = engine()
    lm.way()

    def never(self, ids, *args, **kwargs):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")

    monkeypatch.setattr(core_module.Core, "forward", never)
    with pytest.raises(XltError, match="out of memory on cpu with item 0 alone"):
        lm.score(["a"], [[" b"]])


def test_a_defect_is_not_taken_for_lack_of_memory(monkeypatch):
    lm = engine()
    lm.way()

    def broken(self, *args, **kwargs):
        raise RuntimeError("shape mismatch")

    monkeypatch.setattr(core_module.Core, "forward", broken)
    with pytest.raises(RuntimeError, match="shape mismatch"):
        lm.score(["a"], [[" b"]])


def test_a_prefix_that_does_not_fit_at_once_is_read_in_halves(monkeypatch):
    lm = engine()
    lm.core.way = lm.way()
    real, seen = Core.forward, []

    def small(self, ids, *args, **kwargs):
        if ids.numel() > 40:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        seen.append(ids.shape[1])
        return real(self, ids, *args, **kwargs)

    monkeypatch.setattr(Core, "forward", small)
    shared = lm.core.extend(core_module.Prefix([], 0), list(range(3, 103)))
    assert shared.length == 100 and max(seen) <= 40 and len(seen) >= 3
    monkeypatch.setattr(Core, "forward", real)
    whole = lm.core.extend(core_module.Prefix([], 0), list(range(3, 103)))
    for (a, b), (c, d) in zip(shared.layers, whole.layers, strict=True):
        torch.testing.assert_close(a, c, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(b, d, atol=1e-5, rtol=1e-5)


def test_a_batch_that_is_made_again_says_the_same(monkeypatch):
    lm = engine()
    expected = [g.text for g in lm.generate(PROMPTS, 6)]
    real, passes = Core.forward, []

    def sometimes(self, ids, *args, **kwargs):
        passes.append(ids.shape)
        if len(passes) == 4:  # some tokens are there already
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, ids, *args, **kwargs)

    monkeypatch.setattr(Core, "forward", sometimes)
    assert [g.text for g in lm.generate(PROMPTS, 6)] == expected
    assert lm.core.out_of_memory == 1


def test_a_text_is_read_once_for_all_labels_of_one_token():
    """Without a tree mask too: labels differ in what is predicted, not in what is read."""
    lm = engine("mpt")
    words = list("abcdefg")
    assert all(len(lm.tokenizer(w)["input_ids"]) == 1 for w in words)
    with pytest.warns(UserWarning, match="no explicit positions"):
        ours = lm.score(PROMPTS, [words] * len(PROMPTS))
    used = lm.usage
    assert used.model_tokens <= 1.1 * sum(len(lm.tokenizer(p)["input_ids"]) for p in PROMPTS)
    assert (
        difference(ours, plain.score(lm.model, lm.tokenizer, PROMPTS, [words] * len(PROMPTS)))
        < 1e-4
    )


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's allocator")
def test_freed_memory_is_kept_for_the_next_batch():
    """Page faults of tensors that come and go, in a process of its own: the allocator is shared."""
    code = """if True:
        import resource, torch
        from xltlib.models.engine import memory
        memory.keep_freed()
        def faults():
            before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
            for count, size in [(3, 20), (12, 4), (6, 20)]:
                made = [torch.ones(size, 1 << 18) for _ in range(count)]
                del made
            return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        print(faults(), faults(), faults())
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, *later = map(int, done.stdout.split())
    assert first > 10_000 > 1000 > max(later)
