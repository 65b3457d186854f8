"""Spans on translations: matches, and which occurrence is taken; markers, alignment and CODEC."""

from types import SimpleNamespace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import marian, tokenizer
from transformers import BertConfig, BertForMaskedLM

from xltlib import data, models, tasks
from xltlib.config import PROJECTORS, EncoderSpec, ProjectionSpec, load_language, load_profile
from xltlib.data import Span
from xltlib.errors import XltError
from xltlib.methods import projection
from xltlib.methods.projection import alignment, codec, markers
from xltlib.methods.projection.match import NEAR, _key, _similarity, project_all
from xltlib.methods.projection.words import by_sentence, words
from xltlib.methods.translate import Translate
from xltlib.models.translation import encoder
from xltlib.models.translation.forced import Forced
from xltlib.models.translation.translator import Translator, source_ids
from xltlib.tasks.entities import Mention
from xltlib.text.spans import Item, whole_words

ENG, HAU = load_language("eng"), load_language("hau")


def project(spans, source, target, translate):
    return project_all([(spans, source, target)], translate)[0]


def nothing(texts):
    return ["" for _ in texts]


def mark(text, *surfaces, type="LOC"):
    """Spans of surfaces in a text, each looked for after the one before it."""
    spans, at = [], 0
    for surface in surfaces:
        start = text.index(surface, at)
        at = start + len(surface)
        spans.append(Span(start, at, type))
    return spans


def onto(source, surfaces, target, translate=nothing):
    """What the spans of ``surfaces`` cover in the target."""
    found = project(mark(source, *surfaces), source, target, translate)
    return [target[s.start : s.end] if s else None for s in found]


@pytest.mark.parametrize(
    ("source", "surface", "target", "expected"),
    [
        ("She left Kampala today", "Kampala", "Yavudde e Kampala leero", "Kampala"),
        ("The Barundi: Abarundi left", "Abarundi", "abanyarwanda n'Abarundi", "Abarundi"),
        ("The Abarundi left", "Abarundi", "abanyarwanda n’Abarundi bagiye", "Abarundi"),
        ("He is in Kampala", "Kampala", "Ali mu Kamfala.", "Kamfala"),
        ("He is in Kampala", "Kampala", "Ali eKampala, naye", "eKampala"),
        ("Kasar Ɗanja", "Ɗanja", "The land of Danja", "Danja"),
        ("Isra’ila ta ce", "Isra’ila", "Isra'ila said", "Isra'ila"),
        ("in Côte d'Ivoire now", "Côte d'Ivoire", "muri Cote d’Ivoire ubu", "Cote d’Ivoire"),
        ("of Rwanda", "Rwanda", "y'u Rwanda", "Rwanda"),
        ("and Kampala", "Kampala", "n'Kamfala", "Kamfala"),
        ("Nyamwasani left", "Nyamwasani", "Nyemwasano met Nyamwasano", "Nyamwasano"),
        ("by Muhammadu Buhari", "Muhammadu Buhari", "da Muhammad Buhari", "Muhammad Buhari"),
    ],
)
def test_matches_without_a_translator(source, surface, target, expected):
    assert onto(source, [surface], target) == [expected]


@pytest.mark.parametrize(
    ("source", "surface", "target"),
    [
        ("in Kano now", "Kano", "kan hanya a Kanosa yanzu"),
        ("Mali won", "Mali", "mai nasara"),
        ("in 12005 days", "12005", "kwanaki 12006"),
        ("on 21 May", "21 May", "ranar 27 May"),
        ("Paris won", "Paris", "paris"),
        ("Kano", "Kano", ""),
    ],
)
def test_what_only_looks_alike_is_no_match(source, surface, target):
    assert onto(source, [surface], target) == [None]


def test_a_translated_surface_is_the_last_resort():
    asked = []

    def translate(texts):
        asked.append(texts)
        return {"Ministry of Health": "ma'aikatar lafiya.", "Monday": "Litinin"}[
            texts[0]
        ], "Litinin"

    source = "Kano and the Ministry of Health on Monday"
    target = "Kano da Ma'aikatar Lafiya ranar Litinin"
    surfaces = ["Kano", "Ministry of Health", "Monday"]
    assert onto(source, surfaces, target, translate) == ["Kano", "Ma'aikatar Lafiya", "Litinin"]
    assert asked == [["Ministry of Health", "Monday"]]


