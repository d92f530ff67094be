#!/bin/sh
# /usr/local/bin/incident: the command line with the settings of the server
set -a
. /etc/incident/environment
exec /opt/incident/incident "$@"
