"""Bytes for tokens: how long a prompt is at most, where a served model's tokenizer is not known."""

from collections.abc import Sequence


class ByteCounter:
    """Stands in for a tokenizer where tokens are counted and documents cut, and nowhere else.

    A token of a byte-level or byte-fallback vocabulary is never shorter than one UTF-8 byte, so no
    prompt that fits by this count exceeds the context, and a document is cut sooner than need be.
    One more counts for a BOS token. Messages are written out in ChatML, whose marks are longer
    than the tokens that a server's own template adds.
    """

    chat_template = "ChatML"

    def __call__(
        self,
        text: str,
        add_special_tokens: bool = True,
        return_offsets_mapping: bool = False,
        verbose: bool = True,
    ) -> dict[str, list]:
        """``input_ids`` (the bytes) and ``offset_mapping`` (the characters they belong to)."""
        front = 1 if add_special_tokens else 0
        offsets = [(i, i + 1) for i, c in enumerate(text) for _ in range(len(c.encode()))]
        return {
            "input_ids": [0] * front + list(text.encode()),
            "offset_mapping": [(0, 0)] * front + offsets,
        }

    def apply_chat_template(
        self,
        conversation: Sequence[dict[str, str]],
        tokenize: bool = False,
        add_generation_prompt: bool = False,
    ) -> str:
        said = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in conversation)
        return said + ("<|im_start|>assistant\n" if add_generation_prompt else "")
