"""The README's example runs as it is printed."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_python_block_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(code.strip().splitlines()) <= 16
    exec(compile(code, str(README), "exec"), {})
    *_, accuracy = capsys.readouterr().out.split()
    assert 0.85 < float(accuracy) <= 1


def test_links_lead_to_files():
    links = re.findall(r"\]\(([\w./-]+)\)", README.read_text("utf-8"))
    assert len(links) > 25
    assert [name for name in links if not (README.parent / name).exists()] == []


def test_figures_fit_in_one_table():
    measured = README.read_text("utf-8").split("## Measured")[1].split("\n## ")[0]
    rows = [line for line in measured.splitlines() if line.startswith("|")]
    assert 5 < len(rows) - 2 <= 15


def test_there_are_two_commands():
    commands = re.findall(r"```bash\n(.*?)\n```", README.read_text("utf-8"), re.DOTALL)
    assert len(commands) == 2
    assert all("\n" not in command for command in commands)
    assert commands[0].endswith("python examples/quickstart.py")
    assert commands[1].endswith("python -m pytest -n 2")
