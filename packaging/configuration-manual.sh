#!/bin/sh
# The manual page of the configuration: the commented configuration itself, so that there is one truth.
#   configuration-manual.sh CONFIGURATION
set -eu
cat <<'HEAD'
.TH SUPERTILE.YAML 5 "" "Supertile" "File formats"
.SH NAME
supertile.yaml \- configuration of supertile and supertiled
.SH DESCRIPTION
YAML. Every field is optional; the values below are the defaults, commented fields have none.
.B supertile run
and its sisters read the file that
.B \-\-config
names,
.BR supertiled (8)
reads
.IR /etc/supertile/supertile.yaml .
.B supertile check-config
checks it. What is not known is an error.
.SH FIELDS
.EX
HEAD
sed -e 's/\\/\\e/g' -e "s/^[.']/\\\\\&&/" -e 's/-/\\-/g' "$1"
cat <<'TAIL'
.EE
.SH SEE ALSO
.BR supertile (1),
.BR supertiled (8)
TAIL
