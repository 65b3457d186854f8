"""The generated corpus: spans, determinism, parallel languages, held-out test split, ciphers."""

import re
import subprocess
import sys
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xltlib.data.generated import world
from xltlib.data.generated.author import combinations, is_test, story
from xltlib.data.generated.english import gerund, third_person
from xltlib.data.generated.grammar import finish
from xltlib.data.generated.hausa import linked
from xltlib.data.generated.lexicon import LANGUAGES, nouns, table, verbs
from xltlib.data.generated.world import SECTIONS, SPLITS, TOPICS, articles
from xltlib.errors import XltError
from xltlib.mini.cipher import cipher, cipher_word

MANY = 300
indexes = st.integers(0, 10**6)
fast = settings(max_examples=60, deadline=None)


def one(language: str, split: str, index: int) -> world.Article:
    return articles(language, split, 1, start=index)[0]


def check_spans(article: world.Article) -> None:
    assert len(article.sentences) == len(article.spans)
    for sentence, spans in zip(article.sentences, article.spans, strict=True):
        end = 0
        for span in spans:
            surface = sentence[span.start : span.end]
            assert span.start >= end and surface and surface == surface.strip()
            assert span.type in world.ENTITY_TYPES
            assert re.fullmatch(r"^|[\s'(\"-]", sentence[: span.start][-1:]), (sentence, surface)
            assert re.fullmatch(r"$|[\s.,:)\"]", sentence[span.end :][:1]), (sentence, surface)
            end = span.end


def names(found: list[world.Article], types: set[str]) -> set[str]:
    return {
        sentence[span.start : span.end]
        for article in found
        for sentence, spans in zip(article.sentences, article.spans, strict=True)
        for span in spans
        if span.type in types
    }


@fast
@given(st.sampled_from(LANGUAGES), st.sampled_from(SPLITS), indexes)
def test_spans_are_whole_words_and_text_is_clean(language, split, index):
    article = one(language, split, index)
    check_spans(article)
    for sentence in (*article.sentences, article.headline):
        assert not re.search(r"[\ue000-\uf8ff~^{}]|  | [,.]", sentence), sentence
        first = next(c for c in sentence if c.isalnum())
        assert first.isdigit() or first.isupper()
    assert all(s.endswith(".") for s in article.sentences)
    assert 3 <= len(article.sentences) <= 4


@fast
@given(st.sampled_from(LANGUAGES), st.sampled_from(SPLITS), st.integers(0, 1000), st.integers(0, 5))
def test_an_article_does_not_depend_on_the_range_asked_for(language, split, index, before):
    start = max(0, index - before)
    assert articles(language, split, 9, start=start)[index - start] == one(language, split, index)


@fast
@given(st.sampled_from(SPLITS), indexes)
def test_languages_are_parallel(split, index):
    found = [one(code, split, index) for code in LANGUAGES]
    assert len({(a.id, a.topic, a.split, len(a.sentences)) for a in found}) == 1
    assert [a.language for a in found] == list(LANGUAGES)
    for per_sentence in zip(*(a.spans for a in found), strict=True):
        assert len({tuple(sorted(s.type for s in spans)) for spans in per_sentence}) == 1


def test_another_process_makes_the_same_articles():
    program = (
        "from xltlib.data.generated.world import articles; print(articles('lug', 'dev', 5, seed=3))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path), "PYTHONUTF8": "1"},
            capture_output=True,
            encoding="utf-8",
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].strip() == repr(articles("lug", "dev", 5, seed=3))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_test_split_shares_no_sentence_and_no_name_with_the_others(language):
    test = articles(language, "test", MANY)
    rest = [a for split in SPLITS if split != "test" for a in articles(language, split, MANY)]
    sentences = {s for a in rest for s in (*a.sentences, a.headline)}
    assert not sentences & {s for a in test for s in (*a.sentences, a.headline)}
    assert not names(test, {"PER", "ORG"}) & names(rest, {"PER", "ORG"})
    assert names(test, {"LOC"}) - names(rest, {"LOC"})  # some places are held out too


def test_every_topic_has_combinations_in_and_outside_the_test_split():
    for topic in (*TOPICS, "shared"):
        inside, outside = combinations(topic, True), combinations(topic, False)
        assert len(inside) >= 8 and len(outside) >= 30
        assert all(is_test(*pair) for pair in inside) and not any(is_test(*p) for p in outside)