def test_many_texts_need_one_call():
    asked = []

    def translate(texts):
        asked.append(texts)
        return [{"Monday": "Litinin", "Friday": "Juma'a"}[t] for t in texts]

    items = [
        (mark("on Monday", "Monday"), "on Monday", "ranar Litinin"),
        (mark("in Kano", "Kano"), "in Kano", "a Kano"),
        (mark("Friday or Monday", "Friday", "Monday"), "Friday or Monday", "Juma'a ko Litinin"),
    ]
    found = project_all(items, translate)
    assert asked == [["Monday", "Friday"]]
    assert all(span for spans in found for span in spans)
    project_all(items[1:2], lambda texts: pytest.fail("no call is needed"))
    assert project_all([], nothing) == [] and project([], "a", "b", nothing) == []


def places(source, spans, target):
    return [s and s.start for s in project(spans, source, target, nothing)]


def test_the_kth_of_equal_surfaces_goes_to_the_kth():
    source, target = "Kano beat Kano", "Kano ta doke Kano"
    assert places(source, mark(source, "Kano", "Kano"), target) == [0, 13]
    assert places(source, [Span(10, 14, "LOC")], target) == [13]
    assert places(source, [Span(0, 4, "LOC")], target) == [0]
    found = project([Span(10, 14, "ORG"), Span(0, 4, "LOC")], source, target, nothing)
    assert found == [Span(13, 17, "ORG"), Span(0, 4, "LOC")]
    source, target = "Kano Kano a b c d e f g h", "a b c d e f g Kano h Kano"
    assert places(source, [Span(5, 9, "LOC")], target) == [21]


def test_more_spans_than_places_leaves_the_last_out():
    source, target = "Kano beat Kano", "An doke Kano"
    assert places(source, mark(source, "Kano", "Kano"), target) == [8, None]


def test_an_ambiguous_place_keeps_the_order():
    source = "Musa met Kano in Lagos"
    target = "Kano shi ne Musa ya gani, Kano a Lagos"
    assert places(source, mark(source, "Musa", "Kano", "Lagos"), target) == [12, 26, 33]
    source = "Musa met Kano and then many other people from far away"
    target = "Kano ta ga Musa a b c d e f g h i j k l m n o Kano"
    assert places(source, mark(source, "Musa", "Kano"), target) == [11, 46]


def test_a_part_of_a_longer_name_is_not_taken():
    source, target = "Kano State and Kano", "Kano da Kano State"
    found = project(mark(source, "Kano State", "Kano"), source, target, nothing)
    assert found == [Span(8, 18, "LOC"), Span(0, 4, "LOC")]
    source, target = "Kano and Kano State", "Kano State da Kano"
    assert places(source, mark(source, "Kano", "Kano State"), target) == [14, 0]


def test_places_that_overlap_serve_one_span():
    source = "A a x A a"
    assert places(source, mark(source, "A a", "A a"), "y A a A") == [2, None]
    source = "a a x a a"
    assert places(source, mark(source, "a a", "a a"), "y a a a") == [2, None]


@pytest.mark.parametrize("empty", ["", " ", ".", " . "])
def test_a_translation_without_words_matches_nothing(empty):
    source, target = "on Monday . ", "ranar Litinin . "
    assert onto(source, ["Monday"], target, lambda texts: [empty for _ in texts]) == [None]


def test_similarity_is_one_less_distance_in_proportion():
    assert _similarity(_key("Kampala"), _key("Kamfala")) == pytest.approx(6 / 7)
    assert _similarity(_key("Ƙasar ’Yan"), _key("kasar yan")) == 1.0
    assert _similarity("kano", "kona") == 0.0 and _similarity("", "a") == 0.0


def plain_distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    return min(
        plain_distance(a[1:], b) + 1,
        plain_distance(a, b[1:]) + 1,
        plain_distance(a[1:], b[1:]) + (a[0] != b[0]),
    )


@settings(deadline=None)
@given(st.text("ab", min_size=1, max_size=6), st.text("ab", min_size=1, max_size=6))
def test_similarity_agrees_with_the_plain_definition(a, b):
    expected = 1 - plain_distance(a, b) / max(len(a), len(b))
    found = _similarity(a, b)
    assert found == pytest.approx(expected if expected >= NEAR - 1e-9 else 0.0)


WORDS = ["Kano", "Kampala", "Kamfala", "State", "n'Abarundi", "ta", "a", "Kano.", "12", "Ƙasa"]


