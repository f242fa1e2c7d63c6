#!/usr/bin/env bash
# Shows what a group that cannot work does to the others: two of the three replicas of one shard group are
# made mute, while clients write to another group and a watch over all keys hears of a third one.
#
# Keys below "b" are the root group's, from "b" to "c" those of group 1, which is hurt, from "c" on those of
# group 2. Said are the gaps in the writes to group 2 (quiet, event, return: as bench failover says them), the
# latency of the watch over everything from before the event until after it, whether group 1 refuses
# writes and answers reads meanwhile, and how long after the event it takes writes again.
#
#   dead-group.sh [--base-port 23790] [--seconds 10] [--watch-rate 200] [--warm 20] [--binary PATH]
#                 [-- MORE FLAGS OF flotilla bench failover]
#
# BENCH names the harness's command, as failover.sh finds it. Replicas are made mute by the file that
# -Dflotilla.fault.mute names (docs/testing.md). Needs etcdctl. Before all that, writes to groups 0 and 2 and
# a watch run for --warm seconds unmeasured: servers that have just started compile what they run. Takes
# about a minute and a half as it is.
set -euo pipefail

here=$(cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")" && pwd)
cluster="$here/cluster.sh"
flotilla="$here/../deploy/target/flotilla/bin/flotilla"

base_port=23790 seconds=10 watch_rate=200 warm=20
while [ $# -gt 0 ]; do
  case "$1" in
    --base-port) base_port=$2 ;;
    --seconds) seconds=$2 ;;
    --watch-rate) watch_rate=$2 ;;
    --warm) warm=$2 ;;
    --binary) flotilla=$2 ;;
    --)
      shift
      break
      ;;
    *)
      sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//;p}' "${BASH_SOURCE[0]}"
      exit 2
      ;;
  esac
  shift 2
done
command -v etcdctl >/dev/null || {
  echo "dead-group.sh: needs etcdctl on PATH" >&2
  exit 1
}

directory=$(mktemp -d "${TMPDIR:-/tmp}/dead-group.XXXXXX")
trap 'rm -rf "$directory"' EXIT
trap 'exit 130' INT TERM
export ETCDCTL_API=3 SECONDS_DEAD=$seconds WATCH_RATE=$watch_rate WARM=$warm MUTE="$directory/mute" BENCH="${BENCH:-$flotilla bench}"
export FLOTILLA_JAVA_OPTS="${FLOTILLA_JAVA_OPTS:-} -Dflotilla.fault.mute=$MUTE"

cat >"$directory/hurt" <<'HURT'
printf 'm0 1\nm1 1\n' >"$MUTE"
echo "group 1 is mute on two of three members"
HURT

# The last write of a group that dies may still be acknowledged: a moment later none is.
cat >"$directory/probe" <<'PROBE'
sleep 3
if etcdctl --endpoints "$CLUSTER_ENDPOINTS" --command-timeout=3s put b/dead x >/dev/null 2>&1; then
  echo "NOT DEAD: group 1 took a write"
  exit 1
fi
echo "group 1 takes no write"
if etcdctl --endpoints "$CLUSTER_ENDPOINTS" --command-timeout=5s get b/before | grep -q alive; then
  echo "group 1 answers a linearizable read"
else
  echo "NO READ: group 1 does not answer a linearizable read"
  exit 1
fi
PROBE

cat >"$directory/heal" <<'HEAL'
rm -f "$MUTE"
from=$(date +%s%N)
for try in $(seq 60); do
  if etcdctl --endpoints "$CLUSTER_ENDPOINTS" --command-timeout=1s put b/after x >/dev/null 2>&1; then
    echo "group 1 takes writes again after $((($(date +%s%N) - from) / 1000000)) ms"
    exit 0
  fi
done
echo "NOT ALIVE: group 1 takes no write"
exit 1
HEAL

# shellcheck disable=SC2016
story='
  read -ra bench <<<"$BENCH"
  directory=$1
  shift
  etcdctl --endpoints "$CLUSTER_ENDPOINTS" put b/before alive >/dev/null
  "${bench[@]}" put --quiet --prefix c/ --clients 16 --warmup 0 --duration "$WARM" \
    --endpoints "$CLUSTER_ENDPOINTS" >/dev/null &
  writing=$!
  "${bench[@]}" watch --quiet --everything --prefix a/ --watchers 4 --streams 2 --rate "$WATCH_RATE" --warmup 0 \
    --duration "$WARM" --endpoints "$CLUSTER_ENDPOINTS" >/dev/null
  wait "$writing"
  "${bench[@]}" watch --quiet --everything --prefix a/ --watchers 4 --streams 2 --rate "$WATCH_RATE" --warmup 1 \
    --duration $((SECONDS_DEAD + 14)) --endpoints "$CLUSTER_ENDPOINTS" >"$directory/watch" 2>&1 &
  watching=$!
  result=0
  "${bench[@]}" failover --rounds 1 --rate 300 --clients 6 --prefix c/ --warmup 2 --quiet-time 4 \
    --hold "$SECONDS_DEAD" --settle 4 --endpoints "$CLUSTER_ENDPOINTS" \
    --event-command "bash \"$directory/hurt\" && bash \"$directory/probe\"" \
    --restore-command "bash \"$directory/heal\"" "$@" || result=1
  wait "$watching" || result=1
  printf "\n== watch over all keys, writes to the root group, over the same time\n"
  cat "$directory/watch"
  exit "$result"'
"$cluster" run --kind flotilla --nodes 3 --base-port "$base_port" --minutes 20 --binary "$flotilla" \
  --flag --initial-shards=b,c -- bash -c "$story" bash "$directory" "$@"