def test_sentences_and_headlines_hardly_repeat():
    found = articles("eng", "pretrain", 2000)
    sentences = Counter(s for a in found for s in a.sentences)
    assert 1 - len(sentences) / sentences.total() < 0.05
    assert len({a.text for a in found}) == len(found)
    assert len({a.headline for a in found}) > 0.95 * len(found)


def test_lengths_fit_a_short_context():
    words = [len(a.text.split()) for a in articles("eng", "test", MANY)]
    assert 30 <= sum(words) / len(words) <= 45 and max(words) <= 80
    headlines = [len(a.headline.split()) for a in articles("eng", "test", MANY)]
    assert 5 <= sum(headlines) / len(headlines) <= 10


def test_the_same_word_is_a_person_a_place_and_in_an_organisation():
    found = articles("eng", "pretrain", 2000)
    people = {n.split()[-1] for n in names(found, {"PER"})}
    places = names(found, {"LOC"})
    organisations = {w for n in names(found, {"ORG"}) for w in n.split()}
    assert {"Kano", "Masaka"} <= people & places & organisations


def test_headlines_rephrase_and_share_words_with_the_body():
    copied, shared = 0, []
    for article in articles("eng", "test", MANY):
        head = article.headline.lower().split()
        copied += article.text.lower().split()[: len(head)] == head
        body = set(re.findall(r"\w+", article.text.lower()))
        shared.append(sum(w.strip(":,") in body for w in head) / len(head))
    assert copied < 0.02 * MANY
    assert sum(shared) / len(shared) > 0.6


@pytest.mark.parametrize("language", LANGUAGES)
def test_topics_can_be_told_from_the_words(language):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    from sklearn.linear_model import LogisticRegression

    train, test = articles(language, "pretrain", 1000), articles(language, "test", MANY)
    vectors = text.TfidfVectorizer(sublinear_tf=True)
    model = LogisticRegression(C=10, max_iter=300)
    model.fit(vectors.fit_transform([a.text for a in train]), [a.topic for a in train])
    assert model.score(vectors.transform([a.text for a in test]), [a.topic for a in test]) >= 0.9


def test_topics_are_balanced():
    counts = Counter(a.topic for a in articles("hau", "demos", 700))
    assert set(counts) == set(TOPICS) and min(counts.values()) > 60


@pytest.mark.parametrize("language, letters", [("hau", "ɓɗƙ"), ("kin", "'"), ("lug", "ŋ'")])
def test_special_letters_are_there(language, letters):
    text = " ".join(a.text for a in articles(language, "pretrain", 1000))
    assert all(letter in text for letter in letters)


def test_tables_are_complete():
    places = table("places")
    assert all(all(row[code] for code in LANGUAGES) for row in places)
    for noun in nouns().values():
        assert [len(noun.forms[c]) for c in LANGUAGES] in (
            [2, 3, 4, 4], [2, 3, 3, 3], [2, 3, 3, 4], [2, 3, 4, 3],
        ), noun.id  # fmt: skip
        if "-" in noun.forms["eng"]:
            continue
        assert noun.forms["hau"][2] != "-" and "-" not in noun.forms["kin"] + noun.forms["lug"]
    for verb in verbs().values():
        for base_and_past in verb.forms["eng"] + verb.forms["kin"]:
            assert len(base_and_past) == 2, verb.id
    for code in LANGUAGES:
        assert tuple(SECTIONS[code]) == TOPICS and len(set(SECTIONS[code].values())) == 7


def test_inflection():
    assert [third_person(v) for v in ("carry out", "watch", "play")] == [
        "carries out",
        "watches",
        "plays",
    ]
    assert [gerund(v) for v in ("cut", "write", "see", "fix")] == [
        "cutting",
        "writing",
        "seeing",
        "fixing",
    ]
    assert [linked(*n) for n in (("mota", "f"), ("banki", "m"), ("fim", "m"))] == [
        "motar",
        "bankin",
        "fim ɗin",
    ]
    assert finish("na~abantu mu^ ibitaro")[0] == "N'abantu mu bitaro."
    assert finish("na~batu mu^ Kano")[0] == "Na batu mu Kano."
    text, spans = finish("ne~\ue000POkello\ue001 a")
    assert (text, spans) == ("N'Okello a.", ((2, 8, "PER"),))


def test_elided_prefixes_stay_outside_the_span():
    before = Counter(
        sentence[span.start - 1 : span.start]
        for article in articles("lug", "pretrain", 3000)
        for sentence, spans in zip(article.sentences, article.spans, strict=True)
        for span in spans
        if span.start
    )
    assert set(before) <= {" ", "'", '"'}


