# SPDX-License-Identifier: GPL-2.0-only
#
# make help    what can be made
# V=1          print the commands
# OUTPUT=DIR   build there instead of .output
# WERROR=      warnings stay warnings
# CROSS_COMPILE=aarch64-linux-gnu- SYSROOT=DIR OUTPUT=DIR
#              build for another machine, whose headers and libraries are in SYSROOT (scripts/cross)

MAKEFLAGS += -r
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := all

OUTPUT := .output
override OUTPUT := $(patsubst %/,%,$(OUTPUT))
VERSION := $(shell cat VERSION)

CROSS_COMPILE ?=
ifeq ($(origin CC),default)
CC := $(CROSS_COMPILE)gcc
endif
ifeq ($(origin AR),default)
AR := $(CROSS_COMPILE)ar
endif
CLANG ?= clang
PKG_CONFIG ?= pkg-config
multiarch := $(shell $(CC) -print-multiarch 2>/dev/null)

# Where the compilers and pkg-config look: in the sysroot and nowhere else.
SYSROOT ?=
ifneq ($(SYSROOT),)
override SYSROOT := $(abspath $(SYSROOT))
pkg_config := PKG_CONFIG_SYSROOT_DIR=$(SYSROOT) \
	PKG_CONFIG_LIBDIR=$(SYSROOT)/usr/lib/$(multiarch)/pkgconfig $(PKG_CONFIG)
