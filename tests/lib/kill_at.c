// SPDX-License-Identifier: GPL-2.0-only
/*
 * Run a command, and kill it at the entry or the exit of its N-th system call that changes
 * something outside of the process. At the entry the call isn't made any more, at the exit it
 * was made whole: what a command leaves when it is killed at any time lies between the two.
 *
 * kill_at [-n N] [-x] [-o FILE] COMMAND [ARG...]
 *
 *   -n N     which call; 0, the default: none, the command runs to its end
 *   -x       kill at its exit; without, at its entry
 *   -o FILE  write the names of the calls so far, one a line
 *
 * The status is the command's, or 137 when it was killed.
 */
#include "tool.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILLED (128 + SIGKILL)

/* What the tracee has at @address; zeros where it has nothing. */
static void peek(pid_t pid, __u64 address, void *to, size_t len)
{
	struct iovec here = { to, len };
	struct iovec there = { (void *)(uintptr_t)address, len };

	memset(to, 0, len);
	if (process_vm_readv(pid, &here, 1, &there, 1, 0) < 0)
		memset(to, 0, len);
}

/* Loading makes objects that only the process has; they go with it unless they are pinned. */
static const char *of_bpf(__u64 command)
{
	switch (command) {
	case BPF_MAP_UPDATE_ELEM:
	case BPF_MAP_UPDATE_BATCH:
		return "bpf map update";
	case BPF_MAP_DELETE_ELEM:
	case BPF_MAP_DELETE_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_ELEM:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
		return "bpf map delete";
	case BPF_OBJ_PIN:
		return "bpf pin";
	case BPF_PROG_ATTACH:
	case BPF_LINK_CREATE:
	case BPF_LINK_UPDATE:
	case BPF_RAW_TRACEPOINT_OPEN:
		return "bpf attach";
	case BPF_PROG_DETACH:
	case BPF_LINK_DETACH:
		return "bpf detach";
	case BPF_PROG_TEST_RUN:
		return "bpf run";
	default:
		return NULL;
	}
}

/* rtnetlink: in each group of four types the third is GET. */
static const char *of_netlink(pid_t pid, __u64 message)
{
	struct nlmsghdr nlh;

	peek(pid, message, &nlh, sizeof(nlh));
	return nlh.nlmsg_type >= NLMSG_MIN_TYPE && (nlh.nlmsg_type & 3) == 2 ? NULL : "netlink";
}

static const char *of_ioctl(pid_t pid, __u64 request, __u64 arg)
{
	struct ifreq ifr;
	__u32 command;

	switch (request) {
	case SIOCETHTOOL:
		peek(pid, arg, &ifr, sizeof(ifr));
		peek(pid, (__u64)(uintptr_t)ifr.ifr_ifru.ifru_data, &command, sizeof(command));
		return command == ETHTOOL_SFEATURES ? "ethtool features" :
		       command == ETHTOOL_GFEATURES || command == ETHTOOL_GSSET_INFO ||
				       command == ETHTOOL_GSTRINGS || command == ETHTOOL_GDRVINFO ||
				       command == ETHTOOL_GCHANNELS ?
						      NULL :
						      "ethtool";
	case SIOCGIFNAME:
	case SIOCGIFINDEX:
	case SIOCGSKNS:
	case NS_GET_USERNS:
	case NS_GET_NSTYPE:
	case 0x5401: /* TCGETS: <asm/termbits.h> and <sys/ioctl.h> don't go together */
		return NULL;
	default:
		return "ioctl";
	}
}