def test_raw_text_names_the_section_sometimes():
    found = [(a, world.raw_text(a)) for a in articles("lug", "laft", MANY)]
    section = SECTIONS["lug"]
    above = [raw.startswith(f"{section[a.topic].capitalize()}: ") for a, raw in found]
    below = [raw.endswith(f"\nOmulamwa: {section[a.topic]}") for a, raw in found]
    assert 0.13 < sum(above) / MANY < 0.27 and 0.33 < sum(below) / MANY < 0.47
    assert not any(a and b for a, b in zip(above, below, strict=True))
    assert all(f"{a.headline}\n{a.text}" in raw for a, raw in found)


def test_what_the_language_model_reads_holds_the_test_split_out_too():
    """New kinds of sentence; none is of a kind, or about a name or a combination, of the test's."""
    read, usual = world.reading(MANY), articles("eng", "pretrain", MANY)
    assert read == world.reading(MANY + 1)[:MANY] != usual

    def begins(some):
        return {sentence.split()[0] for article in some for sentence in article.sentences}

    assert {"Meanwhile,", "Without", "Speaking"} <= begins(read) - begins(usual)
    clauses = [clause for i in range(2 * MANY) for clause in story("reading", 0, i).clauses]
    held_out = {r["id"] for r in table("patterns") if r["split"] == "test"}
    assert not held_out & {c.pattern for c in clauses}
    assert len({c.pattern for c in clauses}) > 90
    for clause in clauses:
        event, thing = clause.slots["V"], clause.slots["O"]
        assert not is_test(event.verb, thing.noun)


def test_parallel_sentences():
    pairs = world.parallel_sentences("eng", "kin", 400, 1)
    assert len(pairs) == 400 and len(set(pairs)) > 380
    assert pairs == world.parallel_sentences("eng", "kin", 500, 1)[:400]
    assert pairs != world.parallel_sentences("eng", "kin", 400, 2)
    assert [(b, a) for a, b in pairs] == world.parallel_sentences("kin", "eng", 400, 1)
    fragments = sum(len(a.split()) <= 4 and not a.endswith(".") for a, _ in pairs)
    assert 40 < fragments < 140
    test = {s for a in articles("eng", "test", MANY) for s in (*a.sentences, a.headline)}
    assert not test & {a for a, _ in pairs}


@fast
@given(indexes, st.integers(0, 10**6), st.sampled_from(SPLITS))
def test_cipher_keeps_structure(index, key, split):
    plain = one("eng", split, index)
    coded = cipher(plain, key)
    check_spans(coded)
    assert coded == cipher(plain, key)
    assert (coded.id, coded.topic) == (plain.id, plain.topic)
    assert coded.language == f"x{key}" and coded.headline
    for a, b in zip(plain.spans, coded.spans, strict=True):
        assert sorted(s.type for s in a) == sorted(s.type for s in b)


@fast
@given(st.integers(0, 10**6))
def test_cipher_words_are_pronounceable_and_labels_differ(key):
    labels = {cipher_word(topic, key) for topic in TOPICS}
    assert len(labels) >= 6 and all(label.isalpha() for label in labels)
    words = sorted(
        {forms for n in nouns().values() for forms in n.forms["eng"] if " " not in forms}
    )
    coded = [cipher_word(w, key) for w in words if w.islower()]
    assert len(set(coded)) > 0.9 * len(coded)
    assert cipher_word("2021", key) == "2021"


def test_cipher_languages_differ_from_english_and_from_each_other():
    plain = articles("eng", "pretrain", 60)

    def words(found):
        return Counter(w for a in found for w in re.findall(r"\b[a-zɓɗƙŋ]{4,}\b", a.text))

    english = words(plain)
    coded = [words([cipher(a, key) for a in plain]) for key in range(6)]
    for one_language in coded:
        kept = sum(n for w, n in one_language.items() if w in english) / one_language.total()
        assert kept < 0.3
    assert len(set(coded[0]) & set(coded[1])) < 0.4 * len(coded[0])


@pytest.mark.parametrize(
    "arguments, named",
    [
        (("swa", "test", 1), "language"),
        (("eng", "train", 1), "split"),
        (("eng", "test", -1), "n"),
    ],
)
def test_bad_arguments_are_named(arguments, named):
    with pytest.raises(XltError, match=f"`{named}` must be one of"):
        articles(*arguments)


def test_importing_the_corpus_loads_no_torch():
    program = (
        "import sys, xltlib.data.generated.world, xltlib.mini.cipher; print('torch' in sys.modules)"
    )
    environment = {"PYTHONPATH": ":".join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
