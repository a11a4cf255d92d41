#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Make up the next layout of the maps, for tests of upgrades.

usage: next_layout.py HEADERS OUT

Members come in the middle of records, of counters and of what packets meet, one gets wider, and
the layout's number is the next one.
"""

import os
import re
import sys

# File, what is looked for, what takes its place.
CHANGES = (
    ("limits.h", r"#define VRXDP_LAYOUT (\d+)", lambda m: f"#define VRXDP_LAYOUT {int(m[1]) + 1}"),
    ("layout.h", r"_Static_assert\(sizeof\(struct \w+\) == \d+, \"same on both sides\"\);", ""),
    # What packets meet.
    ("layout.h", r"(struct vrxdp_iface \{\n\t__u32 router;\n)", r"\1\t__u32 next_hot;\n"),
    ("layout.h", r"(struct vrxdp_port \{\n)", r"\1\t__u64 next_hot;\n"),
    ("layout.h", r"(struct vrxdp_group \{\n)", r"\1\t__u32 next_group;\n"),
    ("layout.h", r"(struct vrxdp_underway \{\n)", r"\1\t__u64 next_underway;\n"),
    ("layout.h", r"(struct vrxdp_frame_underway \{\n)", r"\1\t__u64 next_frame;\n"),
    # Counters.
    ("layout.h", r"(struct vrxdp_port_counters \{\n.*\n)", r"\1\t__u64 next_count;\n"),
    ("layout.h", r"(struct vrxdp_iface_counters \{\n.*\n)", r"\1\t__u64 next_count;\n"),
    ("layout.h", r"(struct vrxdp_router_counters \{\n.*\n)", r"\1\t__u64 next_count;\n"),
    ("layout.h", r"(struct vrxdp_group_counts \{\n.*\n)", r"\1\tstruct vrxdp_count next_count;\n"),
    ("layout.h", r"(struct vrxdp_group_member \{\n)", r"\1\t__u64 next_member;\n"),
    # Records.
    ("records.h", r"(struct vrxdp_port_conf \{\n.*\n)", r"\1\t__u64 next_conf;\n"),
    ("records.h", r"(struct vrxdp_iface_conf \{\n.*\n)", r"\1\t__u64 next_conf;\n"),
    ("records.h", r"(struct vrxdp_router_rec \{\n)", r"\1\t__u64 next_rec;\n"),
    ("records.h", r"(struct vrxdp_device_rec \{\n.*\n)", r"\1\t__u64 next_device;\n"),
    ("records.h", r"(struct vrxdp_undo_rec \{\n.*\n)", r"\1\t__u64 next_undo;\n"),
    ("records.h", r"(struct vrxdp_meta \{\n.*\n)", r"\1\t__u64 next_meta;\n"),
    ("records.h", r"__u8 mode; (.*as attached)", r"__u32 mode; \1"),
)


def main(headers, out):
    texts = {}
    for name in os.listdir(headers):
        with open(os.path.join(headers, name), encoding="utf-8") as f:
            texts[name] = f.read()
    for name, pattern, becomes in CHANGES:
        texts[name], count = re.subn(pattern, becomes, texts[name])
        if not count:
            sys.exit(f"next_layout.py: {name}: nothing is like {pattern}")
    for name, text in texts.items():
        with open(os.path.join(out, name), "w", encoding="utf-8") as f:
            f.write(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