@st.composite
def spanned(draw):
    tokens = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=9))
    edges = sorted(draw(st.sets(st.integers(0, len(tokens)), max_size=6)))
    starts = [len(" ".join(tokens[:i])) + bool(i) for i in range(len(tokens) + 1)]
    spans = [
        Span(starts[a], starts[b] - 1, draw(st.sampled_from(["PER", "LOC"])))
        for a, b in zip(edges[::2], edges[1::2], strict=False)
    ]
    text = " ".join(tokens)
    return text, [s._replace(end=min(s.end, len(text))) for s in spans]


@settings(max_examples=300, deadline=None)
@given(spanned())
def test_a_text_projects_onto_itself(item):
    text, spans = item
    assert project(spans, text, text, nothing) == spans


@settings(max_examples=300, deadline=None)
@given(spanned(), spanned())
def test_projected_spans_are_whole_words_and_never_overlap(one, other):
    (source, spans), (target, _) = one, other
    found = project(spans, source, target, lambda texts: [t[::-1] for t in texts])
    assert all(f is None or f.type == s.type for s, f in zip(spans, found, strict=True))
    placed = sorted(s for s in found if s)
    assert all(a.end <= b.start for a, b in zip(placed, placed[1:], strict=False))
    for span in placed:
        assert 0 <= span.start < span.end <= len(target)
        assert whole_words(target, span.start, span.end)


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40), st.data())
def test_any_text_is_projected_without_failing(source, target, data):
    edges = sorted(data.draw(st.sets(st.integers(0, len(source)), max_size=6)))
    spans = [Span(a, b, "PER") for a, b in zip(edges[::2], edges[1::2], strict=False)]
    found = project(spans, source, target, lambda texts: [t.upper() for t in texts])
    assert len(found) == len(spans)


# Words.


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n'Abarundi", ["n'", "Abarundi"]),
        ("y’u Rwanda.", ["y’", "u", "Rwanda"]),
        ("ranar Juma'a, a", ["ranar", "Juma'", "a", "a"]),
        ("'Yan ƙwallon ɓangare", ["Yan", "ƙwallon", "ɓangare"]),
        ("ŋŋamba (Kampala)", ["ŋŋamba", "Kampala"]),
        ("Isra’ila-Falasɗinu", ["Isra’", "ila-Falasɗinu"]),
        (" . ", []),
    ],
)
def test_words_are_tokens_less_a_short_word_in_front(text, expected):
    assert [text[w.start : w.end] for w in words(text)] == expected


@given(st.text(alphabet="aŋɓ'’ -.1\u0301", max_size=30))
def test_spans_of_words_are_whole_words(text):
    for i, first in enumerate(words(text)):
        for last in words(text)[i:]:
            assert first.start < last.close <= len(text)
            assert whole_words(text, first.start, last.close)


def test_sentences_are_projected_apart_where_they_pair_up():
    seen = []

    def project(items):
        seen.append([(i.source, i.target) for i in items])
        return [[Span(0, 2, s.type) for s in i.spans] for i in items]

    source, target = "Musa ran. He saw Kano. It rained.", "Musa ya gudu. Ya ga Kano. An yi ruwa."
    spans = mark(source, "Musa", "Kano")
    found = by_sentence([Item(spans, source, target)], project)
    assert seen[0] == [("Musa ran.", "Musa ya gudu."), ("He saw Kano.", "Ya ga Kano.")]
    assert found == [[Span(0, 2, "LOC"), Span(14, 16, "LOC")]]
    by_sentence([Item(spans, source, "Musa ya gudu ya ga Kano.")], project)
    assert seen[1] == [(source, "Musa ya gudu ya ga Kano.")]
    across = [Span(0, 15, "LOC")]
    by_sentence([Item(across, source, target)], project)
    assert seen[2] == [(source, target)]


# Markers.


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("A ranar [Litinin] ya zo", "Litinin"),
        ("a [ Ƙasar Hausa ] .", "Ƙasar Hausa"),
        ("a [[Kano]] ne", "Kano"),
        ("[Kano] da [Jigawa]", "Kano"),
        ("a [Kano ne", None),
        ("a Kano] ne", None),
        ("a ]Kano[ ne", None),
        ("a [] ko [ ] ne", None),
        ("a [ [Ma'aikatar Noma] ta", "Ma'aikatar Noma"),
        ("", None),
    ],
)
def test_markers_are_recovered_or_lost(output, expected):
    assert markers.recover(output, "[]") == expected


