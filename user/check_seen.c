// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "link.h"
#include "netns.h"
#include "values.h"

/* The cookie of the thread's own namespace; 0: can't be told. */
static __u64 own_cookie(void)
{
	struct netns own;
	__u64 cookie;

	if (netns_open("", &own))
		return 0;
	cookie = own.cookie;
	netns_close(&own);
	return cookie;
}

void check_seen(const struct vrxdp_device_rec *rec, struct health *h)
{
	char text[2 * sizeof(h->problem[0])] = "";
	struct link_info link;
	int err;

	memset(h, 0, sizeof(*h));
	h->state = "unknown";
	if (own_cookie() != rec->netns_cookie)
		return;
	err = link_by_index(NULL, rec->ifindex, &link);
	if (err == -ENODEV) {
		h->state = "missing";
		snprintf(text, sizeof(text), "device %s was deleted or moved to another namespace",
			 rec->name);
	} else if (!err) {
		h->state = link.flags & IFF_UP ? "up" : "down";
		if (strcmp(link.name, rec->name))
			snprintf(text, sizeof(text), "device %s was renamed to %s", rec->name,
				 link.name);
	}
	if (*text)
		escape_text(text, h->problem[h->count++], sizeof(h->problem[0]));
}
