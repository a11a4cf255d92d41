/* SPDX-License-Identifier: GPL-2.0-only */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <linux/netlink.h>

#include "netlink.h"

/* The kernel fills dumps up to 32 KiB per datagram. */
#define ANSWER_LEN 32768

static _Thread_local char error_text[256];
static _Thread_local unsigned int last_seq;

const char *netlink_error_text(void)
{
	return error_text;
}

/* Is there an attribute at @attr, whole, in front of @tail? */
static const struct nlattr *whole(const void *attr, const void *tail)
{
	int room = (int)((const char *)tail - (const char *)attr);

	return mnl_attr_ok(attr, room) ? attr : NULL;
}

const struct nlattr *netlink_first(const struct nlmsghdr *nlh, size_t header)
{
	return whole(mnl_nlmsg_get_payload_offset(nlh, header), mnl_nlmsg_get_payload_tail(nlh));
}

const struct nlattr *netlink_next(const struct nlmsghdr *nlh, const struct nlattr *attr)
{
	return whole(mnl_attr_next(attr), mnl_nlmsg_get_payload_tail(nlh));
}

static const char *nest_tail(const struct nlattr *nest)
{
	return (const char *)mnl_attr_get_payload(nest) + mnl_attr_get_payload_len(nest);
}

const struct nlattr *netlink_inner_first(const struct nlattr *nest)
{
	return whole(mnl_attr_get_payload(nest), nest_tail(nest));
}

const struct nlattr *netlink_inner_next(const struct nlattr *nest, const struct nlattr *attr)
{
	return whole(mnl_attr_next(attr), nest_tail(nest));
}

/* Drivers put names into these texts, so keep to what any terminal takes. */
static void keep_text(const struct nlattr *attr)
{
	const char *text = mnl_attr_get_payload(attr);
	size_t len = strnlen(text, mnl_attr_get_payload_len(attr));
	size_t i;

	if (len >= sizeof(error_text))
		len = sizeof(error_text) - 1;
	for (i = 0; i < len; i++)
		error_text[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	error_text[len] = '\0';
}

/* The extended acknowledgement's attributes start @skip bytes into the payload. */
static void keep_extack(const struct nlmsghdr *nlh, size_t skip)
{
	const struct nlattr *attr;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS) || mnl_nlmsg_get_payload_len(nlh) < skip)
		return;
	for (attr = netlink_first(nlh, skip); attr; attr = netlink_next(nlh, attr)) {
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG)
			keep_text(attr);
	}
}

static int on_error(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

	(void)arg;
	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*err)) {
		errno = EBADMSG;
		return MNL_CB_ERROR;
	}
	if (!err->error)
		return MNL_CB_STOP;
	/* Otherwise the failed request is quoted in between; NETLINK_CAP_ACK asks not to. */
	if (nlh->nlmsg_flags & NLM_F_CAPPED)
		keep_extack(nlh, sizeof(*err));
	errno = -err->error;
	return MNL_CB_ERROR;
}

/* A dump ends with the error that broke it off, or 0. */
static int on_done(const struct nlmsghdr *nlh, void *arg)
{
	int err = 0;

	(void)arg;
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(err))
		memcpy(&err, mnl_nlmsg_get_payload(nlh), sizeof(err));
	if (err >= 0)
		return MNL_CB_STOP;
	keep_extack(nlh, sizeof(err));
	errno = -err;
	return MNL_CB_ERROR;
}

int netlink_open(const struct netns *ns, int bus, struct mnl_socket **sock)
{
	int fd = netns_socket(ns, AF_NETLINK, SOCK_RAW, bus);
	int on = 1, ret;

	if (fd < 0)
		return fd;
	*sock = mnl_socket_fdopen(fd);
	if (!*sock) {
		ret = -errno;
		close(fd);
		return ret;
	}
	/* Kernels that refuse one of these only tell less. */
	mnl_socket_setsockopt(*sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(*sock, NETLINK_CAP_ACK, &on, sizeof(on));
	if (mnl_socket_bind(*sock, 0, MNL_SOCKET_AUTOPID) == 0)
		return 0;
	ret = -errno;
	mnl_socket_close(*sock);
	return ret;
}

static int ignore(const struct nlmsghdr *nlh, void *arg)
{
	(void)nlh;
	(void)arg;
	return MNL_CB_OK;
}

int netlink_ask(struct mnl_socket *sock, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	char answer[ANSWER_LEN] __attribute__((aligned(NLMSG_ALIGNTO)));
	mnl_cb_t control[NLMSG_MIN_TYPE] = {
		[NLMSG_ERROR] = on_error,
		[NLMSG_DONE] = on_done,
	};
	int ret = MNL_CB_OK;

	error_text[0] = '\0';
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	nlh->nlmsg_seq = ++last_seq;
	if (mnl_socket_sendto(sock, nlh, nlh->nlmsg_len) < 0)
		return -errno;

	while (ret > MNL_CB_STOP) {
		ssize_t len = mnl_socket_recvfrom(sock, answer, sizeof(answer));

		if (len < 0 && errno == EINTR)
			continue;
		if (len < 0)
			return -errno;
		ret = mnl_cb_run2(answer, (size_t)len, nlh->nlmsg_seq, mnl_socket_get_portid(sock),
				  cb ? cb : ignore, arg, control, NLMSG_MIN_TYPE);
	}
	return ret < 0 ? -errno : 0;
}

int netlink_talk(const struct netns *ns, int bus, struct nlmsghdr *nlh, mnl_cb_t cb, void *arg)
{
	struct mnl_socket *sock;
	int ret = netlink_open(ns, bus, &sock);

	if (ret < 0)
		return ret;
	ret = netlink_ask(sock, nlh, cb, arg);
	mnl_socket_close(sock);
	return ret;
}
