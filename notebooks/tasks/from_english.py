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
# # Translation from English: the same sentences under every arm
#
# The model itself writes Hausa, Kinyarwanda or Luganda. This is the harder direction for a model
# that has read mostly English: it can follow the sentence and still not know the words. The floor
# is copying the English, which is right about names and numbers and nothing else.
#
# chrF++ compares letters and words with *one* translation by people. A good one in other words gets
# less, so read before you trust the number.

# %% tags=["parameters", "needs:data"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from collections import Counter

import pandas as pd
from IPython.display import display

from xltlib import load_profile, results, stats
from xltlib.config import language_name
from xltlib.report.tables import shown
from xltlib.study import side_by_side as compare
from xltlib.tasks.corpus import signature
from xltlib.text.words import words
from xltlib.validity import semantic

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells, "from_english")
places = compare.every_place(records, "from_english", data_dir)
print("\n".join(place.title for place in places))

# %% [markdown]
# ## Your turn
#
# How would you say it?

# %%
for place in places:
    print(f"{place.title}: into {language_name(place.language)}")
    for number, item in enumerate(place.items, 1):
        print(f"{number}. {item.text}")
    print()

# %% [markdown]
# ## What the arms wrote
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
# ## Is it the language at all?
#
# `copied`: the share of an answer's words that stand in the English sentence; people keep some,
# names above all. `own letters`: of the letters that the language writes and English hardly does
# (such as Hausa's ɓ, ɗ, ƙ), how many an answer has for each one that people wrote. `length`: words
# for each word that people wrote. `given back`: answers that are the English sentence as it was.

# %%


def described(texts, golds, sources, letters):
    """What the answers have in common with the English and with people's translations."""
    said = [words(text) for text in texts]
    english = [set(words(source)) for source in sources]
    there = sum(len([w for w in a if w in b]) for a, b in zip(said, english, strict=True))
    own, wanted = (
        sum(sum(c in letters for c in t.lower()) for t in some) for some in (texts, golds)
    )
    same = [a == words(b) for a, b in zip(said, sources, strict=True)]
    return {
        "copied": there / max(1, sum(map(len, said))),
        "own letters": own / wanted if wanted else None,
        "length": sum(map(len, said)) / max(1, sum(len(words(g)) for g in golds)),
        "given back": sum(same) / len(same),
    }


for place in places:
    rows = compare.read_back(place.rows, data_dir)
    known = rows.drop_duplicates("example_id")["item"]
    golds, sources = [i.gold for i in known], [i.text for i in known]
    theirs, english = (Counter("".join(some).lower()) for some in (golds, sources))
    letters = {c for c, n in theirs.items() if c.isalpha() and n > 10 * english[c]}
    table = [{"arm": "(people)", **described(golds, golds, sources, letters)}]
    for arm, mine in rows.groupby("arm", sort=False):
        said = [text or "" for text in mine["said"]]
        own_golds, own_sources = [i.gold for i in mine["item"]], [i.text for i in mine["item"]]
        table.append({"arm": arm, **described(said, own_golds, own_sources, letters)})
    print(place.title, "letters:", " ".join(sorted(letters)) or "none that English lacks")
    display(pd.DataFrame(table).pipe(shown, precision=2))

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
