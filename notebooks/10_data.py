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
# What each data set holds in each language, and how many tokens the model's tokenizer makes of a
# word: a language that the tokenizer hardly knows costs more tokens for the same sentence, leaves
# less room for demonstrations, and is cut earlier.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd

from xltlib import data, figures, models, stats
from xltlib.config import load_profile
from xltlib.report import artifacts

settings = load_profile(profile, data_dir=data_dir)
made = artifacts.made_by("10_data", {"profile": settings.name})
tokenizer = models.load_tokenizer(settings.model)
sets = [(d.name, d.task, code) for d in settings.datasets for code in d.languages]

# %% [markdown]
# ## Sizes and labels
#
# `notes` says what a loader repaired or left out; nothing is lost without a count.

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
sizes = pd.DataFrame(rows)
artifacts.save_table(sizes, "data", "Data sets", profile=settings.name, source=made)
sizes

# %% [markdown]
# ## Where it is from
#
# The checksums are of each split's items as they were loaded, in order: two runs with the same
# checksums have seen the same data, whatever file it came in. The records of every cell hold them,
# in the columns of the same names; `demos_sha256` where there were demonstrations.

# %%
from xltlib.data.card import card

cards = pd.DataFrame([card(name, task, code, data_dir) for name, task, code in sets])
artifacts.save_table(
    cards, "data_cards", "Sources, licences and checksums", profile=settings.name, source=made
)
cards

# %% [markdown]
# ## Tokens per word

# %%
texts = pd.DataFrame(
    [
        {
            "dataset": name,
            "language": code,
            "tokens": len(tokenizer(item.text)["input_ids"]),
            "words": len(item.text.split()),
        }
        for name, code in dict.fromkeys((name, code) for name, _, code in sets)
        for item in data.load(
            name, next(t for n, t, c in sets if (n, c) == (name, code)), code, "test", data_dir
        )
    ]
)
fertility = stats.fertility_table(texts)
artifacts.save_table(
    fertility, "tokens_per_word", "Tokens per word", profile=settings.name, source=made
)
figure = figures.tokens_per_word(fertility, settings.about)
artifacts.save_figure(
    figure, "tokens_per_word", "Tokens per word", profile=settings.name, source=made
)
figure

# %% [markdown]
# ## Does the test set stand in what the models were shown?
#
# A test item that also stands among the demonstrations, or in text that a model was trained on, is
# not a test any more. Overlap is counted exactly and nearly (n-grams): with the demonstrations,
# with the text that `laft` adapts on and, for mini, with what its language model and its translator
# have read in the same language. What other models have read is not known here. Published text is
# counted here as it was published; before a model is adapted on it, everything that overlaps with a
# test set is dropped, and notebook 20 has the counts.

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
artifacts.save_table(
    leaks, "leakage", "Test items found elsewhere", profile=settings.name, source=made
)
leaks

# %% [markdown]
# ## How well does the translator translate?
#
# `translate` can be no better than its translator, so it is measured: chrF and BLEU on sentences
# whose translation is known, into English and back. Where a test set is itself parallel (mini,
# SIB-200), they are its own. Where no cell of a run translates, nothing is loaded for it.

# %%
from xltlib.validity.translators import SAMPLE, translates, translation_quality

quality = None
if translates(settings.name, cells):
    # all sentences where the profile evaluates on all items, too
    quality = translation_quality(settings, sentences=SAMPLE if settings.limit else None)
    artifacts.save_table(
        quality,
        "translation_quality",
        "Quality of the translator",
        profile=settings.name,
        source=made,
    )
else:
    print("not measured: this run has no cells of the method translate")
quality

# %% [markdown]
# ## What needs no language model
#
# A score means something above what these reach on the same test items: the commonest label, a
# classical classifier trained on the pool of demonstrations (the training split, where there is
# one), the first words of an article, capitalised words as entities.

# %%
from xltlib.validity.baselines import baseline_table

baselines = baseline_table(settings)
artifacts.save_table(
    baselines, "baselines", "Baselines without a language model", profile=settings.name, source=made
)
baselines
