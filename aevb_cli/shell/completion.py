"""Completion in bash, zsh and fish: the scripts that these run, and the answers that the scripts ask for.

A script asks with the line up to the cursor in _AEVB_LINE, and gets lines: first what kind of words may stand there,
then the words, in zsh and fish each with a tab and what to say of it. A shell never evaluates a word: names of columns
come from files, and may be written by anybody.
"""

import os
import re
import sys
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import typer

from aevb_cli.shell import candidates, line
from aevb_cli.shell.candidates import Candidate

Shell = Literal["bash", "zsh", "fish"]
ASKED = "_AEVB_COMPLETE"
"""The variable in which a shell asks: "complete_bash" for words, "source_bash" for the script."""

_BASH = r"""# Completion of aevb in bash: put `eval "$(aevb completion bash)"` into ~/.bashrc
_aevb() {
    local kind="" word
    COMPREPLY=()
    {
        IFS= read -r kind
        while IFS= read -r word; do COMPREPLY+=("$word"); done
    } < <(_AEVB_COMPLETE=complete_bash _AEVB_LINE="${COMP_LINE:0:COMP_POINT}" "$1" 2>/dev/null)
    case $kind in
        files) compopt -o default ;;
        unfinished) compopt -o nospace ;;
    esac
}
complete -F _aevb aevb
"""
_ZSH = r"""#compdef aevb
# Completion of aevb in zsh: put `eval "$(aevb completion zsh)"` below compinit in ~/.zshrc
_aevb() {
    local kind word said
    local -a words_found said_found
    {
        IFS= read -r kind
        while IFS=$'\t' read -r word said; do
            words_found+=("$word")
            said_found+=("$word${said:+  -- $said}")
        done
    } < <(_AEVB_COMPLETE=complete_zsh _AEVB_LINE="${(j: :)words[1,CURRENT-1]} $PREFIX" "${words[1]}" 2>/dev/null)
    case $kind in
        files) _files ;;
        unfinished) compadd -S '' -a words_found ;;
        words) compadd -l -d said_found -a words_found ;;
    esac
}
compdef _aevb aevb
"""
_FISH = r"""# Completion of aevb in fish: put `aevb completion fish | source` into ~/.config/fish/config.fish
function __aevb_complete
    set -lx _AEVB_COMPLETE complete_fish
    set -lx _AEVB_LINE (commandline -cp)
    set -l answer (aevb 2>/dev/null)
    if test "$answer[1]" = files
        __fish_complete_path (commandline -ct)
    else
        printf '%s\n' $answer[2..-1]
    end
end
complete -c aevb -f -a '(__aevb_complete)'
"""
SCRIPTS: Mapping[str, str] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}

_SAID = 80
"""Letters of what is said of a word."""

_BREAKS = re.compile(r"[=:]")
_SPECIAL = re.compile(r"([^\w@%+=:,./~-])", re.ASCII)


def show_script(shell: Annotated[Shell, typer.Argument(metavar="bash|zsh|fish", help="Which shell.")]) -> None:
    """Write the script by which a shell completes commands, options, values and names of columns.

    Example: aevb completion bash > aevb.bash
    """
    sys.stdout.write(SCRIPTS[shell])


def answer(group: Any, asked: str) -> str:
    """Return what a shell asks for: its script, or the words that may stand where the cursor is; nothing if neither.

    group: of all commands; asked: the content of ASKED.
    """
    what, _, shell = asked.partition("_")
    if shell not in SCRIPTS or what not in {"complete", "source"}:
        return ""
    if what == "source":
        return SCRIPTS[shell]
    text = os.environ.get("_AEVB_LINE", "")
    words = line.after_program(line.split(text))
    found = candidates.of(line.read(group, words or [""]))
    if found is None:
        return "files\n"
    kind = "unfinished" if any(word[-1:] in {"=", ","} for word, _ in found) else "words"
    shown = [_for_bash(word, text) for word, _ in found] if shell == "bash" else [_with_help(each) for each in found]
    return "".join(f"{each}\n" for each in (kind, *shown))


def _for_bash(word: str, text: str) -> str:
    """Return what takes the place of the word in bash's line: what follows its last = or :, with special signs escaped.

    Where the word stands in quotes, its signs need no escape.
    """
    raw = re.split(r"(?<!\\)\s", text)[-1]
    if any(raw.count(quote) % 2 for quote in "'\""):
        return word
    breaks = len(_BREAKS.findall(raw))
    for _ in range(breaks):
        word = _BREAKS.split(word, maxsplit=1)[-1]
    return _SPECIAL.sub(r"\\\1", word)


def _with_help(candidate: Candidate) -> str:
    word, said = candidate
    first = " ".join(said.split())
    return f"{word}\t{first if len(first) <= _SAID else first[: _SAID - 3] + '...'}" if first else word