def test_marked_words_are_matched_onto_the_sentence_that_is_there():
    source = "The Ministry of Health of Rwanda closed on Friday"
    target = "Minisiteri y’Ubuzima y’u Rwanda yafunze ku wa gatanu"
    outputs = {
        "The [Ministry of Health] of Rwanda closed on Friday": "[Minisiteri y'ubuzima] yafunze",
        "The Ministry of Health of [Rwanda] closed on Friday": "Minisiteri yo mu [Rwanda].",
        "The Ministry of Health of Rwanda closed on [Friday]": "yafunze ku wa gatanu",
    }
    asked = []

    def translate(texts):
        asked.append(texts)
        return [outputs[t] for t in texts]

    item = Item(mark(source, "Ministry of Health", "Rwanda", "Friday"), source, target)
    [found] = markers.project_all([item], translate)
    assert [s and target[s.start : s.end] for s in found] == [
        "Minisiteri y’Ubuzima", "Rwanda", None,
    ]  # fmt: skip
    assert asked == [list(outputs)]
    assert markers.project_all([Item([], source, target)], lambda _: pytest.fail("called")) == [[]]


def test_signs_that_a_text_holds_itself_are_not_used():
    spans = [Span(0, 4, "LOC")]
    item = Item(spans, "Kano [sic]", "Kano")
    assert markers.choose(item) == "{}"
    [found] = markers.project_all([item], lambda texts: [t.upper() for t in texts])
    assert found == [Span(0, 4, "LOC")]
    full = Item(spans, "Kano []{}<>«»", "Kano")
    assert markers.project_all([full], lambda _: pytest.fail("called")) == [[None]]


# Alignment, on stand-in embeddings.


def standing_in(permutation):
    """Embeds the words of a source one-hot, and those of a target as the words they come from."""
    size = len(permutation)
    one = 20 * torch.eye(size)

    def source(texts, own):
        return [(one[: len(w)], list(range(len(w)))) for w in own]

    def target(texts, own):
        return [(one[permutation], list(range(size))) for _ in own]

    return source, target


@settings(deadline=None)
@given(st.permutations(range(7)), st.data())
def test_alignment_recovers_a_permutation(permutation, draw):
    source, target = standing_in(permutation)
    text = "Ƙasar Kano ta ga Musa Bello jiya"
    names = text.split()
    there = " ".join(names[i] for i in permutation)
    pairs = alignment.align(*source([], [names])[0], *target([], [names])[0])
    assert pairs == {(i, j) for j, i in enumerate(permutation)}
    spans = mark(
        text, *draw.draw(st.lists(st.sampled_from(names), unique=True).map(sorted_in(names)))
    )
    [found] = alignment.project_all([Item(spans, text, there)], source, target)
    assert [there[s.start : s.end] for s in found] == [text[s.start : s.end] for s in spans]


def sorted_in(names):
    return lambda chosen: sorted(chosen, key=names.index)


def test_alignment_closes_gaps_and_drops_what_is_taken_or_unaligned():
    source, target = standing_in([0, 3, 1, 2])
    text, there = "Musa Bello saw Kano", "Musa Kano Bello gani"
    spans = [Span(0, 10, "PER"), Span(15, 19, "LOC")]
    [found] = alignment.project_all([Item(spans, text, there)], source, target)
    assert found == [None, Span(5, 9, "LOC")]  # Musa ... Bello would swallow Kano
    [found] = alignment.project_all([Item(spans[:1], text, there)], source, target)
    assert found == [Span(0, 15, "PER")]

    def nothing_known(texts, own):
        return [(torch.empty(0, 1), []) for _ in own]

    assert alignment.project_all([Item(spans, text, there)], source, nothing_known) == [
        [None, None]
    ]


@pytest.mark.parametrize("code", ["hau", "kin", "lug"])
def test_published_sentences_align_with_themselves(published, code):
    signs = 0
    for example in data.load("masakhaner1", "ner", code, "test", published):
        signs += any(c in "'’ɓɗƙƴŋ" for c in example.text)
        size = len(words(example.text))
        source, target = standing_in(list(range(size)))
        item = Item(example.gold, example.text, example.text)
        [found] = alignment.project_all([item], source, target)
        for span, there in zip(example.gold, found, strict=True):
            surface = example.text[span.start : span.end]
            assert there and example.text[there.start : there.end] in surface
            assert surface.strip("\"'‘’“”().,-/:;!?[] ") in example.text[there.start : there.end]
    assert signs > 0


