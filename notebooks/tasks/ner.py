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
# # Named entities: the same sentences under every arm
#
# Find the people, places, organizations and dates in a sentence. We parse an arm's output into
# spans; a span is correct if both its type and its position match the gold span. Half a name is
# wrong twice: once as a span that should not be there, once as one that is missing.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from IPython.display import display

from xltlib import data, load_language, load_profile, results, stats
from xltlib.report.tables import shown
from xltlib.study import side_by_side as compare

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells)
records = records[records["task"] == "ner"]
places = compare.places(records, "ner")
dataset, language = places[0]
rows = compare.condition(records, "ner", dataset, language)
ids = compare.telling(rows, 3)
items = compare.items(rows, ids, data_dir)
print(f"{dataset}, {load_language(language).name}, {rows['shots'].iloc[0]} demonstrations")

# %% [markdown]
# ## Your turn
#
# Which words are names, and of what?

# %%
kinds = load_language(language).entity_types
wanted = data.labels(dataset, "ner", language, data_dir)
print("types:", ", ".join(f"{kinds.get(kind, kind)} ({kind})" for kind in wanted), "\n")
for number, item in enumerate(items, 1):
    print(f"{number}. {item.text}\n")

# %% [markdown]
# ## What the arms found
#
# The gold spans stand in [brackets]. `tp` counts spans that are right, `fp` spans that should not
# be there, and `fn` spans that were missed.

# %%
for number, item in enumerate(items, 1):
    marked = item.text
    for span in sorted(item.gold, key=lambda s: -s.start):
        inside = f"[{marked[span.start : span.end]}]{span.type}"
        marked = marked[: span.start] + inside + marked[span.end :]
    print(f"{number}. {marked}")
    display(compare.answers(rows, item.id)[["arm", "answer", "tp", "fp", "fn"]].pipe(shown))

# %% [markdown]
# ## What kind of errors
#
# An arm that misses names and one that invents them can have the same F1. `dropped` counts entities
# that were found in a translation but could not be placed in the original text.

# %%
kept = rows.groupby("arm", sort=False)[["tp", "fp", "fn", "dropped"]].sum().reset_index()
kept.assign(
    precision=kept["tp"] / (kept["tp"] + kept["fp"]),
    recall=kept["tp"] / (kept["tp"] + kept["fn"]),
).pipe(shown)

# %% [markdown]
# ## Scores

# %%
stats.score_table(records).pipe(shown)
