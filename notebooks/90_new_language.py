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
# # A new language
#
# What does it take to ask these questions in *your* language? One YAML file with the words of the
# prompts, and data in a format that is already read. This notebook shows it for Swahili: it writes
# both, runs `prompt` and looks at the answers. Nothing of the project is changed: the two land in
# `runs/new_language`, the records in `runs/mini/play`, which no table of a run looks into.
#
# The model here is the mini profile's, which has never seen Swahili, and the data are 21 sentences
# made up for this page: read it for the steps, not for the score.

# %% tags=["parameters"]
profile = "mini"
folder = None  # where the files are written; None: runs/new_language

# %%
from pathlib import Path

from xltlib import paths

root = Path(folder) if folder else paths.home() / "runs" / "new_language"
root.mkdir(parents=True, exist_ok=True)

# %% [markdown]
# ## 1. The words
#
# All seven fields are required. When the file is read, a missing or unknown field and a malformed
# code are refused with the reason; a topic of the data that has no word under `labels` is refused
# when the first prompt is made. Keep the wordings short and plain; what a label is called matters
# more than one expects, so take words that a newspaper would use.

# %%
language = root / "swa.yaml"
_ = language.write_text(
    """
code: swa                # ISO 639-3, as the data names the language
name: Swahili
flores: swh_Latn         # as NLLB-200 names it
prompts:
  topics:
    - {instruction: "Mada: {labels}.", document: Habari, answer: Mada}
  summarization:
    - {document: Habari, answer: Kichwa}
  ner:
    - {instruction: "Majina: {types}.", document: Habari, answer: Majina}
labels:                  # SIB-200's seven topics
  entertainment: burudani
  geography: jiografia
  health: afya
  politics: siasa
  science/technology: sayansi
  sports: michezo
  travel: safari
entity_types: {PER: PER, ORG: ORG, LOC: LOC, DATE: DATE}
none: hakuna
""",
    encoding="utf-8",
)
print(language.read_text(encoding="utf-8"))

# %% [markdown]
# ## 2. The data
#
# SIB-200's own format is the simplest: a TSV with an id, a category and a text, in
# `<folder>/sib200/<language>/`, and `labels.txt` with the categories. The published SIB-200 has
# more than two hundred languages in this very format. It names folders as NLLB-200 does: its
# `swh_Latn` is to be copied as `sib200/swa`. Here three of its seven topics have to do.

# %%
import csv

sentences = {
    "travel": [
        "Treni mpya inasafiri kutoka Nairobi hadi Mombasa.",
        "Watalii wengi wametembelea mbuga ya Serengeti.",
        "Hoteli mpya imefunguliwa ufukweni.",
        "Ndege ilichelewa kuondoka asubuhi.",
        "Abiria walipanda basi kwenda Arusha.",
        "Wageni wamepanga chumba karibu na bahari.",
        "Feri inavusha abiria kwenda Zanzibar.",
    ],
    "health": [
        "Hospitali imepokea dawa mpya za malaria.",
        "Madaktari wanachanja watoto dhidi ya surua.",
        "Wagonjwa wengi wamepona homa.",
        "Muuguzi alisaidia mama mjamzito.",
        "Kliniki mpya imefunguliwa kijijini.",
        "Ugonjwa wa kipindupindu umeenea mtaani.",
        "Daktari alishauri watu wanywe maji safi.",
    ],
    "sports": [
        "Timu ya taifa imeshinda mechi.",
        "Mchezaji alifunga mabao mawili.",
        "Kocha amechagua wachezaji wapya.",
        "Mashabiki walijaa uwanjani.",
        "Mwanariadha alishinda medali ya dhahabu.",
        "Mechi ya fainali itachezwa Jumamosi.",
        "Refa alitoa kadi nyekundu.",
    ],
}
data = root / "data" / "sib200" / "swa"
data.mkdir(parents=True, exist_ok=True)
for split, chosen in (("train", slice(0, 3)), ("dev", slice(3, 4)), ("test", slice(4, None))):
    with open(data / f"{split}.tsv", "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(["index_id", "category", "text"])
        for label, texts in sentences.items():
            for text in texts[chosen]:
                writer.writerow([f"{split}-{label}-{texts.index(text)}", label, text])
_ = (data / "labels.txt").write_text("\n".join(sentences) + "\n", encoding="utf-8")
sorted(path.name for path in data.iterdir())

# %% [markdown]
# ## 3. A first look
#
# The same `Study` as in the method notebooks, with the path of the file in place of a code.

# %%
from xltlib.study.study import Study

study = Study(
    "prompt",
    "topics",
    profile=profile,
    dataset="sib200",
    language=str(language),
    shots=[0, 3],
    seeds=[0],
    data_dir=str(root / "data"),
)
print(study)
print(study.prompts(3, 0)[0].text)

# %%
records = study.run()
study.look(records, shots=3, seed=0)

# %% [markdown]
# ## 4. For good
#
# - Put the YAML file into `xltlib/languages/`, and the language's code into the `languages` of a
# profile's data sets. A profile is a YAML file too: copy `local.yaml`, give the copy a `name` of
# its own, and name your own model and translator in it.
# - `./run_all.sh --profile my_profile.yaml --data-dir FOLDER --plan` shows the grid; without
# `--plan` it runs.
# - `laft` needs a text: `laft.corpus: {swa: my_text.txt}`, one document a line, in FOLDER. What
# overlaps with your test sets is dropped before training; notebook 20 counts it.
# - `translate` needs a translator that has the language; NLLB-200 has two hundred. It asks in
# English: a topic that `eng.yaml` has no word for needs one there, too.
# - Ask a native speaker to read the wordings, and ten prompts as the model sees them.
