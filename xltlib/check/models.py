"""Models, as far as they can be known without loading one: folders, tokenizers, languages."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import paths, tasks
from ..config import DatasetSpec, Language, Profile, codes
from ..data import Example, demonstrations
from ..errors import XltError
from .findings import Findings

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_BYTE = re.compile(r"<0x[0-9A-F]{2}>")
ITEMS = 20  # test items whose prompts are made


def file_of(path: str, revision: str | None, part: str) -> Path | None:
    """``tokenizer.json`` of a model that is at hand: shipped, a folder, or in the hub's cache."""
    shipped = paths.MINI_MODELS | {"mini": part}
    folder = paths.MINI_CHECKPOINTS / shipped[path] if path in shipped else paths.expanded(path)
    if folder.is_dir():
        file = folder / "tokenizer.json"
        return file if file.is_file() else None
    if re.fullmatch(r"[\w.-]+/[\w.-]+", path) and not path.startswith("."):
        from huggingface_hub import try_to_load_from_cache

        cached = try_to_load_from_cache(path, "tokenizer.json", revision=revision)
        return Path(cached) if isinstance(cached, str) else None
    return None


def model(profile: Profile, found: Findings) -> "Tokenizer | None":
    """Whether the language model is there; its tokenizer, where that is at hand."""
    spec = profile.model
    if _is_missing(spec.path):
        found.add("model.path", None, f"there is no model {spec.path}", "correct it", "all")
        return None
    if spec.path.startswith("openai:"):
        found.add("model.path", None, "is served: whether it answers is known when it is asked")
        return None
    file = file_of(spec.path, spec.revision, "lm")
    if file is None:
        found.add(
            "model.path", None, f"the tokenizer of {spec.path} is not here: tokens are not counted"
        )
        return None
    from tokenizers import Tokenizer

    return Tokenizer.from_file(str(file))


def _is_missing(path: str) -> bool:
    return path.startswith(("/", "~", "./", "../")) and not paths.expanded(path).exists()


def translator(profile: Profile, languages: Sequence[Language], found: Findings) -> None:
    """Whether the translator is there and knows each language, in both directions."""
    spec = profile.translator
    if _is_missing(spec.path):
        found.add(
            "translator.path", None, f"there is no model {spec.path}", "correct it", "translator"
        )
        return
    known = _known(spec.path, spec.revision)
    if known is None:
        found.add(
            "translator.path",
            None,
            f"the tokenizer of {spec.path} is not here: whether it "
            "knows the languages is seen when it is loaded",
        )
        return
    for language in languages:
        entry = codes.flores().get(language.flores)
        names = {language.code, language.flores, *({entry.two, entry.code} if entry else ())}
        if not names & known:
            some = ", ".join(sorted(known)[:12])
            found.add(
                "translator.path",
                None,
                f"{spec.path} does not know {language.name} "
                f"({language.flores}), neither to read nor to write it: it knows {some}"
                f"{', ...' if len(known) > 12 else ''}",
                "name another translator, or leave out translate",
                "translator",
            )


def _known(path: str, revision: str | None) -> set[str] | None:
    """The codes that a translator's vocabulary has; None where it says nothing of them."""
    file = file_of(path, revision, "translator")
    if file is None:
        every = codes.flores().values()
        return {f.flores for f in every if f.nllb} if "nllb-200" in path.lower() else None
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    names = {str(token["content"]) for token in content.get("added_tokens", [])}
    vocabulary = content.get("model", {}).get("vocab", {})
    names |= set(vocabulary) if isinstance(vocabulary, dict) else {str(v[0]) for v in vocabulary}
    flores = {n for n in names if re.fullmatch(r"[a-z]{3}_[A-Z][a-z]{3}", n)}
    two = {n[2:-2] for n in names if re.fullmatch(r"__[a-z]{2,3}__", n)}
    marks = {n[2:-2] for n in names if re.fullmatch(r">>[A-Za-z_]{2,8}<<", n)}
    return flores or two or marks or None


