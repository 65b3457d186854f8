"""Entity spans as IOB2 tags of tokens, and back. Tokens are separated by white space."""

import re
from collections.abc import Sequence

from xltlib.errors import XltError
from xltlib.text.spans import Span

_TOKEN = re.compile(r"\S+")


def from_bio(tokens: Sequence[str], tags: Sequence[str]) -> tuple[str, tuple[Span, ...]]:
    """The tokens joined by one space each, and the spans that the tags mark in that text.

    An ``I-`` tag that continues no entity of its type begins one, as conlleval reads it. Raises
    :class:`XltError` for a tag of another form, and for unequal lengths.
    """
    if len(tokens) != len(tags):
        raise XltError(f"{len(tokens)} tokens but {len(tags)} tags: each token needs one tag")
    spans: list[Span] = []
    open_type, at = "", 0
    for token, tag in zip(tokens, tags, strict=True):
        prefix, _, type_ = tag.partition("-")
        if tag != "O" and (prefix not in ("B", "I") or not type_):
            raise XltError(f"the tag {tag!r} of {token!r} must be O, B-<type> or I-<type>")
        end = at + len(token)
        if prefix == "I" and type_ == open_type:
            spans[-1] = spans[-1]._replace(end=end)
        elif tag != "O":
            spans.append(Span(at, end, type_))
        open_type = type_
        at = end + 1
    return " ".join(tokens), tuple(spans)


def to_bio(text: str, spans: Sequence[Span]) -> tuple[list[str], list[str]]:
    """The tokens of a text and their tags.

    Raises :class:`XltError` for spans that overlap or do not begin and end with a token.
    """
    tokens = list(_TOKEN.finditer(text))
    starts = {token.start(): i for i, token in enumerate(tokens)}
    ends = {token.end(): i for i, token in enumerate(tokens)}
    tags = ["O"] * len(tokens)
    for span in spans:
        first, last = starts.get(span.start), ends.get(span.end)
        if first is None or last is None or last < first:
            raise XltError(f"{span} does not begin and end with a token of {text!r}")
        if set(tags[first : last + 1]) != {"O"}:
            raise XltError(f"{span} overlaps another span of {text!r}")
        tags[first : last + 1] = [f"B-{span.type}"] + [f"I-{span.type}"] * (last - first)
    return [token.group() for token in tokens], tags
