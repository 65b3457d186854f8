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
# # How much hangs on choices that are not the question?
#
# How an output is read, how ROUGE cuts words, which labels count, how the prompt is worded, in
# which order the demonstrations stand: none of it says anything about a method, and each can move
# a score. What is chosen after the model has answered is chosen again here from the stored raw
# outputs. Wording and order need answers of their own: every method is asked again, in every
# language, on a sample of the items.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd

from xltlib import data, models, stats
from xltlib.config import load_language, load_profile
from xltlib.records import results
from xltlib.report import artifacts
from xltlib.validity import probes, sensitivity

settings = load_profile(profile, data_dir=data_dir)
records = results.read(settings.name, cells)
made = artifacts.made_by("64_sensitivity", {"profile": settings.name}, records)


def keep(table, name, caption):
    artifacts.save_table(table, name, caption, profile=settings.name, source=made)
    return table


print(f"{len(records):,} answers in {records['cell_id'].nunique()} cells")

# %% [markdown]
# ## The same outputs, read otherwise; the same question, put otherwise
#
# The biggest shift of a headline score comes first. `flips` counts the comparisons of two methods
# that change between significant and not, or change sides. Topics are chosen by likelihood among
# the label words, which leaves a parser nothing to choose: its rows move for imported outputs only.

# %%
asked_again = list(probes.probe(settings, profile, records))
languages = [load_language(name) for name in {c for d in settings.datasets for c in d.languages}]
table = sensitivity.sensitivity_table(records, asked_again, languages)
keep(table, "sensitivity", "How far scores move with choices that are not the question")

# %% [markdown]
# ## What the model could see
#
# A language that the tokenizer cuts finely fills the prompt sooner: fewer words of the same
# article reach the model. Score differences between languages are read beside this.

# %%
sets = {(d.name, load_language(c).code): d.task for d in settings.datasets for c in d.languages}
tokenizer = models.load_tokenizer(settings.model)
texts = pd.DataFrame(
    [
        {
            "dataset": name,
            "language": code,
            "tokens": len(tokenizer(item.text)["input_ids"]),
            "words": len(item.text.split()),
        }
        for (name, code), task in sets.items()
        for item in data.load(name, task, code, "test", data_dir, settings.limit)
    ]
)
lengths = stats.length_table(records, stats.fertility_table(texts))
keep(lengths, "lengths", "Tokens per word and truncation beside the scores")
