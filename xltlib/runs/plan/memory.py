"""What a profile takes: memory by model, answers and tokens of the grid, hours.

Printed by ``--plan``; the models' part first, from their configurations, or without these from the
number of weights that the profile states. GB are 1e9 bytes. Keys and values are those of a batch of
``batch_tokens``, activations are rough; batches shrink where the memory does not reach.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from ... import methods, paths
from ...config import ArmSpec, ModelSpec, Profile, TranslatorSpec
from .. import manifest
from ..narrowing import Options, narrowed, places
from .workload import workload

_BYTES = {"float32": 4, "bfloat16": 2, "float16": 2, "auto": 2}  # auto: as on a GPU


@dataclass(frozen=True)
class Need:
    """Bytes of memory for one use of a model; None: not known without its configuration."""

    use: str
    model: str
    parameters: int | None
    source: str  # of the number of parameters: "config", "profile" or "unknown"
    weights: float | None
    cache: float | None  # keys and values at the batch budget
    activations: float | None

    @property
    def total(self) -> float | None:
        """All of it, of what is known; None where not even the weights are."""
        if self.weights is None:
            return None
        return self.weights + (self.cache or 0) + (self.activations or 0)


def _asked(spec: ModelSpec) -> Need:
    from ...models import is_served
    from ...models.weights import footprint

    if is_served(spec):  # its memory is its server's
        return Need("asked, served", spec.path, None, "unknown", 0.0, 0.0, 0.0)
    config, size = _config(spec), _BYTES[spec.dtype]
    if config is None:
        return _stated("asked", spec, size)
    count = footprint.count(config)
    return Need(
        "asked",
        spec.path,
        count.parameters,
        "config",
        count.weight_bytes(size, spec.quantization),
        spec.batch_tokens * footprint.kv_bytes(config, size),
        spec.batch_tokens * footprint.activation_bytes(config, size),
    )


def _translating(spec: TranslatorSpec) -> Need:
    from transformers import AutoModelForSeq2SeqLM

    from ...models.weights import footprint

    if lm := spec.language_model():
        return replace(_asked(lm), use="translating")
    config, size = _config(spec), _BYTES[spec.dtype]
    if config is None:
        return _stated("translating", spec, size)
    count = footprint.count(config, AutoModelForSeq2SeqLM)
    return Need(
        "translating",
        spec.path,
        count.parameters,
        "config",
        count.weight_bytes(size),
        spec.batch_tokens * footprint.kv_bytes(config, size),
        spec.batch_tokens * footprint.activation_bytes(config, size),
    )


def _adapted(profile: Profile) -> Need:
    """Training by ``laft``: weights with gradients and Adam's moments, and one micro-batch."""
    from ...models.weights import footprint

    spec, laft = profile.model, profile.laft
    rank = laft.lora_rank if laft.mode == "lora" else None
    use = f"LAFT, {laft.mode}" + (f" {rank}" if rank else "")
    config, size = _config(spec), _BYTES[spec.dtype]
    if config is None:
        known = spec.parameters if rank is None else None  # LoRA's factors need the layers' shapes
        weights = known and float(known * footprint.TRAINED)
        source = "profile" if spec.parameters else "unknown"
        return Need(use, spec.path, spec.parameters, source, weights, 0.0, None)
    count = footprint.count(config)
    tokens, checkpointing = footprint.micro_batch(laft, count.parameters)
    each = footprint.training_bytes(config, count.vocabulary, checkpointing)
    return Need(
        use,
        spec.path,
        count.parameters,
        "config",
        count.trained_bytes(rank, size, spec.quantization),
        0.0,
        float(tokens * each),
    )


def _stated(use: str, spec: ModelSpec | TranslatorSpec, size: int) -> Need:
    """From the number of weights in the profile alone; of quantized ones all count as linear."""
    from ...models.weights import footprint

    quantization = getattr(spec, "quantization", "none")
    each = footprint.QUANTIZED.get(quantization, size)
    weights = spec.parameters and float(spec.parameters * each)
    source = "profile" if spec.parameters else "unknown"
    return Need(use, spec.path, spec.parameters, source, weights, None, None)


