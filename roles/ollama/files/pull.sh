# Runs before the server starts, in a container of its own with the server's volume: brings the models that are declared and not there yet.
# Each argument is NAME, or NAME@DIGEST for a model that has to be this very one. What is there already is not asked for again, so a pod with a volume
# starts without a registry. Helm reads this text as a template: no double braces.
set -eu

ollama serve &
server=$!
trap 'kill "$server" 2>/dev/null || true' EXIT
until ollama list >/dev/null 2>&1; do
  kill -0 "$server" 2>/dev/null || { echo "ollama serve ended before it answered" >&2; exit 1; }
  sleep 1
done

# The first digits of the digest of a model; nothing where it is not there.
digits() {
  ollama list | while read -r name digits _; do
    if [ "$name" = "$1" ]; then echo "$digits"; fi
  done
}

wanted() {
  case $2 in "") return 1 ;; esac
  case $1 in "") return 0 ;; "$2"*) return 0 ;; *) return 1 ;; esac
}

for model in "$@"; do
  name=${model%%@*}
  digest=${model#"$name"}
  digest=${digest#@}
  digest=${digest#sha256:}
  case ${name##*/} in *:*) ;; *) name=$name:latest ;; esac
  if wanted "$digest" "$(digits "$name")"; then
    echo "$name is here"
    continue
  fi
  ollama pull "$name"
  found=$(digits "$name")
  if ! wanted "$digest" "$found"; then
    echo "$name is ${found:-not there} after the pull, and $digest is declared: the registry's tag has moved. Declare the new digest or another tag." >&2
    exit 1
  fi
done
