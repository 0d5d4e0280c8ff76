from experiments.calibration.comments import WIDTH, wrapped


def test_a_note_iswrapped_without_breaking_a_key() -> None:
    keys = [f"pros.a_long_key_number_{i}-of-many" for i in range(12)]
    lines = wrapped("- " + ", ".join(keys) + ": no column")
    assert len(lines) > 1
    assert all(line.startswith("# ") and len(line) <= WIDTH for line in lines)
    assert all(any(key in line for line in lines) for key in keys)
    # a single word that is too long stays whole
    assert "x" * 200 in wrapped("x" * 200)[0]