override CC += --sysroot=$(SYSROOT)
# Only the linker takes clang's runtime from there: its headers are those of this machine's clang.
clang_flags := --sysroot=$(SYSROOT) $(if $(CROSS_COMPILE),--target=$(CROSS_COMPILE:%-=%))
clang_libs := $(addprefix -resource-dir=,$(lastword $(wildcard $(SYSROOT)/usr/lib/llvm-*/lib/clang/*)))
else
pkg_config := $(PKG_CONFIG)
endif
# bpftool lives in /usr/sbin, which isn't everybody's PATH.
BPFTOOL ?= $(shell PATH="$$PATH:/usr/sbin:/sbin" command -v bpftool || echo bpftool)
PREFIX ?= /usr/local

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
MAKEFLAGS += --no-print-directory
say = @printf '  %-8s %s\n' $(1) $(patsubst $(OUTPUT)/%,%,$(2))
endif

# ---- flags ------------------------------------------------------------------

WERROR ?= -Werror
warnings := -Wall -Wextra -Wshadow -Wconversion -Wsign-conversion -Wstrict-prototypes \
	-Wmissing-prototypes -Wold-style-definition -Wformat=2 -Wundef -Wwrite-strings -Wvla \
	$(WERROR)

packages := libbpf libelf zlib libmnl json-c ncursesw tinfo libcap
CFLAGS ?= -O2 -g
user_flags := -std=gnu11 $(warnings) -D_GNU_SOURCE -DVRXDP_VERSION='"$(VERSION)"' \
	-Iheaders -Iuser -I$(OUTPUT) $(shell $(pkg_config) --cflags $(packages))
plain_flags := -fstack-protector-strong -D_FORTIFY_SOURCE=2 $(CFLAGS)
asan_flags := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
fuzz_flags := $(asan_flags)
user_libs := $(shell $(pkg_config) --libs $(packages))
test_flags := -I.
test_libs := $(shell $(pkg_config) --libs cmocka)

# BPF_PROG() names every argument of a tracepoint, used or not.
# clang -target bpf knows no multiarch directory, where <asm/types.h> lives.
bpf_flags := -target bpf -mcpu=v3 -std=gnu11 -g -O2 $(warnings) -Wno-missing-prototypes \
	-Wno-unused-parameter -Iheaders -Ibpf \
	$(if $(SYSROOT),-nostdlibinc -idirafter $(SYSROOT)/usr/include) \
	$(if $(multiarch),-idirafter $(SYSROOT)/usr/include/$(multiarch))

# ---- sources ----------------------------------------------------------------

# Programs of the tests: $(call tests_in,unit)
tests_in = $(filter-out %.bpf.c,$(wildcard tests/$(1)/*.c))

bpf_src := $(wildcard bpf/*.bpf.c)
user_src := $(wildcard user/*.c)
core_src := $(filter-out user/main.c,$(user_src))
lib_bpf_src := $(wildcard tests/lib/*.bpf.c)

skels := $(bpf_src:%.bpf.c=$(OUTPUT)/%.skel.h)
lib_skels := $(lib_bpf_src:%.bpf.c=$(OUTPUT)/%.skel.h)
binary := $(OUTPUT)/vrxdp
docgen := $(OUTPUT)/docgen
tool_src := $(wildcard tools/*.c)
# What the tests upgrade to: other programs, and another layout of the maps.
other_builds := $(OUTPUT)/other/vrxdp $(OUTPUT)/next/vrxdp

user_obj := $(user_src:%.c=$(OUTPUT)/%.o)
prog_obj := $(patsubst %.c,$(OUTPUT)/%.o,$(call tests_in,prog))
lib_obj := $(patsubst %.c,$(OUTPUT)/%.o,$(call tests_in,lib))
asan_core_obj := $(core_src:%.c=$(OUTPUT)/asan/%.o)
unit_obj := $(patsubst %.c,$(OUTPUT)/asan/%.o,$(call tests_in,unit))
tool_obj := $(tool_src:%.c=$(OUTPUT)/%.o)
fuzz_core_obj := $(core_src:%.c=$(OUTPUT)/fuzz/%.o)
fuzz_obj := $(patsubst %.c,$(OUTPUT)/fuzz/%.o,$(call tests_in,fuzz))
bpf_obj := $(patsubst %.c,$(OUTPUT)/%.o,$(bpf_src) $(lib_bpf_src))

unit_programs := $(patsubst %.c,$(OUTPUT)/%,$(call tests_in,unit))
prog_programs := $(patsubst %.c,$(OUTPUT)/%,$(call tests_in,prog))
fuzz_programs := $(patsubst %.c,$(OUTPUT)/%,$(call tests_in,fuzz))
lib_programs := $(patsubst tests/lib/%.c,$(OUTPUT)/tests/%,$(call tests_in,lib))

host_obj := $(user_obj) $(prog_obj) $(lib_obj) $(asan_core_obj) $(unit_obj) $(fuzz_core_obj) \
	$(fuzz_obj) $(tool_obj)

# What tools/docgen makes of a template, FILE.in: committed, so that installing needs no more
# than the program, which may be for another machine.
generated := docs/vrxdp.8 docs/vrxdp.conf.5 dist/vrxdp.bash

# ---- main targets -----------------------------------------------------------

.PHONY: all tests
all: $(binary) ## the program, .output/vrxdp (default)
tests: $(unit_programs) $(prog_programs) $(fuzz_programs) $(lib_programs) $(other_builds) ## the tests' programs

# scripts/check builds with this Makefile's `all` and `tests`, and runs every suite.
.PHONY: check check-unit check-install check-prog check-net check-fuzz check-long
check: ## everything: set up, build, all suites (same as scripts/check; root)
	+$(Q)OUTPUT=$(OUTPUT) scripts/check
check-unit: $(unit_programs) ## unit tests under ASan and UBSan
check-install: $(binary) ## make install, man pages, completion, units
check-prog: $(prog_programs) $(binary) ## BPF programs over BPF_PROG_TEST_RUN (root)
check-net: $(binary) $(lib_programs) $(other_builds) ## namespaces with real stacks (root)
check-fuzz: $(fuzz_programs) ## each libFuzzer target for FUZZ_SECONDS (20)
check-unit check-install check-prog check-net check-fuzz:
	$(Q)OUTPUT=$(OUTPUT) scripts/run-tests $(@:check-%=%)

check-long: $(binary) $(lib_programs) $(other_builds) ## check-net with every case that it takes a sample of (root)
	$(Q)VRXDP_LONG=1 OUTPUT=$(OUTPUT) scripts/run-tests net

.PHONY: check-vm vm
vm_needs := $(binary) $(prog_programs) $(lib_programs) $(other_builds)
check-vm: $(vm_needs) ## SUITES on Debian's kernels 6.1 and 6.12 with emulated NICs, in virtual machines (scripts/vm)
	$(Q)OUTPUT=$(OUTPUT) scripts/vm check $(SUITES)
vm: $(vm_needs) ## a shell in one of them
	$(Q)OUTPUT=$(OUTPUT) scripts/vm shell

.PHONY: check-cross
check-cross: $(skels) ## a build for arm64 on another machine; tests that need no kernel under QEMU
	$(Q)OUTPUT=$(OUTPUT) scripts/cross check

.PHONY: check-mutants
check-mutants: ## faults in the data path, which the suites must find (root; slow)
	+$(Q)OUTPUT=$(OUTPUT) scripts/check-mutants --write

.PHONY: lint format docs demo bench bench-fib
lint: $(docgen) ## format, licences, scripts, sizes, generated documents
	$(Q)DOCGEN=$(docgen) scripts/lint $(generated)
format: ## rewrite C sources as .clang-format says
	$(Q)scripts/lint --format
docs: $(docgen) ## the documents that are generated from the sources
	$(Q)CC="$(CC)" scripts/gen-counters-doc >docs/counters.md.new
	$(Q)mv docs/counters.md.new docs/counters.md
	$(Q)for file in $(generated); do \
		$(docgen) <$$file.in >$$file.new && mv $$file.new $$file || exit 1; \
	done
demo: ## a lab of namespaces with live view (same as scripts/demo; root)
	+$(Q)OUTPUT=$(OUTPUT) scripts/demo
bench: bench-fib ## the stack path against its peers (scripts/bench), and bench-fib (root)
	+$(Q)OUTPUT=$(OUTPUT) scripts/bench
bench-fib: $(OUTPUT)/tests/fib_bench ## forwarding tables alone: lookups, memory, changes (root)
	$(Q)$(OUTPUT)/tests/fib_bench

sbindir := $(PREFIX)/sbin
docdir := $(PREFIX)/share/doc/vrxdp
unitdir := $(PREFIX)/lib/systemd/system
units := $(patsubst %.in,%,$(wildcard dist/*.service.in))
dropins := $(patsubst %.in,%,$(wildcard dist/*.conf.in))

# $(call put,MODE,DIRECTORY,FILE…): install does it, uninstall takes it away.
define put
$(Q)install -d $(DESTDIR)$(2)
$(Q)install -m $(1) $(3) $(DESTDIR)$(2)
endef
# $(call place,FILE…,DIRECTORY): their commands name the program as it was installed.
define place
$(Q)install -d $(DESTDIR)$(2)
$(Q)for file in $(1); do \
	sed 's|@sbindir@|$(sbindir)|' $$file.in >$(OUTPUT)/$${file##*/} && \
	install -m 0644 $(OUTPUT)/$${file##*/} $(DESTDIR)$(2) || exit 1; \
done
endef

docs_src = $(wildcard README.md CHANGELOG.md COPYING docs/*.md)
examples = $(wildcard docs/examples/*)
installed = $(sbindir)/vrxdp $(PREFIX)/share/man/man8/vrxdp.8 \
	$(PREFIX)/share/man/man5/vrxdp.conf.5 \
	$(PREFIX)/share/bash-completion/completions/vrxdp \
	$(PREFIX)/lib/sysusers.d/vrxdp.conf \
	$(addprefix $(unitdir)/,$(notdir $(units))) \
	$(addprefix $(docdir)/,$(notdir $(docs_src))) \
	$(addprefix $(docdir)/examples/,$(notdir $(examples) $(dropins)))

.PHONY: install uninstall clean help
install: $(binary) ## to DESTDIR PREFIX (/usr/local); nothing in /etc
	$(call put,0755,$(sbindir),$(binary))
	$(call put,0644,$(PREFIX)/share/man/man8,docs/vrxdp.8)
	$(call put,0644,$(PREFIX)/share/man/man5,docs/vrxdp.conf.5)
	$(call put,0644,$(docdir),$(docs_src))
	$(call place,$(units),$(unitdir))
	$(call place,$(dropins),$(docdir)/examples)
	$(if $(examples),$(call put,0644,$(docdir)/examples,$(examples)))
	$(Q)install -D -m 0644 dist/vrxdp.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/vrxdp
	$(Q)install -D -m 0644 dist/sysusers.conf $(DESTDIR)$(PREFIX)/lib/sysusers.d/vrxdp.conf
uninstall: ## what install put there
	$(Q)rm -f $(addprefix $(DESTDIR),$(installed))
	$(Q)rmdir $(DESTDIR)$(docdir)/examples $(DESTDIR)$(docdir) 2>/dev/null || :
clean: ## remove what was built
	$(Q)rm -rf $(OUTPUT)
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 16
	@echo '  V=1 prints the commands, OUTPUT=DIR builds elsewhere.'

# ---- data path --------------------------------------------------------------

$(bpf_obj): $(OUTPUT)/%.o: %.c Makefile
	$(call say,BPF,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(bpf_flags) $(if $(filter tests/%,$<),$(test_flags)) -MMD -MP -c $< -o $@

# Linking leaves the BTF and drops the DWARF, which has no use inside the binary.
$(OUTPUT)/%.linked.o: $(OUTPUT)/%.bpf.o
	$(Q)$(BPFTOOL) gen object $@ $<

# bpftool's own text isn't held to the warnings here.
$(OUTPUT)/%.skel.h: $(OUTPUT)/%.linked.o
	$(call say,SKEL,$@)
	$(Q)echo '#pragma GCC system_header' >$@
	$(Q)$(BPFTOOL) gen skeleton $< name $(notdir $*)_bpf >>$@

# ---- user side --------------------------------------------------------------

# Skeletons must exist before the first compilation; afterwards .d files know who needs which.
$(user_obj) $(asan_core_obj) $(fuzz_core_obj): | $(skels)
$(tool_obj): | $(skels)
$(prog_obj) $(lib_obj) $(unit_obj) $(fuzz_obj): | $(skels) $(lib_skels)
$(host_obj): Makefile VERSION
$(prog_obj) $(lib_obj) $(unit_obj) $(fuzz_obj): user_flags += $(test_flags)

$(user_obj) $(prog_obj) $(lib_obj) $(tool_obj): $(OUTPUT)/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_flags) $(CPPFLAGS) $(plain_flags) -MMD -MP -c $< -o $@

$(asan_core_obj) $(unit_obj): $(OUTPUT)/asan/%.o: %.c
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(user_flags) $(asan_flags) -MMD -MP -c $< -o $@

$(fuzz_core_obj) $(fuzz_obj): $(OUTPUT)/fuzz/%.o: %.c
	$(call say,CLANG,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(clang_flags) $(user_flags) $(fuzz_flags) -fsanitize=fuzzer-no-link -MMD -MP -c $< -o $@

# Changes when a source comes or goes, so that what is linked from them follows.
$(OUTPUT)/user.list: FORCE
	$(Q)mkdir -p $(@D)
	$(Q)echo '$(user_src)' | cmp -s - $@ || echo '$(user_src)' >$@
.PHONY: FORCE

$(binary): $(user_obj) $(OUTPUT)/user.list
	$(call say,LINK,$@)
	$(Q)$(CC) $(plain_flags) $(LDFLAGS) $(user_obj) $(user_libs) -o $@

$(docgen): $(tool_obj) $(OUTPUT)/user.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(plain_flags) $(LDFLAGS) $^ $(user_libs) -o $@

# The same program, but its BPF objects' identity is another: a byte more behind each.
other_skels := $(bpf_src:%.bpf.c=$(OUTPUT)/other/%.skel.h)
other_obj := $(OUTPUT)/other/user/programs.o
$(other_skels): $(OUTPUT)/other/%.skel.h: $(OUTPUT)/%.linked.o
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q){ cat $<; echo; } >$(@:.skel.h=.linked.o)
	$(Q)echo '#pragma GCC system_header' >$@
	$(Q)$(BPFTOOL) gen skeleton $(@:.skel.h=.linked.o) name $(basename $(basename $(@F)))_bpf >>$@
$(other_obj): user/programs.c $(other_skels) | $(skels)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -I$(OUTPUT)/other $(user_flags) $(CPPFLAGS) $(plain_flags) -MMD -MP -c $< -o $@
$(OUTPUT)/other/vrxdp: $(other_obj) $(user_obj)
	$(call say,LINK,$@)
	$(Q)$(CC) $(plain_flags) $(LDFLAGS) $(other_obj) $(filter-out %/programs.o,$(user_obj)) \
		$(user_libs) -o $@

# All of it with the layout to come that the tests make up; in as little time as can be.
next := $(OUTPUT)/next
next_headers := $(patsubst %,$(next)/%,$(wildcard headers/vrxdp/*.h))
next_skels := $(bpf_src:%.bpf.c=$(next)/%.skel.h)
next_obj := $(user_src:%.c=$(next)/%.o)
$(next_headers) &: tests/lib/next_layout.py $(wildcard headers/vrxdp/*.h)
	$(call say,NEXT,$(next)/headers)
	$(Q)mkdir -p $(next)/headers/vrxdp
	$(Q)python3 tests/lib/next_layout.py headers/vrxdp $(next)/headers/vrxdp
$(next_skels): $(next)/%.skel.h: %.bpf.c $(next_headers)
	$(call say,SKEL,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) -I$(next)/headers $(bpf_flags) -MMD -MP -MT $@ -MF $(@:.skel.h=.skel.d) -c $< \
		-o $(@:.skel.h=.bpf.o)
	$(Q)$(BPFTOOL) gen object $(@:.skel.h=.linked.o) $(@:.skel.h=.bpf.o)
	$(Q)echo '#pragma GCC system_header' >$@
	$(Q)$(BPFTOOL) gen skeleton $(@:.skel.h=.linked.o) name $(notdir $*)_bpf >>$@
$(next_obj): $(next)/%.o: %.c Makefile VERSION $(next_headers) | $(next_skels)
	$(call say,CC,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) -I$(next)/headers -I$(next) $(user_flags) $(CPPFLAGS) -O1 -w -MMD -MP -c $< -o $@
$(next)/vrxdp: $(next_obj) $(OUTPUT)/user.list
	$(call say,LINK,$@)
	$(Q)$(CC) $(LDFLAGS) $(next_obj) $(user_libs) -o $@

# Test programs take what they need of the user side from an archive.
archives := $(OUTPUT)/user.a $(OUTPUT)/asan/user.a $(OUTPUT)/fuzz/user.a
$(OUTPUT)/user.a: $(core_src:%.c=$(OUTPUT)/%.o)
$(OUTPUT)/asan/user.a: $(asan_core_obj)
$(OUTPUT)/fuzz/user.a: $(fuzz_core_obj)
$(archives): $(OUTPUT)/user.list
	$(call say,AR,$@)
	$(Q)mkdir -p $(@D)
	$(Q)rm -f $@
	$(Q)$(AR) rcsD $@ $(filter %.o,$^)

$(unit_programs): $(OUTPUT)/%: $(OUTPUT)/asan/%.o $(OUTPUT)/asan/user.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CC) $(asan_flags) $^ $(user_libs) $(test_libs) -o $@

$(prog_programs): $(OUTPUT)/%: $(OUTPUT)/%.o $(OUTPUT)/user.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(plain_flags) $(LDFLAGS) $^ $(user_libs) $(test_libs) -o $@

$(lib_programs): $(OUTPUT)/tests/%: $(OUTPUT)/tests/lib/%.o $(OUTPUT)/user.a
	$(call say,LINK,$@)
	$(Q)$(CC) $(plain_flags) $(LDFLAGS) $^ $(user_libs) -o $@

$(fuzz_programs): $(OUTPUT)/%: $(OUTPUT)/fuzz/%.o $(OUTPUT)/fuzz/user.a
	$(call say,LINK,$@)
	$(Q)mkdir -p $(@D)
	$(Q)$(CLANG) $(clang_flags) $(clang_libs) $(fuzz_flags) -fsanitize=fuzzer $^ $(user_libs) -o $@

-include $(host_obj:.o=.d) $(other_obj:.o=.d) $(next_obj:.o=.d) $(next_skels:.h=.d) $(bpf_obj:.o=.d)
