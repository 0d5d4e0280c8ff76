import tomllib

from sim.bookings.month_names import folded
from sim.bookings.vocabulary import FILE, PERSONAL, answers, goods, idea_by_phrase, ideas_by_word


def test_words_are_folded_and_ideas_are_known() -> None:
    told = tomllib.loads(FILE.read_text(encoding="utf-8"))
    assert all(folded(word) == word for word in (*ideas_by_word(), *goods(), *answers()))
    assert set(told["ideas"]) >= PERSONAL
    assert all(folded(word) == word for phrase in idea_by_phrase() for word in phrase)


def test_no_status_has_two_meanings() -> None:
    statuses = tomllib.loads(FILE.read_text(encoding="utf-8"))["statuses"]
    words = [" ".join(word.split()) for text in statuses.values() for word in text.split(",")]
    assert sorted(word for word in set(words) if words.count(word) > 1) == []
