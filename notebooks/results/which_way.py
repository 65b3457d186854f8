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
# # Which way, in my language?
#
# All arms of the profile, side by side on the same items: how each scores, what a thousand answers
# cost, and what you need for it. A *way* is an arm with one number of demonstrations. At the end
# stands a rule in words for each task and language. Like everything here it is computed from the
# records, so your own run gives your own language its rule.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done

# %%
from xltlib import figures, load_profile, methods, results
from xltlib.report.output import Output
from xltlib.report.tables import shown
from xltlib.report.which_way import heading, rules_table
from xltlib.stats.agreement import agreement_table
from xltlib.stats.cost import of_a_thousand
from xltlib.stats.ways import cost_of_ways, ways_table
from xltlib.study.one_item import first_disagreement
from xltlib.study.requirements import requirements_table
from xltlib.validity.baselines import reference_table
from xltlib.validity.learning_curve import learning_curve

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.records(settings.name, cells)
keep = Output("results/which_way", settings.name, records)
print(records)

# %% [markdown]
# ## One text, and every answer
#
# The first test item of which some of the paper's methods find the topic and some do not: the rule
# chooses it, nobody does. It is shown where the licence of the text allows it.

# %%
figure, item = None, first_disagreement(settings, records)
if item:
    caption = "One text, and what each arm that stands first answers: " + item.told
    figure = keep.figure(figures.one_item(item, settings.about), "one_item", caption)
figure

# %% [markdown]
# ## What each arm takes
#
# `labelled` says where demonstrations come from: `shown`, you need only those in the prompt;
# `pool`, a collection to choose from for each item. `bound` marks arms whose items were translated
# by people: they show what translation could reach, but are no help with a new text.

# %%
requirements = requirements_table(settings)
keep.table(requirements, "requirements", "What each arm needs").pipe(shown)

# %% [markdown]
# ## All ways, the best first
#
# `behind` is the distance to the best way that is open to you, with its interval. `p_holm` tests it
# on the same items. Since these very answers decide which way is best, it is corrected for all
# pairs of ways. `detectable` is the smallest difference that would have been found with 80 % power.
# `above` asks for more: the whole interval must lie above `baseline`, the best score that needs no
# language model. `vote` is the answer that most ways give. The figure has the paper's methods and
# the best of the others; the table has all.

# %%
training = results.training(settings.name, cells)
trains = [name for name, method in methods.registry().items() if method.trains]
costs = of_a_thousand(records, training, trains)
baselines = reference_table(settings, records)
ways = ways_table(records, requirements, baselines, costs)
keep.table(ways, "which_way", "All ways by score, with what each needs and the best baseline")
ways[["task", "language", "arm", "shots", "score", "low", "high", "behind", "p_holm", "above"]]

# %%
from IPython.display import display

for task in ways["task"].unique():
    caption = f"Ways to ask for {task}; filled: above the best baseline without a model"
    display(keep.figure(figures.ways(ways, task, settings.about), f"which_way_{task}", caption))

# %% [markdown]
# ## What a thousand answers cost
#
# The answers, and the whole training where there is one. Seconds were measured on the machine of
# this run. A vote costs as much as all ways together.

# %%
cost = cost_of_ways(ways, costs)
keep.table(cost, "which_way_cost", "A thousand answers each way, training included").pipe(shown)

# %% [markdown]
# ## Do the arms fail on the same items?
#
# `none` is the share of items that no arm gets right, `every` the share that all get right, and
# `alone` the share that only this arm does. Where `none` is small, a vote may help.

# %%
agreement = agreement_table(records)
keep.table(agreement, "agreement", "Items that no arm, every arm and one arm alone gets")

# %% [markdown]
# ## The rule

# %%
curve = learning_curve(settings, records, resamples=200)
rules = rules_table(ways, curve)
keep.table(rules, "which_way_rule", "Which way to go, a rule for each task and language")
for _, row in rules.iterrows():
    print(f"{heading(row['task'], row['language'])}. {row['rule']}\n")
