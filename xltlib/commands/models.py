"""Commands that make models from models: ``prune`` and ``tune-translator``."""

import itertools
from pathlib import Path
from typing import Annotated

import typer

from ..errors import XltError


def add(app: typer.Typer) -> None:
    """Put the commands into the command line ``app``."""
    app.command()(prune)
    app.command("tune-translator")(tune_translator)


def prune(
    model: Annotated[str, typer.Argument(help="Folder, GGUF file, hub id, package:gemma-3-270m.")],
    texts: Annotated[list[Path], typer.Option(help="Files or folders of text; may be repeated.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    least: Annotated[int, typer.Option(min=1, help="Times that a token must be seen.")] = 1,
    revision: Annotated[str | None, typer.Option(help="Of a hub id.")] = None,
    profile: Annotated[str, typer.Option(help="Whose prompts the tokens must write, too.")] = "",
    data_dir: Annotated[str | None, typer.Option(help="Folder of that profile's data.")] = None,
    also: Annotated[Path | None, typer.Option(help="A list whose tokens are kept, too.")] = None,
) -> None:
    """Cut a model's vocabulary down to the tokens that texts need (and bytes, special tokens).

    The list of kept tokens, FOLDER/vocabulary.json, serves as a profile's `model.vocabulary`.
    """
    from ..config import ModelSpec, load_profile
    from ..models.weights import prune as pruning
    from ..models.weights.vocabulary import Vocabulary
    from ..study.every_prompt import every_prompt

    spec = ModelSpec(path=model, revision=revision, context=1)
    asked = every_prompt(load_profile(profile, data_dir=data_dir)) if profile else ()
    every = itertools.chain(pruning.read_texts(texts), asked)
    before = Vocabulary.from_file(also) if also else None
    kept = pruning.prune(spec, every, out, least, before)
    print(f"{len(kept.kept):,} of {kept.size:,} tokens kept: {out}")


def tune_translator(
    profile: Annotated[str, typer.Option(help="Whose model, languages and test sets.")],
    out: Annotated[Path, typer.Option(help="Folder for the tuned model.")],
    data_dir: Annotated[str | None, typer.Option(help="Folder with parallel text.")] = None,
    languages: Annotated[str, typer.Option(help="Languages, as hau,lug (all).")] = "",
    gloss: Annotated[
        bool, typer.Option(help="Learn from a phrase table's output instead of the source.")
    ] = True,
    characters: Annotated[int, typer.Option(min=1000, help="Budget over all languages.")] = 600_000,
    learning_rate: Annotated[float, typer.Option(min=0.0)] = 4e-4,
    rank: Annotated[int, typer.Option(min=0, help="Of LoRA; 0: all weights.")] = 16,
    seed: Annotated[int, typer.Option(min=0)] = 7,
) -> None:
    """Train a profile's model on parallel text, to translate by a prompt (`translator.prompted`).

    The same command goes on where a killed one stopped. FOLDER/translator.json says what it read.
    """
    from ..config import load_language, load_profile
    from ..methods.parallel_text import ProfileText
    from ..models.translation.tune import Recipe, tune

    spec = load_profile(profile, data_dir=data_dir)
    offered = dict.fromkeys(load_language(c).code for d in spec.datasets for c in d.languages)
    wanted = [w.strip() for w in languages.split(",") if w.strip()] or list(offered)
    text, chosen = ProfileText(spec), [load_language(c) for c in wanted if c != spec.pivot]
    if not chosen:
        raise XltError(f"`languages` must name one besides {spec.pivot!r}, but got {languages!r}")
    pivot = load_language(spec.pivot)
    pairs = [(one, text.training(pivot, one)) for one in chosen]
    recipe = Recipe(characters=characters, gloss=gloss, seed=seed)
    about = text.facts(pairs)

    def progress(step: int, steps: int) -> None:
        if step % 10 == 0 or step == steps:
            print(f"step {step} of {steps}", flush=True)

    history = tune(
        spec.model, pairs, pivot, recipe, recipe.laft(learning_rate, rank), out, about, progress
    )
    losses = history["held_out_loss"]
    print(f"held-out loss {losses.iloc[0]:.3f} before, {losses.iloc[-1]:.3f} after: {out}")