# CODEC, on a random translator.


def translator(**options):
    model, made = marian()
    return Translator(model, made, "revision", **options)


def likelihood(source, target):
    """log p(target | source) by the model's own loss, one text at a time."""
    model, made = marian()
    [ids] = source_ids(made, [source], ENG, HAU)
    labels = torch.tensor([[*made(target)["input_ids"], made.eos_token_id]])
    with torch.inference_mode():
        loss = model(input_ids=torch.tensor([ids]), labels=labels).loss
    return -loss.item() * labels.shape[1]


@pytest.mark.parametrize("pruned", [True, False])
def test_codec_finds_what_brute_force_finds(pruned, monkeypatch):
    source = "Musa saw Kano"
    target = "Jiya Musa ya ga ƙasar Kano"
    span = Span(9, 13, "LOC")
    scorer = Forced(translator(), ENG, HAU)
    asked = []
    real = Forced.log_probabilities

    def watch(self, source, targets):
        asked.extend(targets)
        return real(self, source, targets)

    monkeypatch.setattr(Forced, "log_probabilities", watch)
    monkeypatch.setattr(codec, "_TOGETHER", 1 if pruned else 100)
    score, place = codec.search(Item([span], source, target), span, "[]", scorer)
    marked = {
        Span(a.start, b.close, "LOC"): likelihood(
            "Musa saw [Kano]",
            f"{target[: a.start]}[{target[a.start : b.close]}]{target[b.close :]}",
        )
        for i, a in enumerate(words(target))
        for b in words(target)[i:]
    }
    assert len(marked) == 21
    assert place == max(marked, key=marked.get)
    assert score == pytest.approx(max(marked.values()), rel=1e-4)
    assert len(asked) <= 6 + 21


def test_codec_leaves_out_openings_that_cannot_win():
    class Known:
        """Log-probabilities that fall with every token, and hardly with an opening bracket."""

        scored = 0

        def ids(self, texts):
            return [list(t) for t in texts]

        def fits(self, source, targets):
            return True

        def log_probabilities(self, source, targets):
            Known.scored += len(targets)
            at = "a b c d e f g h".index("f")
            return [
                -0.01 * len(t) - (9.0 if "[" in t and t.index("[") != at else 0) for t in targets
            ]

    item = Item([Span(0, 1, "X")], "z", "a b c d e f g h")
    score, place = codec.search(item, item.spans[0], "[]", Known())
    assert (place.start, place.type) == (10, "X") and score == pytest.approx(-0.17)
    assert Known.scored < 8 + 36


def test_codec_gives_no_word_to_two_spans_and_refuses_what_is_too_long():
    source, target = "Musa saw Kano and Lagos", "Musa ya ga Kano"
    spans = mark(source, "Musa", "Kano", "Lagos")
    scorer = Forced(translator(), ENG, HAU)
    [found] = codec.project_all([Item(spans, source, target)], scorer)
    placed = sorted(s for s in found if s)
    assert placed and all(a.end <= b.start for a, b in zip(placed, placed[1:], strict=False))
    assert codec.project_all([Item(spans, source, target * 9)], scorer) == [[None] * 3]
    assert codec.project_all([Item(spans, source, "...")], scorer) == [[None] * 3]


# Any projector, from the profile.


def test_matching_is_the_default_of_every_profile():
    for name in ("mini", "local", "small", "paper"):
        assert load_profile(name).projection == ProjectionSpec(by="match")
    with pytest.raises(XltError, match="'match', 'markers', 'alignment' or 'codec'"):
        load_profile("mini", projection={"by": "guess"})
    with pytest.raises(XltError, match="are for 'alignment', not for 'codec'"):
        load_profile("mini", projection={"by": "codec", "layer": 2})


@pytest.mark.parametrize("by", PROJECTORS)
@settings(max_examples=15, deadline=None)
@given(spanned(), spanned())
def test_every_projector_places_whole_words_that_never_overlap(by, one, other):
    (source, spans), (target, _) = one, other
    project = projection.load(ProjectionSpec(by=by), translator(max_new_tokens=12))
    [found] = project([Item(spans, source, target)], ENG, HAU)
    assert [f.type for f in found if f] == [s.type for s, f in zip(spans, found, strict=True) if f]
    placed = sorted(s for s in found if s)
    assert all(a.end <= b.start for a, b in zip(placed, placed[1:], strict=False))
    for span in placed:
        assert 0 <= span.start < span.end <= len(target)
        assert whole_words(target, span.start, span.end)


