# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The data
#
# What each data set holds in each language, where it comes from, and whether the models may have
# seen it before. Also how many tokens the model's tokenizer needs for a word: in a language that it
# hardly knows, the same sentence costs more tokens, leaves less room for demonstrations, and is cut
# earlier.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd

from xltlib import data, figures, load_profile, models, results, stats
from xltlib.report.output import Output

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
keep = Output("10_data", settings.name)
sets = [(d.name, d.task, code) for d in settings.datasets for code in d.languages]

# %% [markdown]
# ## Sizes and labels
#
# `notes` counts whatever a loader repaired or left out. Nothing disappears without a count.

# %%
rows = []
for name, task, code in sets:
    test = data.load(name, task, code, "test", data_dir)
    words = [len(item.text.split()) for item in test]
    rows.append(
        {
            "dataset": name,
            "task": task,
            "language": code,
            "test": len(test),
            "demonstration pool": len(data.load(name, task, code, "demos", data_dir)),
            "labels": len(data.labels(name, task, code, data_dir)),
            "median words": pd.Series(words).median(),
            "notes": ", ".join(
                f"{k} {v}" for k, v in data.notes(name, task, code, data_dir).items()
            ),
        }
    )
keep.table(pd.DataFrame(rows), "data", "Data sets")

# %% [markdown]
# ## Where it comes from
#
# The checksums cover each split's items as they were loaded, in order. Two runs with the same
# checksums have seen the same data, whatever file it came in. The records of every cell hold them
# too, in columns of the same names.

# %%
from xltlib.data.card import card

cards = pd.DataFrame([card(name, task, code, data_dir) for name, task, code in sets])
keep.table(cards, "data_cards", "Sources, licences and checksums")

# %% [markdown]
# ## Tokens per word

# %%
from xltlib.validity.tokenizers import texts_table, tokenizers_table

texts = texts_table(settings, models.load_tokenizer(settings.model))
fertility = keep.table(stats.fertility_table(texts), "tokens_per_word", "Tokens per word")
figure = figures.tokens_per_word(fertility, settings.about)
keep.figure(figure, "tokens_per_word", "Tokens per word")

# %% [markdown]
# What does that cost? Parallel sentences say the same in the language and in English:
# `times_english` is how many times as many tokens it takes, by each tokenizer at hand. Bytes, which
# models without a tokenizer read, show how much of it is the language's own length.

# %%
keep.table(tokenizers_table(settings), "tokenizers", "What tokenizers cost a language")

# %% [markdown]
# And in answers? Two models that differ in nothing but their tokens would say it. The mini
# profile's model can have a twin that reads the same text byte by byte: it is not shipped, and
# `python -m xltlib pretrain-mini --bytes` trains it, in some minutes on a GPU. With
# `--arms prompt,prompt_bytes` both answer, and stand here; `difference` is the first one's score
# less the second's.

# %%
from xltlib.validity.twins import twins_table

if results.newest(settings.name, ("method",)):
    twins = twins_table(settings, results.records(settings.name, cells))
    keep.table(twins, "twins", "The same model with other tokens: answers, and tokens for a word")

# %% [markdown]
# ## Leakage: have the models already seen the test set?
#
# A test item that also appears among the demonstrations, or in text that a model was trained on, no
# longer tests anything. We count exact and near matches (n-grams) with the demonstrations, with the
# text that `laft` adapts on and, for mini, with what its language model and its translator have
# read in the same language. What other models have read we cannot know. Published text is counted
# as it was published; before a model is adapted on it, everything that overlaps with a test set is
# dropped, and `preparations/adapt` shows how much that was.

# %%
from xltlib.data.leaks.audit import audit
from xltlib.mini.reading import read_by_models

leaks = pd.concat(
    [
        audit(
            name,
            task,
            code,
            data_dir=data_dir,
            also=read_by_models(code) if name == "mini" else None,
        )
        for name, task, code in sorted(sets, key=lambda found: found[2])
    ],
    ignore_index=True,
)
keep.table(leaks, "leakage", "Test items found elsewhere")

# %% [markdown]
# ## What needs no language model
#
# A score is informative only if it beats these baselines on the same test items: the most frequent
# label, a classical classifier trained on the pool of demonstrations (the training split, where
# there is one), the first words of an article, capitalized words as entities.

# %%
from xltlib.validity.baselines import baseline_table

keep.table(baseline_table(settings), "baselines", "Baselines without a language model")