@cache
def _config(spec: ModelSpec | TranslatorSpec):
    """The model's configuration: from its folder, the hub's cache or the hub; None out of reach."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
    from transformers import AutoConfig

    from ...models.weights import where as files
    from ...models.weights.load import quiet

    # By the name of the branch: which commit it stands for is asked where the model is loaded.
    folder = files.folder_of(spec)
    where = spec.path if folder is None else str(folder)
    pinned = {"revision": spec.revision} if folder is None and spec.revision else {}
    try:
        if not Path(where).is_dir():
            # Asked once and without the many retries of a download: a plan must not wait.
            cached = isinstance(try_to_load_from_cache(where, "config.json", **pinned), str)
            if not cached:
                get_hf_file_metadata(hf_hub_url(where, "config.json", **pinned))
            pinned["local_files_only"] = cached
        with quiet():
            return AutoConfig.from_pretrained(where, trust_remote_code=False, **pinned)
    except Exception:  # the hub's libraries raise a dozen kinds of errors for one cause
        return None


def _gb(count: float | None) -> str:
    return "?" if count is None else f"{count / 1e9:.3g}"


@dataclass(frozen=True)
class Needs:
    """A profile, narrowed to the part of its grid that was asked for."""

    profile: Profile

    @classmethod
    def of(cls, name: str, options: Options) -> "Needs":
        """Raises :class:`XltError` for an unknown profile, language, task or method."""
        return cls(narrowed(name, options))

    def models(self) -> list[Need]:
        """What each use of a model takes, of all arms: asked, translating, adapted; each once."""
        made: list[Need] = []
        for arm, spec in self._arms():
            made.append(_asked(spec.model))
            if methods.of(arm).uses_translator and not spec.translator.without_model:
                made.append(_translating(spec.translator))
        made += [_adapted(spec) for arm, spec in self._arms() if self._trains(arm, spec)]
        asked = [need for need in made if need.use.startswith("asked")]
        return list(dict.fromkeys([*asked, *made]))

    def _arms(self) -> list[tuple[ArmSpec, Profile]]:
        return [(arm, self.profile.of_arm(arm.name)) for arm in self.profile.arms]

    def _trains(self, arm: ArmSpec, spec: Profile) -> bool:
        from ...models import is_served

        # A served model cannot be trained; the grid says so.
        return (
            methods.of(arm).trains
            and any(p.code not in spec.laft.adapted for p in places(self.profile, arm))
            and not is_served(spec.model)
        )

    def _others(self) -> dict[tuple[str, str], ModelSpec]:
        """(arm, language) -> a model that others adapted."""
        return {
            (arm.name, place.code): other
            for arm, spec in self._arms()
            for place in places(self.profile, arm)
            for other in methods.of(arm).other_models(spec, place.code).values()
        }

    def adapted_bytes(self) -> float:
        """Bytes of disk that one adapted model takes; 0 where its weights are not known."""
        for need in self.models():
            if need.use.startswith("LAFT") and need.parameters:
                return float(need.parameters * _BYTES[self.profile.model.dtype])
        return 0.0

    def _unpinned(self) -> list[tuple[str, str]]:
        """(hub id, branch) of the models of this grid that no commit is named of."""
        from ...models.weights import where as files

        used: list = []
        for arm, spec in self._arms():
            if not files.is_served(spec.model):
                used.append(spec.model)
            elif tokenizer := spec.model.endpoint.tokenizer:
                used.append(ModelSpec(path=tokenizer, context=1))
            if methods.of(arm).uses_translator:
                if not spec.translator.without_model:
                    used.append(spec.translator.language_model() or spec.translator)
                used += [spec.projection.encoder] if spec.projection.encoder else []
        used += self._others().values()
        moving = [s for s in used if not files.is_pinned(s)]
        return list(dict.fromkeys((s.path, s.revision or "main") for s in moving))

    def measured(self) -> tuple[float, float] | None:
        """(tokens an answer, tokens a second) of this profile's earlier cells on a GPU, or None."""
        import pandas as pd

        # Cells of another version may hold other columns beside these.
        columns = ["prompt_tokens", "output_tokens", "seconds"]
        found = [pd.read_parquet(p, columns=columns) for p in _on_gpus(self.profile.name)]
        if not found:
            return None
        rows = pd.concat(found)
        tokens = (rows["prompt_tokens"] + rows["output_tokens"]).sum()
        seconds = rows["seconds"].sum()
        return (tokens / len(rows), tokens / seconds) if seconds else None

    def show(self) -> None:
        """Print the models' table. Needs neither the data nor the hub."""
        from rich.console import Console
        from rich.table import Table

        table = Table(box=None, pad_edge=False)
        for name in ("model", "use", "parameters"):
            table.add_column(name, no_wrap=True)
        for name in ("weights", "keys+values", "activations", "GB in all"):
            table.add_column(name, justify="right", no_wrap=True)
        for need in self.models():
            number = f"{need.parameters:,} ({need.source})" if need.parameters else "unknown"
            parts = (need.weights, need.cache, need.activations)
            total = (">" if need.total and None in parts else "") + _gb(need.total)
            table.add_row(need.model, need.use, number, *map(_gb, parts), total)
        Console(width=120, highlight=False).print(table)
        for (arm, code), spec in self._others().items():
            model = f"{spec.path}@{spec.revision}" if spec.revision else spec.path
            print(f"{arm} {code}: {model}, adapted by others, nothing is trained")
        for path, branch in self._unpinned():
            print(
                f"{path} is not pinned: a run loads what its {branch} has then, and the records "
                "name that commit; to keep to one, give `revision` its hash"
            )
        print()

    def grid(self) -> str:
        """One line about the grid: answers, tokens, hours."""
        asked, before = workload(self.profile), self.measured()
        if before is not None:
            tokens = asked.answers * before[0]
            return (
                f"{asked.answers:,} answers, about {tokens:,.0f} tokens; about "
                f"{tokens / before[1] / 3600:.1f} GPU hours at the {before[1]:,.0f} tokens a "
                "second of this profile's earlier cells, LAFT's training apart"
            )
        found = (
            f"{asked.answers:,} answers: about {asked.read:,.0f} tokens to read, at most "
            f"{asked.written:,} to write, about {asked.translated:,.0f} to translate"
        )
        speed = self.profile.speed
        if speed is None:
            return f"{found}; hours not yet measured on a GPU"
        hours = asked.hours(speed)
        found += f"; about {hours:.{0 if hours >= 10 else 1}f} hours on {speed.hardware}"
        if any(self._trains(*one) for one in self._arms()):
            each = 1e6 / speed.training / 3600
            found += f", and LAFT's training {each:.1f} for every million tokens"
        return f"{found} (speeds measured with random weights of these shapes)"


def _on_gpus(profile: str) -> Iterator[Path]:
    for path in sorted(paths.runs(profile).glob(f"*/{manifest.NAME}")):
        environment = (manifest.read(path.parent) or {}).get("environment") or {}
        if "gpu" in environment and (path.parent / manifest.RECORDS).is_file():
            yield path.parent / manifest.RECORDS
