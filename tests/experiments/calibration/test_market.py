from experiments.calibration.market import WIDTH, _wrapped


def test_a_note_is_wrapped_without_breaking_a_key() -> None:
    keys = [f"pros.a_long_key_number_{i}-of-many" for i in range(12)]
    lines = _wrapped("- " + ", ".join(keys) + ": no column")
    assert len(lines) > 1
    assert all(line.startswith("# ") and len(line) <= WIDTH for line in lines)
    assert all(any(key in line for line in lines) for key in keys)
    # a single word that is too long stays whole
    assert "x" * 200 in _wrapped("x" * 200)[0]
