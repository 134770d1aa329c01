"""Where output goes, how wide and in what colours, asked of real streams and a real pseudo-terminal."""

import fcntl
import io
import json
import os
import struct
import subprocess
import sys
import termios

import pytest
from rich.text import Text

from dlrecipe.errors import InputError
from dlrecipe.reports.terminal import PIPED_WIDTH, open_terminal, show, write_data, write_json


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")


def in_a_pty(code, *, columns=80, **environment):
    """Run Python with stdout and stderr on a pseudo-terminal of this width; return all that it wrote."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=theirs, stderr=theirs, env={**os.environ, **environment}
    )
    os.close(theirs)
    written = b""
    try:
        while chunk := os.read(ours, 65536):
            written += chunk
    except OSError:  # Linux says EIO when the other side is closed
        pass
    os.close(ours)
    assert process.wait(timeout=20) == 0
    return written.decode()


ASK = "from dlrecipe.reports.terminal import open_terminal; t = open_terminal(); "


def test_data_goes_to_stdout_and_messages_to_stderr(capsys):
    terminal = open_terminal()
    terminal.show("data")
    terminal.say("message")
    assert capsys.readouterr() == ("data\n", "message\n")


def test_quiet_keeps_data_and_drops_messages(capsys):
    terminal = open_terminal(quiet=True, verbose=True)
    terminal.show("data")
    terminal.say("message")
    terminal.say_line("line")
    terminal.detail("detail")
    assert capsys.readouterr() == ("data\n", "")


def test_a_line_is_broken_between_words_on_a_terminal_and_not_at_all_in_a_log(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    open_terminal().say_line("an interval that reaches to both sides")
    assert capsys.readouterr().err == "an interval that reaches to both sides\n"
    monkeypatch.delenv("COLUMNS")
    written = in_a_pty(ASK + "t.say_line('an interval that reaches to both sides')", columns=20)
    assert written.split("\r\n") == ["an interval that ", "reaches to both ", "sides", ""]


@pytest.mark.parametrize(("verbose", "expected"), [(True, "detail\n"), (False, "")])
def test_details_are_for_the_verbose(capsys, verbose, expected):
    open_terminal(verbose=verbose).detail("detail")
    assert capsys.readouterr().err == expected


def test_names_with_brackets_and_colons_are_printed_as_they_are(capsys):
    open_terminal().say("[bold]x[/bold] :smile: 12.5")
    assert capsys.readouterr().err == "[bold]x[/bold] :smile: 12.5\n"


@pytest.mark.parametrize(
    ("columns", "width"), [(None, PIPED_WIDTH), ("60", 60), ("3", 20), ("0", PIPED_WIDTH), ("x", PIPED_WIDTH)]
)
def test_a_pipe_is_as_wide_as_columns_says(monkeypatch, columns, width):
    if columns is not None:
        monkeypatch.setenv("COLUMNS", columns)
    assert open_terminal().out.width == width


def test_a_terminals_own_width_is_followed():
    assert in_a_pty(ASK + "print(t.out.width, t.err.width)", columns=57).split() == ["57", "57"]


@pytest.mark.parametrize(
    ("environment", "animated"),
    [
        ({}, "True"),
        ({"TERM": "dumb"}, "False"),
        ({"TTY_INTERACTIVE": "0"}, "False"),
        ({"NO_COLOR": "1"}, "True"),
    ],
)
def test_a_terminal_is_animated_unless_it_cannot_or_should_not_be(environment, animated):
    assert in_a_pty(ASK + "print(t.animated)", **environment).strip() == animated


def test_a_pipe_is_never_animated_even_with_forced_colour(monkeypatch, capfd):
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert not open_terminal().animated


@pytest.mark.parametrize(("environment", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_no_color_is_obeyed(environment, coloured):
    code = ASK + "from rich.text import Text; t.show(Text('x', style='red'))"
    assert ("\x1b[31m" in in_a_pty(code, **environment)) == coloured


def test_a_closed_stderr_is_no_error():
    code = ASK + "t.say('message'); t.show('data'); assert not t.animated"
    done = subprocess.run(["sh", "-c", 'exec "$0" -c "$1" 2>&-', sys.executable, code], capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"data\n")


def test_an_ascii_stream_gets_question_marks_and_no_traceback():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", ASK + "t.show('1-R\u00b2')"], capture_output=True, env=environment
    )
    assert (done.returncode, done.stdout) == (0, b"1-R?\n")


def test_json_is_strict_and_goes_to_stdout_alone(capsys):
    write_json({"a": float("nan"), "b": "é"})
    out, err = capsys.readouterr()
    assert json.loads(out, parse_constant=pytest.fail) == {"a": None, "b": "é", "nonfinite": {"a": "nan"}}
    assert err == ""


@pytest.mark.parametrize(("as_json", "expected"), [(True, '{\n  "n": 1\n}\n'), (False, "n is 1\n")])
def test_show_prints_the_document_or_its_view(capsys, as_json, expected):
    show({"n": 1}, lambda document: Text(f"n is {document['n']}"), json=as_json)
    assert capsys.readouterr().out == expected


def test_data_keep_every_character_whatever_the_locale():
    code = "from dlrecipe.reports.terminal import write_data; write_data('caf\u00e9\\n', None)"
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
    assert done.stdout == "café\n".encode()


def test_data_are_written_to_a_file_in_utf8_with_their_own_line_ends(tmp_path):
    write_data("é\nb\n", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes() == "é\nb\n".encode()


@pytest.mark.parametrize("path", ["no/such/folder/out.csv", "."])
def test_a_file_that_cannot_be_written_is_an_input_error_with_its_path(tmp_path, path):
    with pytest.raises(InputError) as caught:
        write_data("x", tmp_path / path)
    assert caught.value.exit_code == 2
    assert str(tmp_path / path) in str(caught.value)


def test_importing_the_terminal_imports_no_rich():
    code = "import sys, dlrecipe.reports.terminal; print('rich' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_stream_that_is_no_real_file_will_do(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    open_terminal().say("message")
    assert sys.stderr.getvalue() == "message\n"
