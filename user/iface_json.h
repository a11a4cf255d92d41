/* SPDX-License-Identifier: GPL-2.0-only */
/* An interface as JSON, the same wherever one is listed (docs/json.md). */
#ifndef IFACE_JSON_H
#define IFACE_JSON_H

#include <json-c/json.h>

#include "vrxdp/records.h"

/* What was attached: name, port, macs, vlan, vrrp, device. */
json_object *iface_conf_json(const struct vrxdp_iface_rec *rec);

#endif
