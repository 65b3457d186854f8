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
# All arms of the profile, side by side on the same items: what each reaches, what a thousand
# answers cost, and what one must have to go that way. A *way* is an arm at one number of
# demonstrations. At the end stands a rule in words for each task and language. It is computed from
# the records, as everything here, so that your own language gets its rule from your own run.

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
from xltlib.study.requirements import requirements_table
from xltlib.validity.baselines import reference_table
from xltlib.validity.learning_curve import learning_curve

settings = results.evaluated(load_profile(profile, data_dir=data_dir), cells)
records = results.read(settings.name, cells)
keep = Output("results/which_way", settings.name, records)
print(f"{len(records):,} answers of {records['arm'].nunique()} arms")

# %% [markdown]
# ## What each arm takes
#
# `labelled` says where demonstrations are from: `shown`, those in the prompt are all that is
# needed; `pool`, a collection to choose from for each item. `bound` marks arms whose items are
# translated by people: they show what translation could reach, and are no way for a new text.

# %%
requirements = requirements_table(settings)
keep.table(requirements, "requirements", "What each arm needs").pipe(shown)

# %% [markdown]
# ## All ways, the best first
#
# `behind` is how far a way lies behind the best that one can go, with its interval. `p_holm` tests
# that lead on the same items; since the best is known from these very answers, the family is all
# pairs of ways of the place. `detectable` is the smallest difference that would have been found
# with 80 % power. `above` asks for more than a lead: the way's whole interval has to lie above
# `baseline`, the best score that needs no language model. `vote` is the answer of most ways.

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
    caption = f"All ways to ask for {task}; filled: above the best baseline without a model"
    display(keep.figure(figures.ways(ways, task, settings.about), f"which_way_{task}", caption))

# %% [markdown]
# ## What a thousand answers cost
#
# The answers, and the whole training of the model where the way trains one. Seconds are measured
# on the machine of this run. The vote asks all ways.

# %%
cost = cost_of_ways(ways, costs)
keep.table(cost, "which_way_cost", "A thousand answers each way, training included").pipe(shown)

# %% [markdown]
# ## Do the arms fail on the same items?
#
# `none`: the share of items that no arm gets; `every`: that all get. `alone`: the share that only
# this arm gets. Where `none` is small and no arm is good, a vote may still help.

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
