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
# # Which method is better, and how sure is that?
#
# Everything here is computed from records alone. All methods answered the same test items after
# the same demonstrations, so everything is paired: a comparison of two methods is a comparison
# item by item.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, stats
from xltlib.config import load_profile
from xltlib.records import results
from xltlib.report import artifacts

settings = load_profile(profile)
records = results.read(settings.name, cells)
made = artifacts.made_by("60_significance", {"profile": settings.name}, records)


def keep(table, name, caption):
    artifacts.save_table(table, name, caption, profile=settings.name, source=made)
    return table


print(f"{len(records):,} answers in {records['cell_id'].nunique()} cells")

# %% [markdown]
# ## Scores
#
# The headline score of a task comes first: accuracy, entity F1 over all spans, ROUGE-L. Intervals
# cover 95 %: Wilson's for an accuracy from one seed, or of 0 or 1 (every resample of a perfect
# score is perfect, so a bootstrap would show no doubt), otherwise a bootstrap over items and,
# where there are several, seeds. The column `interval` says which.

# %%
scores = keep(stats.score_table(records), "scores", "Scores with 95 % intervals")
scores

# %% [markdown]
# ## Pairs of methods, condition by condition
#
# A condition is a task, a data set, a language and a shot count; a cell of the grid is one method
# on one task, data set and language.
#
# McNemar's exact test for accuracy with one seed; otherwise approximate randomization, which
# swaps whole items between the methods and recomputes the score. `p_holm` corrects for all
# comparisons at a shot count, `detectable` is the smallest true difference that would have been
# found with 80 % power: read it before reading a large p as "no difference".

# %%
paired = keep(stats.paired_table(records), "paired", "Paired comparisons of the methods")
paired

# %% [markdown]
# ## Pooled over tasks and languages
#
# The paper's own question: which method is better on the whole, at each shot count? Compared is
# the mean of accuracy, entity F1 and ROUGE-L, in which every condition counts the same. A mixed
# model stands beside the randomization test; where the two disagree, the table says so.

# %%
pooled = keep(
    stats.pooled_table(records), "pooled", "Differences pooled over tasks and languages, by shots"
)
pooled

# %%
forest = figures.pooled_forest(pooled, settings.about)
caption = "Differences between methods, pooled over tasks and languages"
artifacts.save_figure(forest, "pooled", caption, profile=settings.name, source=made)
forest

# %% [markdown]
# ## Does it depend on the task and on the language?
#
# Wald's test on the joint bootstrap (p from Hotelling's F): are the differences between methods
# equal over tasks, over languages, or over conditions? `mixed_p` asks the mixed model.

# %%
caption = "Whether the differences depend on task and language"
interactions = keep(stats.interaction_table(records), "interactions", caption)
interactions

# %% [markdown]
# ## In words

# %%
print("\n".join(stats.conclusions(pooled, paired, scores, interactions)))