/* The name of a call that changes something which outlives the process, or NULL. */
static const char *change(pid_t pid, const struct __ptrace_syscall_info *call)
{
	const __uint64_t *args = call->entry.args;
	struct msghdr message;
	struct iovec part;

	switch (call->entry.nr) {
	case SYS_bpf:
		return of_bpf(args[0]);
	case SYS_sendto:
		return of_netlink(pid, args[1]);
	case SYS_sendmsg:
		peek(pid, args[1], &message, sizeof(message));
		peek(pid, (__u64)(uintptr_t)message.msg_iov, &part, sizeof(part));
		return of_netlink(pid, (__u64)(uintptr_t)part.iov_base);
	case SYS_ioctl:
		return of_ioctl(pid, args[1], args[2]);
	case SYS_write:
	case SYS_pwrite64:
	case SYS_writev:
		return args[0] > STDERR_FILENO ? "write" : NULL;
#ifdef SYS_mkdir
	case SYS_mkdir:
#endif
	case SYS_mkdirat:
		return "mkdir";
#ifdef SYS_rmdir
	case SYS_rmdir:
	case SYS_unlink:
#endif
	case SYS_unlinkat:
		return "unlink";
#ifdef SYS_rename
	case SYS_rename:
#endif
#ifdef SYS_renameat
	case SYS_renameat:
#endif
	case SYS_renameat2:
		return "rename";
#ifdef SYS_chmod
	case SYS_chmod:
	case SYS_chown:
	case SYS_symlink:
#endif
	case SYS_fchmod:
	case SYS_fchmodat:
	case SYS_fchown:
	case SYS_fchownat:
	case SYS_symlinkat:
	case SYS_setxattr:
		return "file";
	case SYS_mount:
	case SYS_move_mount:
	case SYS_umount2:
		return "mount";
	default:
		return NULL;
	}
}

static void start(char **argv)
{
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		die("ptrace: %s", strerror(errno));
	raise(SIGSTOP);
	execvp(argv[0], argv);
	die("%s: %s", argv[0], strerror(errno));
}

/* Go on to the next stop, with @sig if it got one. Returns the status of waitpid(2). */
static int go_on(pid_t pid, int sig)
{
	int status;

	if (ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(intptr_t)sig))
		die("ptrace: %s", strerror(errno));
	if (waitpid(pid, &status, 0) < 0)
		die("waitpid: %s", strerror(errno));
	return status;
}

static int ended(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int kill_now(pid_t pid)
{
	int status;

	kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) >= 0 && WIFSTOPPED(status))
		;
	return ended(status);
}

/* Stops for system calls are told from signals by bit 7 (PTRACE_O_TRACESYSGOOD). */
static bool is_call(int status)
{
	return WIFSTOPPED(status) && WSTOPSIG(status) == (SIGTRAP | 0x80);
}

static int trace(pid_t pid, unsigned long at, bool on_exit, FILE *names)
{
	const int options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK |
			    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC;
	struct __ptrace_syscall_info call;
	unsigned long count = 0;
	const char *name = NULL; /* of the change that is under way */
	int status, sig = 0;

	if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
		die("the command didn't start");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(intptr_t)options))
		die("ptrace: %s", strerror(errno));
	for (;;) {
		status = go_on(pid, sig);
		if (!WIFSTOPPED(status))
			return ended(status);
		sig = 0;
		if (!is_call(status)) {
			if (status >> 16 && status >> 16 != PTRACE_EVENT_EXEC)
				die("the command has a second thread, whose calls aren't counted");
			if (!(status >> 16))
				sig = WSTOPSIG(status);
			continue;
		}
		if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof(call), &call) < 0)
			die("ptrace: %s", strerror(errno));
		if (call.op == PTRACE_SYSCALL_INFO_ENTRY) {
			name = change(pid, &call);
			if (!name)
				continue;
			count++;
			if (names)
				fprintf(names, "%s\n", name);
			if (count == at && !on_exit)
				return kill_now(pid);
		} else if (name && count == at && on_exit) {
			return kill_now(pid);
		}
	}
}

int main(int argc, char **argv)
{
	FILE *names = NULL;
	bool on_exit = false;
	unsigned int at = 0;
	int opt, status;
	pid_t pid;

	tool_name = "kill_at";
	while ((opt = getopt(argc, argv, "+n:xo:")) >= 0) {
		switch (opt) {
		case 'n':
			at = parse_uint("-n", optarg, 0, 1000000000);
			break;
		case 'x':
			on_exit = true;
			break;
		case 'o':
			names = fopen(optarg, "we");
			if (!names)
				die("%s: %s", optarg, strerror(errno));
			break;
		default:
			return 2;
		}
	}
	if (optind == argc)
		die("give a command");
	pid = fork();
	if (pid < 0)
		die("fork: %s", strerror(errno));
	if (!pid)
		start(argv + optind);
	status = trace(pid, at, on_exit, names);
	if (names && fclose(names))
		die("can't write the names");
	return status;
}
