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
#
# Most arms write a list of names freely. It may hold names that are not in the sentence, or be no
# list at all. The arm `tagged`, where it was asked, can do neither: at each step the model may
# write the sentence's next token or a tag, so all its answers are valid and only tags are its own.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from IPython.display import display

from xltlib import data, load_language, load_profile, results, stats, tasks
from xltlib.report.tables import shown
from xltlib.stats import labels
from xltlib.study import side_by_side as compare

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "ner")
places = compare.every_place(records, "ner", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn
#
# Which words are names, and of what?

# %%
for place in places:
    kinds = load_language(place.language).entity_types
    wanted = data.labels(place.dataset, "ner", place.language, data_dir)
    print(f"{place.title}\ntypes:", ", ".join(f"{kinds.get(one, one)} ({one})" for one in wanted))
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.text}")
    print()

# %% [markdown]
# ## What the arms found
#
# The gold spans stand in [brackets]. `tp` counts spans that are right, `fp` spans that should not
# be there, and `fn` spans that were missed.

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        marked = item.text
        for span in sorted(item.gold, key=lambda s: -s.start):
            inside = f"[{marked[span.start : span.end]}]{span.type}"
            marked = marked[: span.start] + inside + marked[span.end :]
        print(f"{number}. {marked}")
        answers = compare.answers(place.rows, item.id)
        display(answers[["arm", "answer", "tp", "fp", "fn"]].pipe(shown))

# %% [markdown]
# ## What kind of errors
#
# An arm that misses names and one that invents them can have the same F1. `dropped` counts entities
# that were found in a translation but could not be placed in the original text.

# %%
for place in places:
    columns = ["tp", "fp", "fn", "dropped"]
    kept = place.rows.groupby("arm", sort=False)[columns].sum().reset_index()
    kept["precision"] = kept["tp"] / (kept["tp"] + kept["fp"])
    kept["recall"] = kept["tp"] / (kept["tp"] + kept["fn"])
    print(place.title)
    display(kept.pipe(shown))

# %% [markdown]
# ## Readable answers, whole names, parts of names
#
# `valid` is the share of answers that can be read at all. The strict F1 counts a name that is
# whole, in its place and of the right type; the relaxed one also counts a part of it, one shared
# word being enough. An arm that is far better by the relaxed count finds names, but not where they
# end.

# %%
relaxed = next(one for one in tasks.get("ner").rereadings if one.choice == "matching")
for place in places:
    kept = place.rows.groupby("arm", sort=False)[["valid"]].mean()
    for name, rows in (("strict", place.rows), ("relaxed", relaxed.remake(place.rows, {}))):
        sums = rows.groupby("arm", sort=False)[["tp", "fp", "fn"]].sum()
        kept[f"{name} F1"] = 2 * sums["tp"] / (2 * sums["tp"] + sums["fp"] + sums["fn"])
    print(place.title)
    display(kept.reset_index().pipe(shown))

# %% [markdown]
# ## Which kinds of names are found
#
# F1 by type, all seeds together. A type that no arm finds may be one whose tag the model does not
# understand.

# %%
most = labels.at_most_shots(records)
for place in places:
    mine = most[(most["dataset"] == place.dataset) & (most["language"] == place.language)]
    print(place.title)
    display(labels.label_grid(labels.label_table(mine)).pipe(shown, precision=2))

# %% [markdown]
# ## Scores

# %%
stats.score_table(records).pipe(shown)
