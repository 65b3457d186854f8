"""What a token costs llama.cpp: the same model in 4 bits, one sequence at a time, one thread.

Needs ``pip install llama-cpp-python`` (0.3.36 was measured), and the GGUF file.
"""

import time
from pathlib import Path

from xltlib import data

LENGTHS = (300, 1800)  # tokens of a prompt: below Gemma's window, and beyond it
WRITTEN = 64
_CONTEXT = 4096


def measure(file: Path, data_dir: Path) -> dict:
    """Tokens a CPU second, read in prompts of Hausa text by their length, and written after one."""
    import llama_cpp

    model = llama_cpp.Llama(
        str(file), n_ctx=_CONTEXT, n_threads=1, n_threads_batch=1, verbose=False
    )
    pool = data.load("masakhanews", "topics", "hau", "demos", data_dir)
    ids = model.tokenize(" ".join(item.text for item in pool[:40]).encode())
    read = []
    for length in LENGTHS:
        model.reset()
        start = time.process_time()
        model.eval(ids[:length])
        read.append({"tokens": length, "per second": length / (time.process_time() - start)})
    model.reset()
    model.eval(ids[: LENGTHS[0]])
    start = time.process_time()
    for _ in range(WRITTEN):
        model.eval([int(model.sample(temp=0.0))])
    written = WRITTEN / (time.process_time() - start)
    return {"version": llama_cpp.__version__, "read": read, "written": written}


def told(found: dict) -> str:
    """The measurement as a sentence of the report."""
    read = " and ".join(f"{r['per second']:.0f} in one of {r['tokens']:,}" for r in found["read"])
    return (
        f"llama.cpp (llama-cpp-python {found['version']}) with the same model in 4 bits, one "
        f"sequence at a time: {read} tokens of a prompt read a CPU second, and "
        f"{found['written']:.0f} written."
    )
