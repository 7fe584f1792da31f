#!/bin/sh
# The environment in .venv: made once, then left alone until what it was made from changes.
#
#   tools/environment.sh run    what the program needs
#   tools/environment.sh dev    that, and what the tests and the linters need
#
# PYTHON names the interpreter (otherwise the first of python3, python3.13, python3.12 and python3.11 that is
# recent enough); VENV names the folder (otherwise .venv). A stamp in the folder keeps what it was made from,
# so that a second call takes milliseconds and asks no network.
set -eu
cd "$(dirname "$0")/.."
want=$1
venv=${VENV:-.venv}
stamp=$venv/.campaign-bot

say() { printf '%s\n' "$*" >&2; }

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

version() { "$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])'; }

# The interpreter to make an environment with.
choose() {
    if [ -n "${PYTHON:-}" ]; then
        if recent "$PYTHON"; then echo "$PYTHON"; return; fi
        say "$PYTHON is missing here, or older than Python 3.11, which campaign-bot needs."
        exit 1
    fi
    for candidate in python3 python3.13 python3.12 python3.11; do
        if recent "$candidate"; then echo "$candidate"; return; fi
    done
    say "campaign-bot needs Python 3.11 or newer, and none was found."
    say "Install one (on Debian or Ubuntu: sudo apt-get install python3-venv), or name one: make test PYTHON=/path/to/python3"
    exit 1
}

# An environment knows its own path (a moved checkout needs a new one) and one version of Python.
usable() {
    [ -x "$venv/bin/python" ] && grep -qF "$(cd "$venv" && pwd)" "$venv/pyvenv.cfg" || return 1
    [ -z "${PYTHON:-}" ] || [ "$(version "$PYTHON")" = "$(version "$venv/bin/python")" ]
}

# Where ensurepip is missing (Debian without python3-venv), a pip that is installed fills the environment from outside.
create() {
    if "$python" -c 'import ensurepip' >/dev/null 2>&1; then
        "$python" -m venv --clear "$venv"
    elif "$python" -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --clear --without-pip "$venv"
    else
        say "$python can make no environment here: it has neither ensurepip nor pip."
        say "On Debian or Ubuntu: sudo apt-get install python3-venv"
        exit 1
    fi
}

pip() {
    if [ -e "$venv/bin/pip" ]; then
        "$venv/bin/python" -m pip --quiet --disable-pip-version-check "$@"
    else
        "$python" -m pip --quiet --disable-pip-version-check --python "$venv/bin/python" "$@"
    fi
}

key=$(cat requirements.lock requirements-dev.lock pyproject.toml | cksum)
if usable; then
    case "$(cat "$stamp" 2>/dev/null)" in
        "$key dev" | "$key $want") exit 0 ;;
    esac
fi

python=$(choose)
say "Installing what campaign-bot needs into $venv (a minute or two, once)…"
usable || create
lock=requirements.lock
[ "$want" = run ] || lock=requirements-dev.lock
pip install --require-hashes --only-binary :all: -r "$lock"
pip install --no-deps --no-build-isolation --editable .
echo "$key $want" > "$stamp"
