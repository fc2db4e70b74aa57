#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# configure.sh SOURCE TREE: copies toybox to TREE, chooses the commands of applets.txt, writes its headers; prints the C files to compile.
set -euo pipefail
here=$1 tree=$2
rm -rf "$tree"
mkdir -p "$tree"
cp -r "$here"/{Config.in,Makefile,configure,kconfig,lib,main.c,scripts,toys,toys.h} "$tree"
cd "$tree"
export HOSTCC=cc CC=cc LC_ALL=C
{
    make allnoconfig
    for applet in TOYBOX TOYBOX_FLOAT TOYBOX_HELP TOYBOX_I18N $(sed 's/^#.*//' "$here/applets.txt" | tr a-z A-Z); do
        sed -i "s/^# CONFIG_$applet is not set/CONFIG_$applet=y/" .config
    done
    { yes '' || true; } | make oldconfig
    NOBUILD=1 scripts/make.sh
} > configure.log 2>&1 || { tail -5 configure.log >&2; exit 1; }
names=$(sed -n 's/^CONFIG_\([^=]*\)=y/\1/p' .config | tr A-Z a-z | paste -sd'|')
echo main.c lib/*.c
grep -lE "TOY\(($names)[ ,]" toys/*/*.c
