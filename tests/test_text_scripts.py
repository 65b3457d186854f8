"""Sentences and words in scripts other than Latin, and in Latin with other signs."""

import pytest

from xltlib.text import sentences
from xltlib.text.words import at_boundary, fold, text_scores, words

SENTENCES = {
    "Ethiopic": ["እንደምን ናችሁ።", "ጤና ይስጥልኝ።", "ደህና ናችሁ፧", "አዎ።"],
    "Ethiopic typed with two word spaces": ["እንደምን ናችሁ፡፡", "ጤና ይስጥልኝ::", "አዎ"],
    "Ethiopic with full stops": ["እንደምን ናችሁ.", "ጤና ይስጥልኝ!", "አዎ."],
    "Arabic": ["كيف حالك؟", "أنا بخير.", "«شكرا لك.»", "إلى اللقاء!"],
    "Urdu": ["یہ کتاب ہے۔", "وہ کہاں ہے؟", "میں ٹھیک ہوں۔"],
    "Devanagari": ["राम घर गया।", "सीता कहाँ है?", "वह वन में है॥", "ठीक है."],
    "N'Ko": ["ߒ ߓߘߊ߫ ߕߊ߯.", "ߌ ߦߋ߫ ߡߌ߲߬؟", "ߌ ߣߌ߫ ߗߍ߫߹", "ߊߥߊ"],
    "Myanmar": ["သူသွားသည်။", "ငါလာ၊ သူသွားသည်။"],
    "Tibetan": ["བོད་སྐད་ཡིན།", "གཉིས་པ་ཡིན༎", "གསུམ་པ། །"],
    "Greek": ["Τι κάνεις;", "Καλά είμαι.", "Εσύ;"],
    "Armenian": ["Ես գնացի։", "Նա եկավ։"],
    "Hausa": [
        "Ya ce 'yan wasa sun zo.",
        "ʼYan wasan sun tafi.",
        "“Madalla!”",
        "Dr. A. Musa ya zo.",
    ],
    "Yoruba": ["Ó lọ sí Ìbàdàn.", "Ọjọ́ dára!"],
}


@pytest.mark.parametrize("pieces", SENTENCES.values(), ids=SENTENCES)
def test_the_marks_of_each_script_end_sentences(pieces):
    assert sentences.split(" ".join(pieces)) == pieces


def test_marks_of_other_scripts_end_sentences_without_a_space():
    assert sentences.split("他走了。她在哪里？好！") == ["他走了。", "她在哪里？", "好！"]
    assert sentences.split("ጤና።አዎ።") == ["ጤና።", "አዎ።"]


@pytest.mark.parametrize(
    "whole",
    [
        "Ya zo da ƙarfe 3.5 na safe",
        "An sayar da shi a kan N5.000 jiya",
        "U.S. ta ce",
        "Ya ce. amma bai zo ba",
        "د. محمد هنا",
        "ሰዓት 3:30 ነው",
        "Ya ce. ʼyan wasa",
    ],
)
def test_what_ends_no_sentence(whole):
    assert sentences.split(whole) == [whole]


def test_format_characters_do_not_hide_an_end():
    text = "أنا بخير.\u200f \u200fكيف حالك؟"
    assert [s.strip("\u200f ") for s in sentences.split(text)] == ["أنا بخير.", "كيف حالك؟"]


def test_long_sentences_are_halved_in_every_script():
    assert sentences.halves("ጤና ይስጥልኝ፣ ደህና ናችሁ") == ("ጤና ይስጥልኝ፣", "ደህና ናችሁ")
    first, second = sentences.halves("ငါလာသည်၊သူသွားသည်")
    assert first.endswith("၊") and first + second == "ငါလာသည်၊သူသွားသည်"
    first, second = sentences.halves("မြန်မာနိုင်ငံ")  # no mark is torn from its letter
    assert first + second == "မြန်မာနိုင်ငံ" and second[0] in "မနငပြ"
    assert sentences.halves("ƙasar" * 9) is None


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("gwam\u00adnati", "gwamnati"),
        ("क्\u200dष", "क्ष"),
        ("می\u200cخواهم", "میخواهم"),
        ("\u200fكانو\u200e", "كانو"),
        ("\ufeffKano", "kano"),
        ("na′ura", "na'ura"),
        ("oʻoku", "o'oku"),
        ("ꞌyan", "yan"),
        ("Ꞌyan wasa", "'yan wasa"),
        ("ba`a", "ba’a"),
        ("ma´ana", "maʼana"),
    ],
)
def test_words_are_the_same_whatever_signs_a_keyboard_has(text, same):
    assert words(text) == words(same)
    assert len(words(text)) == len(same.split())


def test_apostrophes_in_front_are_alike():
    assert fold("ꞌYan") == fold("ʼyan") == fold("'yan") == "'yan"


def test_a_word_space_of_zero_width_parts_words():
    assert words("ភាសា\u200bខ្មែរ") == words("ភាសា ខ្មែរ")


def test_no_word_is_cut_at_a_character_that_is_not_seen():
    assert not at_boundary("gwam\u00adnati", 4) and not at_boundary("gwam\u00adnati", 5)
    assert at_boundary("a \u200fKano", 3) and at_boundary("Kano\u200f, a", 4)


def test_rouge_of_a_script_without_spaces_says_that_it_measures_little():
    with pytest.warns(UserWarning, match="ROUGE compares words between spaces.*look at chrF"):
        scores = text_scores("မြန်မာနိုင်ငံ သည်", "မြန်မာနိုင်ငံသည်")
    assert scores["rouge1"] == 0 and scores["chrf"] == 100
