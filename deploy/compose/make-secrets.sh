#!/bin/sh
# Makes what the containers of the stack share and nobody else may know, once: what is there stays.
#
#   make-secrets.sh DIR [BROKER_DIR]
#
# DIR         http-token and grafana-password; with BROKER_DIR also ca.pem, kafka-password and
#             registry-jaas for Kafka's clients
# BROKER_DIR  keystore.p12, keystore-password and jaas for the broker: TLS and SASL (docker-compose.tls.yml)
#
# Needs a Java runtime for keytool, with BROKER_DIR only.
set -eu

dir=${1:?name the directory of the secrets}
broker=${2:-}

secret() { # bytes
  od -An -v -tx1 -N "$1" /dev/urandom | tr -d ' \n'
}

# Other containers read these under other users; the directories are volumes that nobody else mounts.
replace() { # file; the content comes on standard input
  cat >"$1.new"
  chmod 0444 "$1.new"
  mv -f "$1.new" "$1"
}

keep() { # file; the content comes on standard input
  if [ -s "$1" ]; then
    cat >/dev/null
  else
    replace "$1"
  fi
}

secret 32 | keep "$dir/http-token"
secret 16 | keep "$dir/grafana-password"
[ -n "$broker" ] || exit 0

# One of the two volumes may have been deleted: what follows from the password is written each time.
secret 24 | keep "$dir/kafka-password"
password=$(cat "$dir/kafka-password")
login="org.apache.kafka.common.security.plain.PlainLoginModule required username=\"perceive\" password=\"$password\""
printf '%s user_perceive="%s";' "$login" "$password" | replace "$broker/jaas"
printf '%s;' "$login" | replace "$dir/registry-jaas"

secret 16 | keep "$broker/keystore-password"
if [ ! -s "$broker/keystore.p12" ] || [ ! -s "$dir/ca.pem" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  store() {
    keytool -J-XX:TieredStopAtLevel=1 -keystore "$work/broker.p12" -storetype PKCS12 -storepass:file "$broker/keystore-password" "$@" 2>"$work/log" ||
      { cat "$work/log" >&2; exit 1; }
  }
  # The authority signs one certificate; then its own key is thrown away.
  store -genkeypair -alias ca -keyalg EC -groupname secp256r1 -validity 825 -dname "CN=Perceive-IR trial stack" \
    -ext bc:c=ca:true,pathlen:0 -ext ku:c=keyCertSign
  store -genkeypair -alias broker -signer ca -keyalg EC -groupname secp256r1 -validity 825 -dname "CN=kafka" \
    -ext san=dns:kafka,dns:localhost,ip:127.0.0.1 -ext eku=serverAuth -ext ku:c=digitalSignature
  store -exportcert -rfc -alias ca >"$work/ca.pem"
  store -delete -alias ca
  rm -f "$broker/keystore.p12" "$dir/ca.pem"
  keep "$broker/keystore.p12" <"$work/broker.p12"
  keep "$dir/ca.pem" <"$work/ca.pem"
fi
