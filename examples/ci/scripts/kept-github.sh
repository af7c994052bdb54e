#!/bin/sh
# Keeps snapshots of who can do what with the release `grants`, which does not expire as artifacts do.
#   scripts/kept-github.sh last ENVIRONMENT    fetches what was kept last into the folder `last`
#   scripts/kept-github.sh keep ENVIRONMENT    keeps grants-ENVIRONMENT.json, under its date, too
set -eu

file="grants-$2.json"
if [ "$1" = last ]; then
  gh release view grants >/dev/null 2>&1 ||
    gh release create grants --title "Who can do what" --notes "Snapshots of every quarter, sealed by their digests."
  if gh release view grants --json assets --jq '.assets[].name' | grep -qx "$file"; then
    gh release download grants --pattern "$file" --dir last --clobber
  fi
else
  dated="grants-$2-$(date -u +%F).json"
  cp "$file" "$dated"
  gh release upload grants "$file" "$dated" --clobber
fi
