"""Cards of the mini checkpoints: what they were made from and can do, the hash of every file."""

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

CARD, TWINS = "card.json", "lm_bytes.json"  # of the two models, and of the twin that reads bytes


def digests(folder: Path, *checkpoints: str) -> dict[str, str]:
    """sha256 of every file of the checkpoints, by path relative to ``folder``."""
    files = sorted(p for name in checkpoints for p in (folder / name).iterdir())
    return {
        p.relative_to(folder).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def machine() -> dict[str, Any]:
    """The hardware and the versions that a card names."""
    import torch

    return {
        "hardware": torch.cuda.get_device_name() if torch.cuda.is_available() else "CPU",
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
    }


def write(card: dict[str, Any], out: Path, name: str) -> None:
    """A card for programs, and the page for people where all of it is known."""
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (out / name).write_text(text, encoding="utf-8")
    if (out / CARD).is_file():
        known = [json.loads(f.read_text("utf-8")) for f in (out / CARD, out / TWINS) if f.is_file()]
        (out / "README.md").write_text(page(*known), encoding="utf-8")


def page(card: dict, twin: dict | None = None) -> str:
    """The model card for people, from those for programs."""
    lm, translator = card["language_model"], card["translator"]
    rows = "\n".join(f"| {name} | {value} |" for name, value in card["scores"].items())
    kinds = "\n".join(f"- {share:.0%} {kind}" for kind, share in lm["shares"].items())
    return f"""# The mini models

Trained by this project on its own generated news corpus, from seed {card["seed"]}, with
`python -m xltlib pretrain-mini`. They show and test a pipeline. The corpus is synthetic and was not
reviewed by native speakers: nothing here is a claim about Hausa, Kinyarwanda or Luganda.

**Language model** (`lm`): {lm["architecture"]}, {lm["tokens"]:,} tokens in {lm["seconds"]:,} s,
mainly English. Share of the training documents:

{kinds}

**Translator** (`translator`): {translator["architecture"]}, {translator["pairs"]:,} pairs in
{translator["seconds"]:,} s, the three languages to and from English.

Trained with torch {card["versions"]["torch"]} on {card["hardware"]}, one thread each, the language
model in {lm["precision"]} and the translator in {translator["precision"]}, and stored in float16.
Scores of the stored files on the held-out test split, whose names and sentence
patterns stand in no training text; English at 4 shots, chrF from 0 to 100:

| what | score |
|---|---|
{rows}

Shapes, cycles and the hash of every file are in `card.json`.
""" + (_twins_page(twin, card) if twin else "")


def _twins_page(twin: dict, card: dict) -> str:
    rows = "\n".join(
        f"| {name} | {score} | {card['scores'][name]} |" for name, score in twin["scores"].items()
    )
    return f"""
## The twin that reads bytes

**Twin** (`lm_bytes`): the language model again, in the same shape and on the same
{twin["documents"]:,} documents, byte by byte: {twin["tokens"]:,} bytes in place of
{twin["twin"]["tokens"]:,} tokens, in {twin["updates"]:,} updates in place of
{twin["twin"]["updates"]:,}. Trained with `python -m xltlib pretrain-mini --bytes` and torch
{twin["versions"]["torch"]} on {twin["hardware"]} in {twin["seconds"]:,} s, of which
{twin["seconds_of_documents"]:,} s made the documents, in {twin["precision"]}, and stored in
float16.

| what | bytes | tokens |
|---|---|---|
{rows}

Shape, shares and the hash of every file are in `lm_bytes.json`.
"""
