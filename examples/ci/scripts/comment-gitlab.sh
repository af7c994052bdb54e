#!/bin/sh
# Writes a comment on a merge request, or updates the one that begins with the same hidden line.
#   scripts/comment-gitlab.sh FILE, with GITLAB_TOKEN and what GitLab sets
set -eu

marker=$(head -n 1 "$1")
notes="$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes"
id=$(curl --fail --silent --show-error --header "PRIVATE-TOKEN: $GITLAB_TOKEN" "$notes?per_page=100" |
  jq --raw-output --arg marker "$marker" 'map(select(.body | startswith($marker)))[0].id // empty')
if [ -n "$id" ]; then
  method=PUT notes=$notes/$id
else
  method=POST
fi
jq --null-input --rawfile body "$1" '{ body: $body }' |
  curl --fail --silent --show-error --output /dev/null --request "$method" --header "PRIVATE-TOKEN: $GITLAB_TOKEN" \
    --header "Content-Type: application/json" --data-binary @- "$notes"
