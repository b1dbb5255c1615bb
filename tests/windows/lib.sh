# What the checks of the Windows program share; to be sourced. `work` is a directory for what they leave, `program_dir` has the programs.
# shellcheck shell=bash disable=SC2154 # both are set by whoever sources this

passed=0 failed=0

# check WORDS COMMAND… -- in a subshell of its own with -e on (an `if` would switch it off), and -x, so that one that fails silently is
# known; `wait` must stay here.
check() {
  local words=$1 code
  shift
  set +e
  if [ "$1" = wait ]; then "$@"; else (BASH_XTRACEFD=9; set -ex; "$@"); fi >"$work/check.log" 2>&1 9>&1
  code=$?
  set -e
  if [ "$code" = 0 ]; then
    passed=$((passed + 1))
    echo "ok    $words"
  else
    failed=$((failed + 1))
    echo "FAIL  $words (exit code $code)"
    tail -n 25 "$work/check.log" | sed 's/^/      | /'
    [ ! -s "$work/headless.log" ] || sed 's/^/      headless | /' "$work/headless.log"
  fi
}

# How it went: says so, and fails when one has failed.
result() {
  echo
  echo "$1: $passed passed, $failed failed"
  [ "$failed" = 0 ]
}

# Below the ports of outgoing connections, one of which could take it before it is used. bind fails on one that somebody has.
free_port() {
  python3 -c 'import random, socket; s = socket.socket(); s.bind(("127.0.0.1", random.randrange(10000, 27000))); print(s.getsockname()[1])' ||
    free_port
}

# Z: is the root directory in every Wine prefix.
win_path() {
  printf 'Z:%s' "${1//\//\\}"
}

# says CONDITION FILE -- is the Python condition true of the JSON in the file?
says() {
  cat "$2"
  python3 -c 'import json, sys; answer = json.load(sys.stdin); sys.exit(not eval(sys.argv[1]))' "$1" <"$2" 2>/dev/null
}

# until_true SECONDS COMMAND… -- asks again at once: starting a program under Wine is pause enough.
until_true() {
  local until=$((SECONDS + $1))
  shift
  while [ $SECONDS -lt $until ]; do
    ! "$@" || return 0
  done
  return 1
}

cli() {
  timeout 180 wine "$program_dir/bbdrop-cli.exe" "$@"
}

is_resident() {
  cli status --json >"$work/status" || true
  says 'answer["resident"] is True' "$work/status"
}

# value_is KEY NAME VALUE -- the default value has no name.
value_is() {
  local name=(/ve)
  [ -z "$2" ] || name=(/v "$2")
  wine reg query "$1" "${name[@]}" | tr -d '\r' | tee "$work/value"
  grep -qF "    $3" "$work/value" && grep -qF "REG_SZ    $3" "$work/value"
}

no_key() {
  ! wine reg query "$1" >/dev/null 2>&1
}

# What a user has changed of file types and verbs.
classes() {
  wine reg query 'HKCU\Software\Classes' /s 2>/dev/null | tr -d '\r' || true
}

# What 0.9 has left behind.
make_old_keys() {
  local name
  for name in UploadToImx UploadToImxGUI BBDrop; do
    wine reg add "HKCU\\Software\\Classes\\Directory\\shell\\$name\\command" /ve /d 'python.exe "C:\old\main.py" "%V"' /f
  done
}
