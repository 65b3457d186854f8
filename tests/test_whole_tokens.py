"""A smaller vocabulary writes prompts as the whole one does, or is refused."""

import pytest
from test_models_prune import base, spec  # noqa: F401  (a fixture)
from tiny_models import TEXT

from xltlib.config import load_profile
from xltlib.errors import XltError
from xltlib.models import load_tokenizer
from xltlib.models.weights import prune, vocabulary
from xltlib.study import whole_tokens
from xltlib.study.every_prompt import every_prompt

READ = TEXT[:3]
PROMPT = "\n\n".join(f"Text: {line}\nTopic:" for line in READ)


def smaller(base, tmp_path, *texts, also=None):  # noqa: F811
    prune.prune(spec(base["gpt2"]), texts, tmp_path / "small", also=also)
    return spec(base["gpt2"], vocabulary=str(tmp_path / "small" / "vocabulary.json"))


def test_a_list_of_texts_alone_is_refused_where_prompts_need_more(base, tmp_path):  # noqa: F811
    small = smaller(base, tmp_path, READ[0])
    with pytest.raises(XltError, match=r"`model.vocabulary` .* lacks the token .*prune MODEL"):
        whole_tokens.check(small, load_tokenizer(small), [READ[0], TEXT[-1]])


def test_a_list_of_whole_prompts_writes_them_alike(base, tmp_path):  # noqa: F811
    small = smaller(base, tmp_path, PROMPT, *READ)
    whole_tokens.check(small, load_tokenizer(small), [PROMPT])
    whole_tokens.check(spec(base["gpt2"]), None, [PROMPT])  # nothing was cut


def test_tokens_of_another_list_are_kept_too(base, tmp_path):  # noqa: F811
    first = prune.prune(spec(base["gpt2"]), [TEXT[-1]], tmp_path / "first")
    both = prune.prune(spec(base["gpt2"]), READ, tmp_path / "both", also=first)
    assert set(first.kept) < set(both.kept)
    other = vocabulary.Vocabulary((0, 1), 7)
    with pytest.raises(XltError, match="`also` is of a vocabulary of 7 tokens"):
        prune.prune(spec(base["gpt2"]), READ, tmp_path / "other", also=other)


def test_every_form_of_prompt_is_among_them():
    profile = load_profile("mini")
    only = [d for d in profile.datasets if d.task == "topics"]
    only = [d.model_copy(update={"languages": ("hau",)}) for d in only]
    profile = profile.model_copy(update={"datasets": tuple(only)})
    prompts = list(every_prompt(profile))
    words = "".join(prompts)
    for expected in ("Topic:", "\n\n", "Hausa: ", "English:", "Which topic is the article about?"):
        assert expected in words