def prompts(
    spec: DatasetSpec,
    language: Language,
    profile: Profile,
    items: tuple[list[Example], list[Example]],
    offered: Sequence[str],
    tokenizer: "Tokenizer | None",
    found: Findings,
) -> None:
    """Whether prompts can be made, and how many of them the context cuts, by shots."""
    task, profile = tasks.get(spec.task), profile.within(spec.name, spec.task)
    words = profile.document_words.get(spec.task)
    pool, test = ([one.cut(words) if words else one for one in split] for split in items)
    where = f"{spec.name} {spec.task} {language.code}"
    if profile.wording >= len(language.prompts.get(spec.task, ())):
        return  # said of the language
    chosen = test[: ITEMS if tokenizer is not None else 1]
    budget = profile.model.context - profile.max_new_tokens.get(spec.task, task.max_new_tokens)
    seed, cut, fitting = profile.seeds[0], {}, [*range(len(chosen))]
    try:  # the first of the most are those that are shown with fewer shots
        most = demonstrations.draw(pool, spec.task, max(profile.shots), seed, test, task.groups)
    except XltError:
        most = None
    for shots in sorted(profile.shots):
        try:
            shown = (
                demonstrations.draw(pool, spec.task, shots, seed, test, task.groups)
                if most is None
                else most[:shots]
            )
            texts = [
                task.render(item, shown, language, profile.wording, offered).text()
                for item in chosen
            ]
        except XltError as error:
            found.add(where, None, f"no prompt can be made with {shots} shots: {error}", "", "all")
            return
        if tokenizer is not None:  # a prompt that is cut is cut with more shots, too
            some = tokenizer.encode_batch_fast([texts[i] for i in fitting], add_special_tokens=True)
            fitting = [i for i, e in zip(fitting, some, strict=True) if len(e.ids) <= budget]
            cut[shots] = 1 - len(fitting) / len(chosen)
    if any(cut.values()):
        shares = ", ".join(f"{share:.0%} at {shots}" for shots, share in cut.items())
        found.add(
            where,
            None,
            f"prompts longer than the {budget} tokens that there are will be cut, by shots: "
            f"{shares} (of {len(chosen)} looked at)",
            "fewer shots, shorter texts, or a longer context",
        )
    if tokenizer is not None:
        _tokens(where, [e.text for e in chosen], tokenizer, found)


def _tokens(where: str, texts: Sequence[str], tokenizer: "Tokenizer", found: Findings) -> None:
    encoded = tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
    tokens = [token for one in encoded for token in one.tokens]
    count = sum(len(text.split()) for text in texts)
    unknown = [t for t in tokens if t in ("<unk>", "[UNK]")]
    single = [t for t in tokens if _BYTE.fullmatch(t)]
    if unknown:
        found.add(
            where,
            None,
            f"the model's tokenizer does not know {len(unknown) / len(tokens):.1%}"
            " of the tokens of these texts",
            "it cannot read them",
        )
    if len(single) > len(tokens) / 50:
        found.add(
            where,
            None,
            f"{len(single) / len(tokens):.1%} of the tokens are single bytes: "
            "the model has hardly seen this script",
        )
    if count and len(tokens) / count > 4:
        found.add(
            where,
            None,
            f"{len(tokens) / count:.1f} tokens a word: prompts are long, and the "
            "model knows few of the words",
        )


def length(
    profile: Profile,
    spec: DatasetSpec,
    test: Sequence[Example],
    offered: Sequence[str],
    tokenizer: "Tokenizer | None",
    found: Findings,
) -> None:
    """Whether answers that are written, and not chosen, fit into max_new_tokens."""
    golds = [e.gold for e in test if isinstance(e.gold, str)]
    if tokenizer is None or not golds or offered or test[0].options:
        return
    budget = profile.max_new_tokens.get(spec.task, tasks.get(spec.task).max_new_tokens)
    encoded = tokenizer.encode_batch_fast(golds, add_special_tokens=False)
    long = sum(len(e.ids) > budget for e in encoded)
    if long > len(golds) / 10:
        found.add(
            f"{spec.name} {spec.task} {test[0].language}",
            None,
            f"{long / len(golds):.0%} of the correct answers are longer than max_new_tokens "
            f"({budget})",
            "raise it, or they cannot be written",
        )
