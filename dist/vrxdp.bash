# SPDX-License-Identifier: GPL-2.0-only
#
# bash completion of vrxdp's commands, options and the names that are in use.
# Made from the program's own tables by `make docs`: edit dist/vrxdp.bash.in or user/cmd_*.c.

# Those of the words that fit. Not compgen -W, which would run a device that its router's owner has
# named $(reboot); nor may such a name get to the command line as it is.
_vrxdp_choices() {
	local word

	COMPREPLY=()
	for word in "$@"; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$(printf %q "$word")")
	done
}

_vrxdp_files() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -f -- "$cur")
}

_vrxdp_dirs() {
	compopt -o filenames 2>/dev/null
	mapfile -t COMPREPLY < <(compgen -d -- "$cur")
}

_vrxdp_devices() {
	local paths=(/sys/class/net/*)

	_vrxdp_choices "${paths[@]##*/}"
}

_vrxdp_namespaces() {
	local paths=(/run/netns/*)

	case $cur in
	*/*) _vrxdp_files ;;
	*) [ ! -e "${paths[0]}" ] || _vrxdp_choices "${paths[@]##*/}" ;;
	esac
}

# What is attached, as far as whoever asks may see it.
_vrxdp_ask() {
	"$program" ${bpffs:+--bpffs "$bpffs"} "$@" 2>/dev/null </dev/null
}

_vrxdp_ports() {
	local names

	mapfile -t names < <(_vrxdp_ask status | sed -n 's/^port \([^:]*\):.*/\1/p')
	_vrxdp_choices "${names[@]}"
}

_vrxdp_routers() {
	local names

	mapfile -t names < <(_vrxdp_ask router list | sed -n 's/^\([^ :]*\):.*/\1/p')
	_vrxdp_choices "${names[@]}"
}

# Sets options and verbs: the words of a command.
_vrxdp_words() {
	case $1 in
	'') options=(--version --bpffs --netns --help) verbs=(attach confirm detach status stats top router) ;;
	'attach') options=(--config --mode --dry-run --confirm --bpffs --netns --help) verbs=() ;;
	'confirm') options=(--bpffs --netns --help) verbs=() ;;
	'detach') options=(--all --bpffs --netns --help) verbs=() ;;
	'status') options=(--json --config --bpffs --netns --help) verbs=() ;;
	'stats') options=(--json --bpffs --netns --help) verbs=() ;;
	'top') options=(--batch --delay --count --bpffs --netns --help) verbs=() ;;
	'router') options=(--bpffs --netns --help) verbs=(create add set del list) ;;
	'router create') options=(--interface --path --bpffs --netns --help) verbs=() ;;
	'router add') options=(--netns --guest --path --interface --bpffs --help) verbs=() ;;
	'router set') options=(--netns --guest --path --interface --bpffs --help) verbs=() ;;
	'router del') options=(--force --bpffs --netns --help) verbs=() ;;
	'router list') options=(--json --bpffs --netns --help) verbs=() ;;
	esac
}

# Completes the value of an option that takes one. Status 1: it takes none.
_vrxdp_value() {
	case $1 in
	' --bpffs') _vrxdp_dirs ;;
	' --netns') _vrxdp_namespaces ;;
	'attach --config' | 'attach -c') _vrxdp_files ;;
	'attach --mode') _vrxdp_choices auto native generic ;;
	'attach --confirm') : ;;
	'attach --bpffs') _vrxdp_dirs ;;
	'attach --netns') _vrxdp_namespaces ;;
	'confirm --bpffs') _vrxdp_dirs ;;
	'confirm --netns') _vrxdp_namespaces ;;
	'detach --bpffs') _vrxdp_dirs ;;
	'detach --netns') _vrxdp_namespaces ;;
	'status --bpffs') _vrxdp_dirs ;;
	'status --netns') _vrxdp_namespaces ;;
	'stats --bpffs') _vrxdp_dirs ;;
	'stats --netns') _vrxdp_namespaces ;;
	'top --delay' | 'top -d') : ;;
	'top --count' | 'top -n') : ;;
	'top --bpffs') _vrxdp_dirs ;;
	'top --netns') _vrxdp_namespaces ;;
	'router --bpffs') _vrxdp_dirs ;;
	'router --netns') _vrxdp_namespaces ;;
	'router create --interface') : ;;
	'router create --path') _vrxdp_choices fast stack ;;
	'router create --bpffs') _vrxdp_dirs ;;
	'router create --netns') _vrxdp_namespaces ;;
	'router add --netns') _vrxdp_namespaces ;;
	'router add --path') _vrxdp_choices fast stack ;;
	'router add --interface') : ;;
	'router add --bpffs') _vrxdp_dirs ;;
	'router set --netns') _vrxdp_namespaces ;;
	'router set --path') _vrxdp_choices fast stack ;;
	'router set --interface') : ;;
	'router set --bpffs') _vrxdp_dirs ;;
	'router del --bpffs') _vrxdp_dirs ;;
	'router del --netns') _vrxdp_namespaces ;;
	'router list --bpffs') _vrxdp_dirs ;;
	'router list --netns') _vrxdp_namespaces ;;
	*) return 1 ;;
	esac
}

_vrxdp_operand() {
	case $1 in
	'attach') _vrxdp_devices ;;
	'detach') _vrxdp_ports ;;
	'stats') _vrxdp_routers ;;
	'router set') _vrxdp_routers ;;
	'router del') _vrxdp_routers ;;
	esac
}

# A word of --option=value is three words to bash.
_vrxdp_join() {
	local word

	for word in "${COMP_WORDS[@]:1:COMP_CWORD}"; do
		[ "$word" = = ] || words+=("$word")
	done
	[ "${COMP_WORDS[COMP_CWORD]}" != = ] || words+=('')
}

_vrxdp() {
	local program=$1 cur path='' bpffs='' options=() verbs=() word words=() i last

	COMPREPLY=()
	_vrxdp_join
	last=$((${#words[@]} - 1))
	cur=${words[last]}
	_vrxdp_words ''
	for ((i = 0; i < last; i++)); do
		word=${words[i]}
		case $word in
		-*)
			if _vrxdp_value "$path $word"; then
				[ $((i + 1)) -lt "$last" ] || return 0
				((++i))
				[ "$word" != --bpffs ] || bpffs=${words[i]}
			fi
			;;
		*)
			case " ${verbs[*]} " in
			*" $word "*)
				path=${path:+$path }$word
				_vrxdp_words "$path"
				;;
			esac
			;;
		esac
		COMPREPLY=()
	done
	case $cur in
	-*) _vrxdp_choices "${options[@]}" ;;
	*)
		if [ ${#verbs[@]} -gt 0 ]; then
			_vrxdp_choices "${verbs[@]}"
		else
			_vrxdp_operand "$path"
		fi
		;;
	esac
}

complete -F _vrxdp vrxdp
