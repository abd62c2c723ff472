"""Functions and files stay small enough to read."""

from pathlib import Path

from sizes import FILE_GATE, FUNCTION_GATE, files, functions, report


def test_no_function_of_the_package_is_longer_than_the_gate(project: Path) -> None:
    long = [size for file in _sources(project) for size in functions(file) if size.lines > FUNCTION_GATE]
    assert long == []


def test_no_file_of_the_package_is_longer_than_the_gate(project: Path) -> None:
    assert [size for size in files(project / "synth_jupyter") if size.lines > FILE_GATE] == []


def test_a_long_function_and_a_long_file_are_seen(tmp_path: Path) -> None:
    body = "".join(f"    x{number} = {number}\n" for number in range(FUNCTION_GATE))
    file = tmp_path / "long.py"
    file.write_text(f'def long():\n    """Doc\n\n    string."""\n    # comment\n\n{body}' + "\n" * FILE_GATE)
    assert [size.lines for size in functions(file)] == [FUNCTION_GATE + 1]
    assert files(tmp_path)[0].lines > FILE_GATE


def test_the_report_gives_medians_and_shares(project: Path) -> None:
    first, second, *_ = report(project / "synth_jupyter")
    assert "functions: median" in first
    assert "within 25" in first
    assert "modules: median" in second


def _sources(project: Path) -> list[Path]:
    return sorted((project / "synth_jupyter").rglob("*.py"))
