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
# # Summarization: the same articles under every arm
#
# Write one sentence that says what an article says. Unlike the other tasks this one has no single
# right answer. ROUGE counts the words that a summary shares with *one* reference, so a good summary
# in other words gets a low score, and a fluent but false one may get a high score. Read before you
# trust the number.

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

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "summarization")
places = compare.every_place(records, "summarization", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn
#
# Read the articles. What would you keep, in one sentence?

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.text}")
    print()

# %% [markdown]
# ## What the arms wrote
#
# The reference first, then every arm's summary, with the score that it got. Is the order of the
# scores the order in which you would put them?

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. reference: {item.gold}")
        answers = compare.answers(place.rows, item.id)
        display(answers[["arm", "answer", "rougeL", "chrf"]].pipe(shown, precision=2))

# %% [markdown]
# ## How long are they?
#
# A longer summary shares more words by chance. Words per summary, and the share of articles that
# had to be cut to fit into the prompt:

# %%
for place in places:
    length = place.rows["output"].map(lambda text: len(text.split()), na_action="ignore")
    arm = place.rows["arm"]
    cut = place.rows["truncated_tokens"].gt(0)
    table = {
        "words": length.groupby(arm, sort=False).mean(),
        "articles cut": cut.groupby(arm, sort=False).mean(),
    }
    print(place.title)
    display(pd.DataFrame(table).reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## Scores

# %%
stats.score_table(records).pipe(shown)
