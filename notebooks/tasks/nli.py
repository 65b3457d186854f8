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
# # Natural language inference: the same claims under every arm
#
# A text, and a claim about it: is the claim true, false, or does the text leave it open? In
# AfriXNLI every text stands three times, once with a claim of each kind. So whoever gives every
# claim the same answer is right one time in three, and only a change of the answer with the claim
# shows that the claim was read. English, and models that have read mostly English, had years of
# such data (MNLI); these languages had none.

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
from xltlib.text.words import words

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "nli")
places = compare.every_place(records, "nli", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn
#
# Is the claim true, false, or open, by what the text says and nothing else?

# %%
for place in places:
    named = load_language(place.language).words.get("nli", {})
    choice = data.labels(place.dataset, "nli", place.language, data_dir)
    print(f"{place.title}\nanswers:", ", ".join(f"{named.get(one, one)} ({one})" for one in choice))
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.fields['premise']}\n   claim: {item.fields['hypothesis']}")
    print()

# %% [markdown]
# ## What the arms chose

# %%
for place in places:
    answers = [
        compare.answers(place.rows, item.id).assign(claim=number, gold=item.gold)
        for number, item in enumerate(place.items, 1)
    ]
    print(place.title)
    columns = ["claim", "gold", "arm", "answer", "correct"]
    display(pd.concat(answers, ignore_index=True)[columns].pipe(shown))

# %% [markdown]
# ## Does the answer change with the claim?
#
# Of the texts that were asked about with several claims: the share for which an arm gave `one
# answer` to all of its claims, and the share for which it got all of them right (`all right`). An
# arm near the first extreme has a favourite word and reads nothing.

# %%
for place in places:
    rows = compare.read_back(place.rows, data_dir)
    rows["text"] = [item.fields["premise"] for item in rows["item"]]
    by_text = rows.groupby(["arm", "text"], sort=False).agg(
        claims=("example_id", "nunique"),
        answers=("said", lambda said: said.nunique(dropna=False)),
        right=("correct", "min"),
    )
    several = by_text[by_text["claims"] > 1].groupby("arm", sort=False)
    table = pd.DataFrame(
        {
            "texts": several.size(),
            "one answer": several["answers"].agg(lambda n: (n == 1).mean()),
            "all right": several["right"].mean(),
        }
    )
    print(place.title)
    display(table.reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## Do shared words decide?
#
# A claim that repeats the text's words looks true, and models are known to fall for it (McCoy et
# al. 2019, arXiv 1902.01007). `shared`: whether more of the claim's words stand in the text than in
# the median claim. Compare how often an arm answers `entailment` with how often that is right.

# %%
for place in places:
    rows = compare.read_back(place.rows, data_dir)
    there = [set(words(item.fields["premise"])) for item in rows["item"]]
    claimed = [set(words(item.fields["hypothesis"])) for item in rows["item"]]
    share = pd.Series(
        [len(a & b) / max(1, len(b)) for a, b in zip(there, claimed, strict=True)], rows.index
    )
    rows["shared"] = (share > share.median()).map({True: "more", False: "fewer"})
    rows["says so"] = rows["said"].eq("entailment").astype(float)
    rows["is so"] = [float(item.gold == "entailment") for item in rows["item"]]
    table = rows.groupby(["arm", "shared"], sort=False)[["says so", "is so", "correct"]].mean()
    print(place.title)
    display(table.reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## Which answers are found, and which are confused

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
# Chance is one third. A table of methods that are all near it compares ways to guess.

# %%
stats.score_table(records).pipe(shown)
