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
# # Translation into English: the same sentences under every arm
#
# How much of a Hausa, Kinyarwanda or Luganda sentence does the model understand? What it writes is
# English, which it writes well, and that is the trap: a fluent sentence that says something else
# reads better than a clumsy one that is right. Names and numbers give it away.
#
# An arm that translates first (`translate`) is shown an English translation here and asked to put
# it into English: it can mend its translator's work, or spoil it.

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
from xltlib.tasks.corpus import signature
from xltlib.tasks.math import numbers
from xltlib.text.words import words
from xltlib.validity import semantic

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "into_english")
places = compare.every_place(records, "into_english", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn
#
# What does it say?

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.text}")
    print()

# %% [markdown]
# ## What the arms understood
#
# What people wrote first, then each arm's translation with its own chrF++.

# %%
for place in places:
    print(place.title)
    for number, item in enumerate(place.items, 1):
        print(f"{number}. people: {item.gold}")
        answers = compare.answers(place.rows, item.id)
        display(answers[["arm", "answer", "chrfpp"]].pipe(shown, precision=1))

# %% [markdown]
# ## What is kept, what is made up?
#
# `numbers kept`: of the numbers in people's translations, the share that stands in an arm's.
# `numbers made up`: of its own numbers, the share that stands in neither the sentence nor people's
# translation. `left over`: the share of its words that were taken from the sentence as they are,
# though people did not. `repeats`: answers in which more than half of the words have been said.

# %%


def described(rows):
    kept = made = wanted = own = left = spoken = again = 0
    for said, item in zip(rows["said"], rows["item"], strict=True):
        text = said or ""
        gold, source, found = (set(numbers(t)) for t in (item.gold, item.text, text))
        kept, wanted = kept + len(gold & found), wanted + len(gold)
        made, own = made + len(found - gold - source), own + len(found)
        mine, theirs = words(text), set(words(item.text)) - set(words(item.gold))
        left, spoken = left + sum(w in theirs for w in mine), spoken + len(mine)
        again += len(mine) > 3 and 2 * len(set(mine)) < len(mine)
    return {
        "numbers kept": kept / wanted if wanted else None,
        "numbers made up": made / own if own else None,
        "left over": left / max(1, spoken),
        "repeats": again / len(rows),
    }


for place in places:
    rows = compare.read_back(place.rows, data_dir)
    table = [{"arm": arm} | described(mine) for arm, mine in rows.groupby("arm", sort=False)]
    print(place.title)
    display(pd.DataFrame(table).pipe(shown, precision=2))

# %% [markdown]
# ## Are long sentences harder?
#
# chrF++ of single sentences, the mean of the shorter and of the longer half of the sentences.

# %%
for place in places:
    rows = compare.read_back(place.rows, data_dir)
    length = pd.Series([len(item.text.split()) for item in rows["item"]], rows.index)
    rows["half"] = (length > length.median()).map({True: "longer", False: "shorter"})
    table = rows.pivot_table(index="arm", columns="half", values="chrfpp", sort=False)
    print(place.title)
    display(table.rename_axis(columns=None).reset_index().pipe(shown, precision=1))

# %% [markdown]
# ## Scores
#
# Of all sentences at once, by sacrebleu; both scores go to 100.

# %%
print(signature("chrf"), signature("bleu"), sep="\n")
stats.score_table(records).pipe(shown)

# %% [markdown]
# ## Words and meaning
#
# A translation in other words than people's loses points above, and a wrong one that looks alike
# keeps them. Where the profile names a `sentence_encoder`, the semantic-aware error rate stands
# here: half of it counts wrong words, half how far apart the two sentences' vectors lie.

# %%
if settings.sentence_encoder is None:
    print("The profile names no `sentence_encoder`, so meaning is not measured.")
else:
    vectors = semantic.sentence_vectors(settings.sentence_encoder)
    for place in places:
        print(place.title)
        rows = compare.read_back(place.rows, data_dir)
        display(semantic.semantic_table(rows, vectors).pipe(shown, precision=2))
