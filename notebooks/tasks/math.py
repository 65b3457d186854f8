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
# # Word problems: the same problems under every arm
#
# A school problem whose answer is a number. The demonstrations show how to get there step by step,
# and the model is free to write its own steps: the last number of what it writes is the answer.
# Nothing between right and wrong counts, so the score says little about *where* a model fails. The
# outputs do: it can misread the problem, reckon wrongly, or not stop when it is done.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
import re

import pandas as pd
from IPython.display import display

from xltlib import load_profile, results, stats
from xltlib.report.tables import shown
from xltlib.study import side_by_side as compare
from xltlib.tasks.math import numbers

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "math")
places = compare.every_place(records, "math", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.text}")
    print()

# %% [markdown]
# ## What the arms wrote
#
# The whole output, and the number that was read from it.

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. the answer: {item.gold}")
        answers = compare.answers(place.rows, item.id)
        display(answers[["arm", "output", "answer", "correct"]].pipe(shown))

# %% [markdown]
# ## How do they fail?
#
# `right`; `passed by`: the right number stands in the output, but is not its last; `copied`: the
# answer is one of the problem's own numbers; `other`: some other number; `none`: no number.

# %%
KINDS = ["right", "passed by", "copied", "other", "none"]


def kind(said, output, item):
    if said is None:
        return "none"
    gold = numbers(item.gold)[-1]
    for name, found in (("right", [said]), ("passed by", numbers(output))):
        if gold in found:
            return name
    return "copied" if said in numbers(item.text) else "other"


for place in places:
    rows = compare.read_back(place.rows, data_dir)
    told = zip(rows["said"], rows["output"].fillna(""), rows["item"], strict=True)
    rows["kind"] = [kind(*one) for one in told]
    by_arm = rows.groupby("arm", sort=False)
    table = by_arm["kind"].value_counts(normalize=True).unstack().reindex(columns=KINDS)
    print(place.title)
    display(table.fillna(0.0).reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## Can they reckon?
#
# Sums that were written out (`3 * 4 = 12`), whatever they were meant for: how many an answer has,
# and how many of them are true. Without demonstrations most models write none.

# %%
SUM = re.compile(r"(\d+) ?([-+*x×/÷]) ?(\d+) ?= ?(\d+)(?![.,]?\d)")
DONE = {"-": "__sub__", "+": "__add__", "*": "__mul__", "x": "__mul__", "×": "__mul__"}


def true(a, sign, b, c):
    if sign in DONE:
        return getattr(int(a), DONE[sign])(int(b)) == int(c)
    return int(b) > 0 and int(a) == int(b) * int(c)


for place in places:
    written = place.rows["output"].fillna("").str.replace(",", "").map(SUM.findall)
    sums = place.rows.assign(
        sums=written.str.len(), true=written.map(lambda w: sum(true(*s) for s in w))
    )
    table = sums.groupby("arm", sort=False)[["sums", "true"]].sum()
    table["a problem"] = table["sums"] / sums.groupby("arm", sort=False).size()
    table["share that is true"] = table["true"] / table["sums"].where(table["sums"] > 0)
    print(place.title)
    display(table.reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## The same problem in several languages
#
# The problems are translations of each other, and the numbers in them are the same. How many does
# an arm solve in each language, and how many in all of them? What it solves in English and not in
# Hausa, it could reckon and did not read.

# %%
together: dict[str, list[pd.DataFrame]] = {}
for place in places:
    together.setdefault(place.dataset, []).append(place.rows)
for dataset, some in together.items():
    rows = pd.concat(some)
    wide = rows.pivot_table(
        index=["arm", "example_id"], columns="language", values="correct", sort=False
    )
    table = wide.dropna().groupby("arm", sort=False).sum()
    table["in all of these"] = wide.dropna().min(axis=1).groupby("arm", sort=False).sum()
    table.insert(0, "problems", wide.dropna().groupby("arm", sort=False).size())
    print(dataset)
    display(table.rename_axis(columns=None).reset_index().pipe(shown, precision=0))

# %% [markdown]
# ## Scores

# %%
stats.score_table(records).pipe(shown)