@pytest.mark.parametrize("by", PROJECTORS)
@pytest.mark.parametrize("code", ["hau", "kin", "lug"])
def test_every_projector_takes_published_lines(published, by, code):
    lines = data.load("masakhaner1", "ner", code, "test", published)
    found = [e for e in lines if e.gold and any(c in "'’ɓɗƙƴŋ" for c in e.text)]
    found = sorted(found, key=lambda e: len(e.text))[:2]
    assert len(found) == 2
    project = projection.load(ProjectionSpec(by=by), translator(max_new_tokens=8))
    items = [Item(e.gold, e.text, e.text) for e in found]
    for item, spans in zip(items, project(items, ENG, HAU), strict=True):
        assert len(spans) == len(item.spans)
        assert all(whole_words(item.target, s.start, s.end) for s in spans if s)


def test_what_a_projector_spends_is_counted():
    item = Item([Span(9, 13, "LOC")], "Musa saw Kano", "Musa ya ga Jigawa")
    for by in PROJECTORS:
        one = translator(max_new_tokens=6)
        projection.load(ProjectionSpec(by=by), one)([item], ENG, HAU)
        assert one.usage.flops > 0 and one.usage.seconds > 0 and one.usage.model_tokens > 0, by


def bert():
    """A masked language model, whose checkpoint has no pooler, with its tokenizer."""
    made = tokenizer("gpt2")
    config = BertConfig(
        vocab_size=len(made), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=40,
    )  # fmt: skip
    return BertForMaskedLM(config), made


@pytest.mark.parametrize("kind", [marian, bert])
def test_an_encoder_of_its_own_and_its_layers(kind, tmp_path):
    for part in kind():
        part.save_pretrained(tmp_path)
    item = Item([Span(9, 13, "LOC")], "Musa saw Kano", "Musa ya ga Kano")
    long = Item(item.spans, item.source, "Musa ya ga Kano " * 30)
    for layer in (0, 1, None):
        spec = ProjectionSpec(by="alignment", encoder=EncoderSpec(path=str(tmp_path)), layer=layer)
        one = translator()
        [[found], too_long] = projection.load(spec, one)([item, long], ENG, HAU)
        assert found is None or whole_words(item.target, found.start, found.end)
        assert too_long == [None] and one.usage.flops > 0
    with pytest.raises(XltError, match="`projection.layer` must be .*0 to 2.* but got 3"):
        encoder.load(spec.model_copy(update={"layer": 3}), one)
    with pytest.raises(XltError, match="there is no folder"):
        spec = ProjectionSpec(by="alignment", encoder=EncoderSpec(path="./nowhere"))
        projection.load(spec, one)


def test_the_last_layer_is_what_the_decoder_sees():
    """Layers are counted as awesome-align counts them: 0 the embeddings, the last the output."""
    model = marian()[0].get_encoder()
    ids = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        made = model(input_ids=ids, output_hidden_states=True)
    assert len(made.hidden_states) == model.config.num_hidden_layers + 1
    assert torch.equal(made.hidden_states[-1], made.last_hidden_state)


@pytest.mark.parametrize("by", PROJECTORS)
def test_the_method_carries_with_the_profiles_projector(by, home, monkeypatch):
    asked = []

    def project(items, source, target):
        asked.append((source.code, target.code))
        return [[None] * len(item.spans) for item in items]

    monkeypatch.setattr(
        models, "load_lm", lambda spec, cache: SimpleNamespace(dtype="float32", tokenizer=None)
    )
    monkeypatch.setattr(
        models, "load_translator", lambda spec, cache, **more: translator(cache=cache)
    )
    monkeypatch.setattr(projection, "load", lambda spec, one: project if spec.by == by else None)
    method = Translate(load_profile("mini", projection={"by": by}), HAU, "scope")
    task = tasks.get("ner")
    original = data.Example("a", "hau", "Musa ya ga Kano", (Span(0, 4, "PER"), Span(11, 15, "LOC")))
    [carried] = method.carry(task, [original], gold=True)
    assert carried.gold == () and asked == [("hau", "eng")]
    seen = data.Example("a", "eng", "Musa saw Kano", ())
    answer = (Mention("LOC", "Kano", 0),)
    assert method.carry_back(task, [answer], [original], [seen]) == [((), 1)]
    assert asked == [("hau", "eng"), ("eng", "hau")]
