#!/bin/sh
# Keeps snapshots of who can do what in the package registry of the project, which does not expire as artifacts do.
#   scripts/kept-gitlab.sh last ENVIRONMENT    fetches what was kept last into the folder `last`
#   scripts/kept-gitlab.sh keep ENVIRONMENT    keeps grants-ENVIRONMENT.json, under its date, too
set -eu

file="grants-$2.json"
packages="$CI_API_V4_URL/projects/$CI_PROJECT_ID/packages/generic/grants"
call() { curl --silent --show-error --header "JOB-TOKEN: $CI_JOB_TOKEN" "$@"; }
if [ "$1" = last ]; then
  mkdir -p last
  status=$(call --output "last/$file" --write-out '%{http_code}' "$packages/0.0.0/$file")
  case $status in
  200) ;;
  404) rm -f "last/$file" ;; # nothing was kept before
  *) echo "what was kept last cannot be fetched: status $status" >&2 && exit 1 ;;
  esac
else
  call --fail --output /dev/null --upload-file "$file" "$packages/0.0.0/$file"
  call --fail --output /dev/null --upload-file "$file" "$packages/$(date -u +%Y.%-m.%-d)/$file"
fi
