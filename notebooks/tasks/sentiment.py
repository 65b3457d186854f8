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
# # Sentiment: the same messages under every arm
#
# Is what a short message says positive, negative, or neither? AfriSenti's messages are tweets:
# Hausa mostly without its hooked letters, in the spelling of chats, with English and Arabic words
# between. That is far from the news that text for these languages is mostly taken from, and an arm
# that does well on news may fail here.
#
# The messages are their authors'. No page of this project shows one, so neither does this notebook:
# it names items by their ids, under which you find them in your own file (`test-12` is the twelfth
# message of `test.tsv`).

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd
from IPython.display import display

from xltlib import load_profile, results, stats
from xltlib.report.tables import shown
from xltlib.stats import labels
from xltlib.study import side_by_side as compare

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "sentiment")
places = compare.every_place(records, "sentiment", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Where the arms differ most
#
# Three messages of each language on which the arms do not agree. Read them in your file first, and
# decide for yourself.

# %%
for place in places:
    answers = [
        compare.answers(place.rows, item.id).assign(message=item.id, gold=item.gold)
        for item in place.items
    ]
    print(place.title)
    columns = ["message", "gold", "arm", "answer", "correct"]
    display(pd.concat(answers, ignore_index=True)[columns].pipe(shown))

# %% [markdown]
# ## Bright or gloomy?
#
# Of the answers that an arm gave, the share of `positive`, `neutral` and `negative`, and what the
# data have. An arm that leans to one side reads its own habit and not the message: `lean` is
# positive minus negative, above zero where an arm is brighter than the data and below where it is
# gloomier.

# %%
SIDES = ["positive", "neutral", "negative"]
for place in places:
    rows = compare.read_back(place.rows, data_dir)
    gold = pd.Series([item.gold for item in rows.drop_duplicates("example_id")["item"]])
    said = rows.groupby("arm", sort=False)["said"].value_counts(normalize=True).unstack()
    table = pd.concat([said, gold.value_counts(normalize=True).to_frame("(the data)").T])
    table = table.reindex(columns=SIDES).fillna(0.0)
    lean = table["positive"] - table["negative"]
    table["lean"] = lean - lean["(the data)"]
    print(place.title)
    display(table.rename_axis("arm").reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## Which messages are hard?
#
# Accuracy by what a message is made of: its length, and whether it holds a picture sign (an emoji),
# which says the same in every language and needs no Hausa or Kinyarwanda to be read.

# %%
for place in places:
    rows = compare.read_back(place.rows, data_dir)
    length = pd.Series([len(item.text.split()) for item in rows["item"]], rows.index)
    rows["length"] = (length > length.median()).map({True: "longer half", False: "shorter half"})
    signs = [
        any(ord(c) >= 0x1F000 or 0x2600 <= ord(c) < 0x27C0 for c in i.text) for i in rows["item"]
    ]
    rows["emoji"] = ["with emoji" if there else "without emoji" for there in signs]
    print(place.title)
    for kind in ("length", "emoji"):
        table = rows.pivot_table(index="arm", columns=kind, values="correct", sort=False)
        n = rows.groupby(kind)["example_id"].nunique()
        table.columns = [f"{name} ({n[name]})" for name in table.columns]
        display(table.reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## Which sides are found, and which are confused
#
# `neutral` is where people disagree, too; taking negative for positive is another kind of mistake.

# %%
most = labels.at_most_shots(records)
for place in places:
    mine = most[(most["dataset"] == place.dataset) & (most["language"] == place.language)]
    print(place.title)
    display(labels.label_grid(labels.label_table(mine)).pipe(shown, precision=2))
    display(labels.confusions(labels.confusion_table(mine)).pipe(shown))

# %% [markdown]
# ## Scores
#
# The sides are not equally common, so read macro-F1 beside accuracy.

# %%
stats.score_table(records).pipe(shown)
