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
# # Exam questions: the same questions under every arm
#
# A question, four answers, one of them right. The questions are taken from English exams and put
# into each language, so knowledge that a model has in English can fail to be found when it is asked
# for in Hausa; that gap is what `translate` tries to close. Whoever guesses gets a quarter.
#
# The usual way to ask is for a letter, and letters have a weakness of their own: a model that does
# not know the answer still has a letter that it likes.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import pandas as pd
from IPython.display import display

from xltlib import load_profile, results, stats
from xltlib.report.tables import shown
from xltlib.study import side_by_side as compare
from xltlib.tasks.mmlu import LETTERS, longest

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "mmlu")
places = compare.every_place(records, "mmlu", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.fields['question']}")
        for letter, option in zip(LETTERS, item.options, strict=True):
            print(f"   {letter}: {option}")
    print()

# %% [markdown]
# ## What the arms chose

# %%
for place in places:
    answers = [
        compare.answers(place.rows, item.id).assign(question=number, gold=item.gold)
        for number, item in enumerate(place.items, 1)
    ]
    print(place.title)
    columns = ["question", "gold", "arm", "answer", "correct"]
    display(pd.concat(answers, ignore_index=True)[columns].pipe(shown))

# %% [markdown]
# ## Is there a favourite letter?
#
# Of the answers that an arm gave, the share of each letter, beside how often that letter is right.
# `favourite` is the largest share: near 1 the arm always says the same. `longest` is how often the
# longest of the four answers was taken, which is a guess that needs no reading either.

# %%
for place in places:
    rows = compare.read_back(place.rows, data_dir)
    known = rows.drop_duplicates("example_id")["item"].tolist()
    longest_of = dict(zip([item.id for item in known], longest([], known), strict=True))
    said = rows.groupby("arm", sort=False)["said"].value_counts(normalize=True).unstack()
    right = pd.Series([item.gold for item in known]).value_counts(normalize=True)
    table = (
        pd.concat([said, right.to_frame("(right)").T]).reindex(columns=list(LETTERS)).fillna(0.0)
    )
    table["favourite"] = table.max(axis=1)
    rows["longest"] = rows["said"].eq(rows["example_id"].map(longest_of)).astype(float)
    table["longest"] = rows.groupby("arm", sort=False)["longest"].mean()
    truly = [item.gold == longest_of[item.id] for item in known]
    table.loc["(right)", "longest"] = sum(truly) / len(truly)
    print(place.title)
    display(table.rename_axis("arm").reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## Where they agree
#
# Two arms that both guess agree on a right answer for one question in sixteen, and on a wrong one
# for three. More rights in common than that is knowledge, or a letter that both like.

# %%
for place in places:
    print(place.title)
    display(compare.agreement(place.rows).head(12).pipe(shown))

# %% [markdown]
# ## Scores
#
# Chance is 0.25. An interval that reaches down to it shows no knowledge yet.

# %%
stats.score_table(records).pipe(shown)
