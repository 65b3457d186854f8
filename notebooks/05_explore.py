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
# # Look around
#
# A score is a mean over answers. Here are the answers themselves: pick a task, a language and an
# item, and see what every arm was asked, what it said, and what would have been right. Nothing has
# to be run first. Without a run of your own, this notebook shows the published records, and it
# needs no model.
#
# To have the menus as a page of their own: `.venv/bin/python -m pip install voila`, then
# `.venv/bin/voila notebooks/05_explore.ipynb`.

# %% tags=["parameters"]
profile = "mini"
data_dir = None
cells = None  # None: all that are done, or else the published records

# %%
from IPython.display import display

from xltlib.study.explore import Explorer

explorer = Explorer(profile, cells, data_dir)
explorer

# %% [markdown]
# ## Where the arms differ most
#
# For each task, the item on which the arms disagree most. A prompt is made again from the data, as
# its arm makes it, and shown only if it is, letter by letter, the one that was asked. Where there
# is none the reason stands in its place: a translation model would have to be loaded, or data are
# missing that `data_dir` may name.

# %%
first = {place.task: place for place in reversed(explorer.places)}
for place in reversed(first.values()):
    shots, seed = explorer.conditions(place)[0]
    item = explorer.items(place, shots, seed)[0]
    display(explorer.look(place, shots, seed, item))

# %% [markdown]
# ## Choose for yourself
#
# Items on which the arms disagree come first. The menus need a running notebook; on a page that was
# made from it there are none.

# %%
import ipywidgets as widgets

places = widgets.Dropdown(options=[(p.title, p) for p in explorer.places], description="task")
conditions = widgets.Dropdown(description="shown")
items = widgets.Dropdown(description="item")
view = widgets.HTML()


def change_place(_=None):
    known = explorer.conditions(places.value)
    conditions.options = [(f"{k} demonstrations, seed {seed}", (k, seed)) for k, seed in known]
    conditions.index = 0
    change_condition()


def change_condition(_=None):
    items.options = explorer.items(places.value, *conditions.value)
    items.index = 0
    change_item()


def change_item(_=None):
    look = explorer.look(places.value, *conditions.value, items.value)
    view.value = look._repr_html_()


change_place()
places.observe(change_place, "value")
conditions.observe(change_condition, "value")
items.observe(change_item, "value")
if cells is None:
    display(widgets.VBox([places, conditions, items, view]))

# %% [markdown]
# ## Ask the model yourself
#
# Write a prompt, or copy one from above and change a word. The model continues it. The first time
# it has to be loaded, so the profile's model must be at hand; the toy model of `mini` always is.

# %%
from html import escape

from xltlib.errors import XltError

prompt = widgets.Textarea(rows=8, layout=widgets.Layout(width="100%"))
button = widgets.Button(description="Ask the model")
said = widgets.HTML()


def ask(_):
    try:
        said.value = f"<pre>{escape(explorer.ask(prompt.value, places.value.task))}</pre>"
    except XltError as error:
        said.value = f"<p>{escape(str(error))}</p>"


button.on_click(ask)
if cells is None:
    display(widgets.VBox([prompt, button, said]))
