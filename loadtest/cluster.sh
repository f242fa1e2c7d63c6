#!/usr/bin/env bash
# Starts, hurts and stops a cluster of etcd or of Flotilla on 127.0.0.1, for measurements and tests.
#
#   cluster.sh up DIR [--kind flotilla|etcd] [--nodes 3] [--base-port 23790] [--binary PATH]
#                     [--minutes 60] [--flag SERVER-FLAG]... [-- MORE SERVER FLAGS]
#   cluster.sh kill DIR N        kill -9 of member N (from 0)
#   cluster.sh term DIR N        SIGTERM, waits until it has gone
#   cluster.sh pause DIR N       SIGSTOP
#   cluster.sh resume DIR N      SIGCONT
#   cluster.sh start DIR N       starts member N again on its data
#   cluster.sh leader DIR        prints the number of the member that leads
#   cluster.sh endpoints DIR     prints HOST:PORT,... for --endpoints
#   cluster.sh pids DIR          prints PID,... for --server-pid
#   cluster.sh status DIR        prints a line for each member
#   cluster.sh down DIR          stops all and removes DIR
#   cluster.sh run [FLAGS OF up] -- COMMAND...   up in a new directory, COMMAND, down
#
# Member N listens for clients at BASE+2N and for its peers at BASE+2N+1. `up` returns when every
# member serves. DIR must not exist. After --minutes everything is stopped and DIR is removed, whoever
# forgot it. COMMAND finds CLUSTER_DIR, CLUSTER_ENDPOINTS and CLUSTER_PIDS.
#
# The binary is found as --binary, else for etcd on PATH, else for Flotilla in the built folder of this
# checkout (mvn package). FLOTILLA_JAVA_OPTS reaches Flotilla's members.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
start_seconds=60

fail() {
  echo "cluster.sh: $*" >&2
  exit 1
}

usage() {
  sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
  exit "${1:-2}"
}

client_port() { echo $((base_port + 2 * $1)); }
peer_port() { echo $((base_port + 2 * $1 + 1)); }

# Reads what `up` wrote about the cluster in $dir.
load() {
  dir=$(readlink -f "$1")
  [ -f "$dir/cluster" ] || fail "$1 is no directory of a cluster"
  # shellcheck source=/dev/null
  . "$dir/cluster"
}

member() { # checks a member's number
  [[ "${1:-}" =~ ^[0-9]+$ ]] && [ "$1" -lt "$nodes" ] ||
    fail "members are numbered 0 to $((nodes - 1)), not \"${1:-}\""
}

# The process id of member $1, if it runs. A process that does not name our directory is not ours.
pid_of() {
  local pid
  pid=$(cat "$dir/$1.pid" 2>/dev/null) || return 0
  if [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -qF -- "$dir/data$1"; then
    echo "$pid"
  fi
}

start_member() {
  local n=$1 i initial='' flags=() state=new
  [ -z "$(pid_of "$n")" ] || fail "member $n runs already"
  [ -e "$dir/data$n" ] && state=existing
  for ((i = 0; i < nodes; i++)); do
    initial+="${initial:+,}m$i=http://127.0.0.1:$(peer_port "$i")"
  done
  flags=(--name "m$n" --data-dir "$dir/data$n"
    --listen-client-urls "http://127.0.0.1:$(client_port "$n")"
    --advertise-client-urls "http://127.0.0.1:$(client_port "$n")"
    --listen-peer-urls "http://127.0.0.1:$(peer_port "$n")"
    --initial-advertise-peer-urls "http://127.0.0.1:$(peer_port "$n")"
    --initial-cluster "$initial" --initial-cluster-token "$token"
    --initial-cluster-state "$state")
  [ "$kind" = flotilla ] && flags=(server "${flags[@]}")
  flags+=("${more[@]}")
  setsid "$binary" "${flags[@]}" >>"$dir/log$n" 2>&1 </dev/null &
  echo $! >"$dir/$n.pid"
  disown
}

http() { # body of http://127.0.0.1:$1$2, or nothing
  curl -sf --max-time 2 "http://127.0.0.1:$1$2" 2>/dev/null || true
}

serves() {
  case "$(http "$(client_port "$1")" /health)" in
    *'"health":"true"'*) return 0 ;;
    *) return 1 ;;
  esac
}

await_member() {
  local n=$1 tries
  for ((tries = 0; tries < start_seconds * 5; tries++)); do
    serves "$n" && return 0
    [ -n "$(pid_of "$n")" ] || {
      tail -n 20 "$dir/log$n" >&2
      fail "member $n ended"
    }
    sleep 0.2
  done
  tail -n 20 "$dir/log$n" >&2
  fail "member $n does not serve after $start_seconds s"
}

