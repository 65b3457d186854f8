"""Sources are found by their folder, each by its own name, and what they promise is true."""

import pkgutil

import pytest

from xltlib import paths
from xltlib.data import corpora, registry, sets
from xltlib.data.source import Corpus, Source

MODULES = [
    (package, found.name)
    for package in (sets, corpora)
    for found in pkgutil.iter_modules(package.__path__)
]
ENTRIES = [*registry.SOURCES.values(), *registry.CORPORA.values()]


@pytest.mark.parametrize(("package", "stem"), MODULES)
def test_every_module_states_what_it_reads(package, stem):
    if stem == "textfile":  # one's own text, named by its path
        return
    path = paths.PACKAGE / "data" / package.__name__.rsplit(".", 1)[-1] / f"{stem}.py"
    names = {entry.name for entry in ENTRIES} | set(registry.PARALLEL)
    assert any(registry.module(name) == path for name in names), path


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{type(e).__name__}-{e.name}")
def test_every_source_says_where_it_is_from(entry):
    assert entry.licence and entry.url and entry.published
    assert all(isinstance(code, str) for code in entry.published)
    if isinstance(entry, Source):
        assert entry.tasks and set(entry.shipped) <= set(entry.published)
        assert not entry.copy or entry.copy in registry.SOURCES
    else:
        assert set(entry.leaks) <= {*registry.SOURCES, *registry.PARALLEL}


def test_a_new_module_is_found_without_a_line_elsewhere(monkeypatch):
    new = type(registry)("xltlib.data.sets.made")
    old = registry.SOURCES["sib200"]
    new.SOURCE = Source(
        name="made", tasks=("topics",), published=("swa",), licence="CC0 1.0", url="here",
        read=old.read, labels=old.labels, languages=old.languages, revision=old.revision,
    )  # fmt: skip
    monkeypatch.setattr(registry, "_MODULES", (*registry._MODULES, new))
    found = registry._by_name(Source, "SOURCE", "SOURCES")
    assert set(found) == {*registry.SOURCES, "made"}
    new.SOURCE = old
    with pytest.raises(TypeError, match="a name of its own"):
        registry._by_name(Source, "SOURCE", "SOURCES")
    new.SOURCE = registry.CORPORA["lacuna"]
    with pytest.raises(TypeError, match="must be a Source"):
        registry._by_name(Source, "SOURCE", "SOURCES")


def test_kinds_are_apart():
    assert all(isinstance(one, Corpus) for one in registry.CORPORA.values())
    assert registry.module("mafand").name == "mafand.py"
    assert registry.module("hub:mafand").name == "hub.py"
    assert registry.module("no such") is None
