#!/bin/sh
# with-secrets.sh NAME COMMAND…: runs the command with the secrets of /secrets/NAME in its environment. They are kept
# in a volume, so that no secret stands in the compose file, in the image, or in what `docker inspect` shows.
set -eu
file=/secrets/$1
shift
[ -r "$file" ] || { echo "$file is not there: has the service 'secrets' run?" >&2; exit 1; }
set -a
. "$file"
set +a
exec "$@"
