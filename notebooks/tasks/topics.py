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
# What is this text about? The model chooses one of a fixed list of topics. Below are, for each data
# set and language, the three test items on which the arms disagree most. Guess first: it is the
# quickest way to find out how hard the task is.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd
from IPython.display import display

from xltlib import data, load_language, load_profile, results, stats
from xltlib.report.tables import shown
from xltlib.stats import labels
from xltlib.study import side_by_side as compare

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "topics")
places = compare.every_place(records, "topics", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn
#
# Which topic would you choose? Keep your answers in mind, or write them down.

# %%
for place in places:
    spoken = load_language(place.language)
    words = spoken.labels | spoken.words.get("topics", {})
    choice = data.labels(place.dataset, "topics", place.language, data_dir)
    print(f"{place.title}\ntopics:", ", ".join(f"{words.get(one, one)} ({one})" for one in choice))
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.text}")
    print()

# %% [markdown]
# ## What the arms chose
#
# `correct` is 1 where an arm agrees with the data. Do you?

# %%
for place in places:
    answers = [
        compare.answers(place.rows, item.id).assign(text=number, gold=item.gold)
        for number, item in enumerate(place.items, 1)
    ]
    print(place.title)
    columns = ["text", "gold", "arm", "answer", "correct"]
    display(pd.concat(answers, ignore_index=True)[columns].pipe(shown))

# %% [markdown]
# ## Where they agree
#
# Over all test items: how many does every arm get right, how many does none? Items that only one
# arm gets right are what a comparison of methods rests on.

# %%
for place in places:
    print(place.title)
    display(compare.agreement(place.rows).head(12).pipe(shown))

# %% [markdown]
# ## Which topics are found, and which are confused
#
# First the F1 of each topic: a row that is low in every column is a topic that is hard for the
# model, whatever the method. Then the commonest mistakes of each arm. An arm that gives one answer
# again and again likes that word too much. All seeds are counted together.

# %%
most = labels.at_most_shots(records)
for place in places:
    mine = most[(most["dataset"] == place.dataset) & (most["language"] == place.language)]
    print(place.title)
    display(labels.label_grid(labels.label_table(mine)).pipe(shown, precision=2))
    display(labels.confusions(labels.confusion_table(mine)).pipe(shown))

# %% [markdown]
# ## Scores

# %%
stats.score_table(records).pipe(shown)
