#!/bin/sh
# The report is tested in a real browser. Where there is none and we may install one (root, apt), do; else those tests skip and say so.
command -v chromium >/dev/null 2>&1 && exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 || exit 0
apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq --no-install-recommends chromium fonts-noto-cjk >/dev/null 2>&1 || true
