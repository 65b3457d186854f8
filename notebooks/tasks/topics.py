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
# # Topic classification: the same texts under every arm
#
# What is this text about? The model chooses one of a fixed list of topics. Below are the three
# test items on which the arms disagree most. Guess first: it is the quickest way to find out how
# hard the task is.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd
from IPython.display import display

from xltlib import data, load_language, load_profile, results, stats
from xltlib.report.tables import shown
from xltlib.study import side_by_side as compare

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells)
records = records[records["task"] == "topics"]
places = compare.places(records, "topics")
dataset, language = places[0]
rows = compare.condition(records, "topics", dataset, language)
ids = compare.telling(rows, 3)
items = compare.items(rows, ids, data_dir)
print(f"{dataset}, {load_language(language).name}, {rows['shots'].iloc[0]} demonstrations")

# %% [markdown]
# ## Your turn
#
# Which topic would you choose? Keep your answers in mind, or write them down.

# %%
spoken = load_language(language)
words = spoken.labels | spoken.words.get("topics", {})
choice = data.labels(dataset, "topics", language, data_dir)
print("topics:", ", ".join(f"{words.get(label, label)} ({label})" for label in choice), "\n")
for number, item in enumerate(items, 1):
    print(f"{number}. {item.text}\n")

# %% [markdown]
# ## What the arms chose
#
# `correct` is 1 where an arm agrees with the data. Do you?

# %%
pd.concat(
    [
        compare.answers(rows, item.id).assign(text=number, gold=item.gold)
        for number, item in enumerate(items, 1)
    ],
    ignore_index=True,
)[["text", "gold", "arm", "answer", "correct"]].pipe(shown)

# %% [markdown]
# ## Where they agree
#
# Over all test items: how many does every arm get right, how many does none? Items that only one
# arm gets right are what a comparison of methods rests on.

# %%
compare.agreement(rows).pipe(shown)

# %% [markdown]
# ## Which topics are confused
#
# One table per arm: rows are the topics in the data, columns the arm's answers. A column much
# fuller than its row is a topic that the arm likes too much.

# %%
for arm, mine in rows.groupby("arm", sort=False):
    gold, answer = mine["gold"].str.strip('"'), mine["answer"].fillna("(none)").str.strip('"')
    print(arm)
    display(pd.crosstab(gold.rename("gold"), answer.rename("answer")))

# %% [markdown]
# ## Scores

# %%
stats.score_table(records).pipe(shown)
