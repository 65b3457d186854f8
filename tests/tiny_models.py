"""Small random models and tokenizers, made in memory: what the tests of the engine run on."""

import functools
import json
from pathlib import Path

import torch
from tokenizers import (
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GemmaConfig,
    GemmaForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
    MarianConfig,
    MarianMTModel,
    MistralConfig,
    MistralForCausalLM,
    MixtralConfig,
    MixtralForCausalLM,
    MptConfig,
    MptForCausalLM,
    PreTrainedTokenizerFast,
    Qwen2Config,
    Qwen2ForCausalLM,
)

TEXT = [
    "Shugaban ƙungiyar ya ce za a buɗe sabuwar kasuwa a Kano ranar Litinin.",
    "Labari: 'Yan wasan sun dawo gida bayan gasar; an yi murna ƙwarai.",
    "Batu: wasanni siyasa lafiya kasuwanci addini fasaha nishaɗi",
    "The minister opened a new school in Kigali, and 1,250 pupils came.",
    "Abanyeshuri bashya bageze i Huye ejo mu gitondo.",
    "Abasomesa b'essomero lino ng'olwo bagenze e Mbale.",
] * 3
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = ["<unk>", "<s>", "</s>", "<pad>"]
TOKENIZERS = ("gpt2", "llama3", "metaspace", "llama", "unigram", "words")
ARCHITECTURES = ("llama", "mistral", "mixtral", "qwen2", "gemma", "gemma2", "neox", "gpt2", "mpt")


@functools.cache
def tokenizer(
    kind: str = "gpt2", bos: bool = False, vocabulary: int = 340
) -> PreTrainedTokenizerFast:
    """A tokenizer of the family ``kind``, trained on TEXT; ``bos``: puts <s> before a text."""
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet() if kind in ("gpt2", "llama3") else [],
        show_progress=False,
    )
    made = Tokenizer(models.BPE(unk_token=None if kind in ("gpt2", "llama3") else "<unk>"))
    if kind == "gpt2":
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        made.decoder = decoders.ByteLevel()
    elif kind == "llama3":
        made.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Split(Regex(_LLAMA3), "isolated"),
                pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
            ]
        )
        made.decoder = decoders.ByteLevel()
    elif kind in ("metaspace", "llama"):
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first")
        made.decoder = decoders.Metaspace(prepend_scheme="first")
    elif kind == "unigram":
        made = Tokenizer(models.Unigram())
        made.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
        made.decoder = decoders.Metaspace(prepend_scheme="always")
        trainer = trainers.UnigramTrainer(
            vocab_size=vocabulary, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
        )
    else:  # merges across spaces: nothing may be encoded apart
        made.normalizer = normalizers.Lowercase()
    made.train_from_iterator(TEXT, trainer)
    if kind == "llama":  # as converted from sentencepiece: the space is a letter like others
        made.pre_tokenizer = None
        made.normalizer = normalizers.Sequence(
            [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
        )
        made.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
    if bos:
        made.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", 1)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        clean_up_tokenization_spaces=False,
    )


@functools.cache
@torch.inference_mode(False)  # kept for all tests: it may be made first inside an inference block
def causal(architecture: str = "llama", vocabulary: int = 340, attention: str = "sdpa", **options):
    """A random causal model of 2 layers, wide enough in its weights for clear preferences."""
    torch.manual_seed(sum(map(ord, architecture)))
    common = dict(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=512,
        initializer_range=0.3,
    )
    narrow = {"num_key_value_heads": 2}
    kinds = {
        "llama": (LlamaConfig, LlamaForCausalLM, narrow),
        "mistral": (MistralConfig, MistralForCausalLM, narrow | {"sliding_window": None}),
        "mixtral": (MixtralConfig, MixtralForCausalLM, narrow | {"num_local_experts": 3}),
        "qwen2": (Qwen2Config, Qwen2ForCausalLM, narrow),
        "gemma": (GemmaConfig, GemmaForCausalLM, {"num_key_value_heads": 1, "head_dim": 8}),
        "gemma2": (Gemma2Config, Gemma2ForCausalLM, {"num_key_value_heads": 1, "head_dim": 8}),
        "neox": (GPTNeoXConfig, GPTNeoXForCausalLM, {}),
        "gpt2": (GPT2Config, GPT2LMHeadModel, {}),
    }
    if architecture == "mpt":
        config = MptConfig(
            d_model=32, n_heads=4, n_layers=2, vocab_size=vocabulary, max_seq_len=512,
            initializer_range=0.3,
        )  # fmt: skip
        return MptForCausalLM(config).eval()
    config_kind, model_kind, own = kinds[architecture]
    config = config_kind(**(common | own | options))
    config._attn_implementation = attention
    model = model_kind(config).eval()
    model.generation_config.eos_token_id = 2
    model.generation_config.pad_token_id = 3
    return model


def sentence_pieces(folder: Path) -> Path:
    """``folder`` with a sentencepiece model of TEXT (sp.model) and its vocabulary (vocab.json)."""
    import sentencepiece

    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(TEXT), model_prefix=str(folder / "sp"), vocab_size=100, pad_id=3,
        minloglevel=2,
    )  # fmt: skip
    made = sentencepiece.SentencePieceProcessor(str(folder / "sp.model"))
    vocabulary = {made.id_to_piece(i): i for i in range(len(made))}
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    return folder


@functools.cache
@torch.inference_mode(False)
def marian(marks: tuple[str, ...] = ("eng", "hau", "kin", "lug")):
    """(model, tokenizer) of a random translator whose input begins with >>target<<."""
    made = tokenizer.__wrapped__("gpt2")
    made.add_special_tokens({"additional_special_tokens": [f">>{m}<<" for m in marks]})
    torch.manual_seed(3)
    config = MarianConfig(
        vocab_size=len(made),
        d_model=32,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=64,
        decoder_ffn_dim=64,
        max_position_embeddings=64,
        init_std=1.0,
        bos_token_id=1,
        eos_token_id=2,
        pad_token_id=3,
        decoder_start_token_id=3,
        forced_eos_token_id=None,
    )
    return MarianMTModel(config).eval(), made
