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
# # Question answering: the same passages under every arm
#
# A question in Hausa or Kinyarwanda, a passage of the English Wikipedia, and the words of it that
# answer. Two languages in one prompt: the model has to understand the one and to quote the other.
# `translate` puts the question alone into English; the passage and the answer are English whoever
# asks.
#
# A score of 0 is not always a wrong answer: whole sentences around the right words, or the answer
# in the question's language, share few words with the gold one.

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
from xltlib.tasks.qa import normalised

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "qa")
places = compare.every_place(records, "qa", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn
#
# Which words of the passage answer the question?

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.fields['passage']}\n   question: {item.fields['question']}")
    print()

# %% [markdown]
# ## What the arms answered

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. the answer: {item.gold}")
        answers = compare.answers(place.rows, item.id)
        display(answers[["arm", "answer", "token_f1", "exact_match"]].pipe(shown, precision=2))

# %% [markdown]
# ## How do answers fail?
#
# Every answer is of one kind: `exact`; `around` the gold words (they stand in it, with more);
# `part` of them; `elsewhere`: other words of the passage; `outside`: words that stand nowhere in
# the passage, so that the model wrote and did not quote; `none`: no answer. `words` is the mean
# length of an output.

# %%
KINDS = ["exact", "around", "part", "elsewhere", "outside", "none"]


def kind(said, item):
    if said is None:
        return "none"
    answer, gold, passage = (normalised(x) for x in (said, item.gold, item.fields["passage"]))
    inside = [
        ("exact", answer == gold),
        ("around", f" {gold} " in f" {answer} "),
        ("part", f" {answer} " in f" {gold} "),
        ("elsewhere", f" {answer} " in f" {passage} "),
    ]
    return next((name for name, true in inside if true), "outside")


for place in places:
    rows = compare.read_back(place.rows, data_dir)
    rows["kind"] = [kind(*pair) for pair in zip(rows["said"], rows["item"], strict=True)]
    by_arm = rows.groupby("arm", sort=False)
    table = by_arm["kind"].value_counts(normalize=True).unstack().reindex(columns=KINDS)
    table = table.fillna(0.0).assign(words=by_arm["words"].mean())
    print(place.title)
    display(table.reset_index().pipe(shown, precision=2))

# %% [markdown]
# ## What does it cost to ask in one's own language?
#
# AfriQA's questions were put into English by people. Where records hold the English questions, too
# (language `eng`), each arm's token F1 on the same questions and passages stands here in both.

# %%
asked = [place for place in places if place.language != "eng"]
english = [place for place in places if place.language == "eng"]
for place in asked:
    for other in english:
        both = set(place.rows["example_id"]) & set(other.rows["example_id"])
        columns = {"asked in its own language": place.rows, "asked in English": other.rows}
        table = pd.DataFrame(
            {
                name: rows[rows["example_id"].isin(both)].groupby("arm")["token_f1"].mean()
                for name, rows in columns.items()
            }
        )
        print(f"{place.title}: {len(both)} questions in both languages")
        display(table.rename_axis("arm").reset_index().pipe(shown, precision=2))
if not asked or not english:
    print("These records hold questions in one language only.")

# %% [markdown]
# ## Scores

# %%
stats.score_table(records).pipe(shown)
