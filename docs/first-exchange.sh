#!/bin/sh
# A hospital's first exchange, from an empty data folder to a proof that a stranger checks offline.
# Needs: the `gateway` command, curl, and what `gateway facility add` prints. docs/first-exchange.md walks through it.
# PORT=8081 docs/first-exchange.sh takes another port than 8080.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
server=
stop() { if [ -n "$server" ]; then kill "$server" 2>/dev/null && wait "$server" || :; server=; fi; }
trap 'stop; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
say() { printf '\n== %s\n' "$*"; }

say "1. An empty data folder, and one facility"
export GATEWAY_DATA_DIR="$work/data" GATEWAY_BIND="127.0.0.1:${PORT:-8080}"
url="http://$GATEWAY_BIND"
umask 077  # what `facility add` prints holds a private key
gateway facility add 79001 --name "Phòng xét nghiệm Thử" --basis "patient's written request" > "$work/facility.json"
echo "registered 79001"

say "2. The gateway"
gateway serve 2> "$work/serve.log" & server=$!
curl --silent --show-error --fail --retry 60 --retry-delay 1 --retry-connrefused "$url/health/ready" 2> "$work/waiting.log"
echo

say "3. A token, as any SMART Backend Services client gets it"
token=$(gateway facility token 79001 --key "$work/facility.json" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
printf 'Authorization: Bearer %s\n' "$token" > "$work/bearer"  # a file: arguments are seen by every user of the machine
echo "got one"

say "4. A laboratory's HL7 v2 message, as it is"
curl --silent --show-error --fail-with-body --header "@$work/bearer" --header "Content-Type: x-application/hl7-v2+er7" \
    --data-binary @adapters/hl7v2/samples/lab-hematology.hl7 "$url/facilities/79001/payloads" > "$work/taken.json"
cat "$work/taken.json"
exchange=$(sed 's/.*"exchanges":\[{"id":"\([^"]*\)".*/\1/' "$work/taken.json")

say "5. What became of it"
tries=30
while :; do
    curl --silent --show-error --fail-with-body --header "@$work/bearer" "$url/exchanges/$exchange" > "$work/exchange.json"
    status=$(sed 's/^{"id":"[^"]*","facility":"[^"]*","status":"\([a-z]*\)".*/\1/' "$work/exchange.json")
    case $status in kept | delivered | held | failed | refused) break ;; esac
    tries=$((tries - 1)); [ "$tries" -gt 0 ]; sleep 1
done
echo "exchange $exchange is $status"

say "6. The citizen's results, by citizen id"
curl --silent --show-error --fail-with-body --header "@$work/bearer" --get "$url/fhir/Observation" \
    --data-urlencode "patient.identifier=http://fhir.hl7.org.vn/core/sid/cccd|001090000001" > "$work/found.json"
echo "$(grep -o '"mode":"match"' "$work/found.json" | wc -l) results"

say "7. The evidence, and the gateway's public trust file"
curl --silent --show-error --fail-with-body --header "@$work/bearer" "$url/exchanges/$exchange/evidence" > "$work/evidence.json"
gateway key export --output "$work/trust.json"
echo "saved"

say "8. Years later: no gateway, no database, no network; three files in an empty folder"
stop
rm -rf "$GATEWAY_DATA_DIR"
mkdir "$work/years-later"
cp "$work/evidence.json" "$work/trust.json" "$work/years-later"
cd "$work/years-later"
sed 's/"value":142,/"value":143,/' evidence.json > forged.json
if cmp -s evidence.json forged.json; then echo "no digit was changed" >&2; exit 1; fi
# Without a network where this user may make a place that has none.
if unshare --user --map-root-user --net true 2> /dev/null; then alone="unshare --user --map-root-user --net"; else alone=; fi
judge() { # judge VERDICT CODE COMMAND…
    expected="$1, exit $2"; shift 2
    code=0; $alone env -i PATH="$PATH" "$@" > "$work/verdict.json" || code=$?
    said="$(sed 's/^{"source":"[^"]*","verdict":"\([a-z]*\)".*/\1/' "$work/verdict.json"), exit $code"
    echo "$said: $*"; [ "$said" = "$expected" ]
}
judge valid 0 gateway verify --trust trust.json evidence.json
judge invalid 1 gateway verify --trust trust.json forged.json
judge unverifiable 3 gateway verify evidence.json
