"""The README's example runs as it is printed."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"


def test_the_python_block_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    assert len(code.strip().splitlines()) <= 16
    exec(compile(code, str(README), "exec"), {})
    *_, accuracy, estimated = capsys.readouterr().out.split()
    assert 0.85 < float(accuracy) <= 1
    assert 0.75 < float(estimated) < 1.25  # unbiased, not confined to [0, 1]


def test_there_are_two_commands():
    commands = re.findall(r"```bash\n(.*?)\n```", README.read_text("utf-8"), re.DOTALL)
    assert len(commands) == 2
    assert all("\n" not in command for command in commands)
    assert commands[0].endswith("python examples/quickstart.py")
    assert commands[1].endswith("python -m pytest -n 2")
