#!/bin/sh
# Checks the dashboards against the types that Grafana publishes. For whoever changes a dashboard; needs
# Node.js with npm, and fetches @grafana/schema and TypeScript into a directory that it deletes again.
set -eu
here=$(cd "$(dirname "$0")" && pwd -P)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm install --silent --no-audit --no-fund --prefix "$work" @grafana/schema@13.2.3 typescript@5.9.3
for board in "$here"/dashboards/*.json; do
  {
    echo "import type { Dashboard } from '@grafana/schema';"
    # JSON has the values of enumerations, not their names.
    # shellcheck disable=SC2016 # TypeScript's template, not the shell's
    echo 'type Plain<T> = T extends string ? `${T}` : T extends number | boolean | null | undefined ? T : T extends (infer U)[] ? Plain<U>[] : T extends object ? { [K in keyof T]: Plain<T[K]> } : T;'
    printf 'export const board = %s satisfies Plain<Dashboard>;\n' "$(cat "$board")"
  } >"$(basename "$board" .json).ts"
done
npx tsc --noEmit --strict --skipLibCheck --module esnext --moduleResolution bundler --target es2022 ./*.ts
echo "the dashboards have the types of @grafana/schema 13.2.3"
