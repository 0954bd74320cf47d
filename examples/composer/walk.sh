#!/bin/sh
# Goes through every call of both APIs with curl: asks for composes, and does the work of their jobs as a worker would.
#
#   ./walk.sh [WORKER-API [COMPOSE-API]]
#
# Start the service before, and no worker: it would take the jobs. Shows each call with its answer, cut to $WIDTH characters,
# and stops at the first answer that is not as it should be.
set -eu

worker=${1:-http://127.0.0.1:8700/api/worker/v1}
compose=${2:-http://127.0.0.1:8701/api/image-builder-composer/v2}
arch=s390x
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
answer=$work/answer

# call STATUS METHOD URL [OPTION...]: a call that must be answered with this status
call() {
    expected=$1 method=$2 url=$3
    shift 3
    : >"$answer"
    status=$(curl --silent --show-error --noproxy '*' --max-time 60 \
        --output "$answer" --write-out '%{http_code}' --request "$method" "$@" "$url")
    echo "$status $method $url"
    if [ -s "$answer" ]; then
        # Not echo: some shells read backslashes in it.
        printf '    %s\n' "$(cut -c "1-${WIDTH:-160}" "$answer")"
    fi
    [ "$status" = "$expected" ] || fail "the status should be $expected"
}

# send STATUS METHOD URL JSON: a call with a body
send() {
    call "$1" "$2" "$3" --header 'Content-Type: application/json' --data-binary "$4"
}

# shows TEXT: the last answer has this in it
shows() {
    grep -qF "$1" "$answer" || fail "the answer should have $1"
}

# field NAME: the first text with this name in the last answer
field() {
    tr ',{' '\n\n' <"$answer" | sed -n 's/^"'"$1"'":"\([^"]*\)".*/\1/p' | head -n 1
}

fail() {
    echo "walk.sh: $1" >&2
    exit 1
}

part() {
    printf '\n# %s\n' "$1"
}

# take TYPE: a job of this type; $job is where to tell about it, $files where its files go
take() {
    send 201 POST "$worker/jobs" '{"types": ["'"$1"'"], "arch": "'$arch'", "worker_id": "'"$worker_id"'"}'
    # The answer has paths; they belong to the server that was asked.
    server=$(echo "$worker" | sed 's|^\([^:]*://[^/]*\).*|\1|')
    job=$server$(field location)
    files=$server$(field artifact_location)
}

image='{"architecture": "'$arch'", "image_type": "tar", "manifest": {"version": "2", "pipelines": []}, "exports": ["archive"]}'
built='{"success": true, "metadata": {"org.osbuild.tar": {"note": "not built at all"}}}'

part 'What the APIs tell about themselves'
call 200 GET "$worker/status"
call 200 GET "$worker/openapi"
call 200 GET "$worker/errors?size=2"
call 200 GET "$worker/errors/5"
call 200 GET "$compose/openapi"
call 200 GET "$compose/errors?size=2"
call 200 GET "$compose/errors/15"

part 'Somebody asks for an image'
send 201 POST "$compose/compose" '{"image_requests": ['"$image"']}'
id=$(field id)
call 200 GET "$compose/composes/$id"
shows '"status":"pending"'
call 200 GET "$compose/composes?size=1"
shows "$id"

part 'A worker registers, and tells that it lives'
send 201 POST "$worker/workers" '{"arch": "'$arch'", "name": "walk"}'
worker_id=$(field worker_id)
call 200 POST "$worker/workers/$worker_id/status"

part 'A worker asks for a job, tells that it is alive and how far it is, brings a file, and reports'
take osbuild
shows "$id"
call 200 GET "$job"
shows '"canceled":false'
send 200 PATCH "$job" '{"partial": {"message": "nearly there", "done": 9, "total": 10}}'
echo 'an image' >"$work/image.tar"
call 200 PUT "${files}image.tar" --upload-file "$work/image.tar"
call 200 GET "$compose/composes/$id"
shows '"status":"building","progress":{"message": "nearly there"'
send 200 PATCH "$job" '{"result": {"success": true, "osbuild_output": '"$built"'}}'

part 'The image is there'
call 200 GET "$compose/composes/$id"
shows '"status":"success"'
call 200 GET "$compose/composes/$id/logs"
call 200 GET "$compose/composes/$id/manifests"
call 200 GET "$compose/composes/$id/metadata"
shows 'not built at all'
call 200 GET "$compose/composes/$id/artifacts"
shows '"name":"image.tar","size":9'
call 200 GET "$compose/composes/$id/artifacts/image.tar"
call 206 GET "$compose/composes/$id/artifacts/image.tar" --header 'Range: bytes=3-'

part 'One for koji: koji-init, a build, koji-finalize; each job is given the results of those before'
koji='{"server": "https://koji.example.com/kojihub", "name": "image", "version": "1", "release": "1", "task_id": 1}'
send 201 POST "$compose/compose" '{"image_requests": ['"$image"'], "koji": '"$koji"'}'
koji_id=$(field id)
take koji-init
send 200 PATCH "$job" '{"result": {"build_id": 17, "token": "of koji"}}'
take osbuild-koji
shows '"dynamic_args":[{"build_id": 17'
send 200 PATCH "$job" '{"result": {"osbuild_output": '"$built"', "image_hash": "d41d8cd9", "image_size": 0}}'
take koji-finalize
send 200 PATCH "$job" '{"result": {}}'
call 200 GET "$compose/composes/$koji_id"
shows '"koji_status":{"build_id":17}'
shows '"status":"success"'
call 200 GET "$compose/composes/$koji_id/logs"

part 'Composes are deleted; the worker of one that is being built learns it at its next call'
call 200 DELETE "$compose/composes/$id"
call 200 DELETE "$compose/composes/$koji_id"
send 201 POST "$compose/compose" '{"image_requests": ['"$image"']}'
id=$(field id)
take osbuild
call 200 DELETE "$compose/composes/$id"
call 404 GET "$job"
send 404 PATCH "$job" '{"result": {}}'
call 404 GET "$compose/composes/$id"

part 'What is wrong is refused'
send 400 POST "$compose/compose" '{"image_requests": "none"}'
send 400 POST "$worker/jobs" '{"types": []}'
call 400 POST "$worker/workers/$koji_id/status"
call 405 DELETE "$worker/jobs"
call 404 GET "$worker/nothing"

printf '\nall is as it should be\n'