stop_all() {
  local n pid tries
  for ((n = 0; n < nodes; n++)); do
    pid=$(pid_of "$n")
    [ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true
  done
  for ((n = 0; n < nodes; n++)); do
    for ((tries = 0; tries < 50; tries++)); do
      [ -n "$(pid_of "$n")" ] || break
      sleep 0.1
    done
  done
}

up() {
  dir=$1
  shift
  kind=flotilla nodes=3 base_port=23790 binary='' minutes=60 more=()
  while [ $# -gt 0 ]; do
    case "$1" in
      --kind) kind=$2 ;;
      --nodes) nodes=$2 ;;
      --base-port) base_port=$2 ;;
      --binary) binary=$2 ;;
      --minutes) minutes=$2 ;;
      --flag) more+=("$2") ;;
      --)
        shift
        more+=("$@")
        break
        ;;
      *) fail "unknown option $1" ;;
    esac
    shift 2
  done
  case "$kind" in
    etcd) binary=${binary:-$(command -v etcd || true)} ;;
    flotilla) binary=${binary:-$here/../deploy/target/flotilla/bin/flotilla} ;;
    *) fail "--kind is flotilla or etcd, not \"$kind\"" ;;
  esac
  [ -x "$binary" ] || fail "no program for --kind $kind at \"$binary\": build it or give --binary"
  [ ! -e "$dir" ] || fail "$dir exists"
  local n
  for ((n = 0; n < 2 * nodes; n++)); do
    if (exec 3<>"/dev/tcp/127.0.0.1/$((base_port + n))") 2>/dev/null; then
      fail "port $((base_port + n)) is in use: give another --base-port"
    fi
  done
  mkdir -p "$dir"
  dir=$(readlink -f "$dir")
  token=$(basename "$dir")-$base_port
  {
    printf '%s=%q\n' kind "$kind" nodes "$nodes" base_port "$base_port" binary "$binary" token "$token"
    echo "more=(${more[*]@Q})"
  } >"$dir/cluster"
  trap down EXIT
  trap 'exit 130' INT TERM
  setsid "${BASH_SOURCE[0]}" watchdog "$dir" "$minutes" >/dev/null 2>&1 </dev/null &
  echo $! >"$dir/watchdog.pid"
  disown
  for ((n = 0; n < nodes; n++)); do start_member "$n"; done
  for ((n = 0; n < nodes; n++)); do await_member "$n"; done
  trap - EXIT INT TERM
}

down() {
  local watchdog
  stop_all
  watchdog=$(cat "$dir/watchdog.pid" 2>/dev/null || true)
  if [ -n "$watchdog" ] && tr '\0' ' ' <"/proc/$watchdog/cmdline" 2>/dev/null | grep -qF -- "watchdog $dir"; then
    kill -- "-$watchdog" 2>/dev/null || true
  fi
  rm -rf "$dir"
}

leader() { # by the gauge that both servers have
  local n
  for ((n = 0; n < nodes; n++)); do
    if http "$(client_port "$n")" /metrics | grep -q '^etcd_server_is_leader 1'; then
      echo "$n"
      return 0
    fi
  done
  fail "no member leads"
}

status() {
  local n pid state
  for ((n = 0; n < nodes; n++)); do
    pid=$(pid_of "$n")
    state=stopped
    [ -n "$pid" ] && state="process $pid"
    serves "$n" && state+=", serves"
    echo "$n: 127.0.0.1:$(client_port "$n"): $state"
  done
}

list() { # the lines of its input with commas
  paste -sd, -
}

endpoints() {
  local n
  for ((n = 0; n < nodes; n++)); do echo "127.0.0.1:$(client_port "$n")"; done | list
}

pids() {
  local n
  for ((n = 0; n < nodes; n++)); do pid_of "$n"; done | list
}

run() {
  local flags=() result=0
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    flags+=("$1")
    shift
  done
  [ $# -gt 1 ] || fail "run needs -- and a command"
  shift
  up "$(mktemp -u "${TMPDIR:-/tmp}/cluster.XXXXXX")" "${flags[@]}"
  trap down EXIT
  trap 'exit 130' INT TERM
  CLUSTER_DIR=$dir CLUSTER_ENDPOINTS=$(endpoints) CLUSTER_PIDS=$(pids) "$@" || result=$?
  exit "$result"
}

[ $# -gt 0 ] || usage
command=$1
shift
case "$command" in
  help | --help | -h) usage 0 ;;
  run) run "$@" ;;
  up)
    [ $# -gt 0 ] || usage
    up "$@"
    ;;
  watchdog)
    sleep "$(($2 * 60))"
    load "$1"
    stop_all
    rm -rf "$dir"
    ;;
  kill | term | pause | resume | start)
    [ $# -eq 2 ] || usage
    load "$1"
    member "$2"
    if [ "$command" = start ]; then
      start_member "$2"
      exit 0
    fi
    pid=$(pid_of "$2")
    [ -n "$pid" ] || fail "member $2 does not run"
    case "$command" in
      kill) kill -KILL "$pid" ;;
      pause) kill -STOP "$pid" ;;
      resume) kill -CONT "$pid" ;;
      term)
        kill -TERM "$pid"
        for ((tries = 0; tries < 300; tries++)); do
          [ -n "$(pid_of "$2")" ] || exit 0
          sleep 0.1
        done
        fail "member $2 has not stopped after 30 s"
        ;;
    esac
    ;;
  leader | endpoints | pids | status | down)
    [ $# -eq 1 ] || usage
    load "$1"
    "$command"
    ;;
  *) usage ;;
esac
