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
# All arms answered the same test items, so we compare them item by item. Everything here is
# computed from the records alone.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, load_profile, results, stats
from xltlib.report.output import Output

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("results/significance", settings.name, records)
print(records)

# %% [markdown]
# ## Pairs of methods, one condition at a time
#
# A condition is a task, a data set, a language and a number of demonstrations. We use McNemar's
# exact test for accuracy with one seed, and approximate randomization otherwise: it swaps whole
# items between the two methods and recomputes the score. `p_holm` corrects for all comparisons at
# the same number of demonstrations. `detectable` is the smallest true difference that would have
# been found with 80 % power; read it before you read a large p as "no difference".

# %%
paired = keep.table(stats.paired_table(records), "paired", "Paired comparisons of the methods")
paired

# %% [markdown]
# ## Pooled over tasks and languages
#
# The paper's own question: which method is better overall, at each number of demonstrations? We
# compare the mean of the tasks' main scores, giving every condition equal weight. A mixed model
# stands beside the randomization test; where the two disagree, the table says so.

# %%
caption = "Differences pooled over tasks and languages, by shots"
pooled = keep.table(stats.pooled_table(records), "pooled", caption)
pooled

# %%
figure = None
if len(pooled):
    caption = "Differences between methods, pooled over tasks and languages"
    first = stats.first_arms(pooled, settings.first, settings.model.path)
    figure = keep.figure(figures.pooled_forest(first, settings.about), "pooled", caption)
figure

# %% [markdown]
# ## Does it depend on the task and on the language?
#
# Are the differences between methods the same for all tasks, all languages, all conditions? Wald's
# test on the joint bootstrap, with p from Hotelling's F; `mixed_p` asks the mixed model.

# %%
caption = "Whether the differences depend on task and language"
interactions = keep.table(stats.interaction_table(records), "interactions", caption)
interactions

# %% [markdown]
# ## In words

# %%
scores = stats.score_table(records)
print("\n".join(stats.conclusions(pooled, paired, scores, interactions)))
